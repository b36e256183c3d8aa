//! Options of operations and subscriptions.

use super::callbacks::*;
use super::things::*;
use super::*;

unsafe fn new_options(asker: &Asker) -> MI_OperationOptions {
    let mut options = MI_OPERATIONOPTIONS_NULL;
    unsafe {
        let mut application = asker.application();
        let new = (*application.ft).NewOperationOptions.unwrap();
        assert_eq!(new(&mut application, MI_FALSE, &mut options), MI_RESULT_OK);
    }
    options
}

unsafe fn set_number(options: &mut MI_OperationOptions, name: &CStr, number: u32, flags: u32) {
    let set = unsafe { (*options.ft).SetNumber.unwrap() };
    assert_eq!(unsafe { set(options, name.as_ptr(), number, flags) }, MI_RESULT_OK);
}

unsafe fn set_timeout(options: &mut MI_OperationOptions, seconds: u32, microseconds: u32) {
    let set = unsafe { (*options.ft).SetInterval.unwrap() };
    let interval = MI_Interval {
        days: 0,
        hours: 0,
        minutes: 0,
        seconds,
        microseconds,
        __padding1: 0,
        __padding2: 0,
        __padding3: 0,
    };
    assert_eq!(unsafe { set(options, __MI_OPERATIONOPTIONS_TIMEOUT.as_ptr(), &interval, 0) }, MI_RESULT_OK);
}

/// What was set is read back, also from a copy and after the original was deleted.
pub(super) unsafe fn kept(asker: &Asker) -> String {
    unsafe {
        let mut options = new_options(asker);
        let functions = &*options.ft;
        let set = functions.SetString.unwrap();
        assert_eq!(set(&mut options, c"Note".as_ptr(), c"first".as_ptr(), 0), MI_RESULT_OK);
        let mut first = ptr::null();
        let (none, get) = (ptr::null_mut(), functions.GetString.unwrap());
        assert_eq!(get(&options, c"NOTE".as_ptr(), &mut first, none, ptr::null_mut()), MI_RESULT_OK);
        assert_eq!(set(&mut options, c"note".as_ptr(), c"second".as_ptr(), 7), MI_RESULT_OK);
        assert_eq!(c_string(first), "first", "what was got stays valid");
        set_timeout(&mut options, 5, 0);

        let mut copy = MI_OPERATIONOPTIONS_NULL;
        assert_eq!(functions.Clone.unwrap()(&options, &mut copy), MI_RESULT_OK);
        functions.Delete.unwrap()(&mut options);
        let mut count = 0;
        assert_eq!(functions.GetOptionCount.unwrap()(&options, &mut count), MI_RESULT_INVALID_PARAMETER);
        assert_eq!(functions.GetOptionCount.unwrap()(&copy, &mut count), MI_RESULT_OK);
        let (mut name, mut kind, mut flags) = (ptr::null(), MI_BOOLEAN, 0);
        let mut value = MI_Value { uint8: 0 };
        let at = functions.GetOptionAt.unwrap();
        assert_eq!(at(&copy, 0, &mut name, &mut value, &mut kind, &mut flags), MI_RESULT_OK);
        let text = format!("{} {} {} {flags}", c_string(name), c_string(value.string), kind == MI_STRING);
        let mut interval = std::mem::zeroed();
        let timeout = __MI_OPERATIONOPTIONS_TIMEOUT.as_ptr();
        let (none, get) = (ptr::null_mut(), functions.GetInterval.unwrap());
        assert_eq!(get(&copy, timeout, &mut interval, none, ptr::null_mut()), MI_RESULT_OK);
        let mut number = 0;
        let get = functions.GetNumber.unwrap();
        assert_eq!(get(&copy, timeout, &mut number, none, ptr::null_mut()), MI_RESULT_TYPE_MISMATCH);
        assert_eq!(get(&copy, c"Nothing".as_ptr(), &mut number, none, ptr::null_mut()), MI_RESULT_NO_SUCH_PROPERTY);

        set_number(&mut copy, __MI_OPERATIONOPTIONS_CHANNEL, MI_WRITEMESSAGE_CHANNEL_VERBOSE, 1);
        let (mut channels, mut enabled) = ([9; 3], 0);
        let get = functions.GetEnabledChannels.unwrap();
        let name = __MI_OPERATIONOPTIONS_CHANNEL.as_ptr();
        assert_eq!(get(&copy, name, channels.as_mut_ptr(), 3, &mut enabled, ptr::null_mut()), MI_RESULT_OK);
        functions.Delete.unwrap()(&mut copy);
        format!("{count}: {text}, {} s, channels {:?}", interval.seconds, &channels[..enabled as usize])
    }
}

#[test]
fn options_are_kept_copied_and_deleted() {
    assert_eq!(report("kept"), "2: note second true 7, 5 s, channels [0, 2]");
}

