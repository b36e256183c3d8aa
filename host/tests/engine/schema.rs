//! Declarations as OMI's generator writes them, but built when the library is loaded, and left in memory for good.

use omi_sys::*;
use std::ffi::{CStr, c_void};
use std::ptr;
use std::sync::OnceLock;

const HEADER: usize = size_of::<MI_Instance>();
/// Fits the field of every type.
const SLOT: usize = 40;

/// A provider table to start from.
pub(crate) const NO_ENTRIES: MI_ProviderFT = MI_ProviderFT {
    Load: None,
    Unload: None,
    GetInstance: None,
    EnumerateInstances: None,
    CreateInstance: None,
    ModifyInstance: None,
    DeleteInstance: None,
    AssociatorInstances: None,
    ReferenceInstances: None,
    EnableIndications: None,
    DisableIndications: None,
    Subscribe: None,
    Unsubscribe: None,
    Invoke: None,
};

pub(crate) struct Element(pub(crate) &'static CStr, pub(crate) MI_Type, pub(crate) u32);

pub(crate) type Function = unsafe extern "C" fn(
    *mut c_void,
    *mut MI_Context,
    *const MI_Char,
    *const MI_Char,
    *const MI_Char,
    *const MI_Instance,
    *const MI_Instance,
);

pub(crate) fn offset(index: usize) -> usize {
    HEADER + index * SLOT
}

/// A value that is never freed, as a `static` would be.
pub(crate) fn forever<T>(value: T) -> *const T {
    Box::leak(Box::new(value))
}

fn list<T>(items: Vec<*const T>) -> (*const *const T, u32) {
    let items = items.leak();
    (items.as_ptr(), items.len() as u32)
}

/// A class with flags of its own and without methods, an association for example.
pub(crate) fn class_with_flags(
    name: &'static CStr,
    flags: u32,
    superclass: Option<*const MI_ClassDecl>,
    elements: &[Element],
    provider: Option<MI_ProviderFT>,
) -> *const MI_ClassDecl {
    let decl = class(name, superclass, elements, vec![], provider).cast_mut();
    unsafe { (*decl).flags |= flags };
    decl
}

/// Says which class a reference refers to.
pub(crate) fn reference(decl: *const MI_ClassDecl, index: usize, class: &'static CStr) {
    unsafe { (*(*(*decl).properties.add(index)).cast_mut()).className = class.as_ptr() };
}

pub(crate) fn class(
    name: &'static CStr,
    superclass: Option<*const MI_ClassDecl>,
    elements: &[Element],
    methods: Vec<*const MI_MethodDecl>,
    provider: Option<MI_ProviderFT>,
) -> *const MI_ClassDecl {
    let properties = elements.iter().enumerate().map(|(index, Element(property, kind, flags))| {
        forever(MI_PropertyDecl {
            flags: MI_FLAG_PROPERTY | flags,
            code: 0,
            name: property.as_ptr(),
            qualifiers: ptr::null(),
            numQualifiers: 0,
            type_: kind.0,
            className: ptr::null(),
            subscript: 0,
            offset: offset(index) as u32,
            origin: name.as_ptr(),
            propagator: name.as_ptr(),
            value: ptr::null(),
        })
    });
    let (properties, count) = list(properties.collect());
    let (methods, method_count) = list(methods);
    forever(MI_ClassDecl {
        flags: MI_FLAG_CLASS,
        code: 0,
        name: name.as_ptr(),
        qualifiers: ptr::null(),
        numQualifiers: 0,
        properties,
        numProperties: count,
        size: offset(count as usize) as u32,
        superClass: superclass.map_or(ptr::null(), |decl| unsafe { (*decl).name }),
        superClassDecl: superclass.unwrap_or(ptr::null()),
        methods,
        numMethods: method_count,
        schema: ptr::null(),
        providerFT: provider.map_or(ptr::null(), forever),
        owningClass: ptr::null_mut(),
    })
}

pub(crate) fn method(
    name: &'static CStr,
    flags: u32,
    elements: &[Element],
    function: Option<Function>,
) -> *const MI_MethodDecl {
    let returns = [Element(c"MIReturn", MI_UINT32, MI_FLAG_OUT)];
    let parameters = returns.iter().chain(elements).enumerate().map(|(index, Element(parameter, kind, flags))| {
        forever(MI_ParameterDecl {
            flags: MI_FLAG_PARAMETER | flags,
            code: 0,
            name: parameter.as_ptr(),
            qualifiers: ptr::null(),
            numQualifiers: 0,
            type_: kind.0,
            className: ptr::null(),
            subscript: 0,
            offset: offset(index) as u32,
        })
    });
    let (parameters, count) = list(parameters.collect());
    forever(MI_MethodDecl {
        flags: MI_FLAG_METHOD | flags,
        code: 0,
        name: name.as_ptr(),
        qualifiers: ptr::null(),
        numQualifiers: 0,
        parameters,
        numParameters: count,
        size: offset(count as usize) as u32,
        returnType: MI_UINT32.0,
        origin: ptr::null(),
        propagator: ptr::null(),
        schema: ptr::null(),
        function,
    })
}

pub(crate) fn module(classes: Vec<*const MI_ClassDecl>) -> MI_Module {
    let (decls, count) = list(classes);
    let schema = forever(MI_SchemaDecl {
        qualifierDecls: ptr::null(),
        numQualifierDecls: 0,
        classDecls: decls,
        numClassDecls: count,
    });
    MI_Module {
        version: MI_VERSION_1_0_0,
        generatorVersion: 0,
        flags: 0,
        charSize: 1,
        schemaDecl: schema.cast_mut(),
        Load: None,
        Unload: None,
        dynamicProviderFT: ptr::null(),
    }
}

/// A module that is made once, as a C `static` is, however many hosts load it.
pub(crate) struct Once(OnceLock<Leaked>);

struct Leaked(*mut MI_Module);
unsafe impl Send for Leaked {}
unsafe impl Sync for Leaked {}

impl Once {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// What `MI_Main` returns.
    pub(crate) fn get(&self, make: impl FnOnce() -> MI_Module) -> *mut MI_Module {
        self.0.get_or_init(|| Leaked(leak(make()))).0
    }
}

/// A module for one host.
pub(crate) fn leak(module: MI_Module) -> *mut MI_Module {
    Box::leak(Box::new(module))
}

// The calls of a provider, as the inline functions of mi.h write them.

pub(crate) unsafe fn post_result(context: *mut MI_Context, result: MI_Result) -> MI_Result {
    unsafe { (*(*context).ft).PostResult.unwrap()(context, result) }
}

pub(crate) unsafe fn post_instance(context: *mut MI_Context, instance: *const MI_Instance) -> MI_Result {
    unsafe { (*(*context).ft).PostInstance.unwrap()(context, instance) }
}

pub(crate) unsafe fn new_instance(context: *mut MI_Context, decl: *const MI_ClassDecl) -> *mut MI_Instance {
    let mut instance = ptr::null_mut();
    assert_eq!(unsafe { (*(*context).ft).NewInstance.unwrap()(context, decl, &mut instance) }, MI_RESULT_OK);
    instance
}

pub(crate) unsafe fn set(instance: *mut MI_Instance, name: &CStr, value: MI_Value, kind: MI_Type) {
    let set = unsafe { (*(*instance).ft).SetElement.unwrap() };
    assert_eq!(unsafe { set(instance, name.as_ptr(), &value, kind, 0) }, MI_RESULT_OK, "{name:?}");
}

pub(crate) unsafe fn set_text(instance: *mut MI_Instance, name: &CStr, text: &CStr) {
    unsafe { set(instance, name, MI_Value { string: text.as_ptr().cast_mut() }, MI_STRING) };
}

pub(crate) unsafe fn set_number(instance: *mut MI_Instance, name: &CStr, number: u32) {
    unsafe { set(instance, name, MI_Value { uint32: number }, MI_UINT32) };
}

pub(crate) unsafe fn delete(instance: *mut MI_Instance) {
    assert_eq!(unsafe { (*(*instance).ft).Delete.unwrap()(instance) }, MI_RESULT_OK);
}
