//! Writes the instances that an operation gives, as the command line asks for them.

use crate::failure::{Failure, Result};
use crate::json;
use crate::source::Replies;
use crate::table::{self, Column};
use crate::terminal::{self, Output};
use crate::values::printable;
use omi::Instance;
use omi_host::class::Class;
use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};

/// How instances are written.
pub struct Format<'a> {
    /// JSON instead of text.
    pub json: bool,
    /// Only these properties, in this order; all or a choice if `None`.
    pub properties: Option<&'a [String]>,
    /// The class that says what values mean, where it is known.
    pub class: Option<&'a Class>,
}

impl Format<'_> {
    /// Writes any number of instances: a JSON array, or a table for each class. Those that come before an error are written too.
    pub fn write_all(&self, replies: Replies) -> Result<()> {
        let mut out = BufWriter::new(Output);
        let end = if self.json { self.write_array(&mut out, replies)? } else { self.write_table(&mut out, replies)? };
        out.flush()?;
        end.map_err(Failure::from)
    }

    /// Writes a single instance: a JSON object, or a list.
    pub fn write_one(&self, instance: Instance) -> Result<()> {
        let mut out = BufWriter::new(Output);
        let instance = self.project(instance);
        if self.json {
            writeln!(out, "{:#}", json::instance(&instance))?;
        } else {
            table::write_list(&mut out, &instance, self.class)?;
        }
        Ok(out.flush()?)
    }

    /// Writes one object on each line as it comes, so that a long enumeration needs little memory.
    fn write_array(&self, out: &mut impl Write, replies: Replies) -> Result<omi::Result<()>> {
        let mut separator = "[\n";
        let mut end = Ok(());
        for reply in replies {
            match reply {
                Ok(instance) => write!(out, "{separator}{}", json::instance(&self.project(instance)))?,
                Err(error) => {
                    end = Err(error);
                    break;
                }
            }
            separator = ",\n";
        }
        writeln!(out, "{}", if separator == "[\n" { "[]" } else { "\n]" })?;
        Ok(end)
    }

    fn write_table(&self, out: &mut impl Write, mut replies: Replies) -> Result<omi::Result<()>> {
        let mut instances = Vec::new();
        let end = replies.try_for_each(|reply| reply.map(|instance| instances.push(instance)));
        if instances.is_empty() && end.is_ok() {
            eprintln!("lumi: no instances");
        }
        let names: BTreeSet<&str> = instances.iter().map(Instance::class_name).collect();
        if names.len() < 2 || self.properties.is_some() {
            self.write_alike(out, &instances)?;
            return Ok(end);
        }
        for (index, name) in names.into_iter().enumerate() {
            let of_class: Vec<Instance> = instances.iter().filter(|it| it.class_name() == name).cloned().collect();
            writeln!(out, "{}{}:", if index == 0 { "" } else { "\n" }, printable(name))?;
            self.write_alike(out, &of_class)?;
        }
        Ok(end)
    }

    /// Writes instances that have the same properties: one as a list, many as a table.
    fn write_alike(&self, out: &mut impl Write, instances: &[Instance]) -> io::Result<()> {
        let width = terminal::width();
        match instances {
            [] => Ok(()),
            [one] => table::write_list(out, &self.project(one.clone()), self.class),
            many => {
                let columns = match self.properties {
                    Some(names) => names.iter().map(|name| Column::new(name, many, self.class)).collect(),
                    None => table::choose(many, self.class, width.unwrap_or_else(terminal::default_width)),
                };
                table::write_table(out, many, &columns, width)
            }
        }
    }

    /// The instance with only the properties that were asked for: hosts add keys.
    fn project(&self, instance: Instance) -> Instance {
        let Some(names) = self.properties else { return instance };
        let mut projected = Instance::with_capacity(instance.class_name(), names.len());
        for property in names.iter().filter_map(|name| instance.property(name)) {
            projected.push(property.clone());
        }
        projected
    }
}
