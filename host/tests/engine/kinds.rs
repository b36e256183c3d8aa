//! The four kinds of instances that providers post.

use crate::schema::{
    Element, NO_ENTRIES, Once, class, delete, module, new_instance, offset, post_instance, post_result, set_text,
};
use crate::{enumeration, host, run};
use omi::Value;
use omi_sys::*;
use std::ffi::{CStr, CString, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

static KINDS: AtomicPtr<MI_ClassDecl> = AtomicPtr::new(ptr::null_mut());

unsafe extern "C" fn main(_server: *mut MI_Server) -> *mut MI_Module {
    static MODULE: Once = Once::new();
    MODULE.get(declare)
}

fn declare() -> MI_Module {
    let elements =
        [Element(c"Id", MI_STRING, MI_FLAG_KEY), Element(c"Number", MI_UINT32, 0), Element(c"Missing", MI_STRING, 0)];
    let provider = MI_ProviderFT { EnumerateInstances: Some(enumerate), ..NO_ENTRIES };
    let kinds = class(c"T_Kinds", None, &elements, vec![], Some(provider));
    KINDS.store(kinds.cast_mut(), Ordering::Release);
    module(vec![kinds])
}

unsafe extern "C" fn enumerate(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    properties: *const MI_PropertySet,
    keys_only: MI_Boolean,
    filter: *const MI_Filter,
) {
    unsafe {
        assert!(properties.is_null() && keys_only == MI_FALSE && filter.is_null());
        post_static(context);
        post_dynamic(context);
        post_zero_reserved(context);
        post_foreign(context);
        assert_eq!(post_instance(context, ptr::null()), MI_RESULT_INVALID_PARAMETER);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

/// On the stack, as C providers make them.
unsafe fn post_static(context: *mut MI_Context) {
    unsafe {
        let decl = KINDS.load(Ordering::Acquire);
        let mut memory = [0xffu64; 64];
        let instance: *mut MI_Instance = memory.as_mut_ptr().cast();
        assert_eq!((*(*context).ft).ConstructInstance.unwrap()(context, decl, instance), MI_RESULT_OK);
        // Without its key nobody could find it again.
        assert_eq!(post_instance(context, instance), MI_RESULT_FAILED);
        set_text(instance, c"ID", c"static");
        assert_eq!(post_instance(context, instance), MI_RESULT_OK);
        assert_eq!((*(*instance).ft).Destruct.unwrap()(instance), MI_RESULT_OK);
    }
}

/// With more elements than fit without moving, and a clone of it instead of the original.
unsafe fn post_dynamic(context: *mut MI_Context) {
    unsafe {
        let mut instance = ptr::null_mut();
        let new = (*(*context).ft).NewDynamicInstance.unwrap();
        assert_eq!(new(context, c"no name".as_ptr(), 0, &mut instance), MI_RESULT_INVALID_PARAMETER);
        assert_eq!(new(context, c"t_kinds".as_ptr(), 0, &mut instance), MI_RESULT_OK);
        let functions = &*(*instance).ft;
        let add = functions.AddElement.unwrap();
        for number in 0..100u32 {
            let name = CString::new(format!("Extra{number}")).unwrap();
            let value = MI_Value { uint32: number };
            assert_eq!(add(instance, name.as_ptr(), &value, MI_UINT32, 0), MI_RESULT_OK);
            assert_eq!(add(instance, name.as_ptr(), &value, MI_UINT32, 0), MI_RESULT_ALREADY_EXISTS);
        }
        let id = MI_Value { string: c"dynamic".as_ptr().cast_mut() };
        assert_eq!(add(instance, c"Id".as_ptr(), &id, MI_STRING, MI_FLAG_KEY), MI_RESULT_OK);
        assert_eq!(add(instance, c"1x".as_ptr(), &id, MI_STRING, 0), MI_RESULT_INVALID_PARAMETER);
        let mut clone = ptr::null_mut();
        assert_eq!(functions.Clone.unwrap()(instance, &mut clone), MI_RESULT_OK);
        delete(instance);
        assert_eq!(post_instance(context, clone), MI_RESULT_OK);
        delete(clone);
    }
}

/// As the C++ runtime makes them: neither functions nor private words.
unsafe fn post_zero_reserved(context: *mut MI_Context) {
    unsafe {
        let mut memory = [0u64; 64];
        let instance: *mut MI_Instance = memory.as_mut_ptr().cast();
        (*instance).classDecl = KINDS.load(Ordering::Acquire);
        let field: *mut MI_StringField = memory.as_mut_ptr().byte_add(offset(0)).cast();
        (*field).value = c"zero".as_ptr().cast_mut();
        (*field).exists = MI_TRUE;
        assert_eq!(post_instance(context, instance), MI_RESULT_OK);
    }
}

/// With functions of somebody else, and a memory that only those understand.
unsafe fn post_foreign(context: *mut MI_Context) {
    unsafe {
        let original = new_instance(context, KINDS.load(Ordering::Acquire));
        let functions = MI_InstanceFT {
            GetClassName: Some(foreign_class_name),
            GetElementCount: Some(foreign_count),
            GetElementAt: Some(foreign_element),
            ..*(*original).ft
        };
        delete(original);
        let instance = MI_Instance {
            ft: &functions,
            classDecl: ptr::null(),
            serverName: ptr::null(),
            nameSpace: ptr::null(),
            reserved: [-1; 4],
        };
        assert_eq!(post_instance(context, &instance), MI_RESULT_OK);
    }
}

unsafe extern "C" fn foreign_class_name(_self: *const MI_Instance, name: *mut *const MI_Char) -> MI_Result {
    unsafe { *name = c"T_Kinds".as_ptr() };
    MI_RESULT_OK
}

unsafe extern "C" fn foreign_count(_self: *const MI_Instance, count: *mut MI_Uint32) -> MI_Result {
    unsafe { *count = 1 };
    MI_RESULT_OK
}

unsafe extern "C" fn foreign_element(
    _self: *const MI_Instance,
    _index: MI_Uint32,
    name: *mut *const MI_Char,
    value: *mut MI_Value,
    kind: *mut MI_Type,
    flags: *mut MI_Uint32,
) -> MI_Result {
    unsafe {
        *name = c"Id".as_ptr();
        (*value).string = c"foreign".as_ptr().cast_mut();
        *kind = MI_STRING;
        *flags = MI_FLAG_KEY;
    }
    MI_RESULT_OK
}

#[test]
fn instances_of_all_four_kinds_arrive() {
    let instances = run(&host(main), enumeration("T_Kinds")).unwrap();
    let ids: Vec<_> = instances.iter().map(|it| it.text("Id").unwrap()).collect();
    assert_eq!(ids, ["static", "dynamic", "zero", "foreign"]);
    for instance in &instances {
        assert_eq!(instance.class_name(), "T_Kinds");
        assert_eq!(instance.namespace(), Some("root/test"));
        let names: Vec<_> = instance.properties()[..3].iter().map(|it| it.name.as_ref()).collect();
        assert_eq!(names, ["Id", "Number", "Missing"], "{}", instance.text("Id").unwrap());
        assert!(instance.property("Id").unwrap().is_key());
        assert_eq!(instance.get("Missing"), None);
    }
    // What a class does not declare is delivered behind what it does.
    assert_eq!(instances[1].properties().len(), 103);
    assert_eq!(instances[1].get("Extra99"), Some(&Value::Uint32(99)));
}

#[test]
fn names_are_compared_without_case() {
    let name: &CStr = c"T_KINDS";
    assert_eq!(run(&host(main), enumeration(name.to_str().unwrap())).unwrap().len(), 4);
}
