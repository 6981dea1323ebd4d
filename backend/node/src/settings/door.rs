//! `[door]`: who may come in at port 25, what is checked, and how often who may do what. Turned
//! into the door's own values; decides nothing.

use super::Span;
use crate::rate::{GreylistTimes, Rate, RateLimits};
use mta::door::{Answers, Checks, DnsList, Entry, InboundPolicy, ListKind, Tarpit, Weigh, Whom};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::str::FromStr;

/// Fewer hosts than this an honest message may well pass.
const HOPS_FEWEST: usize = 10;
// RFC 5321 §6.3: "normally at least 100".
const HOPS_MOST: usize = 200;

/// A value that is written as a text of its own form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<T>(pub T);

impl<'de, T: FromStr<Err: fmt::Display>> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Text<T>, D::Error> {
        String::deserialize(d)?
            .parse()
            .map(Text)
            .map_err(D::Error::custom)
    }
}

/// `"120/1m"`, or `"off"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace(pub Option<Rate>);

impl<'de> Deserialize<'de> for Pace {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Pace, D::Error> {
        let text = String::deserialize(d)?;
        if text == "off" {
            return Ok(Pace(None));
        }
        let fault =
            || D::Error::custom(format!("{text:?} is no rate; write \"120/1m\" or \"off\""));
        let (count, per) = text.split_once('/').ok_or_else(fault)?;
        let count = count
            .parse()
            .ok()
            .filter(|count| *count > 0)
            .ok_or_else(fault)?;
        let span = Span::deserialize(serde::de::value::StrDeserializer::<D::Error>::new(per))
            .map_err(|_| fault())?;
        if span.0.is_zero() {
            return Err(fault());
        }
        Ok(Pace(Some(Rate { count, per: span.0 })))
    }
}

/// An entry of a list: `"192.0.2.0/24"`, or `{ match = "192.0.2.0/24", reason = "sends only spam"
/// }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed(pub Entry);

struct ListedVisitor;

impl<'de> Visitor<'de> for ListedVisitor {
    type Value = Listed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address, a network or a domain, or { match = \"…\", reason = \"…\" }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Listed, E> {
        text.parse().map(Listed).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Listed, A::Error> {
        let (mut whom, mut reason) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "match" => whom = Some(map.next_value::<Text<Whom>>()?.0),
                "reason" => reason = Some(map.next_value::<String>()?),
                other => return Err(A::Error::unknown_field(other, &["match", "reason"])),
            }
        }
        let whom = whom.ok_or_else(|| A::Error::missing_field("match"))?;
        Ok(Listed(Entry { whom, reason }))
    }
}

impl<'de> Deserialize<'de> for Listed {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Listed, D::Error> {
        d.deserialize_any(ListedVisitor)
    }
}

/// `[door]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Door {
    /// Networks that are not checked at all.
    pub trusted: Vec<mail::Network>,
    /// Whom to let through.
    pub allow: Vec<Listed>,
    /// Whom to refuse.
    pub deny: Vec<Listed>,
    /// Networks whose mail is taken for any domain and passed on.
    pub relay: Vec<mail::Network>,
    /// Hosts that a message may have passed before it is one that loops.
    pub hops_max: usize,
    /// Refuse in the greeting already.
    pub refuse_at_connect: bool,
    /// How long to listen before the greeting.
    pub greet_pause: Span,
    /// One DNS question takes no longer.
    pub dns_wait: Span,
    /// From so many points: Junk.
    pub score_junk: i32,
    /// From so many points: refused.
    pub score_refuse: i32,
    /// What each check weighs.
    pub checks: CheckWeights,
    /// Lists in DNS.
    pub lists: Vec<List>,
    /// Greylisting.
    pub greylist: Greylist,
    /// How often who may do what.
    pub rates: Paces,
    /// Delays after errors.
    pub tarpit: TarpitTimes,
}

