//! What passes a middlebox, in both directions.

use super::*;
use crate::link::Direction::{ToClient, ToServer};

fn middlebox(nth: u32, times: u32, what: Tampering) -> Middlebox {
    let rules = Rules::default();
    rules.add(Rule {
        from: None,
        to: Some("mail.b.test".into()),
        port: Some(25),
        nth,
        times,
        what,
    });
    Middlebox::new(rules, "mail.a.test", "mail.b.test", 25)
}

fn answer(command: &str, reply: &str) -> Tampering {
    Tampering::Answer {
        command: command.into(),
        reply: reply.into(),
    }
}

// Sends pieces and checks, for each, what passes and what is returned.
fn check(mut middle: Middlebox, talk: &[(Direction, &str, &str, &str)]) {
    for (place, (direction, sent, on, back)) in talk.iter().enumerate() {
        let passed = middle.pass(*direction, sent.as_bytes());
        let (there, returned) = (
            String::from_utf8_lossy(&passed.on).into_owned(),
            String::from_utf8_lossy(&passed.back).into_owned(),
        );
        assert_eq!(
            (there.as_str(), returned.as_str()),
            (*on, *back),
            "piece {place}: {sent:?}"
        );
    }
}

#[test]
fn answers_the_second_recipient_instead_of_the_host() {
    let talk = [
        (ToClient, "220 hi\r\n", "220 hi\r\n", ""),
        (
            ToServer,
            "MAIL FROM:<a@a.test>\r\n",
            "MAIL FROM:<a@a.test>\r\n",
            "",
        ),
        (ToClient, "250 ok\r\n", "250 ok\r\n", ""),
        (
            ToServer,
            "RCPT TO:<b@b.test>\r\n",
            "RCPT TO:<b@b.test>\r\n",
            "",
        ),
        (ToClient, "250 ok\r\n", "250 ok\r\n", ""),
        (
            ToServer,
            "RCPT TO:<c@b.test>\r\n",
            "",
            "452 4.5.3 too many\r\n",
        ),
        (
            ToServer,
            "RCPT TO:<d@b.test>\r\n",
            "RCPT TO:<d@b.test>\r\n",
            "",
        ),
    ];
    check(middlebox(2, 1, answer("RCPT", "452 4.5.3 too many")), &talk);
}

#[test]
fn keeps_the_order_of_replies_to_pipelined_split_commands() {
    let talk = [
        (ToClient, "220 hi\r\n", "220 hi\r\n", ""),
        (
            ToServer,
            "MAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDA",
            "MAIL FROM:<a@a.test>\r\n",
            "",
        ),
        (ToServer, "TA\r\n", "DATA\r\n", ""),
        (ToClient, "250-o", "250-o", ""),
        (ToClient, "k\r\n250 ok\r\n", "k\r\n250 ok\r\n550 no\r\n", ""),
        (ToClient, "503 first\r\n", "503 first\r\n", ""),
    ];
    check(middlebox(1, 1, answer("RCPT", "550 no")), &talk);
}

#[test]
fn message_text_is_not_a_command_but_its_end_is() {
    let talk = [
        (ToClient, "220 hi\r\n", "220 hi\r\n", ""),
        (ToServer, "DATA\r\n", "DATA\r\n", ""),
        (ToClient, "354 go\r\n", "354 go\r\n", ""),
        (
            ToServer,
            "Subject: x\r\n\r\nRCPT TO:<x>\r\n.",
            "Subject: x\r\n\r\nRCPT TO:<x>\r\n.",
            "",
        ),
        (ToServer, "\r\n", "\r\n", ""),
        (ToClient, "250 kept\r\n", "451 not now\r\n", ""),
    ];
    check(middlebox(1, 1, answer(".", "451 not now")), &talk);
    check(middlebox(1, 1, answer("RCPT", "550 no")), &talk[..5]);
}

