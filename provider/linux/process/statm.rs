//! `/proc/PID/statm`: memory of a process by kind.

use crate::linux::error::Parsed;

/// Memory of a process in bytes; all 0 for kernel threads and zombies, which have none of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statm {
    /// Field 1: the virtual size.
    pub size: u64,
    /// Field 2: what is in physical memory.
    pub resident: u64,
    /// Field 3: the part of `resident` that is backed by files or shared memory.
    pub shared: u64,
    /// Field 4: program code, virtual.
    pub text: u64,
    /// Field 6: data and stack, virtual.
    pub data: u64,
}

pub(super) fn parse(bytes: &[u8], page_size: u64) -> Parsed<Statm> {
    let text = std::str::from_utf8(bytes).map_err(|_| "not text".to_owned())?;
    let mut fields = text.split_ascii_whitespace().map(|field| {
        let pages: u64 = field.parse().map_err(|_| format!("{field:?} is not a number of pages"))?;
        pages.checked_mul(page_size).ok_or_else(|| format!("{pages} pages are more than can be counted in bytes"))
    });
    let mut next = || fields.next().unwrap_or_else(|| Err("fewer than 6 fields".to_owned()));
    let (size, resident, shared, text) = (next()?, next()?, next()?, next()?);
    let _library = next()?;
    Ok(Statm { size, resident, shared, text, data: next()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_become_bytes() {
        let statm = parse(b"5413 1713 1294 14 0 341 0\n", 4096).unwrap();
        assert_eq!(statm.size, 5413 * 4096);
        assert_eq!(statm.resident, 1713 * 4096);
        assert_eq!(statm.shared, 1294 * 4096);
        assert_eq!(statm.text, 14 * 4096);
        assert_eq!(statm.data, 341 * 4096);
    }

    #[test]
    fn a_short_file_is_an_error_that_says_so() {
        assert_eq!(parse(b"1 2 3", 4096).unwrap_err(), "fewer than 6 fields");
    }
}
