//! `[inbound]`: which clients may deliver mail on port 25, what is checked, and the rate limits.
//! Converted to the transfer role's [`InboundPolicy`]; decides nothing.

use super::{HumanDuration, SettingsError, SettingsProblem};
use crate::policy::GreylistTimes;
use crate::rate::{Rate, RateLimits};
use mail::Duration;
use mta::policy::{
    AnswerRange, Checks, ClientPattern, DnsList, InboundPolicy, ListEntry, ListKind, Tarpit, Weight,
};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::str::FromStr;

// Legitimate messages pass up to about ten hosts.
const HOPS_LIMIT_MIN: usize = 10;
// RFC 5321 §6.3: "normally at least 100".
const HOPS_LIMIT_MAX: usize = 200;

/// A value that is written as a string and parsed by its `FromStr`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed<T>(pub T);

impl<'de, T: FromStr<Err: fmt::Display>> Deserialize<'de> for Parsed<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Parsed<T>, D::Error> {
        String::deserialize(d)?
            .parse()
            .map(Parsed)
            .map_err(D::Error::custom)
    }
}

/// A rate limit: `"120/1m"`, or `"off"` for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateSetting(pub Option<Rate>);

impl<'de> Deserialize<'de> for RateSetting {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<RateSetting, D::Error> {
        let text = String::deserialize(d)?;
        if text == "off" {
            return Ok(RateSetting(None));
        }
        let fault = || {
            D::Error::custom(format!(
                "{text:?} is not a rate; write \"120/1m\" or \"off\""
            ))
        };
        let (count, per) = text.split_once('/').ok_or_else(fault)?;
        let count = count
            .parse()
            .ok()
            .filter(|count| *count > 0)
            .ok_or_else(fault)?;
        let span =
            HumanDuration::deserialize(serde::de::value::StrDeserializer::<D::Error>::new(per))
                .map_err(|_| fault())?;
        if span.0.is_zero() {
            return Err(fault());
        }
        Ok(RateSetting(Some(Rate { count, per: span.0 })))
    }
}

/// An entry of `allow` or `deny`: `"192.0.2.0/24"`, or
/// `{ match = "192.0.2.0/24", reason = "sends only spam" }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessEntry(pub ListEntry);

struct AccessEntryVisitor;

impl<'de> Visitor<'de> for AccessEntryVisitor {
    type Value = AccessEntry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address, a network or a domain, or { match = \"…\", reason = \"…\" }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<AccessEntry, E> {
        text.parse().map(AccessEntry).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AccessEntry, A::Error> {
        let (mut whom, mut reason) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "match" => whom = Some(map.next_value::<Parsed<ClientPattern>>()?.0),
                "reason" => reason = Some(map.next_value::<String>()?),
                other => return Err(A::Error::unknown_field(other, &["match", "reason"])),
            }
        }
        let whom = whom.ok_or_else(|| A::Error::missing_field("match"))?;
        Ok(AccessEntry(ListEntry {
            pattern: whom,
            reason,
        }))
    }
}

impl<'de> Deserialize<'de> for AccessEntry {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<AccessEntry, D::Error> {
        d.deserialize_any(AccessEntryVisitor)
    }
}

/// `[inbound]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Inbound {
    /// Networks that are neither checked nor rate-limited.
    pub trusted: Vec<mail::Network>,
    /// Clients and senders that skip all further checks.
    pub allow: Vec<AccessEntry>,
    /// Clients and senders that are rejected.
    pub deny: Vec<AccessEntry>,
    /// Networks that may relay to any domain without authentication.
    pub relay: Vec<mail::Network>,
    /// Received fields at which a message counts as looping.
    pub hops_max: usize,
    /// Reject in the greeting what DNS lists report about the address.
    pub refuse_at_connect: bool,
    /// Delay before the greeting, to detect early talkers.
    pub greet_pause: HumanDuration,
    /// Time limit of one DNS query.
    pub dns_wait: HumanDuration,
    /// Score at which a message is filed in Junk.
    pub score_junk: i32,
    /// Score at which a message is rejected.
    pub score_refuse: i32,
    /// Weight of each check.
    pub checks: CheckWeights,
    /// DNS block and allow lists.
    pub lists: Vec<DnsListSettings>,
    /// Greylisting.
    pub greylist: Greylist,
    /// Rate limits.
    pub rates: RateSettings,
    /// Delays after rejected commands.
    pub tarpit: TarpitTimes,
}

