//! Where typed values are written: the elements of an instance, or of a method's parameters, in host memory or in an
//! [`Instance`].

use super::filter::HostFilter;
use super::maker::Maker;
use super::write;
use crate::decl::{ClassSpec, MethodSpec, text};
use crate::query::Wanted;
use crate::value::ValueRef;
use crate::{CimType, Error, Instance, Property, Result, Type, flags};
use omi_sys::*;
use std::ffi::CStr;

/// The elements of one instance, by their place in the declaration. Generated code fills them in.
pub struct Fields<'a> {
    target: Target<'a>,
    declaration: Declaration,
    wanted: &'a Wanted,
    keys: usize,
    /// About how many bytes were written.
    size: usize,
}

/// Writes the elements of an instance: [`Class::store`](crate::Class::store) of whichever class it is.
pub(crate) type Store<'a> = &'a dyn Fn(&mut Fields<'_>) -> Result<()>;

enum Target<'a> {
    /// Host memory, alive as long as the `StackInstance` that it belongs to.
    Host { maker: &'a dyn Maker, instance: *mut MI_Instance },
    /// An instance with one element for each place of the declaration.
    Instance(&'a mut [Property]),
}

#[derive(Clone, Copy)]
enum Declaration {
    Class(&'static ClassSpec),
    Method(&'static MethodSpec),
}

impl Declaration {
    /// Type and flags of the element at a place.
    fn element(self, index: usize) -> Option<(Type, u32)> {
        match self {
            Self::Class(class) => class.properties.get(index).map(|it| (it.kind, it.flags)),
            Self::Method(method) if index == 0 => Some((method.returns, 0)),
            Self::Method(method) => method.parameters.get(index - 1).map(|it| (it.kind, it.flags)),
        }
    }
}

impl Fields<'_> {
    /// Writes the element at a place; NULL and unwanted elements are left out.
    ///
    /// # Errors
    /// What the host answers when it refuses the value, TYPE_MISMATCH above all.
    pub fn put<T: CimType>(&mut self, index: usize, value: &Option<T>) -> Result<()> {
        match value {
            Some(value) if self.wanted.contains(index) => value.with_ref(|value| self.set(index, value)),
            _ => Ok(()),
        }
    }

    fn set(&mut self, index: usize, value: ValueRef<'_>) -> Result<()> {
        let place = u32::try_from(index).ok();
        let (Some((kind, flags)), Some(place)) = (self.declaration.element(index), place) else {
            return Err(Error::failed(format!("there is no element at place {index}")));
        };
        if flags & flags::KEY != 0 {
            self.keys += 1;
        }
        self.size += value.size();
        match &mut self.target {
            // SAFETY: `StackInstance` makes `Fields` for its live instance only, and they do not outlive it.
            Target::Host { maker, instance } => unsafe { write::set_element_at(*maker, *instance, place, kind, value) },
            Target::Instance(properties) => {
                properties[index].value = Some(value.to_value().used_as(kind));
                Ok(())
            }
        }
    }

    /// An error when an instance of a class lacks a key.
    fn check_keys(&self) -> Result<()> {
        match self.declaration {
            Declaration::Class(class) if self.keys < class.keys().count() => {
                let keys: Vec<_> = class.keys().collect();
                let message = format!("{} has a NULL key; its keys are {}", class.name(), keys.join(", "));
                Err(Error::failed(message))
            }
            _ => Ok(()),
        }
    }
}

/// The instance of a class that `store` writes, with every property of the class.
///
/// # Errors
/// What `store` returns.
pub(crate) fn dynamic(class: &'static ClassSpec, store: Store<'_>) -> Result<Instance> {
    let null = |spec: &&'static crate::decl::PropertySpec| Property {
        name: text(spec.name).into(),
        kind: spec.kind,
        flags: spec.flags & flags::KEY,
        value: None,
    };
    let mut properties: Vec<_> = class.properties.iter().map(null).collect();
    let wanted = Wanted::all();
    let target = Target::Instance(&mut properties);
    store(&mut Fields { target, declaration: Declaration::Class(class), wanted: &wanted, keys: 0, size: 0 })?;
    let mut instance = Instance::with_capacity(class.name(), properties.len());
    properties.into_iter().for_each(|property| instance.push(property));
    Ok(instance)
}

/// An instance in memory of ours, whose contents the host frees when this value goes.
pub(crate) struct StackInstance<'a> {
    maker: &'a dyn Maker,
    memory: &'a mut [u64],
    declaration: Declaration,
    /// About how many bytes its values have.
    size: usize,
}

impl<'a> StackInstance<'a> {
    /// An empty instance of a class. `memory` is enlarged to the size that the declaration asks for.
    pub(crate) fn of_class(
        maker: &'a dyn Maker,
        spec: &'static ClassSpec,
        declaration: &'static MI_ClassDecl,
        memory: &'a mut Vec<u64>,
    ) -> Result<Self> {
        reserve(memory, declaration.size);
        maker.construct_instance(declaration, memory.as_mut_ptr().cast())?;
        Ok(Self { maker, memory, declaration: Declaration::Class(spec), size: 0 })
    }

    /// Empty parameters of a method.
    pub(crate) fn of_method(
        maker: &'a dyn Maker,
        spec: &'static MethodSpec,
        declaration: &'static MI_MethodDecl,
        memory: &'a mut Vec<u64>,
    ) -> Result<Self> {
        reserve(memory, declaration.size);
        maker.construct_parameters(declaration, memory.as_mut_ptr().cast())?;
        Ok(Self { maker, memory, declaration: Declaration::Method(spec), size: 0 })
    }

    /// Has `store` write the elements.
    ///
    /// # Errors
    /// What `store` returns, and FAILED when an instance of a class lacks a key.
    pub(crate) fn fill(&mut self, wanted: &Wanted, store: Store<'_>) -> Result<()> {
        let mut fields = self.fields(wanted);
        store(&mut fields)?;
        let size = fields.size;
        fields.check_keys()?;
        self.size += size;
        Ok(())
    }

    /// As [`fill`](Self::fill), for an instance that may lack its keys.
    pub(crate) fn fill_partly(&mut self, store: Store<'_>) -> Result<()> {
        store(&mut self.fields(&Wanted::all()))
    }

    /// Sets the element at a place.
    pub(crate) fn set(&mut self, index: usize, value: ValueRef<'_>) -> Result<()> {
        let place = u32::try_from(index).ok();
        let (Some((kind, _)), Some(place)) = (self.declaration.element(index), place) else {
            return Err(Error::failed(format!("there is no element at place {index}")));
        };
        self.size += value.size();
        // SAFETY: the memory holds a live instance.
        unsafe { write::set_element_at(self.maker, self.memory.as_mut_ptr().cast(), place, kind, value) }
    }

    fn fields<'f>(&'f mut self, wanted: &'f Wanted) -> Fields<'f> {
        let target = Target::Host { maker: self.maker, instance: self.memory.as_mut_ptr().cast() };
        Fields { target, declaration: self.declaration, wanted, keys: 0, size: 0 }
    }

    /// About how many bytes its values have.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    pub(crate) fn set_namespace(&mut self, namespace: &CStr) {
        // SAFETY: the memory holds a live instance.
        unsafe { write::set_namespace(self.memory.as_mut_ptr().cast(), namespace) };
    }

    /// Whether the filter lets the instance pass; `None` when the host cannot tell.
    pub(crate) fn passes(&self, filter: &HostFilter) -> Option<bool> {
        // SAFETY: the memory holds a live instance.
        unsafe { filter.evaluate(self.as_ptr()) }
    }

    /// The instance, alive as long as this value.
    pub(crate) fn as_ptr(&self) -> *const MI_Instance {
        self.memory.as_ptr().cast()
    }
}

impl Drop for StackInstance<'_> {
    fn drop(&mut self) {
        let instance: *mut MI_Instance = self.memory.as_mut_ptr().cast();
        // SAFETY: the memory holds a live instance, which nothing uses after this value.
        unsafe {
            if let Some(destruct) = (*instance).ft.as_ref().and_then(|table| table.Destruct) {
                let _ = destruct(instance);
            }
        }
    }
}

/// Makes room for `size` bytes. Eight-byte units give the alignment that instances need.
fn reserve(memory: &mut Vec<u64>, size: u32) {
    memory.resize((size as usize).div_ceil(size_of::<u64>()), 0);
}
