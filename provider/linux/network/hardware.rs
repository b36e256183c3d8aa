//! What is behind an interface: `/sys/class/net`.

use std::fs;

use super::link::Link;
use crate::linux::Root;

const CLASS: &str = "/sys/class/net";

/// What sysfs says about an interface. What its driver does not tell is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hardware {
    /// Speed in bits per second. `None` for an interface that is off or has none.
    pub speed: Option<u64>,
    /// Whether it can send and receive at once.
    pub full_duplex: Option<bool>,
    /// Whether it is a radio.
    pub is_wireless: bool,
    /// The driver of the device, such as "virtio_net". `None` for an interface without a device.
    pub driver: Option<String>,
    /// The place of the device on its bus, such as "0000:02:00.0".
    pub bus_address: Option<String>,
}

/// The hardware behind `link`.
pub fn read(root: &Root, link: &Link) -> Hardware {
    let dir = format!("{CLASS}/{}", link.name);
    // Another network namespace may be mounted here, or the name be another one's by now.
    if link.name.contains('/') || root.number::<u32>(&format!("{dir}/ifindex")) != Some(link.index) {
        return Hardware::default();
    }
    let linked = |file: &str| {
        let target = fs::read_link(root.path(format!("{dir}/{file}"))).ok()?;
        Some(target.file_name()?.to_string_lossy().into_owned())
    };
    // The driver answers -1 where it does not know.
    let megabits = root.number::<i64>(&format!("{dir}/speed")).filter(|speed| *speed > 0);
    Hardware {
        speed: megabits.and_then(|speed| u64::try_from(speed).ok()?.checked_mul(1_000_000)),
        full_duplex: root.value(&format!("{dir}/duplex")).and_then(|duplex| match duplex.as_str() {
            "full" => Some(true),
            "half" => Some(false),
            _ => None,
        }),
        is_wireless: ["wireless", "phy80211"].iter().any(|file| root.exists(&format!("{dir}/{file}"))),
        driver: linked("device/driver"),
        bus_address: linked("device"),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::linux::testing::machine_with;

    fn link(name: &str, index: u32) -> Link {
        Link { name: name.to_owned(), index, ..Link::default() }
    }

    #[test]
    fn a_card_tells_its_speed_driver_and_place() {
        let files: [(&str, &[u8]); 3] = [
            ("/sys/class/net/eth0/ifindex", b"2\n"),
            ("/sys/class/net/eth0/speed", b"25000\n"),
            ("/sys/class/net/eth0/duplex", b"full\n"),
        ];
        let (dir, root) = machine_with(&files);
        let device = dir.path().join("sys/devices/0000:02:00.0");
        fs::create_dir_all(&device).unwrap();
        symlink("../../../bus/pci/drivers/ixgbe", device.join("driver")).unwrap();
        symlink("../../../devices/0000:02:00.0", dir.path().join("sys/class/net/eth0/device")).unwrap();

        let hardware = read(&root, &link("eth0", 2));
        assert_eq!((hardware.speed, hardware.full_duplex), (Some(25_000_000_000), Some(true)));
        assert_eq!(hardware.driver.as_deref(), Some("ixgbe"));
        assert_eq!(hardware.bus_address.as_deref(), Some("0000:02:00.0"));
        assert!(!hardware.is_wireless);
    }

    #[test]
    fn unknown_speed_and_duplex_are_none() {
        let files: [(&str, &[u8]); 3] = [
            ("/sys/class/net/wlan0/ifindex", b"3\n"),
            ("/sys/class/net/wlan0/speed", b"-1\n"),
            ("/sys/class/net/wlan0/duplex", b"unknown\n"),
        ];
        let (dir, root) = machine_with(&files);
        fs::create_dir(dir.path().join("sys/class/net/wlan0/wireless")).unwrap();
        assert_eq!(read(&root, &link("wlan0", 3)), Hardware { is_wireless: true, ..Hardware::default() });
    }

    #[test]
    fn an_interface_that_is_gone_or_in_another_namespace_tells_nothing() {
        let files: [(&str, &[u8]); 2] =
            [("/sys/class/net/eth0/ifindex", b"7\n"), ("/sys/class/net/eth0/speed", b"1000\n")];
        let (_dir, root) = machine_with(&files);
        for asked in [link("eth0", 2), link("eth9", 9), link("../eth0", 7), link("odd\u{fffd}", 8)] {
            assert_eq!(read(&root, &asked), Hardware::default(), "{asked:?}");
        }
    }
}
