//! Says in a message's journey that the message was made fit for hosts that take only lines of
//! 7-bit text (RFC 6409 §8.4), and how. The change itself is made by the spooler.

use event::catalogue::submission::{RecodedAs, SubmissionReason, UnfitContent};
use event::{Check, Verdict};
use mime::recode::{Changes, LINE_BYTES_MAX};
use queue::intake::{SessionRecorder, Spooled};

/// Records the change, if there was one.
pub(crate) fn record(recorder: &mut SessionRecorder, spooled: &Spooled) {
    if let Some(changes) = &spooled.recoded {
        recorder.check(Check::Recode, Verdict::Pass, reason(changes));
    }
}

fn reason(of: &Changes) -> SubmissionReason {
    let limit = LINE_BYTES_MAX as u64;
    let found = [
        (of.found.eight_bit, UnfitContent::EightBit),
        (of.found.long_line, UnfitContent::LongLines { limit }),
        (of.found.binary, UnfitContent::Binary),
    ];
    let changes = [
        (of.quoted_printable, RecodedAs::QuotedPrintable),
        (of.base64, RecodedAs::Base64),
        (of.folded, RecodedAs::HeaderFolded),
        (of.cleaned, RecodedAs::OuterTextReplaced),
    ];
    SubmissionReason::Recoded {
        found: those_of(found),
        changes: those_of(changes),
    }
}

fn those_of<T, const N: usize>(all: [(bool, T); N]) -> Vec<T> {
    all.into_iter()
        .filter_map(|(is_so, one)| is_so.then_some(one))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use event::{Locale, Localize};
    use mime::recode::Unfit;

    #[test]
    fn the_journey_says_from_what_to_what() {
        let reason = reason(&Changes {
            found: Unfit {
                eight_bit: true,
                long_line: true,
                binary: false,
            },
            quoted_printable: true,
            folded: true,
            ..Changes::default()
        });
        assert_eq!(
            reason.sentence(Locale::English),
            "8-bit text, lines of more than 998 characters: encoded as quoted-printable, long header fields folded"
        );
        assert_eq!(
            reason.sentence(Locale::Chinese),
            "8 位字符, 超过 998 个字符的行：改用 quoted-printable 编码, 过长的邮件头字段已折行"
        );
    }
}
