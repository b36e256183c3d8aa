//! A WS-Man client of a few lines, which reads as slowly as it is told and keeps nothing.

use crate::provider::NAMESPACE;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const ENUMERATION: &str = "http://schemas.xmlsoap.org/ws/2004/09/enumeration";
const TRANSFER: &str = "http://schemas.xmlsoap.org/ws/2004/09/transfer";
const CLASSES: &str = "http://schemas.dmtf.org/wbem/wscim/1";

/// One kept-alive connection.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    authorization: String,
}

/// An answer to Enumerate or Pull.
pub(crate) struct Page {
    pub(crate) instances: usize,
    /// To pull with; `None` after the last page.
    pub(crate) context: Option<String>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr, user: &str, password: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        let authorization = BASE64_STANDARD.encode(format!("{user}:{password}"));
        Self { stream: BufReader::new(stream), authorization }
    }

    pub(crate) fn get(&mut self, class: &str) {
        let answer = self.call(&format!("{TRANSFER}/Get"), class, "<w:Selector Name=\"Id\">7</w:Selector>", "");
        assert!(answer.contains(">7<"), "{answer}");
    }

    pub(crate) fn enumerate(&mut self, class: &str, count: usize) -> Page {
        let body = format!("<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>{count}</w:MaxElements></n:Enumerate>");
        Page::of(&self.call(&format!("{ENUMERATION}/Enumerate"), class, "", &body))
    }

    pub(crate) fn pull(&mut self, class: &str, context: &str, count: usize) -> Page {
        let context = format!("<n:EnumerationContext>{context}</n:EnumerationContext>");
        let body = format!("<n:Pull>{context}<n:MaxElements>{count}</n:MaxElements></n:Pull>");
        Page::of(&self.call(&format!("{ENUMERATION}/Pull"), class, "", &body))
    }

    pub(crate) fn release(&mut self, class: &str, context: &str) {
        let body = format!("<n:Release><n:EnumerationContext>{context}</n:EnumerationContext></n:Release>");
        self.call(&format!("{ENUMERATION}/Release"), class, "", &body);
    }

    /// Sends an enumeration of what a query selects, and does not wait for the answer.
    pub(crate) fn start_query(&mut self, query: &str) {
        let dialect = "http://schemas.microsoft.com/wbem/wsman/1/WQL";
        let body = format!(
            "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>10</w:MaxElements>\
             <w:Filter Dialect=\"{dialect}\">{query}</w:Filter></n:Enumerate>"
        );
        self.send(&format!("{ENUMERATION}/Enumerate"), &format!("{CLASSES}/*"), "", &body);
    }

    fn call(&mut self, action: &str, class: &str, selectors: &str, body: &str) -> String {
        self.send(action, &format!("{CLASSES}/cim-schema/2/{class}"), selectors, body);
        let (mut line, mut length, mut status) = (String::new(), 0, String::new());
        while line != "\r\n" {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            if status.is_empty() {
                status.clone_from(&line);
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert!(status.contains(" 200 "), "{status}{answer}");
        answer
    }

    fn send(&mut self, action: &str, uri: &str, selectors: &str, body: &str) {
        let envelope = format!(
            "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
             xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" \
             xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" xmlns:n=\"{ENUMERATION}\"><s:Header>\
             <a:To>http://127.0.0.1/wsman</a:To><w:ResourceURI s:mustUnderstand=\"true\">{uri}</w:ResourceURI>\
             <a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address>\
             </a:ReplyTo><a:Action s:mustUnderstand=\"true\">{action}</a:Action>\
             <w:MaxEnvelopeSize s:mustUnderstand=\"true\">8388608</w:MaxEnvelopeSize>\
             <a:MessageID>uuid:00000000-0000-0000-0000-000000000001</a:MessageID><w:SelectorSet>\
             <w:Selector Name=\"__cimnamespace\">{NAMESPACE}</w:Selector>{selectors}</w:SelectorSet></s:Header>\
             <s:Body>{body}</s:Body></s:Envelope>"
        );
        let (authorization, length) = (&self.authorization, envelope.len());
        let head = format!(
            "POST /wsman HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {authorization}\r\n\
             Content-Type: application/soap+xml;charset=UTF-8\r\nContent-Length: {length}\r\n\r\n"
        );
        self.stream.get_mut().write_all((head + &envelope).as_bytes()).unwrap();
    }
}

impl Page {
    fn of(answer: &str) -> Self {
        let context = answer.split_once("EnumerationContext>").and_then(|(_, rest)| rest.split_once('<'));
        Self {
            instances: answer.matches("<p:Id>").count(),
            context: context.map(|(context, _)| context.to_owned()).filter(|it| !it.is_empty()),
        }
    }
}
