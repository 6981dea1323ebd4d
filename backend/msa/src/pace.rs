//! How often a user may submit: connections by address, messages, recipients and octets by account.
//! The limits and the counting are the store's.

use crate::Msa;
use crate::rights::No;
use limits::{RateExceeded, RateMetric};
use mail::{AccountId, Reply};
use std::net::IpAddr;

fn refuse(code: u16, over: &RateExceeded) -> No {
    let text = format!(
        "too many {}; try again in {} seconds",
        over.metric,
        over.retry_after.as_secs().max(1)
    );
    let enhanced = match code {
        421 => (4, 7, 0),
        // RFC 5321 §4.5.3.1.10
        452 => (4, 5, 3),
        _ => (4, 7, 1),
    };
    No::new(Reply::new(code, enhanced, text), over.to_string())
}

impl Msa {
    /// One more connection from there.
    pub(crate) fn may_connect(&self, from: IpAddr) -> Result<(), No> {
        self.0
            .rates
            .acquire(RateMetric::Connections, from, 1, self.0.world.now())
            .map_err(|over| refuse(421, &over))
    }

    /// One more message of this account.
    pub(crate) fn may_begin(&self, account: AccountId) -> Result<(), No> {
        let (rates, now) = (&self.0.rates, self.0.world.now());
        rates
            .check_account(RateMetric::Bytes, account, now)
            .map_err(|over| refuse(450, &over))?;
        rates
            .acquire_for_account(RateMetric::Messages, account, 1, now)
            .map_err(|over| refuse(450, &over))
    }

    /// So many more recipients.
    pub(crate) fn may_name(&self, account: AccountId, recipients: usize) -> Result<(), No> {
        let (rates, now) = (&self.0.rates, self.0.world.now());
        rates
            .acquire_for_account(RateMetric::Recipients, account, recipients as u64, now)
            .map_err(|over| refuse(452, &over))
    }

    /// So many octets have come.
    pub(crate) fn brought(&self, account: AccountId, bytes: u64) {
        self.0
            .rates
            .record_for_account(RateMetric::Bytes, account, bytes, self.0.world.now());
    }
}
