//! nxPackage: that a package is installed, or is not.

#[cfg(test)]
mod tests;
mod wish;

use super::pattern::fits;
use super::{Context, Difference, Done, Resource};
use crate::linux::download::Source;
use crate::linux::packages::manage::{Act, Change, Terms, Wanted, change_on};
use crate::linux::packages::{self, Manager, Program, has_group, package_in};
use crate::linux::{self, Stop};
use crate::schema::MsftNxPackageResource;
use omi::dialogue::Progress;
use omi::{Error, Result};
use std::time::SystemTime;
use wish::{Origin, Wish};

const PRESENT: &str = "Present";
const ABSENT: &str = "Absent";

/// The resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct Package;

impl Resource for Package {
    type Instance = MsftNxPackageResource;

    fn get(&self, desired: &MsftNxPackageResource, context: &Context<'_>) -> Result<MsftNxPackageResource> {
        let wish = Wish::new(desired, context.root)?;
        let found = match wish.origin {
            Origin::Group => {
                let is_there = has_group(context.root, wish.program, &wish.name)?;
                MsftNxPackageResource { package_group: Some(true), ..ensure(is_there) }
            }
            _ => wish.installed(context.root)?.last().map_or_else(|| ensure(false), describe),
        };
        Ok(MsftNxPackageResource { name: desired.name.clone(), package_manager: manager_name(wish.program), ..found })
    }

    fn test(&self, desired: &MsftNxPackageResource, context: &Context<'_>) -> Result<Vec<Difference>> {
        difference(&Wish::new(desired, context.root)?, context).map(|difference| difference.into_iter().collect())
    }

    /// A program that installs is not ended when nobody wants it any more: it would leave packages half installed.
    fn set(&self, desired: &MsftNxPackageResource, context: &Context<'_>) -> Result<Done> {
        let wish = Wish::new(desired, context.root)?;
        context.check_canceled()?;
        match (wish.is_present, &wish.origin) {
            (false, _) => make(&wish, Act::Remove, wish.removed(), context)?,
            (true, Origin::File { path, package: None }) => {
                return Err(Error::not_found(format!("FilePath {path:?} does not exist")));
            }
            (true, Origin::File { path, .. }) => make(&wish, Act::Install, Wanted::File(path.clone()), context)?,
            (true, Origin::Url(source)) => install_from(&wish, source, context)?,
            (true, Origin::Group | Origin::Repository) => make(&wish, Act::Install, wish.wanted(), context)?,
        }
        match difference(&wish, context)? {
            None => Ok(Done::default()),
            Some(difference) => {
                Err(Error::failed(format!("{} ended as if all were well, but {difference}", wish.program.name())))
            }
        }
    }

    fn inventory(&self, filter: &MsftNxPackageResource, context: &Context<'_>) -> Result<Vec<MsftNxPackageResource>> {
        let program = wish::program(filter.package_manager.as_deref(), context.root)?;
        let mut found = Vec::new();
        for package in packages::packages(context.root, Manager::of(context.root)?)? {
            context.check_canceled()?;
            match package {
                Ok(package) if fits(filter.name.as_deref(), &package.name) => found.push(MsftNxPackageResource {
                    name: Some(package.name.clone()),
                    package_manager: manager_name(program),
                    ..describe(&package)
                }),
                Ok(_) => {}
                Err(error) => context.warning(&error.to_string()),
            }
        }
        Ok(found)
    }
}

