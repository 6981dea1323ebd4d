//! Properties of the server session that dialogues cannot express: grouping of replies, traces,
//! deadlines, and robustness against hostile input.

mod play;

use mail::session::{Session, Speaker, Step, TlsInfo};
use mail::{Duration, Time};
use play::server_role::{ServerRole, server};
use play::{Player, assert_no_secret};
use proptest::prelude::*;
use smtp::server::{Config, Decision, Kind, Notice, Server};
use std::sync::Arc;

fn setting(key: &str, value: &str) -> Vec<(String, String)> {
    vec![(key.to_owned(), value.to_owned())]
}

fn greeted(settings: &[(String, String)]) -> (Player<Server>, ServerRole) {
    let (mut player, mut role) = (Player::new(server(settings)), ServerRole::default());
    player.session.start(player.now);
    player.pump(&mut |query, log| role.answer(query, log));
    (player, role)
}

fn say(player: &mut Player<Server>, role: &mut ServerRole, text: &str) {
    player.session.receive(text.as_bytes(), player.now);
    player.pump(&mut |query, log| role.answer(query, log));
}

#[test]
fn sends_replies_of_a_pipelined_group_together() {
    let (mut player, mut role) = greeted(&[]);
    say(&mut player, &mut role, "HELO c.test\r\n");
    player.sends = 0;
    say(
        &mut player,
        &mut role,
        "MAIL FROM:<a@b.test>\r\nRCPT TO:<a@here.test>\r\nRCPT TO:<b@here.test>\r\nDATA\r\n",
    );
    assert_eq!(player.sends, 1);
    say(
        &mut player,
        &mut role,
        "x\r\n.\r\nRSET\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<a@here.test>\r\n",
    );
    assert_eq!(player.sends, 2);
}

#[test]
fn traces_commands_replies_and_states_without_secrets() {
    let (mut player, mut role) = greeted(&setting("listener", "submission-tls"));
    for text in [
        "HELO c.test\r\n",
        "AUTH PLAIN AGFsaWNlAHdyb25n\r\n",
        "AUTH PLAIN\tAGFsaWNlAHdyb25n\r\n",
        "AUTH PLAIN AGFsaWNlAHdyb25n\n",
        "AUTH NTLM\r\nAGFsaWNlAHdyb25n\r\n",
        "AUTH LOGIN\r\n",
        "YWxpY2U=\r\n",
        "wrong\n",
        "AUTH LOGIN\r\n",
        "YWxpY2U=\r\n",
        "d29uZGVy\r\n",
        "MAIL FROM:<alice@here.test>\r\n",
        "RCPT TO:<bob@here.test>\r\n",
        "DATA\r\n",
        "wonderful\r\n.\r\n",
    ] {
        say(&mut player, &mut role, text);
    }
    assert_no_secret(&player.traces);
    let of = |explain: &str| {
        player
            .traces
            .iter()
            .rev()
            .find(|l| l.explain == explain)
            .unwrap_or_else(|| panic!("no {explain}"))
    };
    assert_eq!(
        (
            of("smtp.message").text.as_str(),
            of("smtp.dot").text.as_str()
        ),
        ("11", ".")
    );
    assert_eq!(
        (of("smtp.reply.235").before, of("smtp.reply.235").after),
        ("auth", "hello")
    );
    assert_eq!(
        (of("smtp.reply.354").before, of("smtp.reply.354").after),
        ("rcpt", "data")
    );
    assert_eq!(
        (of("smtp.reply.220").speaker, of("smtp.reply.220").after),
        (Speaker::Server, "greeted")
    );
    assert!(of("smtp.auth.response").redacted && !of("smtp.mail").redacted);
    assert_eq!(role.messages.len(), 1);
}

#[test]
fn shutdown_answers_the_message_before_421() {
    let (mut player, mut role) = greeted(&[]);
    say(
        &mut player,
        &mut role,
        "HELO c.test\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<a@here.test>\r\n",
    );
    say(&mut player, &mut role, "DATA\r\n");
    // The notice comes while the role is busy with the message's end.
    player.session.receive(b"x\r\n.\r\nNOOP\r\n", player.now);
    let mut asked = 0;
    while let Some(step) = player.session.step() {
        match step {
            Step::Query(_) => {
                asked += 1;
                if asked == 2 {
                    player.session.notice(Notice::Shutdown, player.now);
                }
                player.session.answer(Decision::Go, player.now);
            }
            Step::Send(bytes) => {
                let text = String::from_utf8(bytes).unwrap();
                assert!(
                    text.starts_with("250 2.0.0 Accepted\r\n421 4.3.2 mx.here.test"),
                    "{text}"
                );
                asked += 10;
            }
            _ => {}
        }
    }
    assert_eq!(asked, 12);
    assert_eq!(player.session.deadline(), None);
}

#[test]
fn single_bytes_do_not_keep_a_session_open() {
    let (mut player, mut role) = greeted(&[]);
    let begun = player.now;
    while !player.done {
        player.wait(60);
        player.pump(&mut |query, log| role.answer(query, log));
        say(&mut player, &mut role, "x");
    }
    assert_eq!(player.now.since(begun), Duration::from_secs(300));
}

