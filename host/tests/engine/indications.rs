//! Subscriptions to indications.

use crate::schema::{
    Element, NO_ENTRIES, class_with_flags, delete, leak, module, new_instance, post_result, set_number, set_text,
};
use crate::{NAMESPACE, wait_for};
use omi::dialogue::Listener;
use omi::wql::Select;
use omi::{Error, Instance, ResultCode, Value};
use omi_host::operation::{Operation, Request};
use omi_host::{Batch, Host, Reply};
use omi_sys::*;
use std::ffi::{CStr, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(20);

/// What the providers heard, in order. The tests take turns, since the providers are the same.
static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());
static TURN: Mutex<()> = Mutex::new(());
static ALARM: AtomicPtr<MI_ClassDecl> = AtomicPtr::new(ptr::null_mut());
/// The contexts of EnableIndications, of T_Alarm and of T_Fire.
static CONTEXT: AtomicPtr<MI_Context> = AtomicPtr::new(ptr::null_mut());
static FIRE_CONTEXT: AtomicPtr<MI_Context> = AtomicPtr::new(ptr::null_mut());
/// The reasons for which contexts of T_Alarm and T_Fire were cancelled, with what they were for.
static CANCELLED: Mutex<Vec<(&str, u32)>> = Mutex::new(Vec::new());

/// T_Alarm and T_Fire below it post; T_Broken fails to enable, T_Refusing to subscribe.
unsafe extern "C" fn main(_server: *mut MI_Server) -> *mut MI_Module {
    let elements = || [Element(c"Text", MI_STRING, 0), Element(c"Level", MI_UINT32, 0)];
    let functions = MI_ProviderFT {
        EnableIndications: Some(enable),
        DisableIndications: Some(disable),
        Subscribe: Some(subscribe),
        Unsubscribe: Some(unsubscribe),
        ..NO_ENTRIES
    };
    let root = class_with_flags(c"CIM_Indication", MI_FLAG_INDICATION, None, &elements(), None);
    let indication = |name, parent, functions| {
        class_with_flags(name, MI_FLAG_INDICATION, Some(parent), &elements(), Some(functions))
    };
    let alarm = indication(c"T_Alarm", root, functions);
    let fire = indication(c"T_Fire", alarm, functions);
    let broken = indication(c"T_Broken", root, MI_ProviderFT { EnableIndications: Some(fail), ..functions });
    let refusing = indication(c"T_Refusing", root, MI_ProviderFT { Subscribe: Some(refuse), ..functions });
    ALARM.store(alarm.cast_mut(), Ordering::Release);
    leak(module(vec![root, alarm, fire, broken, refusing]))
}

const ENABLE: &CStr = c"enable";
const SUBSCRIBE: &CStr = c"subscribe";

unsafe extern "C" fn cancelled(reason: MI_CancellationReason, what: *mut c_void) {
    let what = unsafe { CStr::from_ptr(what.cast()) }.to_str().unwrap();
    CANCELLED.lock().unwrap().push((what, reason.0));
}

unsafe fn register_cancel(context: *mut MI_Context, what: &'static CStr) {
    let register = unsafe { (*(*context).ft).RegisterCancel.unwrap() };
    let what = what.as_ptr().cast_mut().cast();
    assert_eq!(unsafe { register(context, Some(cancelled), what) }, MI_RESULT_OK);
}

unsafe fn heard(what: &str, class: *const MI_Char) {
    let class = unsafe { CStr::from_ptr(class) }.to_string_lossy();
    HEARD.lock().unwrap().push(format!("{what} {class}"));
}

unsafe extern "C" fn enable(
    _self: *mut c_void,
    context: *mut MI_Context,
    namespace: *const MI_Char,
    class: *const MI_Char,
) {
    unsafe {
        assert_eq!(CStr::from_ptr(namespace), c"root/test");
        heard("enable", class);
        register_cancel(context, ENABLE);
        if CStr::from_ptr(class) == c"T_Fire" {
            FIRE_CONTEXT.store(context, Ordering::Release);
        }
        if CStr::from_ptr(class) == c"T_Alarm" {
            CONTEXT.store(context, Ordering::Release);
            assert_eq!(alarm("too early", 1, None), MI_RESULT_FAILED, "nobody is subscribed yet");
            let post = (*(*context).ft).PostInstance.unwrap();
            let indication = new_instance(context, ALARM.load(Ordering::Acquire));
            assert_eq!(post(context, indication), MI_RESULT_NOT_SUPPORTED);
            delete(indication);
            let mut lifecycle = ptr::dangling_mut();
            let get = (*(*context).ft).GetLifecycleIndicationContext.unwrap();
            assert_eq!(get(context, &mut lifecycle), MI_RESULT_NOT_SUPPORTED);
            assert!(lifecycle.is_null());
        }
    }
}

