//! A host for tests: it writes down what a provider calls, and can be one that has no optional call at all.

use super::instance;
use crate::abi::maker::Maker;
use crate::abi::read;
use crate::{Instance, Result, Type, Value};
use omi_sys::*;
use std::ffi::{CStr, c_void};
use std::ptr::{self, NonNull};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// One request. The context stands first, so that a pointer to it is one to the host.
#[repr(C)]
pub(super) struct Host {
    context: MI_Context,
    lifecycle: MI_LifecycleIndicationContext,
    /// Whether the optional calls work; otherwise they answer NOT_SUPPORTED and leave their out-parameters alone.
    supports: bool,
    /// What it answers to questions.
    pub(super) answer: bool,
    calls: Mutex<Vec<String>>,
    posted: Mutex<Vec<Instance>>,
    posters: Mutex<Vec<ThreadId>>,
    cancel: Mutex<Option<(MI_CancelCallback, usize)>>,
    ended: Sender<(u32, String)>,
    end: Mutex<Receiver<(u32, String)>>,
}

impl Host {
    pub(super) fn new(supports: bool) -> Box<Self> {
        let (ended, end) = channel();
        Box::new(Self {
            context: MI_Context { ft: &CONTEXT, reserved: [0; 3] },
            lifecycle: MI_LifecycleIndicationContext { ft: &LIFECYCLE, reserved: [0; 3] },
            supports,
            answer: true,
            calls: Mutex::default(),
            posted: Mutex::default(),
            posters: Mutex::default(),
            cancel: Mutex::default(),
            ended,
            end: Mutex::new(end),
        })
    }

    pub(super) fn context(&self) -> *mut MI_Context {
        ptr::from_ref(self).cast_mut().cast()
    }

    /// Waits for the final post: its code and text.
    pub(super) fn end(&self) -> (u32, String) {
        self.end.lock().unwrap().recv_timeout(Duration::from_secs(60)).expect("a final post")
    }

    /// The final post, if it has happened.
    pub(super) fn end_now(&self) -> Option<(u32, String)> {
        self.end.lock().unwrap().try_recv().ok()
    }

    pub(super) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    /// An instance with this `Number` is not taken.
    pub(super) const REFUSED: u32 = u32::MAX;

    /// The threads of the posts, the final one among them, since the last question.
    pub(super) fn posters(&self) -> Vec<ThreadId> {
        std::mem::take(&mut self.posters.lock().unwrap())
    }

    pub(super) fn posted(&self) -> Vec<Instance> {
        std::mem::take(&mut self.posted.lock().unwrap())
    }

    /// Cancels the operation, as a host does it from a thread of its own. Whether there was a callback.
    pub(super) fn cancel(&self, reason: u32) -> bool {
        let callback = *self.lock_cancel();
        let Some((Some(callback), data)) = callback else { return false };
        // SAFETY: what the provider registered.
        unsafe { callback(MI_CancellationReason(reason), ptr::without_provenance_mut(data)) };
        true
    }

    fn lock_cancel(&self) -> MutexGuard<'_, Option<(MI_CancelCallback, usize)>> {
        self.cancel.lock().unwrap()
    }

    fn end_with(&self, code: u32, text: String) {
        self.posters.lock().unwrap().push(thread::current().id());
        // A sender of its own: the test may be over, and this host gone, before the call returns.
        self.ended.clone().send((code, text)).unwrap();
    }

    fn note(&self, call: String) {
        self.calls.lock().unwrap().push(call);
    }

    fn optional(&self, call: impl FnOnce()) -> MI_Result {
        if !self.supports {
            return MI_RESULT_NOT_SUPPORTED;
        }
        call();
        MI_RESULT_OK
    }
}

fn host<'a>(context: *const MI_Context) -> &'a Host {
    // SAFETY: the context is the first field of a host that outlives its request.
    unsafe { &*context.cast::<Host>() }
}

fn of_lifecycle<'a>(lifecycle: *mut MI_LifecycleIndicationContext) -> &'a Host {
    // SAFETY: the context is a field of a host that outlives its provider.
    unsafe { &*lifecycle.byte_sub(std::mem::offset_of!(Host, lifecycle)).cast::<Host>() }
}

fn text(text: *const MI_Char) -> String {
    // SAFETY: NULL or a text of the caller.
    unsafe { read::text(text) }.unwrap_or_else(|| "NULL".into())
}

/// Makes nothing: for values without instances.
pub(super) struct Nothing;

