//! Which MTA-STS policy holds for a domain just now (RFC 8461 §3.3, §5.1): the one that was kept,
//! or a new one where DNS names another. A policy that was kept holds until its age is over,
//! whatever happens to DNS or HTTPS meanwhile: that is what it is for.

use super::Outbound;
use super::sts::{Mode, Policy, record_id};
use event::{Kind, Recorder, Verdict};
use mail::dns::{Question, Record, RecordType};
use mail::{Domain, Duration, Time};
use serde::{Deserialize, Serialize};
use world::https::{self, FetchFault};

/// After a fetch that failed, the next one is not tried earlier (RFC 8461 §3.3).
pub const FETCH_PAUSE: Duration = Duration::from_secs(5 * 60);
// Failures that are remembered.
const FAILED_MAX: usize = 10_000;

/// A policy as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    id: String,
    until: Time,
    policy: Policy,
}

/// What is known of a domain's policy.
pub(super) struct Found {
    /// The one that holds.
    pub(super) policy: Option<Policy>,
    /// What went wrong with a new one, as reports name it (RFC 8460 §4.3.2.2).
    pub(super) fault: Option<&'static str>,
}

impl Outbound {
    /// Asks for a domain's policy.
    pub(super) async fn sts_policy(&self, domain: &Domain, recorder: &mut Recorder) -> Found {
        let now = self.0.world.now();
        let row = self.0.store.policy(domain).await.unwrap_or_else(|error| {
            tracing::warn!(%domain, %error, "a policy cannot be read");
            None
        });
        let kept = row
            .and_then(|row| serde_json::from_slice::<Kept>(&row).ok())
            .filter(|kept| kept.until > now);
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
        let (kept, fault) = match (kept, id) {
            (Some(kept), Some(id)) if kept.id == id => (Some(kept), None),
            (kept, Some(id)) => match self.fetch_policy(domain, id).await {
                Ok(fresh) => (Some(fresh), None),
                Err((why, fault)) => {
                    let verdict = if kept.is_some() {
                        Verdict::Neutral
                    } else {
                        Verdict::Fail
                    };
                    recorder.emit(
                        self.0.world.now(),
                        check(
                            verdict,
                            format!("https://mta-sts.{domain}/.well-known/mta-sts.txt: {why}"),
                        ),
                    );
                    (kept, Some(fault))
                }
            },
            // RFC 8461 §5.1: without a record the kept one holds on.
            (kept, None) => (kept, None),
        };
        let policy = kept.map(|k| k.policy).filter(|p| p.mode != Mode::None);
        if let Some(policy) = &policy {
            recorder.emit(
                self.0.world.now(),
                check(Verdict::Pass, policy.lines().join(", ")),
            );
        }
        Found { policy, fault }
    }

    async fn fetch_policy(
        &self,
        domain: &Domain,
        id: String,
    ) -> Result<Kept, (String, &'static str)> {
        let now = self.0.world.now();
        if self.failed_lately(domain, now) {
            return Err((
                "it could not be fetched a moment ago".into(),
                "sts-policy-fetch-error",
            ));
        }
        let fetched = self
            .fetch_text(domain)
            .await
            .and_then(|text| Policy::parse(&text).map_err(|why| (why, "sts-policy-invalid")));
        match fetched {
            Ok(policy) => {
                let until = now + Duration::from_secs(policy.max_age_secs);
                let kept = Kept { id, until, policy };
                let row = serde_json::to_vec(&kept).unwrap_or_default();
                if let Err(error) = self.0.store.keep_policy(domain, Some(row)).await {
                    tracing::warn!(%domain, %error, "a policy cannot be kept");
                }
                tracing::info!(%domain, mode = ?kept.policy.mode, "a policy was fetched");
                Ok(kept)
            }
            Err(fault) => {
                self.remember_failure(domain, now);
                Err(fault)
            }
        }
    }

    async fn fetch_text(&self, domain: &Domain) -> Result<String, (String, &'static str)> {
        let host = Domain::new(&format!("mta-sts.{domain}"))
            .map_err(|e| (e.to_string(), "sts-policy-fetch-error"))?;
        let fetched = https::fetch(
            &self.0.world,
            &host,
            self.0.config.https_port,
            "/.well-known/mta-sts.txt",
            "text/plain",
        )
        .await;
        let bytes = fetched.map_err(|fault| {
            let name = if matches!(fault, FetchFault::Tls(_)) {
                "sts-webpki-invalid"
            } else {
                "sts-policy-fetch-error"
            };
            (fault.to_string(), name)
        })?;
        String::from_utf8(bytes).map_err(|_| ("it is not UTF-8".to_owned(), "sts-policy-invalid"))
    }

    fn failed_lately(&self, domain: &Domain, now: Time) -> bool {
        world::lock(&self.0.failed)
            .get(domain)
            .is_some_and(|at| now.since(*at) < FETCH_PAUSE && *at <= now)
    }

    fn remember_failure(&self, domain: &Domain, now: Time) {
        let mut failed = world::lock(&self.0.failed);
        if failed.len() >= FAILED_MAX {
            failed.retain(|_, at| now.since(*at) < FETCH_PAUSE);
        }
        if failed.len() < FAILED_MAX {
            failed.insert(domain.clone(), now);
        }
    }
}

fn check(verdict: Verdict, why: String) -> Kind {
    Kind::text_check("mta-sts", verdict, &why)
}
