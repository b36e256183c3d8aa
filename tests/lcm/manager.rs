//! The Local Configuration Manager of DSC for Linux, called by OMI's client, and configurations for it.

use crate::run;
use std::path::Path;
use std::process::{Command, Output};

pub(crate) const NAMESPACE: &str = "root/Microsoft/DesiredStateConfiguration";

/// An LCM that can be called.
pub(crate) trait Manager {
    /// Runs omicli where the LCM's server is.
    fn omicli(&self, words: &[&str]) -> Output;

    /// Calls a method of the LCM; what omicli says.
    fn call(&self, method: &str, parameters: &[String]) -> String {
        let before = ["iv", NAMESPACE, "{", "MSFT_DSCLocalConfigurationManager", "}", method, "{"];
        let words: Vec<&str> = before.into_iter().chain(parameters.iter().map(String::as_str)).chain(["}"]).collect();
        run::text(&self.omicli(&words))
    }

    /// Applies a configuration of these resources.
    fn apply(&self, resources: &[&Resource]) -> String {
        let bytes = document(resources).into_bytes();
        let numbers = bytes.iter().map(u8::to_string);
        let data = ["ConfigurationData".to_owned(), "[".to_owned()].into_iter().chain(numbers);
        let force = ["]", "force", "true"].map(str::to_owned);
        self.call("SendConfigurationApply", &data.chain(force).collect::<Vec<_>>())
    }

    /// Makes an inventory of what fits these, by a file that the LCM sees under the second path.
    #[allow(dead_code)] // not every test file uses it
    fn inventory(&self, resources: &[&Resource], file: &Path, path: &str) -> String {
        let kind = "DocumentType = \"inventory\";\nAuthor = ";
        std::fs::write(file, document(resources).replace("Author = ", kind)).unwrap();
        self.call("PerformInventoryOOB", &["InventoryMOFPath".to_owned(), path.to_owned()])
    }

    fn is_in_desired_state(&self) -> bool {
        let said = self.call("TestConfiguration", &[]);
        assert!(said.contains("ReturnValue=0"), "{said}");
        assert!(said.contains("InDesiredState=true") != said.contains("InDesiredState=false"), "{said}");
        said.contains("InDesiredState=true")
    }
}

/// Installs the resources of this build for the LCM of an OMI that has all that is its own below `prefix`, by a
/// command that runs where that is.
pub(crate) fn install(mut lumi: Command, library: &Path, prefix: &Path) {
    lumi.args(["dsc", "install-module", "--library"]).arg(library);
    succeed(of_prefix(&mut lumi, prefix));
}

/// Takes that back.
#[allow(dead_code)] // not every test file uses it
pub(crate) fn uninstall(mut lumi: Command, prefix: &Path) {
    lumi.args(["dsc", "uninstall-module"]);
    succeed(of_prefix(&mut lumi, prefix));
}

fn of_prefix<'a>(lumi: &'a mut Command, prefix: &Path) -> &'a mut Command {
    for (option, place) in [("--prefix", ""), ("--configuration", "etc"), ("--state", "var")] {
        lumi.arg(option).arg(prefix.join(place));
    }
    lumi
}

pub(crate) fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", run::text(&output));
}

/// An instance in a configuration.
pub(crate) struct Resource {
    /// Without `MSFT_` and `Resource`.
    pub(crate) name: &'static str,
    /// MOF.
    properties: String,
}

impl Resource {
    pub(crate) fn new(name: &'static str, properties: impl Into<String>) -> Self {
        Self { name, properties: properties.into() }
    }

    pub(crate) fn class(&self) -> String {
        format!("MSFT_{}Resource", self.name)
    }
}

/// The document as PowerShell compiles it. The resources are called `[NAME]R0`, `[NAME]R1` and so on.
pub(crate) fn document(resources: &[&Resource]) -> String {
    let mut mof = String::new();
    for (number, resource) in resources.iter().enumerate() {
        let (class, Resource { name, properties }) = (resource.class(), resource);
        mof += &format!(
            "instance of {class} as $r{number} {{\nResourceID = \"[{name}]R{number}\";\n{properties}\n\
             SourceInfo = \"::1::1::{name}\";\nModuleName = \"nx\";\nModuleVersion = \"1.0\";\n\
             ConfigurationName = \"C\";\n}};\n"
        );
    }
    mof + "instance of OMI_ConfigurationDocument {\nVersion = \"2.0.0\";\nMinimumCompatibleVersion = \"1.0.0\";\n\
           CompatibleVersionAdditionalProperties = {\"Omi_BaseResource:ConfigurationName\"};\nAuthor = \"a\";\n\
           GenerationDate = \"1/1/2026\";\nGenerationHost = \"h\";\nName = \"C\";\n};\n"
}