impl Maker for Nothing {
    fn construct_instance(&self, _: *const MI_ClassDecl, _: *mut MI_Instance) -> Result<()> {
        unreachable!("numbers are no instances")
    }

    fn construct_parameters(&self, _: *const MI_MethodDecl, _: *mut MI_Instance) -> Result<()> {
        unreachable!("numbers are no instances")
    }

    fn new_dynamic_instance(&self, _: &CStr, _: u32) -> Result<NonNull<MI_Instance>> {
        unreachable!("numbers are no instances")
    }
}

/// The functions of the context, each as it is written in mi.h.
macro_rules! context_functions {
    ($($slot:ident($context:ident $(, $name:ident: $kind:ty)*) $body:block)*) => {
        #[allow(non_snake_case)]
        mod functions {
            use super::*;
            $(pub(super) unsafe extern "C" fn $slot(
                $context: *const MI_Context $(, $name: $kind)*
            ) -> MI_Result {
                let $context = host($context);
                // SAFETY: the arguments are as mi.h says.
                #[allow(unused_unsafe)]
                unsafe { $body }
            })*
        }
    };
}

context_functions! {
    GetLocale(host, _kind: MI_LocaleType, locale: *mut MI_Char) {
        host.optional(|| locale.copy_from_nonoverlapping(c"de-AT".as_ptr(), 6))
    }
    Canceled(_host, flag: *mut MI_Boolean) {
        *flag = MI_FALSE;
        MI_RESULT_OK
    }
    GetLifecycleIndicationContext(host, lifecycle: *mut *mut MI_LifecycleIndicationContext) {
        host.optional(|| *lifecycle = ptr::from_ref(&host.lifecycle).cast_mut())
    }
}

/// As [`context_functions`], for those that take a context to be changed.
macro_rules! mutable_functions {
    ($($slot:ident($context:ident $(, $name:ident: $kind:ty)*) $body:block)*) => {
        #[allow(non_snake_case)]
        mod mutable {
            use super::*;
            $(pub(super) unsafe extern "C" fn $slot($context: *mut MI_Context $(, $name: $kind)*) -> MI_Result {
                let $context = host($context);
                // SAFETY: the arguments are as mi.h says.
                #[allow(unused_unsafe)]
                unsafe { $body }
            })*
        }
    };
}

