//! Questions that the door asks DNS: each with a time limit, answered from a small bounded cache
//! for as long as the records may be kept (RFC 5782 §2.3), and kept as proofs for the journey. A
//! failure is an answer like any other: it decides nothing by itself.

use event::Kind;
use mail::dns::{Answer, Failure, Question};
use mail::{Duration, Time};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use world::{World, lock};

/// What was asked, what came back, and when.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub at: Time,
    pub question: Question,
    pub answer: Result<Answer, Failure>,
    pub took: Duration,
}

impl Asked {
    /// As the journey tells it.
    pub(super) fn told(&self) -> (Time, Kind) {
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

/// Answers remembered.
pub(super) const ANSWERS_MAX: usize = 10_000;
// No answer is kept longer, whatever its records say.
const KEEP_LONGEST: Duration = Duration::from_secs(3600);
// That there is no such name is kept so long: the resolver does not say for how long it may be (RFC
// 2308 §5).
const KEEP_MISSING: Duration = Duration::from_secs(300);

type Cache = Mutex<HashMap<Question, (Result<Answer, Failure>, Time)>>;

/// Whom to ask. Clones share the cache.
#[derive(Clone)]
pub(super) struct Dns {
    world: World,
    wait: Duration,
    cache: Arc<Cache>,
}

impl Dns {
    pub(super) fn new(world: World, wait: Duration) -> Dns {
        Dns {
            world,
            wait,
            cache: Arc::default(),
        }
    }

    pub(super) async fn ask(&self, question: Question) -> Asked {
        let at = self.world.now();
        if let Some(answer) = self.remembered(&question, at) {
            return Asked {
                at,
                question,
                answer,
                took: Duration::ZERO,
            };
        }
        let asked = self
            .world
            .within(self.wait, self.world.resolver.ask(question.clone()))
            .await;
        let answer = asked.unwrap_or(Err(Failure::Timeout));
        let now = self.world.now();
        self.remember(&question, &answer, now);
        Asked {
            at: now,
            question,
            answer,
            took: now.since(at),
        }
    }

    fn remembered(&self, question: &Question, now: Time) -> Option<Result<Answer, Failure>> {
        let cache = lock(&self.cache);
        cache
            .get(question)
            .filter(|(_, until)| *until > now)
            .map(|(answer, _)| answer.clone())
    }

    fn remember(&self, question: &Question, answer: &Result<Answer, Failure>, now: Time) {
        let keep = match answer {
            Ok(answer) => Duration::from_secs(u64::from(answer.ttl_secs)).min(KEEP_LONGEST),
            Err(Failure::NoSuchName) => KEEP_MISSING,
            // What failed may be mended at any moment.
            Err(Failure::ServerFailure | Failure::Timeout) => return,
        };
        let mut cache = lock(&self.cache);
        if cache.len() >= ANSWERS_MAX {
            cache.retain(|_, (_, until)| *until > now);
        }
        if cache.len() < ANSWERS_MAX {
            cache.insert(question.clone(), (answer.clone(), now + keep));
        }
    }
}
