//! A class declaration as it is read: packed, without what its superclass has.

use super::read::Reader;
use super::{Constant, Qualifiers, text};
use crate::{Type, flags};
use std::ffi::CStr;

/// A class: its own and its inherited elements. Made by [`class_spec!`](crate::class_spec).
#[derive(Debug)]
pub struct ClassSpec {
    pub(crate) name: &'static CStr,
    superclass: Option<&'static ClassSpec>,
    packed: &'static [u8],
}

/// A property of a class, or a parameter of a method.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    pub(crate) name: &'static CStr,
    /// As [`PropertySpec::flags`](super::PropertySpec::flags).
    pub flags: u32,
    /// The qualifiers in force.
    pub qualifiers: Qualifiers,
    /// The type.
    pub kind: Type,
    pub(crate) class_name: Option<&'static CStr>,
    /// The number of elements of a fixed-size array; 0 otherwise.
    pub subscript: u32,
    /// The default value, NULL if there is none.
    pub default: Constant,
}

/// A method of a class.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    pub(crate) name: &'static CStr,
    /// As [`MethodSpec::flags`](super::MethodSpec::flags).
    pub flags: u32,
    /// The qualifiers in force on the method.
    pub qualifiers: Qualifiers,
    /// The type of the return value.
    pub returns: Type,
    pub(super) parameters: Reader,
}

/// What a class itself declares, in the order in which it is packed.
struct Own {
    flags: u32,
    qualifiers: Qualifiers,
    properties: Reader,
    methods: Reader,
}

impl ClassSpec {
    #[doc(hidden)]
    pub const fn from_packed(
        name: &'static CStr,
        superclass: Option<&'static ClassSpec>,
        packed: &'static [u8],
    ) -> Self {
        Self { name, superclass, packed }
    }

    /// The class name.
    pub fn name(&self) -> &'static str {
        text(self.name)
    }

    /// The class that it derives from.
    pub fn superclass(&self) -> Option<&'static ClassSpec> {
        self.superclass
    }

    /// Whether this class is the named one or derives from it.
    pub fn is_a(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name) || self.superclass.is_some_and(|superclass| superclass.is_a(name))
    }

    /// [`flags`]: `ASSOCIATION`, `INDICATION`, `ABSTRACT`, `TERMINAL`.
    pub fn flags(&self) -> u32 {
        self.own().flags
    }

    /// The qualifiers in force on the class.
    pub fn qualifiers(&self) -> Qualifiers {
        self.own().qualifiers
    }

    /// What the class adds to the properties of its superclass, or overrides.
    pub fn own_properties(&self) -> impl Iterator<Item = Property> {
        self.own().properties.all(Reader::property)
    }

    /// What the class adds to the methods of its superclass, or overrides.
    pub fn own_methods(&self) -> impl Iterator<Item = Method> {
        self.own().methods.all(Reader::method)
    }

    /// All properties, inherited ones first and in the order of the superclass. An overriding property stands in the place of
    /// the one it overrides, because a host reads a derived instance through its base class's declaration.
    pub fn properties(&self) -> Vec<Property> {
        let inherited = self.superclass.map_or_else(Vec::new, Self::properties);
        let mut all: Vec<_> = inherited.into_iter().map(Property::inherited).collect();
        let inherited = all.len();
        for own in self.own_properties() {
            match all[..inherited].iter_mut().find(|it| it.name.to_bytes().eq_ignore_ascii_case(own.name.to_bytes())) {
                Some(overridden) => *overridden = own,
                None => all.push(own),
            }
        }
        all
    }

    /// The names of the keys.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.properties().into_iter().filter(|it| it.flags & flags::KEY != 0).map(|it| it.name())
    }

    /// The property of this name, without regard to ASCII case.
    pub fn property(&self, name: &str) -> Option<Property> {
        let own = self.own_properties().find(|it| it.name().eq_ignore_ascii_case(name));
        own.or_else(|| Some(self.superclass?.property(name)?.inherited()))
    }

    /// The method of this name, without regard to ASCII case.
    pub fn method(&self, name: &str) -> Option<Method> {
        let own = self.own_methods().find(|it| it.name().eq_ignore_ascii_case(name));
        own.or_else(|| Some(self.superclass?.method(name)?.inherited()))
    }

    fn own(&self) -> Own {
        let mut reader = Reader(self.packed);
        let nothing = Reader(&[]);
        Own {
            flags: reader.number().unwrap_or_default(),
            qualifiers: reader.qualifiers().unwrap_or(Qualifiers { packed: nothing, are_inherited: false }),
            properties: reader.block().unwrap_or(nothing),
            methods: reader.block().unwrap_or(nothing),
        }
    }
}

impl Property {
    fn inherited(self) -> Self {
        Self { qualifiers: Qualifiers { are_inherited: true, ..self.qualifiers }, ..self }
    }

    /// The name.
    pub fn name(&self) -> &'static str {
        text(self.name)
    }

    /// The class of a reference or an embedded instance, where it is known.
    pub fn class_name(&self) -> Option<&'static str> {
        self.class_name.map(text)
    }
}

impl Method {
    fn inherited(self) -> Self {
        Self { qualifiers: Qualifiers { are_inherited: true, ..self.qualifiers }, ..self }
    }

    /// The method name.
    pub fn name(&self) -> &'static str {
        text(self.name)
    }

    /// The parameters in declared order, without the return value.
    pub fn parameters(&self) -> impl Iterator<Item = Property> {
        self.parameters.all(Reader::property)
    }
}
