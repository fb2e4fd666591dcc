//! Numbers that look random and are the same in every run, for tests.

/// A generator (Knuth's constants, 64 bits).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    /// A number below another one.
    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }
}
