//! Clients of one provider: the same claims hold in process and over WS-Man.

mod provider;
mod wsman;

use omi::client::{Application, Destination, OperationOptions, Session, is_timeout};
use omi::{Instance, ResultCode, Value};
use provider::{NAMESPACE, NUMBERS, host, wait_for_endless};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The tests that count endless enumerations take turns.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn options() -> OperationOptions {
    OperationOptions::default().timeout(Duration::from_secs(60))
}

fn key(id: u32) -> Instance {
    Instance::new("T_Number").with_key("Id", id)
}

/// Sessions with the one host, by each transport.
fn sessions() -> Vec<Session> {
    vec![Application::new(host()).session(&Destination::local()).unwrap(), wsman::session(&wsman::destination())]
}

#[test]
fn instances_come_with_their_types() {
    for session in sessions() {
        let numbers: Vec<Instance> = session.enumerate(NAMESPACE, "t_number", &options()).map(Result::unwrap).collect();
        assert_eq!(numbers.len(), NUMBERS as usize);
        assert_eq!(numbers[7].class_name(), "T_Number");
        assert_eq!(numbers[7].get("Id"), Some(&Value::Uint32(7)));
        assert!(numbers[7].property("Id").unwrap().is_key());
        let few = session.query(NAMESPACE, "select * from T_Number where Id < 3", &options());
        assert_eq!(few.map(Result::unwrap).count(), 3);
        assert_eq!(session.get(NAMESPACE, &key(7), &options()).one().unwrap(), numbers[7]);
    }
}

#[test]
fn instances_are_made_changed_and_removed() {
    for session in sessions() {
        let new = key(9).with("Text", "nine");
        assert_eq!(session.create(NAMESPACE, &new, &options()).one().unwrap().get("Id"), Some(&Value::Uint32(9)));
        assert_eq!(session.modify(NAMESPACE, &new, &options()).one().unwrap().text("Text"), Some("nine"));
        let nothing = OperationOptions { properties: Some(vec!["Id".into()]), ..options() };
        assert_eq!(session.modify(NAMESPACE, &new, &nothing).one().unwrap().text("Text"), Some("unchanged"));
        session.delete(NAMESPACE, &key(9), &options()).finish().unwrap();
        let error = session.delete(NAMESPACE, &key(NUMBERS), &options()).finish().unwrap_err();
        assert_eq!(error.code(), ResultCode::NOT_FOUND);
    }
}

#[test]
fn methods_and_classes() {
    for session in sessions() {
        let now = Instance::new("").with("Seconds", 0_u32);
        let output = session.invoke(NAMESPACE, "T_Number", None, "wait", &now, &options()).one().unwrap();
        assert_eq!(output.get("ReturnValue"), Some(&Value::Uint32(0)));
        let class = session.class(NAMESPACE, "t_number", &options()).one().unwrap();
        assert_eq!(class.keys().map(|key| &*key.name).collect::<Vec<_>>(), ["Id"]);
        assert_eq!(class.method("Wait").unwrap().parameters.len(), 1);
        assert_eq!(session.classes(NAMESPACE, None, &options()).map(Result::unwrap).count(), 2);
        assert_eq!(session.classes(NAMESPACE, Some("T_Number"), &options()).map(Result::unwrap).count(), 0);
        session.test_connection(&options()).finish().unwrap();
    }
}

#[test]
fn errors_are_those_of_the_provider_and_of_the_host() {
    for session in sessions() {
        let error = session.get(NAMESPACE, &key(NUMBERS), &options()).one().unwrap_err();
        assert_eq!(error.code(), ResultCode::NOT_FOUND);
        assert!(error.message().starts_with("there is no number Some(3000)"), "{error}");
        let error = session.enumerate(NAMESPACE, "T_Nope", &options()).finish().unwrap_err();
        assert_eq!(error.code(), ResultCode::INVALID_CLASS);
        let error = session.enumerate("root/nope", "T_Number", &options()).finish().unwrap_err();
        assert_eq!(error.code(), ResultCode::INVALID_NAMESPACE);
        let error = session.class(NAMESPACE, "T_Nope", &options()).one().unwrap_err();
        assert_eq!(error.code(), ResultCode::INVALID_CLASS);
    }
}

#[test]
fn options_and_the_locale_reach_the_provider() {
    for session in sessions() {
        let german = OperationOptions { locale: Some("de-DE".into()), ..options().custom("Answer", 42_u32) };
        let zero = session.get(NAMESPACE, &key(0), &german).one().unwrap();
        assert_eq!(zero.text("Text"), Some("Some(\"de-DE\") Some(Uint32(42))"));
    }
}

#[test]
fn cancelling_at_the_tenth_instance_ends_an_endless_provider() {
    let _alone = alone();
    for session in sessions() {
        let mut endless = session.enumerate(NAMESPACE, "T_Endless", &options());
        for id in 0..10_u32 {
            assert_eq!(endless.next().unwrap().unwrap().get("Id"), Some(&Value::Uint32(id)));
        }
        wait_for_endless(1);
        let cancelled = Instant::now();
        endless.cancel();
        assert_eq!(endless.next().unwrap().unwrap_err().message(), "the operation was cancelled");
        assert_eq!(endless.next(), None);
        wait_for_endless(0);
        eprintln!("the provider ended {:?} after the cancel", cancelled.elapsed());
    }
}

#[test]
fn dropping_an_operation_ends_its_provider() {
    let _alone = alone();
    for session in sessions() {
        let mut endless = session.enumerate(NAMESPACE, "T_Endless", &options());
        assert!(endless.next().unwrap().is_ok());
        wait_for_endless(1);
        drop(endless);
        wait_for_endless(0);
    }
}

#[test]
fn an_operation_that_takes_too_long_ends_with_a_timeout() {
    for session in sessions() {
        let short = OperationOptions::default().timeout(Duration::from_millis(300));
        let long = Instance::new("").with("Seconds", 600_u32);
        let error = session.invoke(NAMESPACE, "T_Number", None, "Wait", &long, &short).one().unwrap_err();
        assert!(is_timeout(&error), "{error}");
    }
}

#[test]
fn a_host_in_this_process_reaches_no_other_computer() {
    let error = Application::new(host()).session(&Destination::new("server")).unwrap_err();
    assert_eq!(error.code(), ResultCode::INVALID_PARAMETER);
}
