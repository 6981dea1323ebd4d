//! One phrase of a table: an English sentence with gaps, and the same in Chinese. Takes sentences
//! apart by it, and fills the gaps again.
//!
//! Gaps of the English sentence: `{w}` one word, `{t}` any text, `{r}` a reason of these tables,
//! `{e}` a reason or whatever else a system said. The Chinese one counts them: `{0}`, `{1}`.

use super::{Reason, Word};

/// A sentence in both languages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Phrase {
    pub(super) key: &'static str,
    pub(super) english: &'static str,
    pub(super) chinese: &'static str,
}

/// A line of a table.
pub(super) const fn phrase(
    key: &'static str,
    english: &'static str,
    chinese: &'static str,
) -> Phrase {
    Phrase {
        key,
        english,
        chinese,
    }
}

/// Whether a text is this sentence; what stands in its gaps is put behind the words.
pub(super) fn take<'t>(
    sentence: &str,
    text: &'t str,
    words: &mut Vec<Word<'t>>,
    depth: usize,
) -> bool {
    let Some((before, gap, after)) = cut(sentence) else {
        return sentence == text;
    };
    let Some(rest) = text.strip_prefix(before) else {
        return false;
    };
    // Where the gap may end: before each place at which the sentence could go on.
    let next = &after[..after.find('{').unwrap_or(after.len())];
    let mut ends: Vec<usize> = match next {
        "" => vec![rest.len()],
        next if after.len() == next.len() => rest
            .strip_suffix(next)
            .map(|held| vec![held.len()])
            .unwrap_or_default(),
        next => rest.match_indices(next).map(|(at, _)| at).collect(),
    };
    // A reason within holds as much as it can: the outer sentence ends last.
    if matches!(gap, b'r' | b'e') {
        ends.reverse();
    }
    for end in ends.into_iter().filter(|end| *end > 0) {
        let Some(word) = word(gap, &rest[..end], depth) else {
            continue;
        };
        words.push(word);
        let behind = words.len();
        if take(after, &rest[end..], words, depth) {
            return true;
        }
        words.truncate(behind - 1);
    }
    false
}

// What stands before the first gap, its kind, what stands behind it.
fn cut(sentence: &str) -> Option<(&str, u8, &str)> {
    let at = sentence.find('{')?;
    let (gap, after) = (*sentence.as_bytes().get(at + 1)?, sentence.get(at + 3..)?);
    Some((&sentence[..at], gap, after))
}

fn word(gap: u8, held: &str, depth: usize) -> Option<Word<'_>> {
    match gap {
        b'w' => (!held.contains(char::is_whitespace)).then_some(Word::Plain(held)),
        b'r' => Reason::within(held, depth + 1).map(Word::Reason),
        b'e' => Some(Reason::within(held, depth + 1).map_or(Word::Foreign(held), Word::Reason)),
        _ => Some(Word::Plain(held)),
    }
}

/// A sentence whose gaps are counted, filled.
pub(super) fn fill(sentence: &str, words: &[Word<'_>]) -> String {
    let mut filled = String::with_capacity(sentence.len() + 64);
    let mut rest = sentence;
    while let Some((before, number, after)) = cut(rest) {
        filled.push_str(before);
        match words.get(usize::from(number.wrapping_sub(b'0'))) {
            Some(Word::Plain(word)) => filled.push_str(word),
            Some(Word::Reason(reason)) => filled.push_str(&reason.chinese()),
            Some(Word::Foreign(text)) => filled.extend(["“", *text, "”"]),
            None => {}
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}
