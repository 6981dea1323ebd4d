//! The commands of POP3: one table of verbs (where allowed, how explained) and the parsing of their
//! arguments. Decides nothing.

use mail::Secret;

/// The state in which a command is allowed (RFC 1939 §4, §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AllowedState {
    /// Before login.
    Authorization,
    /// After login.
    Transaction,
    /// At any time.
    Always,
}

/// A well-formed command.
#[derive(Debug)]
pub(crate) enum Command {
    Capa,
    User(String),
    Pass(Secret),
    /// AUTH without an argument lists the mechanisms; old clients use it.
    Mechanisms,
    Auth {
        mechanism: String,
        initial: Option<Secret>,
    },
    Stls,
    Apop,
    Stat,
    List(Option<u32>),
    Uidl(Option<u32>),
    Retr(u32),
    Top(u32, u32),
    Dele(u32),
    Noop,
    Rset,
    Quit,
}

/// One verb.
pub(crate) struct Verb {
    pub(crate) name: &'static str,
    pub(crate) allowed_in: AllowedState,
    /// How many words of the line a trace shows; the rest is secret.
    pub(crate) shown_words: usize,
    pub(crate) explain: &'static str,
    /// Its syntax, for error replies.
    pub(crate) usage: &'static str,
    parse: fn(&[u8]) -> Option<Command>,
}

const fn verb(
    name: &'static str,
    allowed_in: AllowedState,
    explain: &'static str,
    usage: &'static str,
    parse: fn(&[u8]) -> Option<Command>,
) -> Verb {
    Verb {
        name,
        allowed_in,
        shown_words: usize::MAX,
        explain,
        usage,
        parse,
    }
}

use AllowedState::{Always, Authorization, Transaction};

static VERBS: [Verb; 16] = [
    verb("CAPA", Always, "pop3.capa", "CAPA", |a| {
        alone(a, Command::Capa)
    }),
    verb("USER", Authorization, "pop3.user", "USER name", |a| {
        text(a).map(Command::User)
    }),
    Verb {
        shown_words: 1,
        ..verb(
            "PASS",
            Authorization,
            "pop3.pass",
            "PASS password",
            password,
        )
    },
    Verb {
        shown_words: 2,
        ..verb(
            "AUTH",
            Authorization,
            "pop3.auth",
            "AUTH mechanism [initial-response]",
            auth,
        )
    },
    Verb {
        shown_words: 2,
        ..verb(
            "APOP",
            Authorization,
            "pop3.apop",
            "APOP name digest",
            |_| Some(Command::Apop),
        )
    },
    verb("STLS", Authorization, "pop3.stls", "STLS", |a| {
        alone(a, Command::Stls)
    }),
    verb("STAT", Transaction, "pop3.stat", "STAT", |a| {
        alone(a, Command::Stat)
    }),
    verb(
        "LIST",
        Transaction,
        "pop3.list",
        "LIST [message-number]",
        |a| optional(a).map(Command::List),
    ),
    verb(
        "UIDL",
        Transaction,
        "pop3.uidl",
        "UIDL [message-number]",
        |a| optional(a).map(Command::Uidl),
    ),
    verb(
        "RETR",
        Transaction,
        "pop3.retr",
        "RETR message-number",
        |a| number(a).map(Command::Retr),
    ),
    verb(
        "TOP",
        Transaction,
        "pop3.top",
        "TOP message-number lines",
        top,
    ),
    verb(
        "DELE",
        Transaction,
        "pop3.dele",
        "DELE message-number",
        |a| number(a).map(Command::Dele),
    ),
    verb("NOOP", Transaction, "pop3.noop", "NOOP", |a| {
        alone(a, Command::Noop)
    }),
    verb("RSET", Transaction, "pop3.rset", "RSET", |a| {
        alone(a, Command::Rset)
    }),
    verb("QUIT", Always, "pop3.quit", "QUIT", |a| {
        alone(a, Command::Quit)
    }),
    verb(
        "XTND",
        Transaction,
        "pop3.unknown",
        "none; XTND is not a standard command",
        |_| None,
    ),
];

