//! Classes as live objects, `MI_Class`: what `MI_Instance_GetClass` returns. Qualifier sets and parameter sets are views
//! into the declaration ([`sets`]).
//!
//! `reserved[0]` owns the empty instance whose declaration is shown, `reserved[1]` a count of the [`Blueprint`] that
//! holds it; with neither it is constant data of a library.

mod sets;

use super::blueprint::{self, Blueprint};
use super::dynamic;
use super::instance::{self, locate};
use super::memory::{Outcome, element, guard, put, put_if_wanted};
use omi_sys::*;
use sets::{constant, find, parameters, qualifiers};
use std::ptr;
use std::sync::Arc;

/// What `MI_Class.ft` points to.
pub(super) static CLASS_FT: MI_ClassFT = MI_ClassFT {
    GetClassName: Some(get_class_name),
    GetNameSpace: Some(get_name_space),
    GetServerName: Some(get_server_name),
    GetElementCount: Some(get_element_count),
    GetElement: Some(get_element),
    GetElementAt: Some(get_element_at),
    GetClassQualifierSet: Some(get_class_qualifier_set),
    GetMethodCount: Some(get_method_count),
    GetMethodAt: Some(get_method_at),
    GetMethod: Some(get_method),
    GetParentClassName: Some(get_parent_class_name),
    GetParentClass: Some(get_parent_class),
    Delete: Some(delete),
    Clone: Some(clone),
};

// As in `table`: pointers are NULL or valid for their purpose, and the objects are ours.

/// The class of an instance; a dynamic one is copied without its values, for its declaration. The class of a method's
/// parameters has them as its properties, and the name of the method.
///
/// # Safety
/// `source` is NULL or an instance of ours.
pub(super) unsafe fn new_of(source: *const MI_Instance) -> Outcome<*mut MI_Class> {
    // SAFETY: the caller says so.
    unsafe {
        let head = source.as_ref().ok_or(MI_RESULT_INVALID_PARAMETER)?;
        match dynamic::of(head) {
            // The declaration of a method is too short for a class, so one is made of it.
            None if locate(source)?.decl.flags & MI_FLAG_METHOD != 0 => {
                blueprint::parameters(&*head.classDecl.cast()).map_err(|_| MI_RESULT_FAILED)
            }
            None => Ok(new(head.classDecl, ptr::null_mut())),
            Some(dynamic) => {
                let holder = dynamic::new_like(dynamic)?;
                Ok(new((*holder).classDecl, holder))
            }
        }
    }
}

fn new(decl: *const MI_ClassDecl, holder: *mut MI_Instance) -> *mut MI_Class {
    boxed(decl, ptr::null(), [holder as isize, 0, 0, 0])
}

/// A class that a blueprint declares.
pub(super) fn of_blueprint(decl: *const MI_ClassDecl, blueprint: Arc<Blueprint>) -> *mut MI_Class {
    let namespace = blueprint.namespace();
    boxed(decl, namespace, [0, Arc::into_raw(blueprint) as isize, 0, 0])
}

fn boxed(decl: *const MI_ClassDecl, namespace: *const MI_Char, reserved: [isize; 4]) -> *mut MI_Class {
    let (ft, server) = (&raw const CLASS_FT, ptr::null());
    Box::into_raw(Box::new(MI_Class { ft, classDecl: decl, namespaceName: namespace, serverName: server, reserved }))
}

/// The blueprint that holds a class, counted once more.
///
/// # Safety
/// `class` is one of ours.
unsafe fn blueprint_of(class: &MI_Class) -> Option<Arc<Blueprint>> {
    let blueprint = class.reserved[1] as *const Blueprint;
    // SAFETY: in a class of ours the word is NULL or owns one count.
    (!blueprint.is_null()).then(|| unsafe {
        Arc::increment_strong_count(blueprint);
        Arc::from_raw(blueprint)
    })
}

