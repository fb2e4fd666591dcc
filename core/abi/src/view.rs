//! Borrowed bytes and plain status codes.

use core::marker::PhantomData;

/// Borrowed bytes: pointer and length, UTF-8 unless a field says otherwise. Never owned, never freed by the reader.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// First byte; may be null when `len` is 0.
    pub ptr: *const u8,
    /// Number of bytes.
    pub len: usize,
    /// Ties the view to what it borrows from; has no size.
    pub life: PhantomData<&'a [u8]>,
}

// SAFETY: a view is a shared borrow of bytes that clause *borrow* (or *batch*, *static*) keeps unchanged.
unsafe impl Send for View<'_> {}
// SAFETY: as above; reading from several threads is reading shared bytes.
unsafe impl Sync for View<'_> {}

impl<'a> View<'a> {
    /// The empty view.
    pub const EMPTY: Self = Self { ptr: core::ptr::null(), len: 0, life: PhantomData };

    /// A view of these bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { ptr: bytes.as_ptr(), len: bytes.len(), life: PhantomData }
    }

    /// A view of this text.
    #[must_use]
    pub const fn text(text: &'a str) -> Self {
        Self::new(text.as_bytes())
    }

    /// The bytes. Null with a length is read as empty.
    ///
    /// # Safety
    /// `ptr` must be null or point to `len` bytes that stay valid and unchanged for `'a` (clauses *borrow*, *batch*, *static*).
    #[must_use]
    pub const unsafe fn bytes(&self) -> &'a [u8] {
        if self.ptr.is_null() || self.len == 0 {
            return &[];
        }
        // SAFETY: not null, and the caller assures `len` valid bytes.
        unsafe { core::slice::from_raw_parts(self.ptr, self.len) }
    }
}

impl core::fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "View({} bytes)", self.len)
    }
}

/// The answer of a call. A named integer, never an enum: host and plugin may send any number.
/// `0` is success, small positive numbers mean "not now", negative ones are faults.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Status(pub i32);

impl Status {
    /// Done.
    pub const OK: Self = Self(0);
    /// Nothing was accepted; the callee calls `ready` later.
    pub const BUSY: Self = Self(1);
    /// Nothing was accepted, and nothing will be: draining or closed.
    pub const CLOSED: Self = Self(2);
    /// A pointer was null that must not be.
    pub const NULL_POINTER: Self = Self(-1);
    /// The callee panicked; it has recovered.
    pub const PANICKED: Self = Self(-2);
    /// An argument breaks the contract.
    pub const BAD_ARGUMENT: Self = Self(-3);
    /// The feature does not exist here, was not claimed in the manifest, or must be understood and is not.
    pub const UNSUPPORTED: Self = Self(-4);
    /// The settings were refused; the text is in the sink.
    pub const BAD_CONFIG: Self = Self(-5);
    /// Anything else went wrong; the text is in the sink or the log.
    pub const FAILED: Self = Self(-6);
}
