//! How long tasks waited for a resource: pressure stall information, `/proc/pressure` (since Linux 4.20).

use super::error::Parsed;
use super::{Error, Result, Root};

/// The resources that the kernel can tell the pressure of.
pub const RESOURCES: &[&str] = &["cpu", "memory", "io", "irq"];

/// Time that was lost by waiting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stall {
    /// Share of the last 10, 60 and 300 seconds, in percent.
    pub averages: [f64; 3],
    /// Time since the start of the system, in microseconds.
    pub total: u64,
}

/// One file of `/proc/pressure`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pressure {
    /// At least one task waited. `None` for irq.
    pub some: Option<Stall>,
    /// All tasks that had work waited. `None` for cpu before Linux 5.13.
    pub full: Option<Stall>,
}

/// The pressure on one of [`RESOURCES`]. `None` where the kernel does not tell it.
pub fn read(root: &Root, resource: &str) -> Result<Option<Pressure>> {
    let path = format!("/proc/pressure/{resource}");
    let Some(text) = root.read_text_if_present(&path)? else { return Ok(None) };
    parse(&text).map(Some).map_err(|what| Error::parse(root.path(path), what))
}

fn parse(text: &str) -> Parsed<Pressure> {
    let mut pressure = Pressure::default();
    for line in text.lines() {
        match line.split_once(' ') {
            Some(("some", rest)) => pressure.some = Some(stall(rest)?),
            Some(("full", rest)) => pressure.full = Some(stall(rest)?),
            _ => return Err(format!("the line {line:?} should begin with \"some\" or \"full\"")),
        }
    }
    Ok(pressure)
}

fn stall(fields: &str) -> Parsed<Stall> {
    let field = |name: &str| {
        let value = fields.split(' ').find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
        value.ok_or_else(|| format!("{fields:?} should have a field \"{name}=NUMBER\""))
    };
    let average = |name| field(name)?.parse().map_err(|_| format!("{name} in {fields:?} should be a number"));
    let total = field("total")?.parse().map_err(|_| format!("total in {fields:?} should be a whole number"))?;
    Ok(Stall { averages: [average("avg10")?, average("avg60")?, average("avg300")?], total })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::linux::testing::machine_with;

    /// As Linux 6.18 wrote it.
    const MEMORY: &str = "some avg10=0.04 avg60=0.05 avg300=0.01 total=94205411\n\
                          full avg10=0.04 avg60=0.04 avg300=0.00 total=72736900\n";

    #[test]
    fn each_number_comes_from_its_field() {
        let (_dir, root) = machine_with(&[("/proc/pressure/memory", MEMORY.as_bytes())]);
        let pressure = read(&root, "memory").unwrap().unwrap();
        assert_eq!(pressure.some, Some(Stall { averages: [0.04, 0.05, 0.01], total: 94_205_411 }));
        assert_eq!(pressure.full, Some(Stall { averages: [0.04, 0.04, 0.0], total: 72_736_900 }));
    }

    #[test]
    fn a_line_or_a_file_that_the_kernel_does_not_write_is_none() {
        let some = MEMORY.lines().next().unwrap();
        let (_dir, root) = machine_with(&[("/proc/pressure/cpu", some.as_bytes())]);
        let cpu = read(&root, "cpu").unwrap().unwrap();
        assert!(cpu.some.is_some() && cpu.full.is_none());
        assert_eq!(read(&root, "irq").unwrap(), None);
    }

    #[test]
    fn a_field_that_is_missing_is_named() {
        assert!(parse("some avg10=0.00 avg60=0.00 total=1\n").unwrap_err().contains("avg300"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "((some|full) avg10=[0-9.]{1,9} total=[0-9]{1,22}\n|\\PC*)*") {
            let _ = parse(&text);
        }
    }
}
