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

    fn weigh(&mut self) -> Weigh {
        [
            Weigh::Off,
            Weigh::Note,
            Weigh::Score(3),
            Weigh::Score(12),
            Weigh::Refuse,
        ][self.below(5) as usize]
    }

    fn door(&mut self) -> InboundPolicy {
        let mut door = open();
        let checks = &mut door.checks;
        for check in [
            &mut checks.ptr_missing,
            &mut checks.ptr_unconfirmed,
            &mut checks.helo_syntax,
            &mut checks.helo_own,
            &mut checks.helo_literal,
            &mut checks.helo_unresolved,
        ] {
            *check = self.weigh();
        }
        door.lists = vec![
            list("bl.test", ListKind::Block, self.weigh()),
            list("rhs.test", ListKind::Domain, self.weigh()),
        ];
        door.refuse_at_connect = self.below(4) == 0;
        door
    }
}

#[tokio::test(start_paused = true)]
async fn the_allowed_are_never_refused_the_denied_always_and_dns_that_fails_refuses_nobody() {
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
        let door = seeded.door();
        let allowed = InboundPolicy {
            allow: vec![from.parse().unwrap()],
            deny: vec!["192.0.2.0/24".parse().unwrap()],
            ..door.clone()
        };
        let allowed = Ground::new(allowed, ZONE).await;
        assert!(
            allowed.message(&from, hello, sender, "250").await.is_some(),
            "seed {seed}"
        );
        let denied = InboundPolicy {
            deny: vec![from.parse().unwrap()],
            allow: vec!["192.0.2.0/24".parse().unwrap()],
            ..door.clone()
        };
        Ground::new(denied, ZONE)
            .await
            .check(&from, &[("", "554 5.7.1"), ("QUIT", "221")])
            .await;
        // What is wrong without any DNS is still wrong; all else is forgiven.
        let mut silent = door;
        (
            silent.checks.helo_own,
            silent.checks.helo_syntax,
            silent.checks.helo_literal,
        ) = (Weigh::Off, Weigh::Off, Weigh::Off);
        let silent = Ground::slow(silent, ZONE, None).await;
        assert!(
            silent.message(&from, hello, sender, "250").await.is_some(),
            "seed {seed}"
        );
    }
}
