//! Search queries: their conditions, and whether a message meets them. The text is split by
//! [`mail::search::terms`].
//!
//! ```text
//! from: to: cc: bcc: subject: filename: part of a name, an address or a text; to: includes Cc, and
//!                                       bcc: finds messages of the own account
//! has:attachment
//! is:     unread / read / flagged / answered / forwarded / draft
//! in:     a folder; anywhere includes Trash and Junk
//! before: after:            a day, 2026-11-28; after: includes it, before: excludes it
//! newer_than: older_than:   1*DIGIT ( "h" / "d" / "w" / "m" / "y" ); a month is 30 days
//! larger: smaller:          1*DIGIT [ "." 1*DIGIT ] [ "K" / "M" / "G" ]; 1024 bytes a K
//! ```
//! All clauses must hold; a clause is one term, or several with `OR` between them. What is not
//! understood is searched for as a word, and a note about it goes to the reader. Days begin when
//! the reader's do.

use mail::search::{SearchTerm, terms};
use mail::{Duration, Time, flags};
use mime::{NameAddr, Needle, Summary};
use store::Entry;
use wire::{Midnight, SearchNote};

/// Terms per query; further ones are ignored.
pub const TERMS_MAX: usize = 32;

/// What a search needs besides the query: the clock, and the reader's days.
pub(super) struct Calendar<'a> {
    pub(super) now: Time,
    pub(super) days: &'a [Midnight],
}

/// A parsed query.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    /// Each holds alternatives.
    clauses: Vec<Vec<Term>>,
    /// What was not understood.
    pub(super) notes: Vec<SearchNote>,
}

#[derive(Debug, PartialEq, Eq)]
struct Term {
    negated: bool,
    condition: Condition,
}

#[derive(Debug, PartialEq, Eq)]
enum Condition {
    Word(Needle),
    From(Needle),
    To(Needle),
    Cc(Needle),
    Bcc(Needle),
    Subject(Needle),
    Filename(Needle),
    Attachment,
    With(u8),
    Without(u8),
    Forwarded,
    Before(Time),
    After(Time),
    Larger(u64),
    Smaller(u64),
    /// A folder's name in lower case.
    In(String),
}

