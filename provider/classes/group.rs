//! Linux_Group: the local groups.

use super::fits;
use crate::linux::Root;
use crate::linux::users::{self, Group};
use crate::schema::LinuxGroup;
use crate::schema::linux_group::Keys;
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

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

/// The group that the keys name.
fn find(root: &Root, key: &LinuxGroup) -> Result<Group> {
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
