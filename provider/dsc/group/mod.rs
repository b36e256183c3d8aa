//! nxGroup: a local group.

#[cfg(test)]
mod manage_tests;
#[cfg(test)]
mod tests;

use super::pattern::fits;
use super::{Context, Difference, Done, Resource};
use crate::linux::Root;
use crate::linux::users::{self, Account, accounts, groups, manage};
use crate::schema::MsftNxGroupResource;
use omi::{Error, Result};

/// The resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct Group;

impl Resource for Group {
    type Instance = MsftNxGroupResource;

    fn get(&self, desired: &MsftNxGroupResource, context: &Context<'_>) -> Result<MsftNxGroupResource> {
        let name = desired.group_name.as_deref().unwrap_or_default();
        let absent = || MsftNxGroupResource {
            group_name: Some(name.into()),
            ensure: Some("Absent".into()),
            ..MsftNxGroupResource::default()
        };
        Ok(find(context.root, name)?.map_or_else(absent, |group| instance(&group)))
    }

    fn test(&self, desired: &MsftNxGroupResource, context: &Context<'_>) -> Result<Vec<Difference>> {
        let desired = Desired::new(desired)?;
        match find(context.root, desired.name)? {
            Some(group) if !desired.is_absent => Ok(desired.differences(&group)),
            Some(_) => Ok(vec![Difference::new("Ensure", "Present", "Absent")]),
            None if desired.is_absent => Ok(Vec::new()),
            None => {
                desired.check_new()?;
                Ok(vec![Difference::new("Ensure", "Absent", "Present")])
            }
        }
    }

    fn set(&self, desired: &MsftNxGroupResource, context: &Context<'_>) -> Result<Done> {
        manage::check_rights("change groups")?;
        let desired = Desired::new(desired)?;
        let users = accounts(context.root)?;
        context.check_canceled()?;
        match find(context.root, desired.name)? {
            Some(group) if desired.is_absent => manage::delete_group(context.root, &group)?,
            Some(group) => {
                desired.check(context.root, &group.members, &users)?;
                desired.change(context.root, &group, &users)?;
            }
            None => {
                desired.check_new()?;
                desired.check(context.root, &[], &users)?;
                desired.create(context.root, &users)?;
            }
        }
        Ok(Done::default())
    }

    fn inventory(&self, filter: &MsftNxGroupResource, context: &Context<'_>) -> Result<Vec<MsftNxGroupResource>> {
        let pattern = filter.group_name.as_deref();
        Ok(groups(context.root)?.iter().filter(|group| fits(pattern, &group.name)).map(instance).collect())
    }
}

fn find(root: &Root, name: &str) -> Result<Option<users::Group>> {
    Ok(groups(root)?.into_iter().find(|group| group.name == name))
}

fn instance(group: &users::Group) -> MsftNxGroupResource {
    MsftNxGroupResource {
        group_name: Some(group.name.clone()),
        ensure: Some("Present".into()),
        members: Some(group.members.clone()),
        group_id: Some(group.gid.to_string()),
        ..MsftNxGroupResource::default()
    }
}

/// What is desired of a group, checked.
struct Desired<'a> {
    name: &'a str,
    is_absent: bool,
    members: Option<&'a [String]>,
    include: &'a [String],
    exclude: &'a [String],
    gid: Option<u32>,
}

impl<'a> Desired<'a> {
    fn new(given: &'a MsftNxGroupResource) -> Result<Self> {
        let name = given.group_name.as_deref().unwrap_or_default();
        if name.is_empty() || name.contains(|c: char| matches!(c, ':' | ',' | '/') || c.is_control()) {
            return Err(Error::invalid_parameter(format!(
                "GroupName {name:?} is no name of a group; users would be one"
            )));
        }
        let members = given.members.as_deref();
        let (include, exclude) = (names(&given.members_to_include), names(&given.members_to_exclude));
        for (property, names) in
            [("Members", members.unwrap_or_default()), ("MembersToInclude", include), ("MembersToExclude", exclude)]
        {
            let wrong = |c: char| matches!(c, ':' | ',') || c.is_control();
            if let Some(name) = names.iter().find(|name| name.is_empty() || name.contains(wrong)) {
                return Err(Error::invalid_parameter(format!("{property}: {name:?} is no name of a user")));
            }
        }
        if members.is_some() && !(include.is_empty() && exclude.is_empty()) {
            return Err(Error::invalid_parameter(
                "Members names everybody, so MembersToInclude and MembersToExclude cannot be given beside it",
            ));
        }
        if let Some(name) = include.iter().find(|name| exclude.contains(name)) {
            return Err(Error::invalid_parameter(format!(
                "{name:?} is in MembersToInclude and in MembersToExclude: it should be in one of them"
            )));
        }
        let gid = given.preferred_group_id.as_deref().filter(|gid| !gid.is_empty());
        let wrong = |gid| Error::invalid_parameter(format!("PreferredGroupID {gid:?} is no number; 1000 would be one"));
        Ok(Self {
            name,
            is_absent: given.ensure.as_deref() == Some("Absent"),
            members,
            include,
            exclude,
            gid: gid.map(|gid| gid.parse().map_err(|_| wrong(gid))).transpose()?,
        })
    }