#[test]
fn session_ends_after_its_time_limit() {
    let (mut player, mut role) = greeted(&setting("idle_commands_max", "1000000"));
    let begun = player.now;
    say(&mut player, &mut role, "HELO c.test\r\n");
    while !player.done {
        player.wait(200);
        player.pump(&mut |query, log| role.answer(query, log));
        say(&mut player, &mut role, "NOOP\r\n");
    }
    assert_eq!(player.now.since(begun), Duration::from_secs(4 * 3600));
    assert!(player.log.iter().any(|l| l.starts_with("say 421 4.4.2")));
}

#[test]
fn slow_client_has_time_for_a_large_message() {
    let (mut player, mut role) = greeted(&[]);
    say(
        &mut player,
        &mut role,
        "HELO c.test\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<a@here.test>\r\nDATA\r\n",
    );
    let line = format!("{}\r\n", "x".repeat(1022));
    for _ in 0..3000 {
        player.wait(1);
        player.pump(&mut |query, log| role.answer(query, log));
        say(&mut player, &mut role, &line);
    }
    say(&mut player, &mut role, ".\r\n");
    assert_eq!(role.messages.len(), 1);
}

// Valid and invalid client input.
fn words() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "EHLO c.test\r\n",
        "HELO c\r\n",
        "MAIL FROM:<a@b.test>\r\n",
        "MAIL FROM:<> SIZE=3\r\n",
        "RCPT TO:<a@here.test>\r\n",
        "DATA\r\n",
        "RSET\r\n",
        "NOOP\r\n",
        "STARTTLS\r\n",
        "AUTH PLAIN\r\n",
        "AUTH LOGIN YWxpY2U=\r\n",
        "AGFsaWNlAHdvbmRlcg==\r\n",
        ".\r\n",
        "x\r\n",
        "\r\n",
        "\n",
        "\r",
        ".",
        "VRFY a\r\n",
        "*\r\n",
        "..\r\n",
        "QUIT\r\n",
    ]);
    prop_oneof![4 => known.prop_map(|s: &str| s.as_bytes().to_vec()), 1 => prop::collection::vec(any::<u8>(), 0..200)]
}

// Feeds the pieces, makes handshakes, and counts bytes sent and messages.
fn feed_hostile(listener: &str, pieces: &[Vec<u8>]) -> (usize, Vec<String>) {
    let (mut player, mut role) = greeted(&setting("listener", listener));
    let mut sent = 0;
    for piece in pieces {
        player.session.receive(piece, player.now);
        while let Some(step) = player.session.step() {
            match step {
                Step::Send(bytes) => {
                    assert!(bytes.ends_with(b"\r\n"));
                    sent += bytes.len();
                }
                Step::Query(query) => {
                    let answer = role.answer(query, &mut player.log);
                    player.session.answer(answer, player.now);
                }
                Step::StartTls => {
                    let tls = TlsInfo {
                        version: "TLS 1.3".into(),
                        cipher: "X".into(),
                        server_name: None,
                        verified: false,
                        exporter: None,
                    };
                    player.session.tls_started(tls, player.now);
                }
                Step::Trace(_) => {}
                Step::Done => return (sent, role.messages),
            }
        }
    }
    (sent, role.messages)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn survives_random_commands_and_bytes(pieces in prop::collection::vec(words(), 0..60), submission: bool) {
        let listener = if submission { "submission" } else { "transfer" };
        let (sent, messages) = feed_hostile(listener, &pieces);
        let heard: usize = pieces.iter().map(Vec::len).sum();
        // Bounds the output by the input: a short EHLO causes the longest reply.
        prop_assert!(sent <= 600 + heard * 50, "{sent} bytes for {heard}");
        prop_assert!(messages.iter().all(|l| !l.contains("\\r.") && l.len() < 100_000));
    }

    #[test]
    fn same_bytes_give_the_same_messages_for_any_split(pieces in prop::collection::vec(words(), 0..40), size in 1usize..20) {
        let all: Vec<u8> = pieces.concat();
        // Without STARTTLS: what is discarded after it depends on the split.
        prop_assume!(!all.windows(8).any(|w| w.eq_ignore_ascii_case(b"STARTTLS")));
        let whole = feed_hostile("transfer", std::slice::from_ref(&all));
        let cut: Vec<Vec<u8>> = all.chunks(size).map(<[u8]>::to_vec).collect();
        prop_assert_eq!(whole, feed_hostile("transfer", &cut));
    }

    #[test]
    fn a_message_survives_stuffing_and_unstuffing(body in prop::collection::vec(prop::sample::select(b".\r\nab\0\xff".to_vec()), 0..60), size in 1usize..9) {
        let (mut stuffer, mut wire) = (smtp::Stuffer::default(), Vec::new());
        body.chunks(size).for_each(|piece| stuffer.feed(piece, &mut wire));
        stuffer.finish(&mut wire);
        let (mut reader, mut message, mut ended) = (smtp::Unstuffer::default(), Vec::new(), false);
        for piece in wire.chunks(size) {
            prop_assert!(!ended, "the message ended before its end");
            let fed = reader.feed(piece, |span| message.extend_from_slice(span));
            ended = fed.ended;
            prop_assert_eq!(fed.used, piece.len());
        }
        prop_assert!(ended && !reader.summary().bare);
        // The same message with completed line ends.
        let mut expected = Vec::new();
        for (i, b) in body.iter().enumerate() {
            match b {
                b'\r' => expected.extend(b"\r\n"),
                b'\n' if i > 0 && body[i - 1] == b'\r' => {}
                b'\n' => expected.extend(b"\r\n"),
                b => expected.push(*b),
            }
        }
        if !expected.is_empty() && !expected.ends_with(b"\r\n") {
            expected.extend(b"\r\n");
        }
        prop_assert_eq!(message, expected);
    }
}

