//! nxSshAuthorizedKeys: a key with which one may log in as a user by SSH.

#[cfg(test)]
mod tests;

use super::{Context, Difference, Done, Resource};
use crate::linux::Root;
use crate::linux::users::accounts;
use crate::linux::users::authorized_keys::{Key, KeyFile, Owner, marks};
use crate::schema::MsftNxSshAuthorizedKeysResource;
use omi::{Error, Result};
use std::collections::BTreeSet;

/// The resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct SshAuthorizedKeys;

impl Resource for SshAuthorizedKeys {
    type Instance = MsftNxSshAuthorizedKeysResource;

    fn get(
        &self,
        desired: &MsftNxSshAuthorizedKeysResource,
        context: &Context<'_>,
    ) -> Result<MsftNxSshAuthorizedKeysResource> {
        let wanted = Wanted::new(desired)?;
        let file = read(context.root, wanted.user)?;
        let lines = file.map(|file| texts(&file)).unwrap_or_default();
        let any = Wanted { key: None, ..wanted };
        let found = any.entries(&lines).first().map(|at| lines[*at].clone());
        let ensure = if found.is_some() { "Present" } else { "Absent" };
        Ok(MsftNxSshAuthorizedKeysResource {
            key_comment: desired.key_comment.clone(),
            user_name: desired.user_name.clone(),
            ensure: Some(ensure.into()),
            key: found,
        })
    }

    fn test(&self, desired: &MsftNxSshAuthorizedKeysResource, context: &Context<'_>) -> Result<Vec<Difference>> {
        let wanted = Wanted::new(desired)?;
        let lines = read(context.root, wanted.user)?.map(|file| texts(&file)).unwrap_or_default();
        let entries = wanted.entries(&lines);
        Ok(match (entries.is_empty(), wanted.is_absent) {
            (true, true) => Vec::new(),
            (true, false) => vec![Difference::new("Ensure", "Absent", "Present")],
            (false, true) => vec![Difference::new("Ensure", "Present", "Absent")],
            (false, false) if entries.iter().all(|at| wanted.is_in(&lines[*at])) => Vec::new(),
            (false, false) => vec![Difference::secret("Key")],
        })
    }

    fn set(&self, desired: &MsftNxSshAuthorizedKeysResource, context: &Context<'_>) -> Result<Done> {
        let wanted = Wanted::new(desired)?;
        let new = match desired.key.as_deref().filter(|key| !key.is_empty()) {
            _ if wanted.is_absent => None,
            None => return Err(Error::invalid_parameter("Key is needed: the public key that shall be there")),
            Some(key) => Some([format!("#{}", wanted.comment), key.trim().to_owned()].map(String::into_bytes)),
        };
        let user = wanted.user;
        let missing =
            || Error::not_found(format!("UserName {user:?} is no user with a home directory; nxUser can make it"));
        let mut file = read(context.root, user)?.ok_or_else(missing)?;
        context.check_canceled()?;
        let lines = texts(&file);
        let entries = wanted.entries(&lines);
        let first = entries.first().map_or(lines.len(), |at| *at);
        // A line that marks one of them goes with it.
        let is_mark = |at: usize| entries.contains(&(at + 1)) && marks(&lines[at], wanted.comment);
        let mut kept = Vec::with_capacity(lines.len() + 2);
        for (at, line) in file.lines.drain(..).enumerate() {
            if at == first {
                kept.extend(new.iter().flatten().cloned());
            }
            if !entries.contains(&at) && !is_mark(at) {
                kept.push(line);
            }
        }
        if first == lines.len() {
            kept.extend(new.into_iter().flatten());
        }
        file.lines = kept;
        file.write()?;
        Ok(Done::default())
    }
}

/// What is desired, checked.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    comment: &'a str,
    user: &'a str,
    is_absent: bool,
    key: Option<Key<'a>>,
}

impl<'a> Wanted<'a> {
    fn new(given: &'a MsftNxSshAuthorizedKeysResource) -> Result<Self> {
        let comment = given.key_comment.as_deref().unwrap_or_default();
        if comment.trim().is_empty() || comment.contains(char::is_control) {
            return Err(Error::invalid_parameter(format!(
                "KeyComment {comment:?} is no text in one line; alice@laptop would be one"
            )));
        }
        let user = given.user_name.as_deref().unwrap_or_default();
        if user.is_empty() {
            return Err(Error::invalid_parameter("UserName must be given: the user as whom one logs in"));
        }
        let key = given.key.as_deref().filter(|key| !key.is_empty()).map(key).transpose()?;
        Ok(Self { comment, user, is_absent: given.ensure.as_deref() == Some("Absent"), key })
    }

    /// Where the keys are that are meant: those below a line with the comment, and those that end with it. A key that ends
    /// with it may be another one whose owner has chosen the same comment, so where the key is given it must be that key;
    /// where it shall be absent, also below the comment.
    fn entries(&self, lines: &[String]) -> BTreeSet<usize> {
        let is_meant = |at: usize| {
            let Some(found) = Key::parse(&lines[at]) else { return false };
            let is_marked = at > 0 && marks(&lines[at - 1], self.comment);
            let is_key = self.key.is_none_or(|key| (key.kind, key.key) == (found.kind, found.key));
            if is_marked { is_key || !self.is_absent } else { is_key && found.comment == self.comment }
        };
        (0..lines.len()).filter(|at| is_meant(*at)).collect()
    }

    /// Whether a line has the key, if one is given.
    fn is_in(&self, line: &str) -> bool {
        self.key.is_none_or(|key| Key::parse(line).is_some_and(|found| found.is_same(&key)))
    }
}

/// The error does not show the key: it may be a private one.
fn key(line: &str) -> Result<Key<'_>> {
    let key = Key::parse(line).filter(|key| key.is_sound() && !line.trim().contains(char::is_control));
    key.ok_or_else(|| {
        Error::invalid_parameter("Key is no line of a public key, such as `ssh-ed25519 AAAAC3Nza... alice@laptop`")
    })
}

/// The keys of a user; `None` when there is no such user, or no home directory.
fn read(root: &Root, user: &str) -> Result<Option<KeyFile>> {
    let Some(owner) = owner(root, user)? else { return Ok(None) };
    match KeyFile::read(root, &owner) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn owner(root: &Root, name: &str) -> Result<Option<Owner>> {
    let local = accounts(root)?.into_iter().find(|account| account.name == name);
    if let Some(account) = local {
        return Ok(account.home.map(|home| Owner { uid: account.uid, gid: account.gid, home }));
    }
    let of_network = root.is_host().then(|| nix::unistd::User::from_name(name).ok().flatten()).flatten();
    Ok(of_network.map(|user| Owner {
        uid: user.uid.as_raw(),
        gid: user.gid.as_raw(),
        home: user.dir.to_string_lossy().into_owned(),
    }))
}

fn texts(file: &KeyFile) -> Vec<String> {
    file.lines.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect()
}
