//! The settings of a mail host, with the keys of `docs/CONFIG.md`: the sections of the
//! configuration file that say what a host does, converted to [`NodeConfig`]. Listeners, file paths
//! and the DNS resolver are not here: they are in the server's part of the file. The Lab's hosts
//! are configured with these sections alone.
//!
//! Failures: a key that is unknown or has a bad value is an error of the deserializer; values that
//! contradict each other are a [`SettingsError`].

mod error;
mod renamed;

pub mod auth;
pub mod inbound;
pub mod login;
pub mod outbound;

pub use self::auth::{Auth, Dmarc};
pub use error::{SettingsError, SettingsProblem, UrlProblem};
pub use inbound::Inbound;
pub use login::{Login, Submission};
pub use outbound::Outbound;
pub use renamed::{RENAMED_KEYS, RenamedKey, current_key};

use crate::NodeConfig;
use mail::{Domain, Duration};
use serde::{Deserialize, Deserializer};
use std::path::Path;
use store::{JourneyWrites, Retention};

/// All sections; each key has a default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Sizes and counts.
    pub limits: Limits,
    /// Who may deliver mail on port 25.
    #[serde(alias = "door")]
    pub inbound: Inbound,
    /// Authentication of incoming messages: SPF, DKIM, DMARC, ARC.
    pub auth: Auth,
    /// DMARC aggregate reports.
    pub dmarc: Dmarc,
    /// How users authenticate.
    pub login: Login,
    /// What users may do when they submit messages.
    pub submission: Submission,
    /// Delivery to other hosts.
    pub outbound: Outbound,
    /// Retry intervals.
    pub queue: QueueTimes,
    /// How long journeys are kept.
    pub journeys: Journeys,
}

/// A duration, written `"90s"`, `"1m"`, `"4h"` or `"5d"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HumanDuration(pub Duration);

impl HumanDuration {
    /// A number of seconds.
    pub const fn secs(secs: u64) -> HumanDuration {
        HumanDuration(Duration::from_secs(secs))
    }
}

impl<'de> Deserialize<'de> for HumanDuration {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<HumanDuration, D::Error> {
        use serde::de::Error;
        let text = String::deserialize(d)?;
        let fault = || {
            D::Error::custom(format!(
                "{text:?} is not a duration; write \"90s\", \"1m\", \"4h\" or \"5d\""
            ))
        };
        mail::parse_duration(&text)
            .map(HumanDuration)
            .map_err(|_| fault())
    }
}

/// `[limits]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Largest message, in bytes.
    pub message_bytes_max: u64,
    /// Most recipients of one message.
    pub recipients_max: u32,
    /// Most concurrent connections, all protocols together.
    pub connections_max: u32,
    /// Most concurrent connections from one address to one protocol.
    pub connections_per_address_max: u32,
    /// Allow IMAP and POP3 logins without TLS. Only safe on loopback.
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
    fn check(&self) -> Result<(), SettingsError> {
        let too_small = |key, min| {
            Err(SettingsError::new(
                key,
                SettingsProblem::BelowMinimum { min },
            ))
        };
        if self.message_bytes_max < MESSAGE_BYTES_LIMIT_MIN {
            return too_small("limits.message_bytes_max", MESSAGE_BYTES_LIMIT_MIN);
        }
        if self.recipients_max < RECIPIENTS_LIMIT_MIN {
            return too_small("limits.recipients_max", RECIPIENTS_LIMIT_MIN.into());
        }
        Ok(())
    }
}

// RFC 5321 §4.5.3.1.7
const MESSAGE_BYTES_LIMIT_MIN: u64 = 64 * 1024;
// RFC 5321 §4.5.3.1.8
const RECIPIENTS_LIMIT_MIN: u32 = 100;

/// `[queue]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QueueTimes {
    /// Time before the second attempt; each further interval is twice as long.
    pub first_retry: HumanDuration,
    /// The longest interval.
    pub longest_retry: HumanDuration,
    /// Time after which the sender gets a delay notification, once.
    pub warn_after: HumanDuration,
    /// Time after which the message is returned to the sender.
    pub give_up_after: HumanDuration,
}

impl Default for QueueTimes {
    fn default() -> QueueTimes {
        QueueTimes {
            first_retry: HumanDuration::secs(60),
            longest_retry: HumanDuration::secs(4 * 3600),
            warn_after: HumanDuration::secs(4 * 3600),
            give_up_after: HumanDuration::secs(5 * 86_400),
        }
    }
}