#[test]
fn idle_session_is_small() {
    let size = size_of::<Server>();
    assert!(size <= 512, "{size} bytes");
    let config = Arc::new(Config::new(
        Kind::Transfer,
        "mx.here.test".parse().unwrap(),
        true,
    ));
    let session = Server::new(config, false);
    assert_eq!(
        session.deadline(),
        Some(Time::default() + Duration::from_secs(300))
    );
}

proptest! {
    // No byte of a chunk is executed as a command.
    #[test]
    fn no_chunk_can_smuggle_a_command(noise in prop::collection::vec(prop::sample::select(b".\r\nQUIT ".to_vec()), 0..60), sizes in prop::collection::vec(0usize..20, 1..6), piece in 1usize..40, recipient in any::<bool>(), binary in any::<bool>()) {
        let mut length = noise;
        length.extend(b"\r\nRSET\r\nMAIL FROM:<forged@there.test>\r\nRCPT TO:<bob@here.test>\r\nBDAT 1 LAST\r\nx");
        let mut wire = format!("EHLO c.test\r\nMAIL FROM:<a@there.test>{}\r\n", if binary { " BODY=BINARYMIME" } else { "" }).into_bytes();
        if recipient {
            wire.extend(b"RCPT TO:<bob@here.test>\r\n");
        }
        let mut rest = length.as_slice();
        for size in sizes {
            let (chunk, after) = rest.split_at(size.min(rest.len()));
            wire.extend(format!("BDAT {}\r\n", chunk.len()).into_bytes());
            wire.extend(chunk);
            rest = after;
        }
        wire.extend(format!("BDAT {} LAST\r\n", rest.len()).into_bytes());
        wire.extend(rest);
        wire.extend(b"NOOP\r\n");
        let (mut player, mut role) = greeted(&setting("errors_max", "100"));
        for bytes in wire.chunks(piece) {
            player.session.receive(bytes, player.now);
            player.pump(&mut |query, log| role.answer(query, log));
        }
        prop_assert!(!player.done);
        prop_assert!(role.messages.len() <= usize::from(recipient));
        prop_assert!(role.messages.iter().all(|l| l.starts_with("<a@there.test> > <bob@here.test> :")));
        if recipient && binary {
            prop_assert_eq!(role.messages.len(), 1);
        }
        prop_assert!(player.log.last().is_some_and(|l| l == "say 250 2.0.0 Ok"));
    }
}

#[test]
fn message_of_many_chunks_has_a_bounded_trace() {
    let (mut player, mut role) = greeted(&[]);
    say(
        &mut player,
        &mut role,
        "HELO c.test\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<a@here.test>\r\n",
    );
    for _ in 0..1000 {
        say(&mut player, &mut role, "BDAT 3\r\nx\r\n");
    }
    say(&mut player, &mut role, "BDAT 0 LAST\r\n");
    let shown = player
        .traces
        .iter()
        .filter(|l| l.explain == "smtp.bdat")
        .count();
    assert_eq!((shown, role.messages.len()), (5, 1));
    assert!(player.traces.len() < 20);
    let length = player
        .traces
        .iter()
        .find(|l| l.explain == "smtp.message")
        .unwrap();
    assert_eq!(length.text, "3000");
}

#[test]
fn stray_chunk_has_the_time_limit_of_a_message() {
    let (mut player, mut role) = greeted(&[]);
    player.now = player.now + Duration::from_secs(3600);
    say(&mut player, &mut role, "HELO c.test\r\nBDAT 100000\r\nx");
    let begun = player.now;
    // Slowly, but not too slowly: five minutes are allowed between two pieces, ten and a little for
    // all.
    for _ in 0..8 {
        player.wait(70);
        say(&mut player, &mut role, "x");
        assert!(!player.done, "after {:?}", player.now.since(begun));
    }
    player.wait(70);
    player.pump(&mut |query, log| role.answer(query, log));
    assert!(player.done && player.log.iter().any(|l| l.starts_with("say 421 4.4.2")));
}
