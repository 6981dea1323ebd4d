//! The DNS questions of one message: each asked once, by the host's own resolver, bounded in number
//! and in time, and kept for whoever wants to see them. Decides nothing.

use mail::dns::{Answer, Failure, Question, Record, RecordType};
use mail::{Duration, Time};
use world::World;

/// So many questions are asked about one message; what comes beyond is a failure of the server's,
/// which no verdict blames on the sender.
pub const QUESTIONS_MAX: usize = 250;
/// So long is asked altogether. RFC 7208 §4.6.4 wants at least 20 seconds.
pub const ASKING_MAX: Duration = Duration::from_secs(25);

/// A question, what came back, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The question.
    pub question: Question,
    /// The records, or why there are none.
    pub answer: Result<Answer, Failure>,
    /// When it was asked.
    pub at: Time,
    /// How long it took.
    pub took: Duration,
}

/// Asks for one message.
pub struct Asking<'a> {
    world: &'a World,
    until: Time,
    asked: Vec<Asked>,
}

impl<'a> Asking<'a> {
    /// Nothing is asked yet.
    pub fn new(world: &'a World) -> Asking<'a> {
        Asking {
            world,
            until: world.now() + ASKING_MAX,
            asked: Vec::new(),
        }
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.world.now()
    }

    /// How many questions were asked.
    pub fn count(&self) -> usize {
        self.asked.len()
    }

    /// What was asked, in its order.
    pub fn into_asked(self) -> Vec<Asked> {
        self.asked
    }

    /// The records of a name, which may end with a dot. A name that cannot be one is a name that
    /// does not exist.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn ask(&mut self, name: &str, record: RecordType) -> Result<Vec<Record>, Failure> {
        let name = name.strip_suffix('.').unwrap_or(name);
        if !is_name(name) {
            return Err(Failure::NoSuchName);
        }
        self.put(Question::new(name.to_lowercase(), record)).await
    }

    /// The records of a ready question.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn put(&mut self, question: Question) -> Result<Vec<Record>, Failure> {
        if let Some(known) = self.asked.iter().find(|a| a.question == question) {
            return known.answer.clone().map(|a| a.records);
        }
        let at = self.world.now();
        if self.asked.len() >= QUESTIONS_MAX {
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
        self.asked.push(Asked {
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
        let records = self.ask(name, RecordType::Txt).await?;
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

/// True where DNS can be asked for it: labels of 1 to 63 octets, 253 altogether (RFC 1035 §2.3.4),
/// in ASCII.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len()) && label.bytes().all(|b| matches!(b, b' '..=b'~'))
        })
}

/// A name as DNS wants it: in lower case, U-labels as A-labels where that can be done (RFC 5890).
pub(crate) fn to_ascii(domain: &str) -> String {
    mail_auth::common::to_a_label(domain.trim_end_matches('.')).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_held_to_their_lengths() {
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
    async fn a_question_is_asked_once_and_no_more_than_so_many() {
        let mut world = world::still::world();
        world.resolver = std::sync::Arc::new(world::zone::Zones::default());
        let mut asking = Asking::new(&world);
        for n in 0..QUESTIONS_MAX {
            assert_eq!(
                asking.texts(&format!("n{n}.test")).await,
                Err(Failure::NoSuchName)
            );
            assert_eq!(
                asking.texts(&format!("N{n}.test.")).await,
                Err(Failure::NoSuchName)
            );
        }
        assert_eq!(
            asking.texts("one.more.test").await,
            Err(Failure::ServerFailure)
        );
        assert_eq!(asking.into_asked().len(), QUESTIONS_MAX);
    }
}
