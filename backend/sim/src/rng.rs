//! Seeded random numbers: one stream per host, derived from the Lab's seed and the host's name, so
//! that the draws of one host do not affect another. The generator is xoshiro256** (Blackman and
//! Vigna), seeded by splitmix64. Not for real secrets: the seed determines all values.

use crate::executor::lock;
use std::sync::Mutex;
use world::Rng;

/// A stream of random numbers.
pub struct Seeded(Mutex<[u64; 4]>);

impl Seeded {
    /// Creates the stream for a seed and a name.
    pub fn new(seed: u64, name: &str) -> Seeded {
        let mut state = seed ^ crate::tape::fnv1a(name.as_bytes());
        let mut next = || {
            // splitmix64: spreads a small seed over the whole state, which must not be all zeros.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        Seeded(Mutex::new([next(), next(), next(), next()]))
    }

    fn next(&self) -> u64 {
        let mut s = lock(&self.0);
        let result = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }
}

impl Rng for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let number = self.next().to_le_bytes();
            chunk.copy_from_slice(&number[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_depend_only_on_seed_and_name() {
        let draw = |seed, name| {
            let rng = Seeded::new(seed, name);
            [rng.number(), rng.number(), rng.below(10)]
        };
        assert_eq!(draw(1, "mx.a.test"), draw(1, "mx.a.test"));
        assert_ne!(draw(1, "mx.a.test"), draw(2, "mx.a.test"));
        assert_ne!(draw(1, "mx.a.test"), draw(1, "mx.b.test"));
    }

    #[test]
    fn the_generator_matches_its_definition() {
        // The first outputs for the state 1, 2, 3, 4, computed by hand from the definition.
        let rng = Seeded(Mutex::new([1, 2, 3, 4]));
        assert_eq!(
            [rng.next(), rng.next(), rng.next()],
            [11520, 0, 1_509_978_240]
        );
    }
}