mutable_functions! {
    PostResult(host, result: MI_Result) {
        host.end_with(result.0, String::new());
        MI_RESULT_OK
    }
    PostInstance(host, posted: *const MI_Instance) {
        let posted = instance::contents(posted);
        if posted.get("Number") == Some(&Value::Uint32(Host::REFUSED)) {
            return MI_RESULT_SERVER_LIMITS_EXCEEDED;
        }
        host.posters.lock().unwrap().push(thread::current().id());
        host.posted.lock().unwrap().push(posted);
        MI_RESULT_OK
    }
    PostIndication(host, posted: *const MI_Instance, count: MI_Uint32, bookmark: *const MI_Char) {
        host.note(format!("PostIndication({count}, {})", text(bookmark)));
        host.posted.lock().unwrap().push(instance::contents(posted));
        MI_RESULT_OK
    }
    ConstructInstance(_host, class: *const MI_ClassDecl, memory: *mut MI_Instance) {
        construct_class(class, memory)
    }
    ConstructParameters(_host, method: *const MI_MethodDecl, memory: *mut MI_Instance) {
        let parameters = (0..(*method).numParameters as usize).map(|index| {
            let parameter: &MI_ParameterDecl = &**(*method).parameters.add(index);
            (parameter.name, parameter.type_, parameter.flags)
        });
        instance::construct((*method).name, parameters, memory);
        MI_RESULT_OK
    }
    NewDynamicInstance(host, class: *const MI_Char, flags: MI_Uint32, made: *mut *mut MI_Instance) {
        if flags != MI_FLAG_CLASS {
            host.note(format!("NewDynamicInstance({}, {flags})", text(class)));
        }
        *made = instance::new(Instance::new(text(class)));
        MI_RESULT_OK
    }
    RegisterCancel(host, callback: MI_CancelCallback, data: *mut c_void) {
        host.optional(|| *host.lock_cancel() = Some((callback, data.addr())))
    }
    RequestUnload(host) { host.optional(|| host.note("RequestUnload".into())) }
    RefuseUnload(host) { host.optional(|| host.note("RefuseUnload".into())) }
    SetStringOption(host, name: *const MI_Char, value: *const MI_Char) {
        host.optional(|| host.note(format!("SetStringOption({}, {})", text(name), text(value))))
    }
    GetStringOption(_host, name: *const MI_Char, value: *mut *const MI_Char) {
        if text(name) != "Depth" {
            return MI_RESULT_NO_SUCH_PROPERTY;
        }
        *value = c"12".as_ptr();
        MI_RESULT_OK
    }
    GetNumberOption(_host, name: *const MI_Char, value: *mut MI_Uint32) {
        if text(name) != "Count" {
            return MI_RESULT_NO_SUCH_PROPERTY;
        }
        *value = 7;
        MI_RESULT_OK
    }
    WriteMessage(host, channel: MI_Uint32, message: *const MI_Char) {
        host.optional(|| host.note(format!("WriteMessage({channel}, {})", text(message))))
    }
    WriteProgress(
        host, activity: *const MI_Char, operation: *const MI_Char, status: *const MI_Char, percent: MI_Uint32,
        seconds: MI_Uint32
    ) {
        let (activity, operation, status) = (text(activity), text(operation), text(status));
        host.optional(|| host.note(format!("WriteProgress({activity}, {operation}, {status}, {percent:#x}, {seconds:#x})")))
    }
    WriteStreamParameter(host, name: *const MI_Char, value: *const MI_Value, kind: MI_Type, flags: MI_Uint32) {
        let value = read::value(Type::from_code(kind.0).unwrap(), &*value);
        host.optional(|| host.note(format!("WriteStreamParameter({}, {value:?}, {flags})", text(name))))
    }
    WriteCimError(host, error: *const MI_Instance, flag: *mut MI_Boolean) {
        assert_eq!(*flag, MI_FALSE);
        host.optional(|| {
            let error = instance::contents(error);
            host.note(format!("WriteCimError({}, {:?})", error.class_name(), error.text("Message")));
            *flag = host.answer.into();
        })
    }
    PromptUser(host, message: *const MI_Char, kind: MI_PromptType, result: *mut MI_Boolean) {
        assert_eq!(*result, MI_FALSE);
        host.optional(|| {
            host.note(format!("PromptUser({}, {})", text(message), kind.0));
            *result = host.answer.into();
        })
    }
    ShouldProcess(host, target: *const MI_Char, action: *const MI_Char, result: *mut MI_Boolean) {
        assert_eq!(*result, MI_FALSE);
        host.optional(|| {
            host.note(format!("ShouldProcess({}, {})", text(target), text(action)));
            *result = host.answer.into();
        })
    }
    ShouldContinue(host, message: *const MI_Char, result: *mut MI_Boolean) {
        assert_eq!(*result, MI_FALSE);
        host.optional(|| {
            host.note(format!("ShouldContinue({})", text(message)));
            *result = host.answer.into();
        })
    }
    PostError(host, code: MI_Uint32, _kind: *const MI_Char, message: *const MI_Char) {
        host.end_with(code, text(message));
        MI_RESULT_OK
    }
    WriteError(host, code: MI_Uint32, kind: *const MI_Char, message: *const MI_Char, flag: *mut MI_Boolean) {
        assert_eq!(*flag, MI_FALSE);
        host.optional(|| {
            host.note(format!("WriteError({code}, {}, {})", text(kind), text(message)));
            *flag = host.answer.into();
        })
    }
}

unsafe fn construct_class(class: *const MI_ClassDecl, memory: *mut MI_Instance) -> MI_Result {
    // SAFETY: the class is a declaration of the module, the memory has its size.
    unsafe {
        let properties = (0..(*class).numProperties as usize).map(|index| {
            let property: &MI_PropertyDecl = &**(*class).properties.add(index);
            (property.name, property.type_, property.flags)
        });
        instance::construct((*class).name, properties, memory);
    }
    MI_RESULT_OK
}

