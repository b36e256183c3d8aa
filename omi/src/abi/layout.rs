//! How an instance of a declared class lies in memory.

use super::assemble::count;
use crate::Type;
use omi_sys::*;

/// Where fields stand in an instance: after the header, each aligned by its type, as a C compiler would place them.
pub(super) struct Layout {
    end: u32,
}

impl Layout {
    pub(super) fn new() -> Self {
        Self { end: count(size_of::<MI_Instance>()) }
    }

    /// The place of the next field.
    pub(super) fn place(&mut self, kind: Type) -> u32 {
        let (size, align) = field(kind);
        let offset = self.end.next_multiple_of(align);
        self.end = offset + size;
        offset
    }

    /// The size of the instance.
    pub(super) fn size(&self) -> u32 {
        self.end.next_multiple_of(count(align_of::<MI_Instance>()))
    }
}

/// Size and alignment of the field of a type.
fn field(kind: Type) -> (u32, u32) {
    fn of<T>() -> (u32, u32) {
        (count(size_of::<T>()), count(align_of::<T>()))
    }
    match kind {
        Type::Boolean | Type::Uint8 | Type::Sint8 => of::<MI_Uint8Field>(),
        Type::Uint16 | Type::Sint16 | Type::Char16 => of::<MI_Uint16Field>(),
        Type::Uint32 | Type::Sint32 | Type::Real32 => of::<MI_Uint32Field>(),
        Type::Uint64 | Type::Sint64 | Type::Real64 => of::<MI_Uint64Field>(),
        Type::Datetime => of::<MI_DatetimeField>(),
        Type::String | Type::Reference | Type::Instance => of::<MI_StringField>(),
        _ => of::<MI_StringAField>(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_where_a_c_compiler_puts_them() {
        let mut layout = Layout::new();
        assert_eq!(layout.place(Type::Boolean), 64);
        assert_eq!(layout.place(Type::Uint64), 72);
        assert_eq!(layout.place(Type::Uint16), 88);
        assert_eq!(layout.place(Type::Datetime), 92);
        assert_eq!(layout.place(Type::StringArray), 136);
        assert_eq!(layout.size(), 160);
    }
}
