//! Which host loads which plugin.

/// Version of this contract. The major is also in the name of the entry symbol once it is frozen.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AbiVersion {
    /// Changes when old plugins can no longer be loaded. `0` means: not frozen, exact match.
    pub major: u16,
    /// Grows with every addition.
    pub minor: u16,
}

/// The version that is described here.
pub const ABI: AbiVersion = AbiVersion { major: 0, minor: 2 };

impl AbiVersion {
    /// Whether a host of this version loads a plugin of that version. Asked before anything else of a plugin is read.
    /// Major 0 demands an exact match; from 1 on, every minor of the same major is accepted.
    #[must_use]
    pub const fn accepts(self, plugin: Self) -> bool {
        if self.major == 0 { plugin.major == 0 && plugin.minor == self.minor } else { plugin.major == self.major }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_zero_is_exact_and_later_majors_accept_every_minor() {
        let v = |major, minor| AbiVersion { major, minor };
        assert!(v(0, 1).accepts(v(0, 1)));
        assert!(!v(0, 1).accepts(v(0, 2)));
        assert!(!v(0, 1).accepts(v(1, 1)));
        assert!(v(1, 0).accepts(v(1, 7)));
        assert!(!v(1, 0).accepts(v(2, 0)));
    }
}
