//! Doors by chance: whatever is set, the allowed come in, the denied do not, and dead DNS refuses
//! nobody.

use super::*;

/// A small generator (splitmix64): the same seed, the same doors.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn weight(&mut self) -> Weight {
        [
            Weight::Off,
            Weight::Note,
            Weight::Score(3),
            Weight::Score(12),
            Weight::Reject,
        ][self.below(5) as usize]
    }

    fn policy(&mut self) -> InboundPolicy {
        let mut policy = open();
        let checks = &mut policy.checks;
        for check in [
            &mut checks.ptr_missing,
            &mut checks.ptr_unconfirmed,
            &mut checks.helo_syntax,
            &mut checks.helo_own,
            &mut checks.helo_literal,
            &mut checks.helo_unresolved,
        ] {
            *check = self.weight();
        }
        policy.lists = vec![
            list("bl.test", ListKind::Block, self.weight()),
            list("rhs.test", ListKind::Domain, self.weight()),
        ];
        policy.refuse_at_connect = self.below(4) == 0;
        policy
    }
}

#[tokio::test(start_paused = true)]
async fn allow_and_deny_lists_hold_and_dns_failures_reject_nothing() {
    for seed in 0..60 {
        let mut seeded = Seeded(seed);
        let from = format!("192.0.2.{}", 1 + seeded.below(9));
        let hello = [
            "good.test",
            "mx.here.test",
            "unknown.test",
            "localhost",
            "[192.0.2.99]",
        ][seeded.below(5) as usize];
        let sender = ["a@b.test", "a@bad.test", ""][seeded.below(3) as usize];
        let policy = seeded.policy();
        let allowed = InboundPolicy {
            allow: vec![from.parse().unwrap()],
            deny: vec!["192.0.2.0/24".parse().unwrap()],
            ..policy.clone()
        };
        let allowed = Fixture::new(allowed, ZONE).await;
        assert!(
            allowed.message(&from, hello, sender, "250").await.is_some(),
            "seed {seed}"
        );
        let denied = InboundPolicy {
            deny: vec![from.parse().unwrap()],
            allow: vec!["192.0.2.0/24".parse().unwrap()],
            ..policy.clone()
        };
        Fixture::new(denied, ZONE)
            .await
            .check(&from, &[("", "554 5.7.1"), ("QUIT", "221")])
            .await;
        // What is wrong without any DNS is still wrong; all else is forgiven.
        let mut silent = policy;
        (
            silent.checks.helo_own,
            silent.checks.helo_syntax,
            silent.checks.helo_literal,
        ) = (Weight::Off, Weight::Off, Weight::Off);
        let silent = Fixture::slow(silent, ZONE, None).await;
        assert!(
            silent.message(&from, hello, sender, "250").await.is_some(),
            "seed {seed}"
        );
    }
}
