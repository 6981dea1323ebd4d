//! A resolver with the same answers for every domain, except texts that are given for one name, and
//! a world that asks it. Nothing waits, so that a check runs to its end at once.

use futures_util::FutureExt;
use mail::Domain;
use mail::dns::{Answer, Failure, Question, Record, RecordType};
use std::net::Ipv4Addr;
use std::sync::Arc;
use world::{BoxFuture, Resolver, World};

/// The address of every name.
pub(crate) const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 7);

/// The texts of some names, and of all others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    /// Names with their text.
    pub named: Vec<(String, String)>,
    /// The text of every other name; `None`: such a name does not exist.
    pub others: Option<String>,
}

impl Resolver for Texts {
    fn ask(&self, question: Question) -> BoxFuture<'_, Result<Answer, Failure>> {
        let mail_host = || Domain::new("mx.a.test").expect("a domain");
        let record = match question.record {
            RecordType::A => Some(Record::A(ADDRESS)),
            RecordType::Mx => Some(Record::Mx(10, Some(mail_host()))),
            RecordType::Ptr => Some(Record::Ptr(mail_host())),
            RecordType::Txt => {
                let named = self.named.iter().find(|(name, _)| *name == question.name);
                let text = named.map(|(_, text)| text).or(self.others.as_ref());
                text.map(|text| Record::Txt(text.clone()))
            }
            _ => None,
        };
        let answer = match (record, question.record) {
            (None, RecordType::Txt) => Err(Failure::NoSuchName),
            (record, _) => Ok(Answer {
                records: record.into_iter().collect(),
                ttl_secs: 60,
                secure: false,
            }),
        };
        Box::pin(std::future::ready(answer))
    }
}

/// A world with these texts.
pub(crate) fn world(texts: Texts) -> World {
    World {
        resolver: Arc::new(texts),
        ..world::still::world()
    }
}

/// The output of a future that has nothing to wait for.
pub(crate) fn complete<T>(future: impl Future<Output = T>) -> T {
    future
        .now_or_never()
        .expect("every lookup is answered at once")
}
