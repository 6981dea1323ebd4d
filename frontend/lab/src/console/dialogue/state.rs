//! The session state of a dialogue as a client can know it: which command is expected next, what
//! the server offers, whether the connection is encrypted.

use super::{Line, LineSource, Protocol};

/// The state of an SMTP session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Smtp {
    /// Nothing received yet.
    #[default]
    Silent,
    /// The server has sent its greeting.
    Greeted,
    /// After EHLO or HELO.
    Ready,
    /// The server waits for an AUTH response; its prompt in base64.
    Asked(String),
    /// After MAIL.
    Sender,
    /// After at least one accepted RCPT.
    Recipients,
    /// After 354: the message is being typed; whether its header is complete.
    Message(bool),
    /// After 220 to STARTTLS: the TLS handshake comes next.
    Handshake,
    /// The connection is closed.
    Closed,
}

/// The state of a POP3 session (RFC 1939 §3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Pop3 {
    /// Nothing received yet.
    #[default]
    Silent,
    /// Waiting for authentication.
    Authorization,
    /// After USER was accepted.
    Named,
    /// The maildrop is open.
    Transaction,
    /// After +OK to STLS: the TLS handshake comes next.
    Handshake,
    /// The connection is closed.
    Closed,
}

/// The state of an IMAP session (RFC 9051 §3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Imap {
    /// Nothing received yet.
    #[default]
    Silent,
    /// Waiting for authentication.
    NotAuthenticated,
    /// Signed in, no mailbox selected.
    Authenticated,
    /// A mailbox is selected.
    Selected,
    /// In IDLE (RFC 2177).
    Idle,
    /// After OK to STARTTLS: the TLS handshake comes next.
    Handshake,
    /// The connection is closed.
    Closed,
}

/// The session state derived from a dialogue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialogueState {
    /// The state of an SMTP session.
    pub smtp: Smtp,
    /// The state of a POP3 session.
    pub pop3: Pop3,
    /// The state of an IMAP session.
    pub imap: Imap,
    /// The capabilities of the last reply to EHLO, CAPA or CAPABILITY, in upper case.
    pub offered: Vec<String>,
    /// The connection is encrypted.
    pub sealed: bool,
    /// SMTP: the client has signed in.
    pub signed_in: bool,
    /// Number of commands typed; IMAP tags are derived from it.
    pub commands: usize,
    /// The last command, in upper case, without its tag.
    pub last: String,
    tag: String,
}

impl DialogueState {
    /// Derives the state from all lines of a dialogue.
    pub fn of(protocol: Protocol, lines: &[Line]) -> DialogueState {
        let mut state = DialogueState::default();
        for line in lines {
            if line.sealed && !state.sealed {
                state.handshake_done();
            }
            if line.source == LineSource::Console {
                continue;
            }
            match (protocol, line.source) {
                (Protocol::Smtp, LineSource::Local) => state.smtp_sent(&line.text),
                (Protocol::Smtp, _) => state.smtp_received(&line.text),
                (Protocol::Pop3, LineSource::Local) => state.command(&line.text),
                (Protocol::Pop3, _) => state.pop3_received(&line.text),
                (Protocol::Imap, LineSource::Local) => state.imap_sent(&line.text),
                (Protocol::Imap, _) => state.imap_received(&line.text),
            }
        }
        state
    }

    /// Discards what was learned before the TLS handshake (RFC 3207 §4.2).
    pub fn handshake_done(&mut self) {
        self.sealed = true;
        self.offered.clear();
        if self.smtp == Smtp::Handshake {
            self.smtp = Smtp::Greeted;
        }
        if self.pop3 == Pop3::Handshake {
            self.pop3 = Pop3::Authorization;
        }
        if self.imap == Imap::Handshake {
            self.imap = Imap::NotAuthenticated;
        }
    }

    /// Whether the server waits for the TLS handshake.
    pub fn wants_handshake(&self) -> bool {
        self.smtp == Smtp::Handshake || self.pop3 == Pop3::Handshake || self.imap == Imap::Handshake
    }

    /// Whether the server has closed the connection.
    pub fn is_closed(&self) -> bool {
        self.smtp == Smtp::Closed || self.pop3 == Pop3::Closed || self.imap == Imap::Closed
    }

    /// Whether the server offers this capability.
    pub fn offers(&self, word: &str) -> bool {
        self.offered
            .iter()
            .any(|offered| offered.split([' ', '=']).next() == Some(word) || offered == word)
    }

    /// Whether the server offers this AUTH mechanism.
    pub fn offers_login(&self, mechanism: &str) -> bool {
        self.offered.iter().any(|offered| {
            offered.starts_with("AUTH") && offered.split([' ', '=']).any(|word| word == mechanism)
        })
    }

    fn command(&mut self, text: &str) {
        self.commands += 1;
        self.last = text.trim().to_ascii_uppercase();
    }

    fn verb(&self) -> &str {
        self.last.split([' ', ':']).next().unwrap_or_default()
    }

