//! Tests of the redaction of journeys.

use super::*;
use event::{Check, Party, Reason, Role, Verdict};
use mail::session::Speaker;
use mail::{AccountId, JourneyId, SpanId, Time};

fn event(kind: Kind) -> Event {
    Event {
        at: Time(1),
        seq: 1,
        journey: Some(JourneyId(1)),
        span: SpanId(1),
        parent: None,
        host: "a".into(),
        role: Role::Mta,
        before: "".into(),
        after: "".into(),
        explain: "".into(),
        claimed: false,
        kind,
    }
}

fn account(address: &str) -> Account {
    let address = address.parse().unwrap();
    let (name, aliases) = (String::new(), Vec::new());
    Account {
        id: AccountId(1),
        address,
        name,
        aliases,
        password: None,
        quota_bytes: None,
        created: Time(0),
    }
}

fn journey() -> Vec<Event> {
    let line = |text: &str| Kind::Line {
        speaker: Speaker::Client,
        text: text.into(),
        sealed: false,
        redacted: false,
    };
    let recipients = vec!["bob@b.test".into(), "Carol@c.test".into()];
    let accepted = Kind::Accepted {
        message: 1,
        sender: "alice@a.test".into(),
        recipients,
        bytes: 1,
        added: vec!["for <carol@c.test>".into()],
    };
    let check = Kind::Check {
        check: Check::Recipient,
        verdict: Verdict::Pass,
        reason: Reason::subject("carol@c.test"),
        proof: Vec::new(),
    };
    let delivered = |who: &str| Kind::Delivered {
        recipient: who.into(),
        mailbox: "INBOX".into(),
        uid: 1,
    };
    let kinds = [
        line("RCPT TO:<bob@b.test>"),
        line("RCPT TO:<CAROL@c.test> NOTIFY=NEVER"),
        accepted,
        check,
        delivered("bob@b.test"),
        delivered("carol@c.test"),
    ];
    let mut events = kinds.map(event).to_vec();
    for rcpt in &mut events[..2] {
        rcpt.explain = "smtp.rcpt".into();
    }
    events
}

/// A dialogue from lines such as `C hello RCPT TO:<x>` and `S mail>rcpt 250 Ok`.
fn dialogue(lines: &[&str]) -> Vec<Event> {
    let parse = |line: &&str| {
        let mut words = line.splitn(3, ' ');
        let (speaker, states, text) = (
            words.next().unwrap(),
            words.next().unwrap(),
            words.next().unwrap(),
        );
        let (before, after) = states.split_once('>').unwrap_or((states, states));
        let (speaker, explain) = match (speaker, text.get(..4).unwrap_or(text)) {
            ("S", code) => (Speaker::Server, format!("smtp.reply.{}", code.trim())),
            (_, "RCPT") => (Speaker::Client, "smtp.rcpt".to_owned()),
            (_, bytes) if bytes.starts_with('7') => (Speaker::Client, "smtp.message".to_owned()),
            _ => (Speaker::Client, "smtp.other".to_owned()),
        };
        let (text, sealed, redacted) = (text.to_owned(), false, false);
        Event {
            before: before.to_owned().into(),
            after: after.to_owned().into(),
            explain: explain.into(),
            ..event(Kind::Line {
                speaker,
                text,
                sealed,
                redacted,
            })
        }
    };
    lines.iter().map(parse).collect()
}

fn lines_of(events: &[Event]) -> Vec<String> {
    let line = |event: &Event| {
        let Kind::Line { speaker, text, .. } = &event.kind else {
            return None;
        };
        let speaker = if *speaker == Speaker::Client {
            "C"
        } else {
            "S"
        };
        let (before, after) = (&event.before, &event.after);
        Some(if before == after {
            format!("{speaker} {before} {text}")
        } else {
            format!("{speaker} {before}>{after} {text}")
        })
    };
    events.iter().filter_map(line).collect()
}

fn redactor_of_bob() -> RecipientRedactor {
    let mut redactor = RecipientRedactor::new(&account("bob@b.test"));
    redactor.allow_header_addresses(b"From: alice@a.test\r\nTo: bob@b.test\r\n\r\n");
    redactor
}

fn shown_to_bob(lines: &[&str]) -> Vec<String> {
    lines_of(&redactor_of_bob().redact(dialogue(lines)))
}