impl Default for Door {
    fn default() -> Door {
        let usual = InboundPolicy::default();
        Door {
            trusted: usual.trusted,
            allow: Vec::new(),
            deny: Vec::new(),
            relay: usual.relay,
            hops_max: usual.hops_max,
            refuse_at_connect: usual.refuse_at_connect,
            greet_pause: Span(usual.greet_pause),
            dns_wait: Span(usual.dns_wait),
            score_junk: usual.score_junk,
            score_refuse: usual.score_refuse,
            checks: CheckWeights::default(),
            lists: Vec::new(),
            greylist: Greylist::default(),
            rates: Paces::default(),
            tarpit: TarpitTimes::default(),
        }
    }
}

/// `[door.checks]`: each is the check of the same name at the door.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CheckWeights {
    /// The address has no name in DNS.
    pub ptr_missing: Text<Weigh>,
    /// That name does not lead back.
    pub ptr_unconfirmed: Text<Weigh>,
    /// HELO says no full domain.
    pub helo_syntax: Text<Weigh>,
    /// HELO says a name of ours.
    pub helo_own: Text<Weigh>,
    /// HELO says another address.
    pub helo_literal: Text<Weigh>,
    /// HELO says a name that DNS does not know.
    pub helo_unresolved: Text<Weigh>,
    /// The client spoke before the greeting.
    pub early_talker: Text<Weigh>,
}

impl Default for CheckWeights {
    fn default() -> CheckWeights {
        let usual = Checks::default();
        CheckWeights {
            ptr_missing: Text(usual.ptr_missing),
            ptr_unconfirmed: Text(usual.ptr_unconfirmed),
            helo_syntax: Text(usual.helo_syntax),
            helo_own: Text(usual.helo_own),
            helo_literal: Text(usual.helo_literal),
            helo_unresolved: Text(usual.helo_unresolved),
            early_talker: Text(usual.early_talker),
        }
    }
}

/// What a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Addresses of ill repute.
    Block,
    /// Addresses of good repute.
    Welcome,
    /// Domains of ill repute.
    Domain,
}

/// `[[door.lists]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Its name in DNS.
    pub zone: mail::Domain,
    /// What it holds.
    #[serde(default = "kind_default")]
    pub kind: Kind,
    /// What its yes weighs.
    #[serde(default = "weight_default")]
    pub weight: Text<Weigh>,
    /// Which answers mean yes.
    #[serde(default = "answers_default")]
    pub answers: Vec<Text<Answers>>,
}

fn kind_default() -> Kind {
    Kind::Block
}

fn weight_default() -> Text<Weigh> {
    Text(Weigh::Score(5))
}

fn answers_default() -> Vec<Text<Answers>> {
    vec![Text(Answers::USUAL)]
}

/// `[door.greylist]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Greylist {
    /// Strangers are asked to come back.
    pub enabled: bool,
    /// Not before.
    pub delay: Span,
    /// Not after.
    pub expiry: Span,
    /// Who came back is known for so long.
    pub keep: Span,
}

impl Default for Greylist {
    fn default() -> Greylist {
        let usual = GreylistTimes::default();
        Greylist {
            enabled: false,
            delay: Span(usual.delay),
            expiry: Span(usual.expiry),
            keep: Span(usual.keep),
        }
    }
}

/// `[door.rates]`: each is the limit of the same name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Paces {
    /// Connections of an address.
    pub connections: Pace,
    /// Messages of an address.
    pub messages: Pace,
    /// Recipients of an address.
    pub recipients: Pace,
    /// Recipients that do not exist, of an address.
    pub unknown_recipients: Pace,
    /// Refusals of an address.
    pub errors: Pace,
    /// Octets of an address.
    pub bytes: Pace,
    /// A network may so many times what one address of it may.
    pub network_factor: u64,
    /// Messages of an account.
    pub account_messages: Pace,
    /// Recipients of an account.
    pub account_recipients: Pace,
    /// Octets of an account.
    pub account_bytes: Pace,
}

