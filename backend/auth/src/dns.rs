//! The DNS lookups for one message, through the host's resolver: each question is asked once, their
//! number and time are limited, and the answers are kept for the message's journey. Decides
//! nothing.

use mail::dns::{Answer, Failure, Question, Record, RecordType};
use mail::{Duration, Time};
use world::World;

/// The most questions for one message. A further one fails as if the name server did, which no
/// check holds against the sender.
pub const QUESTIONS_MAX: usize = 250;
/// The longest time for all lookups of one message. RFC 7208 §4.6.4 asks for at least 20 seconds.
pub const LOOKUP_TIME_MAX: Duration = Duration::from_secs(25);

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsLookup {
    /// The question.
    pub question: Question,
    /// The records, or why there are none.
    pub answer: Result<Answer, Failure>,
    /// When it was asked.
    pub at: Time,
    /// How long it took.
    pub took: Duration,
}

/// The lookups for one message.
pub struct DnsLookups<'a> {
    world: &'a World,
    until: Time,
    lookups: Vec<DnsLookup>,
}

impl<'a> DnsLookups<'a> {
    /// No lookups yet; their time begins now.
    pub fn new(world: &'a World) -> DnsLookups<'a> {
        DnsLookups {
            world,
            until: world.now() + LOOKUP_TIME_MAX,
            lookups: Vec::new(),
        }
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.world.now()
    }

    /// The number of lookups so far.
    pub fn count(&self) -> usize {
        self.lookups.len()
    }

    /// The lookups in their order.
    pub fn into_lookups(self) -> Vec<DnsLookup> {
        self.lookups
    }

    /// The records of a name, which may end with a dot. A text that is not a domain name is treated
    /// as a name that does not exist.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn records(
        &mut self,
        name: &str,
        record: RecordType,
    ) -> Result<Vec<Record>, Failure> {
        let name = name.strip_suffix('.').unwrap_or(name);
        if !is_name(name) {
            return Err(Failure::NoSuchName);
        }
        self.lookup(Question::new(name.to_lowercase(), record))
            .await
    }

    /// The records for a question.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn lookup(&mut self, question: Question) -> Result<Vec<Record>, Failure> {
        if let Some(known) = self.lookups.iter().find(|a| a.question == question) {
            return known.answer.clone().map(|a| a.records);
        }
        let at = self.world.now();
        if self.lookups.len() >= QUESTIONS_MAX {
            return Err(Failure::ServerFailure);
        }
        let left = self.until.since(at);
        let answer = match self
            .world
            .within(left, self.world.resolver.ask(question.clone()))
            .await
        {
            Some(answer) => answer,
            None => Err(Failure::Timeout),
        };
        let took = self.world.now().since(at);
        self.lookups.push(DnsLookup {
            question,
            answer: answer.clone(),
            at,
            took,
        });
        answer.map(|a| a.records)
    }

    /// The texts of a name's TXT records.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn texts(&mut self, name: &str) -> Result<Vec<String>, Failure> {
        let records = self.records(name, RecordType::Txt).await?;
        Ok(records
            .into_iter()
            .filter_map(|r| {
                if let Record::Txt(text) = r {
                    Some(text)
                } else {
                    None
                }
            })
            .collect())
    }
}

/// Whether the text is a domain name in ASCII: labels of 1 to 63 bytes, at most 253 bytes in all
/// (RFC 1035 §2.3.4).
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len()) && label.bytes().all(|b| matches!(b, b' '..=b'~'))
        })
}

/// Whether a domain can be that of a host: letters, digits and hyphens (RFC 1123 §2.1). An
/// underscore is tolerated, since domains with one send mail.
pub(crate) fn is_host_name(name: &str) -> bool {
    is_name(name)
        && name.split('.').all(|label| {
            label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

/// A name in the form that DNS uses: lower case, U-labels as A-labels where possible (RFC 5890).
pub(crate) fn to_ascii(domain: &str) -> String {
    let domain = domain.trim_end_matches('.');
    idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_hold_letters_digits_and_hyphens() {
        for good in ["a.test", "xn--bcher-kva.test", "a-1.b_c.test"] {
            assert!(is_host_name(good), "{good}");
        }
        for bad in [
            "",
            "shop.test(.evil.test",
            "shop.test evil.test",
            "shop.test/evil.test",
            "-a.test",
            "a-.test",
            "=?utf-8?q?shop.test?=",
            "a..test",
        ] {
            assert!(!is_host_name(bad), "{bad}");
        }
    }

    #[test]
    fn limits_the_length_of_labels_and_names() {
        let label = "a".repeat(63);
        for (name, good) in [
            ("a.test".to_owned(), true),
            (format!("{label}.test"), true),
            (format!("a{label}.test"), false),
            (String::new(), false),
            ("a..test".into(), false),
            (format!("{label}.{label}.{label}.{}", "b".repeat(61)), true),
            (format!("{label}.{label}.{label}.{}", "b".repeat(62)), false),
        ] {
            assert_eq!(is_name(&name), good, "{name}");
        }
    }

    #[tokio::test]
    async fn asks_each_question_once_up_to_the_limit() {
        let mut world = world::still::world();
        world.resolver = std::sync::Arc::new(world::zone::Zones::default());
        let mut dns = DnsLookups::new(&world);
        for n in 0..QUESTIONS_MAX {
            assert_eq!(
                dns.texts(&format!("n{n}.test")).await,
                Err(Failure::NoSuchName)
            );
            assert_eq!(
                dns.texts(&format!("N{n}.test.")).await,
                Err(Failure::NoSuchName)
            );
        }
        assert_eq!(
            dns.texts("one.more.test").await,
            Err(Failure::ServerFailure)
        );
        assert_eq!(dns.into_lookups().len(), QUESTIONS_MAX);
    }
}
