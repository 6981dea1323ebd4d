//! Configuration of the inbound policy: trusted networks, checks and their weights, DNS lists, rate
//! limits. Plain values, filled in from the program's configuration; decides nothing.

use super::lists::ListEntry;
use limits::RateLimits;
use mail::{Duration, Network};
use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;
use store::GreylistTimes;

/// The points of weight `"score"` without a number.
pub const DEFAULT_POINTS: i32 = 2;

/// The default of [`InboundPolicy::hops_max`]. RFC 5321 §6.3 suggests 100; real routes have fewer
/// than 50.
pub const DEFAULT_HOPS_MAX: usize = 50;

/// The consequence of a failed check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The check is not made.
    Off,
    /// The result is recorded and has no consequence.
    Note,
    /// Adds this many points to the score.
    Score(i32),
    /// The message is rejected.
    Reject,
}

impl Weight {
    /// The points that a failed check adds to the score.
    pub(super) fn points(self) -> i32 {
        if let Weight::Score(points) = self {
            points
        } else {
            0
        }
    }
}

/// A text that is not a [`Weight`]; holds the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightError(pub String);

impl fmt::Display for WeightError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is not a weight; use \"off\", \"note\", \"score\", \"score:3\" or \"reject\"",
            self.0
        )
    }
}

impl std::error::Error for WeightError {}

impl FromStr for Weight {
    type Err = WeightError;

    /// `"off"`, `"note"`, `"score"`, `"score:3"`, `"reject"` (formerly `"refuse"`).
    fn from_str(text: &str) -> Result<Weight, WeightError> {
        match text {
            "off" => Ok(Weight::Off),
            "note" => Ok(Weight::Note),
            "score" => Ok(Weight::Score(DEFAULT_POINTS)),
            "reject" | "refuse" => Ok(Weight::Reject),
            _ => text
                .strip_prefix("score:")
                .and_then(|n| n.parse().ok())
                .map(Weight::Score)
                .ok_or_else(|| WeightError(text.into())),
        }
    }
}

/// The weight of each check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checks {
    /// The address has no name (PTR).
    pub ptr_missing: Weight,
    /// The name does not resolve to the address (RFC 8601 §2.7.3, iprev).
    pub ptr_unconfirmed: Weight,
    /// The HELO name is neither a fully qualified domain nor an address literal (RFC 5321
    /// §4.1.1.1).
    pub helo_syntax: Weight,
    /// The HELO name is this host's own name, or one of its domains that does not resolve to the
    /// client.
    pub helo_own: Weight,
    /// The HELO name is an address literal other than the client's address.
    pub helo_literal: Weight,
    /// The HELO name does not exist in DNS.
    pub helo_unresolved: Weight,
    /// The client sent data before the greeting (RFC 5321 §4.3.1).
    pub early_talker: Weight,
}

impl Default for Checks {
    fn default() -> Checks {
        Checks {
            ptr_missing: Weight::Score(2),
            ptr_unconfirmed: Weight::Score(1),
            helo_syntax: Weight::Score(1),
            helo_own: Weight::Reject,
            helo_literal: Weight::Score(2),
            helo_unresolved: Weight::Score(1),
            early_talker: Weight::Reject,
        }
    }
}

/// What a DNS list contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// Addresses with a bad reputation (RFC 5782 §2).
    Block,
    /// Addresses with a good reputation: the points are subtracted.
    Welcome,
    /// Sender domains with a bad reputation (RFC 5782 §3).
    Domain,
}

/// A range of answers within 127.0.0.0/8 that count as a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerRange(pub Ipv4Addr, pub Ipv4Addr);

impl AnswerRange {
    /// 127.0.0.2 to 127.0.0.255: 127.0.0.1 has no meaning (RFC 5782 §5), and lists use higher
    /// addresses to report misuse.
    pub const DEFAULT: AnswerRange =
        AnswerRange(Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 0, 0, 255));

    /// True where the answer is in the range.
    pub fn contains(&self, answer: Ipv4Addr) -> bool {
        // An answer outside 127/8 is not the list's: its domain has a new owner (RFC 5782 §5).
        answer.is_loopback() && (self.0..=self.1).contains(&answer)
    }
}

/// A text that is not an [`AnswerRange`]; holds the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerRangeError(pub String);

impl fmt::Display for AnswerRangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is not an answer of a DNS list; use \"127.0.0.2\" or \"127.0.0.4-127.0.0.7\"",
            self.0
        )
    }
}

impl std::error::Error for AnswerRangeError {}

impl FromStr for AnswerRange {
    type Err = AnswerRangeError;

    /// `"127.0.0.2"` or `"127.0.0.4-127.0.0.7"`.
    fn from_str(text: &str) -> Result<AnswerRange, AnswerRangeError> {
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        match (
            from.trim().parse::<Ipv4Addr>(),
            to.trim().parse::<Ipv4Addr>(),
        ) {
            (Ok(from), Ok(to)) if from.is_loopback() && to.is_loopback() && from <= to => {
                Ok(AnswerRange(from, to))
            }
            _ => Err(AnswerRangeError(text.into())),
        }
    }
}