/// How what is differs from what is desired.
fn difference(wish: &Wish, context: &Context<'_>) -> Result<Option<Difference>> {
    let (is_there, installed) = match wish.origin {
        Origin::Group => (has_group(context.root, wish.program, &wish.name)?, Vec::new()),
        _ => {
            let installed = wish.installed(context.root)?;
            (!installed.is_empty(), installed)
        }
    };
    let last = installed.last();
    Ok(match (is_there, wish.is_present) {
        (false, false) => None,
        (false, true) => Some(Difference::new("Ensure", ABSENT, PRESENT)),
        (true, false) => Some(Difference::new("Ensure", PRESENT, ABSENT)),
        (true, true) if last.is_none() || installed.iter().any(|package| wish.is_satisfied_by(package)) => None,
        (true, true) => last.map(|package| match (&package.trouble, wish.version()) {
            (Some(trouble), _) => Difference::new("Ensure", trouble, PRESENT),
            (None, Some((property, version))) => Difference::new(property, &package.full_version, version),
            (None, None) => Difference::new("Ensure", ABSENT, PRESENT),
        }),
    })
}

/// Downloads a package to where nobody else can put another one in its place, and installs it when it is the right one.
fn install_from(wish: &Wish, source: &Source, context: &Context<'_>) -> Result<()> {
    let extension = if wish.manager == Manager::Rpm { "rpm" } else { "deb" };
    let folder = tempfile::Builder::new().prefix("lumi-").tempdir_in(context.root.path("/var/tmp"));
    let folder = folder.map_err(|error| linux::Error::io(context.root.path("/var/tmp"), error))?;
    let name = folder.path().file_name().unwrap_or_default().to_string_lossy();
    let path = format!("/var/tmp/{name}/package.{extension}");
    let activity = format!("download {}", source.shown());
    context.verbose(&activity);
    context.progress(&Progress::new(activity));
    context.with_stop(|stop| source.fetch(context.root, &path, stop).map_err(in_file_path))?;
    let package = package_in(context.root, wish.manager, &path).map_err(in_file_path)?;
    if package.name != wish.name {
        return Err(Error::invalid_parameter(format!(
            "Name {:?} should be {:?}, as that is the package at FilePath",
            wish.name, package.name
        )));
    }
    make(wish, Act::Install, Wanted::File(path), context)
}

fn in_file_path(error: linux::Error) -> Error {
    let error = Error::from(error);
    Error::new(error.code(), format!("FilePath: {}", error.message()))
}

fn make(wish: &Wish, act: Act, wanted: Wanted, context: &Context<'_>) -> Result<()> {
    let activity = format!("{} {}", if act == Act::Remove { "remove" } else { "install" }, wish.name);
    context.verbose(&activity);
    let wanted = [wanted];
    let change = Change { act, packages: &wanted, arguments: &wish.command_arguments };
    let terms = Terms { arguments: &wish.program_arguments, success: wish.return_code };
    let mut line = |line: &str| {
        context.verbose(line);
        context.progress(&Progress::new(activity.clone()).status(line));
    };
    Ok(change_on(context.root, wish.program, &change, terms, &mut line, &Stop::new()?)?)
}

fn ensure(is_there: bool) -> MsftNxPackageResource {
    let ensure = if is_there { PRESENT } else { ABSENT };
    MsftNxPackageResource {
        ensure: Some(ensure.to_owned()),
        installed: Some(is_there),
        ..MsftNxPackageResource::default()
    }
}

/// All but the name.
fn describe(package: &packages::Package) -> MsftNxPackageResource {
    MsftNxPackageResource {
        package_description: package.summary.clone(),
        publisher: package.vendor.clone(),
        installed_on: package.installed.and_then(date),
        size: package.installed_size.and_then(|size| u32::try_from(size).ok()),
        version: Some(package.full_version.clone()),
        architecture: package.architecture.clone(),
        ..ensure(package.trouble.is_none())
    }
}

fn date(time: SystemTime) -> Option<String> {
    Some(format!("{:.0}", jiff::Timestamp::try_from(time).ok()?))
}

/// As the class has it. It does not know apk.
fn manager_name(program: Program) -> Option<String> {
    let name = match program {
        Program::Apt => "Apt",
        Program::Dnf | Program::Yum => "Yum",
        Program::Zypper => "Zypper",
        Program::Apk => return None,
    };
    Some(name.to_owned())
}
