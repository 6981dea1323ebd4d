//! DNS as a host sees it: questions and answers, without the wire format.

use crate::BoxFuture;
use mail::dns::{Answer, Failure, Question, Record, RecordType};
use std::net::IpAddr;

/// A DNS resolver.
pub trait Resolver: Send + Sync {
    /// Asks one question, within the resolver's own time limit. An empty answer means that the name
    /// exists, but has no such record.
    fn ask(&self, question: Question) -> BoxFuture<'_, Result<Answer, Failure>>;
}

/// The IP addresses among records.
pub fn address_answers(records: &[Record]) -> impl Iterator<Item = IpAddr> + '_ {
    records.iter().filter_map(|r| match r {
        Record::A(a) => Some(IpAddr::V4(*a)),
        Record::Aaaa(a) => Some(IpAddr::V6(*a)),
        _ => None,
    })
}

/// The type of a record.
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
