//! Linux_SoftwareInstallationService: installs, updates and removes packages.

use super::computer_system::check_is_this;
use super::deed::{Deed, perform};
use super::{fits, host_name, software_identity, software_update};
use crate::linux::packages::manage::{self, Act, Change, Wanted};
use crate::linux::packages::{Manager, Program};
use crate::linux::{self, Root, Stop};
use crate::schema::LinuxSoftwareInstallationService;
use crate::schema::linux_software_installation_service::{
    InstallByName, InstallByNameOutput, InstallFromSoftwareIdentity, InstallFromSoftwareIdentityOutput, InstallFromUri,
    InstallFromUriOutput, Keys, RefreshRepositories, RefreshRepositoriesOutput, RemoveByName, RemoveByNameOutput,
    UpdateByName, UpdateByNameOutput, install_by_name, install_from_software_identity, install_from_uri,
    refresh_repositories, remove_by_name, update_by_name,
};
use omi::dialogue::Progress;
use omi::{Enumerate, Error, Get, Instance, Invoke, Query, Result, Sink, not_found};

/// InstallOptions that are known here, as the DMTF numbers them.
mod option {
    pub(super) const DEFER_RESET: u16 = 2;
    pub(super) const INSTALL: u16 = 4;
    pub(super) const UPDATE: u16 = 5;
    pub(super) const UNINSTALL: u16 = 9;
    pub(super) const SILENT: u16 = 11;
}

/// Serves Linux_SoftwareInstallationService.
#[derive(Default)]
pub(crate) struct SoftwareInstallation {
    root: Root,
}

impl Enumerate<LinuxSoftwareInstallationService> for SoftwareInstallation {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxSoftwareInstallationService>) -> Result<()> {
        out.post(self.instance()?)
    }
}

impl Get<LinuxSoftwareInstallationService> for SoftwareInstallation {
    fn get(&self, key: LinuxSoftwareInstallationService, _: &Query<'_>) -> Result<LinuxSoftwareInstallationService> {
        let own = self.instance()?;
        let ours = fits(&key.system_creation_class_name, "Linux_ComputerSystem")
            && fits(&key.system_name, own.system_name.as_deref().unwrap_or_default())
            && fits(&key.creation_class_name, "Linux_SoftwareInstallationService")
            && fits(&key.name, own.name.as_deref().unwrap_or_default());
        let asked = key.name.as_deref().unwrap_or("packages");
        if ours { Ok(own) } else { Err(not_found::<LinuxSoftwareInstallationService>(&[("Name", asked)])) }
    }
}

impl Invoke<InstallFromSoftwareIdentity> for SoftwareInstallation {
    fn invoke(
        &self,
        _target: Option<LinuxSoftwareInstallationService>,
        input: InstallFromSoftwareIdentity,
        query: &Query<'_>,
    ) -> Result<InstallFromSoftwareIdentityOutput> {
        use install_from_software_identity::ReturnValue;
        let answer = |value| Ok(InstallFromSoftwareIdentityOutput { return_value: Some(value), job: None });
        check_is_this(&self.root, "Target", input.target)?;
        if input.collection.is_some() {
            return answer(ReturnValue::CANNOT_ADD_TO_COLLECTION);
        }
        let options: Vec<u16> = input.install_options.iter().flatten().map(|option| option.0).collect();
        let Some(wish) = wish(&options) else { return answer(ReturnValue::NOT_SUPPORTED) };
        let source = input.source.ok_or_else(|| {
            Error::invalid_parameter(
                "InstallFromSoftwareIdentity needs the parameter Source, a Linux_SoftwareUpdate or Linux_SoftwareIdentity",
            )
        })?;
        let is_update = source.class_name().eq_ignore_ascii_case("Linux_SoftwareUpdate");
        let (act, wanted) = match (is_update, wish) {
            (true, option::INSTALL | option::UPDATE) => (Act::Update, self.update(&source)?),
            (false, option::UPDATE) => (Act::Update, self.installed(&source, false)?),
            (false, option::UNINSTALL) => (Act::Remove, self.installed(&source, true)?),
            (false, option::INSTALL) => return answer(ReturnValue::DOWNGRADE_REINSTALL_NOT_SUPPORTED),
            _ => return answer(ReturnValue::NOT_SUPPORTED),
        };
        self.change(act, &[wanted], query)?;
        answer(ReturnValue::JOB_COMPLETED_WITH_NO_ERROR)
    }
}