/// Frees a class.
///
/// # Safety
/// `class` is one of ours, and is not used any more.
pub(super) unsafe fn release(class: *mut MI_Class) {
    // SAFETY: the caller says so; the words own what the head of this file says.
    unsafe {
        let class = Box::from_raw(class);
        instance::delete_any(class.reserved[0] as *mut MI_Instance);
        let blueprint = class.reserved[1] as *const Blueprint;
        if !blueprint.is_null() {
            drop(Arc::from_raw(blueprint));
        }
    }
}

unsafe fn declaration<'a>(class: *const MI_Class) -> Outcome<&'a MI_ClassDecl> {
    // SAFETY: NULL or a class of ours, whose declaration lives as long.
    unsafe { class.as_ref().and_then(|class| class.classDecl.as_ref()) }.ok_or(MI_RESULT_INVALID_PARAMETER)
}

unsafe extern "C" fn delete(self_: *mut MI_Class) -> MI_Result {
    // SAFETY: NULL or a class of `new`, which is not used any more.
    guard(|| unsafe {
        declaration(self_)?;
        release(self_);
        Ok(())
    })
}

unsafe extern "C" fn clone(self_: *const MI_Class, new_class: *mut *mut MI_Class) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(new_class, ptr::null_mut())?;
        let decl = declaration(self_)?;
        let holder = (*self_).reserved[0] as *const MI_Instance;
        let copy = match blueprint_of(&*self_) {
            Some(blueprint) => of_blueprint(decl, blueprint),
            None if holder.is_null() => new(decl, ptr::null_mut()),
            None => new_of(holder)?,
        };
        put(new_class, copy)
    })
}

unsafe extern "C" fn get_class_name(self_: *const MI_Class, class_name: *mut *const MI_Char) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe { put(class_name, declaration(self_)?.name) })
}

unsafe extern "C" fn get_name_space(self_: *const MI_Class, name_space: *mut *const MI_Char) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe { put(name_space, self_.as_ref().ok_or(MI_RESULT_INVALID_PARAMETER)?.namespaceName) })
}

unsafe extern "C" fn get_server_name(self_: *const MI_Class, server_name: *mut *const MI_Char) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe { put(server_name, self_.as_ref().ok_or(MI_RESULT_INVALID_PARAMETER)?.serverName) })
}

unsafe extern "C" fn get_parent_class_name(self_: *const MI_Class, name: *mut *const MI_Char) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(name, ptr::null())?;
        let parent = declaration(self_)?.superClass;
        if parent.is_null() { Err(MI_RESULT_INVALID_SUPERCLASS) } else { put(name, parent) }
    })
}

unsafe extern "C" fn get_parent_class(self_: *const MI_Class, parent_class: *mut *mut MI_Class) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(parent_class, ptr::null_mut())?;
        let parent = declaration(self_)?.superClassDecl;
        if parent.is_null() {
            return Err(MI_RESULT_INVALID_SUPERCLASS);
        }
        put(
            parent_class,
            blueprint_of(&*self_).map_or_else(|| new(parent, ptr::null_mut()), |it| of_blueprint(parent, it)),
        )
    })
}

unsafe extern "C" fn get_element_count(self_: *const MI_Class, count: *mut MI_Uint32) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe { put(count, declaration(self_)?.numProperties) })
}

unsafe extern "C" fn get_element(
    self_: *const MI_Class,
    name: *const MI_Char,
    value: *mut MI_Value,
    value_exists: *mut MI_Boolean,
    type_: *mut MI_Type,
    reference_class: *mut *mut MI_Char,
    qualifier_set: *mut MI_QualifierSet,
    flags: *mut MI_Uint32,
    index: *mut MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let decl = declaration(self_)?;
        let name_at = |place| element(decl.properties, place).map_or(ptr::null(), |property| property.name);
        let place = find(name, decl.numProperties, MI_RESULT_NO_SUCH_PROPERTY, name_at)?;
        put_if_wanted(index, place);
        describe(decl, place, value, value_exists, type_, reference_class, qualifier_set, flags)
    })
}

