//! Names of terminals by their device number, as `ps` shows them.

use std::collections::HashMap;

use crate::linux::Root;

/// A device number, major and minor.
pub(super) type Device = (u32, u32);

/// Names of terminals; each device is looked up once.
pub(super) struct Terminals {
    root: Root,
    known: HashMap<Device, Option<String>>,
}

impl Terminals {
    pub(super) fn new(root: Root) -> Self {
        Self { root, known: HashMap::new() }
    }

    /// The name below `/dev`, such as "pts/3" or "tty1". `None` if neither the numbering nor sysfs names the device.
    pub(super) fn name(&mut self, device: Device) -> Option<String> {
        let root = &self.root;
        self.known.entry(device).or_insert_with(|| well_known(device).or_else(|| from_sysfs(root, device))).clone()
    }
}

/// Takes `tty_nr` apart (`/proc/PID/stat` field 7): bits 8 to 19 are the major number, the others the minor one.
pub(super) fn device(tty_nr: i32) -> Option<Device> {
    let bits = tty_nr as u32;
    (bits != 0).then_some(((bits >> 8) & 0xfff, (bits & 0xff) | ((bits >> 12) & 0xfff00)))
}

/// The numbers that the kernel's `admin-guide/devices.txt` assigns for good.
fn well_known((major, minor): Device) -> Option<String> {
    match (major, minor) {
        // sysfs does not list pseudo terminals.
        (136..=143, _) => Some(format!("pts/{}", (major - 136) * 256 + minor)),
        (4, 0..=63) => Some(format!("tty{minor}")),
        (4, 64..) => Some(format!("ttyS{}", minor - 64)),
        (5, 1) => Some("console".to_owned()),
        _ => None,
    }
}

fn from_sysfs(root: &Root, (major, minor): Device) -> Option<String> {
    let target = std::fs::read_link(root.path(format!("/sys/dev/char/{major}:{minor}"))).ok()?;
    Some(target.file_name()?.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine_with;

    #[test]
    fn device_numbers_have_the_names_that_ps_shows() {
        let mut terminals = Terminals::new(Root::host());
        let mut name = |tty_nr| device(tty_nr).and_then(|device| terminals.name(device));
        assert_eq!(name(34819).as_deref(), Some("pts/3"));
        assert_eq!(name(0x0010_882b).as_deref(), Some("pts/299"));
        assert_eq!(name(1025).as_deref(), Some("tty1"));
        assert_eq!(name(1088).as_deref(), Some("ttyS0"));
        assert_eq!(name(0), None);
    }

    #[test]
    fn other_devices_are_named_by_sysfs() {
        let (_dir, root) = machine_with(&[]);
        std::fs::create_dir_all(root.path("/sys/dev/char")).unwrap();
        std::os::unix::fs::symlink("../../devices/virtual/tty/hvc0", root.path("/sys/dev/char/229:0")).unwrap();
        let mut terminals = Terminals::new(root);
        assert_eq!(terminals.name((229, 0)).as_deref(), Some("hvc0"));
        assert_eq!(terminals.name((229, 1)), None);
    }
}
