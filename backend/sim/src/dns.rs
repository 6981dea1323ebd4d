//! DNS in the virtual world: zones on the page, asked over a distance. Every host asks the same zones; each may be cut off from them.

use crate::executor::Executor;
use mail::Duration;
use mail::dns::{Answer, Failure, Question};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use world::zone::Zones;
use world::{BoxFuture, Resolver};

/// How long a host waits for an answer that does not come.
pub const DNS_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) struct LabResolver {
    pub(crate) executor: Executor,
    pub(crate) zones: Zones,
    pub(crate) setting: Arc<DnsSetting>,
}

/// How one host reaches the name servers.
#[derive(Default)]
pub(crate) struct DnsSetting {
    // There and back.
    pub(crate) latency_micros: AtomicU64,
    pub(crate) unreachable: AtomicBool,
}

impl Resolver for LabResolver {
    fn ask(&self, question: Question) -> BoxFuture<'_, Result<Answer, Failure>> {
        Box::pin(async move {
            let asked = self.executor.now();
            let latency = Duration::from_micros(self.setting.latency_micros.load(Ordering::Relaxed));
            self.executor.sleep_until(asked + latency / 2).await;
            let answer = match self.setting.unreachable.load(Ordering::Relaxed) {
                true => Err(Failure::Timeout),
                false => self.zones.ask(question).await,
            };
            let until = if answer == Err(Failure::Timeout) { DNS_TIMEOUT } else { latency };
            self.executor.sleep_until(asked + until).await;
            answer
        })
    }
}
