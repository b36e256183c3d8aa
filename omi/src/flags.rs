//! The element and class flags of mi.h (`MI_FLAG_*`), under short names.

/// The declaration is a class.
pub const CLASS: u32 = 1 << 0;
/// The declaration is a method.
pub const METHOD: u32 = 1 << 1;
/// The declaration is a property.
pub const PROPERTY: u32 = 1 << 2;
/// The declaration is a parameter.
pub const PARAMETER: u32 = 1 << 3;
/// The class is an association.
pub const ASSOCIATION: u32 = 1 << 4;
/// The class is an indication.
pub const INDICATION: u32 = 1 << 5;
/// The property is a reference.
pub const REFERENCE: u32 = 1 << 6;
/// The qualifier may be overridden.
pub const ENABLE_OVERRIDE: u32 = 1 << 7;
/// The qualifier must not be overridden.
pub const DISABLE_OVERRIDE: u32 = 1 << 8;
/// The qualifier stays with the class that has it.
pub const RESTRICTED: u32 = 1 << 9;
/// The qualifier is inherited by subclasses.
pub const TO_SUBCLASS: u32 = 1 << 10;
/// The qualifier's text may be translated.
pub const TRANSLATABLE: u32 = 1 << 11;
/// The property is a key.
pub const KEY: u32 = 1 << 12;
/// The parameter is an input.
pub const IN: u32 = 1 << 13;
/// The parameter is an output.
pub const OUT: u32 = 1 << 14;
/// The value must not be NULL.
pub const REQUIRED: u32 = 1 << 15;
/// The method or property belongs to the class, not to an instance.
pub const STATIC: u32 = 1 << 16;
/// The class has no instances of its own.
pub const ABSTRACT: u32 = 1 << 17;
/// The class has no subclasses.
pub const TERMINAL: u32 = 1 << 18;
/// The value is costly to get.
pub const EXPENSIVE: u32 = 1 << 19;
/// The parameter is streamed. omiserver crashes on such methods.
pub const STREAM: u32 = 1 << 20;
/// The property cannot be written.
pub const READ_ONLY: u32 = 1 << 21;
/// The element was not modified.
pub const NOT_MODIFIED: u32 = 1 << 25;
/// The value is NULL.
pub const NULL: u32 = 1 << 29;
/// The value is borrowed, not copied.
pub const BORROW: u32 = 1 << 30;
