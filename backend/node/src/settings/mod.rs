//! How a host is set up, in the words of `docs/CONFIG.md`: the sections of the configuration file
//! that say what a mail host does, turned into [`NodeConfig`]. Where it listens, where its files
//! lie and whom it asks is the program's business, and stands in the program's own part of the
//! file; the Lab's hosts are set up by these sections alone.
//!
//! Failures: an unknown key, a bad value, or two that contradict each other are refused with a
//! sentence.

pub mod auth;
pub mod door;
pub mod login;
pub mod outbound;

pub use self::auth::{Auth, Dmarc};
pub use door::Door;
pub use login::{Login, Submission};
pub use outbound::Outbound;

use crate::NodeConfig;
use mail::{Domain, Duration};
use serde::{Deserialize, Deserializer};
use std::path::Path;
use store::{Keeping, Writing};

/// All sections; each key has a default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How much it takes.
    pub limits: Limits,
    /// Who may come in.
    pub door: Door,
    /// What is verified of what comes in.
    pub auth: Auth,
    /// What other domains are told.
    pub dmarc: Dmarc,
    /// How users prove who they are.
    pub login: Login,
    /// What they may when they bring messages.
    pub submission: Submission,
    /// How it sends.
    pub outbound: Outbound,
    /// How it waits.
    pub queue: QueueTimes,
    /// What it remembers.
    pub journeys: Journeys,
}

/// A duration in the form of [`mail::parse_duration`]: `"90s"`, `"1m"`, `"4h"`, `"5d"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

impl Span {
    /// So many seconds.
    pub const fn secs(secs: u64) -> Span {
        Span(Duration::from_secs(secs))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Span, D::Error> {
        use serde::de::Error;
        let text = String::deserialize(d)?;
        let fault = || {
            D::Error::custom(format!(
                "{text:?} is no length of time; write \"90s\", \"1m\", \"4h\" or \"5d\""
            ))
        };
        mail::parse_duration(&text).map(Span).map_err(|_| fault())
    }
}

/// `[limits]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// The largest message, in octets.
    pub message_bytes_max: u64,
    /// Recipients of one message.
    pub recipients_max: u32,
    /// Connections at once, all protocols.
    pub connections_max: u32,
    /// Connections at once from one address and protocol.
    pub connections_per_address_max: u32,
    /// Allow signing in without TLS on IMAP and POP3. Only sensible on loopback.
    pub plaintext_login: bool,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            message_bytes_max: 50 * 1024 * 1024,
            recipients_max: 1000,
            connections_max: 20_000,
            connections_per_address_max: 200,
            plaintext_login: false,
        }
    }
}

impl Limits {
    fn check(&self) -> Result<(), String> {
        if self.message_bytes_max < 64 * 1024 {
            return Err("limits.message_bytes_max must be at least 65536".into());
        }
        if self.recipients_max < 100 {
            // RFC 5321 §4.5.3.1.8
            return Err("limits.recipients_max must be at least 100 (RFC 5321)".into());
        }
        Ok(())
    }
}

/// `[queue]`: lengths of time such as `"90s"`, `"1m"`, `"4h"`, `"5d"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QueueTimes {
    /// Before the second attempt; each next interval is twice as long.
    pub first_retry: Span,
    /// No interval is longer.
    pub longest_retry: Span,
    /// The sender is told that it takes long.
    pub warn_after: Span,
    /// The message is given up.
    pub give_up_after: Span,
}

impl Default for QueueTimes {
    fn default() -> QueueTimes {
        QueueTimes {
            first_retry: Span::secs(60),
            longest_retry: Span::secs(4 * 3600),
            warn_after: Span::secs(4 * 3600),
            give_up_after: Span::secs(5 * 86_400),
        }
    }
}

impl QueueTimes {
    fn check(&self) -> Result<(), String> {
        if self.first_retry.0.as_secs() < 1 || self.longest_retry.0 < self.first_retry.0 {
            return Err(
                "queue.first_retry must be at least 1s and not longer than queue.longest_retry"
                    .into(),
            );
        }
        Ok(())
    }
}

