//! Why the command ends without success, and what a shell learns of it.

use std::io;
use std::process::ExitCode;

/// `Result` with [`Failure`].
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why the command ends without success.
#[derive(Debug)]
pub enum Failure {
    /// The words on the command line do not go together.
    Usage(String),
    /// The operation failed.
    Operation(omi::Error),
    /// The provider told of errors that did not end the operation, and the user has seen them.
    Reported,
    /// Standard output takes no more.
    Output(io::Error),
}

impl From<omi::Error> for Failure {
    fn from(error: omi::Error) -> Self {
        Self::Operation(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl Failure {
    /// Says on standard error what went wrong, and gives the exit status.
    pub fn report(&self) -> ExitCode {
        match self {
            Self::Usage(message) => {
                eprintln!("lumi: {message}\nFor more information, try 'lumi --help'.");
                ExitCode::from(2)
            }
            Self::Operation(error) => {
                eprintln!("lumi: {}", crate::values::printable(error.message()));
                ExitCode::from(1)
            }
            Self::Reported => ExitCode::from(1),
            // The reader, `head` for example, has seen enough.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Self::Output(error) => {
                eprintln!("lumi: cannot write to standard output: {error}");
                ExitCode::from(1)
            }
        }
    }
}