#[test]
fn the_last_chunk_ends_a_message_like_the_dot() {
    let talk = [
        (ToClient, "220 hi\r\n", "220 hi\r\n", ""),
        (ToServer, "BDAT 2\r\na\r", "BDAT 2\r\na\r", ""),
        (ToClient, "250 more\r\n", "250 more\r\n", ""),
        (ToServer, "BDAT 0 LAST\r\n", "BDAT 0 LAST\r\n", ""),
        (ToClient, "250 kept\r\n", "451 not now\r\n", ""),
    ];
    check(middlebox(1, 1, answer(".", "451 not now")), &talk);
    // A client that never sends DATA gets the answer for its last chunk.
    check(middlebox(1, 1, answer("DATA", "451 not now")), &talk);
    let mut middle = middlebox(
        1,
        1,
        Tampering::Lose {
            command: "DATA".into(),
            how: Break::Silent,
        },
    );
    assert_eq!(
        talk.map(|(direction, sent, ..)| middle.pass(direction, sent.as_bytes()).breaks)
            .last(),
        Some(&Some(Break::Silent))
    );
}

#[test]
fn answers_data_instead_of_the_host_but_not_the_dot() {
    let talk = [
        (ToClient, "220 hi\r\n", "220 hi\r\n", ""),
        (ToServer, "DATA\r\n", "", "451 not now\r\n"),
        (ToServer, "DATA\r\n", "DATA\r\n", ""),
        (ToClient, "354 go\r\n", "354 go\r\n", ""),
        (ToServer, "x\r\n.\r\n", "x\r\n.\r\n", ""),
        (ToClient, "250 kept\r\n", "250 kept\r\n", ""),
    ];
    check(middlebox(1, 1, answer("DATA", "451 not now")), &talk);
}

#[test]
fn bytes_of_a_chunk_are_not_commands() {
    let talk = [
        (ToClient, "220 hi\r\n", "220 hi\r\n", ""),
        (
            ToServer,
            "BDAT 6 LAST\r\nRCPT\r\nRCPT x\r\n",
            "BDAT 6 LAST\r\nRCPT\r\n",
            "",
        ),
        (ToClient, "250 kept\r\n", "250 kept\r\n550 no\r\n", ""),
    ];
    check(middlebox(1, 1, answer("RCPT", "550 no")), &talk);
}

#[test]
fn replaces_text_until_tls_begins() {
    let what = Tampering::Rewrite {
        direction: ToClient,
        find: b"STARTTLS".to_vec(),
        put: b"XXXXXXXX".to_vec(),
    };
    let talk = [
        (
            ToClient,
            "250-SIZE\r\n250 STARTTLS\r\n",
            "250-SIZE\r\n250 XXXXXXXX\r\n",
            "",
        ),
        (ToServer, "STARTTLS\r\n", "STARTTLS\r\n", ""),
        (ToServer, "\x16\x03\x03\0\0", "\x16\x03\x03\0\0", ""),
        (ToClient, "250 STARTTLS\r\n", "250 STARTTLS\r\n", ""),
    ];
    check(middlebox(1, u32::MAX, what), &talk);
}

#[test]
fn breaks_the_connection_before_the_reply_passes() {
    let mut middle = middlebox(
        1,
        1,
        Tampering::Lose {
            command: ".".into(),
            how: Break::Silent,
        },
    );
    for (direction, sent) in [
        (ToClient, "220 hi\r\n"),
        (ToServer, "DATA\r\n"),
        (ToClient, "354 go\r\n"),
        (ToServer, "x\r\n.\r\n"),
    ] {
        assert_eq!(middle.pass(direction, sent.as_bytes()).on, sent.as_bytes());
    }
    let passed = middle.pass(ToClient, b"250 kept\r\n");
    assert_eq!(
        (passed.on, passed.breaks),
        (Vec::new(), Some(Break::Silent))
    );
}

#[test]
fn rules_apply_only_to_the_hosts_they_name() {
    let rules = Rules::default();
    let what = Tampering::Rewrite {
        direction: ToServer,
        find: b"a".to_vec(),
        put: b"b".to_vec(),
    };
    rules.add(Rule {
        from: Some("x.test".into()),
        to: Some("y.test".into()),
        port: None,
        nth: 2,
        times: 1,
        what,
    });
    let mut meant = Middlebox::new(rules.clone(), "x.test", "y.test", 143);
    let mut other = Middlebox::new(rules.clone(), "x.test", "z.test", 143);
    assert_eq!(
        (
            meant.pass(ToServer, b"aaa").on,
            other.pass(ToServer, b"aaa").on
        ),
        (b"aba".to_vec(), b"aaa".to_vec())
    );
    rules.forget("x.test", "y.test");
    assert_eq!(meant.pass(ToServer, b"aaa").on, b"aaa");
}
