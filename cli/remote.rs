//! Another computer: who asks there, and whom to trust.

use crate::args::{Providers, Remote};
use crate::failure::{Failure, Result};
use crate::terminal;
use omi::Error;
use omi::client::{Application, Destination, Secret, Session, Trust};
use omi_host::client::WsMan;
use omi_host::operation::Principal;
use std::env;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// How long the next result may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The environment variable with the password.
const PASSWORD_VARIABLE: &str = "LUMI_PASSWORD";

/// A session with the server that the command line names; `None` for this computer.
///
/// # Errors
/// Usage for options that do not go together; what is wrong with the URL, the password or the certificates.
pub fn open(remote: &Remote, providers: &Providers) -> Result<Option<Session>> {
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
    let destination = Destination::new(url).basic(user, password).trust(trust(remote)?).timeout(TIMEOUT);
    Ok(Some(Application::new(WsMan::new()?).session(&destination)?))
}

fn trust(remote: &Remote) -> Result<Trust> {
    match (&remote.ca, remote.insecure) {
        (Some(_), true) => Err(Failure::Usage("--ca and --insecure do not go together".to_owned())),
        (Some(file), false) => Ok(Trust::Authority(file.clone())),
        (None, true) => Ok(Trust::Anything),
        (None, false) => Ok(Trust::System),
    }
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
