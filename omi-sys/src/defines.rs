//! The numeric `#define`s of the header.

use crate::{MI_Boolean, MI_Uint32};

pub const MI_TRUE: MI_Boolean = 1;
pub const MI_FALSE: MI_Boolean = 0;

/// The version that a provider library states in [`crate::MI_Module::version`].
///
/// Not the header's `MI_VERSION`: that one follows the release of OMI, and a server refuses a module whose version is
/// above its own. Every server loads 1.0.0.
pub const MI_VERSION_1_0_0: MI_Uint32 = MI_MAKE_VERSION(1, 0, 0);

/// Encodes an MI version.
pub const fn MI_MAKE_VERSION(major: MI_Uint32, minor: MI_Uint32, revision: MI_Uint32) -> MI_Uint32 {
    (major << 16) | (minor << 8) | revision
}

// Flags of declarations and elements.
pub const MI_FLAG_CLASS: MI_Uint32 = 1 << 0;
pub const MI_FLAG_METHOD: MI_Uint32 = 1 << 1;
pub const MI_FLAG_PROPERTY: MI_Uint32 = 1 << 2;
pub const MI_FLAG_PARAMETER: MI_Uint32 = 1 << 3;
pub const MI_FLAG_ASSOCIATION: MI_Uint32 = 1 << 4;
pub const MI_FLAG_INDICATION: MI_Uint32 = 1 << 5;
pub const MI_FLAG_REFERENCE: MI_Uint32 = 1 << 6;
/// Scope of a qualifier that fits everything: all of the flags above.
pub const MI_FLAG_ANY: MI_Uint32 = 0x7f;

// Flavors of qualifiers.
pub const MI_FLAG_ENABLEOVERRIDE: MI_Uint32 = 1 << 7;
pub const MI_FLAG_DISABLEOVERRIDE: MI_Uint32 = 1 << 8;
pub const MI_FLAG_RESTRICTED: MI_Uint32 = 1 << 9;
pub const MI_FLAG_TOSUBCLASS: MI_Uint32 = 1 << 10;
pub const MI_FLAG_TRANSLATABLE: MI_Uint32 = 1 << 11;
pub const MI_FLAG_TOINSTANCE: MI_Uint32 = 1 << 22;

// Boolean qualifiers as flags of a declaration.
pub const MI_FLAG_KEY: MI_Uint32 = 1 << 12;
pub const MI_FLAG_IN: MI_Uint32 = 1 << 13;
pub const MI_FLAG_OUT: MI_Uint32 = 1 << 14;
pub const MI_FLAG_REQUIRED: MI_Uint32 = 1 << 15;
pub const MI_FLAG_STATIC: MI_Uint32 = 1 << 16;
pub const MI_FLAG_ABSTRACT: MI_Uint32 = 1 << 17;
pub const MI_FLAG_TERMINAL: MI_Uint32 = 1 << 18;
pub const MI_FLAG_EXPENSIVE: MI_Uint32 = 1 << 19;
pub const MI_FLAG_STREAM: MI_Uint32 = 1 << 20;
pub const MI_FLAG_READONLY: MI_Uint32 = 1 << 21;

/// The bits that carry a version.
pub const MI_FLAG_VERSION: MI_Uint32 = 1 << 26 | 1 << 27 | 1 << 28;

// State of an element, and what to do with a value that is being set.
pub const MI_FLAG_NOT_MODIFIED: MI_Uint32 = 1 << 25;
pub const MI_FLAG_NULL: MI_Uint32 = 1 << 29;
/// Keep the pointer instead of copying; the value must outlive the instance.
pub const MI_FLAG_BORROW: MI_Uint32 = 1 << 30;
/// Take ownership of the value. OMI copies instead.
pub const MI_FLAG_ADOPT: MI_Uint32 = 1 << 31;

