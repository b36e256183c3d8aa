//! Memory for declarations, which live as long as the process: many small things in few allocations.

use std::ptr;

/// How much is taken from the allocator at once.
const CHUNK: usize = 64 << 10;

/// Never gives back what it lends.
pub(super) struct Arena {
    rest: &'static mut [u64],
}

impl Arena {
    pub(super) fn new() -> Self {
        Self { rest: &mut [] }
    }

    /// Moves a value here.
    pub(super) fn place<T>(&mut self, value: T) -> &'static T {
        let place = self.take(size_of::<T>()).as_mut_ptr().cast::<T>();
        const { assert!(align_of::<T>() <= align_of::<u64>()) };
        // SAFETY: the units have room for a T, as aligned as it needs, and nobody else has them.
        unsafe {
            place.write(value);
            &*place
        }
    }

    /// Copies a slice here.
    pub(super) fn copy<T: Copy>(&mut self, items: &[T]) -> &'static [T] {
        let place = self.take(size_of_val(items)).as_mut_ptr().cast::<T>();
        const { assert!(align_of::<T>() <= align_of::<u64>()) };
        // SAFETY: the units have room for the items, as aligned as they need, and nobody else has them.
        unsafe {
            ptr::copy_nonoverlapping(items.as_ptr(), place, items.len());
            std::slice::from_raw_parts(place, items.len())
        }
    }

    /// Zeroed units for so many bytes.
    fn take(&mut self, bytes: usize) -> &'static mut [u64] {
        let units = bytes.div_ceil(size_of::<u64>());
        if units > self.rest.len() {
            self.rest = Vec::leak(vec![0; units.max(CHUNK / size_of::<u64>())]);
        }
        let (taken, rest) = std::mem::take(&mut self.rest).split_at_mut(units);
        self.rest = rest;
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_placed_stays_as_it_was() {
        let mut arena = Arena::new();
        let bytes = arena.copy(b"abc");
        let numbers: Vec<&u64> = (0..100_000).map(|number| arena.place(number)).collect();
        let long = arena.copy(&vec![7_u16; CHUNK]);
        assert_eq!(bytes, b"abc");
        assert!(numbers.into_iter().copied().eq(0..100_000));
        assert!(long.len() == CHUNK && long.iter().all(|it| *it == 7));
        assert!(arena.copy::<u64>(&[]).is_empty());
    }
}
