//! What chats cannot say of the server session: how replies are grouped, what the journey shows,
//! when it wants to be woken, how it bears hostile bytes.

mod play;

use mail::session::{Session, Speaker, Step, TlsInfo};
use mail::{Duration, Time};
use play::desk::{Desk, server};
use play::{Player, assert_no_secret};
use proptest::prelude::*;
use smtp::server::{Answer, Config, Kind, Notice, Server};
use std::sync::Arc;

fn setting(key: &str, value: &str) -> Vec<(String, String)> {
    vec![(key.to_owned(), value.to_owned())]
}

fn greeted(settings: &[(String, String)]) -> (Player<Server>, Desk) {
    let (mut player, mut desk) = (Player::new(server(settings)), Desk::default());
    player.session.start(player.now);
    player.pump(&mut |ask, log| desk.answer(ask, log));
    (player, desk)
}

fn say(player: &mut Player<Server>, desk: &mut Desk, text: &str) {
    player.session.receive(text.as_bytes(), player.now);
    player.pump(&mut |ask, log| desk.answer(ask, log));
}

#[test]
fn replies_of_a_pipelined_group_go_in_one_piece() {
    let (mut player, mut desk) = greeted(&[]);
    say(&mut player, &mut desk, "HELO c.test\r\n");
    player.sends = 0;
    say(
        &mut player,
        &mut desk,
        "MAIL FROM:<a@b.test>\r\nRCPT TO:<a@here.test>\r\nRCPT TO:<b@here.test>\r\nDATA\r\n",
    );
    assert_eq!(player.sends, 1);
    say(
        &mut player,
        &mut desk,
        "x\r\n.\r\nRSET\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<a@here.test>\r\n",
    );
    assert_eq!(player.sends, 2);
}

#[test]
fn the_journey_shows_commands_replies_and_states_but_no_secret() {
    let (mut player, mut desk) = greeted(&setting("listener", "submission-tls"));
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
        say(&mut player, &mut desk, text);
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
    assert_eq!(desk.messages.len(), 1);
}

