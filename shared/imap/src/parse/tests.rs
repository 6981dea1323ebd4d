//! The grammar, command by command, through one `check` function.

use super::*;
use crate::command::Command;
use crate::command::{Change, Item, StatusItem, StoreMode};
use crate::search::{Key, Numbers};
use crate::verb::{arguments, head};
use proptest::prelude::*;

fn parse(text: &str) -> Result<Command, Fault> {
    let head = head(text.as_bytes()).map_err(|(_, fault)| fault)?;
    arguments(head.verb, head.arguments)
}

fn check(text: &str, expected: Command) {
    assert_eq!(parse(text), Ok(expected), "{text}");
}

fn bad(text: &str) {
    assert!(
        matches!(parse(text), Err(Fault::Bad(_))),
        "{text}: {:?}",
        parse(text)
    );
}

fn check_no(text: &str, code: Code) {
    assert!(
        matches!(parse(text), Err(Fault::No(c, _)) if c == code),
        "{text}: {:?}",
        parse(text)
    );
}

fn name(text: &str) -> MailboxName {
    MailboxName::new(text).unwrap()
}

#[test]
fn reads_commands_without_arguments() {
    check("a NOOP", Command::Noop);
    check(
        "a.1 uid expunge 1:*",
        Command::Expunge(Some(SequenceSet(vec![(NonZeroU32::new(1), None)]))),
    );
    for text in [
        "",
        "a",
        "a ",
        " NOOP",
        "a NOOP ",
        "a NOOP x",
        "+ NOOP",
        "a+ NOOP",
        "a( NOOP",
        "a UID NOOP",
        "a UID",
        "a\u{1} NOOP",
        "a FOO",
    ] {
        bad(text);
    }
    bad(&format!("{} NOOP", "t".repeat(129)));
    check(&format!("{} NOOP", "t".repeat(128)), Command::Noop);
}

#[test]
fn reads_logins_in_every_form_of_string() {
    let login = |u: &str, p: &str| Command::Login(u.into(), mail::Secret::new(p));
    check("a LOGIN alice secret", login("alice", "secret"));
    check(
        "a login \"al\\\\ice\" \"se \\\"cret\"",
        login("al\\ice", "se \"cret"),
    );
    check(
        "a LOGIN {5}\r\nalice {6+}\r\nse\r\nt!",
        login("alice", "se\r\nt!"),
    );
    check(
        "a LOGIN 用户 x".replace("用户", "{6}\r\n用户").as_str(),
        login("用户", "x"),
    );
    bad("a LOGIN alice");
    bad("a LOGIN alice \"open");
    bad("a LOGIN alice \"a\\nb\"");
    bad("a LOGIN alice secret x");
    bad("a LOGIN {3}\r\na\0b x");
    check(
        "a AUTHENTICATE plain",
        Command::Authenticate("PLAIN".into(), None),
    );
    check(
        "a AUTHENTICATE PLAIN =",
        Command::Authenticate("PLAIN".into(), Some(mail::Secret::new("="))),
    );
}

#[test]
fn reads_mailbox_names_in_modified_utf7() {
    check(
        "a SELECT inbox",
        Command::Select {
            mailbox: MailboxName::inbox(),
            read_only: false,
        },
    );
    check(
        "a EXAMINE \"&U,BTFw-\"",
        Command::Select {
            mailbox: name("台北"),
            read_only: true,
        },
    );
    check("a CREATE foo/", Command::Create(name("foo")));
    check("a RENAME a {1}\r\nb", Command::Rename(name("a"), name("b")));
    check_no("a SELECT &bad", Code::NonExistent);
    check_no("a CREATE \"a//b\"", Code::Cannot);
    check_no("a CREATE \"\"", Code::Cannot);
    bad("a SELECT a b");
    check(
        "a STATUS a (MESSAGES unseen)",
        Command::Status(name("a"), vec![StatusItem::Messages, StatusItem::Unseen]),
    );
    bad("a STATUS a ()");
    bad("a STATUS a (MESSAGES FOO)");
}

