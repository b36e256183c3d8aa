//! From constant class descriptions to the declaration structures that a host reads.
//!
//! The structures are made once, when the module is loaded, and live as long as the process: a host keeps pointers to
//! them after it unloaded the module. The rules (hash codes, flags, inherited elements, back pointers, layout) are those
//! of omigen, because a host reads instances from memory through these numbers.

use super::arena::Arena;
use super::entry::method::missing_method;
use super::layout::Layout;
use super::{constant, declared};
use crate::decl::{ClassSpec, Method, Property, Qualifiers, text};
use crate::{Type, flags};
use omi_sys::*;
use std::collections::HashMap;
use std::ffi::CStr;
use std::ptr;

/// What a module serves: a class, its function table and its method entries.
pub struct Registration {
    /// The class.
    pub class: &'static ClassSpec,
    /// The provider's functions.
    pub functions: &'static MI_ProviderFT,
    /// The entry of each method that the provider implements, by name.
    pub methods: &'static [(&'static str, MI_MethodDecl_Invoke)],
}

/// The declarations of a module.
pub(crate) struct Declarations {
    pub(crate) schema: &'static MI_SchemaDecl,
    classes: HashMap<*const ClassSpec, &'static MI_ClassDecl>,
}

impl Declarations {
    /// Declares the registered classes, all of `schema`, and the ancestors of both.
    pub(crate) fn assemble(schema: &[&'static ClassSpec], registrations: &[Registration]) -> Self {
        // The schema is referred to by every class that it lists, so it is filled in last.
        let schema_decl: *mut MI_SchemaDecl = Box::leak(Box::new(MI_SchemaDecl {
            qualifierDecls: ptr::null(),
            numQualifierDecls: 0,
            classDecls: ptr::null(),
            numClassDecls: 0,
        }));
        let mut assembly = Assembly {
            schema: schema_decl,
            registrations: registrations.iter().map(|it| (ptr::from_ref(it.class), it)).collect(),
            classes: HashMap::new(),
            order: Vec::new(),
            arena: Arena::new(),
        };
        for class in schema.iter().copied().chain(registrations.iter().map(|it| it.class)) {
            assembly.class(class);
        }
        let Assembly { classes, order, .. } = assembly;
        let class_count = count(order.len());
        // SAFETY: the schema was leaked above; nothing else refers to it as a Rust reference yet.
        let schema = unsafe {
            (*schema_decl).classDecls = Vec::leak(order).as_ptr().cast();
            (*schema_decl).numClassDecls = class_count;
            &*schema_decl
        };
        Self { schema, classes }
    }

    /// The declaration of a class of this module.
    pub(crate) fn class(&self, class: &'static ClassSpec) -> Option<&'static MI_ClassDecl> {
        self.classes.get(&ptr::from_ref(class)).copied()
    }
}

struct Assembly<'a> {
    schema: *const MI_SchemaDecl,
    registrations: HashMap<*const ClassSpec, &'a Registration>,
    classes: HashMap<*const ClassSpec, &'static MI_ClassDecl>,
    order: Vec<*const MI_ClassDecl>,
    arena: Arena,
}

/// A list as declarations have it.
#[derive(Clone, Copy)]
struct List<T: 'static> {
    items: &'static [&'static T],
    count: u32,
}

