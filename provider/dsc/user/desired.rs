//! What is desired of a user, checked.

use crate::linux::Root;
use crate::linux::users::{groups, manage};
use crate::schema::MsftNxUserResource;
use omi::{Error, Result};

pub(super) struct Desired<'a> {
    pub(super) name: &'a str,
    pub(super) is_absent: bool,
    pub(super) full_name: Option<&'a str>,
    pub(super) description: Option<&'a str>,
    pub(super) password: Option<&'a str>,
    pub(super) disabled: Option<bool>,
    pub(super) must_change: Option<bool>,
    pub(super) home: Option<&'a str>,
    pub(super) gid: Option<u32>,
}

impl<'a> Desired<'a> {
    /// An empty text for a property that cannot be empty counts as none, as configurations of old have it.
    pub(super) fn new(given: &'a MsftNxUserResource, root: &Root) -> Result<Self> {
        let filled = |value: &'a Option<String>| value.as_deref().filter(|text| !text.is_empty());
        let name = given.user_name.as_deref().unwrap_or_default();
        if name.is_empty() || name.contains(|c: char| c == ':' || c == '/' || c.is_control()) {
            return Err(Error::invalid_parameter(format!(
                "UserName {name:?} is no name of a user; alice would be one"
            )));
        }
        let is_absent = given.ensure.as_deref() == Some("Absent");
        let group = filled(&given.group_id).filter(|_| !is_absent);
        Ok(Self {
            name,
            is_absent,
            full_name: part("FullName", &given.full_name)?,
            description: part("Description", &given.description)?,
            password: hash(filled(&given.password))?,
            disabled: given.disabled,
            must_change: given.password_change_required,
            home: home(filled(&given.home_directory))?,
            gid: group.map(|group| gid(root, group)).transpose()?,
        })
    }

    /// Whether it says something that `/etc/shadow` knows.
    pub(super) fn has_password_state(&self) -> bool {
        self.password.is_some() || self.disabled.is_some() || self.must_change.is_some()
    }

    /// Checks what only counts for a new user: that tools take the name for one.
    pub(super) fn check_new(&self) -> Result<()> {
        manage::check_name(self.name).map_err(|error| Error::invalid_parameter(format!("UserName {error}")))
    }
}

/// A part of the comment, in which commas end parts.
fn part<'a>(property: &str, text: &'a Option<String>) -> Result<Option<&'a str>> {
    match text.as_deref() {
        Some(text) if text.contains(|c: char| matches!(c, ':' | ',') || c.is_control()) => {
            Err(Error::invalid_parameter(format!(
                "{property} {text:?} has a colon, comma or control character, which would end it in /etc/passwd"
            )))
        }
        text => Ok(text),
    }
}

/// A hash as crypt(5) has them: a name and parts between dollar signs, or the 13 characters of DES; or what fits no password.
/// The error does not show it, for it may be a password.
fn hash(given: Option<&str>) -> Result<Option<&str>> {
    let Some(text) = given else { return Ok(None) };
    let fits = |c: char| c.is_ascii_graphic() && !matches!(c, ':' | '!' | '*' | ';' | '\\');
    let is_des = text.len() == 13 && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '/'));
    let is_named = text.strip_prefix('$').is_some_and(|rest| rest.matches('$').count() >= 2);
    if text == super::NO_PASSWORD || text.chars().all(fits) && (is_named || is_des) {
        return Ok(Some(text));
    }
    Err(Error::invalid_parameter(
        "Password is no hash of a password, as `openssl passwd -6` prints one, nor *; to lock an account give Disabled",
    ))
}

fn home(given: Option<&str>) -> Result<Option<&str>> {
    match given {
        Some(path) if !path.starts_with('/') || path.contains(|c: char| c == ':' || c.is_control()) => {
            let right = "is no path from the root without colons and control characters; /home/alice would be one";
            Err(Error::invalid_parameter(format!("HomeDirectory {path:?} {right}")))
        }
        path => Ok(path.map(without_end)),
    }
}

/// `/home/alice` for `/home/alice/`.
pub(super) fn without_end(path: &str) -> &str {
    let short = path.trim_end_matches('/');
    if short.is_empty() { path } else { short }
}

/// The number of a group that is given by number or name.
fn gid(root: &Root, group: &str) -> Result<u32> {
    if let Ok(gid) = group.parse() {
        return Ok(gid);
    }
    let local = groups(root)?.into_iter().find(|local| local.name == group).map(|local| local.gid);
    let of_network = || {
        let found = root.is_host().then(|| nix::unistd::Group::from_name(group).ok().flatten()).flatten();
        found.map(|found| found.gid.as_raw())
    };
    local.or_else(of_network).ok_or_else(|| {
        Error::invalid_parameter(format!("GroupID {group:?} is no group of this machine; nxGroup can make it"))
    })
}
