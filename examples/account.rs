//! An association: `Sample_Membership`, declared in `account.mof`, is between the users and the groups of this computer,
//! and can be followed from both ends.
//!
//! ```text
//! cargo build --example account
//! lumi get Sample_Membership --provider target/debug/examples/libaccount.so
//! lumi serve --provider target/debug/examples/libaccount.so
//! ```
//!
//! and then, in PowerShell:
//!
//! ```text
//! Get-CimInstance -CimSession $session Sample_Group -Filter "Name = 'daemon'" | Get-CimAssociatedInstance -CimSession $session
//! ```

use omi::association::Traversal;
use omi::{AnySink, Associate, Class, Enumerate, Get, Instance, Query, Result, Sink, not_found};

include!(concat!(env!("OUT_DIR"), "/account.rs"));

#[derive(Default)]
struct Accounts;

impl Enumerate<SampleUser> for Accounts {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, SampleUser>) -> Result<()> {
        users()?.into_iter().try_for_each(|user| out.post(user))
    }
}

impl Get<SampleUser> for Accounts {
    fn get(&self, key: SampleUser, _query: &Query<'_>) -> Result<SampleUser> {
        let found = users()?.into_iter().find(|user| user.name == key.name);
        found.ok_or_else(|| not_found::<SampleUser>(&[("Name", &key.name.unwrap_or_default())]))
    }
}

impl Enumerate<SampleGroup> for Accounts {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, SampleGroup>) -> Result<()> {
        groups()?.into_iter().try_for_each(|group| out.post(group))
    }
}

impl Get<SampleGroup> for Accounts {
    fn get(&self, key: SampleGroup, _query: &Query<'_>) -> Result<SampleGroup> {
        let found = groups()?.into_iter().find(|group| group.name == key.name);
        found.ok_or_else(|| not_found::<SampleGroup>(&[("Name", &key.name.unwrap_or_default())]))
    }
}

impl Enumerate<SampleMembership> for Accounts {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, SampleMembership>) -> Result<()> {
        memberships()?.iter().try_for_each(|(group, user)| out.post(membership(group, user, query)?))
    }
}

impl Associate<SampleMembership> for Accounts {
    fn associators(&self, from: &Traversal, _query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
        let (from_group, from_user) = ends(from);
        for (group, user) in memberships()? {
            if from_group && from.leads_to("Member") && names(&from.source, &group.name) {
                out.post(user)?;
            } else if from_user && from.leads_to("Group") && names(&from.source, &user.name) {
                out.post(group)?;
            }
        }
        Ok(())
    }

    fn references(&self, from: &Traversal, query: &Query<'_>, out: &mut Sink<'_, SampleMembership>) -> Result<()> {
        let (from_group, from_user) = ends(from);
        for (group, user) in memberships()? {
            if from_group && names(&from.source, &group.name) || from_user && names(&from.source, &user.name) {
                out.post(membership(&group, &user, query)?)?;
            }
        }
        Ok(())
    }
}

/// Whether the traversal starts at a group, and whether at a user.
fn ends(from: &Traversal) -> (bool, bool) {
    let is = |class: &str| from.source.class_name().eq_ignore_ascii_case(class);
    (is(SampleGroup::SPEC.name()) && from.starts_at("Group"), is(SampleUser::SPEC.name()) && from.starts_at("Member"))
}

/// Whether the reference is to the user or group of this name.
fn names(reference: &Instance, name: &Option<String>) -> bool {
    reference.text("Name") == name.as_deref()
}

fn membership(group: &SampleGroup, user: &SampleUser, query: &Query<'_>) -> Result<SampleMembership> {
    Ok(SampleMembership {
        group: Some(group.to_reference(query.namespace())?),
        member: Some(user.to_reference(query.namespace())?),
    })
}

/// Every group with each of its members.
fn memberships() -> Result<Vec<(SampleGroup, SampleUser)>> {
    let users = users()?;
    let with_members = |group: SampleGroup| {
        let members = users.iter().filter(|user| is_member(user, &group)).cloned();
        members.map(|user| (group.clone(), user)).collect::<Vec<_>>()
    };
    Ok(groups()?.into_iter().flat_map(with_members).collect())
}

fn is_member(user: &SampleUser, group: &SampleGroup) -> bool {
    let mut listed = group.listed_members.iter().flatten();
    user.group_id == group.group_id || listed.any(|name| Some(name) == user.name.as_ref())
}

/// `/etc/passwd`: name, password, number, number of the primary group, comment, home, shell; see passwd(5).
fn users() -> Result<Vec<SampleUser>> {
    let text = std::fs::read_to_string("/etc/passwd")?;
    let user = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, user_id, group_id, _, _, shell] = fields[..] else { return None };
        Some(SampleUser {
            name: Some(name.to_owned()),
            user_id: user_id.parse().ok(),
            group_id: group_id.parse().ok(),
            shell: (!shell.is_empty()).then(|| shell.to_owned()),
        })
    };
    Ok(text.lines().filter_map(user).collect())
}

/// `/etc/group`: name, password, number, members; see group(5).
fn groups() -> Result<Vec<SampleGroup>> {
    let text = std::fs::read_to_string("/etc/group")?;
    let group = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, group_id, members] = fields[..] else { return None };
        Some(SampleGroup {
            name: Some(name.to_owned()),
            group_id: group_id.parse().ok(),
            listed_members: Some(members.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()),
        })
    };
    Ok(text.lines().filter_map(group).collect())
}

omi::module! {
    SampleUser => Accounts,
    SampleGroup => Accounts,
    SampleMembership => Accounts,
}
