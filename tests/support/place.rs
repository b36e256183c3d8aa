//! Where a command finds a provider: in its own process, or at a server.

use crate::built;
use crate::serve::Server;
use std::process::Command;

/// A provider, and how `lumi` reaches it.
pub(crate) struct Place {
    arguments: Vec<String>,
    password: String,
    /// For failed assertions.
    pub(crate) name: &'static str,
    _server: Option<Server>,
}

impl Place {
    /// The provider of an example, in the command's own process and at a server. None where it is not built.
    pub(crate) fn both(example: &str) -> Vec<Self> {
        let Some(library) = built::example(example) else { return Vec::new() };
        let here = Self {
            arguments: vec!["--provider".to_owned(), library.to_str().unwrap().to_owned()],
            password: String::new(),
            name: "in process",
            _server: None,
        };
        vec![here, Self::at(Server::with_provider(&library))]
    }

    /// lumi's own classes, in the command's own process and at a server.
    #[allow(dead_code)] // not every test file uses it
    pub(crate) fn both_with_lumi() -> Vec<Self> {
        let here = Self { arguments: Vec::new(), password: String::new(), name: "in process", _server: None };
        vec![here, Self::at(Server::start())]
    }

    /// A server.
    fn at(server: Server) -> Self {
        let (user, password) = server.credentials();
        let arguments = ["--url", server.url("http"), "--user", &user].map(ToOwned::to_owned).to_vec();
        Self { arguments, password, name: "by WS-Man", _server: Some(server) }
    }

    /// `lumi` with these arguments.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lumi"));
        command.args(arguments).args(&self.arguments).env("LUMI_PASSWORD", &self.password);
        command.env_remove("LUMI_LOG").env_remove("COLUMNS");
        command
    }
}
