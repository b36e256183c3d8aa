//! `lumi serve`: the classes over WS-Management.

use crate::args::{Common, Serve};
use crate::failure::{Failure, Result};
use crate::source::{add_providers, with_second_names};
use crate::systemd;
use omi::Error;
use omi_host::Host;
use omi_host::serve::{Listening, ServeOptions, serve};
use std::env;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The library with lumi's classes.
const LIBRARY: &str = "liblumi.so";

/// Where [`LIBRARY`] is looked for, from the folder of the running program: in the folder of a cargo build, which is newer
/// than what lies beside the program, beside it, and where a package puts it.
const PLACES: [&str; 4] = ["deps", ".", "../lib", "../lib/lumi"];

/// The ports of WS-Management.
const HTTP_PORT: u16 = 5985;
const HTTPS_PORT: u16 = 5986;

/// Runs the command until a signal ends it.
pub fn run(common: &Common, arguments: &Serve) -> Result<()> {
    if common.json || common.remote.url.is_some() {
        let option = if common.json { "--json" } else { "--url" };
        return Err(Failure::Usage(format!("{option} does not go with serve")));
    }
    let builder = match add_providers(Host::builder(), &common.providers, common.namespace())? {
        Some(builder) => builder,
        None => Host::builder().provider(&find_library()?, &[common.namespace()]),
    };
    let mut options = ServeOptions::new(state_folder(arguments.state.as_deref())?);
    (options.http, options.https) = addresses(arguments);
    serve(with_second_names(builder).build()?, &options, |listening| {
        announce(listening).unwrap_or_else(unseen);
        systemd::notify_ready().unwrap_or_else(|error| log::warn!("systemd is not told of the start: {error}"));
    })?;
    Ok(())
}

/// A server is of use even when nobody reads where it listens.
fn unseen(error: io::Error) {
    log::info!("cannot write to standard output: {error}");
}

fn addresses(arguments: &Serve) -> (Vec<SocketAddr>, Vec<SocketAddr>) {
    if arguments.http.is_empty() && arguments.https.is_empty() {
        let here = |port| vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))];
        return (here(HTTP_PORT), here(HTTPS_PORT));
    }
    (arguments.http.clone(), arguments.https.clone())
}

/// lumi's own provider library, which the program brings.
///
/// # Errors
/// NOT_FOUND with the places where it is not.
pub fn find_library() -> omi::Result<PathBuf> {
    let program = env::current_exe()?;
    let folder = program.parent().unwrap_or(Path::new("/"));
    let tried: Vec<PathBuf> = PLACES.iter().map(|place| folder.join(place).join(LIBRARY)).collect();
    tried.iter().find_map(|path| path.canonicalize().ok()).ok_or_else(|| {
        let tried: Vec<String> = tried.iter().map(|path| path.display().to_string()).collect();
        let message = format!("{LIBRARY} is not at {}; name it yourself", tried.join(", "));
        Error::not_found(message)
    })
}

/// The folder given, else the one that the XDG base directory specification gives to state.
fn state_folder(given: Option<&Path>) -> omi::Result<PathBuf> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    given
        .map(Path::to_owned)
        .or_else(|| absolute("XDG_STATE_HOME").map(|state| state.join("lumi")))
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state/lumi")))
        .ok_or_else(|| Error::not_found("there is no place for state: set HOME or XDG_STATE_HOME, or use --state"))
}

/// Says where the server listens and how to reach it. Never prints a password, since this may be a log.
fn announce(listening: &Listening) -> io::Result<()> {
    let urls = |scheme: &str, addresses: &[SocketAddr]| -> Vec<String> {
        addresses.iter().map(|address| format!("{scheme}://{address}/wsman")).collect()
    };
    let all = [urls("http", &listening.http), urls("https", &listening.https)].concat();
    let mut out = io::stdout().lock();
    writeln!(out, "listening on {}", all.join(" "))?;
    writeln!(out, "user and password: {}", listening.credentials.display())?;
    if let Some(certificate) = &listening.certificate {
        writeln!(out, "certificate to trust: {}", certificate.display())?;
    }
    writeln!(out, "\n{}", examples(listening))?;
    out.flush()
}

/// A WS-Management request that every server answers: who are you?
const IDENTIFY: &str = "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><Identify \
    xmlns='http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd'/></s:Body></s:Envelope>";

/// How to connect to the first address, https if there is one.
fn examples(listening: &Listening) -> String {
    let (address, certificate) = match (listening.https.first(), listening.http.first(), &listening.certificate) {
        (Some(address), _, Some(certificate)) => (*address, Some(certificate.display())),
        (_, Some(address), _) => (*address, None),
        _ => return String::new(),
    };
    let (host, port, credentials) = (host_name(address), address.port(), listening.credentials.display());
    let (ssl, trust_python, trust_curl, scheme) = match &certificate {
        Some(file) => (" -UseSsl", format!("cert_validation='{file}'"), format!("--cacert '{file}' "), "https"),
        None => ("", "ssl=False".to_owned(), String::new(), "http"),
    };
    let authority = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    format!(
        "PowerShell:\n  \
         $session = New-CimSession -ComputerName {host} -Port {port} -Authentication Basic -Credential lumi \
         -SessionOption (New-CimSessionOption -Protocol Wsman{ssl})\n  \
         Get-CimInstance -CimSession $session -ClassName Linux_OperatingSystem\n\
         Python (pypsrp):\n  \
         WSMan('{host}', port={port}, auth='basic', username='lumi', password=..., {trust_python})\n\
         curl:\n  \
         curl {trust_curl}-u \"$(head -n 1 '{credentials}')\" -H 'Content-Type: application/soap+xml' \
         -d \"{IDENTIFY}\" {scheme}://{authority}/wsman"
    )
}

/// How a client names an address: one that stands for all addresses of this machine is named by the host name.
fn host_name(address: SocketAddr) -> String {
    match nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok()) {
        Some(name) if address.ip().is_unspecified() => name,
        _ => address.ip().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listening(http: &[&str], https: &[&str]) -> Listening {
        let parse = |addresses: &[&str]| addresses.iter().map(|it| it.parse().unwrap()).collect::<Vec<SocketAddr>>();
        Listening {
            http: parse(http),
            https: parse(https),
            credentials: "/state/credentials".into(),
            certificate: (!https.is_empty()).then(|| "/state/certificate.pem".into()),
        }
    }

    #[test]
    fn examples_use_https_where_it_is_served() {
        let both = examples(&listening(&["127.0.0.1:5985"], &["[::1]:5986"]));
        assert!(both.contains("https://[::1]:5986/wsman") && both.contains("-UseSsl"), "{both}");
        assert!(both.contains("--cacert '/state/certificate.pem'"), "{both}");
        let plain = examples(&listening(&["127.0.0.1:5985"], &[]));
        assert!(plain.contains("http://127.0.0.1:5985/wsman") && !plain.contains("UseSsl"), "{plain}");
    }

    #[test]
    fn the_state_folder_is_the_given_one() {
        assert_eq!(state_folder(Some(Path::new("here"))).unwrap(), Path::new("here"));
    }
}
