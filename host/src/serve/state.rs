//! The state folder of a server: who may come in, and the certificate that it shows.

use super::certificate;
use crate::http::secret::Secret;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use omi::{Error, Result};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The user of the password that the first start makes.
const FIRST_USER: &str = "lumi";

/// A state folder.
pub(super) struct State {
    dir: PathBuf,
}

impl State {
    /// Opens a state folder, or makes one that only its owner may enter.
    pub(super) fn open(dir: &Path) -> Result<Self> {
        let unusable = |error: io::Error| Error::failed(format!("the state folder {}: {error}", dir.display()));
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(unusable)?;
        let metadata = fs::metadata(dir).map_err(unusable)?;
        if metadata.mode() & 0o022 != 0 {
            return Err(Error::access_denied(format!(
                "others may write to the state folder {} (mode {:04o}); run: chmod 700 {0}",
                dir.display(),
                metadata.mode() & 0o7777
            )));
        }
        Ok(Self { dir: dir.to_owned() })
    }

    pub(super) fn credentials_file(&self) -> PathBuf {
        self.dir.join("credentials")
    }

    pub(super) fn certificate_file(&self) -> PathBuf {
        self.dir.join("certificate.pem")
    }

    fn key_file(&self) -> PathBuf {
        self.dir.join("key.pem")
    }

    /// Users and passwords. The first start makes one user with a random password.
    pub(super) fn credentials(&self) -> Result<Vec<(String, Secret)>> {
        let path = self.credentials_file();
        if !path.exists() {
            // Nothing but the line itself, so that scripts can read it as it is.
            let text = format!("{FIRST_USER}:{}\n", random_password()?);
            create(&path, text.as_bytes(), 0o600)?;
            log::info!("made the user {FIRST_USER} with a random password in {}", path.display());
        }
        let text = read_private(&path)?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let users = lines.map(|line| match line.split_once(':') {
            Some((user, password)) if !user.is_empty() && !password.is_empty() => {
                Ok((user.to_owned(), Secret::new(password)))
            }
            _ => Err(Error::invalid_parameter(format!("{}: every line must be user:password", path.display()))),
        });
        let users: Vec<_> = users.collect::<Result<_>>()?;
        if users.is_empty() {
            let text = format!("{} names no user; add a line user:password, or remove the file", path.display());
            return Err(Error::invalid_parameter(text));
        }
        Ok(users)
    }

