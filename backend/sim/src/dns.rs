//! DNS in the virtual world: all hosts query the same zones, each with its own latency and
//! reachability.

use crate::capture::{Capture, CapturedKind};
use crate::executor::{Executor, lock};
use mail::Duration;
use mail::dns::{Answer, Failure, Question};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use world::zone::Zones;
use world::{BoxFuture, Resolver};

/// How long a host waits for a DNS answer.
pub const DNS_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) struct LabResolver {
    pub(crate) executor: Executor,
    pub(crate) zones: Zones,
    pub(crate) setting: Arc<DnsSetting>,
    pub(crate) address: IpAddr,
    pub(crate) capture: Capture,
}

/// How one host reaches the name servers.
#[derive(Default)]
pub(crate) struct DnsSetting {
    // The round-trip time.
    pub(crate) latency_micros: AtomicU64,
    pub(crate) unreachable: AtomicBool,
    // Names for which this host has a stale answer in its cache.
    pub(crate) stale: Mutex<BTreeMap<String, Zones>>,
}

impl DnsSetting {
    /// Starts or stops answering a name with the records of this moment, even after the zones
    /// change.
    pub(crate) fn set_stale(&self, name: &str, zones: &Zones, stale: bool) {
        let name = name.trim_end_matches('.').to_lowercase();
        if stale {
            let kept = Zones::default();
            kept.replace_with(zones);
            lock(&self.stale).insert(name, kept);
        } else {
            lock(&self.stale).remove(&name);
        }
    }
}

impl Resolver for LabResolver {
    fn ask(&self, question: Question) -> BoxFuture<'_, Result<Answer, Failure>> {
        Box::pin(async move {
            let asked = self.executor.now();
            let latency =
                Duration::from_micros(self.setting.latency_micros.load(Ordering::Relaxed));
            self.executor.sleep_until(asked + latency / 2).await;
            let answer = match self.setting.unreachable.load(Ordering::Relaxed) {
                true => Err(Failure::Timeout),
                false => {
                    let stale = lock(&self.setting.stale).get(&question.name).cloned();
                    stale
                        .unwrap_or_else(|| self.zones.clone())
                        .ask(question.clone())
                        .await
                }
            };
            let silent = answer == Err(Failure::Timeout);
            let until = if silent { DNS_TIMEOUT } else { latency };
            self.capture.record(asked, || {
                let answer = (!silent).then(|| (asked + latency, answer.clone()));
                CapturedKind::Asked {
                    host: self.address,
                    question,
                    answer,
                }
            });
            self.executor.sleep_until(asked + until).await;
            answer
        })
    }
}