/// What is known of a message when a query is matched.
pub(super) enum Known<'a> {
    /// Its folder: whether it has a name.
    Folder(&'a dyn Fn(&str) -> bool),
    /// Its row in the folder. The folder was matched before.
    Entry(&'a Entry, &'a dyn Fn(&str) -> bool),
    /// Also its summary.
    Summary(&'a Entry, &'a dyn Fn(&str) -> bool, &'a Shown),
    /// Also its content.
    Content(&'a Entry, &'a dyn Fn(&str) -> bool, &'a Shown, &'a Content),
}

/// What a search sees of a message beyond its summary.
pub(super) struct Content {
    text: String,
    files: String,
    bcc: String,
}

impl Content {
    pub(super) fn of(message: &[u8], text_bytes_max: usize) -> Content {
        let parsed = mime::read(message);
        let names = parsed.attachments.iter().map(|file| &file.name);
        Content {
            text: mime::text_of(message, text_bytes_max),
            files: names.map(|name| format!("{name}\n")).collect(),
            bcc: people(&parsed.bcc),
        }
    }
}

/// The summary of a message as a search sees it.
pub(super) struct Shown {
    from: String,
    to: String,
    cc: String,
    subject: String,
    preview: String,
    attachments: u32,
}

impl Shown {
    pub(super) fn of(summary: Summary) -> Shown {
        Shown {
            from: people(&summary.from),
            to: people(&summary.to),
            cc: people(&summary.cc),
            subject: summary.subject,
            preview: summary.preview,
            attachments: summary.attachments,
        }
    }
}

fn people(list: &[NameAddr]) -> String {
    list.iter()
        .map(|c| format!("{} <{}>\n", c.name, written_forms(&c.address)))
        .collect()
}

/// An address in both forms of its domain (RFC 5890 §2.3.2.1), so that either is found.
fn written_forms(address: &str) -> String {
    match crate::idn::forms(address) {
        Some((ascii, unicode)) => format!("{ascii}> <{unicode}"),
        None => address.to_owned(),
    }
}

impl Query {
    pub(super) fn read(text: &str, calendar: &Calendar<'_>) -> Query {
        let mut query = Query::default();
        let terms = terms(text);
        if terms.len() > TERMS_MAX {
            query.notes.push(SearchNote::TooManyTerms(TERMS_MAX as u32));
        }
        for term in terms.into_iter().take(TERMS_MAX) {
            let condition = condition(&term, calendar).unwrap_or_else(|note| {
                query.notes.push(note);
                Condition::Word(Needle::new(&term.text()))
            });
            let read = Term {
                negated: term.negated,
                condition,
            };
            match query.clauses.last_mut().filter(|_| term.or) {
                Some(clause) => clause.push(read),
                None => query.clauses.push(vec![read]),
            }
        }
        query
    }

    /// Whether a message matches: `None` if more of it must be known.
    pub(super) fn matches(&self, known: &Known<'_>) -> Option<bool> {
        let mut all = Some(true);
        for clause in &self.clauses {
            match any(clause.iter().map(|term| term.matches(known))) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => all = None,
            }
        }
        all
    }

    /// The folders that the query names, in lower case.
    pub(super) fn folder_names(&self) -> impl Iterator<Item = &str> {
        let terms = self.clauses.iter().flatten();
        terms.filter_map(|term| match &term.condition {
            Condition::In(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Whether the query names folders itself.
    pub(super) fn names_folders(&self) -> bool {
        let mut terms = self.clauses.iter().flatten();
        terms.any(|t| !t.negated && matches!(t.condition, Condition::In(_)))
    }
}

fn any(terms: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut any = Some(false);
    for term in terms {
        match term {
            Some(true) => return Some(true),
            Some(false) => {}
            None => any = None,
        }
    }
    any
}

impl Term {
    fn matches(&self, known: &Known<'_>) -> Option<bool> {
        let held = match known {
            Known::Folder(named) => self.condition.of_folder(named),
            Known::Entry(entry, named) => self.condition.of_entry(entry, named),
            Known::Summary(entry, named, shown) => {
                let condition = &self.condition;
                condition
                    .of_entry(entry, named)
                    .or_else(|| condition.of_summary(shown))
            }
            Known::Content(entry, named, shown, content) => Some(
                self.condition
                    .of_entry(entry, named)
                    .or_else(|| self.condition.of_summary(shown))
                    .unwrap_or_else(|| self.condition.of_content(content)),
            ),
        };
        held.map(|held| held != self.negated)
    }
}

impl Condition {
    fn of_folder(&self, named: &dyn Fn(&str) -> bool) -> Option<bool> {
        match self {
            Condition::In(name) => Some(named(name)),
            _ => None,
        }
    }

    fn of_entry(&self, entry: &Entry, named: &dyn Fn(&str) -> bool) -> Option<bool> {
        Some(match self {
            Condition::In(name) => named(name),
            Condition::With(bits) => entry.flags & bits == *bits,
            Condition::Without(bits) => entry.flags & bits == 0,
            Condition::Forwarded => {
                let mut keywords = entry.keywords.iter().flatten();
                keywords.any(|k| k.eq_ignore_ascii_case("$Forwarded"))
            }
            Condition::Before(at) => entry.date < *at,
            Condition::After(at) => entry.date >= *at,
            Condition::Larger(bytes) => entry.bytes > *bytes,
            Condition::Smaller(bytes) => entry.bytes < *bytes,
            _ => return None,
        })
    }

    fn of_summary(&self, shown: &Shown) -> Option<bool> {
        Some(match self {
            Condition::From(needle) => needle.is_in(&shown.from),
            Condition::To(needle) => needle.is_in(&shown.to) || needle.is_in(&shown.cc),
            Condition::Cc(needle) => needle.is_in(&shown.cc),
            Condition::Subject(needle) => needle.is_in(&shown.subject),
            Condition::Attachment => shown.attachments > 0,
            Condition::Word(needle) => {
                let everything = [
                    &shown.subject,
                    &shown.from,
                    &shown.to,
                    &shown.cc,
                    &shown.preview,
                ];
                return everything
                    .iter()
                    .any(|text| needle.is_in(text))
                    .then_some(true);
            }
            _ => return None,
        })
    }

    fn of_content(&self, content: &Content) -> bool {
        match self {
            Condition::Word(needle) => needle.is_in(&content.text) || needle.is_in(&content.bcc),
            Condition::Filename(needle) => needle.is_in(&content.files),
            Condition::Bcc(needle) => needle.is_in(&content.bcc),
            _ => false,
        }
    }
}

fn condition(term: &SearchTerm, calendar: &Calendar<'_>) -> Result<Condition, SearchNote> {
    let Some(field) = &term.field else {
        return Ok(Condition::Word(Needle::new(&term.value)));
    };
    let needle = || Needle::new(&term.value);
    let lower = term.value.to_lowercase();
    let known = match field.as_str() {
        "from" => Some(Condition::From(needle())),
        "to" => Some(Condition::To(needle())),
        "cc" => Some(Condition::Cc(needle())),
        "bcc" => Some(Condition::Bcc(needle())),
        "subject" => Some(Condition::Subject(needle())),
        "filename" => Some(Condition::Filename(needle())),
        "in" => Some(Condition::In(lower)),
        "has" => matches!(
            lower.as_str(),
            "attachment" | "attachments" | "file" | "files"
        )
        .then_some(Condition::Attachment),
        "is" => state(&lower),
        "before" => day(&lower, calendar).map(Condition::Before),
        "after" => day(&lower, calendar).map(Condition::After),
        "newer_than" => age(&lower).map(|age| Condition::After(calendar.now - age)),
        "older_than" => age(&lower).map(|age| Condition::Before(calendar.now - age)),
        "larger" => size(&lower).map(Condition::Larger),
        "smaller" => size(&lower).map(Condition::Smaller),
        _ => return Err(SearchNote::UnknownFilter(field.clone())),
    };
    known.ok_or_else(|| SearchNote::BadValue {
        filter: field.clone(),
        value: term.value.clone(),
    })
}

fn state(value: &str) -> Option<Condition> {
    Some(match value {
        "unread" | "unseen" => Condition::Without(flags::SEEN),
        "read" | "seen" => Condition::With(flags::SEEN),
        "flagged" | "starred" => Condition::With(flags::FLAGGED),
        "unflagged" | "unstarred" => Condition::Without(flags::FLAGGED),
        "answered" | "replied" => Condition::With(flags::ANSWERED),
        "unanswered" => Condition::Without(flags::ANSWERED),
        "forwarded" => Condition::Forwarded,
        "draft" => Condition::With(flags::DRAFT),
        _ => return None,
    })
}

fn day(text: &str, calendar: &Calendar<'_>) -> Option<Time> {
    let parts: Vec<u32> = text
        .split(['-', '/', '.'])
        .map(|n| n.parse().ok())
        .collect::<Option<_>>()?;
    let [year @ 1000..=9999, month @ 1..=12, day @ 1..=31] = parts[..] else {
        return None;
    };
    let local = calendar.days.iter().find(|m| m.day == text);
    let utc = || Time::from_civil(year as i32, month, day, 0, 0, 0);
    Some(local.map_or_else(utc, |midnight| midnight.at))
}

fn age(text: &str) -> Option<Duration> {
    const HOUR: u64 = 3600;
    let unit = match text.chars().next_back()? {
        'h' => HOUR,
        'd' => 24 * HOUR,
        'w' => 7 * 24 * HOUR,
        'm' => 30 * 24 * HOUR,
        'y' => 365 * 24 * HOUR,
        _ => return None,
    };
    let number: u64 = text[..text.len() - 1].parse().ok()?;
    // A thousand years at most, so that the date stays in range.
    Some(Duration::from_secs(
        number.saturating_mul(unit).min(1000 * 365 * 24 * HOUR),
    ))
}

fn size(text: &str) -> Option<u64> {
    let text = text.strip_suffix('b').unwrap_or(text);
    let (number, unit) = match text.chars().next_back()? {
        'k' => (&text[..text.len() - 1], 1_u64 << 10),
        'm' => (&text[..text.len() - 1], 1 << 20),
        'g' => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1),
    };
    let (whole, tenths) = number.split_once('.').unwrap_or((number, "0"));
    let whole: u64 = whole.parse().ok()?;
    let tenth = tenths.chars().next()?.to_digit(10)?;
    if !tenths.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(
        whole
            .saturating_mul(unit)
            .saturating_add(unit * u64::from(tenth) / 10),
    )
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;