pub(super) unsafe fn passed_on(asker: &Asker) -> String {
    unsafe {
        let mut options = new_options(asker);
        let functions = &*options.ft;
        let set = functions.SetString.unwrap();
        let before = all(asker.invoke(c"Note", ptr::null(), ptr::null_mut()), name);
        assert_eq!(set(&mut options, c"Note".as_ptr(), c"mine".as_ptr(), 0), MI_RESULT_OK);
        assert_eq!(set(&mut options, c"WSMAN_Locale".as_ptr(), c"fr-FR".as_ptr(), 0), MI_RESULT_OK);
        let set = functions.SetCustomOption.unwrap();
        let count = MI_Value { uint32: 3 };
        assert_eq!(set(&mut options, c"Count".as_ptr(), MI_UINT32, &count, MI_TRUE, 0), MI_RESULT_OK);
        let operation = asker.invoke_with(&mut options, c"Note", ptr::null(), ptr::null_mut());
        functions.Delete.unwrap()(&mut options);
        let with = all(operation, name);
        let mut deleted = asker.invoke_with(&mut options, c"Note", ptr::null(), ptr::null_mut());
        let refused = next(&mut deleted);
        assert_eq!(close(&mut deleted), MI_RESULT_OK);
        [before, with, format!("{} {}", refused.result.0, refused.text)].join("\n")
    }
}

#[test]
fn custom_options_and_the_locale_reach_the_provider() {
    let expected = [
        "de-DE NULL 0; 0 NULL",
        "fr-FR mine 3; 0 NULL",
        "4 the options were deleted, or belong to another application",
    ];
    assert_eq!(report("passed_on"), expected.join("\n"));
}

pub(super) unsafe fn timed_out(asker: &Asker) -> String {
    unsafe {
        let mut options = new_options(asker);
        set_timeout(&mut options, 0, 50_000);
        let mut operation = MI_OPERATION_NULL;
        let start = asker.ft().EnumerateInstances.unwrap();
        let (namespace, class, callbacks) = (NAMESPACE_C.as_ptr(), c"T_Endless".as_ptr(), ptr::null_mut());
        start(asker.session(), 0, &mut options, namespace, class, 0, callbacks, &mut operation);
        (*options.ft).Delete.unwrap()(&mut options);
        let end = loop {
            let got = next(&mut operation);
            if !got.more {
                break got;
            }
        };
        assert_eq!(close(&mut operation), MI_RESULT_OK);
        end.text
    }
}

#[test]
fn the_timeout_of_the_options_ends_the_operation() {
    assert_eq!(report("timed_out"), "the operation did not end within its time limit");
}

/// As `on_error` and `on_prompt`, of which no answer is wanted.
unsafe extern "C" fn report_error(
    _operation: *mut MI_Operation,
    log: *mut c_void,
    error: *mut MI_Instance,
    respond: Respond,
) {
    assert!(respond.is_none());
    unsafe { say(log, format!("error {}", number(error, c"CIMStatusCode"))) };
}

unsafe extern "C" fn report_prompt(
    _operation: *mut MI_Operation,
    log: *mut c_void,
    message: *const MI_Char,
    _kind: MI_PromptType,
    respond: Respond,
) {
    assert!(respond.is_none());
    unsafe { say(log, format!("prompt {}", c_string(message))) };
}

pub(super) unsafe fn obeyed(asker: &Asker) -> String {
    unsafe {
        let (log, heard) = log();
        let mut callbacks = MI_OperationCallbacks {
            writeMessage: Some(on_message),
            writeError: Some(report_error),
            promptUser: Some(report_prompt),
            ..instance_callback(&log)
        };
        let mut options = new_options(asker);
        let mut reports = Vec::new();
        for (mode, answer) in [(MI_CALLBACKMODE_REPORT, 1), (MI_CALLBACKMODE_IGNORE, 0)] {
            set_number(&mut options, __MI_OPERATIONOPTIONS_WRITEERRORMODE, mode.0, 0);
            set_number(&mut options, __MI_OPERATIONOPTIONS_PROMPTUSERMODE, mode.0, 0);
            set_number(&mut options, __MI_OPERATIONOPTIONS_PROMPTUSERMODEREGULAR_ACKVALUE, answer, 0);
            set_number(&mut options, __MI_OPERATIONOPTIONS_CHANNEL, 1, u32::from(answer == 0));
            let mut operation = asker.invoke_with(&mut options, c"Talk", ptr::null(), &mut callbacks);
            reports.push(hear(&heard, is_end).join("; "));
            assert_eq!(close(&mut operation), MI_RESULT_OK);
        }
        (*options.ft).Delete.unwrap()(&mut options);
        reports.join("\n")
    }
}

#[test]
fn what_the_options_do_not_want_to_hear_is_not_said() {
    let expected = ["message 1 hello; error 6; prompt really?; returns 11; end 0 NULL", "returns 10; end 0 NULL"];
    assert_eq!(report("obeyed"), expected.join("\n"));
}
