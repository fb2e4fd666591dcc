//! How a reader takes a struct that may be longer or shorter than its own: into a zeroed value. For Rust alone; in C it is `RUNDRUF_READ`.

use crate::{
    Descriptor, Entry, ForgetHost, ForgetTable, HealthHost, HealthTable, HostTable, LookupHost, LookupTable, OpenArgs,
    RawAddress, RawAttachment, RawBatch, RawBegun, RawContent, RawForget, RawForgotten, RawHeader, RawHealth,
    RawInbound, RawInboundFile, RawLookup, RawLookupAnswer, RawOutcome, RawPair, RawReceipt, RawRecipient, RawSegment,
    RawSetupAnswer, RawSetupStep, RawWebhookRequest, RawWebhookResponse, RecallTable, SetupHost, SetupTable,
    TransportTable, WebhookHost, WebhookTable,
};
use core::marker::PhantomData;
use core::mem::MaybeUninit;

/// A struct of the contract that may grow at its end.
///
/// # Safety
/// The struct is `#[repr(C)]` without holes, and zero is a valid value of every byte.
pub unsafe trait Growing: Sized {
    /// What every writer has of it, in bytes: the size in the first frozen version.
    const MIN_SIZE: usize;

    /// Copies what the writer has, `given` bytes, into a zeroed value; what the writer does not have is zero. `None` if the pointer is null or
    /// not aligned, or if the writer has less than the first version had.
    ///
    /// # Safety
    /// `from` is null, or `given` bytes are readable there.
    #[must_use]
    unsafe fn read(from: *const Self, given: usize) -> Option<Self> {
        if from.is_null() || !from.is_aligned() || given < Self::MIN_SIZE {
            return None;
        }
        if given >= size_of::<Self>() {
            // The usual case, and one for each message: a copy of a constant length.
            // SAFETY: the caller assures `given` bytes, and they are a value of the contract.
            return Some(unsafe { from.read() });
        }
        let mut own = MaybeUninit::<Self>::zeroed();
        // SAFETY: the caller assures `given` bytes, which are fewer than the value has, and zero is valid for the rest (the trait's contract).
        unsafe {
            core::ptr::copy_nonoverlapping(from.cast::<u8>(), own.as_mut_ptr().cast::<u8>(), given);
            Some(own.assume_init())
        }
    }

    /// As [`read`](Growing::read), for a struct that begins with its own `size`.
    ///
    /// # Safety
    /// `from` is null, or a struct whose first field is its size in bytes.
    #[must_use]
    unsafe fn read_sized(from: *const Self) -> Option<Self> {
        if from.is_null() || !from.is_aligned() {
            return None;
        }
        // SAFETY: the caller assures it.
        unsafe { Self::read(from, *from.cast::<u32>() as usize) }
    }
}

macro_rules! growing {
    ($($name:ty),* $(,)?) => {
        $(
            // SAFETY: `#[repr(C)]`; integers, views, pointers and optional functions are all valid when zero, and the layout test finds no hole.
            unsafe impl Growing for $name {
                const MIN_SIZE: usize = Self::MIN_SIZE;
            }
        )*
    };
}

growing! {
    Descriptor, Entry, HostTable, LookupHost, LookupTable, OpenArgs<'_>, RawAddress<'_>, RawAttachment<'_>, RawBatch<'_>, RawBegun,
    RawContent<'_>, RawInbound<'_>, RawInboundFile<'_>, RawLookup<'_>, RawLookupAnswer<'_>, RawOutcome<'_>, RawPair<'_>, RawReceipt<'_>,
    RawRecipient<'_>, RawSegment<'_>, RecallTable, TransportTable, RawHeader<'_>, RawWebhookRequest<'_>, RawWebhookResponse<'_>,
    WebhookHost, WebhookTable, ForgetHost, ForgetTable, RawForget<'_>, RawForgotten<'_>, HealthHost, HealthTable, RawHealth<'_>,
    SetupHost, SetupTable, RawSetupAnswer<'_>, RawSetupStep<'_>,
}

/// An array whose elements may be longer or shorter than one's own.
#[derive(Debug)]
pub struct StridedView<'a, T> {
    first: *const T,
    count: usize,
    stride: usize,
    life: PhantomData<&'a T>,
}

impl<T> Clone for StridedView<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for StridedView<'_, T> {}

// SAFETY: a shared borrow of elements that the clause under which it was made keeps unchanged.
unsafe impl<T: Sync> Send for StridedView<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for StridedView<'_, T> {}