#[test]
fn leaves_out_the_command_and_the_reply_of_a_hidden_recipient() {
    let shown = shown_to_bob(&[
        "S connected>hello 220 mx.b.test ESMTP",
        "C hello MAIL FROM:<alice@a.test>",
        "S hello>mail 250 Ok",
        "C mail RCPT TO:<Carol@c.test> NOTIFY=NEVER",
        "S mail>rcpt 250 Ok for carol",
        "C rcpt RCPT TO:<dave@d.test>",
        "S rcpt 550 No such user",
        "C rcpt RCPT TO:<bob@b.test>",
        "S rcpt 250 Ok for bob",
        "C rcpt DATA",
        "S rcpt>data 354 Go ahead",
        "C data 700",
        "C data ....",
        "S data>hello 250 Accepted",
    ]);
    // The states follow from the lines that are shown.
    assert_eq!(
        shown,
        [
            "S connected>hello 220 mx.b.test ESMTP",
            "C hello MAIL FROM:<alice@a.test>",
            "S hello>mail 250 Ok",
            "C mail RCPT TO:<bob@b.test>",
            "S mail>rcpt 250 Ok for bob",
            "C rcpt DATA",
            "S rcpt>data 354 Go ahead",
            "C data 700",
            "C data ....",
            "S data>hello 250 Accepted",
        ]
    );
}

#[test]
fn finds_the_reply_of_a_hidden_recipient_among_pipelined_commands() {
    let shown = shown_to_bob(&[
        "C hello MAIL FROM:<alice@a.test>",
        "C hello RCPT TO:<carol@c.test>",
        "C hello RCPT TO:<bob@b.test>",
        "C hello RCPT TO:<dave@d.test>",
        "C hello DATA",
        "S hello>mail 250 Sender",
        "S mail>rcpt 250 Carol",
        "S rcpt 250 Bob",
        "S rcpt 452 Dave",
        "S rcpt>data 354 Go ahead",
    ]);
    assert_eq!(
        shown,
        [
            "C hello MAIL FROM:<alice@a.test>",
            "C hello RCPT TO:<bob@b.test>",
            "C hello DATA",
            "S hello>mail 250 Sender",
            "S mail>rcpt 250 Bob",
            "S rcpt>data 354 Go ahead",
        ]
    );
}

#[test]
fn a_reply_in_a_later_batch_belongs_to_its_command() {
    let mut redactor = redactor_of_bob();
    let commands = dialogue(&[
        "C mail RCPT TO:<carol@c.test>",
        "C mail RCPT TO:<bob@b.test>",
    ]);
    assert_eq!(
        lines_of(&redactor.redact(commands)),
        ["C mail RCPT TO:<bob@b.test>"]
    );
    let replies = dialogue(&["S mail>rcpt 250 Carol", "S rcpt 250 Bob"]);
    assert_eq!(lines_of(&redactor.redact(replies)), ["S mail>rcpt 250 Bob"]);
}

#[test]
fn a_421_is_shown_and_a_missing_reply_hides_no_other() {
    let rcpt = "C mail RCPT TO:<carol@c.test>";
    let bye = "S mail>closed 421 Bye";
    assert_eq!(shown_to_bob(&[rcpt, bye]), [bye]);
    let accepted = "S data>hello 250 Accepted";
    assert_eq!(shown_to_bob(&[rcpt, accepted]), [accepted]);
}

#[test]
fn an_address_that_ends_like_a_hidden_one_is_shown() {
    let lines = ["C mail RCPT TO:<bob@b.test>", "C mail RCPT TO:<ob@b.test>"];
    assert_eq!(shown_to_bob(&lines), lines[..1]);
}

fn at(span: u64, parent: Option<u64>, kind: Kind) -> Event {
    let (span, parent) = (SpanId(span), parent.map(SpanId));
    Event {
        span,
        parent,
        ..event(kind)
    }
}

fn connect(protocol: Protocol) -> Kind {
    let party = |role| Party {
        role,
        address: "192.0.2.1:25".into(),
        name: None,
    };
    Kind::Connect {
        protocol,
        client: party(Role::Mta),
        server: party(Role::Mta),
    }
}

#[test]
fn leaves_out_the_attempts_and_connections_of_hidden_recipients() {
    let attempt = |domain: &str, recipients: &[&str]| Kind::Attempt {
        number: 1,
        domain: domain.into(),
        recipients: recipients.iter().map(|r| (*r).into()).collect(),
    };
    let accepted = journey().remove(2);
    let events = vec![
        accepted,
        at(2, Some(1), attempt("c.test", &["carol@c.test"])),
        at(3, Some(2), connect(Protocol::Smtp)),
        at(4, Some(1), attempt("b.test", &["bob@b.test"])),
        at(5, Some(4), connect(Protocol::Smtp)),
    ];
    let mut redactor = redactor_of_bob();
    let shown = redactor.redact(events);
    let spans = |events: &[Event]| events.iter().map(|e| e.span.0).collect::<Vec<_>>();
    assert_eq!(spans(&shown), [1, 4, 5]);
    let closed = |span| {
        let after = mail::Duration::from_millis(1);
        at(span, None, Kind::Closed { after })
    };
    assert_eq!(spans(&redactor.redact(vec![closed(3), closed(5)])), [5]);
}

