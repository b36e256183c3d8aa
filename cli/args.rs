//! What can stand on the command line.

use crate::associations::{Associators, References};
use crate::dialogue::Answered;
use crate::watch::Watch;
use crate::words::{Assignment, Word};
use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Linux, managed as CIM: ask this machine or another one for instances of management classes, call their methods, and
/// serve them to others over WS-Management.
///
/// Without --url the classes are those of this program, in this process: no server is needed.
#[derive(Parser, Debug)]
#[command(name = "lumi", version, after_long_help = EXIT_STATUS)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_STATUS: &str = "\
Exit status: 0 success; 1 the operation failed or reported errors, or a method returned neither 0 nor 4096 (job \
started); 2 the command line is wrong; 130 Ctrl-C and 143 SIGTERM, after the operation was cancelled. A second Ctrl-C \
does not wait for its end.

Environment: LUMI_LOG says what is logged to standard error: error, warn, info, debug or trace, also for a part as in \
omi_host=debug [default: warn]. LUMI_PASSWORD is the password for --url. NO_COLOR turns colours off.";

/// The options that every command takes, before or after its name.
#[derive(Args, Debug)]
pub struct Common {
    /// The namespace [default: root/cimv2; all of them for `lumi classes`]
    #[arg(long, short, global = true, value_name = "NAMESPACE")]
    pub namespace: Option<String>,

    /// Print JSON for programs instead of text for people
    #[arg(long, global = true)]
    pub json: bool,

    #[command(flatten)]
    pub providers: Providers,

    #[command(flatten)]
    pub remote: Remote,
}

/// Which classes are served, instead of lumi's own.
#[derive(Args, Debug)]
#[command(next_help_heading = "Other providers instead of lumi's own")]
pub struct Providers {
    /// Load this MI provider library, and serve its classes in the namespace; may be repeated
    #[arg(long = "provider", global = true, value_name = "FILE.so")]
    pub libraries: Vec<PathBuf>,

    /// Load the providers registered in this folder, laid out like /etc/opt/omi/conf/omiregister; may be repeated
    #[arg(long = "register", global = true, value_name = "DIR")]
    pub folders: Vec<PathBuf>,
}

/// Another computer to ask.
#[derive(Args, Debug)]
#[command(next_help_heading = "Another computer (not for `lumi serve`)")]
pub struct Remote {
    /// Ask the WS-Management server there, such as https://host:5986/wsman
    #[arg(long, global = true, value_name = "URL")]
    pub url: Option<String>,

    /// The user name there [default: the name of the user who runs lumi]
    #[arg(long, short, global = true, value_name = "NAME")]
    pub user: Option<String>,

    /// Read the password from the first line of this file, instead of from LUMI_PASSWORD or the terminal
    #[arg(long, global = true, value_name = "FILE")]
    pub password_file: Option<PathBuf>,

    /// Trust the certificates in this PEM file, such as the server's own, instead of this computer's authorities
    #[arg(long, global = true, value_name = "FILE")]
    pub ca: Option<PathBuf>,

    /// Trust any certificate. Whoever controls the network can then read the password
    #[arg(long, global = true)]
    pub insecure: bool,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    Serve(Serve),
    Classes(Classes),
    Get(Get),
    Query(Query),
    Invoke(Invoke),
    Watch(Watch),
    Associators(Associators),
    References(References),
    #[command(subcommand)]
    Mof(crate::mof::Mof),
    #[command(subcommand)]
    Dsc(crate::dsc::Dsc),
    #[command(subcommand)]
    Generate(crate::generate::Generate),
}

/// Serve the classes over WS-Management, to PowerShell, pypsrp, winrm and other clients
///
/// Runs until Ctrl-C or SIGTERM. Without --http and --https it listens on this computer only, on 127.0.0.1:5985 (http)
/// and 127.0.0.1:5986 (https); with one of them, only where they say. Port 0 takes any free port; the first line on
/// standard output says which.
///
/// Without --provider and --register it loads liblumi.so from the folder of this program, its folder deps/, or ../lib
/// or ../lib/lumi from there.
#[derive(Args, Debug)]
pub struct Serve {
    /// Listen for http here; may be repeated. Passwords then cross the network unencrypted
    #[arg(long, value_name = "ADDR:PORT", value_parser = socket_address)]
    pub http: Vec<SocketAddr>,