    fn smtp_sent(&mut self, text: &str) {
        match &mut self.smtp {
            Smtp::Message(over) => {
                if text == "." {
                    self.last = ".".to_owned();
                } else if text.is_empty() {
                    *over = true;
                }
            }
            Smtp::Asked(_) => self.last = "AUTH".to_owned(),
            _ => {
                self.command(text);
                if matches!(self.verb(), "EHLO" | "HELO") {
                    self.offered.clear();
                }
            }
        }
    }

    fn smtp_received(&mut self, text: &str) {
        let code: u16 = text
            .get(..3)
            .and_then(|code| code.parse().ok())
            .unwrap_or_default();
        let more = text.as_bytes().get(3) == Some(&b'-');
        let words = text.get(4..).unwrap_or_default();
        if code == 250 && self.verb() == "EHLO" && self.smtp != Smtp::Silent {
            self.offered.push(words.to_ascii_uppercase());
        }
        if more {
            return;
        }
        let good = (200..300).contains(&code);
        self.smtp = match (code, self.verb(), &self.smtp) {
            (221 | 421, ..) => Smtp::Closed,
            (220, "STARTTLS", _) => Smtp::Handshake,
            (220, ..) => Smtp::Greeted,
            (554, "", _) => Smtp::Closed,
            (334, ..) => Smtp::Asked(words.to_owned()),
            (354, ..) => Smtp::Message(false),
            (235, ..) => {
                self.signed_in = true;
                Smtp::Ready
            }
            (_, "EHLO" | "HELO" | "RSET", _) if good => Smtp::Ready,
            (_, "MAIL", _) if good => Smtp::Sender,
            (_, "RCPT", _) if good => Smtp::Recipients,
            (_, ".", _) => Smtp::Ready,
            (_, _, Smtp::Asked(_)) => Smtp::Ready,
            (_, _, now) => now.clone(),
        };
    }

    fn pop3_received(&mut self, text: &str) {
        let good = text.starts_with("+OK");
        if !good && !text.starts_with("-ERR") {
            if self.verb() == "CAPA" && text != "." {
                self.offered.push(text.to_ascii_uppercase());
            }
            return;
        }
        self.pop3 = match (good, self.verb(), &self.pop3) {
            (true, "", _) => Pop3::Authorization,
            (true, "USER", Pop3::Authorization) => Pop3::Named,
            (true, "PASS" | "APOP" | "AUTH", _) => Pop3::Transaction,
            (false, "PASS", _) => Pop3::Authorization,
            (true, "STLS", _) => Pop3::Handshake,
            (true, "QUIT", _) => Pop3::Closed,
            (_, _, now) => now.clone(),
        };
    }

    fn imap_sent(&mut self, text: &str) {
        if self.imap == Imap::Idle || self.last.ends_with('}') {
            // DONE, or the data of a literal.
            self.last = self.last.trim_end_matches('}').to_owned();
            return;
        }
        let (tag, rest) = text.split_once(' ').unwrap_or((text, ""));
        tag.clone_into(&mut self.tag);
        self.command(rest);
    }

