//! How long to wait before the next attempt to connect: doubling, bounded, with chance, so that a
//! thousand tabs do not return in one instant.

/// The first pause.
pub const FIRST_MS: u32 = 400;
/// The longest pause.
pub const LONGEST_MS: u32 = 20_000;

/// Attempts since the connection was last good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// The pause before the next attempt; `chance` lies in 0..1 and chooses from half the pause to
    /// all of it.
    pub fn next_ms(&mut self, rng: f64) -> u32 {
        let full = FIRST_MS
            .saturating_mul(1 << self.attempts.min(16))
            .min(LONGEST_MS);
        self.attempts = self.attempts.saturating_add(1);
        full / 2 + (f64::from(full / 2) * rng.clamp(0.0, 1.0)) as u32
    }

    /// The connection is good again.
    pub fn reset(&mut self) {
        self.attempts = 0;
    }

    /// Whether anything failed since the connection was last good.
    pub fn failing(self) -> bool {
        self.attempts > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_anew_after_success() {
        let mut b = Backoff::default();
        let pauses: Vec<u32> = (0..9).map(|_| b.next_ms(1.0)).collect();
        assert_eq!(
            pauses,
            [400, 800, 1600, 3200, 6400, 12_800, 20_000, 20_000, 20_000]
        );
        assert!(b.failing());
        b.reset();
        assert_eq!(b.next_ms(0.0), 200);
    }
}