impl Invoke<InstallFromUri> for SoftwareInstallation {
    fn invoke(
        &self,
        _target: Option<LinuxSoftwareInstallationService>,
        input: InstallFromUri,
        query: &Query<'_>,
    ) -> Result<InstallFromUriOutput> {
        use install_from_uri::ReturnValue;
        let answer = |value| Ok(InstallFromUriOutput { return_value: Some(value), job: None });
        check_is_this(&self.root, "Target", input.target)?;
        let options: Vec<u16> = input.install_options.iter().flatten().map(|option| option.0).collect();
        if wish(&options) != Some(option::INSTALL) {
            return answer(ReturnValue::NOT_SUPPORTED);
        }
        let uri = input.uri.ok_or_else(|| {
            Error::invalid_parameter("InstallFromURI needs the parameter URI, such as file:///srv/tool.deb")
        })?;
        self.change(Act::Install, &[Wanted::at(&uri)], query)?;
        answer(ReturnValue::JOB_COMPLETED_WITH_NO_ERROR)
    }
}

/// What the options ask for; `None` for what is not known here.
fn wish(options: &[u16]) -> Option<u16> {
    let mut wishes = options.iter().filter(|option| ![option::DEFER_RESET, option::SILENT].contains(option));
    match (wishes.next(), wishes.next()) {
        (None, _) => Some(option::INSTALL),
        (Some(&wish), None) if [option::INSTALL, option::UPDATE, option::UNINSTALL].contains(&wish) => Some(wish),
        _ => None,
    }
}

impl Invoke<InstallByName> for SoftwareInstallation {
    fn invoke(
        &self,
        _target: Option<LinuxSoftwareInstallationService>,
        input: InstallByName,
        query: &Query<'_>,
    ) -> Result<InstallByNameOutput> {
        self.change(Act::Install, &named(input.names), query)?;
        Ok(InstallByNameOutput { return_value: Some(install_by_name::ReturnValue::COMPLETED_WITH_NO_ERROR) })
    }
}

impl Invoke<UpdateByName> for SoftwareInstallation {
    fn invoke(
        &self,
        _target: Option<LinuxSoftwareInstallationService>,
        input: UpdateByName,
        query: &Query<'_>,
    ) -> Result<UpdateByNameOutput> {
        // An empty list is a mistake rather than a wish for everything.
        if input.names.as_ref().is_some_and(Vec::is_empty) {
            return Err(Error::invalid_parameter("Names should have at least one name, or be NULL for all packages"));
        }
        self.change(Act::Update, &named(input.names), query)?;
        Ok(UpdateByNameOutput { return_value: Some(update_by_name::ReturnValue::COMPLETED_WITH_NO_ERROR) })
    }
}

impl Invoke<RemoveByName> for SoftwareInstallation {
    fn invoke(
        &self,
        _target: Option<LinuxSoftwareInstallationService>,
        input: RemoveByName,
        query: &Query<'_>,
    ) -> Result<RemoveByNameOutput> {
        self.change(Act::Remove, &named(input.names), query)?;
        Ok(RemoveByNameOutput { return_value: Some(remove_by_name::ReturnValue::COMPLETED_WITH_NO_ERROR) })
    }
}

impl Invoke<RefreshRepositories> for SoftwareInstallation {
    fn invoke(
        &self,
        _target: Option<LinuxSoftwareInstallationService>,
        _: RefreshRepositories,
        query: &Query<'_>,
    ) -> Result<RefreshRepositoriesOutput> {
        let deed = Deed::new("fetch the lists of packages for", "this system");
        perform(query, deed, || {
            let program = Program::of(&self.root)?;
            in_company(query, "Fetching the lists of packages", |line, stop| {
                manage::refresh(&self.root, program, line, stop)
            })
        })?;
        Ok(RefreshRepositoriesOutput { return_value: Some(refresh_repositories::ReturnValue::COMPLETED_WITH_NO_ERROR) })
    }
}