#[test]
fn reads_fetch_items_and_sections() {
    let label = |text: &str| match parse(&format!("a FETCH 1 {text}")) {
        Ok(Command::Fetch(_, items)) => items
            .iter()
            .map(|i| match i {
                Item::Section(s) => {
                    String::from_utf8_lossy(s.label()).into_owned() + if s.peek { "?" } else { "" }
                }
                other => format!("{other:?}"),
            })
            .collect::<Vec<_>>()
            .join(" "),
        other => format!("{other:?}"),
    };
    assert_eq!(label("ALL"), "Flags InternalDate Size Envelope");
    assert_eq!(label("full"), "Flags InternalDate Size Envelope Body");
    assert_eq!(label("(UID FLAGS uid)"), "Uid Flags");
    assert_eq!(label("BODY"), "Body");
    assert_eq!(label("BODY[]"), "BODY[]");
    assert_eq!(
        label("(BODY.PEEK[HEADER.FIELDS (To \"a b\")]<0.10> RFC822.HEADER)"),
        "BODY[HEADER.FIELDS (To \"a b\")]<0>? RFC822.HEADER?"
    );
    assert_eq!(label("body[1.2.mime]"), "BODY[1.2.MIME]");
    assert_eq!(
        label("(BODY[3] BODY[3.TEXT] RFC822)"),
        "BODY[3] BODY[3.TEXT] RFC822"
    );
    for text in [
        "",
        "FOO",
        "(UID",
        "(UID )",
        "()",
        "BODY[",
        "BODY[MIME]",
        "BODY[1.]",
        "BODY[0]",
        "BODY[1..2]",
        "BODY[]<1>",
        "BODY[]<1.0>",
        "BODY[HEADER.FIELDS ()]",
        "ALL FAST",
    ] {
        bad(&format!("a FETCH 1 {text}"));
    }
    for set in ["0", "a", "1:", ",1", "1,", "4294967296", "1::2", "*:*:*"] {
        bad(&format!("a FETCH {set} UID"));
    }
    assert!(parse("a FETCH 1:*,4294967295 UID").is_ok());
    assert!(
        matches!(parse("a UID FETCH 1 FLAGS"), Ok(Command::Fetch(_, i)) if i == [Item::Uid, Item::Flags])
    );
}

#[test]
fn reads_stores_with_and_without_parentheses() {
    let change = |mode, flags: &[&str], silent| {
        let mut f = Flags::default();
        for flag in flags {
            f.add(flag);
        }
        Change {
            mode,
            flags: f,
            silent,
        }
    };
    let store = |c| {
        Command::Store(
            SequenceSet(vec![(NonZeroU32::new(1), NonZeroU32::new(1))]),
            c,
        )
    };
    check(
        "a STORE 1 FLAGS ()",
        store(change(StoreMode::Replace, &[], false)),
    );
    check(
        "a STORE 1 +flags.silent (\\seen $x)",
        store(change(StoreMode::Add, &["\\Seen", "$x"], true)),
    );
    check(
        "a STORE 1 -FLAGS \\Deleted \\Flagged",
        store(change(
            StoreMode::Remove,
            &["\\Deleted", "\\Flagged"],
            false,
        )),
    );
    for text in [
        "FLAGS",
        "FLAGS (",
        "FLAGS (\\Recent)",
        "FLAGS (\\Foo)",
        "*FLAGS ()",
        "FLAGS.LOUD ()",
    ] {
        bad(&format!("a STORE 1 {text}"));
    }
    check_no(
        &format!("a STORE 1 FLAGS ({})", "k".repeat(65)),
        Code::Limit,
    );
}

#[test]
fn parses_search_keys_into_a_tree() {
    let key = |text: &str| match parse(&format!("a SEARCH {text}")) {
        Ok(Command::Search(key)) => format!("{key:?}"),
        other => format!("{other:?}"),
    };
    assert_eq!(key("ALL"), "All");
    assert_eq!(
        key("charset utf-8 (OR SEEN NOT FROM \"x\")"),
        "Or(Flag(1), Not(Header(\"from\", \"x\")))"
    );
    assert_eq!(
        key("HEADER Message-ID \"\" LARGER 5"),
        "And([Header(\"message-id\", \"\"), Larger(5)])"
    );
    assert_eq!(
        key("2,*"),
        format!(
            "{:?}",
            Key::Set(Numbers::Sequence(SequenceSet(vec![
                (NonZeroU32::new(2), NonZeroU32::new(2)),
                (None, None)
            ])))
        )
    );
    assert!(key("SENTSINCE 1-Feb-2026").contains("Sent, compare: Since"));
    check_no("a SEARCH CHARSET KOI8-R ALL", Code::BadCharset);
    for text in [
        "",
        "FOO",
        "NOT",
        "OR SEEN",
        "(SEEN",
        "()",
        "SEEN)",
        "BEFORE 31-Foo-2026",
        "BEFORE 32-Jan-2026",
        "ON 1-Jan-26",
        "LARGER x",
        "UID",
        "SEEN  ALL",
    ] {
        bad(&format!("a SEARCH {text}"));
    }
}

#[test]
fn bounds_the_depth_and_number_of_search_keys() {
    let nested = |n: usize| format!("a SEARCH {}ALL{}", "(".repeat(n), ")".repeat(n));
    assert!(parse(&nested(limits_depth())).is_ok());
    check_no(&nested(limits_depth() + 1), Code::Limit);
    check_no(
        &format!("a SEARCH {}ALL", "NOT ".repeat(limits_depth() + 1)),
        Code::Limit,
    );
    let many = |n: usize| format!("a SEARCH{}", " SEEN".repeat(n));
    assert!(parse(&many(crate::limits::SEARCH_KEYS_MAX)).is_ok());
    check_no(&many(crate::limits::SEARCH_KEYS_MAX + 1), Code::Limit);
}

