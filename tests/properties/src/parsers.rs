//! `mime` and `mail-parser` read the same from messages of a small grammar, or differ by a rule.
//! The bytes are the choices of the grammar.

/// The number of seeds, and of choices in each.
const SEEDS: u8 = 12;
const CHOICES: u8 = 120;

/// Each difference between the two parsers has a reason in the message.
pub(crate) fn check(input: &[u8]) {
    let message = oracle::grammar::message_without_wrappers(input);
    let report = oracle::compare(&message);
    if let Some(difference) = report.unexplained().next() {
        panic!(
            "a difference without a reason: {difference:?}\n{}",
            String::from_utf8_lossy(&message)
        );
    }
}

/// Choices spread over all forms.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    (1..=SEEDS)
        .map(|seed| (0..CHOICES).map(|i| i.wrapping_mul(seed) ^ seed).collect())
        .collect()
}
