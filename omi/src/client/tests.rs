//! Sessions and operations over a transport that a test drives by hand.

use super::*;
use crate::declaration::SharedClass;
use crate::dialogue::{Channel, Listener, Progress, Question};
use crate::{Instance, Value};
use std::future::Future;
use std::pin::pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::task::{Context, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

type Started = (Request<InstanceOperation>, Outlet<Instance>);

/// Hands what sessions start to the test.
struct ByHand(Sender<Started>);

struct Wire(Mutex<Sender<Started>>);

impl Transport for ByHand {
    fn connect(&self, destination: &Destination, listener: &dyn SessionListener) -> Result<Arc<dyn Connection>> {
        listener.write_message(Channel::Verbose, "connecting");
        match destination.address.as_deref() {
            Some("nowhere") => Err(Error::not_found("there is no computer nowhere")),
            _ => Ok(Arc::new(Wire(Mutex::new(self.0.clone())))),
        }
    }
}

impl Connection for Wire {
    fn instances(&self, request: Request<InstanceOperation>, outlet: Outlet<Instance>) {
        self.0.lock().unwrap().send((request, outlet)).unwrap();
    }
    fn indications(&self, _: Request<Subscription>, _: Outlet<Indication>) {}
    fn classes(&self, _: Request<ClassOperation>, _: Outlet<SharedClass>) {}
}

fn session(destination: &Destination) -> (Session, Receiver<Started>) {
    let (sender, started) = mpsc::channel();
    (Application::new(ByHand(sender)).session(destination).unwrap(), started)
}

fn enumerate(session: &Session, options: &OperationOptions) -> Operation<Instance> {
    session.enumerate("root/test", "T_Thing", options)
}

fn thing(id: u32) -> Instance {
    Instance::new("T_Thing").with_key("Id", id)
}

/// Runs a future to its end on this thread.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}

#[test]
fn results_come_in_order_and_then_the_end() {
    let (session, started) = session(&Destination::local());
    let operation = enumerate(&session, &OperationOptions::default());
    let (request, outlet) = started.recv().unwrap();
    assert_eq!(request.namespace, "root/test");
    assert_eq!(request.operation, InstanceOperation::Enumerate { class: "T_Thing".into() });
    let poster = thread::spawn(move || {
        // More than fit, so the poster waits for the reader.
        for id in 0..5000 {
            outlet.post([thing(id)]).unwrap();
        }
        outlet.end(Ok(()));
    });
    let all: Vec<Instance> = operation.map(Result::unwrap).collect();
    poster.join().unwrap();
    assert_eq!(all.len(), 5000);
    assert_eq!(all[4999], thing(4999));
}

#[test]
fn results_come_before_the_error_that_ends_an_operation_and_nothing_comes_after_it() {
    let (session, started) = session(&Destination::local());
    let mut operation = enumerate(&session, &OperationOptions::default());
    let (_, outlet) = started.recv().unwrap();
    outlet.post([thing(1)]).unwrap();
    outlet.end(Err(Error::failed("the disk is gone")));
    assert_eq!(operation.next(), Some(Ok(thing(1))));
    assert_eq!(operation.next(), Some(Err(Error::failed("the disk is gone"))));
    assert_eq!(operation.next(), None);
}

#[test]
fn a_transport_that_gives_up_ends_the_operation_with_an_error() {
    let (session, started) = session(&Destination::local());
    let operation = enumerate(&session, &OperationOptions::default());
    drop(started.recv().unwrap());
    assert!(operation.finish().unwrap_err().message().contains("gave the operation up"));
}

#[test]
fn cancelling_ends_the_reader_at_once_and_tells_the_transport() {
    let (session, started) = session(&Destination::local());
    let mut operation = enumerate(&session, &OperationOptions::default());
    let (_, outlet) = started.recv().unwrap();
    let told = Arc::new(AtomicUsize::new(0));
    let counter = told.clone();
    outlet.on_cancel(move || {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    outlet.post([thing(1)]).unwrap();
    let canceller = operation.canceller();
    thread::spawn(move || canceller.cancel()).join().unwrap();
    assert_eq!(operation.next().unwrap().unwrap_err().message(), "the operation was cancelled");
    assert_eq!(outlet.post([thing(2)]), Err(Closed));
    operation.cancel();
    assert_eq!(told.load(Ordering::SeqCst), 1);
}

#[test]
fn a_dropped_operation_is_cancelled_even_while_its_transport_waits_for_room() {
    let (session, started) = session(&Destination::local());
    let operation = enumerate(&session, &OperationOptions::default());
    let (_, outlet) = started.recv().unwrap();
    let poster = thread::spawn(move || while outlet.post([thing(1)]).is_ok() {});
    drop(operation);
    poster.join().unwrap();
}

#[test]
fn an_operation_without_an_answer_ends_at_its_timeout_for_threads_and_for_tasks() {
    let (session, started) = session(&Destination::local().timeout(Duration::from_millis(1)));
    let mut waiting = enumerate(&session, &OperationOptions::default());
    let _first = started.recv().unwrap();
    assert!(is_timeout(&waiting.next().unwrap().unwrap_err()));
    let mut task = enumerate(&session, &OperationOptions::default());
    let _second = started.recv().unwrap();
    assert!(is_timeout(&block_on(task.next_async()).unwrap().unwrap_err()));
}

#[test]
fn a_task_is_woken_by_results() {
    let (session, started) = session(&Destination::local());
    let mut operation = enumerate(&session, &OperationOptions::default());
    let (_, outlet) = started.recv().unwrap();
    let poster = thread::spawn(move || {
        for id in 0..100 {
            outlet.post([thing(id)]).unwrap();
            thread::yield_now();
        }
        outlet.end(Ok(()));
    });
    let mut count = 0;
    block_on(async {
        while let Some(result) = operation.next_async().await {
            assert_eq!(result.unwrap(), thing(count));
            count += 1;
        }
    });
    poster.join().unwrap();
    assert_eq!(count, 100);
}

#[test]
fn what_the_session_says_holds_where_the_operation_does_not_say() {
    let destination = Destination { locale: Some("de-DE".into()), ..Destination::local() };
    let (session, started) = session(&destination.timeout(Duration::from_secs(60)));
    let own = OperationOptions { locale: Some("fr-FR".into()), ..OperationOptions::default() };
    let _operations = (enumerate(&session, &OperationOptions::default()), enumerate(&session, &own));
    let (request, _) = started.recv().unwrap();
    assert_eq!(request.options.locale.as_deref(), Some("de-DE"));
    assert_eq!(request.options.timeout, Some(Duration::from_secs(60)));
    assert_eq!(started.recv().unwrap().0.options.locale.as_deref(), Some("fr-FR"));
}

/// Counts what it hears and says no to everything.
#[derive(Default)]
struct Contrary {
    heard: Mutex<Vec<String>>,
}

impl Listener for Contrary {
    fn message(&self, channel: Channel, text: &str) {
        self.heard.lock().unwrap().push(format!("{channel:?} {text}"));
    }
    fn progress(&self, _: &Progress) -> bool {
        true
    }
    fn error(&self, error: &Error) -> bool {
        self.heard.lock().unwrap().push(error.to_string());
        false
    }
    fn ask(&self, _: &Question) -> bool {
        self.heard.lock().unwrap().push("asked".to_owned());
        false
    }
    fn stream(&self, _: &str, _: Value) -> Result<(), Value> {
        Ok(())
    }
}

#[test]
fn a_listener_hears_what_the_options_let_through() {
    let (session, started) = session(&Destination::local());
    let listener = Arc::new(Contrary::default());
    let modes = [CallbackMode::Inquire, CallbackMode::Report, CallbackMode::Ignore];
    for (mode, answer, heard) in [(modes[0], false, 3), (modes[1], true, 3), (modes[2], true, 1)] {
        let options = OperationOptions {
            errors: mode,
            prompts: mode,
            channels: vec![Channel::Warning],
            ..OperationOptions::default().listener(listener.clone())
        };
        let _operation = enumerate(&session, &options);
        let (request, _outlet) = started.recv().unwrap();
        let told = request.options.listener.unwrap();
        told.message(Channel::Debug, "detail");
        told.message(Channel::Warning, "careful");
        assert_eq!(told.error(&Error::failed("a part failed")), answer);
        assert_eq!(told.ask(&Question::ShouldContinue("sure?".into())), answer);
        assert_eq!(std::mem::take(&mut *listener.heard.lock().unwrap()).len(), heard, "{mode:?}");
    }
}

#[test]
fn no_time_passes_while_the_user_thinks_about_a_question() {
    struct Slow;
    impl Listener for Slow {
        fn ask(&self, _: &Question) -> bool {
            thread::sleep(Duration::from_millis(2000));
            true
        }
    }
    let (session, started) = session(&Destination::local().timeout(Duration::from_millis(1)));
    let mut operation = enumerate(&session, &OperationOptions::default().listener(Arc::new(Slow)));
    let (request, outlet) = started.recv().unwrap();
    let asker = thread::spawn(move || {
        assert!(request.options.listener.unwrap().ask(&Question::Prompt("go on?".into())));
        outlet.post([thing(1)]).unwrap();
    });
    assert_eq!(operation.next(), Some(Ok(thing(1))));
    asker.join().unwrap();
}

#[test]
fn a_session_that_cannot_be_opened_tells_its_listener_and_fails() {
    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);
    impl SessionListener for Heard {
        fn write_message(&self, _: Channel, text: &str) {
            self.0.lock().unwrap().push(text.to_owned());
        }
        fn write_error(&self, error: &Error) {
            self.0.lock().unwrap().push(error.to_string());
        }
    }
    let heard = Heard::default();
    let application = Application::new(ByHand(mpsc::channel().0));
    let error = application.session_with(&Destination::new("nowhere"), &heard).unwrap_err();
    assert_eq!(error.code(), ResultCode::NOT_FOUND);
    assert_eq!(*heard.0.lock().unwrap(), ["connecting", "there is no computer nowhere"]);
}

#[test]
fn passwords_are_not_printed() {
    let destination = Destination::new("server").basic("ada", Secret::new("hunter2"));
    assert!(!format!("{destination:?}").contains("hunter2"));
}
