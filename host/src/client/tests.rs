//! The client against the server, over TLS.

use super::*;
use crate::serve::{ServeOptions, Server};
use crate::wsman::tests::fake::Fake;
use omi::{ResultCode, Value};
use std::fs;

struct Fixture {
    server: Server,
    _state: tempfile::TempDir,
}

fn fixture(things: usize) -> Fixture {
    let state = tempfile::tempdir().unwrap();
    let mut options = ServeOptions::new(state.path().join("state"));
    options.http = vec!["127.0.0.1:0".parse().unwrap()];
    options.https = options.http.clone();
    Fixture { server: Server::start(Fake::new(things), &options).unwrap(), _state: state }
}

impl Fixture {
    fn options(&self) -> ClientOptions {
        let listening = self.server.listening();
        let credentials = fs::read_to_string(&listening.credentials).unwrap();
        let password = credentials.lines().find_map(|line| line.strip_prefix("lumi:")).unwrap();
        ClientOptions {
            url: format!("https://localhost:{}/wsman", listening.https[0].port()),
            user: "lumi".to_owned(),
            password: Secret::new(password),
            trust: Trust::Authority(listening.certificate.clone().unwrap()),
            timeout: Duration::from_secs(10),
        }
    }

    fn client(&self) -> Client {
        Client::new(&self.options()).unwrap()
    }
}

#[test]
fn instances_come_with_their_declared_types() {
    let fixture = fixture(1500);
    let mut client = fixture.client();
    let things = client.enumerate("root/cimv2", "x_thing").unwrap();
    assert_eq!(things.len(), 1500);
    assert_eq!(things[7].class_name(), "X_Thing");
    assert_eq!(things[7].get("Id"), Some(&Value::Uint32(7)));
    assert!(things[7].property("Id").unwrap().is_key());
    let some = client.query("root/cimv2", "select * from X_Thing where Id < 3").unwrap();
    assert_eq!(some.len(), 3);
    assert_eq!(client.get("root/cimv2", &things[7]).unwrap(), things[7]);
}

#[test]
fn methods_and_classes() {
    let fixture = fixture(1);
    let mut client = fixture.client();
    let target = Instance::new("X_Thing").with_key("Id", 0_u32);
    let output = client.invoke("root/cimv2", &target, "rename", &Instance::new("").with("To", "x")).unwrap();
    assert_eq!(output.get("ReturnValue"), Some(&Value::Uint32(0)));
    assert_eq!(output.text("Old"), Some("thing 0"));
    let sum = Instance::new("").with("Numbers", vec![40_u8, 2]);
    let output = client.invoke("root/cimv2", &Instance::new("X_Thing"), "Add", &sum).unwrap();
    assert_eq!(output.get("ReturnValue"), Some(&Value::Uint8(42)));
    assert_eq!(client.classes("root/cimv2").unwrap().len(), 5);
    let links = client.enumerate("root/cimv2", "X_Link").unwrap();
    let Some(Value::Reference(thing)) = links[0].get("Thing") else { panic!("no reference in {links:?}") };
    assert_eq!(thing.class_name(), "X_Thing");
}

#[test]
fn errors_arrive_with_code_text_and_details() {
    let fixture = fixture(1);
    let mut client = fixture.client();
    let error = client.get("root/cimv2", &Instance::new("X_Thing").with_key("Id", 7_u32)).unwrap_err();
    assert_eq!(error.code(), ResultCode::NOT_FOUND);
    assert_eq!(error.message(), "the instance does not exist (Get of X_Thing.Id=7 in root/cimv2)");
    assert_eq!(error.details().unwrap().class_name(), "OMI_Error");
    assert_eq!(client.enumerate("root/cimv2", "X_Nope").unwrap_err().code(), ResultCode::INVALID_CLASS);
    assert_eq!(client.enumerate("root/nope", "X_Thing").unwrap_err().code(), ResultCode::INVALID_NAMESPACE);
}

#[test]
fn wrong_passwords_and_strange_certificates_are_refused() {
    let fixture = fixture(1);
    let wrong = ClientOptions { password: Secret::new("x"), ..fixture.options() };
    let error = Client::new(&wrong).unwrap().enumerate("root/cimv2", "X_Thing").unwrap_err();
    assert_eq!(error.code(), ResultCode::ACCESS_DENIED);

    let other = self::fixture(0);
    let stranger = ClientOptions { trust: other.options().trust, ..fixture.options() };
    let error = Client::new(&stranger).unwrap().enumerate("root/cimv2", "X_Thing").unwrap_err();
    assert!(error.message().contains("certificate"), "{error}");

    let anything = ClientOptions { trust: Trust::Anything, ..fixture.options() };
    assert_eq!(Client::new(&anything).unwrap().enumerate("root/cimv2", "X_Thing").unwrap().len(), 1);
}

#[test]
fn passwords_do_not_cross_a_network_in_clear_text() {
    let fixture = fixture(1);
    let remote = ClientOptions { url: "http://192.0.2.1:5985/wsman".to_owned(), ..fixture.options() };
    assert!(Client::new(&remote).err().unwrap().message().contains("clear text"));
    let url = format!("http://127.0.0.1:{}/wsman", fixture.server.listening().http[0].port());
    let local = ClientOptions { url, ..fixture.options() };
    assert_eq!(Client::new(&local).unwrap().enumerate("root/cimv2", "X_Thing").unwrap().len(), 1);
}