    fn imap_received(&mut self, text: &str) {
        if let Some(words) = text.strip_prefix("* CAPABILITY ") {
            self.offered = words.split(' ').map(str::to_ascii_uppercase).collect();
        } else if text.starts_with("* BYE") {
            self.imap = Imap::Closed;
        } else if text.starts_with("* PREAUTH") {
            self.imap = Imap::Authenticated;
        } else if text.starts_with("* OK") && self.imap == Imap::Silent {
            self.imap = Imap::NotAuthenticated;
        } else if text.starts_with('+') && self.verb() == "IDLE" {
            self.imap = Imap::Idle;
        }
        let Some(rest) = text
            .strip_prefix(self.tag.as_str())
            .filter(|rest| !self.tag.is_empty() && rest.starts_with(' '))
        else {
            return;
        };
        let good = rest.starts_with(" OK");
        self.imap = match (good, self.verb(), &self.imap) {
            (true, "LOGIN" | "AUTHENTICATE", _) => Imap::Authenticated,
            (true, "STARTTLS", _) => Imap::Handshake,
            (true, "SELECT" | "EXAMINE", _) => Imap::Selected,
            // RFC 9051 §6.3.2: a SELECT that fails deselects the current mailbox.
            (false, "SELECT" | "EXAMINE", Imap::Selected) => Imap::Authenticated,
            (true, "CLOSE" | "UNSELECT", _) => Imap::Authenticated,
            (_, _, Imap::Idle) => Imap::Selected,
            (_, _, now) => now.clone(),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::super::dialogue_lines;
    use super::*;

    #[test]
    fn smtp_follows_the_states_of_rfc_5321() {
        let check = |text: &str, expected: Smtp| {
            assert_eq!(
                DialogueState::of(Protocol::Smtp, &dialogue_lines(text)).smtp,
                expected,
                "{text}"
            );
        };
        let begun = "< 220 mx ESMTP\n> EHLO me\n< 250-mx\n< 250-SIZE 1000\n< 250 STARTTLS\n";
        check("", Smtp::Silent);
        check("< 220 mx ESMTP", Smtp::Greeted);
        check("< 554 5.3.2 not today", Smtp::Closed);
        check(begun, Smtp::Ready);
        check(&format!("{begun}> STARTTLS\n< 220 go on"), Smtp::Handshake);
        check(
            &format!("{begun}> STARTTLS\n< 220 go on\n=\n> NOOP"),
            Smtp::Greeted,
        );
        check(
            &format!("{begun}> MAIL FROM:<a@a>\n< 550 5.7.1 no"),
            Smtp::Ready,
        );
        check(&format!("{begun}> MAIL FROM:<a@a>\n< 250 ok"), Smtp::Sender);
        check(
            &format!("{begun}> MAIL FROM:<a@a>\n< 250 ok\n> RCPT TO:<b@b>\n< 550 no"),
            Smtp::Sender,
        );
        let mail = format!("{begun}> MAIL FROM:<a@a>\n< 250 ok\n> RCPT TO:<b@b>\n< 250 ok\n");
        check(&mail, Smtp::Recipients);
        check(&format!("{mail}> DATA\n< 354 go on"), Smtp::Message(false));
        check(
            &format!("{mail}> DATA\n< 354 go on\n> Subject: x\n>\n> text"),
            Smtp::Message(true),
        );
        check(
            &format!("{mail}> DATA\n< 354 go on\n> .\n< 250 2.0.0 kept"),
            Smtp::Ready,
        );
        check(&format!("{mail}> QUIT\n< 221 bye"), Smtp::Closed);
        check(
            &format!("{begun}> AUTH LOGIN\n< 334 VXNlcm5hbWU6"),
            Smtp::Asked("VXNlcm5hbWU6".into()),
        );
        check(
            &format!("{begun}> AUTH LOGIN\n< 334 VXNlcm5hbWU6\n> eA==\n< 535 5.7.8 no"),
            Smtp::Ready,
        );
    }

    #[test]
    fn the_handshake_discards_the_offered_capabilities() {
        let text = "< 220 mx ESMTP\n> EHLO me\n< 250-mx\n< 250-AUTH PLAIN LOGIN\n< 250 STARTTLS\n";
        let state = DialogueState::of(Protocol::Smtp, &dialogue_lines(text));
        assert!(
            state.offers("STARTTLS")
                && state.offers_login("LOGIN")
                && !state.offers_login("CRAM-MD5")
                && !state.offers("SIZE")
        );
        let state = DialogueState::of(
            Protocol::Smtp,
            &dialogue_lines(&format!("{text}> STARTTLS\n< 220 go\n=\n> EHLO me")),
        );
        assert!(state.sealed && !state.offers("STARTTLS"));
    }

    #[test]
    fn pop3_follows_the_states_of_rfc_1939() {
        let check = |text: &str, expected: Pop3| {
            assert_eq!(
                DialogueState::of(Protocol::Pop3, &dialogue_lines(text)).pop3,
                expected,
                "{text}"
            );
        };
        check("< +OK hello", Pop3::Authorization);
        check("< +OK hello\n> USER a\n< +OK", Pop3::Named);
        check(
            "< +OK hello\n> USER a\n< +OK\n> PASS x\n< -ERR [AUTH] no",
            Pop3::Authorization,
        );
        let open = "< +OK hello\n> USER a\n< +OK\n> PASS x\n< +OK open\n";
        check(open, Pop3::Transaction);
        check(
            &format!("{open}> RETR 1\n< +OK\n< Subject: x\n< +OK in the text\n< ."),
            Pop3::Transaction,
        );
        check(&format!("{open}> QUIT\n< +OK bye"), Pop3::Closed);
        check("< +OK hello\n> STLS\n< +OK go", Pop3::Handshake);
    }

    #[test]
    fn imap_follows_the_states_of_rfc_9051() {
        let check = |text: &str, expected: Imap| {
            assert_eq!(
                DialogueState::of(Protocol::Imap, &dialogue_lines(text)).imap,
                expected,
                "{text}"
            );
        };
        check("< * OK ready", Imap::NotAuthenticated);
        check(
            "< * OK ready\n> a LOGIN x y\n< a NO no",
            Imap::NotAuthenticated,
        );
        let open = "< * OK ready\n> a LOGIN x y\n< a OK in\n";
        check(open, Imap::Authenticated);
        check(
            &format!("{open}> b SELECT INBOX\n< * 1 EXISTS\n< b OK"),
            Imap::Selected,
        );
        check(
            &format!("{open}> b SELECT INBOX\n< b OK\n> c SELECT No\n< c NO"),
            Imap::Authenticated,
        );
        check(
            &format!("{open}> b SELECT INBOX\n< b OK\n> c IDLE\n< + idling"),
            Imap::Idle,
        );
        check(
            &format!("{open}> b SELECT INBOX\n< b OK\n> c IDLE\n< + idling\n> DONE\n< c OK"),
            Imap::Selected,
        );
        check(
            &format!("{open}> b LOGOUT\n< * BYE x\n< b OK"),
            Imap::Closed,
        );
        check("< * OK ready\n> a STARTTLS\n< a OK go", Imap::Handshake);
    }
}