/// The verb of a line, in any case, and the text after its space.
pub(crate) fn find(line: &[u8]) -> Option<(&'static Verb, &[u8])> {
    let (name, arguments) = match memchr::memchr(b' ', line) {
        Some(i) => (&line[..i], &line[i + 1..]),
        None => (line, &line[line.len()..]),
    };
    VERBS
        .iter()
        .find(|v| name.eq_ignore_ascii_case(v.name.as_bytes()))
        .map(|v| (v, arguments))
}

impl Verb {
    /// Parses a command; `None` for malformed arguments.
    pub(crate) fn parse(&self, arguments: &[u8]) -> Option<Command> {
        // No argument contains a stray CR or NUL, not even a password.
        if arguments.iter().any(|b| matches!(b, 0 | b'\r')) {
            return None;
        }
        (self.parse)(arguments)
    }
}

fn alone(arguments: &[u8], command: Command) -> Option<Command> {
    arguments.trim_ascii().is_empty().then_some(command)
}

fn text(arguments: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(arguments.trim_ascii()).ok()?;
    (!text.is_empty()).then(|| text.to_owned())
}

/// RFC 1939 §7: spaces are part of the password.
fn password(arguments: &[u8]) -> Option<Command> {
    (!arguments.is_empty()).then(|| Command::Pass(Secret::new(arguments)))
}

/// `auth-command = "AUTH" SP sasl-mech [SP initial-response]` (RFC 5034 §7).
fn auth(arguments: &[u8]) -> Option<Command> {
    let mut words = arguments.split(|b| *b == b' ').filter(|w| !w.is_empty());
    let Some(mechanism) = words.next() else {
        return Some(Command::Mechanisms);
    };
    let mechanism = std::str::from_utf8(mechanism).ok()?.to_ascii_uppercase();
    let initial = words.next().map(Secret::new);
    words
        .next()
        .is_none()
        .then_some(Command::Auth { mechanism, initial })
}

fn top(arguments: &[u8]) -> Option<Command> {
    let (message, lines) = arguments
        .trim_ascii()
        .split_at_checked(memchr::memchr(b' ', arguments.trim_ascii())?)?;
    Some(Command::Top(number(message)?, digits(lines.trim_ascii())?))
}

fn optional(arguments: &[u8]) -> Option<Option<u32>> {
    if arguments.trim_ascii().is_empty() {
        Some(None)
    } else {
        number(arguments).map(Some)
    }
}

/// A message number: decimal, from 1 (RFC 1939 §5).
fn number(arguments: &[u8]) -> Option<u32> {
    digits(arguments.trim_ascii()).filter(|n| *n > 0)
}

fn digits(text: &[u8]) -> Option<u32> {
    let good = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    if good {
        std::str::from_utf8(text).ok()?.parse().ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<&str>) {
        let got = find(line.as_bytes())
            .and_then(|(v, a)| v.parse(a))
            .map(|c| format!("{c:?}"));
        assert_eq!(got.as_deref(), expected, "{line:?}");
    }

    #[test]
    fn reads_commands_in_any_case() {
        check("user alice", Some("User(\"alice\")"));
        check("USER 李雷@例子.测试", Some("User(\"李雷@例子.测试\")"));
        check("Retr 12", Some("Retr(12)"));
        check("TOP 1 0", Some("Top(1, 0)"));
        check("LIST", Some("List(None)"));
        check("UIDL 3 ", Some("Uidl(Some(3))"));
        check(
            "auth plain AGE=",
            Some("Auth { mechanism: \"PLAIN\", initial: Some(Secret(…)) }"),
        );
        check("AUTH", Some("Mechanisms"));
        check("QUIT", Some("Quit"));
    }

    #[test]
    fn a_password_keeps_its_spaces() {
        let (verb, arguments) = find(b"PASS  a b ").unwrap();
        let Some(Command::Pass(secret)) = verb.parse(arguments) else {
            panic!()
        };
        assert_eq!(secret.reveal(), b" a b ");
    }

    #[test]
    fn refuses_malformed_commands() {
        for bad in [
            "RETR",
            "RETR 0",
            "RETR -1",
            "RETR 1 2",
            "RETR x",
            "RETR 99999999999",
            "TOP 1",
            "TOP 1 -1",
            "STAT 1",
            "USER",
            "PASS",
            "AUTH A B C",
            "USER a\0b",
            "USER \u{1}\r",
        ] {
            check(bad, None);
        }
    }
}