#[test]
fn shows_the_connection_of_a_reader_only_where_the_reader_may_be_shown() {
    let fetched = |by: &str| Kind::Fetched {
        protocol: Protocol::Imap,
        by: by.into(),
        what: "BODY[]".into(),
    };
    let mut redactor = redactor_of_bob();
    redactor.redact(journey());
    let opened = vec![
        at(2, None, connect(Protocol::Imap)),
        at(3, None, connect(Protocol::Imap)),
    ];
    assert_eq!(redactor.redact(opened), []);
    // The second is the account of a hidden address, under another address.
    let events = vec![
        at(2, None, fetched("bob@b.test")),
        at(3, None, fetched("c@c.test")),
    ];
    let shown = redactor.redact(events);
    assert_eq!(shown.iter().map(|e| e.span.0).collect::<Vec<_>>(), [2, 2]);
}

#[test]
fn shows_the_alias_that_leads_to_the_reader_without_its_other_members() {
    let check = event(Kind::Check {
        check: "alias".into(),
        verdict: Verdict::Pass,
        reason: Reason::Queue(QueueReason::AliasExpanded {
            alias: "team@b.test".into(),
            target: "bob@b.test, carol@c.test".into(),
        }),
        proof: Vec::new(),
    });
    let mut events = dialogue(&["C mail RCPT TO:<team@b.test>", "S mail>rcpt 250 Ok"]);
    events.push(check);
    events.extend(journey());
    let shown = redactor_of_bob().redact(events);
    assert_eq!(lines_of(&shown)[0], "C mail RCPT TO:<team@b.test>");
    let all = format!("{shown:?}").to_lowercase();
    assert!(
        all.contains(r#"target: "bob@b.test""#) && !all.contains("carol"),
        "{all}"
    );
}

#[test]
fn hides_bcc_recipients_from_other_recipients() {
    let mut redactor = RecipientRedactor::new(&account("bob@b.test"));
    redactor.allow_header_addresses(b"From: alice@a.test\r\nTo: bob@b.test\r\n\r\n");
    let events = redactor.redact(journey());
    assert_eq!(events.len(), 3);
    assert!(!format!("{events:?}").to_lowercase().contains("carol"));
    assert!(
        redactor
            .redact(vec![event(Kind::Pushed {
                protocol: Protocol::Web,
                to: "carol@c.test".into()
            })])
            .is_empty()
    );
}

#[test]
fn the_number_of_checks_does_not_tell_how_many_recipients_there_are() {
    let check = |check| {
        event(Kind::Check {
            check,
            verdict: Verdict::Pass,
            reason: Reason::None,
            proof: Vec::new(),
        })
    };
    let mut events = vec![check(Check::Recipient), check(Check::Recipient)];
    events.push(check(Check::Size));
    events.extend(journey());
    let mut redactor = RecipientRedactor::new(&account("bob@b.test"));
    redactor.allow_header_addresses(b"From: alice@a.test\r\nTo: bob@b.test\r\n\r\n");
    let shown = redactor.redact(events.clone());
    let count = |wanted: Check| {
        let is_wanted = |e: &&Event| matches!(&e.kind, Kind::Check { check, reason: Reason::None, .. } if *check == wanted);
        shown.iter().filter(is_wanted).count()
    };
    assert_eq!((count(Check::Recipient), count(Check::Size)), (1, 1));
    assert_eq!(
        RecipientRedactor::for_sender().redact(events.clone()),
        events
    );
}

#[test]
fn shows_header_recipients_and_everything_to_the_sender() {
    let mut redactor = RecipientRedactor::new(&account("bob@b.test"));
    redactor.allow_header_addresses(
        b"From: alice@a.test\r\nTo: bob@b.test\r\nCc: C <carol@c.test>\r\n\r\n",
    );
    assert_eq!(redactor.redact(journey()), journey());
    assert_eq!(
        RecipientRedactor::new(&account("alice@a.test")).redact(journey()),
        journey()
    );
    assert_eq!(RecipientRedactor::for_sender().redact(journey()), journey());
}