static CONTEXT: MI_ContextFT = MI_ContextFT {
    PostResult: Some(mutable::PostResult),
    PostInstance: Some(mutable::PostInstance),
    PostIndication: Some(mutable::PostIndication),
    ConstructInstance: Some(mutable::ConstructInstance),
    ConstructParameters: Some(mutable::ConstructParameters),
    NewInstance: None,
    NewDynamicInstance: Some(mutable::NewDynamicInstance),
    NewParameters: None,
    Canceled: Some(functions::Canceled),
    GetLocale: Some(functions::GetLocale),
    RegisterCancel: Some(mutable::RegisterCancel),
    RequestUnload: Some(mutable::RequestUnload),
    RefuseUnload: Some(mutable::RefuseUnload),
    GetLocalSession: None,
    SetStringOption: Some(mutable::SetStringOption),
    GetStringOption: Some(mutable::GetStringOption),
    GetNumberOption: Some(mutable::GetNumberOption),
    GetCustomOption: None,
    GetCustomOptionCount: None,
    GetCustomOptionAt: None,
    WriteMessage: Some(mutable::WriteMessage),
    WriteProgress: Some(mutable::WriteProgress),
    WriteStreamParameter: Some(mutable::WriteStreamParameter),
    WriteCimError: Some(mutable::WriteCimError),
    PromptUser: Some(mutable::PromptUser),
    ShouldProcess: Some(mutable::ShouldProcess),
    ShouldContinue: Some(mutable::ShouldContinue),
    PostError: Some(mutable::PostError),
    PostCimError: None,
    WriteError: Some(mutable::WriteError),
    GetLifecycleIndicationContext: Some(functions::GetLifecycleIndicationContext),
};

type Lifecycle = *mut MI_LifecycleIndicationContext;

fn lifecycle_post(context: Lifecycle, call: &str, posted: &[*const MI_Instance]) -> MI_Result {
    let host = of_lifecycle(context);
    host.note(call.to_owned());
    host.posted.lock().unwrap().extend(posted.iter().map(|it| instance::contents(*it)));
    MI_RESULT_OK
}

unsafe extern "C" fn post_create(context: Lifecycle, posted: *const MI_Instance) -> MI_Result {
    lifecycle_post(context, "PostCreate", &[posted])
}

unsafe extern "C" fn post_modify(
    context: Lifecycle,
    before: *const MI_Instance,
    after: *const MI_Instance,
) -> MI_Result {
    lifecycle_post(context, "PostModify", &[before, after])
}

unsafe extern "C" fn post_read(_context: Lifecycle, _posted: *const MI_Instance) -> MI_Result {
    // As omiserver answers when nobody subscribes.
    MI_RESULT_FAILED
}

unsafe extern "C" fn post_method_call(
    context: Lifecycle,
    target: *const MI_Instance,
    method: *const MI_Char,
    before: MI_Boolean,
    parameters: *const MI_Instance,
    return_value: *const MI_Char,
) -> MI_Result {
    let call = format!("PostMethodCall({}, {before}, {})", text(method), text(return_value));
    lifecycle_post(context, &call, &[target, parameters])
}

unsafe extern "C" fn lifecycle_construct(
    _context: Lifecycle,
    class: *const MI_ClassDecl,
    memory: *mut MI_Instance,
) -> MI_Result {
    // SAFETY: the caller's arguments.
    unsafe { construct_class(class, memory) }
}

unsafe extern "C" fn lifecycle_new(
    _context: Lifecycle,
    class: *const MI_Char,
    _flags: MI_Uint32,
    made: *mut *mut MI_Instance,
) -> MI_Result {
    // SAFETY: the caller's out-parameter.
    unsafe { *made = instance::new(Instance::new(text(class))) };
    MI_RESULT_OK
}

unsafe extern "C" fn set_supported_types(context: Lifecycle, types: MI_Uint32) -> MI_Result {
    of_lifecycle(context).note(format!("SetSupportedTypes({types})"));
    MI_RESULT_OK
}

unsafe extern "C" fn types(_context: Lifecycle, types: *mut MI_Uint32) -> MI_Result {
    // SAFETY: the caller's out-parameter.
    unsafe { *types = MI_LIFECYCLE_INDICATION_CREATE };
    MI_RESULT_OK
}

unsafe extern "C" fn register(
    _context: Lifecycle,
    callback: MI_LifecycleIndicationCallback,
    data: *mut c_void,
) -> MI_Result {
    // SAFETY: the callback is the provider's. A host may call it at once.
    unsafe { callback.unwrap()(MI_LIFECYCLE_INDICATION_DELETE, data) };
    MI_RESULT_OK
}

static LIFECYCLE: MI_LifecycleIndicationContextFT = MI_LifecycleIndicationContextFT {
    PostCreate: Some(post_create),
    PostModify: Some(post_modify),
    PostDelete: None,
    PostRead: Some(post_read),
    PostMethodCall: Some(post_method_call),
    PostResult: None,
    ConstructInstance: Some(lifecycle_construct),
    ConstructParameters: None,
    NewInstance: None,
    NewDynamicInstance: Some(lifecycle_new),
    NewParameters: None,
    SetSupportedTypes: Some(set_supported_types),
    GetTypes: Some(types),
    RegisterCallback: Some(register),
};
