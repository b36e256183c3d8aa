//! The user as whom a command runs.

use crate::linux::{Error, Result};
use nix::unistd::{Gid, Group, Uid, User, getegid, geteuid, getgrouplist};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use std::ffi::CString;
use std::panic::resume_unwind;
use std::thread;

/// The user as whom a command runs.
#[derive(Clone, Debug)]
pub struct Account {
    /// `None` for a user ID without a name.
    user: Option<User>,
    uid: Uid,
    /// What to become first; `None` for the user of this process.
    switch: Option<Switch>,
}

#[derive(Clone, Debug)]
struct Switch {
    uid: Uid,
    gid: Gid,
    groups: Vec<Gid>,
}

impl Account {
    /// The user of this process.
    pub fn own() -> Result<Self> {
        let uid = geteuid();
        let user = User::from_uid(uid).map_err(|errno| Error::io("the user database", errno))?;
        Ok(Self { user, uid, switch: None })
    }

    /// The user of this name. Only root may become somebody else.
    ///
    /// # Errors
    /// [`Error::PermissionDenied`] when there is no such user, or this process may not become it.
    pub fn named(name: &str) -> Result<Self> {
        let user = User::from_name(name).map_err(|errno| Error::io("the user database", errno))?;
        let Some(user) = user else {
            let reason = format!("{name} is no user of this machine, so nothing can be run as {name}");
            return Err(Error::PermissionDenied { reason });
        };
        let uid = user.uid;
        if uid == geteuid() {
            return Ok(Self { user: Some(user), uid, switch: None });
        }
        if !geteuid().is_root() {
            let own = Self::own()?.name();
            let reason = format!("{own} runs this provider and may not run a command as {name}: only root could");
            return Err(Error::PermissionDenied { reason });
        }
        let groups = CString::new(name).map_err(|_| nix::Error::EINVAL).and_then(|it| getgrouplist(&it, user.gid));
        let groups = groups.map_err(|errno| Error::io("the group database", errno))?;
        Ok(Self { switch: Some(Switch { uid, gid: user.gid, groups }), user: Some(user), uid })
    }

    /// The same user with another group in the first place, and the groups that list the user. Only root may change them.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] when there is no such group, [`Error::PermissionDenied`] when this process may not take it.
    pub fn in_group(mut self, name: &str) -> Result<Self> {
        let group = Group::from_name(name).map_err(|errno| Error::io("the group database", errno))?;
        let what = || format!("{name} is no group of this machine, so nothing can be run with it");
        let gid = group.ok_or_else(|| Error::InvalidInput { what: what() })?.gid;
        if !geteuid().is_root() {
            if gid == getegid() {
                return Ok(self);
            }
            let reason =
                format!("{} runs this provider and may not take the group {name}: only root could", self.name());
            return Err(Error::PermissionDenied { reason });
        }
        let user = self.user.as_ref().and_then(|user| CString::new(user.name.as_str()).ok());
        let groups = user.map_or_else(|| Ok(vec![gid]), |user| getgrouplist(&user, gid));
        let groups = groups.map_err(|errno| Error::io("the group database", errno))?;
        self.switch = Some(Switch { uid: self.uid, gid, groups });
        Ok(self)
    }

    /// The name, or the user ID where it has none.
    pub fn name(&self) -> String {
        self.user.as_ref().map_or_else(|| format!("uid {}", self.uid), |user| user.name.clone())
    }

    /// Whether this is root.
    pub fn is_root(&self) -> bool {
        self.uid.is_root()
    }

    /// The variables that tell a program whose it is.
    pub(super) fn environment(&self) -> Vec<(&'static str, String)> {
        let Some(user) = &self.user else { return Vec::new() };
        vec![
            ("HOME", user.dir.to_string_lossy().into_owned()),
            ("USER", user.name.clone()),
            ("LOGNAME", user.name.clone()),
            ("SHELL", user.shell.to_string_lossy().into_owned()),
        ]
    }

    /// Does something with the rights of this user: what it starts and the files that it makes belong to that user.
    ///
    /// In Linux each thread has rights of its own, so it is done on a thread that becomes the user and ends with it.
    pub fn on_behalf<T: Send>(&self, act: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        let Some(switch) = &self.switch else { return act() };
        let done = thread::scope(|scope| {
            let on_thread = || {
                switch.enter().map_err(|errno| Error::Run {
                    what: format!("cannot become {}", self.name()),
                    source: errno.into(),
                })?;
                act()
            };
            scope.spawn(on_thread).join()
        });
        done.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

impl Switch {
    /// The user last, for only root may change the groups.
    fn enter(&self) -> rustix::io::Result<()> {
        let raw = |gid: &Gid| rustix::fs::Gid::from_raw(gid.as_raw());
        let (uid, gid) = (rustix::fs::Uid::from_raw(self.uid.as_raw()), raw(&self.gid));
        set_thread_groups(&self.groups.iter().map(raw).collect::<Vec<_>>())?;
        set_thread_res_gid(gid, gid, gid)?;
        set_thread_res_uid(uid, uid, uid)
    }
}
