//! Suggestions for the next line, with the keys of their explanations.

use super::base64;
use super::dialogue::{DialogueState, Imap, Pop3, Protocol, Smtp};

/// A suggestion for the next line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hint {
    /// The line to type.
    pub line: String,
    /// The key of its explanation in `static/explain`.
    pub explain: &'static str,
    /// Suggests the TLS handshake instead of a line.
    pub handshake: bool,
}

/// The user whose name and password the suggestions use, and a recipient.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypingUser {
    /// The computer's name, for EHLO.
    pub machine: String,
    /// The user's address.
    pub address: String,
    /// The user's password; empty if unknown.
    pub password: String,
    /// Another address, as recipient.
    pub other: String,
}

fn hint(line: impl Into<String>, explain: &'static str) -> Hint {
    Hint {
        line: line.into(),
        explain,
        handshake: false,
    }
}

fn handshake() -> Hint {
    Hint {
        line: String::new(),
        explain: "tls",
        handshake: true,
    }
}

/// Suggestions for the next line, the most likely first.
pub fn hints(protocol: Protocol, state: &DialogueState, who: &TypingUser) -> Vec<Hint> {
    if state.is_closed() {
        return Vec::new();
    }
    if state.wants_handshake() {
        return vec![handshake()];
    }
    match protocol {
        Protocol::Smtp => smtp(state, who),
        Protocol::Pop3 => pop3(state, who),
        Protocol::Imap => imap(state, who),
    }
}

fn smtp(state: &DialogueState, who: &TypingUser) -> Vec<Hint> {
    let quit = hint("QUIT", "smtp.quit");
    match &state.smtp {
        Smtp::Silent | Smtp::Handshake | Smtp::Closed => Vec::new(),
        Smtp::Greeted => vec![
            hint(format!("EHLO {}", who.machine), "smtp.ehlo"),
            hint(format!("HELO {}", who.machine), "smtp.helo"),
            quit,
        ],
        Smtp::Ready => ready(state, who)
            .into_iter()
            .chain([hint("NOOP", "smtp.noop"), quit])
            .collect(),
        Smtp::Asked(prompt) => vec![asked(state, prompt, who), hint("*", "smtp.auth.response")],
        Smtp::Sender => vec![
            hint(format!("RCPT TO:<{}>", who.other), "smtp.rcpt"),
            hint("RSET", "smtp.rset"),
            quit,
        ],
        Smtp::Recipients => {
            vec![
                hint("DATA", "smtp.data"),
                hint(format!("RCPT TO:<{}>", who.address), "smtp.rcpt"),
                hint("RSET", "smtp.rset"),
                quit,
            ]
        }
        Smtp::Message(false) => vec![
            hint(format!("From: {}", who.address), "smtp.message"),
            hint(format!("To: {}", who.other), "smtp.message"),
            hint("Subject: by hand", "smtp.message"),
            hint("", "smtp.message"),
        ],
        Smtp::Message(true) => vec![hint("Hello!", "smtp.message"), hint(".", "smtp.dot")],
    }
}

fn ready(state: &DialogueState, who: &TypingUser) -> Vec<Hint> {
    let mut all = Vec::new();
    let mail = hint(format!("MAIL FROM:<{}>", who.address), "smtp.mail");
    if state.offers("STARTTLS") && !state.sealed {
        all.push(hint("STARTTLS", "smtp.starttls"));
    }
    if !state.signed_in {
        if state.offers_login("PLAIN") {
            all.push(hint(
                format!("AUTH PLAIN {}", base64::plain(&who.address, &who.password)),
                "smtp.auth",
            ));
        }
        if state.offers_login("LOGIN") {
            all.push(hint("AUTH LOGIN", "smtp.auth"));
        }
    }
    all.push(mail);
    all
}

fn asked(state: &DialogueState, prompt: &str, who: &TypingUser) -> Hint {
    let asks = base64::decode(prompt)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let answer = if asks.starts_with("pass") {
        base64::encode(&who.password)
    } else if asks.starts_with("user") {
        base64::encode(&who.address)
    } else if state.last.starts_with("AUTH PLAIN") {
        base64::plain(&who.address, &who.password)
    } else {
        String::new()
    };
    hint(answer, "smtp.auth.response")
}

fn pop3(state: &DialogueState, who: &TypingUser) -> Vec<Hint> {
    let quit = hint("QUIT", "pop3.quit");
    match state.pop3 {
        Pop3::Silent | Pop3::Handshake | Pop3::Closed => Vec::new(),
        Pop3::Authorization => {
            let mut all = vec![
                hint(format!("USER {}", who.address), "pop3.user"),
                hint("CAPA", "pop3.capa"),
            ];
            if !state.sealed && (state.offered.is_empty() || state.offers("STLS")) {
                all.insert(0, hint("STLS", "pop3.stls"));
            }
            all.push(quit);
            all
        }
        Pop3::Named => vec![hint(format!("PASS {}", who.password), "pop3.pass"), quit],
        Pop3::Transaction => vec![
            hint("STAT", "pop3.stat"),
            hint("LIST", "pop3.list"),
            hint("UIDL", "pop3.uidl"),
            hint("TOP 1 0", "pop3.top"),
            hint("RETR 1", "pop3.retr"),
            hint("DELE 1", "pop3.dele"),
            hint("RSET", "pop3.rset"),
            quit,
        ],
    }
}