unsafe extern "C" fn disable(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    class: *const MI_Char,
) {
    unsafe {
        heard("disable", class);
        if CStr::from_ptr(class) == c"T_Alarm" {
            assert_eq!(context, CONTEXT.load(Ordering::Acquire), "the context of EnableIndications");
            assert_eq!(alarm("too late", 1, None), MI_RESULT_OK, "what comes too late is dropped");
        }
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

unsafe extern "C" fn subscribe(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    class: *const MI_Char,
    filter: *const MI_Filter,
    bookmark: *const MI_Char,
    id: MI_Uint64,
    state: *mut *mut c_void,
) {
    unsafe {
        heard("subscribe", class);
        register_cancel(context, SUBSCRIBE);
        *state = ptr::without_provenance_mut(id as usize + 1000);
        let post = (*(*context).ft).PostIndication.unwrap();
        let indication = new_instance(context, ALARM.load(Ordering::Acquire));
        assert_eq!(post(context, indication, 0, ptr::null()), MI_RESULT_NOT_SUPPORTED);
        delete(indication);
        let mut text = ptr::null();
        let expression = (*(*filter).ft).GetExpression.unwrap();
        assert_eq!(expression(filter, ptr::null_mut(), &mut text), MI_RESULT_OK);
        assert!(CStr::from_ptr(text).to_bytes().starts_with(b"SELECT * FROM "));
        if !bookmark.is_null() {
            assert_eq!(CStr::from_ptr(bookmark), c"41");
            assert_eq!(alarm("since then", 9, Some(c"42")), MI_RESULT_OK);
        }
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

/// Returns without a result, which is success.
unsafe extern "C" fn unsubscribe(
    _self: *mut c_void,
    _context: *mut MI_Context,
    _namespace: *const MI_Char,
    class: *const MI_Char,
    id: MI_Uint64,
    state: *mut c_void,
) {
    assert_eq!(state.addr(), id as usize + 1000);
    unsafe { heard("unsubscribe", class) };
}

unsafe extern "C" fn fail(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
) {
    unsafe {
        let post = (*(*context).ft).PostError.unwrap();
        assert_eq!(post(context, 2, c"MI".as_ptr(), c"no sensor".as_ptr()), MI_RESULT_OK);
    }
}

unsafe extern "C" fn refuse(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    _filter: *const MI_Filter,
    _bookmark: *const MI_Char,
    _id: MI_Uint64,
    _state: *mut *mut c_void,
) {
    unsafe { assert_eq!(post_result(context, MI_RESULT_ACCESS_DENIED), MI_RESULT_OK) };
}

/// Posts an indication of T_Alarm.
fn alarm(text: &str, level: u32, bookmark: Option<&CStr>) -> MI_Result {
    unsafe {
        let context = CONTEXT.load(Ordering::Acquire);
        let indication = new_instance(context, ALARM.load(Ordering::Acquire));
        set_text(indication, c"Text", &std::ffi::CString::new(text).unwrap());
        set_number(indication, c"Level", level);
        let post = (*(*context).ft).PostIndication.unwrap();
        let result = post(context, indication, 1, bookmark.map_or(ptr::null(), CStr::as_ptr));
        delete(indication);
        result
    }
}

fn turn() -> (MutexGuard<'static, ()>, Host) {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    HEARD.lock().unwrap_or_else(PoisonError::into_inner).clear();
    CANCELLED.lock().unwrap_or_else(PoisonError::into_inner).clear();
    (turn, Host::builder().linked("test", main, &[NAMESPACE]).build().unwrap())
}

/// Starts an operation that ends by itself when what a test waits for does not come.
fn start(host: &Host, operation: Operation) -> Reply {
    let mut reply = crate::start(host, operation);
    reply.set_deadline(Some(Instant::now() + 2 * SOON));
    reply
}

/// Takes the errors that do not end the subscription.
#[derive(Default)]
struct Errors(Mutex<Vec<Error>>);

impl Listener for Errors {
    fn error(&self, error: &Error) -> bool {
        self.0.lock().unwrap().push(error.clone());
        true
    }
}

fn query(text: &str) -> Operation {
    Operation::Subscribe { query: Select::parse(text).unwrap(), bookmark: None }
}

fn wait_until_heard(expected: &[&str]) {
    wait_for(&format!("{expected:?}"), || *HEARD.lock().unwrap() == expected);
}

fn texts(batch: &Batch) -> Vec<&str> {
    batch.instances.iter().map(|it| it.text("Text").unwrap()).collect()
}

fn next(reply: &mut Reply) -> Instance {
    reply.next(1, SOON).instances.remove(0)
}

#[test]
fn the_entries_are_called_in_order() {
    let (_turn, host) = turn();
    let first = start(&host, query("SELECT * FROM T_Alarm"));
    wait_until_heard(&["enable T_Alarm", "subscribe T_Alarm", "enable T_Fire", "subscribe T_Fire"]);
    drop(first);
    let all = ["enable T_Alarm", "subscribe T_Alarm", "enable T_Fire", "subscribe T_Fire"];
    let end = ["unsubscribe T_Alarm", "disable T_Alarm", "unsubscribe T_Fire", "disable T_Fire"];
    wait_until_heard(&[all, end].concat());
    let of_a_class = [("subscribe", 0), ("enable", 0)];
    assert_eq!(*CANCELLED.lock().unwrap(), [of_a_class, of_a_class].concat(), "nobody wants them any more");
    drop(host);
}

#[test]
fn each_subscription_gets_what_its_filter_matches() {
    let (_turn, host) = turn();
    let mut high = start(&host, query("SELECT * FROM T_Alarm WHERE Level > 5"));
    // T_Broken and T_Refusing below CIM_Indication fail, which the client hears while the others serve it.
    let errors = Arc::new(Errors::default());
    let all = query("SELECT * FROM CIM_Indication WHERE __this ISA 'T_Alarm'");
    let mut all = host.submit(Request { listener: Some(errors.clone()), ..crate::request(all) }).unwrap();
    let codes: Vec<_> = errors.0.lock().unwrap().iter().map(Error::code).collect();
    assert_eq!(codes, [ResultCode::ACCESS_DENIED; 2]);
    let mut low = start(&host, query("SELECT * FROM T_Alarm WHERE Level < 5"));
    wait_for("all three", || HEARD.lock().unwrap().iter().filter(|it| *it == "subscribe T_Fire").count() == 3);
    assert_eq!(alarm("smoke", 3, Some(c"1")), MI_RESULT_OK);
    assert_eq!(alarm("flames", 7, Some(c"2")), MI_RESULT_OK);
    assert_eq!(alarm("steam", 2, None), MI_RESULT_OK);
    assert_eq!(texts(&all.next(3, SOON)), ["smoke", "flames", "steam"]);
    let batch = high.next(1, SOON);
    assert_eq!((texts(&batch), batch.bookmark.as_deref()), (vec!["flames"], Some("2")));
    assert_eq!(batch.instances[0].class_name(), "T_Alarm");
    assert_eq!(batch.instances[0].namespace(), Some(NAMESPACE));
    let batch = low.next(2, SOON);
    assert_eq!((texts(&batch), batch.bookmark.as_deref()), (vec!["smoke", "steam"], Some("1")));
    assert!(batch.end.is_none());
    assert_eq!(low.more(1, Duration::ZERO).bookmark, None, "a bookmark comes once");
    drop(high);
    wait_for("the end of one", || HEARD.lock().unwrap().iter().any(|it| it == "unsubscribe T_Fire"));
    assert_eq!(alarm("ash", 1, None), MI_RESULT_OK);
    assert_eq!(next(&mut low).get("Level"), Some(&Value::Uint32(1)));
}

#[test]
fn a_bookmark_reaches_the_provider_which_may_post_at_once() {
    let (_turn, host) = turn();
    let query = Select::parse("SELECT * FROM T_Alarm WHERE Level = 9").unwrap();
    let operation = Operation::Subscribe { query, bookmark: Some("41".into()) };
    let batch = start(&host, operation).next(1, SOON);
    assert_eq!((texts(&batch), batch.bookmark.as_deref()), (vec!["since then"], Some("42")));
}

#[test]
fn a_subscription_that_enable_or_subscribe_refuses_does_not_begin() {
    let (_turn, host) = turn();
    let refused = |text: &str| host.submit(crate::request(query(text))).map(|_| ()).unwrap_err();
    let error = refused("SELECT * FROM T_Broken");
    assert_eq!((error.code(), error.message()), (ResultCode::ACCESS_DENIED, "no sensor"));
    let error = refused("SELECT * FROM T_Refusing");
    assert_eq!(error.code(), ResultCode::ACCESS_DENIED);
    wait_until_heard(&["enable T_Refusing", "disable T_Refusing"]);
}

#[test]
fn subscriptions_end_when_all_their_providers_have_ended_their_indications() {
    let (_turn, host) = turn();
    let mut replies = [(); 2].map(|()| start(&host, query("SELECT * FROM T_Alarm")));
    wait_for("both", || HEARD.lock().unwrap().iter().filter(|it| *it == "subscribe T_Fire").count() == 2);
    let context = CONTEXT.load(Ordering::Acquire);
    unsafe {
        let post = (*(*context).ft).PostError.unwrap();
        assert_eq!(post(context, 1, c"MI".as_ptr(), c"the sensor melted".as_ptr()), MI_RESULT_OK);
        let post = (*(*context).ft).PostIndication.unwrap();
        assert_eq!(post(context, ptr::null(), 0, ptr::null()), MI_RESULT_INVALID_PARAMETER);
    }
    assert!(replies.iter_mut().all(|it| it.more(1, Duration::ZERO).end.is_none()), "T_Fire still posts");
    unsafe { assert_eq!(post_result(FIRE_CONTEXT.load(Ordering::Acquire), MI_RESULT_OK), MI_RESULT_OK) };
    for reply in replies {
        let error = reply.collect().unwrap_err();
        assert_eq!(error.message(), "T_Alarm (test): the provider ended its indications: the sensor melted");
    }
    wait_for("both are gone", || HEARD.lock().unwrap().iter().filter(|it| *it == "unsubscribe T_Alarm").count() == 2);
    // Its context is used up, so it is not disabled; a new subscription enables it again.
    let mut again = start(&host, query("SELECT * FROM T_Alarm"));
    wait_for("a second start", || HEARD.lock().unwrap().iter().filter(|it| *it == "enable T_Alarm").count() == 2);
    wait_for("all of it", || HEARD.lock().unwrap().last().unwrap() == "subscribe T_Fire");
    assert!(!HEARD.lock().unwrap().contains(&"disable T_Alarm".to_owned()));
    assert_eq!(alarm("a new sensor", 1, None), MI_RESULT_OK);
    assert_eq!(next(&mut again).text("Text"), Some("a new sensor"));
}

#[test]
fn a_slow_client_loses_its_subscription_and_holds_up_nobody() {
    let (_turn, host) = turn();
    let mut slow = start(&host, query("SELECT * FROM T_Alarm"));
    let mut other = start(&host, query("SELECT * FROM T_Alarm WHERE Level = 9999"));
    wait_for("both", || HEARD.lock().unwrap().iter().filter(|it| *it == "subscribe T_Fire").count() == 2);
    let posting = thread::spawn(|| (0..10_000).for_each(|level| assert_eq!(alarm("many", level, None), MI_RESULT_OK)));
    posting.join().unwrap();
    let mut seen = 0;
    let error = loop {
        let batch = slow.next(1000, SOON);
        seen += batch.instances.len();
        if let Some(end) = batch.end {
            break end.unwrap_err();
        }
    };
    assert!(seen > 0 && seen < 10_000, "{seen}");
    assert_eq!(error.code(), ResultCode::SERVER_LIMITS_EXCEEDED);
    assert!(error.message().contains("the client does not read them"), "{error}");
    assert_eq!(next(&mut other).get("Level"), Some(&Value::Uint32(9999)));
}

#[test]
fn a_cancelled_subscription_ends() {
    let (_turn, host) = turn();
    let mut reply = start(&host, query("SELECT * FROM T_Fire"));
    wait_until_heard(&["enable T_Fire", "subscribe T_Fire"]);
    reply.canceller()();
    assert!(reply.next(1, SOON).end.unwrap().is_err());
    wait_until_heard(&["enable T_Fire", "subscribe T_Fire", "unsubscribe T_Fire", "disable T_Fire"]);
}

#[test]
fn a_host_that_goes_away_ends_its_subscriptions_first() {
    let (_turn, host) = turn();
    let reply = start(&host, query("SELECT * FROM T_Fire"));
    drop(host);
    assert_eq!(reply.collect().unwrap_err().code(), ResultCode::SERVER_IS_SHUTTING_DOWN);
    let heard = HEARD.lock().unwrap().clone();
    let whole = ["enable T_Fire", "subscribe T_Fire", "unsubscribe T_Fire", "disable T_Fire"];
    // A subscription that had not begun by then never begins.
    assert!(heard.is_empty() || heard == whole, "{heard:?}");
}

#[test]
fn wrong_queries_are_refused_at_once() {
    let (_turn, host) = turn();
    for (text, code) in [
        ("SELECT * FROM T_Alrm", ResultCode::INVALID_CLASS),
        ("SELECT * FROM T_Alarm WHERE Levl = 1", ResultCode::INVALID_QUERY),
        ("SELECT * FROM T_Alarm WHERE Level = 'high'", ResultCode::INVALID_QUERY),
    ] {
        let refused = host.submit(crate::request(query(text))).map(|_| ()).unwrap_err();
        assert_eq!(refused.code(), code, "{text}");
    }
}
