//! Suggested replies when acting as a server, and how a client reacts to them (RFC 5321 §4.2.1).
//! Other replies may be typed as well.

use super::dialogue::{Line, LineSource, Protocol};
use std::collections::VecDeque;

/// How a client reacts to a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClientReaction {
    /// Continues with its next command.
    Continues,
    /// Keeps the message and retries later (4yz).
    RetriesLater,
    /// Gives up and notifies the sender (5yz).
    GivesUp,
    /// Gives up on this recipient only and continues with the others.
    GivesUpOne,
    /// Closes the connection.
    Leaves,
    /// Falls back from EHLO to HELO.
    FallsBack,
    /// Continues with its login.
    ContinuesLogin,
}

/// A suggested reply.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Offer {
    /// The reply; several lines are separated by LF.
    pub reply: String,
    /// How the client reacts.
    pub then: ClientReaction,
}

fn offer(reply: impl Into<String>, then: ClientReaction) -> Offer {
    Offer {
        reply: reply.into(),
        then,
    }
}

/// Replies to the client's last line, which is empty while the client waits for the greeting.
/// `host` is the host that the user acts as.
pub fn offers(protocol: Protocol, last: &str, host: &str) -> Vec<Offer> {
    match protocol {
        Protocol::Smtp => smtp(last, host),
        Protocol::Pop3 => vec![
            offer("+OK", ClientReaction::Continues),
            offer("-ERR", ClientReaction::Leaves),
        ],
        Protocol::Imap => imap(last),
    }
}

fn smtp(last: &str, host: &str) -> Vec<Offer> {
    let verb = last
        .split([' ', ':'])
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    match verb.as_str() {
        "" => vec![
            offer(format!("220 {host} ESMTP"), ClientReaction::Continues),
            offer(
                format!("421 4.3.2 {host} too busy"),
                ClientReaction::RetriesLater,
            ),
            offer("554 5.3.2 No mail here", ClientReaction::GivesUp),
        ],
        "EHLO" => vec![
            offer(
                format!("250-{host}\n250-SIZE 10485760\n250 8BITMIME"),
                ClientReaction::Continues,
            ),
            offer(format!("250 {host}"), ClientReaction::Continues),
            offer(
                "502 5.5.1 Command not implemented",
                ClientReaction::FallsBack,
            ),
            offer("421 4.3.2 Shutting down", ClientReaction::RetriesLater),
        ],
        "HELO" => vec![
            offer(format!("250 {host}"), ClientReaction::Continues),
            offer("550 5.7.1 Who are you?", ClientReaction::GivesUp),
        ],
        "MAIL" => vec![
            offer("250 2.1.0 Sender ok", ClientReaction::Continues),
            offer("451 4.3.0 Try again later", ClientReaction::RetriesLater),
            offer("550 5.7.1 Not from you", ClientReaction::GivesUp),
            offer("552 5.3.4 Message too big", ClientReaction::GivesUp),
        ],
        "RCPT" => vec![
            offer("250 2.1.5 Recipient ok", ClientReaction::Continues),
            offer(
                "450 4.7.1 Greylisted, come back later",
                ClientReaction::RetriesLater,
            ),
            offer("452 4.2.2 Mailbox full", ClientReaction::RetriesLater),
            offer("550 5.1.1 No such user", ClientReaction::GivesUpOne),
            offer("551 5.1.6 User has moved", ClientReaction::GivesUpOne),
        ],
        "DATA" => vec![
            offer("354 Go ahead", ClientReaction::Continues),
            offer("451 4.3.0 Not now", ClientReaction::RetriesLater),
            offer("554 5.5.1 No valid recipients", ClientReaction::GivesUp),
        ],
        "STARTTLS" => vec![offer(
            "454 4.7.0 TLS not available",
            ClientReaction::RetriesLater,
        )],
        "QUIT" => vec![offer("221 2.0.0 Bye", ClientReaction::Leaves)],
        "." => vec![
            offer("250 2.0.0 Queued", ClientReaction::Continues),
            offer("451 4.3.0 Disk trouble", ClientReaction::RetriesLater),
            offer("452 4.3.1 Out of space", ClientReaction::RetriesLater),
            offer("550 5.7.1 Spam", ClientReaction::GivesUp),
        ],
        "RSET" | "NOOP" => vec![offer("250 2.0.0 Ok", ClientReaction::Continues)],
        "AUTH" => vec![
            offer("235 2.7.0 Welcome", ClientReaction::Continues),
            offer("334 VXNlcm5hbWU6", ClientReaction::ContinuesLogin),
            offer("535 5.7.8 Wrong", ClientReaction::GivesUp),
        ],
        _ => vec![
            offer("250 2.0.0 Ok", ClientReaction::Continues),
            offer("500 5.5.2 Unknown command", ClientReaction::GivesUp),
        ],
    }
}