unsafe extern "C" fn get_element_at(
    self_: *const MI_Class,
    index: MI_Uint32,
    name: *mut *const MI_Char,
    value: *mut MI_Value,
    value_exists: *mut MI_Boolean,
    type_: *mut MI_Type,
    reference_class: *mut *mut MI_Char,
    qualifier_set: *mut MI_QualifierSet,
    flags: *mut MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let decl = declaration(self_)?;
        put_if_wanted(name, property(decl, index)?.name);
        describe(decl, index, value, value_exists, type_, reference_class, qualifier_set, flags)
    })
}

unsafe fn property(decl: &MI_ClassDecl, index: u32) -> Outcome<&MI_PropertyDecl> {
    if index >= decl.numProperties {
        return Err(MI_RESULT_INVALID_PARAMETER);
    }
    // SAFETY: a declaration has as many properties as it says.
    unsafe { element(decl.properties, index) }.ok_or(MI_RESULT_INVALID_PARAMETER)
}

#[allow(clippy::too_many_arguments)] // the out-parameters that both callers have
unsafe fn describe(
    decl: &MI_ClassDecl,
    index: u32,
    value: *mut MI_Value,
    value_exists: *mut MI_Boolean,
    type_: *mut MI_Type,
    reference_class: *mut *mut MI_Char,
    qualifier_set: *mut MI_QualifierSet,
    flags: *mut MI_Uint32,
) -> Outcome {
    // SAFETY: NULL or valid.
    unsafe {
        let property = property(decl, index)?;
        put_if_wanted(value, constant(property.value, property.type_));
        put_if_wanted(value_exists, (!property.value.is_null()).into());
        put_if_wanted(type_, MI_Type(property.type_));
        put_if_wanted(reference_class, property.className.cast_mut());
        put_if_wanted(qualifier_set, qualifiers(property.qualifiers, property.numQualifiers));
        put_if_wanted(flags, property.flags);
    }
    Ok(())
}

unsafe extern "C" fn get_class_qualifier_set(self_: *const MI_Class, set: *mut MI_QualifierSet) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let decl = declaration(self_)?;
        put(set, qualifiers(decl.qualifiers, decl.numQualifiers))
    })
}

unsafe extern "C" fn get_method_count(self_: *const MI_Class, count: *mut MI_Uint32) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe { put(count, declaration(self_)?.numMethods) })
}

unsafe extern "C" fn get_method_at(
    self_: *const MI_Class,
    index: MI_Uint32,
    name: *mut *const MI_Char,
    qualifier_set: *mut MI_QualifierSet,
    parameter_set: *mut MI_ParameterSet,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let decl = declaration(self_)?;
        let method = (index < decl.numMethods).then(|| element(decl.methods, index)).flatten();
        let method: &MI_MethodDecl = method.ok_or(MI_RESULT_INVALID_PARAMETER)?;
        put_if_wanted(name, method.name);
        put_if_wanted(qualifier_set, qualifiers(method.qualifiers, method.numQualifiers));
        put_if_wanted(parameter_set, parameters(method));
        Ok(())
    })
}

unsafe extern "C" fn get_method(
    self_: *const MI_Class,
    name: *const MI_Char,
    qualifier_set: *mut MI_QualifierSet,
    parameter_set: *mut MI_ParameterSet,
    index: *mut MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let decl = declaration(self_)?;
        let name_at = |place| element(decl.methods, place).map_or(ptr::null(), |method| method.name);
        let place = find(name, decl.numMethods, MI_RESULT_METHOD_NOT_FOUND, name_at)?;
        put_if_wanted(index, place);
        match get_method_at(self_, place, ptr::null_mut(), qualifier_set, parameter_set) {
            MI_RESULT_OK => Ok(()),
            code => Err(code),
        }
    })
}
