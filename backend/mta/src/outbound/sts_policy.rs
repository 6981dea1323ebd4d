//! Looks up the MTA-STS policy in force for a domain (RFC 8461 §3.3, §5.1): the cached one, or a
//! new one where the DNS record has another id. A cached policy stays in force until it expires,
//! whatever happens to DNS or HTTPS in the meantime.
//!
//! Failures: a policy that cannot be fetched or parsed leaves the cached one in force, if any, and
//! is counted for TLS reports.

use super::Outbound;
use super::sts::{Mode, Policy, record_id};
use event::catalogue::delivery::{SecurityReason, StsError};
use event::catalogue::network::FetchError;
use event::{Check, Recorder, Verdict};
use mail::dns::{Question, Record, RecordType};
use mail::{Domain, Duration, Time};
use serde::{Deserialize, Serialize};
use world::http_client::{FetchFault, fetch};

/// After a failed fetch, the next one is not tried earlier (RFC 8461 §3.3).
pub const STS_FETCH_RETRY: Duration = Duration::from_secs(5 * 60);
// The policy's path (RFC 8461 §3.3).
const POLICY_PATH: &str = "/.well-known/mta-sts.txt";
// Domains whose failure is remembered.
const FAILURES_MAX: usize = 10_000;

/// Why a policy could not be fetched, and the failure's name in TLS reports.
type StsFailure = (StsError, &'static str);

/// A policy as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct CachedPolicy {
    id: String,
    until: Time,
    policy: Policy,
}

/// The result of looking up a domain's policy.
#[derive(Default)]
pub(super) struct StsLookup {
    /// The policy in force.
    pub(super) policy: Option<Policy>,
    /// What went wrong with a newer one, as TLS reports name it (RFC 8460 §4.3.2.2).
    pub(super) fault: Option<&'static str>,
}

impl Outbound {
    /// Looks up a domain's policy.
    pub(super) async fn sts_policy(&self, domain: &Domain, recorder: &mut Recorder) -> StsLookup {
        let now = self.0.world.now();
        let row = self.0.store.policy(domain).await.unwrap_or_else(|error| {
            tracing::warn!(%domain, %error, "cannot read a stored MTA-STS policy");
            None
        });
        let cached = row
            .and_then(|row| serde_json::from_slice::<CachedPolicy>(&row).ok())
            .filter(|cached| cached.until > now);
        let answer = self
            .ask(
                Question::new(format!("_mta-sts.{domain}"), RecordType::Txt),
                recorder,
            )
            .await;
        let texts = answer.map(|a| a.records).unwrap_or_default();
        let id = record_id(texts.iter().filter_map(|r| {
            if let Record::Txt(text) = r {
                Some(text.as_str())
            } else {
                None
            }
        }));
        let (cached, fault) = match (cached, id) {
            (Some(cached), Some(id)) if cached.id == id => (Some(cached), None),
            (cached, Some(id)) => match self.fetch_policy(domain, id).await {
                Ok(fresh) => (Some(fresh), None),
                Err((error, fault)) => {
                    let verdict = if cached.is_some() {
                        Verdict::Neutral
                    } else {
                        Verdict::Fail
                    };
                    let url = format!("https://mta-sts.{domain}{POLICY_PATH}");
                    let reason = SecurityReason::StsUnavailable { url, error };
                    self.check(recorder, Check::MtaSts, verdict, reason);
                    (cached, Some(fault))
                }
            },
            // RFC 8461 §5.1: without a record the cached policy stays in force.
            (cached, None) => (cached, None),
        };
        let policy = cached.map(|k| k.policy).filter(|p| p.mode != Mode::None);
        if let Some(policy) = &policy {
            let lines = policy.lines();
            let reason = SecurityReason::StsPolicy { lines };
            self.check(recorder, Check::MtaSts, Verdict::Pass, reason);
        }
        StsLookup { policy, fault }
    }

    async fn fetch_policy(&self, domain: &Domain, id: String) -> Result<CachedPolicy, StsFailure> {
        let now = self.0.world.now();
        if self.failed_recently(domain, now) {
            return Err((StsError::FailedRecently, "sts-policy-fetch-error"));
        }
        let fetched = self
            .fetch_text(domain)
            .await
            .and_then(|text| Policy::parse(&text).map_err(|error| (error, "sts-policy-invalid")));
        match fetched {
            Ok(policy) => {
                let until = now + Duration::from_secs(policy.max_age_secs);
                let cached = CachedPolicy { id, until, policy };
                let row = serde_json::to_vec(&cached).unwrap_or_default();
                if let Err(error) = self.0.store.keep_policy(domain, Some(row)).await {
                    tracing::warn!(%domain, %error, "cannot store an MTA-STS policy");
                }
                tracing::info!(%domain, mode = ?cached.policy.mode, "MTA-STS policy fetched");
                Ok(cached)
            }
            Err(fault) => {
                self.remember_failure(domain, now);
                Err(fault)
            }
        }
    }

    async fn fetch_text(&self, domain: &Domain) -> Result<String, StsFailure> {
        let name = format!("mta-sts.{domain}");
        let host = Domain::new(&name).map_err(|_| {
            (
                StsError::BadDomain { domain: name },
                "sts-policy-fetch-error",
            )
        })?;
        let fetched = fetch(
            &self.0.world,
            &host,
            self.0.config.https_port,
            POLICY_PATH,
            "text/plain",
        )
        .await;
        let bytes = fetched.map_err(|fault| {
            let name = match fault {
                FetchFault::Tls(_) => "sts-webpki-invalid",
                _ => "sts-policy-fetch-error",
            };
            let error = FetchError::from(&fault);
            (StsError::Fetch { error }, name)
        })?;
        String::from_utf8(bytes).map_err(|_| (StsError::NotUtf8, "sts-policy-invalid"))
    }

    fn failed_recently(&self, domain: &Domain, now: Time) -> bool {
        world::lock(&self.0.sts_failures)
            .get(domain)
            .is_some_and(|at| now.since(*at) < STS_FETCH_RETRY && *at <= now)
    }

    fn remember_failure(&self, domain: &Domain, now: Time) {
        let mut failed = world::lock(&self.0.sts_failures);
        if failed.len() >= FAILURES_MAX {
            failed.retain(|_, at| now.since(*at) < STS_FETCH_RETRY);
        }
        if failed.len() < FAILURES_MAX {
            failed.insert(domain.clone(), now);
        }
    }
}