/// NAME or NAME=VERSION.
fn named(names: Option<Vec<String>>) -> Vec<Wanted> {
    let wanted = |name: String| match name.split_once('=') {
        Some((name, version)) => {
            Wanted::Package { name: name.to_owned(), version: Some(version.to_owned()), architecture: None }
        }
        None => Wanted::named(name),
    };
    names.unwrap_or_default().into_iter().map(wanted).collect()
}

impl SoftwareInstallation {
    fn instance(&self) -> Result<LinuxSoftwareInstallationService> {
        let program = Program::of(&self.root).ok();
        Ok(LinuxSoftwareInstallationService {
            element_name: program.map(|program| program.name().to_owned()),
            started: Some(program.is_some()),
            ..LinuxSoftwareInstallationService::new(Keys { system_name: host_name(&self.root)? })
        })
    }

    /// The version of an update.
    fn update(&self, source: &Instance) -> Result<Wanted> {
        let update = software_update::find(&self.root, source.text("InstanceID").unwrap_or_default())?;
        Ok(Wanted::Package { name: update.name, version: Some(update.version), architecture: update.architecture })
    }

    /// An installed package, `exactly` this one where several versions may be installed.
    fn installed(&self, source: &Instance, exactly: bool) -> Result<Wanted> {
        let (package, manager) = software_identity::find(&self.root, source.text("InstanceID").unwrap_or_default())?;
        let version = (exactly && manager == Manager::Rpm).then_some(package.full_version);
        Ok(Wanted::Package { name: package.name, version, architecture: package.architecture })
    }

    fn change(&self, act: Act, wanted: &[Wanted], query: &Query<'_>) -> Result<()> {
        let (action, activity) = match act {
            Act::Install => ("install packages", "Installing packages"),
            Act::Update => ("update packages", "Updating packages"),
            Act::Remove => ("remove packages", "Removing packages"),
        };
        let change = Change { act, packages: wanted, arguments: &[] };
        // Before anybody is asked whether it shall be done.
        change.check()?;
        let names: Vec<String> = wanted.iter().map(ToString::to_string).collect();
        let target = if names.is_empty() { "all that are installed".to_owned() } else { names.join(", ") };
        perform(query, Deed::new(action, &target), || {
            let program = Program::of(&self.root)?;
            in_company(query, activity, |line, stop| manage::change(&self.root, program, &change, line, stop))
        })?;
        Ok(())
    }
}

/// Does something that the client can cancel and is told about line by line.
fn in_company(
    query: &Query<'_>,
    activity: &str,
    act: impl FnOnce(&mut dyn FnMut(&str), &Stop) -> linux::Result<()>,
) -> linux::Result<()> {
    let stop = Stop::new()?;
    query.on_cancel({
        let stop = stop.clone();
        move |_| stop.stop()
    });
    let mut tell = |line: &str| {
        query.progress(&Progress::new(activity).operation(line));
    };
    act(&mut tell, &stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_can_be_asked_for_at_a_time() {
        assert_eq!(wish(&[]), Some(option::INSTALL));
        assert_eq!(wish(&[option::SILENT, option::UNINSTALL, option::DEFER_RESET]), Some(option::UNINSTALL));
        assert_eq!(wish(&[option::INSTALL, option::UPDATE]), None);
        assert_eq!(wish(&[3]), None, "to force an installation");
    }

    #[test]
    fn a_name_may_come_with_a_version() {
        let wanted = named(Some(vec!["vim".to_owned(), "libc6=2.36-9".to_owned()]));
        let shown: Vec<String> = wanted.iter().map(ToString::to_string).collect();
        assert_eq!((&wanted[0], &*shown[1]), (&Wanted::named("vim"), "libc6=2.36-9"));
    }
}
