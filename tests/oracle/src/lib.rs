//! Two readers of messages, `mime` and `mail-parser`, side by side: what each reads from the same
//! bytes, where they differ, and by which rule a difference is expected. Each is the oracle of the
//! other in tests, in fuzzing and in `cargo xtask bench mime`. Judges no message by its name: a
//! difference is expected because of what its input holds.

pub mod content;
pub mod corpus;
mod explain_fields;
mod explain_parts;
mod explain_words;
pub mod fields;
pub mod grammar;
mod irregular;
pub mod mailbox;
pub mod parts;
pub mod reason;
mod structure;
pub mod theme;

pub use reason::{Reason, Verdict};
pub use theme::Theme;

/// A value that the two parsers read differently.
#[derive(Clone, Debug)]
pub struct Difference {
    /// What was read.
    pub theme: Theme,
    /// The bytes that both read, as text, possibly shortened.
    pub input: String,
    /// What `mime` reads.
    pub own: String,
    /// What `mail-parser` reads.
    pub other: String,
    /// Why they differ; `None` where no rule covers it.
    pub reason: Option<Reason>,
}

/// The outcome of comparing one message, or many.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The number of values compared, by theme.
    pub compared: [usize; Theme::COUNT],
    /// Those that differ.
    pub differences: Vec<Difference>,
}

impl Report {
    /// Counts a comparison and keeps it where the two values differ.
    pub(crate) fn check(
        &mut self,
        theme: Theme,
        input: &[u8],
        own: String,
        other: String,
        reason: impl FnOnce(&str, &str) -> Option<Reason>,
    ) {
        self.compared[theme as usize] += 1;
        if own != other {
            let reason = reason(&own, &other);
            self.differences.push(Difference {
                theme,
                input: String::from_utf8_lossy(&input[..input.len().min(INPUT_BYTES_MAX)])
                    .into_owned(),
                own,
                other,
                reason,
            });
        }
    }

    /// A difference of one of these themes was found.
    pub(crate) fn differs_in(&self, themes: &[Theme]) -> bool {
        self.differences.iter().any(|d| themes.contains(&d.theme))
    }

    /// Adds another message's outcome.
    pub fn add(&mut self, other: Report) {
        for (sum, count) in self.compared.iter_mut().zip(other.compared) {
            *sum += count;
        }
        self.differences.extend(other.differences);
    }

    /// The differences that no rule covers.
    pub fn unexplained(&self) -> impl Iterator<Item = &Difference> {
        self.differences.iter().filter(|d| d.reason.is_none())
    }
}

/// How much of an input a difference shows.
const INPUT_BYTES_MAX: usize = 2000;

/// Compares everything that both parsers read from a message.
pub fn compare(message: &[u8]) -> Report {
    let mut report = Report::default();
    fields::compare(message, &mut report);
    let parts = parts::Parts::of(message);
    parts.compare_trees(message, &mut report);
    content::compare(message, &parts.leaves, &mut report);
    parts.compare_bodies(message, &mut report);
    report
}
