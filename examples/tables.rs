//! A dynamic provider: each file `NAME.csv` in a folder is a class `Table_NAME`, which nobody knew when this was compiled.
//! The first line of the file names the properties, the first of which is the key; every other line is an instance.
//!
//! The folder is the one that the environment variable `SAMPLE_TABLES` names, or else `/etc/sample/tables`. A host has to
//! be told which classes there are, because the library does not declare them: lumi's by a registration file,
//!
//! ```text
//! # DIR/root-cimv2/tables.reg
//! LIBRARY=tables
//! CLASS=Table_Servers
//! ```
//!
//! and OMI's omiserver has no dynamic providers at all.

use omi::{AnySink, Dynamic, Error, Instance, Property, Query, Result};
use std::path::PathBuf;

struct Tables {
    folder: PathBuf,
}

impl Default for Tables {
    fn default() -> Self {
        let folder = std::env::var_os("SAMPLE_TABLES").unwrap_or_else(|| "/etc/sample/tables".into());
        Self { folder: folder.into() }
    }
}

impl Dynamic for Tables {
    fn enumerate(&self, class: &str, _query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
        self.rows(class)?.into_iter().try_for_each(|row| out.post_dynamic(row))
    }

    fn get(&self, class: &str, key: Instance, _query: &Query<'_>) -> Result<Instance> {
        // A client may spell the name of the key in another case, and give no other properties.
        let is_meant =
            |row: &Instance| row.properties().iter().filter(|it| it.is_key()).all(|it| key.text(&it.name) == text(it));
        let row = self.rows(class)?.into_iter().find(is_meant);
        row.ok_or_else(|| Error::not_found(format!("there is no {}", omi::class::object_path(&key))))
    }
}

impl Tables {
    /// The instances of a class.
    fn rows(&self, class: &str) -> Result<Vec<Instance>> {
        let text = std::fs::read_to_string(self.file(class)?)?;
        let mut lines = text.lines().map(|line| line.split(',').map(str::trim));
        let Some(header) = lines.next() else { return Ok(Vec::new()) };
        let names: Vec<&str> = header.collect();
        let row = |values: &mut dyn Iterator<Item = &str>| {
            let row = Instance::new(class);
            names.iter().zip(values).enumerate().fold(row, |row, (column, (name, value))| match column {
                0 => row.with_key(name, value),
                _ => row.with(name, value),
            })
        };
        Ok(lines.map(|mut values| row(&mut values)).collect())
    }

    /// The file of a class. Class names ignore case, file names do not.
    fn file(&self, class: &str) -> Result<PathBuf> {
        let entries = std::fs::read_dir(&self.folder)?.flatten().map(|entry| entry.path());
        let is_of_class = |path: &PathBuf| {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            path.extension().is_some_and(|it| it == "csv") && format!("Table_{stem}").eq_ignore_ascii_case(class)
        };
        entries.into_iter().find(is_of_class).ok_or_else(|| {
            let message = format!("there is no table for the class {class} in {}", self.folder.display());
            Error::new(omi::ResultCode::INVALID_CLASS, message)
        })
    }
}

fn text(property: &Property) -> Option<&str> {
    match &property.value {
        Some(omi::Value::String(text)) => Some(text),
        _ => None,
    }
}

omi::module! { dynamic: Tables }
