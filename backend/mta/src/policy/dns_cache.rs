//! DNS lookups of the inbound policy: each with a time limit, answered from a bounded cache for the
//! records' TTL (RFC 5782 §2.3), and recorded in the journey.
//!
//! Failures: a lookup that fails or times out has a result like any other; it decides nothing by
//! itself and is not cached.

use event::Kind;
use mail::dns::{Answer, Failure, Question};
use mail::{Duration, Time};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use world::{World, lock};

/// One lookup: question, answer and time.
#[derive(Clone, Debug)]
pub(super) struct DnsLookup {
    pub at: Time,
    pub question: Question,
    pub answer: Result<Answer, Failure>,
    pub took: Duration,
}

impl DnsLookup {
    /// The event that records the lookup.
    pub(super) fn event(&self) -> (Time, Kind) {
        let answer = self.answer.clone().map(|a| a.records);
        let micros = u64::try_from(self.took.as_micros()).unwrap_or(u64::MAX);
        (
            self.at,
            Kind::Dns {
                question: self.question.clone(),
                answer,
                micros,
            },
        )
    }
}

/// Cached answers.
pub(super) const ANSWERS_MAX: usize = 10_000;
// Upper limit of the TTL.
const TTL_MAX: Duration = Duration::from_secs(3600);
// TTL of negative answers: the resolver does not report theirs (RFC 2308 §5).
const NEGATIVE_TTL: Duration = Duration::from_secs(300);

type Cache = Mutex<HashMap<Question, (Result<Answer, Failure>, Time)>>;

/// Resolver with a cache. Clones share the cache.
#[derive(Clone)]
pub(super) struct DnsCache {
    world: World,
    wait: Duration,
    cache: Arc<Cache>,
}

impl DnsCache {
    pub(super) fn new(world: World, wait: Duration) -> DnsCache {
        DnsCache {
            world,
            wait,
            cache: Arc::default(),
        }
    }

    pub(super) async fn lookup(&self, question: Question) -> DnsLookup {
        let at = self.world.now();
        if let Some(answer) = self.cached(&question, at) {
            return DnsLookup {
                at,
                question,
                answer,
                took: Duration::ZERO,
            };
        }
        let answered = self
            .world
            .within(self.wait, self.world.resolver.ask(question.clone()))
            .await;
        let answer = answered.unwrap_or(Err(Failure::Timeout));
        let now = self.world.now();
        self.store(&question, &answer, now);
        DnsLookup {
            at: now,
            question,
            answer,
            took: now.since(at),
        }
    }

    fn cached(&self, question: &Question, now: Time) -> Option<Result<Answer, Failure>> {
        let cache = lock(&self.cache);
        cache
            .get(question)
            .filter(|(_, until)| *until > now)
            .map(|(answer, _)| answer.clone())
    }

    fn store(&self, question: &Question, answer: &Result<Answer, Failure>, now: Time) {
        let ttl = match answer {
            Ok(answer) => Duration::from_secs(u64::from(answer.ttl_secs)).min(TTL_MAX),
            Err(Failure::NoSuchName) => NEGATIVE_TTL,
            // A failure may be repaired at any moment.
            Err(Failure::ServerFailure | Failure::Timeout) => return,
        };
        let mut cache = lock(&self.cache);
        if cache.len() >= ANSWERS_MAX {
            cache.retain(|_, (_, until)| *until > now);
        }
        if cache.len() < ANSWERS_MAX {
            cache.insert(question.clone(), (answer.clone(), now + ttl));
        }
    }
}
