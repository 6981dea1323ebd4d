//! DNS as a host sees it.

use crate::BoxFuture;
use mail::dns::{Answer, Failure, Question, Record, RecordType};
use std::net::IpAddr;

/// Asks DNS.
pub trait Resolver: Send + Sync {
    /// One question, with the resolver's own time limit. An empty answer means: the name exists,
    /// but no such record.
    fn ask(&self, question: Question) -> BoxFuture<'_, Result<Answer, Failure>>;
}

/// The addresses among records.
pub fn address_answers(records: &[Record]) -> impl Iterator<Item = IpAddr> + '_ {
    records.iter().filter_map(|r| match r {
        Record::A(a) => Some(IpAddr::V4(*a)),
        Record::Aaaa(a) => Some(IpAddr::V6(*a)),
        _ => None,
    })
}

/// Which type of question a record answers.
pub fn type_of(record: &Record) -> RecordType {
    match record {
        Record::A(_) => RecordType::A,
        Record::Aaaa(_) => RecordType::Aaaa,
        Record::Mx(..) => RecordType::Mx,
        Record::Txt(_) => RecordType::Txt,
        Record::Ptr(_) => RecordType::Ptr,
        Record::Cname(_) => RecordType::Cname,
        Record::Tlsa(..) => RecordType::Tlsa,
        Record::Srv(..) => RecordType::Srv,
        Record::Ns(_) => RecordType::Ns,
    }
}