fn imap(state: &DialogueState, who: &TypingUser) -> Vec<Hint> {
    // Each command has a new tag (RFC 9051 §2.2.1).
    let tag = format!("a{}", state.commands + 1);
    let say = |words: &str, explain| hint(format!("{tag} {words}"), explain);
    let logout = say("LOGOUT", "imap.logout");
    match state.imap {
        Imap::Silent | Imap::Handshake | Imap::Closed => Vec::new(),
        Imap::NotAuthenticated => {
            let login = say(
                &format!("LOGIN {} {}", who.address, quoted(&who.password)),
                "imap.login",
            );
            let mut all = vec![login, say("CAPABILITY", "imap.capability")];
            if !state.sealed {
                all.insert(0, say("STARTTLS", "imap.starttls"));
            }
            all.push(logout);
            all
        }
        Imap::Authenticated => vec![
            say("SELECT INBOX", "imap.select"),
            say("LIST \"\" \"*\"", "imap.list"),
            say("STATUS INBOX (MESSAGES UNSEEN)", "imap.status"),
            logout,
        ],
        Imap::Selected => vec![
            say("FETCH 1:* (FLAGS ENVELOPE)", "imap.fetch"),
            say("FETCH 1 BODY.PEEK[HEADER]", "imap.fetch"),
            say("FETCH 1 BODY[]", "imap.fetch"),
            say("STORE 1 +FLAGS (\\Seen)", "imap.store"),
            say("SEARCH UNSEEN", "imap.search"),
            say("IDLE", "imap.idle"),
            say("EXPUNGE", "imap.expunge"),
            logout,
        ],
        Imap::Idle => vec![hint("DONE", "imap.idle.done")],
    }
}

// RFC 9051 §4.3: an atom if possible, otherwise a quoted string.
fn quoted(text: &str) -> String {
    let atom = !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.@+".contains(c));
    if atom {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

#[cfg(test)]
mod tests {
    use super::super::dialogue::dialogue_lines;
    use super::*;

    fn check(protocol: Protocol, dialogue: &str, expected: &[&str]) {
        let who = TypingUser {
            machine: "laptop.a.test".into(),
            address: "alice@a.test".into(),
            password: "open sesame".into(),
            other: "bob@b.test".into(),
        };
        let state = DialogueState::of(protocol, &dialogue_lines(dialogue));
        let lines: Vec<String> = hints(protocol, &state, &who)
            .into_iter()
            .map(|h| {
                if h.handshake {
                    "(handshake)".into()
                } else {
                    h.line
                }
            })
            .collect();
        assert_eq!(lines, expected, "{dialogue}");
    }

    #[test]
    fn suggests_smtp_commands_from_greeting_to_quit() {
        check(Protocol::Smtp, "", &[]);
        check(
            Protocol::Smtp,
            "< 220 mx",
            &["EHLO laptop.a.test", "HELO laptop.a.test", "QUIT"],
        );
        let begun = "< 220 mx\n> EHLO x\n< 250-mx\n< 250-STARTTLS\n< 250 AUTH LOGIN\n";
        check(
            Protocol::Smtp,
            begun,
            &[
                "STARTTLS",
                "AUTH LOGIN",
                "MAIL FROM:<alice@a.test>",
                "NOOP",
                "QUIT",
            ],
        );
        check(
            Protocol::Smtp,
            &format!("{begun}> STARTTLS\n< 220 go"),
            &["(handshake)"],
        );
        check(
            Protocol::Smtp,
            &format!("{begun}> AUTH LOGIN\n< 334 VXNlcm5hbWU6"),
            &["YWxpY2VAYS50ZXN0", "*"],
        );
        check(
            Protocol::Smtp,
            &format!("{begun}> AUTH LOGIN\n< 334 UGFzc3dvcmQ6"),
            &["b3BlbiBzZXNhbWU=", "*"],
        );
        let mail = format!("{begun}> MAIL FROM:<a@a>\n< 250 ok\n");
        check(
            Protocol::Smtp,
            &mail,
            &["RCPT TO:<bob@b.test>", "RSET", "QUIT"],
        );
        let data = format!("{mail}> RCPT TO:<b@b>\n< 250 ok\n> DATA\n< 354 go\n");
        check(
            Protocol::Smtp,
            &data,
            &[
                "From: alice@a.test",
                "To: bob@b.test",
                "Subject: by hand",
                "",
            ],
        );
        check(Protocol::Smtp, &format!("{data}>\n"), &["Hello!", "."]);
        check(Protocol::Smtp, &format!("{mail}> QUIT\n< 221 bye"), &[]);
    }

    #[test]
    fn suggests_pop3_and_imap_commands_for_the_login() {
        check(
            Protocol::Pop3,
            "< +OK",
            &["STLS", "USER alice@a.test", "CAPA", "QUIT"],
        );
        check(
            Protocol::Pop3,
            "=\n< +OK\n> USER a\n< +OK",
            &["PASS open sesame", "QUIT"],
        );
        check(
            Protocol::Imap,
            "=\n< * OK",
            &[
                "a1 LOGIN alice@a.test \"open sesame\"",
                "a1 CAPABILITY",
                "a1 LOGOUT",
            ],
        );
        check(
            Protocol::Imap,
            "=\n< * OK\n> a1 LOGIN x y\n< a1 OK\n> a2 SELECT INBOX\n< a2 OK\n> a3 IDLE\n< + go",
            &["DONE"],
        );
    }

    #[test]
    fn does_not_suggest_a_second_login() {
        let begun = "=\n< 220 mx\n> EHLO x\n< 250-mx\n< 250 AUTH PLAIN\n> AUTH PLAIN x\n< 235 in";
        check(
            Protocol::Smtp,
            begun,
            &["MAIL FROM:<alice@a.test>", "NOOP", "QUIT"],
        );
    }
}
