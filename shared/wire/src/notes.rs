//! What a reader is told about a message beside its content: warnings, and the event that it speaks
//! of.

use event::Check;
use mail::{MailboxId, StoredMessageId, Time};
use serde::{Deserialize, Serialize};

/// Which message a delivery report (RFC 3464) is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryReport {
    /// The message.
    pub message: StoredMessageId,
    /// Its folder.
    pub folder: MailboxId,
    /// Whether its journey is known.
    pub journey: bool,
    /// It failed for at least one recipient; otherwise it is late, or was delivered.
    pub failed: bool,
}

/// Something about a message that may deceive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Warning {
    /// The author's display name shows an address that is not the author's.
    OtherAddressInName {
        /// The address in the name.
        shown: String,
    },
    /// The author's address is of this host's own domain, but nothing proves that the message is.
    OwnDomainUnproven {
        /// The domain.
        domain: String,
    },
    /// The text of a link names a host, but the link leads to another.
    MisleadingLink {
        /// The host in the text.
        shown: String,
        /// The host that it leads to.
        target: String,
    },
    /// The message lies in Junk because of these checks.
    Junk {
        /// The checks that failed; empty where they are not known.
        failed: Vec<FailedCheck>,
    },
}

/// A check that speaks against a message, as far as readers are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailedCheck {
    /// The author's domain does not confirm the message.
    Dmarc,
    /// The sender's domain does not permit the host that sent it.
    Spf,
    /// A signature does not fit the message.
    Dkim,
    /// The host or a domain is on a block list.
    BlockList,
    /// The host's name is missing or wrong.
    HostName,
    /// Any other check.
    Other,
}

impl FailedCheck {
    /// What a reader is told of a check; `None` for one that says nothing about a message's worth.
    pub fn of(check: &Check) -> Option<FailedCheck> {
        match check {
            Check::Dmarc => Some(FailedCheck::Dmarc),
            Check::Spf => Some(FailedCheck::Spf),
            Check::Dkim => Some(FailedCheck::Dkim),
            Check::Dnsbl | Check::Rhsbl | Check::DenyList => Some(FailedCheck::BlockList),
            Check::Ptr | Check::Helo => Some(FailedCheck::HostName),
            Check::EarlyTalker | Check::NullSender => Some(FailedCheck::Other),
            _ => None,
        }
    }
}

/// What a check of a message's origin found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// What was checked.
    pub method: AuthenticationMethod,
    /// What was found.
    pub outcome: AuthenticationOutcome,
    /// The domain that was asked; may be empty.
    #[serde(default)]
    pub domain: String,
}

/// A check of a message's origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthenticationMethod {
    /// The message was submitted here by a user who had signed in.
    Submission,
    /// The author's domain confirms the message.
    Dmarc,
    /// The sender's domain permits the host that sent it.
    Spf,
    /// The signature of a domain fits the message.
    Dkim,
}

/// The result of a check (RFC 8601 §2.7) as a reader needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthenticationOutcome {
    /// It confirms the message.
    Pass,
    /// It speaks against the message.
    Fail,
    /// The domain says nothing about it.
    None,
    /// The domain could not be asked.
    TempError,
    /// The domain's record or signature is faulty.
    PermError,
}

/// An event of a calendar that the message holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// What the message asks for.
    pub method: InvitationMethod,
    /// What takes place.
    #[serde(default)]
    pub summary: String,
    /// Where.
    #[serde(default)]
    pub location: String,
    /// Its beginning.
    #[serde(default)]
    pub start: Option<EventTime>,
    /// Its end.
    #[serde(default)]
    pub end: Option<EventTime>,
}

/// What a calendar message asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InvitationMethod {
    /// Nothing: it announces an event.
    Publish,
    /// An answer.
    Request,
    /// Nothing: it is an answer.
    Reply,
    /// The event does not take place.
    Cancel,
}

/// When an event begins or ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventTime {
    /// A known moment.
    Moment(Time),
    /// A day: year, month, day.
    Day(i32, u32, u32),
    /// A clock's time (as if it were UTC) in a zone that only its name tells of.
    Local {
        /// The clock's time.
        clock: Time,
        /// The zone; empty for the reader's own.
        zone: String,
    },
}
