//! Why the command ends without success, and what a shell learns of it.

use crate::dialogue::indented;
use omi::{Error, Value};
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

/// The message and, on further lines, what a CIM_Error says about cause and cure.
pub fn explained(error: &Error) -> String {
    let details = error.details();
    // "Unknown" is what there has to be where there is nothing to say.
    let cause =
        details.and_then(|it| it.text("ProbableCauseDescription")).filter(|it| !it.eq_ignore_ascii_case("Unknown"));
    let cause = cause.map(|cause| format!("probable cause: {cause}"));
    let actions = match details.and_then(|it| it.get("RecommendedActions")) {
        Some(Value::StringArray(actions)) => actions.as_slice(),
        _ => &[],
    };
    let actions = actions.iter().map(|action| format!("what helps: {action}"));
    [error.message().to_owned()].into_iter().chain(cause).chain(actions).collect::<Vec<_>>().join("\n")
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
                eprintln!("lumi: {}", indented(&explained(error)));
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

#[cfg(test)]
mod tests {
    use super::*;
    use omi::Instance;

    #[test]
    fn an_error_is_explained_by_its_details() {
        let plain = Error::failed("no space left");
        assert_eq!(explained(&plain), "no space left");
        let details = Instance::new("CIM_Error")
            .with("ProbableCauseDescription", "logs")
            .with("RecommendedActions", vec!["remove some".to_owned(), "buy a disk".to_owned()]);
        insta::assert_snapshot!(indented(&explained(&plain.with_details(details))), @r"
        no space left
          probable cause: logs
          what helps: remove some
          what helps: buy a disk
        ");
    }
}
