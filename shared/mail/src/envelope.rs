//! The envelope: sender, recipients, and the parameters of MAIL and RCPT (RFC 5321 §2.3.1, RFC
//! 3461, RFC 6152, RFC 6531). Only the envelope controls delivery; the header is for readers.

use crate::{Address, Path, Time};
use serde::{Deserialize, Serialize};

/// What kind of bytes the body holds, as declared by `BODY=` (RFC 6152, RFC 3030).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BodyKind {
    /// `7BIT`, also where nothing is declared.
    #[default]
    SevenBit,
    /// `8BITMIME`
    EightBit,
    /// `BINARYMIME`
    Binary,
}

/// How much of the message a failure notice returns: `RET=` (RFC 3461 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReturnMode {
    /// `FULL`
    Full,
    /// `HDRS`
    Headers,
}

/// `NOTIFY=` (RFC 3461 §4.1): the events of which the sender wants to be notified. All false is
/// `NEVER`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notify {
    /// `SUCCESS`
    pub success: bool,
    /// `FAILURE`
    pub failure: bool,
    /// `DELAY`
    pub delay: bool,
}

impl Notify {
    /// `NEVER`: no notice in any case.
    pub const NEVER: Notify = Notify {
        success: false,
        failure: false,
        delay: false,
    };
}

/// One recipient of the envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Its address.
    pub address: Address,
    /// `ORCPT=` decoded from xtext (RFC 3461 §4.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
    /// `NOTIFY=`; `None` where it was not given: then failures and long delays are reported (RFC
    /// 3461 §4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<Notify>,
}

impl Recipient {
    /// A recipient without parameters.
    pub fn new(address: Address) -> Recipient {
        Recipient {
            address,
            original: None,
            notify: None,
        }
    }
}

/// The envelope as the queue stores it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The reverse path; `None` is `<>`, which is never answered.
    pub sender: Option<Address>,
    /// At least one.
    pub recipients: Vec<Recipient>,
    /// `BODY=`
    #[serde(default)]
    pub body: BodyKind,
    /// `SMTPUTF8` was asked for (RFC 6531).
    #[serde(default)]
    pub smtputf8: bool,
    /// `ENVID=` (RFC 3461 §4.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub envelope_id: Option<String>,
    /// `RET=`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_mode: Option<ReturnMode>,
    /// `REQUIRETLS`: only for hosts that are authenticated and support REQUIRETLS themselves (RFC
    /// 8689).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_tls: bool,
    /// Delivered even where the TLS that a policy requires fails: for reports of such failures (RFC
    /// 8460 §3).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub despite_tls: bool,
    /// The release time (FUTURERELEASE, RFC 4865); the queue holds the message until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until: Option<Time>,
    /// To be filed in Junk: a result of the inbound policy.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub junk: bool,
}

impl Envelope {
    /// An envelope without parameters.
    pub fn new(sender: Option<Address>, recipients: impl IntoIterator<Item = Address>) -> Envelope {
        Envelope {
            sender,
            recipients: recipients.into_iter().map(Recipient::new).collect(),
            body: BodyKind::SevenBit,
            smtputf8: false,
            envelope_id: None,
            return_mode: None,
            require_tls: false,
            despite_tls: false,
            hold_until: None,
            junk: false,
        }
    }

    /// The reverse path in its brackets, `<>` without a sender.
    pub fn reverse_path(&self) -> Path {
        self.sender.clone().map_or(Path::Null, Path::Address)
    }
}