    /// The certificate and its key. One that the server made itself is made anew when it has expired; one that somebody put
    /// there is used as it is.
    pub(super) fn certificate(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
        let (certificate, key) = (self.certificate_file(), self.key_file());
        let is_usable = match fs::read_to_string(&certificate) {
            Ok(text) => !certificate::is_expired(&text, SystemTime::now()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(Error::failed(format!("{}: {error}", certificate.display()))),
        };
        if !is_usable {
            let made = certificate::make(SystemTime::now())?;
            replace(&key, made.key.as_bytes(), 0o600)?;
            replace(&certificate, made.certificate.as_bytes(), 0o644)?;
            log::info!("made a self-signed certificate in {}", certificate.display());
        }
        let unreadable = |path: &Path, error: &dyn std::fmt::Display| {
            Error::invalid_parameter(format!("{}: {error}", path.display()))
        };
        let chain: Vec<_> = CertificateDer::pem_file_iter(&certificate)
            .and_then(Iterator::collect)
            .map_err(|error| unreadable(&certificate, &error))?;
        let key_text = read_private(&key)?;
        let key = PrivateKeyDer::from_pem_slice(key_text.as_bytes()).map_err(|error| unreadable(&key, &error))?;
        Ok((chain, key))
    }
}

/// Reads a file that nobody but its owner may read.
fn read_private(path: &Path) -> Result<String> {
    let unreadable =
        |error: io::Error| Error::from(io::Error::new(error.kind(), format!("{}: {error}", path.display())));
    let file = File::open(path).map_err(unreadable)?;
    let mode = file.metadata().map_err(unreadable)?.mode() & 0o7777;
    if mode & 0o077 != 0 {
        let text = format!("{} can be read by others (mode {mode:04o}); run: chmod 600 {0}", path.display());
        return Err(Error::access_denied(text));
    }
    io::read_to_string(file).map_err(unreadable)
}

/// Makes a file with its content and mode at once. A file that somebody else made meanwhile stays.
fn create(path: &Path, content: &[u8], mode: u32) -> Result<()> {
    let temporary = write_temporary(path, content, mode)?;
    let linked = fs::hard_link(&temporary, path);
    let _ = fs::remove_file(&temporary);
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(Error::failed(format!("making {}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

/// Makes or replaces a file with its content and mode at once.
fn replace(path: &Path, content: &[u8], mode: u32) -> Result<()> {
    let temporary = write_temporary(path, content, mode)?;
    fs::rename(&temporary, path).map_err(|error| Error::failed(format!("making {}: {error}", path.display())))
}

fn write_temporary(path: &Path, content: &[u8], mode: u32) -> Result<PathBuf> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    let temporary = PathBuf::from(name);
    let _ = fs::remove_file(&temporary);
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&temporary)?;
        file.write_all(content)?;
        file.sync_all()
    };
    write().map_err(|error| Error::failed(format!("writing {}: {error}", temporary.display())))?;
    Ok(temporary)
}

/// 24 characters with 144 bits of chance.
fn random_password() -> Result<String> {
    let mut bytes = [0_u8; 18];
    getrandom::fill(&mut bytes).map_err(|error| Error::failed(format!("no random numbers: {error}")))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn the_first_start_makes_private_files_and_the_next_one_uses_them() {
        let root = tempfile::tempdir().unwrap();
        let state = State::open(&root.path().join("state")).unwrap();
        let users = state.credentials().unwrap();
        let (chain, _) = state.certificate().unwrap();
        assert_eq!(mode(&root.path().join("state")), 0o700);
        assert_eq!(mode(&state.credentials_file()), 0o600);
        assert_eq!(mode(&state.key_file()), 0o600);
        assert_eq!(users[0].0, "lumi");
        assert_eq!(users[0].1.reveal().len(), 24);

        let again = State::open(&root.path().join("state")).unwrap();
        assert_eq!(again.credentials().unwrap()[0].1.reveal(), users[0].1.reveal());
        assert_eq!(again.certificate().unwrap().0, chain);
        assert_eq!(fs::read_dir(root.path().join("state")).unwrap().count(), 3, "nothing temporary is left");
    }

    #[test]
    fn files_that_others_can_read_are_refused() {
        let root = tempfile::tempdir().unwrap();
        let state = State::open(root.path()).unwrap();
        state.credentials().unwrap();
        fs::set_permissions(state.credentials_file(), fs::Permissions::from_mode(0o640)).unwrap();
        let error = state.credentials().unwrap_err();
        assert!(error.message().contains("(mode 0640); run: chmod 600"), "{error}");
    }

    #[test]
    fn an_expired_certificate_is_made_anew_but_a_foreign_one_is_kept() {
        let root = tempfile::tempdir().unwrap();
        let state = State::open(root.path()).unwrap();
        let old = certificate::make(SystemTime::UNIX_EPOCH).unwrap();
        replace(&state.key_file(), old.key.as_bytes(), 0o600).unwrap();
        replace(&state.certificate_file(), old.certificate.as_bytes(), 0o644).unwrap();
        state.certificate().unwrap();
        let renewed = fs::read_to_string(state.certificate_file()).unwrap();
        assert_ne!(renewed, old.certificate);

        let foreign = &old.certificate[old.certificate.find("-----BEGIN").unwrap()..];
        replace(&state.key_file(), old.key.as_bytes(), 0o600).unwrap();
        replace(&state.certificate_file(), foreign.as_bytes(), 0o644).unwrap();
        state.certificate().unwrap();
        assert_eq!(fs::read_to_string(state.certificate_file()).unwrap(), foreign);
    }

    #[test]
    fn a_wrong_line_is_named() {
        let root = tempfile::tempdir().unwrap();
        let state = State::open(root.path()).unwrap();
        create(&state.credentials_file(), b"# nobody\nada\n", 0o600).unwrap();
        assert!(state.credentials().unwrap_err().message().contains("user:password"));
    }
}