fn limits_depth() -> usize {
    crate::limits::SEARCH_DEPTH_MAX
}

#[test]
fn reads_append_arguments() {
    let check = |text: &str| {
        head(text.as_bytes())
            .map_err(|(_, f)| f)
            .and_then(|h| append_head(h.arguments))
    };
    assert_eq!(check("a APPEND "), Ok(None));
    let all = check("a APPEND Sent (\\Seen \\Recent $x) \" 1-Feb-2026 13:05:00 +0100\" ")
        .unwrap()
        .unwrap();
    assert_eq!(
        (all.mailbox, all.date),
        (name("Sent"), Some(Time::from_civil(2026, 2, 1, 12, 5, 0)))
    );
    assert_eq!(all.flags.names().collect::<Vec<_>>(), ["\\Seen", "$x"]);
    assert!(check("a APPEND {4}\r\nSent ").unwrap().is_some());
    for text in [
        "a APPEND Sent",
        "a APPEND Sent x ",
        "a APPEND Sent (\\Seen",
        "a APPEND Sent \"1-Feb-2026\" ",
        "a APPEND Sent \"99-Feb-2026 00:00:00 +0000\" ",
    ] {
        assert!(matches!(check(text), Err(Fault::Bad(_))), "{text}");
    }
    bad("a APPEND Sent");
}

#[test]
fn reads_lists_plain_and_extended() {
    let request = |text: &str| match parse(text) {
        Ok(Command::List(r)) => r,
        other => panic!("{text}: {other:?}"),
    };
    assert!(request("a LIST \"\" \"\"").asks_separator);
    assert_eq!(request("a LIST foo/ %").patterns, ["foo/%"]);
    assert_eq!(
        request("a LIST \"\" (\"INBOX\" Sent/*)").patterns,
        ["INBOX", "Sent/*"]
    );
    let r = request("a LIST (SPECIAL-USE SUBSCRIBED) \"\" * RETURN (SUBSCRIBED CHILDREN)");
    assert!(r.only_special && r.only_subscribed && r.tell_subscribed);
    assert!(request("a LSUB \"\" &U,BTFw-").lsub);
    for text in [
        "a LIST",
        "a LIST \"\"",
        "a LIST (FOO) \"\" *",
        "a LIST \"\" * RETURN",
        "a LIST \"\" * RETURN (FOO)",
        "a LIST \"\" (a",
    ] {
        bad(text);
    }
}

#[test]
fn limits_id_as_the_rfc_requires() {
    check("a ID NIL", Command::Id(vec![]));
    check(
        "a ID (\"name\" NIL)",
        Command::Id(vec![("name".into(), None)]),
    );
    let pairs = |n: usize| format!("a ID ({})", vec!["\"k\" \"v\""; n].join(" "));
    assert!(parse(&pairs(30)).is_ok());
    bad(&pairs(31));
    // At the limits of RFC 2971 §3.3, and one past them.
    let pair = |name: usize, value: usize| {
        format!("a ID (\"{}\" \"{}\")", "n".repeat(name), "v".repeat(value))
    };
    assert!(parse(&pair(30, 1024)).is_ok());
    bad(&pair(31, 1024));
    bad(&pair(30, 1025));
    for blanks in ["a ID ( \"name\" NIL )", "a ID (  \"name\" NIL)"] {
        check(blanks, Command::Id(vec![("name".into(), None)]));
    }
    check("a ID ( )", Command::Id(vec![]));
    check(
        "a ID (\"a\" NIL  \"b\" NIL)",
        Command::Id(vec![("a".into(), None), ("b".into(), None)]),
    );
    bad("a ID (\"a\" NIL\"b\" NIL)");
    bad("a ID (\"name\")");
    check(
        "a ENABLE condstore X",
        Command::Enable(vec!["CONDSTORE".into(), "X".into()]),
    );
    bad("a ENABLE");
}

proptest! {
    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(h) = head(&bytes) {
            let _ = arguments(h.verb, h.arguments);
        }
    }

    #[test]
    fn arbitrary_arguments_do_not_panic(verb in "(FETCH|STORE|SEARCH|LIST|STATUS|ID|LOGIN|UID FETCH|COPY|RENAME)", text in "[ -~\r\n]{0,80}") {
        let _ = parse(&format!("a {verb} {text}"));
        if let Ok(h) = head(format!("a APPEND {text}").as_bytes()) {
            let _ = append_head(h.arguments);
        }
    }
}