impl Default for Paces {
    fn default() -> Paces {
        let usual = RateLimits::default();
        Paces {
            connections: Pace(usual.connections),
            messages: Pace(usual.messages),
            recipients: Pace(usual.recipients),
            unknown_recipients: Pace(usual.unknown_recipients),
            errors: Pace(usual.errors),
            bytes: Pace(usual.bytes),
            network_factor: usual.network_factor,
            account_messages: Pace(usual.account_messages),
            account_recipients: Pace(usual.account_recipients),
            account_bytes: Pace(usual.account_bytes),
        }
    }
}

/// `[door.tarpit]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TarpitTimes {
    /// So many refusals cost nothing.
    pub after: u32,
    /// Each further one waits so much longer.
    pub step: Span,
    /// None waits longer.
    pub longest: Span,
}

impl Default for TarpitTimes {
    fn default() -> TarpitTimes {
        let usual = Tarpit::default();
        TarpitTimes {
            after: usual.after,
            step: Span(usual.step),
            longest: Span(usual.longest),
        }
    }
}

impl Door {
    /// What can be wrong about values that each may be right alone.
    ///
    /// # Errors
    /// A sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.score_junk > self.score_refuse {
            return Err("door.score_junk must not be above door.score_refuse".into());
        }
        if !(HOPS_FEWEST..=HOPS_MOST).contains(&self.hops_max) {
            return Err(format!(
                "door.hops_max must be from {HOPS_FEWEST} to {HOPS_MOST}"
            ));
        }
        if self.greylist.delay.0 >= self.greylist.expiry.0 {
            return Err("door.greylist.delay must be shorter than door.greylist.expiry".into());
        }
        if self.dns_wait.0.is_zero() {
            return Err("door.dns_wait must be at least 1s".into());
        }
        Ok(())
    }

    fn rates(&self) -> RateLimits {
        let rates = &self.rates;
        RateLimits {
            connections: rates.connections.0,
            messages: rates.messages.0,
            recipients: rates.recipients.0,
            unknown_recipients: rates.unknown_recipients.0,
            errors: rates.errors.0,
            bytes: rates.bytes.0,
            network_factor: rates.network_factor,
            account_messages: rates.account_messages.0,
            account_recipients: rates.account_recipients.0,
            account_bytes: rates.account_bytes.0,
            // Whoever is trusted is not counted either.
            exempt: self.trusted.clone(),
        }
    }
}

impl From<&Door> for InboundPolicy {
    fn from(door: &Door) -> InboundPolicy {
        let checks = &door.checks;
        let list = |l: &List| DnsList {
            zone: l.zone.to_string(),
            kind: match l.kind {
                Kind::Block => ListKind::Block,
                Kind::Welcome => ListKind::Welcome,
                Kind::Domain => ListKind::Domain,
            },
            weigh: l.weight.0,
            answers: l.answers.iter().map(|a| a.0).collect(),
        };
        let grey = &door.greylist;
        InboundPolicy {
            trusted: door.trusted.clone(),
            allow: door.allow.iter().map(|e| e.0.clone()).collect(),
            deny: door.deny.iter().map(|e| e.0.clone()).collect(),
            relay: door.relay.clone(),
            hops_max: door.hops_max,
            refuse_at_connect: door.refuse_at_connect,
            greet_pause: door.greet_pause.0,
            dns_wait: door.dns_wait.0,
            checks: Checks {
                ptr_missing: checks.ptr_missing.0,
                ptr_unconfirmed: checks.ptr_unconfirmed.0,
                helo_syntax: checks.helo_syntax.0,
                helo_own: checks.helo_own.0,
                helo_literal: checks.helo_literal.0,
                helo_unresolved: checks.helo_unresolved.0,
                early_talker: checks.early_talker.0,
            },
            lists: door.lists.iter().map(list).collect(),
            score_junk: door.score_junk,
            score_refuse: door.score_refuse,
            greylist: grey.enabled.then_some(GreylistTimes {
                delay: grey.delay.0,
                expiry: grey.expiry.0,
                keep: grey.keep.0,
            }),
            rates: door.rates(),
            tarpit: Tarpit {
                after: door.tarpit.after,
                step: door.tarpit.step.0,
                longest: door.tarpit.longest.0,
            },
        }
    }
}
