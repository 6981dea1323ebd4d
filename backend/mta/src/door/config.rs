//! How the door is set: whom it trusts, what it checks, what each check weighs. Plain values; the
//! program's configuration fills them in.

use super::entry::Entry;
use limits::RateLimits;
use mail::{Duration, Network};
use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;
use store::GreylistTimes;

/// The points of a check that scores and says nothing else.
pub const POINTS_USUAL: i32 = 2;

/// Hosts that a message may have passed, where nothing else is said. RFC 5321 §6.3 would have a
/// hundred; no honest way has half as many.
pub const HOPS_USUAL: usize = 50;

/// What follows where a check fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weigh {
    /// It is not made.
    Off,
    /// It is told, and nothing follows.
    Note,
    /// So many points.
    Score(i32),
    /// The message is refused.
    Refuse,
}

impl FromStr for Weigh {
    type Err = String;

    /// `"off"`, `"note"`, `"score"`, `"score:3"`, `"refuse"`.
    fn from_str(text: &str) -> Result<Weigh, String> {
        let fault = || {
            format!(
                "{text:?} is no weight; write \"off\", \"note\", \"score\", \"score:3\" or \"refuse\""
            )
        };
        match text {
            "off" => Ok(Weigh::Off),
            "note" => Ok(Weigh::Note),
            "score" => Ok(Weigh::Score(POINTS_USUAL)),
            "refuse" => Ok(Weigh::Refuse),
            _ => text
                .strip_prefix("score:")
                .and_then(|n| n.parse().ok())
                .map(Weigh::Score)
                .ok_or_else(fault),
        }
    }
}

/// What each check weighs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checks {
    /// The address has no name (PTR).
    pub ptr_missing: Weigh,
    /// It has, but the name does not lead back to the address (RFC 8601 §2.7.3, iprev).
    pub ptr_unconfirmed: Weigh,
    /// HELO says neither a full domain nor an address literal (RFC 5321 §4.1.1.1).
    pub helo_syntax: Weigh,
    /// HELO says our own name, or one of our domains that DNS does not lead to the client: a
    /// forgery.
    pub helo_own: Weigh,
    /// HELO says an address literal that is not the client's address.
    pub helo_literal: Weigh,
    /// HELO says a name that DNS does not know.
    pub helo_unresolved: Weigh,
    /// The client spoke before it was greeted (RFC 5321 §4.3.1).
    pub early_talker: Weigh,
}

impl Default for Checks {
    fn default() -> Checks {
        Checks {
            ptr_missing: Weigh::Score(2),
            ptr_unconfirmed: Weigh::Score(1),
            helo_syntax: Weigh::Score(1),
            helo_own: Weigh::Refuse,
            helo_literal: Weigh::Score(2),
            helo_unresolved: Weigh::Score(1),
            early_talker: Weigh::Refuse,
        }
    }
}

/// What a list in DNS is asked about, and what its yes means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// Addresses of ill repute (RFC 5782 §2).
    Block,
    /// Addresses of good repute: the weight is taken off.
    Welcome,
    /// Sender domains of ill repute (RFC 5782 §3).
    Domain,
}

/// Answers that count: from one address of 127.0.0.0/8 to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answers(pub Ipv4Addr, pub Ipv4Addr);

impl Answers {
    /// 127.0.0.2 to 127.0.0.255: 127.0.0.1 means nothing (RFC 5782 §5), and what lies beyond is how
    /// lists say that they were asked wrongly.
    pub const USUAL: Answers = Answers(Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 0, 0, 255));

    /// True where the answer lies between.
    pub fn hold(&self, answer: Ipv4Addr) -> bool {
        // Outside of 127/8 it is no answer of such a list, but that of someone who took its domain
        // (RFC 5782 §5).
        answer.is_loopback() && (self.0..=self.1).contains(&answer)
    }
}

impl FromStr for Answers {
    type Err = String;

    /// `"127.0.0.2"` or `"127.0.0.4-127.0.0.7"`.
    fn from_str(text: &str) -> Result<Answers, String> {
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        match (
            from.trim().parse::<Ipv4Addr>(),
            to.trim().parse::<Ipv4Addr>(),
        ) {
            (Ok(from), Ok(to)) if from.is_loopback() && to.is_loopback() && from <= to => {
                Ok(Answers(from, to))
            }
            _ => Err(format!(
                "{text:?} is no answer of a list; write \"127.0.0.2\" or \"127.0.0.4-127.0.0.7\""
            )),
        }
    }
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == self.1 {
            self.0.fmt(f)
        } else {
            write!(f, "{}-{}", self.0, self.1)
        }
    }
}

