//! With the feature `bindgen`, makes the types from an installed MI.h. Without it there is nothing to do.

#[cfg(not(feature = "bindgen"))]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}

#[cfg(feature = "bindgen")]
fn main() {
    from_header::generate();
}

#[cfg(feature = "bindgen")]
mod from_header {
    use std::env;
    use std::path::{Path, PathBuf};

    use bindgen::callbacks::{ItemInfo, ParseCallbacks};
    use bindgen::{EnumVariation, Formatter, RustEdition};

    /// Objects that the host owns: their address is their identity, so they are not copied.
    const HOST_OBJECTS: [&str; 17] = [
        "MI_Application",
        "MI_Class",
        "MI_Context",
        "MI_Deserializer",
        "MI_DestinationOptions",
        "MI_Filter",
        "MI_HostedProvider",
        "MI_Instance",
        "MI_LifecycleIndicationContext",
        "MI_Module",
        "MI_Operation",
        "MI_OperationOptions",
        "MI_PropertySet",
        "MI_Serializer",
        "MI_Server",
        "MI_Session",
        "MI_SubscriptionDeliveryOptions",
    ];

    pub fn generate() {
        println!("cargo::rerun-if-changed=build.rs");
        let header = header();
        println!("cargo::rerun-if-changed={}", header.display());
        require_libclang();

        let mut builder = bindgen::builder()
            .header(header.to_str().expect("the path of MI.h is not UTF-8"))
            .rust_edition(RustEdition::Edition2024)
            // Types only: #defines and symbols are in src/, common to both builds.
            .allowlist_type("_?MI_.*")
            .use_core()
            .ctypes_prefix("core::ffi")
            .default_enum_style(EnumVariation::NewType { is_bitfield: false, is_global: true })
            .prepend_enum_name(false)
            .must_use_type("MI_Result")
            .derive_debug(true)
            .generate_comments(false)
            .sort_semantically(true)
            .formatter(Formatter::Prettyplease)
            .parse_callbacks(Box::new(HeaderNames));
        for object in HOST_OBJECTS {
            builder = builder.no_copy(format!("_?{object}"));
        }
        let bindings = builder.generate().unwrap_or_else(|error| {
            panic!("bindgen cannot read {}: {error}; a missing stddef.h means that clang's own headers are not installed (Debian: libclang-common-14-dev)", header.display())
        });
        let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("bindings.rs");
        bindings.write_to_file(&out).unwrap_or_else(|error| panic!("cannot write {}: {error}", out.display()));
    }

    fn header() -> PathBuf {
        println!("cargo::rerun-if-env-changed=OMI_INCLUDE_DIR");
        let dir = env::var("OMI_INCLUDE_DIR").unwrap_or_else(|_| "/opt/omi/include".to_owned());
        let header = Path::new(&dir).join("MI.h");
        assert!(
            header.is_file(),
            "no file {}: the feature `bindgen` needs the header of OMI; set OMI_INCLUDE_DIR to the directory of MI.h",
            header.display()
        );
        header
    }

    fn require_libclang() {
        // bindgen panics when it cannot load the library, after printing where it looked.
        if std::panic::catch_unwind(bindgen::clang_version).is_err() {
            panic!(
                "no libclang: the feature `bindgen` needs it (Debian: libclang1-14 and libclang-common-14-dev); \
                 LIBCLANG_PATH names its directory"
            );
        }
    }

    /// Gives tags the names of their typedefs, and the anonymous unions the names that src/types gives them.
    #[derive(Debug)]
    struct HeaderNames;

    impl ParseCallbacks for HeaderNames {
        fn item_name(&self, item: ItemInfo<'_>) -> Option<String> {
            match item.name.trim_start_matches('_') {
                "MI_Datetime__bindgen_ty_1" => Some("MI_DatetimeUnion".to_owned()),
                "MI_UserCredentials__bindgen_ty_1" => Some("MI_CredentialsUnion".to_owned()),
                name if name.starts_with("MI_") => Some(name.to_owned()),
                _ => None,
            }
        }
    }
}