impl<'a, T: Growing> StridedView<'a, T> {
    /// Checks the array; an empty one may be null. `None` if it is null or not aligned, if its stride is not a multiple of the alignment or
    /// shorter than the first version's, or if it has more than `most` elements.
    ///
    /// # Safety
    /// `first` is null, or `count` elements are there, `stride` bytes apart, for `'a`.
    #[must_use]
    pub unsafe fn new(first: *const T, count: usize, stride: usize, most: usize) -> Option<Self> {
        let is_aligned = first.is_aligned() && stride.is_multiple_of(align_of::<T>());
        let is_valid = count == 0 || (!first.is_null() && is_aligned && stride >= T::MIN_SIZE && count <= most);
        is_valid.then_some(Self { first, count, stride, life: PhantomData })
    }

    /// Number of elements.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Where element `n` is: for a field that the first version had.
    #[must_use]
    pub fn place(&self, n: usize) -> Option<*const T> {
        // Within the array, as the caller of `new` assures.
        (n < self.count).then(|| self.first.wrapping_byte_add(n * self.stride))
    }

    /// A copy of element `n`, zero where the writer's is shorter.
    #[must_use]
    pub fn get(&self, n: usize) -> Option<T> {
        let place = self.place(n)?;
        // SAFETY: `new` checked the array, and its caller assures `stride` bytes for each element.
        unsafe { T::read(place, self.stride) }
    }

    /// Calls `f` with element `n` where it is, or with a copy that is zero at its end where the writer's is shorter.
    pub fn with<R>(&self, n: usize, f: impl FnOnce(&T) -> R) -> Option<R> {
        let place = self.place(n)?;
        if self.stride >= size_of::<T>() {
            // SAFETY: `new` checked the array, and its caller assures `stride` bytes for each element, unchanged for `'a`.
            return Some(f(unsafe { &*place }));
        }
        self.get(n).map(|own| f(&own))
    }

    /// Copies of all elements, in order.
    pub fn iter(self) -> impl Iterator<Item = T> + 'a
    where
        T: 'a,
    {
        (0..self.count).filter_map(move |n| self.get(n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OutcomeCode;

    fn outcome(index: u32) -> RawOutcome<'static> {
        // SAFETY: zero is a valid value.
        let zero: RawOutcome<'static> = unsafe { MaybeUninit::zeroed().assume_init() };
        RawOutcome { batch: 7, index, code: OutcomeCode::SENT, parts: 3, ..zero }
    }

    #[test]
    fn longer_and_shorter_structs_are_read() {
        let own = outcome(5);
        let size = size_of::<RawOutcome<'_>>();
        // SAFETY: the value is there.
        let read = |given| unsafe { RawOutcome::read(&raw const own, given) };
        assert_eq!(read(size).unwrap().parts, 3);
        assert!(read(RawOutcome::MIN_SIZE - 1).is_none());
        // A writer of a later version: the bytes behind are not looked at.
        let later = (own, [0xA5_u64; 4]);
        // SAFETY: the struct is at the beginning of the pair.
        let read = unsafe { RawOutcome::read((&raw const later).cast(), size + 32) }.unwrap();
        assert_eq!((read.index, read.parts), (5, 3));
        // SAFETY: null and a wrong alignment are refused before anything is read.
        unsafe {
            assert!(RawOutcome::read(core::ptr::null(), size).is_none());
            assert!(RawOutcome::read((&raw const own).byte_add(1), size).is_none());
        }
    }

    #[test]
    fn arrays_are_checked() {
        let all = [outcome(0), outcome(1), outcome(2)];
        let size = size_of::<RawOutcome<'_>>();
        // SAFETY: three elements are there; everything else is refused before it is read.
        let view = |first, count, stride| unsafe { StridedView::<RawOutcome<'_>>::new(first, count, stride, 3) };
        let indices = |view: StridedView<'_, RawOutcome<'_>>| {
            let copied = view.iter().map(|o| o.index).sum::<u32>();
            assert_eq!((0..view.len()).filter_map(|n| view.with(n, |o| o.index)).sum::<u32>(), copied);
            copied
        };
        assert_eq!(view(all.as_ptr(), 3, size).map(indices), Some(3));
        assert_eq!(view(all.as_ptr(), 2, 2 * size - size % 8).map(indices), Some(2), "every second one");
        assert!(view(core::ptr::null(), 0, 0).is_some_and(|view| view.is_empty()));
        for (first, count, stride) in [
            (core::ptr::null(), 1, size),
            (all.as_ptr(), 1, size - 8),
            (all.as_ptr(), 1, size + 4),
            (all.as_ptr(), 4, size),
            (all.as_ptr().wrapping_byte_add(4), 1, size),
        ] {
            assert!(view(first, count, stride).is_none(), "{count} {stride}");
        }
    }
}
