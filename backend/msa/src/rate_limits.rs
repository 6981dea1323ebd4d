//! Rate limits of submission: connections by address; messages, recipients and bytes by account.
//! The limits and the counting are in the crate `limits`.

use crate::Msa;
use ::limits::RateMetric;
use mail::AccountId;
use queue::intake::{RateStage, Rejection};
use std::net::IpAddr;

impl Msa {
    /// One more connection from this address.
    pub(crate) fn check_connection_rate(&self, from: IpAddr) -> Result<(), Rejection> {
        let (rates, now) = (&self.0.config.rates, self.0.world.now());
        rates
            .acquire(RateMetric::Connections, from, 1, now)
            .map_err(|exceeded| Rejection::rate_limited(RateStage::Connection, &exceeded))
    }

    /// One more message of this account.
    pub(crate) fn check_message_rate(&self, account: AccountId) -> Result<(), Rejection> {
        let (rates, now) = (&self.0.config.rates, self.0.world.now());
        rates
            .check_account(RateMetric::Bytes, account, now)
            .and_then(|()| rates.acquire_for_account(RateMetric::Messages, account, 1, now))
            .map_err(|exceeded| Rejection::rate_limited(RateStage::Message, &exceeded))
    }

    /// This many more recipients.
    pub(crate) fn check_recipient_rate(
        &self,
        account: AccountId,
        recipients: usize,
    ) -> Result<(), Rejection> {
        let (rates, now) = (&self.0.config.rates, self.0.world.now());
        rates
            .acquire_for_account(RateMetric::Recipients, account, recipients as u64, now)
            .map_err(|exceeded| Rejection::rate_limited(RateStage::Recipient, &exceeded))
    }

    /// A message of this size was received.
    pub(crate) fn record_bytes(&self, account: AccountId, bytes: u64) {
        let now = self.0.world.now();
        self.0
            .config
            .rates
            .record_for_account(RateMetric::Bytes, account, bytes, now);
    }
}
