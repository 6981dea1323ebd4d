//! [`RateLimits`]: the limits of a host.

use crate::rate::{Rate, RateMetric};
use mail::Network;

/// The limits of a host. `None` means that the quantity is not limited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Connections per address.
    pub connections: Option<Rate>,
    /// Messages per address.
    pub messages: Option<Rate>,
    /// Recipients per address.
    pub recipients: Option<Rate>,
    /// Unknown recipients per address.
    pub unknown_recipients: Option<Rate>,
    /// Errors per address.
    pub errors: Option<Rate>,
    /// Bytes per address.
    pub bytes: Option<Rate>,
    /// A network (/24, /48) may do this many times what one address (/32, /64) may; 0 disables
    /// network limits.
    pub network_factor: u64,
    /// Messages per account.
    pub account_messages: Option<Rate>,
    /// Recipients per account.
    pub account_recipients: Option<Rate>,
    /// Bytes per account.
    pub account_bytes: Option<Rate>,
    /// Networks that are not limited.
    pub exempt: Vec<Network>,
}

impl Default for RateLimits {
    fn default() -> RateLimits {
        RateLimits {
            // A school class behind one NAT address opens this many when a lesson begins.
            connections: Some(Rate::new(300, 60)),
            messages: Some(Rate::new(600, 600)),
            recipients: Some(Rate::new(3000, 600)),
            unknown_recipients: Some(Rate::new(50, 600)),
            errors: Some(Rate::new(100, 600)),
            bytes: None,
            network_factor: 8,
            account_messages: Some(Rate::new(600, 3600)),
            account_recipients: Some(Rate::new(3000, 3600)),
            account_bytes: None,
            exempt: Network::loopback().to_vec(),
        }
    }
}

impl RateLimits {
    pub(crate) fn of_address(&self, metric: RateMetric) -> Option<Rate> {
        match metric {
            RateMetric::Connections => self.connections,
            RateMetric::Messages => self.messages,
            RateMetric::Recipients => self.recipients,
            RateMetric::UnknownRecipients => self.unknown_recipients,
            RateMetric::Errors => self.errors,
            RateMetric::Bytes => self.bytes,
        }
    }

    pub(crate) fn of_account(&self, metric: RateMetric) -> Option<Rate> {
        match metric {
            RateMetric::Messages => self.account_messages,
            RateMetric::Recipients => self.account_recipients,
            RateMetric::Bytes => self.account_bytes,
            RateMetric::Connections | RateMetric::UnknownRecipients | RateMetric::Errors => None,
        }
    }
}