    /// Checks what only counts for a new group: that tools take the name for one.
    fn check_new(&self) -> Result<()> {
        manage::check_name(self.name).map_err(|error| Error::invalid_parameter(format!("GroupName {error}")))
    }

    fn differences(&self, group: &users::Group) -> Vec<Difference> {
        let mut differences = Vec::new();
        if let Some(gid) = self.gid.filter(|gid| *gid != group.gid) {
            differences.push(Difference::new("PreferredGroupID", group.gid, gid));
        }
        if !are_same(&self.wanted(&group.members), &group.members) {
            let (property, desired) = match self.members {
                Some(members) => ("Members", members.join(", ")),
                None if self.include.iter().any(|name| !group.members.contains(name)) => {
                    ("MembersToInclude", self.include.join(", "))
                }
                None => ("MembersToExclude", format!("none of {}", self.exclude.join(", "))),
            };
            differences.push(Difference::new(property, group.members.join(", "), desired));
        }
        differences
    }

    /// Those whom the group shall list, who is there already in the same order.
    fn wanted(&self, now: &[String]) -> Vec<String> {
        let (kept, added): (Vec<_>, &[String]) = match self.members {
            Some(members) => (now.iter().filter(|name| members.contains(name)).collect(), members),
            None => (now.iter().filter(|name| !self.exclude.contains(name)).collect(), self.include),
        };
        let mut wanted: Vec<String> = Vec::new();
        for name in kept.into_iter().chain(added) {
            if !wanted.contains(name) {
                wanted.push(name.clone());
            }
        }
        wanted
    }

    /// Checks what would make a Set fail when it is half done.
    fn check(&self, root: &Root, now: &[String], users: &[Account]) -> Result<()> {
        let is_other = |group: &users::Group| Some(group.gid) == self.gid && group.name != self.name;
        if let Some(other) = groups(root)?.into_iter().find(is_other) {
            let (gid, name) = (other.gid, other.name);
            return Err(Error::invalid_parameter(format!(
                "PreferredGroupID {gid} is the number of the group {name:?}"
            )));
        }
        let is_user = |name: &String| {
            users.iter().any(|user| user.name == *name)
                || root.is_host() && nix::unistd::User::from_name(name).is_ok_and(|user| user.is_some())
        };
        match self.wanted(now).into_iter().find(|name| !now.contains(name) && !is_user(name)) {
            Some(name) => {
                let property = if self.members.is_some() { "Members" } else { "MembersToInclude" };
                let text = format!("{property}: {name:?} is no user of this machine; nxUser can make it");
                Err(Error::invalid_parameter(text))
            }
            None => Ok(()),
        }
    }

    fn change(&self, root: &Root, group: &users::Group, users: &[Account]) -> Result<()> {
        if let Some(gid) = self.gid.filter(|gid| *gid != group.gid) {
            manage::change_group_id(root, group, gid)?;
        }
        let wanted = self.wanted(&group.members);
        if !are_same(&wanted, &group.members) {
            manage::set_members(root, group, &wanted, users)?;
        }
        Ok(())
    }

    /// Makes the group; one that cannot be made as desired is removed again.
    fn create(&self, root: &Root, users: &[Account]) -> Result<()> {
        manage::create_group(root, self.name, self.gid, false)?;
        let missing = || Error::not_found("groupadd made the group, and /etc/group does not have it");
        let group = find(root, self.name)?.ok_or_else(missing)?;
        self.change(root, &group, users).inspect_err(|_| {
            if let Err(error) = manage::delete_group(root, &group) {
                log::warn!("group {:?} could not be made as desired, nor be removed again: {error}", self.name);
            }
        })
    }
}

fn names(given: &Option<Vec<String>>) -> &[String] {
    given.as_deref().unwrap_or_default()
}

/// Whether both have the same names, in whatever order.
fn are_same(one: &[String], other: &[String]) -> bool {
    one.iter().all(|name| other.contains(name)) && other.iter().all(|name| one.contains(name))
}
