//! Which files fit.

use super::super::Context;
use super::super::file::place;
use super::super::pattern::fits;
use super::{Links, Wanted};
use crate::linux;
use crate::linux::files::{Directory, Kind, Place, Status};
use omi::{Error, Result};
use std::io;

/// Is shown each file; tells whether more are wanted.
type Visit<'a> = &'a mut dyn FnMut(&Place, &Status) -> Result<bool>;

pub(super) struct Walk<'a> {
    wanted: &'a Wanted,
    context: &'a Context<'a>,
    /// The directories in which we are: links may lead back into one.
    within: Vec<(u64, u64)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(wanted: &'a Wanted, context: &'a Context<'a>) -> Self {
        Self { wanted, context, within: Vec::new() }
    }

    /// Shows all that fit. Whether that were all.
    pub(super) fn run(mut self, visit: Visit<'_>) -> Result<bool> {
        let missing = || Error::not_found(format!("DestinationPath {:?} does not exist", self.wanted.base));
        if self.wanted.base == "/" {
            let root = Place::root(self.context.root)?;
            return self.inside(&root, &self.wanted.patterns, visit);
        }
        let place = place(self.context.root, &self.wanted.base)?.ok_or_else(missing)?;
        let status = place.status()?.ok_or_else(missing)?;
        let Some((place, status)) = self.real(place, status)? else { return Ok(true) };
        match status.kind() {
            Kind::Directory => self.inside(&place.open_directory()?, &self.wanted.patterns, visit),
            _ if self.wanted.patterns.is_empty() => visit(&place, &status),
            _ => Ok(true),
        }
    }

    /// What is in a directory. The first pattern is for its names, the others for what lies deeper.
    fn inside(&mut self, directory: &Directory, patterns: &[String], visit: Visit<'_>) -> Result<bool> {
        let id = directory.status()?.id();
        if self.within.contains(&id) {
            return Ok(true);
        }
        self.within.push(id);
        let is_whole = self.entries(directory, patterns, visit);
        self.within.pop();
        is_whole
    }

    fn entries(&mut self, directory: &Directory, patterns: &[String], visit: Visit<'_>) -> Result<bool> {
        let (pattern, deeper) = match patterns {
            [pattern, deeper @ ..] => (Some(pattern.as_str()), deeper),
            [] => (None, patterns),
        };
        for name in directory.names()? {
            self.context.check_canceled()?;
            let place = directory.place(&name);
            let Some(status) = place.status()? else { continue };
            let Some((place, status)) = self.real(place, status)? else { continue };
            let is_fit = fits(pattern, &name.to_string_lossy());
            if deeper.is_empty() && is_fit && !visit(&place, &status)? {
                return Ok(false);
            }
            // The last pattern is for the files in the directories below, too.
            let below = if deeper.is_empty() { patterns } else { deeper };
            let enters = if deeper.is_empty() { self.wanted.recurse } else { is_fit };
            if status.kind() == Kind::Directory && enters {
                match place.open_directory() {
                    Ok(inner) if !self.inside(&inner, below, visit)? => return Ok(false),
                    Ok(_) => {}
                    Err(error) => self.passed_over(error)?,
                }
            }
        }
        Ok(true)
    }

    /// What is listed for it: for a link what it leads to, the link, or nothing.
    fn real(&self, place: Place, status: Status) -> Result<Option<(Place, Status)>> {
        if status.kind() != Kind::Link || self.wanted.links == Links::Manage {
            return Ok(Some((place, status)));
        }
        if self.wanted.links == Links::Ignore {
            return Ok(None);
        }
        match Place::follow(self.context.root, place.path())
            .and_then(|real| Ok(real.status()?.map(|status| (real, status))))
        {
            // It is listed by the name that it has here.
            Ok(Some((real, status))) => Ok(Some((real.called(place.path()), status))),
            Ok(None) => Ok(None),
            Err(error) => self.passed_over(error).map(|()| None),
        }
    }

    /// One that cannot be looked at does not keep the others from being listed.
    fn passed_over(&self, error: linux::Error) -> Result<()> {
        match error {
            linux::Error::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => Ok(()),
            error => {
                self.context.warning(&error.to_string());
                Ok(())
            }
        }
    }
}
