//! Whether this process may do what an act needs, asked before anything is done.

use std::collections::HashMap;

use nix::unistd::geteuid;
use zbus::Variant;

use super::bus::{Bus, Service};
use super::users::UserNames;
use super::{Error, Result};

const POLKIT: Service = Service { name: "org.freedesktop.PolicyKit1", title: "polkit" };
const AUTHORITY: &str = "/org/freedesktop/PolicyKit1/Authority";

/// Checks that the user of this process may do what `action`, a name of polkit, stands for. root may; others may as far
/// as polkit lets them without asking anybody for a password. `deed` is the act in words, such as "start cron.service".
///
/// # Errors
/// [`Error::PermissionDenied`] says who may not do what, and why.
pub fn check(bus: &Bus, action: &str, deed: &str) -> Result<()> {
    check_for(geteuid().as_raw(), bus, action, deed)
}

fn check_for(uid: u32, bus: &Bus, action: &str, deed: &str) -> Result<()> {
    if uid == 0 {
        return Ok(());
    }
    let why = match ask(bus, action) {
        Ok((true, _)) => return Ok(()),
        Ok((false, true)) => format!("polkit wants a password for {action}, and nobody is there to ask"),
        Ok((false, false)) => format!("polkit does not allow {action}"),
        Err(Error::Unsupported { .. }) => "only root may, because there is no polkit that could allow it".to_owned(),
        Err(error) => return Err(error),
    };
    let mut names = UserNames::of_machine();
    let user = names.name(uid).map_or_else(|| format!("uid {uid}"), |name| format!("{name} (uid {uid})"));
    Err(Error::PermissionDenied { reason: format!("{user} may not {deed}: {why}") })
}

/// Whether polkit allows the action, and whether it would if somebody gave a password.
fn ask(bus: &Bus, action: &str) -> Result<(bool, bool)> {
    let polkit = bus.connect(&POLKIT)?;
    let name = polkit.own_name();
    let subject = ("system-bus-name", HashMap::from([("name", Variant::from(name))]));
    let check = ("org.freedesktop.PolicyKit1.Authority", "CheckAuthorization");
    let (no_details, no_flags, no_cancellation) = (HashMap::<&str, &str>::new(), 0_u32, "");
    let body = (subject, action, no_details, no_flags, no_cancellation);
    let (is_allowed, is_challenge, _) =
        polkit.call::<(bool, bool, HashMap<String, String>)>(AUTHORITY, check, &body)?;
    Ok((is_allowed, is_challenge))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::bus::private::PrivateBus;

    const ACTION: &str = "org.freedesktop.systemd1.manage-units";

    /// Allows one action and wants a password for another.
    struct Polkit;

    #[zbus::interface(name = "org.freedesktop.PolicyKit1.Authority")]
    impl Polkit {
        fn check_authorization(
            &self,
            subject: (String, HashMap<String, zbus::OwnedVariant>),
            action: &str,
            _details: HashMap<String, String>,
            _flags: u32,
            _cancellation: &str,
        ) -> ((bool, bool, HashMap<String, String>),) {
            let is_known = subject.0 == "system-bus-name" && subject.1.contains_key("name");
            ((is_known && action == ACTION, action.ends_with("manage-unit-files"), HashMap::new()),)
        }
    }

    fn refusal(result: Result<()>) -> String {
        match result.unwrap_err() {
            Error::PermissionDenied { reason } => reason,
            error => panic!("{error}"),
        }
    }

    #[test]
    fn root_needs_nobodys_leave() {
        check_for(0, &Bus::at("unix:path=/nowhere"), ACTION, "start a.service").unwrap();
    }

    #[test]
    fn without_polkit_only_root_may() {
        let reason = refusal(check_for(4_000_000_123, &Bus::at("unix:path=/nowhere"), ACTION, "start a.service"));
        assert!(reason.starts_with("uid 4000000123 may not start a.service: only root may"), "{reason}");
    }

    #[test]
    fn polkit_decides_for_everybody_else() {
        let Some(bus) = PrivateBus::start() else { return };
        let _polkit = bus.serve(POLKIT.name, |builder| builder.serve_at(AUTHORITY, Polkit));
        let check = |action| check_for(4_000_000_123, &bus.bus(), action, "do it");
        check(ACTION).unwrap();
        let password = refusal(check("org.freedesktop.systemd1.manage-unit-files"));
        assert!(password.contains("polkit wants a password"), "{password}");
        assert!(
            refusal(check("org.freedesktop.login1.reboot")).contains("does not allow org.freedesktop.login1.reboot")
        );
    }
}