fn imap(last: &str) -> Vec<Offer> {
    let (tag, words) = last.split_once(' ').unwrap_or((last, ""));
    if last.is_empty() {
        return vec![
            offer("* OK ready", ClientReaction::Continues),
            offer("* BYE not today", ClientReaction::Leaves),
        ];
    }
    let verb = words.split(' ').next().unwrap_or_default();
    vec![
        offer(format!("{tag} OK {verb} done"), ClientReaction::Continues),
        offer(format!("{tag} NO {verb} refused"), ClientReaction::Leaves),
        offer(format!("{tag} BAD what?"), ClientReaction::Leaves),
    ]
}

/// The SMTP command that the next reply answers: with pipelining, the first that is unanswered (RFC
/// 2920 §3.2). Empty while the client waits for the greeting. The local side is the server here.
pub fn pending(lines: &[Line]) -> String {
    let mut waiting: VecDeque<&str> = VecDeque::new();
    let mut message = false;
    for line in lines {
        match line.source {
            LineSource::Remote if message && line.text != "." => {}
            LineSource::Remote if message => {
                message = false;
                waiting.push_back(".");
            }
            LineSource::Remote => waiting.push_back(&line.text),
            // A hyphen after the code means that the reply continues (RFC 5321 §4.2.1).
            LineSource::Local if line.text.as_bytes().get(3) != Some(&b'-') => {
                waiting.pop_front();
                message |= line.text.starts_with("354");
            }
            _ => {}
        }
    }
    waiting.pop_front().unwrap_or_default().to_owned()
}

/// How a client reacts to a typed reply, judged by its code (RFC 5321 §4.2.1).
pub fn then(reply: &str, last: &str) -> Option<ClientReaction> {
    let code = reply
        .lines()
        .last()
        .and_then(|line| line.get(..3))
        .and_then(|code| code.parse::<u16>().ok())?;
    let recipient = last.to_ascii_uppercase().starts_with("RCPT");
    match code {
        421 => Some(ClientReaction::RetriesLater),
        221 => Some(ClientReaction::Leaves),
        334 => Some(ClientReaction::ContinuesLogin),
        200..=399 => Some(ClientReaction::Continues),
        400..=499 => Some(ClientReaction::RetriesLater),
        500..=502 if last.to_ascii_uppercase().starts_with("EHLO") => {
            Some(ClientReaction::FallsBack)
        }
        500..=599 if recipient => Some(ClientReaction::GivesUpOne),
        500..=599 => Some(ClientReaction::GivesUp),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::dialogue::dialogue_lines;
    use super::*;

    #[test]
    fn suggested_replies_agree_with_their_codes() {
        for last in [
            "",
            "EHLO x",
            "HELO x",
            "MAIL FROM:<a@a>",
            "RCPT TO:<b@b>",
            "DATA",
            ".",
            "QUIT",
            "RSET",
            "STARTTLS",
            "AUTH LOGIN",
            "WHAT",
        ] {
            let all = offers(Protocol::Smtp, last, "mx.b.test");
            assert!(!all.is_empty(), "{last}");
            for Offer {
                reply,
                then: reaction,
            } in all
            {
                assert_eq!(then(&reply, last), Some(reaction), "{reply:?} to {last:?}");
            }
        }
    }

    #[test]
    fn the_next_reply_is_for_the_first_unanswered_command() {
        let check = |text: &str, expected: &str| {
            assert_eq!(pending(&dialogue_lines(text)), expected, "{text}");
        };
        // Here `<` is the client, and `>` is the user acting as the server.
        check("", "");
        check("> 220 mx\n< EHLO a", "EHLO a");
        check(
            "> 220 mx\n< EHLO a\n> 250-mx\n> 250 PIPELINING\n< MAIL FROM:<a@a>\n< RCPT TO:<b@b>\n< DATA",
            "MAIL FROM:<a@a>",
        );
        let data = "> 220 mx\n< HELO a\n> 250 mx\n< MAIL x\n< RCPT y\n< DATA\n> 250 ok\n> 250 ok\n";
        check(data, "DATA");
        check(&format!("{data}> 354 go\n< Subject: x\n< MAIL me"), "");
        check(&format!("{data}> 354 go\n< Subject: x\n< ."), ".");
    }

    #[test]
    fn imap_replies_repeat_the_tag() {
        assert_eq!(
            offers(Protocol::Imap, "a7 LOGIN x y", "h")[0].reply,
            "a7 OK LOGIN done"
        );
        assert_eq!(offers(Protocol::Pop3, "STAT", "h")[0].reply, "+OK");
    }

    #[test]
    fn a_reply_without_a_code_has_no_reaction() {
        assert_eq!(then("hello", "DATA"), None);
        assert_eq!(then("", ""), None);
    }
}
