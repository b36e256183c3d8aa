//! Linux_MemberOfGroup: from a group to its users, and from a user to the groups.

use super::account::View;
use super::association::{Pairs, Plain, Take};
use super::deed::{Deed, perform};
use super::group;
use crate::linux::Root;
use crate::linux::users::{self, Account, Group, Members, manage};
use crate::schema::linux_member_of_group::Keys;
use crate::schema::{LinuxAccount, LinuxGroup, LinuxMemberOfGroup};
use omi::{Class, Create, Delete, Error, Instance, Query, Result};

/// Serves Linux_MemberOfGroup.
#[derive(Default)]
pub(crate) struct Memberships {
    root: Root,
}

impl Pairs for Memberships {
    const ENDS: [&'static str; 2] = ["Collection", "Member"];

    fn each(&self, source: Option<&Instance>, take: &mut Take<'_>) -> Result<()> {
        // Who lists the memberships sees no more than the keys of users.
        let view = View::read(&self.root, source.is_some())?;
        let members = Members::among(&view.accounts);
        let may_be = |class: &str, name: &str| {
            let source = source.filter(|source| source.class_name().eq_ignore_ascii_case(class));
            source.and_then(|source| source.text("Name")).is_none_or(|asked| asked == name)
        };
        for group in users::groups(&self.root)?.into_iter().filter(|group| may_be("Linux_Group", &group.name)) {
            let members = members.of(&group);
            let collection = group::instance(group).to_instance()?;
            for account in members.into_iter().filter(|account| may_be("Linux_Account", &account.name)) {
                take([collection.clone(), view.instance(account).to_instance()?])?;
            }
        }
        Ok(())
    }
}

impl Create<LinuxMemberOfGroup> for Memberships {
    fn create(&self, instance: LinuxMemberOfGroup, query: &Query<'_>) -> Result<LinuxMemberOfGroup> {
        let (group, account) = self.ends(&instance)?;
        let target = format!("{} in {}", account.name, group.name);
        perform(query, Deed::new("make the member", &target), || {
            manage::set_member(&self.root, &group, &account, true)
        })?;
        Ok(instance)
    }
}

impl Delete<LinuxMemberOfGroup> for Memberships {
    fn delete(&self, key: LinuxMemberOfGroup, query: &Query<'_>) -> Result<()> {
        let (group, account) = self.ends(&key)?;
        if group.gid == account.gid {
            let what = format!(
                "{:?} is the primary group of {:?}: change PrimaryGroupID of the user",
                group.name, account.name
            );
            return Err(Error::invalid_parameter(what));
        }
        let target = format!("{} in {}", account.name, group.name);
        perform(query, Deed::new("remove the member", &target), || {
            manage::set_member(&self.root, &group, &account, false)
        })?;
        Ok(())
    }
}

impl Memberships {
    /// The group and the user that the association is between.
    fn ends(&self, membership: &LinuxMemberOfGroup) -> Result<(Group, Account)> {
        let (Some(collection), Some(member)) = (&membership.collection, &membership.member) else {
            return Err(Error::invalid_parameter(
                "Linux_MemberOfGroup needs its keys Collection, a group, and Member, a user",
            ));
        };
        let group = group::find(&self.root, &LinuxGroup::from_instance(collection.clone())?)?;
        let view = View::read(&self.root, false)?;
        Ok((group, view.find(&LinuxAccount::from_instance(member.clone())?)?.clone()))
    }
}

impl Plain for Memberships {
    type Class = LinuxMemberOfGroup;

    fn instance([collection, member]: [Instance; 2]) -> LinuxMemberOfGroup {
        LinuxMemberOfGroup::new(Keys { collection, member })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classes::association;
    use crate::linux::testing::machine;

    fn names(source: Option<&Instance>) -> Vec<(String, String)> {
        let pairs = association::pairs(&Memberships { root: machine("debian12") }, source).unwrap();
        let name = |instance: &Instance| instance.text("Name").unwrap().to_owned();
        pairs.iter().map(|[group, member]| (name(group), name(member))).collect()
    }

    #[test]
    fn from_a_user_only_its_groups_are_looked_at_and_from_a_group_only_its_users() {
        let of_bob = names(Some(&Instance::new("Linux_Account").with_key("Name", "bob")));
        assert_eq!(of_bob, [("sudo".into(), "bob".into()), ("bob".into(), "bob".into())]);
        let of_sudo = names(Some(&Instance::new("linux_group").with_key("Name", "sudo")));
        assert_eq!(of_sudo, [("sudo".into(), "alice".into()), ("sudo".into(), "bob".into())]);
        assert!(names(None).len() > of_bob.len() + of_sudo.len());
    }
}
