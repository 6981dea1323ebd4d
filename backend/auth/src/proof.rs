//! The steps by which a verdict was found, as lines that a program can draw as a tree. A check's
//! `why` is a sentence on its first line; below it each line is one step:
//!
//! ```text
//! step  = 1*">" SP kind SP words        ; so many ">", so deep in the tree; parts of words are parted by SP, texts stand last
//! ```
//!
//! | check | kind and words |
//! |---|---|
//! | `spf` | `client <address>` – who is asked about |
//! | | `record <domain> <text>`, `norecord <domain> <why>` – an answer of DNS (the question is an event of its own) |
//! | | `term <text> match\|no\|stop <n>/10 <n>/2 <how>` – one term: what became of it, the terms that asked DNS up to here, the empty answers; what it includes follows one step deeper |
//! | | `default neutral` – no term fitted |
//! | | `flip add <term> <domain>`, `flip remove <term> <domain>`, `flip replace <new> <term> <domain>`, `flip publish <domain> <text>` – the smallest change of DNS that would turn the verdict |
//! | `dkim`, `dkim-sign` | `signature <d=> <s=> <a=> <c=>` |
//! | | `field <name> <octets> <mark> <text>` – a field that the signature covers, in its canonical form: its length, a mark by which signer's and verifier's can be compared, its beginning |
//! | | `absent <name>:<name>…` – names of `h=` that stand for no field: none can be added |
//! | | `body <form> <octets> <hash> <bh=>` – the canonical body, what it hashes to, what the signature says; a signer says it once |
//! | | `key <name> <text>`, `nokey <name> <why>` – the record of the key |
//! | | `value holds\|broken` – `b=` over all these fields by that key |
//! | | `flip body`, `flip header`, `flip key <name>`, `flip any` – what would have to be otherwise: the body as it was, a covered field as it was, the record, any octet that is covered |
//! | `dmarc` | `author <domain>` – the domain of From |
//! | | `walk <name> record <text>`, `walk <name> none` – the tree walk, name by name |
//! | | `organization <domain>` |
//! | | `identifier spf\|dkim <domain> relaxed\|strict aligned\|unaligned` – a verified domain, and whether it is the author's |
//! | | `identifier spf\|dkim none` – nothing was verified that way |
//! | | `policy <tag> <stated> <applied>` – what the domain asks for, and what comes of it (`t=y` makes it milder) |
//! | | `flip align`, `flip sign <domain>`, `flip unalign` – what would turn it |
//!
//! Decides nothing. A message or a record of a stranger stands in it, so it is bounded and holds no
//! line ends of theirs.

use crate::dkim::tags::to_base64;
use mail_auth::common::crypto::{HashContext, HashImpl, Sha256};
use mail_auth::common::headers::Writer;

/// Steps of one verdict.
pub const STEPS_MAX: usize = 160;
/// Characters of one step.
pub const STEP_CHARS_MAX: usize = 400;
// Characters of a field that are told: what else stands in it is in the message.
const FIELD_CHARS_MAX: usize = 80;

/// Steps, from the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    steps: Vec<String>,
    depth: usize,
}

impl Proof {
    /// The next step.
    pub(crate) fn step(&mut self, words: &str) {
        self.step_at(self.steps.len(), words);
    }

    /// A step that stands above those that came after `place`.
    pub(crate) fn step_at(&mut self, place: usize, words: &str) {
        if self.steps.len() < STEPS_MAX {
            let words: String = words
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .take(STEP_CHARS_MAX)
                .collect();
            self.steps.insert(
                place.min(self.steps.len()),
                format!("{} {words}", ">".repeat(self.depth + 1)),
            );
        }
    }

    /// Where the next step will stand.
    pub(crate) fn place(&self) -> usize {
        self.steps.len()
    }

    /// What follows is one step deeper.
    pub(crate) fn deeper(&mut self) {
        self.depth += 1;
    }

    /// And no more.
    pub(crate) fn back(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// The steps.
    pub fn steps(&self) -> &[String] {
        &self.steps
    }

    /// A sentence with the steps below it.
    pub fn below(&self, sentence: &str) -> String {
        let sentence: String = sentence
            .chars()
            .map(|c| if c == '\n' { ' ' } else { c })
            .collect();
        self.steps
            .iter()
            .fold(sentence, |text, step| text + "\n" + step)
    }
}

/// A field in canonical form as a step.
pub(crate) fn field(name: &str, canonical: &[u8]) -> String {
    let shown: String = String::from_utf8_lossy(canonical)
        .trim_end()
        .chars()
        .take(FIELD_CHARS_MAX)
        .collect();
    format!(
        "field {} {} {} {shown}",
        name.to_ascii_lowercase(),
        canonical.len(),
        mark(canonical)
    )
}

// Enough of a hash to see that two are not the same.
fn mark(bytes: &[u8]) -> String {
    let mut context = Sha256::hasher();
    context.write(bytes);
    to_base64(context.complete().as_ref())
        .chars()
        .take(8)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_stand_below_the_sentence_each_on_its_line_as_deep_as_it_is() {
        let mut proof = Proof::default();
        proof.step("record b.test v=spf1 include:c.test -all");
        let place = proof.place();
        proof.deeper();
        proof.step("record c.test a\r\nline\tend");
        proof.back();
        proof.step_at(place, "term include:c.test no 1/10 0/2");
        let wanted = "fail\n> record b.test v=spf1 include:c.test -all\n> term include:c.test no 1/10 0/2\n>> record c.test a  line end";
        assert_eq!(proof.below("fail"), wanted);
    }

    #[test]
    fn a_stranger_does_not_make_it_long() {
        let mut proof = Proof::default();
        for _ in 0..=STEPS_MAX {
            proof.step(&"x".repeat(STEP_CHARS_MAX + 1));
        }
        assert_eq!(
            (proof.steps().len(), proof.steps()[0].len()),
            (STEPS_MAX, STEP_CHARS_MAX + 2)
        );
    }

    #[test]
    fn a_field_is_marked_so_that_a_changed_one_is_seen() {
        let (one, other) = (
            field("Subject", b"subject:hello\r\n"),
            field("Subject", b"subject:hallo\r\n"),
        );
        assert!(
            one.starts_with("field subject 15 ") && one.ends_with(" subject:hello"),
            "{one}"
        );
        assert_ne!(one.split(' ').nth(3), other.split(' ').nth(3));
    }
}