// Flags of a module.
pub const MI_MODULE_FLAG_STANDARD_QUALIFIERS: MI_Uint32 = 1 << 0;
pub const MI_MODULE_FLAG_DESCRIPTIONS: MI_Uint32 = 1 << 1;
pub const MI_MODULE_FLAG_VALUES: MI_Uint32 = 1 << 2;
pub const MI_MODULE_FLAG_MAPPING_STRINGS: MI_Uint32 = 1 << 3;
pub const MI_MODULE_FLAG_BOOLEANS: MI_Uint32 = 1 << 4;
pub const MI_MODULE_FLAG_CPLUSPLUS: MI_Uint32 = 1 << 5;
pub const MI_MODULE_FLAG_LOCALIZED: MI_Uint32 = 1 << 6;
pub const MI_MODULE_FLAG_FILTER_SUPPORT: MI_Uint32 = 1 << 7;

/// Characters, NUL included, of the buffer for a locale name.
pub const MI_MAX_LOCALE_SIZE: usize = 128;

// Channels of messages from a provider to the client.
pub const MI_WRITEMESSAGE_CHANNEL_WARNING: MI_Uint32 = 0;
pub const MI_WRITEMESSAGE_CHANNEL_VERBOSE: MI_Uint32 = 1;
pub const MI_WRITEMESSAGE_CHANNEL_DEBUG: MI_Uint32 = 2;

// Flags of client operations.
/// The client acknowledges each result before the next one comes.
pub const MI_OPERATIONFLAGS_MANUAL_ACK_RESULTS: MI_Uint32 = 0x0001;
/// The protocol chooses how much type information the results carry.
pub const MI_OPERATIONFLAGS_DEFAULT_RTTI: MI_Uint32 = 0;
/// Elements come as strings.
pub const MI_OPERATIONFLAGS_NO_RTTI: MI_Uint32 = 0x0400;
/// Elements come as strings or in their type.
pub const MI_OPERATIONFLAGS_BASIC_RTTI: MI_Uint32 = 0x0002;
/// Elements come in their type.
pub const MI_OPERATIONFLAGS_STANDARD_RTTI: MI_Uint32 = 0x0800;
/// Elements come in their type, with the whole class hierarchy; may be slow.
pub const MI_OPERATIONFLAGS_FULL_RTTI: MI_Uint32 = 0x0004;
pub const MI_OPERATIONFLAGS_LOCALIZED_QUALIFIERS: MI_Uint32 = 0x0008;
pub const MI_OPERATIONFLAGS_EXPENSIVE_PROPERTIES: MI_Uint32 = 0x0040;
/// Instances of the class itself only, not of its subclasses.
pub const MI_OPERATIONFLAGS_POLYMORPHISM_SHALLOW: MI_Uint32 = 0x0080;
/// Instances of subclasses too, cut down to the properties of the class.
pub const MI_OPERATIONFLAGS_POLYMORPHISM_DEEP_BASE_PROPS_ONLY: MI_Uint32 = 0x0180;
/// Report an empty result when the operation has started.
pub const MI_OPERATIONFLAGS_REPORT_OPERATION_STARTED: MI_Uint32 = 0x0200;

// Flags of serializers.
pub const MI_SERIALIZER_FLAGS_CLASS_DEEP: MI_Uint32 = 1;
pub const MI_SERIALIZER_FLAGS_INSTANCE_WITH_CLASS: MI_Uint32 = 1;

// Types of lifecycle indications, bits of a set.
pub const MI_LIFECYCLE_INDICATION_NONE: MI_Uint32 = 0;
pub const MI_LIFECYCLE_INDICATION_CREATE: MI_Uint32 = 1;
pub const MI_LIFECYCLE_INDICATION_MODIFY: MI_Uint32 = 2;
pub const MI_LIFECYCLE_INDICATION_DELETE: MI_Uint32 = 4;
pub const MI_LIFECYCLE_INDICATION_READ: MI_Uint32 = 8;
pub const MI_LIFECYCLE_INDICATION_METHODCALL: MI_Uint32 = 16;
pub const MI_LIFECYCLE_INDICATION_ALL: MI_Uint32 = 31;