impl<T> List<T> {
    fn new(items: &[&'static T], arena: &mut Arena) -> Self {
        Self { items: arena.copy(items), count: count(items.len()) }
    }

    fn as_ptr(&self) -> *const *const T {
        self.items.as_ptr().cast()
    }
}

impl Assembly<'_> {
    fn class(&mut self, spec: &'static ClassSpec) -> &'static MI_ClassDecl {
        if let Some(done) = self.classes.get(&ptr::from_ref(spec)) {
            return done;
        }
        let superclass = spec.superclass().map(|superclass| self.class(superclass));
        let registration = self.registrations.get(&ptr::from_ref(spec)).copied();
        let qualifiers = self.qualifiers(spec.qualifiers());
        let (properties, size) = self.properties(spec, superclass);
        let methods = self.methods(spec, superclass, registration);
        let class = self.arena.place(MI_ClassDecl {
            flags: spec.flags() | flags::CLASS,
            code: hash_code(spec.name),
            name: spec.name.as_ptr(),
            qualifiers: qualifiers.as_ptr(),
            numQualifiers: qualifiers.count,
            properties: properties.as_ptr(),
            numProperties: properties.count,
            size,
            superClass: superclass.map_or(ptr::null(), |it| it.name),
            superClassDecl: superclass.map_or(ptr::null(), ptr::from_ref),
            methods: methods.as_ptr(),
            numMethods: methods.count,
            schema: self.schema,
            providerFT: registration.map_or(ptr::null(), |it| ptr::from_ref(it.functions)),
            owningClass: ptr::null_mut(),
        });
        self.classes.insert(ptr::from_ref(spec), class);
        self.order.push(class);
        class
    }

    /// All properties, and the size of an instance. What a class inherits unchanged stands at the same place in it, so one
    /// declaration does for both.
    fn properties(
        &mut self,
        spec: &'static ClassSpec,
        superclass: Option<&'static MI_ClassDecl>,
    ) -> (List<MI_PropertyDecl>, u32) {
        let mut own: Vec<_> = spec.own_properties().collect();
        let mut all = Vec::new();
        let mut layout = Layout::new();
        for above in superclass.map_or(&[][..], declared::properties) {
            all.push(match own.iter().position(|own| overrides(own.name, above.code, above.name)) {
                Some(place) => self.property(&own.remove(place), above.origin, spec, &mut layout),
                None => self.inherited(above, &mut layout),
            });
        }
        for own in own {
            all.push(self.property(&own, spec.name.as_ptr(), spec, &mut layout));
        }
        (List::new(&all, &mut self.arena), layout.size())
    }

    /// A copy only if it has qualifiers that are not handed down, or is elsewhere: behind an overriding property of another
    /// type than what it overrides.
    fn inherited(&mut self, above: &'static MI_PropertyDecl, layout: &mut Layout) -> &'static MI_PropertyDecl {
        let offset = layout.place(Type::from_code(above.type_).unwrap_or(Type::String));
        let all = declared::qualifiers(above.qualifiers, above.numQualifiers);
        match self.handed_down(all) {
            None if offset == above.offset => above,
            None => self.arena.place(MI_PropertyDecl { offset, ..*above }),
            Some(rest) => self.arena.place(MI_PropertyDecl {
                offset,
                qualifiers: rest.as_ptr(),
                numQualifiers: rest.count,
                ..*above
            }),
        }
    }

    /// The qualifiers that a subclass inherits; `None` if these are all.
    fn handed_down(&mut self, all: &[&'static MI_Qualifier]) -> Option<List<MI_Qualifier>> {
        let is_restricted = |qualifier: &&MI_Qualifier| qualifier.flavor & flags::RESTRICTED != 0;
        all.iter().any(is_restricted).then(|| {
            let rest: Vec<_> = all.iter().copied().filter(|it| !is_restricted(it)).collect();
            List::new(&rest, &mut self.arena)
        })
    }

    fn property(
        &mut self,
        own: &Property,
        origin: *const MI_Char,
        class: &'static ClassSpec,
        layout: &mut Layout,
    ) -> &'static MI_PropertyDecl {
        let qualifiers = self.qualifiers(own.qualifiers);
        let value = constant::value(own.default, &mut self.arena);
        self.arena.place(MI_PropertyDecl {
            flags: own.flags | flags::PROPERTY,
            code: hash_code(own.name),
            name: own.name.as_ptr(),
            qualifiers: qualifiers.as_ptr(),
            numQualifiers: qualifiers.count,
            type_: own.kind.code(),
            className: own.class_name.map_or(ptr::null(), CStr::as_ptr),
            subscript: own.subscript,
            offset: layout.place(own.kind),
            origin,
            propagator: class.name.as_ptr(),
            value,
        })
    }

    /// All methods. A provider implements each one for its own class, so each class has declarations of its own.
    fn methods(
        &mut self,
        spec: &'static ClassSpec,
        superclass: Option<&'static MI_ClassDecl>,
        registration: Option<&Registration>,
    ) -> List<MI_MethodDecl> {
        let mut own: Vec<_> = spec.own_methods().collect();
        let mut all = Vec::new();
        for above in superclass.map_or(&[][..], declared::methods) {
            all.push(match own.iter().position(|own| overrides(own.name, above.code, above.name)) {
                Some(place) => self.method(&own.remove(place), above.origin, spec),
                None => self.inherited_method(above),
            });
        }
        for own in own {
            all.push(self.method(&own, spec.name.as_ptr(), spec));
        }
        let all: Vec<_> = all
            .into_iter()
            .map(|method| {
                let function = registration.and_then(|it| implementation(it, &method));
                self.arena.place(MI_MethodDecl { function, ..method })
            })
            .collect();
        List::new(&all, &mut self.arena)
    }

    fn inherited_method(&mut self, above: &'static MI_MethodDecl) -> MI_MethodDecl {
        let all = declared::qualifiers(above.qualifiers, above.numQualifiers);
        let Some(rest) = self.handed_down(all) else { return *above };
        let mut parameters = declared::parameters(above).to_vec();
        let return_value = MI_ParameterDecl { qualifiers: rest.as_ptr(), numQualifiers: rest.count, ..*parameters[0] };
        parameters[0] = self.arena.place(return_value);
        let parameters = List::new(&parameters, &mut self.arena).as_ptr();
        MI_MethodDecl { qualifiers: rest.as_ptr(), numQualifiers: rest.count, parameters, ..*above }
    }

    /// Without a function.
    fn method(&mut self, own: &Method, origin: *const MI_Char, class: &'static ClassSpec) -> MI_MethodDecl {
        let qualifiers = self.qualifiers(own.qualifiers);
        let mut layout = Layout::new();
        let mut parameters = vec![self.return_value(own, qualifiers, &mut layout)];
        parameters.extend(own.parameters().map(|parameter| {
            let qualifiers = self.qualifiers(parameter.qualifiers);
            self.parameter(&parameter, qualifiers, &mut layout)
        }));
        let parameters = List::new(&parameters, &mut self.arena);
        MI_MethodDecl {
            flags: own.flags | flags::METHOD,
            code: hash_code(own.name),
            name: own.name.as_ptr(),
            qualifiers: qualifiers.as_ptr(),
            numQualifiers: qualifiers.count,
            parameters: parameters.as_ptr(),
            numParameters: parameters.count,
            size: layout.size(),
            returnType: own.returns.code(),
            origin,
            propagator: class.name.as_ptr(),
            schema: self.schema,
            function: None,
        }
    }

    /// `MIReturn` is parameter 0 of every method. What qualifies the method qualifies it, ValueMap for example.
    fn return_value(
        &mut self,
        method: &Method,
        qualifiers: List<MI_Qualifier>,
        layout: &mut Layout,
    ) -> &'static MI_ParameterDecl {
        let embedded = method.qualifiers.get("EmbeddedInstance");
        self.arena.place(MI_ParameterDecl {
            flags: flags::OUT | flags::PARAMETER,
            code: hash_code(c"MIReturn"),
            name: c"MIReturn".as_ptr(),
            qualifiers: qualifiers.as_ptr(),
            numQualifiers: qualifiers.count,
            type_: method.returns.code(),
            className: embedded.and_then(|it| it.value.texts().next()).map_or(ptr::null(), CStr::as_ptr),
            subscript: 0,
            offset: layout.place(method.returns),
        })
    }

    fn parameter(
        &mut self,
        parameter: &Property,
        qualifiers: List<MI_Qualifier>,
        layout: &mut Layout,
    ) -> &'static MI_ParameterDecl {
        self.arena.place(MI_ParameterDecl {
            flags: parameter.flags | flags::PARAMETER,
            code: hash_code(parameter.name),
            name: parameter.name.as_ptr(),
            qualifiers: qualifiers.as_ptr(),
            numQualifiers: qualifiers.count,
            type_: parameter.kind.code(),
            className: parameter.class_name.map_or(ptr::null(), CStr::as_ptr),
            subscript: parameter.subscript,
            offset: layout.place(parameter.kind),
        })
    }

