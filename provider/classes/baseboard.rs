//! Linux_Baseboard: the boards of the machine.

use super::fits;
use crate::linux::Root;
use crate::linux::smbios::{self, Board};
use crate::schema::LinuxBaseboard;
use crate::schema::linux_baseboard::{Keys, PackageType};
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

/// Serves Linux_Baseboard.
#[derive(Default)]
pub(crate) struct Baseboards {
    root: Root,
}

impl Enumerate<LinuxBaseboard> for Baseboards {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxBaseboard>) -> Result<()> {
        self.all()?.into_iter().try_for_each(|it| out.post(it))
    }
}

impl Get<LinuxBaseboard> for Baseboards {
    fn get(&self, key: LinuxBaseboard, _query: &Query<'_>) -> Result<LinuxBaseboard> {
        let tag = key.tag.as_deref().ok_or_else(|| {
            Error::invalid_parameter("Linux_Baseboard is found by its key Tag, such as \"Baseboard 0\"")
        })?;
        let ours = fits(&key.creation_class_name, "Linux_Baseboard");
        let found = self.all()?.into_iter().find(|it| ours && it.tag.as_deref() == Some(tag));
        found.ok_or_else(|| not_found::<LinuxBaseboard>(&[("Tag", tag)]))
    }
}

impl Baseboards {
    fn all(&self) -> Result<Vec<LinuxBaseboard>> {
        let boards = smbios::boards(&self.root)?.into_iter();
        Ok(boards.enumerate().map(|(index, board)| instance(index, board)).collect())
    }
}

fn instance(index: usize, board: Board) -> LinuxBaseboard {
    let tag = format!("Baseboard {index}");
    LinuxBaseboard {
        caption: Some(tag.clone()),
        element_name: Some(tag.clone()),
        manufacturer: board.vendor,
        model: board.model,
        version: board.version,
        serial_number: board.serial,
        user_tracking: board.asset_tag,
        hosting_board: board.features.map(|features| features.hosting),
        requires_daughter_board: board.features.map(|features| features.needs_daughter),
        removable: board.features.map(|features| features.removable),
        replaceable: board.features.map(|features| features.replaceable),
        hot_swappable: board.features.map(|features| features.hot_swappable),
        package_type: Some(PackageType::MODULE_CARD),
        ..LinuxBaseboard::new(Keys { tag })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn the_main_board_is_told_from_others_only_by_the_tables() {
        let first = |name| Baseboards { root: machine(name) }.all().unwrap().remove(0);
        let board = first("ubuntu2204");
        assert_eq!((board.model.as_deref(), board.hosting_board), (Some("0PYXKY"), Some(true)));
        let board = first("rhel8");
        assert_eq!((board.model.as_deref(), board.hosting_board), (Some("440BX Desktop Reference Platform"), None));
    }
}
