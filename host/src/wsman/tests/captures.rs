//! Recorded exchanges between Windows-like clients and omiserver: every request must be understood, and every instance of
//! every answer must survive being read and written again.

use super::fake::Fake;
use crate::operation::Principal;
use crate::wsman::decode::{Declarations, Decoder, type_name};
use crate::wsman::encode::Encoder;
use crate::wsman::{charset, message, ns, xml};
use roxmltree::Node;
use std::fs;
use std::path::{Path, PathBuf};

/// The recordings stand beside a developer's checkout, if anywhere.
fn recordings(suffix: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/captures/omiserver");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("skipped: there are no recordings at {}", folder.display());
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(suffix));
    paths.sort();
    paths
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).and_then(|name| name.split('.').next()).unwrap_or_default()
}

#[test]
fn every_request_is_understood_or_refused_for_its_own_fault() {
    /// Requests that were recorded because something is wrong with their envelope.
    const WRONG: [&str; 5] = ["alt_prefix", "env_too_small", "mu_1", "mu_true", "timeout_date"];
    for path in recordings(".request.xml") {
        let bytes = fs::read(&path).unwrap();
        let (text, _) = charset::decode(&bytes, None).unwrap();
        let outcome = xml::parse(&text).and_then(|document| {
            message::read(&document).map(|_| ()).map_err(|fault| fault.error.message().to_owned())
        });
        assert_eq!(outcome.is_err(), WRONG.contains(&name(&path)), "{}: {outcome:?}", path.display());
    }
}

#[test]
fn every_request_gets_an_answer_with_a_body() {
    let service = Fake::new(3).service();
    for path in recordings(".request.xml") {
        let answer = service.answer(&Principal::authenticated("ada"), &fs::read(&path).unwrap(), None);
        assert_eq!(answer.body.is_empty(), answer.status == 204, "{}", path.display());
        assert!(!String::from_utf8_lossy(&answer.body).contains("InternalError"), "{}", path.display());
    }
}

#[test]
fn every_recorded_instance_is_written_again_as_it_was() {
    let decoder = Decoder { class: &|_, _| None };
    let mut compared = 0;
    for path in recordings(".response.xml") {
        let bytes = fs::read(&path).unwrap();
        // Some faults were answered with an empty body.
        let Ok((text, _)) = charset::decode(&bytes, None) else { continue };
        let Ok(document) = xml::parse(&text) else { continue };
        let is_instance = |node: &Node<'_, '_>| {
            let namespace = node.tag_name().namespace().unwrap_or_default();
            namespace.strip_prefix(ns::CLASS_PREFIX) == Some(node.tag_name().name())
                && node
                    .parent_element()
                    .is_some_and(|it| !it.tag_name().namespace().unwrap_or_default().contains("/wscim/"))
        };
        for node in document.descendants().filter(is_instance) {
            let class = type_name(node).unwrap_or(node.tag_name().name());
            let instance = decoder.instance(node, class, Declarations { owner: class, elements: None }).unwrap();
            let mut out = String::new();
            let octets = |_: &str, _: &str| true;
            Encoder { precise_arrays: true, octets: &octets, ..Encoder::plain() }.instance(&mut out, &instance);
            let again = format!("<d{}>{out}</d>", crate::wsman::encode::prefixes());
            let again = xml::parse(&again).unwrap();
            let again = again.root_element().first_element_child().unwrap();
            // OMI_Error carries types for its values; only instances without them are written alike.
            if !node.descendants().any(|it| it.has_attribute((ns::CIM_BINDING, "IsCIM_Error"))) {
                assert_eq!(flat(again), flat(node), "{}", path.display());
                compared += 1;
            }
        }
    }
    assert!(compared > 30 || recordings(".response.xml").is_empty(), "only {compared} instances were compared");
}

/// An element as text without what differs on purpose: prefixes, the type of the instance itself, zero intervals, the order
/// of selectors, the namespace that omiserver leaves out of references, and which form an octet string or reference has.
fn flat(node: Node<'_, '_>) -> Vec<String> {
    let mut lines = Vec::new();
    for child in node.descendants().filter(Node::is_element).skip(1) {
        let name = child.tag_name().name();
        let text = xml::text(child);
        let is_interval = name == "Interval";
        let selector = child.attribute("Name").unwrap_or_default();
        let nil = child.has_attribute((ns::XSI, "nil"));
        let class = type_name(child).unwrap_or_default();
        if selector == "__cimnamespace" || (selector.is_empty() && name == "EndpointReference") {
            continue;
        }
        let text = if is_interval {
            crate::wsman::time::parse(&text).map_or_else(|| text.to_string(), |it| it.to_string())
        } else {
            text.into_owned()
        };
        lines.push(format!("{name} {selector} {nil} {class} {text}"));
    }
    lines
}
