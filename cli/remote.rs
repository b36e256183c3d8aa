//! Another computer: who asks there, and whom to trust.

use crate::args::{Providers, Remote};
use crate::failure::{Failure, Result};
use crate::terminal;
use omi::wql::Select;
use omi::{Error, Instance};
use omi_host::client::{Client, ClientOptions, Trust};
use omi_host::http::secret::Secret;
use omi_host::operation::{Operation, Principal};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Where Debian, Fedora, SUSE and Alpine keep the certificate authorities that they trust.
const AUTHORITIES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The environment variable with the password.
const PASSWORD_VARIABLE: &str = "LUMI_PASSWORD";

/// The server that the command line names; `None` for this computer.
///
/// # Errors
/// Usage for options that do not go together; what is wrong with the URL, the password or the certificates.
pub fn open(remote: &Remote, providers: &Providers) -> Result<Option<Client>> {
    let Some(url) = &remote.url else {
        let alone = [
            ("--user", remote.user.is_some()),
            ("--password-file", remote.password_file.is_some()),
            ("--ca", remote.ca.is_some()),
            ("--insecure", remote.insecure),
        ];
        return match alone.iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(Failure::Usage(format!("{option} needs --url"))),
            None => Ok(None),
        };
    };
    if !providers.is_empty() {
        return Err(Failure::Usage("--url goes with neither --provider nor --register".to_owned()));
    }
    let user = remote.user.clone().unwrap_or_else(|| Principal::current_process().name().to_owned());
    let password = password(remote.password_file.as_deref(), &user, url)?;
    let options = ClientOptions { url: url.clone(), user, password, trust: trust(remote)?, timeout: TIMEOUT };
    Ok(Some(Client::new(&options)?))
}

fn trust(remote: &Remote) -> Result<Trust> {
    match (&remote.ca, remote.insecure) {
        (Some(_), true) => Err(Failure::Usage("--ca and --insecure do not go together".to_owned())),
        (Some(file), false) => Ok(Trust::Authority(file.clone())),
        (None, true) => Ok(Trust::Anything),
        (None, false) => Ok(Trust::Authority(system_authorities())),
    }
}

/// The file with the certificate authorities that this computer trusts: SSL_CERT_FILE, or where distributions keep it.
fn system_authorities() -> PathBuf {
    let places = AUTHORITIES.iter().map(PathBuf::from);
    let found = env::var_os("SSL_CERT_FILE").map(PathBuf::from).into_iter().chain(places).find(|path| path.exists());
    found.unwrap_or_else(|| PathBuf::from(AUTHORITIES[0]))
}

/// The password, from the file, the environment or the terminal.
fn password(file: Option<&Path>, user: &str, url: &str) -> Result<Secret> {
    if let Some(file) = file {
        let unreadable = |error| Error::failed(format!("cannot read the password file {}: {error}", file.display()));
        let text = fs::read_to_string(file).map_err(unreadable)?;
        return Ok(Secret::new(text.lines().next().unwrap_or_default()));
    }
    if let Ok(password) = env::var(PASSWORD_VARIABLE) {
        return Ok(Secret::new(password));
    }
    match terminal::ask_password(&format!("Password of {user} at {url}: ")).map_err(Error::from)? {
        Some(password) => Ok(Secret::new(password)),
        None => Err(Failure::Usage(format!("the password is missing: use --password-file or {PASSWORD_VARIABLE}"))),
    }
}

/// Runs an operation to its end.
///
/// # Errors
/// The server's error, or why it could not be asked.
pub fn run(client: &mut Client, namespace: &str, operation: Operation) -> omi::Result<Vec<Instance>> {
    match operation {
        Operation::Enumerate { class, properties: None, .. } => client.enumerate(namespace, &class),
        Operation::Enumerate { class, properties, .. } => {
            client.query(namespace, Select::from_parts(&class, properties.as_deref(), None)?.text())
        }
        Operation::Query(select) => client.query(namespace, select.text()),
        Operation::Get { key, .. } => Ok(vec![client.get(namespace, &key)?]),
        Operation::Invoke { class, target, method, parameters } => {
            let target = target.unwrap_or_else(|| Instance::new(class));
            Ok(vec![client.invoke(namespace, &target, &method, &parameters)?])
        }
        Operation::Create { .. } | Operation::Modify { .. } | Operation::Delete { .. } => {
            Err(Error::not_supported("instances on another computer can be read, but not changed"))
        }
        Operation::Associators { .. } | Operation::References { .. } | Operation::Subscribe { .. } => {
            Err(Error::not_supported("associations and indications of another computer are not asked for yet"))
        }
    }
}
