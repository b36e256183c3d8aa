//! Where typed values are written: the elements of an instance, or of a method's parameters, in host memory.

use super::context::Context;
use super::write;
use crate::decl::{ClassSpec, MethodSpec};
use crate::query::Wanted;
use crate::{CimType, Error, Result, Type, flags};
use omi_sys::*;
use std::ffi::CStr;

/// The elements of one instance, by their place in the declaration. Generated code fills them in.
pub struct Fields<'a> {
    context: &'a Context,
    instance: *mut MI_Instance,
    declaration: Declaration,
    wanted: &'a Wanted,
    keys: usize,
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
        let Some(value) = value else { return Ok(()) };
        if !self.wanted.contains(index) {
            return Ok(());
        }
        let place = u32::try_from(index).ok();
        let (Some((kind, flags)), Some(place)) = (self.declaration.element(index), place) else {
            return Err(Error::failed(format!("there is no element at place {index}")));
        };
        if flags & flags::KEY != 0 {
            self.keys += 1;
        }
        // SAFETY: `StackInstance` makes `Fields` for its live instance only, and they do not outlive it.
        unsafe { write::set_element_at(self.context, self.instance, place, kind, value.as_value_ref()) }
    }
}

/// An instance in memory of ours, whose contents the host frees when this value goes.
pub(crate) struct StackInstance<'a> {
    context: &'a Context,
    memory: &'a mut [u64],
    declaration: Declaration,
}

impl<'a> StackInstance<'a> {
    /// An empty instance of a class. `memory` is enlarged to the size that the declaration asks for.
    pub(crate) fn of_class(
        context: &'a Context,
        spec: &'static ClassSpec,
        declaration: &'static MI_ClassDecl,
        memory: &'a mut Vec<u64>,
    ) -> Result<Self> {
        reserve(memory, declaration.size);
        context.construct_instance(declaration, memory.as_mut_ptr().cast())?;
        Ok(Self { context, memory, declaration: Declaration::Class(spec) })
    }

    /// Empty parameters of a method.
    pub(crate) fn of_method(
        context: &'a Context,
        spec: &'static MethodSpec,
        declaration: &'static MI_MethodDecl,
        memory: &'a mut Vec<u64>,
    ) -> Result<Self> {
        reserve(memory, declaration.size);
        context.construct_parameters(declaration, memory.as_mut_ptr().cast())?;
        Ok(Self { context, memory, declaration: Declaration::Method(spec) })
    }

    /// Has `store` write the elements.
    ///
    /// # Errors
    /// What `store` returns, and FAILED when an instance of a class lacks a key.
    pub(crate) fn fill(&mut self, wanted: &Wanted, store: impl FnOnce(&mut Fields<'_>) -> Result<()>) -> Result<()> {
        let instance = self.memory.as_mut_ptr().cast();
        let declaration = self.declaration;
        let mut fields = Fields { context: self.context, instance, declaration, wanted, keys: 0 };
        store(&mut fields)?;
        match declaration {
            Declaration::Class(class) if fields.keys < class.keys().count() => {
                let keys: Vec<_> = class.keys().collect();
                Err(Error::failed(format!(
                    "{} was posted with a NULL key; its keys are {}",
                    class.name(),
                    keys.join(", ")
                )))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn set_namespace(&mut self, namespace: &CStr) {
        // SAFETY: the memory holds a live instance.
        unsafe { write::set_namespace(self.memory.as_mut_ptr().cast(), namespace) };
    }

    pub(crate) fn post(&self) -> Result<()> {
        self.context.post_instance(self.memory.as_ptr().cast())
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