impl fmt::Display for AnswerRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == self.1 {
            self.0.fmt(f)
        } else {
            write!(f, "{}-{}", self.0, self.1)
        }
    }
}

/// A DNS list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsList {
    /// `zen.example.org`, without a final dot.
    pub zone: String,
    /// What it contains.
    pub kind: ListKind,
    /// The weight of a match; the points of a welcome list are subtracted.
    pub weight: Weight,
    /// Answers that count as a match.
    pub answers: Vec<AnswerRange>,
}

/// Growing delays after rejections on one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tarpit {
    /// This many rejections are not delayed.
    pub after: u32,
    /// Each further one is delayed by this much more than the one before; zero: no tarpit.
    pub step: Duration,
    /// The longest delay.
    pub longest: Duration,
}

impl Default for Tarpit {
    fn default() -> Tarpit {
        Tarpit {
            after: 3,
            step: Duration::from_secs(1),
            longest: Duration::from_secs(20),
        }
    }
}

impl Tarpit {
    /// The delay of the n-th rejection, counted from 1.
    pub fn delay(&self, refusals: u32) -> Duration {
        self.step
            .saturating_mul(refusals.saturating_sub(self.after))
            .min(self.longest)
    }
}

/// The whole inbound policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundPolicy {
    /// Networks that are not checked: this host itself. Its own addresses are always among them,
    /// unless the list is empty.
    pub trusted: Vec<Network>,
    /// Clients and senders that are accepted without a score.
    pub allow: Vec<ListEntry>,
    /// Clients and senders that are rejected.
    pub deny: Vec<ListEntry>,
    /// Networks that may relay to any domain. `0.0.0.0/0` among them makes an open relay.
    pub relay: Vec<Network>,
    /// More Received fields than this are a loop (RFC 5321 §6.3).
    pub hops_max: usize,
    /// Evaluate the client's address before the greeting; the greeting then waits for DNS.
    pub refuse_at_connect: bool,
    /// How long to wait before the greeting, to detect early talkers; zero: not at all.
    pub greet_pause: Duration,
    /// Time limit of one DNS lookup.
    pub dns_wait: Duration,
    /// The weights of the checks.
    pub checks: Checks,
    /// DNS lists.
    pub lists: Vec<DnsList>,
    /// From this score on, a message is filed in Junk.
    pub score_junk: i32,
    /// From this score on, it is rejected.
    pub score_refuse: i32,
    /// Greylisting, where it is on.
    pub greylist: Option<GreylistTimes>,
    /// Rate limits.
    pub rates: RateLimits,
    /// Delays after rejections.
    pub tarpit: Tarpit,
}

impl Default for InboundPolicy {
    fn default() -> InboundPolicy {
        InboundPolicy {
            trusted: Network::loopback().to_vec(),
            allow: Vec::new(),
            deny: Vec::new(),
            relay: Vec::new(),
            hops_max: DEFAULT_HOPS_MAX,
            refuse_at_connect: false,
            greet_pause: Duration::ZERO,
            dns_wait: Duration::from_secs(5),
            checks: Checks::default(),
            lists: Vec::new(),
            score_junk: 5,
            score_refuse: 10,
            greylist: None,
            rates: RateLimits::default(),
            tarpit: Tarpit::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_weights_and_answer_ranges() {
        for (text, expected) in [
            ("off", Some(Weight::Off)),
            ("note", Some(Weight::Note)),
            ("score", Some(Weight::Score(2))),
            ("score:7", Some(Weight::Score(7))),
            ("reject", Some(Weight::Reject)),
            ("refuse", Some(Weight::Reject)),
            ("score:", None),
            ("Reject", None),
            ("", None),
        ] {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
        for bad in [
            "",
            "127.0.0.2-",
            "10.0.0.1",
            "127.0.0.9-127.0.0.2",
            "127.0.0",
        ] {
            assert!(bad.parse::<AnswerRange>().is_err(), "{bad}");
        }
    }

    #[test]
    fn counts_only_answers_in_the_range() {
        for (answers, answer, counts) in [
            (AnswerRange::DEFAULT, "127.0.0.2", true),
            (AnswerRange::DEFAULT, "127.0.0.255", true),
            (AnswerRange::DEFAULT, "127.0.0.1", false),
            (AnswerRange::DEFAULT, "127.255.255.254", false),
            (
                AnswerRange(Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST),
                "192.0.2.1",
                false,
            ),
            ("127.0.0.4-127.0.0.7".parse().unwrap(), "127.0.0.7", true),
            ("127.0.0.4-127.0.0.7".parse().unwrap(), "127.0.0.8", false),
        ] {
            assert_eq!(
                answers.contains(answer.parse().unwrap()),
                counts,
                "{answers}: {answer}"
            );
        }
    }

    #[test]
    fn tarpit_delay_grows_up_to_the_longest() {
        let tarpit = Tarpit::default();
        assert_eq!(
            [0, 3, 4, 5, 23, 24, u32::MAX].map(|n| tarpit.delay(n).as_secs()),
            [0, 0, 1, 2, 20, 20, 20]
        );
    }
}