impl Default for Inbound {
    fn default() -> Inbound {
        let defaults = InboundPolicy::default();
        Inbound {
            trusted: defaults.trusted,
            allow: Vec::new(),
            deny: Vec::new(),
            relay: defaults.relay,
            hops_max: defaults.hops_max,
            refuse_at_connect: defaults.refuse_at_connect,
            greet_pause: HumanDuration(defaults.greet_pause),
            dns_wait: HumanDuration(defaults.dns_wait),
            score_junk: defaults.score_junk,
            score_refuse: defaults.score_refuse,
            checks: CheckWeights::default(),
            lists: Vec::new(),
            greylist: Greylist::default(),
            rates: RateSettings::default(),
            tarpit: TarpitTimes::default(),
        }
    }
}

/// `[inbound.checks]`: the weight of the check of the same name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CheckWeights {
    /// The client address has no PTR record.
    pub ptr_missing: Parsed<Weight>,
    /// The PTR name does not resolve to the client address.
    pub ptr_unconfirmed: Parsed<Weight>,
    /// HELO is neither a fully qualified domain nor an address literal.
    pub helo_syntax: Parsed<Weight>,
    /// HELO is a name of this host.
    pub helo_own: Parsed<Weight>,
    /// HELO is an address literal other than the client address.
    pub helo_literal: Parsed<Weight>,
    /// HELO is a name that does not resolve.
    pub helo_unresolved: Parsed<Weight>,
    /// The client sent data before the greeting.
    pub early_talker: Parsed<Weight>,
}

impl Default for CheckWeights {
    fn default() -> CheckWeights {
        let defaults = Checks::default();
        CheckWeights {
            ptr_missing: Parsed(defaults.ptr_missing),
            ptr_unconfirmed: Parsed(defaults.ptr_unconfirmed),
            helo_syntax: Parsed(defaults.helo_syntax),
            helo_own: Parsed(defaults.helo_own),
            helo_literal: Parsed(defaults.helo_literal),
            helo_unresolved: Parsed(defaults.helo_unresolved),
            early_talker: Parsed(defaults.early_talker),
        }
    }
}

/// What a DNS list contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DnsListKind {
    /// Addresses with a bad reputation.
    Block,
    /// Addresses with a good reputation.
    Welcome,
    /// Sender domains with a bad reputation.
    Domain,
}

/// `[[inbound.lists]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DnsListSettings {
    /// The list's domain.
    pub zone: mail::Domain,
    /// What it contains.
    #[serde(default = "kind_default")]
    pub kind: DnsListKind,
    /// Weight of a match.
    #[serde(default = "weight_default")]
    pub weight: Parsed<Weight>,
    /// Answers that count as a match.
    #[serde(default = "answers_default")]
    pub answers: Vec<Parsed<AnswerRange>>,
}

fn kind_default() -> DnsListKind {
    DnsListKind::Block
}

fn weight_default() -> Parsed<Weight> {
    Parsed(Weight::Score(5))
}

fn answers_default() -> Vec<Parsed<AnswerRange>> {
    vec![Parsed(AnswerRange::DEFAULT)]
}

/// `[inbound.greylist]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Greylist {
    /// Defer the first message of each sender and recipient pair from an unknown network.
    pub enabled: bool,
    /// A retry is accepted only after this time.
    pub delay: HumanDuration,
    /// A retry is accepted only within this time.
    pub expiry: HumanDuration,
    /// How long the network of a client that retried stays known, for all recipients.
    pub keep: HumanDuration,
}

impl Default for Greylist {
    fn default() -> Greylist {
        let defaults = GreylistTimes::default();
        Greylist {
            enabled: false,
            delay: HumanDuration(defaults.delay),
            expiry: HumanDuration(defaults.expiry),
            keep: HumanDuration(defaults.keep),
        }
    }
}

/// `[inbound.rates]`: the limit of the same name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RateSettings {
    /// Connections per client address.
    pub connections: RateSetting,
    /// Messages per client address.
    #[serde(alias = "letters")]
    pub messages: RateSetting,
    /// Recipients per client address.
    pub recipients: RateSetting,
    /// Unknown recipients per client address.
    pub unknown_recipients: RateSetting,
    /// Rejected commands per client address.
    pub errors: RateSetting,
    /// Message bytes per client address.
    #[serde(alias = "octets")]
    pub bytes: RateSetting,
    /// A network's limit, as a multiple of one address's; 0 for none.
    pub network_factor: u64,
    /// Messages per account.
    #[serde(alias = "account_letters")]
    pub account_messages: RateSetting,
    /// Recipients per account.
    pub account_recipients: RateSetting,
    /// Message bytes per account.
    #[serde(alias = "account_octets")]
    pub account_bytes: RateSetting,
}