impl QueueTimes {
    fn check(&self) -> Result<(), SettingsError> {
        let invalid = |problem| Err(SettingsError::new("queue.first_retry", problem));
        if self.first_retry.0.as_secs() < 1 {
            let min = Duration::from_secs(1);
            return invalid(SettingsProblem::TooShort { min });
        }
        if self.longest_retry.0 < self.first_retry.0 {
            let other = "queue.longest_retry";
            return invalid(SettingsProblem::GreaterThan { other });
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
    /// `"forever"`, `"off"`, or a duration.
    #[serde(deserialize_with = "retention")]
    pub keep: Retention,
    /// Write events in the same transaction as the message.
    #[serde(alias = "with_letter")]
    pub with_message: bool,
}

// A message may wait this long in the queue; its journey must last until then.
const JOURNEYS_KEEP_MIN: Duration = Duration::from_secs(7 * 86_400);

fn retention<'de, D: Deserializer<'de>>(d: D) -> Result<Retention, D::Error> {
    let text = String::deserialize(d)?;
    match text.as_str() {
        "forever" => Ok(Retention::Forever),
        "off" => Ok(Retention::Nothing),
        other => {
            HumanDuration::deserialize(serde::de::value::StrDeserializer::<D::Error>::new(other))
                .map(|span| Retention::For(span.0))
        }
    }
}

impl Journeys {
    fn check(&self) -> Result<(), SettingsError> {
        match self.keep {
            Retention::For(length) if length < JOURNEYS_KEEP_MIN => Err(SettingsError::new(
                "journeys.keep",
                SettingsProblem::TooShort {
                    min: JOURNEYS_KEEP_MIN,
                },
            )),
            _ => Ok(()),
        }
    }
}

impl Settings {
    /// Checks the values against each other.
    ///
    /// # Errors
    /// [`SettingsError`]: the first that is found.
    pub fn check(&self) -> Result<(), SettingsError> {
        self.limits.check()?;
        self.queue.check()?;
        self.journeys.check()?;
        self.login.check()?;
        self.outbound.check()?;
        self.inbound.check()
    }

    /// Converts the settings to a node's configuration. The caller adds what depends on its store
    /// and listeners (`outbound.srs`, `outbound.own`). `read` reads a password file.
    ///
    /// # Errors
    /// A relay's host or password cannot be used.
    pub fn node(
        &self,
        host: &Domain,
        read: &dyn Fn(&Path) -> Result<String, String>,
    ) -> Result<NodeConfig, SettingsError> {
        Ok(NodeConfig {
            message_bytes_max: self.limits.message_bytes_max,
            recipients_max: self.limits.recipients_max,
            connections_max: self.limits.connections_max,
            connections_per_address_max: self.limits.connections_per_address_max,
            plaintext_login: self.limits.plaintext_login,
            inbound: (&self.inbound).into(),
            auth: (&self.auth).into(),
            dmarc_reports: self.dmarc.reports,
            submission: self.login.with(&self.submission),
            outbound: self.outbound.with(host, read)?,
            retry: (&self.queue).into(),
            journeys: self.journeys.keep,
            journeys_written: if self.journeys.with_message {
                JourneyWrites::WithMessage
            } else {
                JourneyWrites::Deferred
            },
            ..NodeConfig::new(host.clone())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_how_long_journeys_are_kept() {
        let check = |keep: &str, expected: Result<Retention, &str>| {
            let text = format!("[journeys]\nkeep = \"{keep}\"\n");
            let got = toml::from_str::<Settings>(&text)
                .map_err(|e| e.to_string())
                .and_then(|s| {
                    s.check()
                        .map_err(|e| e.to_string())
                        .map(|()| s.journeys.keep)
                });
            match (got, expected) {
                (Ok(got), Ok(expected)) => assert_eq!(got, expected, "{keep}"),
                (Err(got), Err(expected)) => assert!(got.contains(expected), "{keep}: {got}"),
                (got, expected) => panic!("{keep}: {got:?}, expected {expected:?}"),
            }
        };
        check("forever", Ok(Retention::Forever));
        check("off", Ok(Retention::Nothing));
        check("7d", Ok(Retention::For(JOURNEYS_KEEP_MIN)));
        check("6d", Err("journeys.keep must be at least \"7d\""));
        check("long", Err("is not a duration"));
        assert_eq!(Settings::default().journeys.keep, Retention::Forever);
    }

    #[test]
    fn old_keys_mean_the_same_as_new_ones() {
        let old = toml::from_str::<Settings>(
            "[door.rates]\nletters = \"7/1m\"\noctets = \"8/1m\"\naccount_letters = \"9/1m\"\naccount_octets = \"10/1m\"\n\
             [outbound]\nletters_per_minute_max = 11\nletters_per_connection_max = 12\n\
             [journeys]\nwith_letter = true\n",
        )
        .unwrap();
        let rates = mta::policy::InboundPolicy::from(&old.inbound).rates;
        assert_eq!(
            [
                rates.messages,
                rates.bytes,
                rates.account_messages,
                rates.account_bytes
            ]
            .map(|rate| rate.map(|r| r.count)),
            [Some(7), Some(8), Some(9), Some(10)]
        );
        assert_eq!(old.outbound.messages_per_minute_max, Some(11));
        assert_eq!(old.outbound.messages_per_connection_max, 12);
        assert!(old.journeys.with_message);
    }
}