    /// Listen for https here; may be repeated
    #[arg(long, value_name = "ADDR:PORT", value_parser = socket_address)]
    pub https: Vec<SocketAddr>,

    /// Where credentials, key and certificate are kept [default: $XDG_STATE_HOME/lumi, or ~/.local/state/lumi]
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
}

/// List classes, or show one with its properties and methods
#[derive(Args, Debug)]
pub struct Classes {
    /// A class name, or a pattern with the wildcards * and ?; case does not matter
    #[arg(value_name = "PATTERN")]
    pub pattern: Option<String>,
}

/// Get the instances of a class, or one by its keys
///
/// Examples:
///   lumi get Linux_FileSystem
///   lumi get Linux_Process Handle=1
///   lumi get Linux_Process --where "WorkingSetSize > 100000000" --property Handle,Name,WorkingSetSize
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct Get {
    /// The class
    #[arg(value_name = "CLASS")]
    pub class: String,

    /// The keys of one instance; those that identify it are enough
    #[arg(value_name = "KEY=VALUE")]
    pub keys: Vec<Assignment>,

    /// Only these properties, in this order; separated by commas
    #[arg(long, short, value_name = "NAMES", value_delimiter = ',')]
    pub property: Option<Vec<String>>,

    /// Only instances that fulfil this WQL condition: what follows WHERE in a query
    #[arg(long = "where", short = 'w', value_name = "WQL", conflicts_with = "keys")]
    pub condition: Option<String>,

    #[command(flatten)]
    pub answered: Answered,
}

/// Get the instances that a WQL query selects
///
/// Example:
///   lumi query "SELECT Handle, Name FROM Linux_Process WHERE Name LIKE 'ssh%'"
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct Query {
    /// SELECT properties FROM class WHERE condition
    #[arg(value_name = "WQL")]
    pub text: String,

    #[command(flatten)]
    pub answered: Answered,
}

/// Call a method of an instance or, without keys, a static method of a class
///
/// Values are read as the class declares their types. Where it names values, the names do too:
/// Signal=TERM is Signal=15. An array is a list separated by commas, the same name repeated with
/// one element each, or a JSON array: Names=a,b or Names=a Names=b or Names='["a","b"]'.
///
/// Prints the return value and the output parameters. The exit status is 0 when a numeric return
/// value is 0 or 4096 (job started), 1 when it is another number.
///
/// What the provider asks is put to the user when standard input and standard error are a terminal;
/// elsewhere the answer is no.
///
/// Example:
///   lumi invoke Linux_Process Handle=4711 SendSignal Signal=TERM
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    override_usage = "lumi invoke [OPTIONS] <CLASS> [KEY=VALUE]... <METHOD> [PARAMETER=VALUE]..."
)]
pub struct Invoke {
    /// The class
    #[arg(value_name = "CLASS")]
    pub class: String,

    /// The keys of the instance, then the method, then its input parameters
    #[arg(value_name = "WORDS", required = true)]
    pub words: Vec<Word>,

    /// Say what would be called on what, and call nothing
    #[arg(long)]
    pub what_if: bool,

    /// Ask before the method is called, and before each step that its provider lets be confirmed
    #[arg(long, conflicts_with = "yes")]
    pub confirm: bool,

    #[command(flatten)]
    pub answered: Answered,
}

fn socket_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "expected an IP address and a port, such as 127.0.0.1:5985 or [::1]:5985".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_defined() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn common_options_may_stand_before_or_after_the_command() {
        for line in ["lumi --json -n root/test get X", "lumi get X --json --namespace root/test"] {
            let arguments = Arguments::try_parse_from(line.split(' ')).unwrap();
            assert!(arguments.common.json);
            assert_eq!(arguments.common.namespace.as_deref(), Some("root/test"));
        }
    }

    #[test]
    fn an_address_without_a_port_is_refused_with_an_example() {
        let error = Arguments::try_parse_from(["lumi", "serve", "--http", "localhost"]).unwrap_err();
        assert!(error.to_string().contains("such as 127.0.0.1:5985"), "{error}");
    }
}
