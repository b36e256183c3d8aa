//! Files, directories and symbolic links: found without following somebody else's links, put in place in one step, copied,
//! compared and removed.

mod access;
mod copy;
mod directory;
mod mode;
mod owner;
mod place;
mod put;
mod remove;
mod status;
mod walk;

pub(crate) use copy::{copy, holds, same_contents, same_stream};
pub(crate) use directory::Directory;
pub(crate) use mode::Mode;
pub(crate) use owner::Names;
pub(crate) use place::Place;
pub(crate) use put::{Over, leftover, make_directories, put_directory, put_file, put_link, remove_leftover};
pub(crate) use status::{Kind, Status, Time};
