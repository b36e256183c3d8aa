//! What the benches need: a crowd of processes, and a WS-Man client that costs little itself.

#![allow(unreachable_pub)] // a module of a program has no other readers

pub mod cost;

use crate::serve::Server;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Processor time of this process so far.
pub fn cpu_time() -> Duration {
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF).expect("getrusage");
    let duration = |time: nix::sys::time::TimeVal| {
        Duration::new(time.tv_sec().unsigned_abs(), time.tv_usec().unsigned_abs() as u32 * 1_000)
    };
    duration(usage.user_time()) + duration(usage.system_time())
}

/// Sleeping processes, so that there is something to list.
pub struct Crowd(Vec<Child>);

impl Crowd {
    /// Starts as many as the machine lacks to have `count` processes.
    pub fn of(count: usize) -> Result<Self> {
        let missing = count.saturating_sub(count_processes()?);
        let sleeper = || Command::new("sleep").arg("1800").stdin(Stdio::null()).spawn();
        Ok(Self((0..missing).map(|_| sleeper()).collect::<std::io::Result<_>>()?))
    }

    pub fn processes(&self) -> Result<usize> {
        count_processes()
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn count_processes() -> Result<usize> {
    let numbered = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    Ok(fs::read_dir("/proc")?.flatten().filter(|it| it.file_name().to_str().is_some_and(numbered)).count())
}

/// `VmRSS` of a process.
pub fn resident_kib(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// A WS-Man client on one kept-alive connection that counts instances without parsing XML.
pub struct Client {
    stream: BufReader<TcpStream>,
    authorization: String,
    body: Vec<u8>,
}

const DMTF: &str = "http://schemas.dmtf.org/wbem/wscim/1";

impl Client {
    pub fn connect(server: &Server) -> Result<Self> {
        let (user, password) = server.credentials();
        Self::open(server.url("http"), &user, &password)
    }

    /// A client of the server at `http://ADDRESS:PORT/wsman`.
    pub fn open(url: &str, user: &str, password: &str) -> Result<Self> {
        let address = url.trim_start_matches("http://").trim_end_matches("/wsman");
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let authorization = BASE64_STANDARD.encode(format!("{user}:{password}"));
        Ok(Self { stream: BufReader::new(stream), authorization, body: Vec::new() })
    }

    /// Gets one instance; the number of instances, which is 1.
    pub fn get(&mut self, class: &str, keys: &[(&str, &str)]) -> Result<usize> {
        let selectors: String = keys.iter().map(|(name, value)| selector(name, value)).collect();
        let uri = format!("{DMTF}/cim-schema/2/{class}");
        if keys.is_empty() {
            return self.enumerate(class, None);
        }
        self.call("http://schemas.xmlsoap.org/ws/2004/09/transfer/Get", &uri, &selectors, "")?;
        Ok(1)
    }

    /// Enumerates a class, or what a query selects; the number of instances.
    pub fn enumerate(&mut self, class: &str, query: Option<&str>) -> Result<usize> {
        const ENUMERATION: &str = "http://schemas.xmlsoap.org/ws/2004/09/enumeration";
        let uri = if class == "*" { format!("{DMTF}/*") } else { format!("{DMTF}/cim-schema/2/{class}") };
        let filter = query.map_or_else(String::new, |query| {
            format!("<w:Filter Dialect=\"http://schemas.microsoft.com/wbem/wsman/1/WQL\">{query}</w:Filter>")
        });
        let body =
            format!("<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements>{filter}</n:Enumerate>");
        self.call(&format!("{ENUMERATION}/Enumerate"), &uri, "", &body)?;
        // The end of an instance. An instance of a class that a query names is told by its type, which omiserver leaves out.
        let end = if class == "*" { "_Type\"".to_owned() } else { format!(":{class}>") };
        let mut instances = count(&self.body, b":Items>", end.as_bytes());
        while let Some(context) = context(&self.body) {
            let body = format!(
                "<n:Pull><n:EnumerationContext>{context}</n:EnumerationContext>\
                 <n:MaxElements>32000</n:MaxElements></n:Pull>"
            );
            self.call(&format!("{ENUMERATION}/Pull"), &uri, "", &body)?;
            instances += count(&self.body, b":Items>", end.as_bytes());
        }
        Ok(instances)
    }

    fn call(&mut self, action: &str, uri: &str, selectors: &str, body: &str) -> Result<()> {
        let envelope = format!(
            "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
             xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" \
             xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" \
             xmlns:n=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\"><s:Header>\
             <a:To>http://127.0.0.1/wsman</a:To><w:ResourceURI s:mustUnderstand=\"true\">{uri}</w:ResourceURI>\
             <a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address>\
             </a:ReplyTo><a:Action s:mustUnderstand=\"true\">{action}</a:Action>\
             <w:MaxEnvelopeSize s:mustUnderstand=\"true\">8388608</w:MaxEnvelopeSize>\
             <a:MessageID>uuid:00000000-0000-0000-0000-000000000001</a:MessageID>\
             <w:SelectorSet>{}{selectors}</w:SelectorSet></s:Header><s:Body>{body}</s:Body></s:Envelope>",
            selector("__cimnamespace", "root/cimv2")
        );
        let head = format!(
            "POST /wsman HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {}\r\n\
             Content-Type: application/soap+xml;charset=UTF-8\r\nContent-Length: {}\r\n\r\n",
            self.authorization,
            envelope.len()
        );
        self.stream.get_mut().write_all((head + &envelope).as_bytes())?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.trim().to_owned();
        let mut length = 0;
        while line.trim() != "" {
            line.clear();
            self.stream.read_line(&mut line)?;
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body)?;
        if status.contains(" 200 ") {
            Ok(())
        } else {
            Err(format!("{status}: {}", String::from_utf8_lossy(&self.body)).into())
        }
    }
}

fn selector(name: &str, value: &str) -> String {
    format!("<w:Selector Name=\"{name}\">{value}</w:Selector>")
}

/// How often `what` occurs after the first `after`.
fn count(text: &[u8], after: &[u8], what: &[u8]) -> usize {
    let Some(start) = text.windows(after.len()).position(|window| window == after) else { return 0 };
    let mut rest = &text[start..];
    let mut found = 0;
    while let Some(last) = rest.iter().position(|byte| Some(byte) == what.last()) {
        let end = last + 1;
        if rest[..end].ends_with(what) {
            found += 1;
        }
        rest = &rest[end..];
    }
    found
}

/// The enumeration context, whatever the prefix of its element; `None` when nothing follows, even if there is a context:
/// omiserver's last answer has one.
fn context(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    if text.contains(":EndOfSequence") {
        return None;
    }
    let (_, rest) = text.split_once(":EnumerationContext>")?;
    let (context, _) = rest.split_once('<')?;
    (!context.is_empty()).then(|| context.to_owned())
}