#[test]
fn shutdown_answers_the_message_first_and_then_says_421() {
    let (mut player, mut desk) = greeted(&[]);
    say(
        &mut player,
        &mut desk,
        "HELO c.test\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<a@here.test>\r\n",
    );
    say(&mut player, &mut desk, "DATA\r\n");
    // The notice comes while the role is busy with the message's end.
    player.session.receive(b"x\r\n.\r\nNOOP\r\n", player.now);
    let mut asked = 0;
    while let Some(step) = player.session.step() {
        match step {
            Step::Ask(_) => {
                asked += 1;
                if asked == 2 {
                    player.session.notice(Notice::Shutdown, player.now);
                }
                player.session.answer(Answer::Go, player.now);
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
fn one_byte_now_and_then_does_not_hold_a_session_open() {
    let (mut player, mut desk) = greeted(&[]);
    let begun = player.now;
    while !player.done {
        player.wait(60);
        player.pump(&mut |ask, log| desk.answer(ask, log));
        say(&mut player, &mut desk, "x");
    }
    assert_eq!(player.now.since(begun), Duration::from_secs(300));
}

#[test]
fn a_session_ends_after_its_time_whatever_is_done() {
    let (mut player, mut desk) = greeted(&setting("idle_commands_max", "1000000"));
    let begun = player.now;
    say(&mut player, &mut desk, "HELO c.test\r\n");
    while !player.done {
        player.wait(200);
        player.pump(&mut |ask, log| desk.answer(ask, log));
        say(&mut player, &mut desk, "NOOP\r\n");
    }
    assert_eq!(player.now.since(begun), Duration::from_secs(4 * 3600));
    assert!(player.log.iter().any(|l| l.starts_with("say 421 4.4.2")));
}

#[test]
fn an_honest_slow_sender_has_time_for_a_large_message() {
    let (mut player, mut desk) = greeted(&[]);
    say(
        &mut player,
        &mut desk,
        "HELO c.test\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<a@here.test>\r\nDATA\r\n",
    );
    let line = format!("{}\r\n", "x".repeat(1022));
    for _ in 0..3000 {
        player.wait(1);
        player.pump(&mut |ask, log| desk.answer(ask, log));
        say(&mut player, &mut desk, &line);
    }
    say(&mut player, &mut desk, ".\r\n");
    assert_eq!(desk.messages.len(), 1);
}

// What a client might say, and what it should not.
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

// Feeds the pieces, makes handshakes, and counts what was said and asked.
fn bear(listener: &str, pieces: &[Vec<u8>]) -> (usize, Vec<String>) {
    let (mut player, mut desk) = greeted(&setting("listener", listener));
    let mut said = 0;
    for piece in pieces {
        player.session.receive(piece, player.now);
        while let Some(step) = player.session.step() {
            match step {
                Step::Send(bytes) => {
                    assert!(bytes.ends_with(b"\r\n"));
                    said += bytes.len();
                }
                Step::Ask(ask) => {
                    let answer = desk.answer(ask, &mut player.log);
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
                Step::Done => return (said, desk.messages),
            }
        }
    }
    (said, desk.messages)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_words_and_bytes_do_no_harm(pieces in prop::collection::vec(words(), 0..60), submission: bool) {
        let listener = if submission { "submission" } else { "transfer" };
        let (said, messages) = bear(listener, &pieces);
        let heard: usize = pieces.iter().map(Vec::len).sum();
        // Every octet said is owed to one heard: an EHLO of a few octets brings the longest reply.
        prop_assert!(said <= 600 + heard * 50, "{said} octets for {heard}");
        prop_assert!(messages.iter().all(|l| !l.contains("\\r.") && l.len() < 100_000));
    }

    #[test]
    fn the_same_bytes_give_the_same_messages_however_they_are_cut(pieces in prop::collection::vec(words(), 0..40), size in 1usize..20) {
        let all: Vec<u8> = pieces.concat();
        // Not STARTTLS: what is thrown away behind it depends on what has come in, as it must.
        prop_assume!(!all.windows(8).any(|w| w.eq_ignore_ascii_case(b"STARTTLS")));
        let whole = bear("transfer", std::slice::from_ref(&all));
        let cut: Vec<Vec<u8>> = all.chunks(size).map(<[u8]>::to_vec).collect();
        prop_assert_eq!(whole, bear("transfer", &cut));
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
        // The same message with its line ends made whole.
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
fn an_idle_session_is_small() {
    let size = size_of::<Server>();
    assert!(size <= 512, "{size} octets");
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
    // Whatever a chunk holds, it is a message or nothing: no octet of it is a command.
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
        let (mut player, mut desk) = greeted(&setting("errors_max", "100"));
        for bytes in wire.chunks(piece) {
            player.session.receive(bytes, player.now);
            player.pump(&mut |ask, log| desk.answer(ask, log));
        }
        prop_assert!(!player.done);
        prop_assert!(desk.messages.len() <= usize::from(recipient));
        prop_assert!(desk.messages.iter().all(|l| l.starts_with("<a@there.test> > <bob@here.test> :")));
        if recipient && binary {
            prop_assert_eq!(desk.messages.len(), 1);
        }
        prop_assert!(player.log.last().is_some_and(|l| l == "say 250 2.0.0 Ok"));
    }
}

#[test]
fn a_message_of_many_chunks_does_not_fill_its_journey() {
    let (mut player, mut desk) = greeted(&[]);
    say(
        &mut player,
        &mut desk,
        "HELO c.test\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<a@here.test>\r\n",
    );
    for _ in 0..1000 {
        say(&mut player, &mut desk, "BDAT 3\r\nx\r\n");
    }
    say(&mut player, &mut desk, "BDAT 0 LAST\r\n");
    let shown = player
        .traces
        .iter()
        .filter(|l| l.explain == "smtp.bdat")
        .count();
    assert_eq!((shown, desk.messages.len()), (5, 1));
    assert!(player.traces.len() < 20);
    let length = player
        .traces
        .iter()
        .find(|l| l.explain == "smtp.message")
        .unwrap();
    assert_eq!(length.text, "3000");
}

#[test]
fn a_stray_chunk_has_as_much_time_as_a_message_and_no_more() {
    let (mut player, mut desk) = greeted(&[]);
    player.now = player.now + Duration::from_secs(3600);
    say(&mut player, &mut desk, "HELO c.test\r\nBDAT 100000\r\nx");
    let begun = player.now;
    // Slowly, but not too slowly: five minutes are allowed between two pieces, ten and a little for
    // all.
    for _ in 0..8 {
        player.wait(70);
        say(&mut player, &mut desk, "x");
        assert!(!player.done, "after {:?}", player.now.since(begun));
    }
    player.wait(70);
    player.pump(&mut |ask, log| desk.answer(ask, log));
    assert!(player.done && player.log.iter().any(|l| l.starts_with("say 421 4.4.2")));
}
