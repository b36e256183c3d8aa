//! `lumi generate`: what describes the command, made from the definitions that its command line is read with.

mod reference;

use crate::args::Arguments;
use crate::failure::{Failure, Result};
use clap::{Args, CommandFactory, Subcommand};
use clap_complete::Shell;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Make man pages, completions for shells, and the command reference
#[derive(Subcommand, Debug)]
pub enum Generate {
    Man(Man),
    Completions(Completions),
    /// Write the command reference in Markdown to standard output
    Reference,
}

/// Write a man page for each command into a folder
#[derive(Args, Debug)]
pub struct Man {
    /// Write files into this folder
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
}

/// Write the completions for a shell to standard output
///
/// Examples:
///   lumi generate completions bash > ~/.local/share/bash-completion/completions/lumi
///   lumi generate completions zsh > ~/.zfunc/_lumi
///   lumi generate completions fish > ~/.config/fish/completions/lumi.fish
///   lumi generate completions powershell >> $PROFILE
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

/// Runs the command.
pub fn run(generate: &Generate) -> Result<()> {
    let mut command = Arguments::command();
    let mut text = Vec::new();
    match generate {
        Generate::Man(man) => return write_man_pages(command, &man.output),
        // It panics where it cannot write, as at a closed pipe, so it writes to memory.
        Generate::Completions(completions) => {
            clap_complete::generate(completions.shell, &mut command, "lumi", &mut text);
        }
        Generate::Reference => text.extend(reference::markdown(command).bytes()),
    }
    io::stdout().lock().write_all(&text)?;
    Ok(())
}

fn write_man_pages(command: clap::Command, folder: &Path) -> Result<()> {
    let written = fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
    written.map_err(|error| {
        let message = format!("cannot write man pages into {}: {error}", folder.display());
        Failure::Operation(omi::Error::new(omi::ResultCode::FAILED, message))
    })
}
