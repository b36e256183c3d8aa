//! Where typed values are written: the elements of an instance, or of a method's parameters, in host memory or in an
//! [`Instance`].

use super::assemble::count;
use super::context::Context;
use super::declared::{ClassRef, Element, Elements, MethodRef};
use super::filter::HostFilter;
use super::maker::Maker;
use super::relay::Ready;
use super::write;
use crate::decl::{self, ClassSpec};
use crate::query::Wanted;
use crate::value::ValueRef;
use crate::{CimType, Error, Instance, Property, Result, flags};
use omi_sys::*;
use std::ffi::CStr;

/// The elements of one instance, by their place in the declaration. Generated code fills them in.
pub struct Fields<'a> {
    target: Target<'a>,
    wanted: &'a Wanted,
    keys: usize,
    /// About how many bytes were written.
    size: usize,
    /// The first failure, after which nothing is written: asked for once, not after each element.
    failure: Option<Error>,
}

/// Writes the elements of an instance: [`Class::store`](crate::Class::store) of whichever class it is.
pub(crate) type Store<'a> = &'a dyn Fn(&mut Fields<'_>);

enum Target<'a> {
    /// Host memory, alive as long as the `StackInstance` that it belongs to.
    Host { maker: &'a dyn Maker, instance: *mut MI_Instance, elements: Elements },
    /// An instance with one element for each place of the declaration.
    Instance(&'a mut [Property]),
}

impl<'a> Fields<'a> {
    fn new(target: Target<'a>, wanted: &'a Wanted) -> Self {
        Self { target, wanted, keys: 0, size: 0, failure: None }
    }

    fn end(self) -> Result<()> {
        self.failure.map_or(Ok(()), Err)
    }

    /// Writes the element at a place; NULL and unwanted elements are left out. When the host refuses a value, for its type
    /// above all, the operation fails.
    pub fn put<T: CimType>(&mut self, index: usize, value: &Option<T>) {
        if let Some(value) = value {
            value.with_ref(|value| self.put_value(index, value));
        }
    }

    fn put_value(&mut self, index: usize, value: ValueRef<'_>) {
        if self.failure.is_none() && self.wanted.contains(index) {
            self.failure = self.set(index, value).err();
        }
    }

    fn set(&mut self, index: usize, value: ValueRef<'_>) -> Result<()> {
        self.size += value.size();
        match &mut self.target {
            Target::Host { maker, instance, elements } => {
                let element = element(*elements, index)?;
                self.keys += usize::from(element.is_key());
                // SAFETY: `StackInstance` makes `Fields` for its live instance only, and they do not outlive it.
                unsafe { write::set_element_at(*maker, *instance, count(index), element.kind(), value) }
            }
            Target::Instance(properties) => {
                let property = properties.get_mut(index).ok_or_else(|| no_element(index))?;
                property.value = Some(value.to_value().used_as(property.kind));
                Ok(())
            }
        }
    }
}

fn element(elements: Elements, index: usize) -> Result<Element> {
    elements.get(index).ok_or_else(|| no_element(index))
}

fn no_element(index: usize) -> Error {
    Error::failed(format!("there is no element at place {index}"))
}

/// The instance of a class that `store` writes, with every property of the class.
///
/// # Errors
/// FAILED when `store` writes an element that the class does not have.
pub(crate) fn dynamic(class: &'static ClassSpec, store: Store<'_>) -> Result<Instance> {
    let null = |declared: &decl::Property| Property {
        name: declared.name().into(),
        kind: declared.kind,
        flags: declared.flags & flags::KEY,
        value: None,
    };
    let mut properties: Vec<_> = class.properties().iter().map(null).collect();
    let wanted = Wanted::all();
    let mut fields = Fields::new(Target::Instance(&mut properties), &wanted);
    store(&mut fields);
    fields.end()?;
    let mut instance = Instance::with_capacity(class.name(), properties.len());
    properties.into_iter().for_each(|property| instance.push(property));
    Ok(instance)
}

/// An instance in memory of ours, whose contents the host frees when this value goes.
pub(crate) struct StackInstance<'a> {
    maker: &'a dyn Maker,
    /// Empty when the instance was handed on.
    memory: &'a mut Vec<u64>,
    elements: Elements,
    /// About how many bytes its values have.
    size: usize,
}

impl<'a> StackInstance<'a> {
    /// An empty instance of a class. `memory` is enlarged to the size that the declaration asks for.
    pub(crate) fn of_class(maker: &'a dyn Maker, class: ClassRef, memory: &'a mut Vec<u64>) -> Result<Self> {
        reserve(memory, class.get().size);
        maker.construct_instance(class.get(), memory.as_mut_ptr().cast())?;
        Ok(Self { maker, memory, elements: class.elements(), size: 0 })
    }

    /// Empty parameters of a method.
    pub(crate) fn of_method(maker: &'a dyn Maker, method: MethodRef, memory: &'a mut Vec<u64>) -> Result<Self> {
        reserve(memory, method.get().size);
        maker.construct_parameters(method.get(), memory.as_mut_ptr().cast())?;
        Ok(Self { maker, memory, elements: method.elements(), size: 0 })
    }

    /// Has `store` write the elements.
    ///
    /// # Errors
    /// What the host answers when it refuses a value, and FAILED when an instance of a class lacks a key.
    pub(crate) fn fill(&mut self, wanted: &Wanted, store: Store<'_>) -> Result<()> {
        let mut fields = self.fields(wanted);
        store(&mut fields);
        let (keys, size) = (fields.keys, fields.size);
        fields.end()?;
        self.size += size;
        if keys < self.elements.keys().count() {
            let all: Vec<_> = self.elements.keys().map(Element::name).collect();
            let message = format!("{} has a NULL key; its keys are {}", self.elements.owner(), all.join(", "));
            return Err(Error::failed(message));
        }
        Ok(())
    }

    /// As [`fill`](Self::fill), for an instance that may lack its keys.
    pub(crate) fn fill_partly(&mut self, store: Store<'_>) -> Result<()> {
        let wanted = Wanted::all();
        let mut fields = self.fields(&wanted);
        store(&mut fields);
        fields.end()
    }

    /// Sets the element at a place.
    pub(crate) fn set(&mut self, index: usize, value: ValueRef<'_>) -> Result<()> {
        self.size += value.size();
        self.fields(&Wanted::all()).set(index, value)
    }

    fn fields<'f>(&'f mut self, wanted: &'f Wanted) -> Fields<'f> {
        let instance = self.memory.as_mut_ptr().cast();
        let target = Target::Host { maker: self.maker, instance, elements: self.elements };
        Fields::new(target, wanted)
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

    /// Posts the instance.
    pub(crate) fn post(self, context: &Context) -> Result<()> {
        match context.relay() {
            Some(relay) => relay.post(context, Ready::Filled(Filled(std::mem::take(self.memory)))),
            // Its memory serves for the next one.
            None => context.raw().post_instance(self.as_ptr()),
        }
    }
}

impl Drop for StackInstance<'_> {
    fn drop(&mut self) {
        destruct(self.memory);
    }
}

/// An instance that was filled in, in memory of its own.
pub(crate) struct Filled(Vec<u64>);

impl Filled {
    /// The instance, alive as long as this value.
    pub(crate) fn as_ptr(&self) -> *const MI_Instance {
        self.0.as_ptr().cast()
    }
}

impl Drop for Filled {
    fn drop(&mut self) {
        destruct(&mut self.0);
    }
}

/// Frees what the instance in `memory` has, if there is one.
fn destruct(memory: &mut [u64]) {
    if memory.is_empty() {
        return;
    }
    let instance: *mut MI_Instance = memory.as_mut_ptr().cast();
    // SAFETY: only the owner of a live instance calls this, and nothing uses the instance after it.
    unsafe {
        if let Some(destruct) = (*instance).ft.as_ref().and_then(|table| table.Destruct) {
            let _ = destruct(instance);
        }
    }
}

/// Makes room for `size` bytes. Eight-byte units give the alignment that instances need.
fn reserve(memory: &mut Vec<u64>, size: u32) {
    memory.resize((size as usize).div_ceil(size_of::<u64>()), 0);
}
