//! Base subjects: a subject without the additions of replies and forwards (RFC 5256 §2.1), and a
//! wider form for conversations. The subjects of replies and forwards.

mod answer;

pub use answer::{of_forward, of_reply};

/// Words that mean "reply" or "forward" before a colon, in the languages of the common mail
/// programs, lower case.
const OTHER_PREFIXES: [&str; 75] = [
    "回复",
    "答复",
    "回覆",
    "转发",
    "轉寄",
    "轉發",
    "返信",
    "転送",
    "회신",
    "전달",
    "답장",
    "aw",
    "wg",
    "antw",
    "antwort",
    "doorst",
    "sv",
    "vs",
    "vb",
    "vl",
    "tr",
    "rv",
    "res",
    "enc",
    "encaminhado",
    "rép",
    "réf",
    "ref",
    "transfert",
    "rif",
    "inoltro",
    "r",
    "i",
    "odp",
    "odpowiedź",
    "pd",
    "odg",
    "ynt",
    "yanıt",
    "ilt",
    "vastaus",
    "videresendt",
    "vidarebefordrat",
    "fs",
    "framsenda",
    "vá",
    "válasz",
    "továbbítás",
    "απ",
    "πρθ",
    "отв",
    "ответ",
    "пересылка",
    "відп",
    "відповідь",
    "תשובה",
    "הועבר",
    "رد",
    "پاسخ",
    "atb",
    "balas",
    "trả lời",
    "yan",
    "ans",
    "bls",
    "ats",
    "yml",
    "teruskan",
    "atbilde",
    "σχετ",
    "ส่งต่อ",
    "பதில்",
    "препратено",
    "persiųsta",
    "pārs",
];

/// The base subject of RFC 5256 §2.1, white space collapsed. The key for THREAD and SORT, without
/// case.
pub fn base(subject: &str) -> String {
    strip(subject, false)
}

/// As [`base`], also without the reply and forward prefixes of other languages: messages with equal
/// ones may be one conversation.
pub fn conversation(subject: &str) -> String {
    strip(subject, true).to_lowercase()
}

/// True where a prefix or suffix of a reply or a forward was removed.
pub fn is_reply_or_forward(subject: &str) -> bool {
    let folded = fold(subject);
    strip_leader(&folded, true).is_some() || folded.to_ascii_lowercase().ends_with("(fwd)")
}

fn strip(subject: &str, wide: bool) -> String {
    let folded = fold(subject);
    let mut text = folded.as_str();
    loop {
        // (2) subj-trailer = "(fwd)" / WSP
        text = strip_trailers(text);
        // (3)–(5) subj-leader, and subj-blob where text remains after it
        loop {
            if let Some(rest) = strip_leader(text, wide) {
                text = rest;
            } else if let Some(rest) = strip_blob(text).filter(|r| !r.is_empty()) {
                text = rest;
            } else {
                break;
            }
        }
        // (6) subj-fwd = subj-fwd-hdr subject subj-fwd-trl: "[fwd:" … "]"
        match text
            .get(..5)
            .filter(|p| p.eq_ignore_ascii_case("[fwd:"))
            .and_then(|_| text[5..].strip_suffix(']'))
        {
            Some(inner) => text = inner,
            None => return text.to_owned(),
        }
    }
}

fn fold(subject: &str) -> String {
    subject.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn strip_trailers(text: &str) -> &str {
    let mut text = text;
    loop {
        text = text.trim_end();
        let cut = text
            .len()
            .checked_sub(5)
            .and_then(|i| text.get(i..).map(|t| (i, t)));
        match cut {
            Some((i, tail)) if tail.eq_ignore_ascii_case("(fwd)") => text = &text[..i],
            _ => return text,
        }
    }
}

/// `subj-leader = (*subj-blob subj-refwd) / WSP`, `subj-refwd = ("re" / ("fw" ["d"])) *WSP
/// [subj-blob] ":"`.
fn strip_leader(text: &str, wide: bool) -> Option<&str> {
    if let Some(rest) = text.strip_prefix(' ') {
        return Some(rest);
    }
    let mut rest = text;
    while let Some(after) = strip_blob(rest) {
        rest = after;
    }
    [
        strip_word(rest),
        if wide { strip_other_word(rest) } else { None },
    ]
    .into_iter()
    .flatten()
    .find_map(|rest| {
        let rest = rest.trim_start();
        let rest = strip_blob(rest).unwrap_or(rest);
        rest.strip_prefix(':')
            .or_else(|| rest.strip_prefix('：').filter(|_| wide))
    })
}

fn strip_word(text: &str) -> Option<&str> {
    ["re", "fwd", "fw"]
        .iter()
        .find(|w| {
            text.get(..w.len())
                .is_some_and(|t| t.eq_ignore_ascii_case(w))
        })
        .map(|w| &text[w.len()..])
}

fn strip_other_word(text: &str) -> Option<&str> {
    let end = text.find([':', '：', '['])?;
    let word = text[..end].trim_end().to_lowercase();
    OTHER_PREFIXES
        .contains(&word.as_str())
        .then(|| &text[end..])
}

/// `subj-blob = "[" *BLOBCHAR "]" *WSP`
fn strip_blob(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let end = inner.find(['[', ']'])?;
    inner[end..].strip_prefix(']').map(str::trim_start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removes_prefixes_as_the_rfc_requires() {
        for (subject, expected) in [
            ("Re: hello", "hello"),
            ("re:fwd: hello", "hello"),
            ("fwd[99]:  re[40]: hello", "hello"),
            (": hello", ": hello"),
            ("[10] hello", "hello"),
            ("re:", ""),
            ("[list] re: hello  world", "hello world"),
            ("[fwd: re: fw: hello world (fwd)]", "hello world"),
            ("[only a blob]", "[only a blob]"),
            ("re: no re: foobar", "no re: foobar"),
            ("[]hello [world]", "hello [world]"),
            ("hello (fwd) (FWD)", "hello"),
            ("meeting: hello", "meeting: hello"),
            ("回复: 你好", "回复: 你好"),
        ] {
            assert_eq!(base(subject), expected, "{subject:?}");
        }
    }

    #[test]
    fn conversation_subject_knows_more_languages() {
        for (subject, expected) in [
            ("回复：你好", "你好"),
            ("答复: Re: 转发: 你好", "你好"),
            ("AW: WG: Hallo", "hallo"),
            ("Ärger: x", "ärger: x"),
        ] {
            assert_eq!(conversation(subject), expected, "{subject:?}");
        }
        assert!(
            is_reply_or_forward("Re: x")
                && is_reply_or_forward("回复：x")
                && !is_reply_or_forward("Rest: x")
        );
    }
}
