//! Subjects of replies and forwards: one prefix, whatever prefixes the message had before
//! (RFC 5322 §3.6.5).

/// Words that mean "reply" before a colon, lower case. Only words that begin no other subject:
/// `Ref: 4711` keeps its beginning.
const REPLY: [&str; 38] = [
    "re",
    "aw",
    "antw",
    "antwort",
    "sv",
    "vs",
    "res",
    "rép",
    "rif",
    "odp",
    "odg",
    "ynt",
    "yanıt",
    "vá",
    "válasz",
    "vastaus",
    "svar",
    "απ",
    "σχετ",
    "отв",
    "ответ",
    "відп",
    "відповідь",
    "תשובה",
    "رد",
    "پاسخ",
    "atb",
    "atbilde",
    "balas",
    "bls",
    "trả lời",
    "ats",
    "回复",
    "答复",
    "回覆",
    "答覆",
    "返信",
    "회신",
];

/// Words that mean "forward" before a colon, lower case.
const FORWARD: [&str; 23] = [
    "fwd",
    "fw",
    "wg",
    "tr",
    "rv",
    "enc",
    "doorst",
    "vb",
    "vl",
    "pd",
    "ilt",
    "továbbítás",
    "πρθ",
    "пересылка",
    "הועבר",
    "转发",
    "轉寄",
    "轉發",
    "転送",
    "전달",
    "encaminhado",
    "videresendt",
    "vidarebefordrat",
];

/// The subject of a reply: `Re: ` and the subject without the prefixes of earlier replies, in any
/// of the usual languages. A list's tag stays, prefixes after it do not.
///
/// ```
/// assert_eq!(mime::subject::of_reply("AW: Re[2]: 回复：Lunch"), "Re: Lunch");
/// assert_eq!(mime::subject::of_reply("[team] Re: Lunch"), "Re: [team] Lunch");
/// ```
pub fn of_reply(subject: &str) -> String {
    let text = without(subject, |word| is_one_of(&REPLY, word));
    match tag(text) {
        Some((tag, rest)) => format!("Re: {tag} {}", answered(rest)),
        None => format!("Re: {}", answered(text)),
    }
    .trim_end()
    .to_owned()
}

/// The text without prefixes of replies; of those of forwards one stays.
fn answered(text: &str) -> String {
    let text = without(text, |word| is_one_of(&REPLY, word));
    match after_prefix(text, &|word| is_one_of(&FORWARD, word)) {
        Some(rest) => {
            let is_any = |word: &str| is_one_of(&REPLY, word) || is_one_of(&FORWARD, word);
            format!("Fwd: {}", without(rest, is_any))
        }
        None => text.to_owned(),
    }
}

/// The subject of a forward: `Fwd: ` and the subject without the prefixes of earlier forwards.
///
/// ```
/// assert_eq!(mime::subject::of_forward("WG: Fwd: Re: Lunch"), "Fwd: Re: Lunch");
/// ```
pub fn of_forward(subject: &str) -> String {
    format!(
        "Fwd: {}",
        without(subject, |word| is_one_of(&FORWARD, word))
    )
}

fn is_one_of(words: &[&str], word: &str) -> bool {
    words.contains(&word.to_lowercase().as_str())
}

/// The text after all prefixes with such a word.
fn without(subject: &str, is_known: impl Fn(&str) -> bool) -> &str {
    let mut text = subject.trim();
    while let Some(rest) = after_prefix(text, &is_known) {
        text = rest;
    }
    text
}

/// `prefix = word *WSP [number] *WSP ":"`; the colon and the brackets may be full-width.
fn after_prefix<'a>(text: &'a str, is_known: &impl Fn(&str) -> bool) -> Option<&'a str> {
    let (before, rest) = text.split_once([':', '：'])?;
    is_known(without_number(before.trim_end()).trim_end()).then(|| rest.trim_start())
}

/// Removes the number of a reply: `Re[2]`, `Re(2)`, `Re^2`, `Re【2】`.
fn without_number(text: &str) -> &str {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let pairs = [
        ('[', ']'),
        ('(', ')'),
        ('（', '）'),
        ('【', '】'),
        ('［', '］'),
    ];
    for (open, close) in pairs {
        if let Some((word, number)) = text.strip_suffix(close).and_then(|t| t.rsplit_once(open))
            && is_number(number.trim())
        {
            return word;
        }
    }
    let word = text.trim_end_matches(|c: char| c.is_ascii_digit());
    word.strip_suffix(['^', '*']).unwrap_or(text)
}

/// The tag of a mailing list (`[team]`) before the subject, and what follows it.
fn tag(text: &str) -> Option<(&str, &str)> {
    let end = text.strip_prefix('[')?.find(']')? + 2;
    let rest = text[end..].trim_start();
    (!rest.is_empty()).then_some((&text[..end], rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_has_one_prefix_in_its_subject() {
        for (subject, expected) in [
            ("Lunch", "Re: Lunch"),
            ("Re: Lunch", "Re: Lunch"),
            ("RE:re: Lunch", "Re: Lunch"),
            ("AW: Re: 回复：Re: Lunch", "Re: Lunch"),
            ("答复: 回覆：返信: Lunch", "Re: Lunch"),
            ("Re[2]: RE (3) : Re^4: AW［5］： Lunch", "Re: Lunch"),
            ("Re*2: 回复【2】：Lunch", "Re: Lunch"),
            ("  Sv : Odp: Antwort: Lunch ", "Re: Lunch"),
            ("Trả lời: ОТВ: Lunch", "Re: Lunch"),
            ("[team] Re: Aw: Lunch", "Re: [team] Lunch"),
            ("Re: [team] Lunch", "Re: [team] Lunch"),
            ("[only a tag]", "Re: [only a tag]"),
            ("Re:", "Re:"),
            ("", "Re:"),
            // What only looks like a prefix stays.
            ("Ref: 4711", "Re: Ref: 4711"),
            ("Results: Re: x", "Re: Results: Re: x"),
            ("Meeting (2): x", "Re: Meeting (2): x"),
            ("Re: Fwd: Lunch", "Re: Fwd: Lunch"),
            ("Re: WG: AW: Fwd: Lunch", "Re: Fwd: Lunch"),
            ("re 2", "Re: re 2"),
            ("关于回复：x", "Re: 关于回复：x"),
        ] {
            assert_eq!(of_reply(subject), expected, "{subject:?}");
        }
    }

    #[test]
    fn a_forward_has_one_prefix_in_its_subject() {
        for (subject, expected) in [
            ("Lunch", "Fwd: Lunch"),
            ("FW: Fwd: 转发：Lunch", "Fwd: Lunch"),
            ("WG: Re: Lunch", "Fwd: Re: Lunch"),
            ("Fwd[2]: Lunch", "Fwd: Lunch"),
        ] {
            assert_eq!(of_forward(subject), expected, "{subject:?}");
        }
    }
}