impl Default for RateSettings {
    fn default() -> RateSettings {
        let defaults = RateLimits::default();
        RateSettings {
            connections: RateSetting(defaults.connections),
            messages: RateSetting(defaults.messages),
            recipients: RateSetting(defaults.recipients),
            unknown_recipients: RateSetting(defaults.unknown_recipients),
            errors: RateSetting(defaults.errors),
            bytes: RateSetting(defaults.bytes),
            network_factor: defaults.network_factor,
            account_messages: RateSetting(defaults.account_messages),
            account_recipients: RateSetting(defaults.account_recipients),
            account_bytes: RateSetting(defaults.account_bytes),
        }
    }
}

/// `[inbound.tarpit]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TarpitTimes {
    /// Rejections before the first delay.
    pub after: u32,
    /// Added to the delay by each further rejection.
    pub step: HumanDuration,
    /// The longest delay.
    pub longest: HumanDuration,
}

impl Default for TarpitTimes {
    fn default() -> TarpitTimes {
        let defaults = Tarpit::default();
        TarpitTimes {
            after: defaults.after,
            step: HumanDuration(defaults.step),
            longest: HumanDuration(defaults.longest),
        }
    }
}

impl Inbound {
    /// Checks the values against each other.
    ///
    /// # Errors
    /// [`SettingsError`]: the first that is found.
    pub fn check(&self) -> Result<(), SettingsError> {
        let invalid = |key, problem| Err(SettingsError::new(key, problem));
        if self.score_junk > self.score_refuse {
            let other = "inbound.score_refuse";
            return invalid("inbound.score_junk", SettingsProblem::GreaterThan { other });
        }
        if !(HOPS_LIMIT_MIN..=HOPS_LIMIT_MAX).contains(&self.hops_max) {
            let (min, max) = (HOPS_LIMIT_MIN as u64, HOPS_LIMIT_MAX as u64);
            return invalid("inbound.hops_max", SettingsProblem::OutOfRange { min, max });
        }
        if self.greylist.delay.0 >= self.greylist.expiry.0 {
            let other = "inbound.greylist.expiry";
            return invalid(
                "inbound.greylist.delay",
                SettingsProblem::NotShorterThan { other },
            );
        }
        if self.dns_wait.0.is_zero() {
            let min = Duration::from_secs(1);
            return invalid("inbound.dns_wait", SettingsProblem::TooShort { min });
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
            // Trusted networks are not rate-limited.
            exempt: self.trusted.clone(),
        }
    }
}

impl From<&Inbound> for InboundPolicy {
    fn from(inbound: &Inbound) -> InboundPolicy {
        let checks = &inbound.checks;
        let list = |l: &DnsListSettings| DnsList {
            zone: l.zone.to_string(),
            kind: match l.kind {
                DnsListKind::Block => ListKind::Block,
                DnsListKind::Welcome => ListKind::Welcome,
                DnsListKind::Domain => ListKind::Domain,
            },
            weight: l.weight.0,
            answers: l.answers.iter().map(|a| a.0).collect(),
        };
        let grey = &inbound.greylist;
        InboundPolicy {
            trusted: inbound.trusted.clone(),
            allow: inbound.allow.iter().map(|e| e.0.clone()).collect(),
            deny: inbound.deny.iter().map(|e| e.0.clone()).collect(),
            relay: inbound.relay.clone(),
            hops_max: inbound.hops_max,
            refuse_at_connect: inbound.refuse_at_connect,
            greet_pause: inbound.greet_pause.0,
            dns_wait: inbound.dns_wait.0,
            checks: Checks {
                ptr_missing: checks.ptr_missing.0,
                ptr_unconfirmed: checks.ptr_unconfirmed.0,
                helo_syntax: checks.helo_syntax.0,
                helo_own: checks.helo_own.0,
                helo_literal: checks.helo_literal.0,
                helo_unresolved: checks.helo_unresolved.0,
                early_talker: checks.early_talker.0,
            },
            lists: inbound.lists.iter().map(list).collect(),
            score_junk: inbound.score_junk,
            score_refuse: inbound.score_refuse,
            greylist: grey.enabled.then_some(GreylistTimes {
                delay: grey.delay.0,
                expiry: grey.expiry.0,
                keep: grey.keep.0,
            }),
            rates: inbound.rates(),
            tarpit: Tarpit {
                after: inbound.tarpit.after,
                step: inbound.tarpit.step.0,
                longest: inbound.tarpit.longest.0,
            },
        }
    }
}
