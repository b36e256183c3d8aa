//! What is made of a schema.
//!
//! | | |
//! |---|---|
//! | [`rust`] | types, builders, value maps and declarations for the crate `omi`; a build script calls [`build::rust`] |
//! | [`registration`], [`registrations`] | `.reg` files: which library serves which classes, and who runs it |
//! | [`markdown`], [`html`] | the class reference |
//! | [`lcm_schema`], [`lcm_registration`] | how the LCM of DSC for Linux knows a resource |
//! | [`manifest`] | how DSC v3 knows a resource |
//!
//! [`build::rust`]: crate::build::rust
//!
//! ```
//! use omi_mof::generate::{self, Registration};
//!
//! let text = r#"
//!     class Demo_Fan
//!     {
//!         [Key] string Name;
//!         [ValueMap { "0", "1", "2..9" }, Values { "Off", "On", "Reserved" }] uint8 State = 0;
//!     };"#;
//! let schema = omi_mof::compile_text("fan.mof", text)?;
//!
//! let rust = generate::rust(&schema);
//! assert!(rust.contains("pub state: Option<demo_fan::State>"));
//! assert!(rust.contains(r#"ON = 1, "On";"#));
//!
//! let classes = schema.classes().iter().collect();
//! let fans = Registration { library: "fans", hosting: Some("@requestor@"), classes };
//! assert_eq!(generate::registration(&schema, &fans), "LIBRARY=fans\nHOSTING=@requestor@\nCLASS=Demo_Fan\n");
//! # Ok::<(), omi_mof::Diagnostics>(())
//! ```

mod docs;
mod dsc;
mod names;
mod registration;
mod rust;
mod writer;

pub use docs::{html, markdown};
pub use dsc::{Manifest, Unfit, lcm_registration, lcm_schema, manifest, resources};
pub use registration::{Registration, registration, registrations};
pub use rust::rust;
