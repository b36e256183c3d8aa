//! The library that is asked, and helpers for instances.

use crate::schema::{
    Element, NO_ENTRIES, Once, class, delete, method, module, new_instance, post_instance, post_result, set_number,
    set_text,
};
use omi_sys::*;
use std::ffi::{CStr, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

pub(super) static THING: AtomicPtr<MI_ClassDecl> = AtomicPtr::new(ptr::null_mut());
pub(super) static ENDLESS: AtomicPtr<MI_ClassDecl> = AtomicPtr::new(ptr::null_mut());

/// How often an enumeration of T_Endless learned that nobody wants its instances.
pub(super) static REFUSED: AtomicU32 = AtomicU32::new(0);

/// The library that is asked: T_Thing below T_Base, and T_Endless.
pub(super) unsafe extern "C" fn things_main(_server: *mut MI_Server) -> *mut MI_Module {
    static MODULE: Once = Once::new();
    MODULE.get(|| {
        let elements = [Element(c"Id", MI_UINT32, MI_FLAG_KEY), Element(c"Name", MI_STRING, 0)];
        let double = [Element(c"Number", MI_UINT32, MI_FLAG_IN), Element(c"Result", MI_UINT32, MI_FLAG_OUT)];
        let base = class(c"T_Base", None, &elements, vec![], None);
        let methods = vec![
            method(c"Double", MI_FLAG_STATIC, &double, Some(double_number)),
            method(c"Talk", MI_FLAG_STATIC, &[], Some(talk)),
            method(c"Note", MI_FLAG_STATIC, &[Element(c"Name", MI_STRING, MI_FLAG_OUT)], Some(note)),
        ];
        let provider = MI_ProviderFT {
            EnumerateInstances: Some(things),
            GetInstance: Some(get_thing),
            ModifyInstance: Some(modify_thing),
            ..NO_ENTRIES
        };
        let thing = class(c"T_Thing", Some(base), &elements, methods, Some(provider));
        THING.store(thing.cast_mut(), Ordering::Release);
        let provider = MI_ProviderFT { EnumerateInstances: Some(endless), ..NO_ENTRIES };
        let endless = class(c"T_Endless", None, &elements, vec![], Some(provider));
        ENDLESS.store(endless.cast_mut(), Ordering::Release);
        module(vec![base, thing, endless])
    })
}

pub(super) unsafe fn post_thing(
    context: *mut MI_Context,
    decl: &AtomicPtr<MI_ClassDecl>,
    id: u32,
    name: &CStr,
) -> MI_Result {
    unsafe {
        let thing = new_instance(context, decl.load(Ordering::Acquire));
        set_number(thing, c"Id", id);
        set_text(thing, c"Name", name);
        let posted = post_instance(context, thing);
        delete(thing);
        posted
    }
}

unsafe extern "C" fn things(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    _properties: *const MI_PropertySet,
    _keys_only: MI_Boolean,
    _filter: *const MI_Filter,
) {
    unsafe {
        for (id, name) in [(1, c"one"), (2, c"two"), (3, c"three")] {
            let _ = post_thing(context, &THING, id, name);
        }
        let _ = post_result(context, MI_RESULT_OK);
    }
}

unsafe extern "C" fn endless(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    _properties: *const MI_PropertySet,
    _keys_only: MI_Boolean,
    _filter: *const MI_Filter,
) {
    unsafe {
        while post_thing(context, &ENDLESS, 7, c"again") == MI_RESULT_OK {}
        REFUSED.fetch_add(1, Ordering::AcqRel);
        let _ = post_result(context, MI_RESULT_OK);
    }
}

unsafe extern "C" fn get_thing(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    key: *const MI_Instance,
    _properties: *const MI_PropertySet,
) {
    unsafe {
        let id = number(key, c"Id");
        if id == 2 {
            // Refused when the operation was closed before it began.
            let _ = post_thing(context, &THING, 2, c"two");
            let _ = post_result(context, MI_RESULT_OK);
        } else {
            let post = (*(*context).ft).PostError.unwrap();
            assert_eq!(post(context, 6, c"MI".as_ptr(), c"there is no such thing".as_ptr()), MI_RESULT_OK);
        }
    }
}

/// Answers with a name that says whether the name was to be NULL.
unsafe extern "C" fn modify_thing(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    changed: *const MI_Instance,
    properties: *const MI_PropertySet,
) {
    unsafe {
        let (mut count, mut flags) = (0, 0);
        assert_eq!((*(*properties).ft).GetElementCount.unwrap()(properties, &mut count), MI_RESULT_OK);
        let mut value = MI_Value { uint32: 0 };
        let get = (*(*changed).ft).GetElement.unwrap();
        let (kind, index) = (ptr::null_mut(), ptr::null_mut());
        assert_eq!(get(changed, c"Name".as_ptr(), &mut value, kind, &mut flags, index), MI_RESULT_OK);
        let is_null = flags & MI_FLAG_NULL != 0;
        let name = if count == 1 && is_null { c"to NULL" } else { c"to something" };
        let _ = post_thing(context, &THING, number(changed, c"Id"), name);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

unsafe extern "C" fn double_number(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    _method: *const MI_Char,
    _target: *const MI_Instance,
    input: *const MI_Instance,
) {
    unsafe {
        let result = dynamic(context, c"Double");
        add_number(result, c"MIReturn", 0);
        add_number(result, c"Result", 2 * number(input, c"Number"));
        assert_eq!(post_instance(context, result), MI_RESULT_OK);
        delete(result);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

/// Says and asks what there is to say and ask, and answers with what it heard.
unsafe extern "C" fn talk(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    _method: *const MI_Char,
    _target: *const MI_Instance,
    _input: *const MI_Instance,
) {
    unsafe {
        let functions = &*(*context).ft;
        assert_eq!(functions.WriteMessage.unwrap()(context, 1, c"hello".as_ptr()), MI_RESULT_OK);
        let (activity, empty) = (c"talking".as_ptr(), c"".as_ptr());
        assert_eq!(functions.WriteProgress.unwrap()(context, activity, empty, empty, 50, u32::MAX), MI_RESULT_OK);
        let (mut go_on, mut yes) = (MI_FALSE, MI_FALSE);
        let error = functions.WriteError.unwrap();
        assert_eq!(error(context, 6, c"MI".as_ptr(), c"a trifle".as_ptr(), &mut go_on), MI_RESULT_OK);
        let prompt = functions.PromptUser.unwrap();
        assert_eq!(prompt(context, c"really?".as_ptr(), MI_PROMPTTYPE_CRITICAL, &mut yes), MI_RESULT_OK);
        let result = dynamic(context, c"Talk");
        add_number(result, c"MIReturn", u32::from(go_on) * 10 + u32::from(yes));
        assert_eq!(post_instance(context, result), MI_RESULT_OK);
        delete(result);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

/// Answers with its locale, an option that is a text and one that is a number.
unsafe extern "C" fn note(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    _method: *const MI_Char,
    _target: *const MI_Instance,
    _input: *const MI_Instance,
) {
    unsafe {
        let functions = &*(*context).ft;
        let (mut text, mut count) = (ptr::null(), 0);
        let mut locale = [0; 128];
        assert_eq!(
            functions.GetLocale.unwrap()(context, MI_LOCALE_TYPE_REQUESTED_UI, locale.as_mut_ptr()),
            MI_RESULT_OK
        );
        // Without them the values stay NULL and 0.
        let _ = functions.GetStringOption.unwrap()(context, c"Note".as_ptr(), &mut text);
        let _ = functions.GetNumberOption.unwrap()(context, c"Count".as_ptr(), &mut count);
        let answer = format!("{} {} {count}\0", c_string(locale.as_ptr()), c_string(text));
        let result = dynamic(context, c"Note");
        add_number(result, c"MIReturn", 0);
        let value = MI_Value { string: answer.as_ptr().cast_mut().cast() };
        let add = (*(*result).ft).AddElement.unwrap();
        assert_eq!(add(result, c"Name".as_ptr(), &value, MI_STRING, 0), MI_RESULT_OK);
        assert_eq!(post_instance(context, result), MI_RESULT_OK);
        delete(result);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

pub(super) unsafe fn number(instance: *const MI_Instance, name: &CStr) -> u32 {
    unsafe {
        let mut value = MI_Value { uint32: 0 };
        let get = (*(*instance).ft).GetElement.unwrap();
        let none = ptr::null_mut;
        assert_eq!(get(instance, name.as_ptr(), &mut value, none(), ptr::null_mut(), ptr::null_mut()), MI_RESULT_OK);
        value.uint32
    }
}

pub(super) unsafe fn text(instance: *const MI_Instance, name: &CStr) -> String {
    unsafe {
        let mut value = MI_Value { uint32: 0 };
        let get = (*(*instance).ft).GetElement.unwrap();
        let none = ptr::null_mut;
        assert_eq!(get(instance, name.as_ptr(), &mut value, none(), ptr::null_mut(), ptr::null_mut()), MI_RESULT_OK);
        c_string(value.string)
    }
}

pub(super) unsafe fn c_string(text: *const MI_Char) -> String {
    if text.is_null() { "NULL".into() } else { unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_owned() }
}

pub(super) unsafe fn dynamic(context: *mut MI_Context, class: &CStr) -> *mut MI_Instance {
    let mut instance = ptr::null_mut();
    let new = unsafe { (*(*context).ft).NewDynamicInstance.unwrap() };
    assert_eq!(unsafe { new(context, class.as_ptr(), 0, &mut instance) }, MI_RESULT_OK);
    instance
}

pub(super) unsafe fn add_number(instance: *mut MI_Instance, name: &CStr, number: u32) {
    let value = MI_Value { uint32: number };
    let add = unsafe { (*(*instance).ft).AddElement.unwrap() };
    assert_eq!(unsafe { add(instance, name.as_ptr(), &value, MI_UINT32, MI_FLAG_KEY) }, MI_RESULT_OK);
}
