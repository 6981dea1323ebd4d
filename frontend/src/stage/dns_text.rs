//! DNS questions, answers and failures as text, the same in every language.

/// An answer faster than this many microseconds came from the cache (RFC 1035 §7.4).
const CACHED_MICROS_MAX: u64 = 100;

/// Whether an answer that took this many microseconds came from the cache.
pub fn is_cached(micros: u64) -> bool {
    micros < CACHED_MICROS_MAX
}

/// A question as text: `b.test MX`.
pub fn question_text(question: &mail::dns::Question) -> String {
    format!(
        "{} {}",
        question.name,
        format!("{:?}", question.record).to_ascii_uppercase()
    )
}

/// A record's data in zone file format.
pub fn record_text(record: &mail::dns::Record) -> String {
    use mail::dns::Record;
    match record {
        Record::A(a) => a.to_string(),
        Record::Aaaa(a) => a.to_string(),
        Record::Mx(preference, Some(host)) => format!("{preference} {host}"),
        Record::Mx(preference, None) => format!("{preference} ."),
        Record::Txt(text) => format!("\"{text}\""),
        Record::Ptr(name) | Record::Cname(name) | Record::Ns(name) => name.to_string(),
        Record::Tlsa(usage, selector, matching, data) => {
            format!("{usage} {selector} {matching} … {} octets", data.len())
        }
        Record::Srv(priority, weight, port, target) => {
            format!("{priority} {weight} {port} {target}")
        }
    }
}

/// The name that resolvers give a failure.
pub fn failure_word(failure: mail::dns::Failure) -> &'static str {
    match failure {
        mail::dns::Failure::NoSuchName => "NXDOMAIN",
        mail::dns::Failure::ServerFailure => "SERVFAIL",
        mail::dns::Failure::Timeout => "timeout",
    }
}