    fn qualifiers(&mut self, qualifiers: Qualifiers) -> List<MI_Qualifier> {
        let declarations: Vec<_> = qualifiers
            .iter()
            .map(|qualifier| {
                let value = constant::value(qualifier.value, &mut self.arena);
                self.arena.place(MI_Qualifier {
                    name: qualifier.name.as_ptr(),
                    type_: qualifier.value.kind.code(),
                    flavor: qualifier.flavor,
                    value,
                })
            })
            .collect();
        List::new(&declarations, &mut self.arena)
    }
}

/// The provider's entry for a method: one that says so where the provider does not implement it.
fn implementation(registration: &Registration, method: &MI_MethodDecl) -> MI_MethodDecl_Invoke {
    let entry = registration.methods.iter().find(|(name, _)| declared::is_named(method.name, name));
    entry.map_or(Some(missing_method as _), |(_, function)| *function)
}

/// Whether an element has the name of the one above it, of which the hash code is known too.
fn overrides(own: &'static CStr, code: u32, above: *const MI_Char) -> bool {
    hash_code(own) == code && declared::is_named(above, text(own))
}

/// The hash code by which hosts find names: first and last byte in lower case, and the length.
fn hash_code(name: &CStr) -> u32 {
    let bytes = name.to_bytes();
    let lower = |byte: Option<&u8>| u32::from(byte.map_or(0, u8::to_ascii_lowercase));
    lower(bytes.first()) << 16 | lower(bytes.last()) << 8 | count(bytes.len())
}

/// Counts in declarations are 32 bits wide; nothing that a MOF file declares comes near.
pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_codes_are_those_of_omi() {
        assert_eq!(hash_code(c"Id"), 0x0069_6402);
        assert_eq!(hash_code(c"Name"), 0x006E_6504);
        assert_eq!(hash_code(c"Value"), 0x0076_6505);
        assert_eq!(hash_code(c"Mini_Item"), 0x006D_6D09);
    }
}
