//! The session states of a protocol in order, with the current and the previous one, as recorded in
//! `before` and `after` of the events.

use super::i18n::say;
use super::model::Timeline;
use crate::i18n::Language;
use event::Protocol;

/// A protocol's states in the order of a typical session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateRing {
    /// Names as recorded.
    pub states: &'static [&'static str],
    /// Index of the state after the current step.
    pub now: Option<usize>,
    /// Index of the state before it, if different.
    pub before: Option<usize>,
}

// RFC 5321 §3.3, §4.1.4: greeting, EHLO, then transactions; STARTTLS (RFC 3207) and AUTH (RFC 4954)
// in between.
const SMTP: &[&str] = &[
    "connected",
    "greeted",
    "hello",
    "tls",
    "auth",
    "mail",
    "rcpt",
    "data",
    "bdat",
    "closed",
];
// RFC 1939 §3
const POP3: &[&str] = &["authorization", "transaction", "update"];
// RFC 9051 §3
const IMAP: &[&str] = &["not-authenticated", "authenticated", "selected", "logout"];

/// The state ring of a connection at a position; `None` for the webmail, whose frames have no
/// states.
pub fn state_ring(timeline: &Timeline, connection: usize, position: usize) -> Option<StateRing> {
    let states = match timeline.connections.get(connection)?.protocol {
        Protocol::Smtp | Protocol::Submission => SMTP,
        Protocol::Pop3 => POP3,
        Protocol::Imap => IMAP,
        Protocol::Web => return None,
    };
    let number = |name: &str| states.iter().position(|s| *s == spelled(name));
    let mut events = timeline
        .connection_until(connection, position)
        .rev()
        .filter_map(|i| timeline.event(i))
        .filter(|e| !e.after.is_empty());
    let Some(last) = events.next() else {
        return Some(StateRing {
            states,
            now: None,
            before: None,
        });
    };
    let now = number(&last.after);
    let before = number(&last.before).filter(|b| Some(*b) != now);
    // A reply is recorded with the state it leads to, a command with the state it is sent in.
    let before = before.or_else(|| {
        events
            .next()
            .and_then(|e| number(&e.after))
            .filter(|b| Some(*b) != now && last.before == last.after)
    });
    Some(StateRing {
        states,
        now,
        before,
    })
}

/// Normalizes names that are recorded in two spellings.
fn spelled(name: &str) -> &str {
    match name {
        "not authenticated" => "not-authenticated",
        "greeting" => "connected",
        "authenticated" => "authenticated",
        other => other,
    }
}

/// A short description of a state.
pub fn state_text(language: Language, name: &str) -> &'static str {
    let (zh, en) = match spelled(name) {
        "connected" => ("已连接，尚未收到问候语", "connected, no greeting yet"),
        "greeted" => ("服务器已发送问候语", "the server has sent its greeting"),
        "hello" => ("已完成 EHLO/HELO", "EHLO or HELO accepted"),
        "tls" => ("正在切换到 TLS", "switching to TLS"),
        "auth" => ("正在登录", "signing in"),
        "mail" => ("已指定发件人", "sender given"),
        "rcpt" => ("已指定收件人", "recipient given"),
        "data" => ("正在传输邮件", "receiving the message"),
        "bdat" => ("正在分块传输邮件", "receiving the message in chunks"),
        "closed" => ("会话已结束", "the session has ended"),
        "authorization" => ("等待登录", "waiting for sign-in"),
        "transaction" => ("可以收取邮件", "messages can be retrieved"),
        "update" => ("正在删除已标记的邮件", "deleting marked messages"),
        "not-authenticated" => ("尚未登录", "not signed in"),
        "authenticated" => ("已登录", "signed in"),
        "selected" => ("已打开一个文件夹", "a folder is open"),
        "logout" => ("已退出", "signed out"),
        _ => ("", ""),
    };
    say(language, zh, en)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::samples;

    fn check(line: &str, expected: (Option<&str>, Option<&str>)) {
        let t = Timeline::from_events(samples::greylisted());
        let is_line = |i: &usize| matches!(t.event(*i).map(|e| &e.kind), Some(event::Kind::Line { text, .. }) if text.starts_with(line));
        let at = (0..t.len()).find(is_line).expect("the line is there");
        let state_ring =
            state_ring(&t, t.steps[at].connection.expect("a connection"), at).expect("a ring");
        let name = |n: Option<usize>| n.map(|n| state_ring.states[n]);
        assert_eq!(
            (name(state_ring.before), name(state_ring.now)),
            expected,
            "{line}"
        );
    }

    #[test]
    fn no_state_is_described_by_its_own_name() {
        let names = [SMTP, POP3, IMAP].concat();
        for (name, language) in names.iter().flat_map(|n| Language::ALL.map(|l| (*n, l))) {
            let text = state_text(language, name);
            assert!(!text.is_empty() && text != name, "{name}: {text}");
        }
    }

    #[test]
    fn ring_shows_the_current_and_previous_session_state() {
        check("220 mail", (Some("connected"), Some("greeted")));
        check("250 2.1.0", (None, Some("mail")));
        check("354", (Some("rcpt"), Some("data")));
    }
}
