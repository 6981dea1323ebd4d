//! [`Check`]: the checks by name, with the keys of their explanations in `static/explain`.

use crate::catalogue::codec::{Coded, Input, Malformed, Output};
use crate::locale::{Locale, Localize};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

macro_rules! checks {
    ($($(#[$meta:meta])* $variant:ident = $name:literal, $explain:literal;)+) => {
        /// What was checked. Events carry its name.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum Check {
            $($(#[$meta])* $variant,)+
            /// A check that this version does not know; never written.
            Other(String),
        }

        impl Check {
            /// Every known check.
            pub const ALL: &'static [Check] = &[$(Check::$variant),+];

            /// The name in events: `spf`, `sender-right`.
            pub fn name(&self) -> &str {
                match self {
                    $(Check::$variant => $name,)+
                    Check::Other(name) => name,
                }
            }

            /// The key of its explanation; `check` where it has none of its own.
            pub fn explain(&self) -> &'static str {
                match self {
                    $(Check::$variant => $explain,)+
                    Check::Other(_) => "check",
                }
            }
        }

        impl From<&str> for Check {
            fn from(name: &str) -> Check {
                match name {
                    $($name => Check::$variant,)+
                    other => Check::Other(other.to_owned()),
                }
            }
        }
    };
}

checks! {
    /// An alias was expanded.
    Alias = "alias", "check.alias";
    /// The client or sender is on the host's allow list.
    AllowList = "allow-list", "check.allow-list";
    /// ARC (RFC 8617).
    Arc = "arc", "check.arc";
    /// The client may submit without a login, by its network.
    ClientNetwork = "client-network", "check.client-network";
    /// An open connection was used again.
    ConnectionReused = "connection-reused", "check.connection-reused";
    /// DANE (RFC 7672).
    Dane = "dane", "check.dane";
    /// The client or sender is on the host's deny list.
    DenyList = "deny-list", "check.deny-list";
    /// All connections to the destination are in use.
    DestinationBusy = "destination-busy", "check.destination-busy";
    /// DKIM (RFC 6376).
    Dkim = "dkim", "check.dkim";
    /// The message was signed.
    DkimSign = "dkim-sign", "check.dkim-sign";
    /// DMARC (RFC 9989).
    Dmarc = "dmarc", "check.dmarc";
    /// A block list in DNS.
    Dnsbl = "dnsbl", "check.dnsbl";
    /// A welcome list in DNS.
    Dnswl = "dnswl", "check.dnswl";
    /// The client waited for the greeting.
    EarlyTalker = "early-talker", "check.early-talker";
    /// Greylisting.
    Greylist = "greylist", "check.greylist";
    /// The size of the header.
    Header = "header", "check";
    /// The name in HELO or EHLO.
    Helo = "helo", "check.helo";
    /// A login.
    Login = "login", "check.login";
    /// The number of Received fields.
    Loop = "loop", "check";
    /// MTA-STS (RFC 8461).
    MtaSts = "mta-sts", "check.mta-sts";
    /// Which hosts take the domain's mail.
    Mx = "mx", "check.mx";
    /// A bounce has one recipient.
    NullSender = "null-sender", "check.null-sender";
    /// The client's name by reverse DNS.
    Ptr = "ptr", "check.ptr";
    /// An administrator removed the message from the queue.
    QueueDrop = "queue-drop", "check.queue-drop";
    /// An administrator put the message on hold.
    QueueHold = "queue-hold", "check.queue-hold";
    /// An administrator released the message.
    QueueRelease = "queue-release", "check.queue-release";
    /// An administrator had the message retried.
    QueueRetry = "queue-retry", "check.queue-retry";
    /// The mailbox has room.
    Quota = "quota", "check.quota";
    /// Rate limits.
    Rate = "rate", "check.rate";
    /// The message was made fit for hosts that take only lines of 7-bit text (RFC 6409 §8.4).
    Recode = "recode", "check.recode";
    /// The recipient exists.
    Recipient = "recipient", "check";
    /// Relaying.
    Relay = "relay", "check.relay";
    /// REQUIRETLS (RFC 8689).
    RequireTls = "requiretls", "check.requiretls";
    /// A list of domains in DNS.
    Rhsbl = "rhsbl", "check.rhsbl";
    /// The sum of what the inbound policy weighed.
    Score = "score", "check.score";
    /// The user may write from this address.
    SenderRight = "sender-right", "check";
    /// The size of the message.
    Size = "size", "check";
    /// The message goes to a smart host.
    SmartHost = "smart-host", "check.smart-host";
    /// SPF (RFC 7208).
    Spf = "spf", "check.spf";
    /// A reply was delayed.
    Tarpit = "tarpit", "check.tarpit";
    /// One more attempt without TLS.
    TlsFallback = "tls-fallback", "check.tls-fallback";
    /// A result for the TLS report (RFC 8460).
    TlsReport = "tls-report", "check.tls-report";
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Localize for Check {
    fn write(&self, _: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Check {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Check, D::Error> {
        let name = Cow::<'de, str>::deserialize(d)?;
        Ok(Check::from(name.as_ref()))
    }
}

impl Coded for Check {
    fn put(&self, out: &mut dyn Output) {
        out.text(self.name());
    }

    fn take(input: &mut dyn Input) -> Result<Check, Malformed> {
        Ok(Check::from(input.text()?.as_str()))
    }

    fn edit_texts(&mut self, _: &mut dyn FnMut(&mut String)) {}

    #[cfg(test)]
    fn samples() -> Vec<Check> {
        vec![Check::Ptr, Check::Other("new".into())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_is_read_by_its_name() {
        for check in Check::ALL {
            assert_eq!(Check::from(check.name()), *check);
            assert!(
                check.explain() == "check" || check.explain() == format!("check.{}", check.name())
            );
        }
        let unknown = Check::from("something-new");
        assert_eq!(
            (unknown.name(), unknown.explain()),
            ("something-new", "check")
        );
    }
}
