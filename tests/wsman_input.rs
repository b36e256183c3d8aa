//! `lumi serve` and wrong messages: each gets an answer that says what is wrong and where, and the server goes on.

#[path = "support/built.rs"]
mod built;
#[path = "support/http.rs"]
mod http;
#[path = "support/serve.rs"]
mod serve;
#[path = "support/skip.rs"]
mod skip;

use http::{Response, Target};
use serve::Server;

const CIM: &str = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/";
const ALL_CLASSES: &str = "http://schemas.dmtf.org/wbem/wscim/1/*";
const GET: &str = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get";
const ENUMERATE: &str = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate";
const PROCESS_1: &[(&str, &str)] = &[("__cimnamespace", "root/cimv2"), ("Handle", "1")];
/// Above the kernel's limit on process IDs, so that no method can do harm.
const NO_PROCESS: &[(&str, &str)] = &[("__cimnamespace", "root/cimv2"), ("Handle", "4194305")];

/// A whole message.
fn message(action: &str, resource: &str, selectors: &[(&str, &str)], body: &str) -> String {
    let selectors: String =
        selectors.iter().map(|(name, value)| format!(r#"<w:Selector Name="{name}">{value}</w:Selector>"#)).collect();
    format!(
        r#"<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
            xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
            xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration"
            xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd">
        <s:Header>
            <a:To>http://localhost/wsman</a:To>
            <a:ReplyTo>
                <a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address>
            </a:ReplyTo>
            <a:Action s:mustUnderstand="true">{action}</a:Action>
            <a:MessageID>uuid:00000000-0000-0000-0000-000000000001</a:MessageID>
            <w:ResourceURI s:mustUnderstand="true">{resource}</w:ResourceURI>
            <w:SelectorSet>{selectors}</w:SelectorSet>
        </s:Header>
        <s:Body>{body}</s:Body>
        </s:Envelope>"#
    )
}

fn get(class: &str, selectors: &[(&str, &str)]) -> String {
    message(GET, &format!("{CIM}{class}"), selectors, "")
}

fn query(text: &str) -> String {
    let body = format!(
        r#"<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>100</w:MaxElements>
        <w:Filter Dialect="http://schemas.microsoft.com/wbem/wsman/1/WQL">{text}</w:Filter></n:Enumerate>"#
    );
    message(ENUMERATE, ALL_CLASSES, &[("__cimnamespace", "root/cimv2")], &body)
}

fn invoke(method: &str, parameters: &str) -> String {
    let resource = format!("{CIM}Linux_Process");
    let body = format!(r#"<p:{method}_INPUT xmlns:p="{resource}">{parameters}</p:{method}_INPUT>"#);
    message(&format!("{resource}/{method}"), &resource, NO_PROCESS, &body)
}

/// The text of a fault.
fn reason(body: &str) -> Option<&str> {
    let (_, after) = body.split_once("<s:Text")?;
    let (_, text) = after.split_once('>')?;
    Some(text.split_once("</s:Text>")?.0).filter(|text| !text.is_empty())
}

/// A server that is asked wrong things.
struct Victim {
    server: Server,
    target: Target,
}

impl Victim {
    fn start() -> Self {
        let server = Server::start();
        let (user, password) = server.credentials();
        let target = Target::new(server.url("http"), (&user, &password));
        Self { server, target }
    }

    /// Posts a message that is wrong. The answer must be a fault whose text has all the words.
    fn is_refused(&self, message: &str, words: &[&str]) {
        let shown: String = message.chars().take(2000).collect();
        let Response { status, body } = self.target.post(message);
        assert!(matches!(status, 400 | 500), "{status} {body} to {shown}");
        let reason = reason(&body).unwrap_or_else(|| panic!("no fault with a text: {body} to {shown}"));
        for word in words {
            assert!(reason.contains(word), "{word:?} is not in {reason:?} to {shown}");
        }
        self.still_answers();
    }

    fn still_answers(&self) {
        let response = self.target.post(&get("Linux_Process", PROCESS_1));
        assert_eq!(response.status, 200, "{response:?}");
        assert!(response.body.contains("Handle>1</"), "{response:?}");
    }

    /// The most memory that the server has used so far, in KiB.
    fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

#[test]
fn text_that_is_no_envelope_is_refused() {
    let victim = Victim::start();
    let whole = get("Linux_Process", PROCESS_1);
    victim.is_refused("", &[]);
    victim.is_refused("hello", &[]);
    victim.is_refused(&whole[..whole.len() / 2], &[]);
    victim.is_refused(&whole.replace("</w:SelectorSet>", "</w:SelectorSets>"), &["SelectorSets", "line "]);
    victim.is_refused(&whole.replace("xmlns:w=", "xmlns:v="), &[]);
    victim.is_refused("<hello/>", &["envelope"]);
    victim.is_refused(&whole.replace("a:Action", "a:Act"), &["Act is not understood"]);
    let action = format!(r#"<a:Action s:mustUnderstand="true">{GET}</a:Action>"#);
    victim.is_refused(&whole.replace(&action, ""), &["Action"]);
}

#[test]
fn document_types_are_refused() {
    let victim = Victim::start();
    let bomb = r#"<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"#;
    let file = r#"<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/hostname">]>"#;
    for document_type in [bomb, file] {
        let whole = get("Linux_Process", &[("__cimnamespace", "root/cimv2"), ("Handle", "&a;")]);
        victim.is_refused(&format!("{document_type}{whole}"), &["document type"]);
    }
}

#[test]
fn deep_and_wide_xml_is_no_harm() {
    let victim = Victim::start();
    const MANY: usize = 500_000;
    let deep = format!("{}{}", "<a>".repeat(MANY), "</a>".repeat(MANY));
    victim.is_refused(&message(GET, &format!("{CIM}Linux_Process"), PROCESS_1, &deep), &["deep"]);
    victim.is_refused(&query(&deep), &["deep"]);
    let attributes: String = (0..20_000).map(|number| format!(" a{number}=\"\"")).collect();
    let wide = get("Linux_Process", PROCESS_1).replace("<s:Header>", &format!("<s:Header{attributes}>"));
    victim.is_refused(&wide, &["attributes"]);
}

#[test]
fn a_huge_body_is_refused_and_not_stored() {
    const HUGE: usize = 100 << 20;
    let victim = Victim::start();
    victim.still_answers();
    let before = victim.peak_memory();
    let Response { status, body } = victim.target.announce(HUGE as u64);
    assert_eq!(status, 413, "{body}");
    victim.still_answers();

    let chunk = vec![b' '; 64 << 10];
    let (sent, response) = victim.target.post_chunks(&chunk, HUGE / chunk.len());
    assert!(sent < HUGE, "the server took all of it and says {response:?}");
    assert!(response.as_ref().is_none_or(|response| response.status == 413), "{response:?}");
    victim.still_answers();
    let grown = victim.peak_memory() - before;
    assert!(grown < 64 << 10, "the server's memory grew by {grown} KiB");
}

#[test]
fn what_does_not_exist_is_named() {
    let victim = Victim::start();
    victim.is_refused(&get("Linux_Proces", PROCESS_1), &["Linux_Proces", "Linux_Process"]);
    victim.is_refused(&get("Linux_Process", &[("__cimnamespace", "root/cimv3"), ("Handle", "1")]), &["root/cimv3"]);
    victim.is_refused(&invoke("Terminat", ""), &["Terminat", "Terminate"]);
    victim.is_refused(&message("http://example.com/Fly", &format!("{CIM}Linux_Process"), PROCESS_1, ""), &["Fly"]);
    victim.is_refused(&query("select Colour from Linux_Process"), &["Colour"]);
    victim.is_refused(&query("select * from Linux_Process where Colour = 1"), &["Colour"]);
    victim.is_refused(&query("select * from Linux_Process where Priority = 'high'"), &["Priority", "uint32", "high"]);
    victim.is_refused(&query("select * from Linux_Proces"), &["Linux_Proces"]);
    victim.is_refused(&query("select * from Linux_Process where"), &["column 34"]);
    victim.is_refused(&query("selekt * from Linux_Process"), &["selekt"]);
}

#[test]
fn wrong_keys_and_parameters_are_named() {
    let victim = Victim::start();
    let missing = get("Linux_Process", &[("__cimnamespace", "root/cimv2")]);
    victim.is_refused(&missing, &["Handle"]);
    let unknown = get("Linux_Process", &[("__cimnamespace", "root/cimv2"), ("Handle", "1"), ("Colour", "red")]);
    victim.is_refused(&unknown, &["Colour"]);
    let text = get("Linux_Process", &[("__cimnamespace", "root/cimv2"), ("Handle", "one")]);
    victim.is_refused(&text, &["Handle", "one"]);

    victim.is_refused(&invoke("SendSignal", ""), &["Signal"]);
    victim.is_refused(&invoke("SendSignal", "<p:Signal>TERM</p:Signal>"), &["Signal", "TERM", "uint32"]);
    victim.is_refused(&invoke("SendSignal", "<p:Signal>-1</p:Signal>"), &["Signal", "-1", "uint32"]);
    victim.is_refused(&invoke("SendSignal", "<p:Signal>4294967296</p:Signal>"), &["Signal", "4294967296", "uint32"]);
    victim.is_refused(&invoke("SendSignal", "<p:Signal>0</p:Signal><p:Speed>1</p:Speed>"), &["Speed"]);
}

/// A key of another type than text is checked too.
#[test]
fn a_key_of_the_wrong_type_is_named() {
    let Some(library) = built::example("number") else { return };
    let server = Server::with_provider(&library);
    let (user, password) = server.credentials();
    let target = Target::new(server.url("http"), (&user, &password));
    let ask = |number| target.post(&get("Sample_Number", &[("__cimnamespace", "root/cimv2"), ("Number", number)]));
    for wrong in ["seven", "-7", "4294967296", "7.5"] {
        let Response { status, body } = ask(wrong);
        assert_eq!(status, 500, "{body}");
        assert!(["Number", wrong, "uint32"].iter().all(|word| body.contains(word)), "{body}");
    }
    let Response { status, body } = ask("7");
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("Square>49</"), "{body}");
}
