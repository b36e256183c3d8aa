//! nxAvailableUpdates: newer versions of installed packages. There is nothing to desire of them: it is for inventories.

use super::pattern::fits;
use super::{Context, Difference, Done, Resource};
use crate::linux::packages::{Update, updates};
use crate::schema::MsftNxAvailableUpdatesResource;
use omi::Result;

/// The resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct AvailableUpdates;

impl Resource for AvailableUpdates {
    type Instance = MsftNxAvailableUpdatesResource;

    /// Without an update there is but the name.
    fn get(
        &self,
        desired: &MsftNxAvailableUpdatesResource,
        context: &Context<'_>,
    ) -> Result<MsftNxAvailableUpdatesResource> {
        let name = desired.name.clone();
        let update = updates(context.root)?.into_iter().find(|update| Some(&update.name) == name.as_ref());
        Ok(MsftNxAvailableUpdatesResource { name, ..update.map(describe).unwrap_or_default() })
    }

    fn test(&self, _: &MsftNxAvailableUpdatesResource, _: &Context<'_>) -> Result<Vec<Difference>> {
        Ok(Vec::new())
    }

    fn set(&self, _: &MsftNxAvailableUpdatesResource, _: &Context<'_>) -> Result<Done> {
        Ok(Done::default())
    }

    fn inventory(
        &self,
        filter: &MsftNxAvailableUpdatesResource,
        context: &Context<'_>,
    ) -> Result<Vec<MsftNxAvailableUpdatesResource>> {
        let mut found = updates(context.root)?;
        found.retain(|update| fits(filter.name.as_deref(), &update.name));
        Ok(found.into_iter().map(describe).collect())
    }
}

fn describe(update: Update) -> MsftNxAvailableUpdatesResource {
    MsftNxAvailableUpdatesResource {
        name: Some(update.name),
        build_date: None,
        repository: update.repository,
        version: Some(update.version),
        architecture: update.architecture,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsc::testing::Machine;
    use crate::linux::testing::packages_turn;
    use crate::linux::tool::Tool;

    fn named(name: &str) -> MsftNxAvailableUpdatesResource {
        MsftNxAvailableUpdatesResource { name: Some(name.to_owned()), ..MsftNxAvailableUpdatesResource::default() }
    }

    #[test]
    fn there_is_nothing_to_set() {
        let machine = Machine::with(&[]);
        assert_eq!(machine.test(&AvailableUpdates, &named("vim")).unwrap(), []);
        assert_eq!(machine.set(&AvailableUpdates, &named("vim")).unwrap().changes, []);
        let error = machine.test(&AvailableUpdates, &MsftNxAvailableUpdatesResource::default()).unwrap_err();
        assert_eq!(error.message(), "nxAvailableUpdates needs the property Name");
    }

    #[test]
    fn without_a_package_manager_it_says_so() {
        let error = Machine::with(&[]).inventory(&AvailableUpdates, &named("*")).unwrap_err();
        assert!(error.message().starts_with("nxAvailableUpdates: there is no database of dpkg, rpm or apk"), "{error}");
    }

    /// An installed package, and a repository with a newer one that only the option of this file sees.
    const UPDATE: &str = r#"
set -e
rm -rf /srv/lumi-dsc-update && mkdir -p /srv/lumi-dsc-update/lists/partial && cd /srv/lumi-dsc-update
for version in 1.0 2.0; do
    mkdir -p build/DEBIAN
    printf 'Package: lumi-dsc-update\nVersion: %s\nArchitecture: all\nMaintainer: lumi\nDescription: a sample\n' $version \
        > build/DEBIAN/control
    dpkg-deb --build build $version.deb > /dev/null
done
dpkg -i 1.0.deb > /dev/null
{ cat build/DEBIAN/control
  printf 'Filename: ./2.0.deb\nSize: %s\nSHA256: %s\n\n' $(stat -c %s 2.0.deb) $(sha256sum 2.0.deb | cut -d ' ' -f 1)
} > Packages
echo 'deb [trusted=yes] file:/srv/lumi-dsc-update ./' > sources.list
cat > /etc/apt/apt.conf.d/99lumi-dsc-update <<'END'
Dir::Etc::SourceList "/srv/lumi-dsc-update/sources.list";
Dir::Etc::SourceParts "-";
Dir::State::Lists "/srv/lumi-dsc-update/lists";
END
apt-get update -qq
"#;
    const CLEANUP: &str = "dpkg --purge lumi-dsc-update >/dev/null; \
                           rm -rf /srv/lumi-dsc-update /etc/apt/apt.conf.d/99lumi-dsc-update";

    #[test]
    fn an_update_is_found_by_name_and_by_pattern() {
        let Some(machine) = Machine::scratch() else { return };
        let _turn = packages_turn();
        let sh = |script: &str| Tool::new(&machine.root, "sh").unwrap().args(["-c", script]).output().unwrap();
        sh(UPDATE);
        let found = machine.get(&AvailableUpdates, &named("lumi-dsc-update"));
        let listed = machine.inventory(&AvailableUpdates, &named("lumi-dsc-up*"));
        let missing = machine.get(&AvailableUpdates, &named("lumi-dsc-other"));
        sh(CLEANUP);
        assert_eq!((found.version.as_deref(), found.architecture.as_deref()), (Some("2.0"), Some("all")));
        assert_eq!(listed.unwrap(), [found]);
        assert_eq!(missing, named("lumi-dsc-other"));
    }
}
