//! Linux_Group: the local groups.

use super::deed::{Deed, perform};
use super::fits;
use crate::linux::Root;
use crate::linux::users::{self, Group, manage};
use crate::schema::LinuxGroup;
use crate::schema::linux_group::delete_group::ReturnValue;
use crate::schema::linux_group::{DeleteGroup, DeleteGroupOutput, Keys};
use omi::{Enumerate, Error, Get, Invoke, Query, Result, Sink, not_found};

/// Serves Linux_Group.
#[derive(Default)]
pub(crate) struct Groups {
    root: Root,
}

impl Enumerate<LinuxGroup> for Groups {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxGroup>) -> Result<()> {
        users::groups(&self.root)?.into_iter().try_for_each(|group| out.post(instance(group)))
    }
}

impl Get<LinuxGroup> for Groups {
    fn get(&self, key: LinuxGroup, _query: &Query<'_>) -> Result<LinuxGroup> {
        find(&self.root, &key).map(instance)
    }
}

impl Invoke<DeleteGroup> for Groups {
    fn invoke(&self, target: Option<LinuxGroup>, _input: DeleteGroup, query: &Query<'_>) -> Result<DeleteGroupOutput> {
        let target = target
            .ok_or_else(|| Error::invalid_parameter("Linux_Group.DeleteGroup needs an instance: give the key Name"))?;
        let group = find(&self.root, &target)?;
        if users::accounts(&self.root)?.iter().any(|account| account.gid == group.gid) {
            return Ok(DeleteGroupOutput { return_value: Some(ReturnValue::GROUP_IS_PRIMARY_GROUP_OF_A_USER) });
        }
        perform(query, Deed::new("remove the group", &group.name), || manage::delete_group(&self.root, &group))?;
        Ok(DeleteGroupOutput { return_value: Some(ReturnValue::OPERATION_COMPLETED_SUCCESSFULLY) })
    }
}

/// The group that the keys name.
pub(super) fn find(root: &Root, key: &LinuxGroup) -> Result<Group> {
    let name = key.name.as_deref().ok_or_else(|| {
        Error::invalid_parameter("Linux_Group is found by its key Name, the name of the group such as adm")
    })?;
    let ours = fits(&key.creation_class_name, "Linux_Group");
    let found = users::groups(root)?.into_iter().find(|group| ours && group.name == name);
    found.ok_or_else(|| not_found::<LinuxGroup>(&[("Name", name)]))
}

pub(super) fn instance(group: Group) -> LinuxGroup {
    LinuxGroup {
        common_name: Some(group.name.clone()),
        caption: Some(group.name.clone()),
        element_name: Some(group.name.clone()),
        group_id: Some(group.gid),
        listed_members: Some(group.members),
        ..LinuxGroup::new(Keys { name: group.name })
    }
}