/// A list in DNS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsList {
    /// `zen.example.org`, without a final dot.
    pub zone: String,
    /// What it is asked.
    pub kind: ListKind,
    /// What its yes weighs; of a list of kind welcome the points are taken off.
    pub weigh: Weigh,
    /// Which answers mean yes.
    pub answers: Vec<Answers>,
}

/// Growing delays after refusals on one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tarpit {
    /// So many refusals cost nothing.
    pub after: u32,
    /// Each further one waits so much longer than the one before; zero: there is no tarpit.
    pub step: Duration,
    /// None waits longer.
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
    /// How long the n-th refusal waits, counted from 1.
    pub fn delay(&self, refusals: u32) -> Duration {
        self.step
            .saturating_mul(refusals.saturating_sub(self.after))
            .min(self.longest)
    }
}

/// The whole door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundPolicy {
    /// Networks from which nothing is checked: this host itself. Its own addresses are among them,
    /// unless there are none.
    pub trusted: Vec<Network>,
    /// Who is let through.
    pub allow: Vec<Entry>,
    /// Who is not.
    pub deny: Vec<Entry>,
    /// From these networks mail is taken for any domain, and passed on. Everybody's network among
    /// them makes an open relay.
    pub relay: Vec<Network>,
    /// More Received lines than this is a loop (RFC 5321 §6.3).
    pub hops_max: usize,
    /// Refuse in the greeting already what DNS says of the address; the greeting waits for it
    /// then.
    pub refuse_at_connect: bool,
    /// How long to wait before the greeting, to see who speaks too early; zero: not at all.
    pub greet_pause: Duration,
    /// One question to DNS takes no longer.
    pub dns_wait: Duration,
    /// What each check weighs.
    pub checks: Checks,
    /// Lists in DNS.
    pub lists: Vec<DnsList>,
    /// From so many points a message is filed in Junk.
    pub score_junk: i32,
    /// From so many it is refused.
    pub score_refuse: i32,
    /// Greylisting, where it is on.
    pub greylist: Option<GreylistTimes>,
    /// How often who may do what.
    pub rates: RateLimits,
    /// Delays after errors.
    pub tarpit: Tarpit,
}

impl Default for InboundPolicy {
    fn default() -> InboundPolicy {
        InboundPolicy {
            trusted: Network::loopback().to_vec(),
            allow: Vec::new(),
            deny: Vec::new(),
            relay: Vec::new(),
            hops_max: HOPS_USUAL,
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
    fn reads_weights_and_answers() {
        for (text, expected) in [
            ("off", Some(Weigh::Off)),
            ("note", Some(Weigh::Note)),
            ("score", Some(Weigh::Score(2))),
            ("score:7", Some(Weigh::Score(7))),
            ("refuse", Some(Weigh::Refuse)),
            ("score:", None),
            ("Refuse", None),
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
            assert!(bad.parse::<Answers>().is_err(), "{bad}");
        }
    }

    #[test]
    fn only_answers_of_a_list_count() {
        for (answers, answer, counts) in [
            (Answers::USUAL, "127.0.0.2", true),
            (Answers::USUAL, "127.0.0.255", true),
            (Answers::USUAL, "127.0.0.1", false),
            (Answers::USUAL, "127.255.255.254", false),
            (
                Answers(Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST),
                "192.0.2.1",
                false,
            ),
            ("127.0.0.4-127.0.0.7".parse().unwrap(), "127.0.0.7", true),
            ("127.0.0.4-127.0.0.7".parse().unwrap(), "127.0.0.8", false),
        ] {
            assert_eq!(
                answers.hold(answer.parse().unwrap()),
                counts,
                "{answers}: {answer}"
            );
        }
    }

    #[test]
    fn the_delay_grows_from_the_first_refusal_too_many_up_to_the_longest() {
        let tarpit = Tarpit::default();
        assert_eq!(
            [0, 3, 4, 5, 23, 24, u32::MAX].map(|n| tarpit.delay(n).as_secs()),
            [0, 0, 1, 2, 20, 20, 20]
        );
    }
}
