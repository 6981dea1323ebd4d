//! The explanation keys of a typed or received line, for lines without one. Events of the simulator
//! come with their own keys.

use mail::EnhancedCode;

use super::dialogue::{DialogueState, Imap, Line, LineSource, Protocol, Smtp};

/// The keys of the explanations of the line at this index: none for notes of the console, two for
/// an SMTP reply with an enhanced status code, otherwise one.
pub fn keys(protocol: Protocol, lines: &[Line], place: usize) -> Vec<String> {
    let Some(line) = lines.get(place) else {
        return Vec::new();
    };
    let before = DialogueState::of(protocol, &lines[..place]);
    let word = |text: &str| {
        text.split([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let key = match (protocol, line.source) {
        (_, LineSource::Console) => return Vec::new(),
        (Protocol::Smtp, LineSource::Remote) => return reply_codes(&line.text),
        (Protocol::Smtp, LineSource::Local) => match before.smtp {
            Smtp::Message(_) if line.text == "." => "smtp.dot".into(),
            Smtp::Message(_) => "smtp.message".into(),
            Smtp::Asked(_) => "smtp.auth.response".into(),
            _ => known("smtp", &word(&line.text)),
        },
        (Protocol::Pop3, LineSource::Local) => known("pop3", &word(&line.text)),
        (Protocol::Pop3, LineSource::Remote) => pop3_reply(&line.text),
        (Protocol::Imap, LineSource::Local) => imap_command(&before, &line.text),
        (Protocol::Imap, LineSource::Remote) => imap_reply(&line.text),
    };
    vec![key]
}

// The user may type anything; only what can be a verb becomes a key.
fn known(protocol: &str, verb: &str) -> String {
    let is_verb =
        !verb.is_empty() && verb.len() <= 16 && verb.bytes().all(|b| b.is_ascii_alphabetic());
    format!("{protocol}.{}", if is_verb { verb } else { "unknown" })
}

// The reply code, and the enhanced status code where there is one (RFC 2034 §4).
fn reply_codes(text: &str) -> Vec<String> {
    let Some(code) = text
        .get(..3)
        .filter(|code| code.bytes().all(|b| b.is_ascii_digit()))
    else {
        return vec!["smtp.reply".into()];
    };
    let enhanced = text
        .get(4..)
        .and_then(|words| words.split(' ').next())
        .and_then(|word| word.parse::<EnhancedCode>().ok());
    let mut keys = vec![format!("smtp.reply.{code}")];
    keys.extend(enhanced.map(|enhanced| format!("enhanced.{enhanced}")));
    keys
}

fn pop3_reply(text: &str) -> String {
    if let Some(rest) = text.strip_prefix("-ERR") {
        let code = rest
            .trim_start()
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'))
            .map(|(code, _)| code);
        return code.map_or("pop3.reply.err".into(), |code| {
            format!("pop3.reply.{}", code.to_ascii_lowercase().replace('/', "-"))
        });
    }
    if text.starts_with("+OK") {
        "pop3.reply.ok".into()
    } else if text.starts_with("+ ") {
        "pop3.reply.continue".into()
    } else {
        "pop3.reply".into()
    }
}

fn imap_command(before: &DialogueState, text: &str) -> String {
    if before.imap == Imap::Idle {
        return "imap.idle.done".into();
    }
    let mut words = text.split(' ').skip(1);
    let verb = words.next().unwrap_or_default().to_ascii_lowercase();
    if verb == "uid" {
        let what = words.next().unwrap_or_default().to_ascii_lowercase();
        return known("imap", &what).replace("imap.", "imap.uid-");
    }
    known("imap", &verb)
}

fn imap_reply(text: &str) -> String {
    let mut words = text.split(' ');
    let (first, second) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    match (first, second) {
        ("+", _) => "imap.reply.continue".into(),
        ("*", "BYE") => "imap.reply.bye".into(),
        (_, "OK" | "NO" | "BAD") => format!("imap.reply.{}", second.to_ascii_lowercase()),
        _ => "imap.reply".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::dialogue::dialogue_lines;
    use super::*;

    fn check(protocol: Protocol, dialogue: &str, expected: &str) {
        let lines = dialogue_lines(dialogue);
        let keys = keys(protocol, &lines, lines.len() - 1);
        assert_eq!(keys.join(" "), expected, "{dialogue}");
    }

    #[test]
    fn smtp_lines_are_explained_by_their_context() {
        check(Protocol::Smtp, "> mail from:<a@a>", "smtp.mail");
        check(
            Protocol::Smtp,
            "> DATA\n< 354 go\n> MAIL FROM is a word here",
            "smtp.message",
        );
        check(Protocol::Smtp, "> DATA\n< 354 go\n> .", "smtp.dot");
        check(
            Protocol::Smtp,
            "> AUTH LOGIN\n< 334 VXNlcm5hbWU6\n> QUIT",
            "smtp.auth.response",
        );
        check(
            Protocol::Smtp,
            "< 550 5.1.1 nobody",
            "smtp.reply.550 enhanced.5.1.1",
        );
        check(
            Protocol::Smtp,
            "< 250-2.0.0 and more",
            "smtp.reply.250 enhanced.2.0.0",
        );
        check(Protocol::Smtp, "< 250-SIZE 1000", "smtp.reply.250");
        check(Protocol::Smtp, "< 550 1.2.3 no class", "smtp.reply.550");
        check(Protocol::Smtp, "< hello", "smtp.reply");
        check(Protocol::Smtp, "> ../../x", "smtp.unknown");
    }

    #[test]
    fn pop3_and_imap_lines_have_keys() {
        check(Protocol::Pop3, "> retr 1", "pop3.retr");
        check(Protocol::Pop3, "< -ERR [IN-USE] busy", "pop3.reply.in-use");
        check(
            Protocol::Pop3,
            "< -ERR [SYS/TEMP] later",
            "pop3.reply.sys-temp",
        );
        check(Protocol::Pop3, "< -ERR no", "pop3.reply.err");
        check(Protocol::Imap, "> a1 UID FETCH 1 FLAGS", "imap.uid-fetch");
        check(Protocol::Imap, "> a1 SELECT INBOX", "imap.select");
        check(
            Protocol::Imap,
            "< a1 NO [AUTHENTICATIONFAILED] no",
            "imap.reply.no",
        );
        check(Protocol::Imap, "< * BYE so long", "imap.reply.bye");
        check(Protocol::Imap, "< * 3 EXISTS", "imap.reply");
    }
}
