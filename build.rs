//! Compiles MOF into Rust declarations and types: the classes of `schema/`, and those of the example and test providers.

fn main() {
    for file in [
        "schema/lumi.mof",
        "examples/number.mof",
        "examples/file.mof",
        "examples/account.mof",
        "examples/arrival.mof",
        "examples/interfaces.mof",
        "examples/conformance/conformance.mof",
        "tests/providers/everything.mof",
        "tests/providers/panicking.mof",
        "tests/providers/working.mof",
    ] {
        omi_mof::build::rust(file);
    }
}
