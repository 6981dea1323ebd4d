//! Reconnection back-off: exponential, bounded, with jitter, so that many tabs do not reconnect at
//! once.

/// The first delay.
pub const FIRST_MS: u32 = 400;
/// The longest delay.
pub const LONGEST_MS: u32 = 20_000;

/// Counts failed attempts since the last successful connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// The delay before the next attempt; `rng` in 0..1 chooses between half the delay and all of
    /// it.
    pub fn next_ms(&mut self, rng: f64) -> u32 {
        let full = FIRST_MS
            .saturating_mul(1 << self.attempts.min(16))
            .min(LONGEST_MS);
        self.attempts = self.attempts.saturating_add(1);
        full / 2 + (f64::from(full / 2) * rng.clamp(0.0, 1.0)) as u32
    }

    /// The connection is up again.
    pub fn reset(&mut self) {
        self.attempts = 0;
    }

    /// Whether an attempt has failed since the last successful connection.
    pub fn failing(self) -> bool {
        self.attempts > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delay_doubles_up_to_the_maximum_and_resets() {
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
