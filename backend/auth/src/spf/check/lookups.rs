//! The lookups of an evaluation, counted against the limits of RFC 7208 §4.6.4.

use super::{Evaluation, LOOKUPS_MAX, NAMES_MAX, Stop, VOID_LOOKUPS_MAX};
use crate::spf::macros::{MacroText, Values};
use event::catalogue::authentication::SpfReason;
use mail::dns::{Failure, Record, RecordType};
use std::net::IpAddr;

impl Evaluation<'_, '_> {
    pub(super) fn count_lookup(&mut self, domain: &str, term: &str) -> Result<(), Stop> {
        self.lookups += 1;
        if self.lookups > LOOKUPS_MAX {
            return Err(Stop::permanent(SpfReason::TooManyLookups {
                term: term.to_owned(),
                domain: domain.to_owned(),
                limit: LOOKUPS_MAX,
            }));
        }
        Ok(())
    }

    // Counts a lookup without an answer; `reason` describes it.
    pub(super) fn count_void(&mut self, reason: impl FnOnce(u32) -> SpfReason) -> Result<(), Stop> {
        self.voids += 1;
        if self.voids > VOID_LOOKUPS_MAX {
            return Err(Stop::permanent(reason(VOID_LOOKUPS_MAX)));
        }
        Ok(())
    }

    pub(super) async fn void_counted(
        &mut self,
        name: &str,
        record: RecordType,
    ) -> Result<Vec<Record>, Stop> {
        let records = match self.dns.records(name, record).await {
            Ok(records) => records,
            Err(Failure::NoSuchName) => Vec::new(),
            Err(failure) => return Err(temporary(name, record, failure)),
        };
        if records.is_empty() {
            self.count_void(|limit| SpfReason::TooManyVoidLookups {
                name: name.to_owned(),
                limit,
            })?;
        }
        Ok(records)
    }

    // Addresses of the client's family.
    pub(super) async fn addresses(&mut self, name: &str, count: bool) -> Result<Vec<IpAddr>, Stop> {
        let record = if self.ip.is_ipv4() {
            RecordType::A
        } else {
            RecordType::Aaaa
        };
        let records = if count {
            self.void_counted(name, record).await?
        } else {
            match self.dns.records(name, record).await {
                Ok(records) => records,
                Err(Failure::NoSuchName) => Vec::new(),
                Err(failure) => return Err(temporary(name, record, failure)),
            }
        };
        Ok(world::address_answers(&records).collect())
    }

    // The validated names of the client (RFC 7208 §5.5).
    pub(super) async fn validated_names(&mut self, count: bool) -> Result<Vec<String>, Stop> {
        if let Some(names) = &self.names {
            return Ok(names.clone());
        }
        let records = self
            .dns
            .lookup(mail::dns::Question::reverse(self.ip))
            .await
            .unwrap_or_default();
        if records.is_empty() && count {
            let address = self.ip;
            self.count_void(|limit| SpfReason::TooManyVoidReverseLookups { address, limit })?;
        }
        let mut names = Vec::new();
        for record in records.into_iter().take(NAMES_MAX) {
            let Record::Ptr(name) = record else { continue };
            // A name whose addresses cannot be looked up is skipped.
            if let Ok(addresses) = self.addresses(name.as_str(), false).await
                && addresses.contains(&self.ip)
            {
                names.push(name.as_str().to_owned());
            }
        }
        self.names = Some(names.clone());
        Ok(names)
    }

    // The value of `%{p}` (RFC 7208 §7.3): preferably the domain itself, then a name below it.
    pub(super) async fn validated_for(&mut self, text: &MacroText, domain: &str) -> String {
        if !text.needs_validated() {
            return String::new();
        }
        let names = self.validated_names(false).await.unwrap_or_default();
        let below = |n: &&String| {
            n.strip_suffix(domain)
                .is_some_and(|rest| rest.ends_with('.'))
        };
        let best = names
            .iter()
            .find(|n| *n == domain)
            .or_else(|| names.iter().find(below))
            .or(names.first());
        best.cloned().unwrap_or_else(|| "unknown".to_owned())
    }

    pub(super) fn values<'v>(&'v self, domain: &'v str, validated: &'v str) -> Values<'v> {
        Values {
            ip: self.ip,
            local: self.local,
            sender_domain: &self.sender,
            domain,
            helo: self.helo,
            validated,
            receiver: self.receiver,
            now: self.dns.now(),
        }
    }

    pub(super) async fn name(&mut self, text: &MacroText, domain: &str) -> String {
        let validated = self.validated_for(text, domain).await;
        text.expand_name(&self.values(domain, &validated))
    }

    pub(super) async fn target(&mut self, spec: Option<&MacroText>, domain: &str) -> String {
        match spec {
            Some(spec) => self.name(spec, domain).await,
            None => domain.to_owned(),
        }
    }
}

fn temporary(name: &str, record: RecordType, failure: Failure) -> Stop {
    Stop::temporary(SpfReason::Dns {
        name: name.to_owned(),
        record: format!("{record:?}").to_uppercase(),
        failure,
    })
}