impl From<&QueueTimes> for queue::Retry {
    fn from(t: &QueueTimes) -> queue::Retry {
        queue::Retry {
            first: t.first_retry.0,
            longest: t.longest_retry.0,
            warn_after: t.warn_after.0,
            give_up_after: t.give_up_after.0,
        }
    }
}

/// `[journeys]`
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Journeys {
    /// `"forever"`, `"off"`, or a length of time.
    #[serde(deserialize_with = "keeping")]
    pub keep: Keeping,
    /// Written in the same write as the message.
    pub with_message: bool,
}

// No message waits longer in the queue, and its attempts are told with it.
const JOURNEYS_KEPT_MIN: Duration = Duration::from_secs(7 * 86_400);

fn keeping<'de, D: Deserializer<'de>>(d: D) -> Result<Keeping, D::Error> {
    let text = String::deserialize(d)?;
    match text.as_str() {
        "forever" => Ok(Keeping::Forever),
        "off" => Ok(Keeping::Nothing),
        other => Span::deserialize(serde::de::value::StrDeserializer::<D::Error>::new(other))
            .map(|span| Keeping::For(span.0)),
    }
}

impl Journeys {
    fn check(&self) -> Result<(), String> {
        match self.keep {
            Keeping::For(length) if length < JOURNEYS_KEPT_MIN => {
                Err("journeys.keep must be at least \"7d\", or \"off\"".into())
            }
            _ => Ok(()),
        }
    }
}

impl Settings {
    /// What can be wrong about values that each may be right alone.
    ///
    /// # Errors
    /// A sentence that names the key.
    pub fn check(&self) -> Result<(), String> {
        self.limits.check()?;
        self.queue.check()?;
        self.journeys.check()?;
        self.login.check()?;
        self.outbound.check()?;
        self.door.check()
    }

    /// The host's own form. Where senders are rewritten and whereto it listens is added by whoever
    /// has the store and the listeners; `read` reads password files.
    ///
    /// # Errors
    /// A relay that is no host, a password that cannot be read.
    pub fn node(
        &self,
        host: &Domain,
        read: &dyn Fn(&Path) -> Result<String, String>,
    ) -> Result<NodeConfig, String> {
        Ok(NodeConfig {
            message_bytes_max: self.limits.message_bytes_max,
            recipients_max: self.limits.recipients_max,
            connections_max: self.limits.connections_max,
            connections_per_address_max: self.limits.connections_per_address_max,
            plaintext_login: self.limits.plaintext_login,
            door: (&self.door).into(),
            auth: (&self.auth).into(),
            dmarc_reports: self.dmarc.reports,
            submission: self.login.with(&self.submission),
            outbound: self.outbound.with(host, read)?,
            retry: (&self.queue).into(),
            journeys: self.journeys.keep,
            journeys_written: if self.journeys.with_message {
                Writing::WithMessage
            } else {
                Writing::Soon
            },
            ..NodeConfig::new(host.clone())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn journeys_are_kept_for_ever_for_a_time_or_not_at_all() {
        let read = |keep: &str| {
            toml::from_str::<Settings>(&format!("[journeys]\nkeep = \"{keep}\"\n"))
                .map_err(|e| e.to_string())
        };
        let check = |keep: &str, expected: Result<Keeping, &str>| {
            let told = read(keep).and_then(|s| s.check().map(|()| s.journeys.keep));
            match (told, expected) {
                (Ok(told), Ok(expected)) => assert_eq!(told, expected, "{keep}"),
                (Err(told), Err(expected)) => assert!(told.contains(expected), "{keep}: {told}"),
                (told, expected) => panic!("{keep}: {told:?}, not {expected:?}"),
            }
        };
        check("forever", Ok(Keeping::Forever));
        check("off", Ok(Keeping::Nothing));
        check("7d", Ok(Keeping::For(JOURNEYS_KEPT_MIN)));
        check("6d", Err("at least"));
        check("long", Err("no length of time"));
        assert_eq!(Settings::default().journeys.keep, Keeping::Forever);
    }
}
