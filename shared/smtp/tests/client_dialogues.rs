//! Dialogues of the client session: every file of `dialogues/client` is played whole, byte by
//! byte, and split once at every position; and again with the connection cut after every
//! byte of the server.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops

mod play;

use mail::session::{Session, TlsInfo};
use mail::{BodyKind, Notify, Recipient, Reply, ReturnMode, Secret};
use play::{DialogueFile, Entry, assert_no_secret, cuts, files, unescape};
use smtp::client::{
    Client, Config, Decision, Login, Notice, OutgoingMessage, Query, RecipientResult, TlsPolicy,
};
use std::collections::VecDeque;
use std::sync::Arc;

/// A role that sends the messages in the settings of the dialogue.
#[derive(Default)]
struct Sender {
    messages: VecDeque<(OutgoingMessage, Vec<u8>)>,
    body: VecDeque<Vec<u8>>,
    /// Messages begun, and results received.
    begun: usize,
    results: Vec<Vec<RecipientResult>>,
    failed: usize,
}

impl Sender {
    fn answer(&mut self, query: Query, log: &mut Vec<String>) -> Decision {
        match query {
            Query::TlsStarted(_) => {
                log.push("secured".into());
                Decision::Go
            }
            Query::Next(_) => match self.messages.pop_front() {
                Some((message, body)) => {
                    self.begun += 1;
                    self.body = body.chunks(3).map(<[u8]>::to_vec).collect();
                    Decision::Message(message)
                }
                None => Decision::Quit,
            },
            Query::Body => match self.body.pop_front() {
                Some(bytes) if bytes == b"unr" => Decision::Abort,
                Some(bytes) => Decision::Body(bytes),
                None => Decision::BodyEnd,
            },
            Query::Results(results) => {
                let shown: Vec<_> = results.iter().map(show).collect();
                log.push(format!("results {}", shown.join(", ")));
                self.results.push(results);
                Decision::Go
            }
            Query::Failed(result) => {
                log.push(format!("failed {}", show(&result)));
                self.failed += 1;
                Decision::Go
            }
        }
    }
}

fn show(result: &RecipientResult) -> String {
    let uncertain = if result.uncertain { "uncertain " } else { "" };
    let failure = result.failure.as_ref();
    format!(
        "{uncertain}{}:{} {}",
        result.phase,
        Reply::to_string(&result.reply).trim_end(),
        failure.map_or_else(String::new, |failure| format!("{failure:?}"))
    )
    .trim_end()
    .to_owned()
}

fn set_up(dialogue: &DialogueFile) -> (Client, Sender) {
    let mut config = Config::new(mail::Host::new("mx.here.test").unwrap());
    let (mut sender, mut in_tls, mut verified, mut envelope_id) =
        (Sender::default(), false, false, None);
    for (key, value) in &dialogue.settings {
        match key.as_str() {
            "tls" => {
                config.tls = if value == "required" {
                    TlsPolicy::Required
                } else {
                    TlsPolicy::Never
                }
            }
            "login" => {
                let (user, secret) = value.split_once(' ').unwrap();
                config.login = Some(Login {
                    user: user.into(),
                    secret: Secret::new(secret),
                });
            }
            "in_tls" => in_tls = true,
            "chunking" => config.chunking = value == "yes",
            "verified" => verified = true,
            "envid" => envelope_id = Some(value.clone()),
            "message" => sender.messages.push_back(message(value)),
            other => panic!("no such setting: {other}"),
        }
    }
    for (message, _) in &mut sender.messages {
        message.envelope_id.clone_from(&envelope_id);
    }
    let client = Client::new(Arc::new(config), in_tls).with_rng([7; 24]);
    let tls = TlsInfo {
        version: "TLS 1.3".into(),
        cipher: "X".into(),
        server_name: None,
        verified,
        exporter: None,
    };
    (
        if in_tls {
            client.with_tls(&tls)
        } else {
            client
        },
        sender,
    )
}

// `<sender> <recipient>… [octets=n] [8bit] [utf8] | body`
fn message(text: &str) -> (OutgoingMessage, Vec<u8>) {
    let (head, body) = text.split_once(" | ").unwrap();
    let mut words = head.split(' ');
    let sender = mail::Path::parse(words.next().unwrap()).unwrap();
    let mut message = OutgoingMessage::new(sender, vec![]);
    for word in words {
        match word {
            "8bit" => message.body = BodyKind::EightBit,
            "binary" => message.body = BodyKind::Binary,
            "requiretls" => message.require_tls = true,
            "ret=hdrs" => message.return_mode = Some(ReturnMode::Headers),
            "utf8" => message.smtputf8 = true,
            _ => match word.strip_prefix("octets=") {
                Some(n) => message.bytes = Some(n.parse().unwrap()),
                None => message.recipients.push(recipient(word)),
            },
        }
    }
    (message, unescape(body))
}

// `<bob@b.test>`, `<bob@b.test>,never` or `<bob@b.test>,success,rfc822;o@p.test`
fn recipient(word: &str) -> Recipient {
    let mut parts = word.split(',');
    let mut recipient = Recipient::new(
        parts
            .next()
            .unwrap()
            .trim_matches(['<', '>'])
            .parse()
            .unwrap(),
    );
    for part in parts {
        match part {
            "never" => recipient.notify = Some(Notify::NEVER),
            "success" => {
                recipient.notify = Some(Notify {
                    success: true,
                    failure: true,
                    delay: false,
                });
            }
            original => recipient.original = Some(original.to_owned()),
        }
    }
    recipient
}

#[test]
fn client_follows_every_dialogue() {
    for (name, text) in files("client") {
        let dialogue = DialogueFile::parse(&text, 'S');
        for cut in cuts(dialogue.fed_bytes()) {
            let (session, mut sender) = set_up(&dialogue);
            let player = play::play(&name, &dialogue, cut, session, &mut |query, log| {
                sender.answer(query, log)
            });
            assert_no_secret(&player.traces);
            assert!(player.done, "{name}: never done");
        }
    }
}

#[test]
fn every_recipient_has_a_result_wherever_the_connection_is_cut() {
    for (name, text) in files("client") {
        let dialogue = DialogueFile::parse(&text, 'S');
        for keep in 0..dialogue.fed_bytes() {
            let (session, mut sender) = set_up(&dialogue);
            let mut player = play::Player::new(session);
            let now = player.now;
            Session::start(&mut player.session, now);
            let mut role = |query, log: &mut Vec<String>| sender.answer(query, log);
            player.pump(&mut role);
            let mut left = keep;
            for entry in &dialogue.entries {
                match entry {
                    Entry::Feed(bytes) => {
                        let piece = &bytes[..bytes.len().min(left)];
                        left -= piece.len();
                        Session::receive(&mut player.session, piece, now);
                    }
                    Entry::Tls if left > 0 => player.shake_hands(),
                    _ => {}
                }
                player.pump(&mut role);
                if left == 0 {
                    break;
                }
            }
            Session::closed(&mut player.session, now);
            player.pump(&mut role);
            assert!(
                player.done,
                "{name}, cut after {keep}: not done: {:?}",
                player.log
            );
            assert_eq!(
                sender.begun,
                sender.results.len(),
                "{name}, cut after {keep}: a message without an outcome"
            );
        }
    }
}

// A message, an idle period, another message: the role wakes the connection.
#[test]
fn connection_idles_between_messages_and_quits_after_the_timeout() {
    let mut config = Config::new(mail::Host::new("mx.here.test").unwrap());
    config.tls = TlsPolicy::Never;
    let to = || {
        OutgoingMessage::new(
            mail::Path::Null,
            vec![Recipient::new("bob@there.test".parse().unwrap())],
        )
    };
    for end in ["rested", "421", "closed", "early"] {
        let mut player = play::Player::new(Client::new(Arc::new(config.clone()), false));
        let (mut messages, mut results_seen) =
            (VecDeque::from([Some(to()), None, Some(to()), None]), 0);
        let mut body = true;
        let mut role = |query, _: &mut Vec<String>| match query {
            Query::Next(_) => messages
                .pop_front()
                .flatten()
                .map_or(Decision::Wait, Decision::Message),
            Query::Body if std::mem::replace(&mut body, false) => Decision::Body(b"x".to_vec()),
            Query::Body => {
                body = true;
                Decision::BodyEnd
            }
            Query::Results(results) => {
                assert!(results[0].is_accepted());
                results_seen += 1;
                Decision::Go
            }
            _ => Decision::Go,
        };
        let mut hear = |player: &mut play::Player<Client>, text: &str, notice: bool| {
            let now = player.now;
            player.session.receive(text.as_bytes(), now);
            if notice {
                player.session.notice(Notice::Ready, now);
            }
            player.pump(&mut role);
        };
        let now = player.now;
        player.session.start(now);
        hear(&mut player, "220 x\r\n", false);
        hear(&mut player, "250 x\r\n", false);
        for message in 0..2 {
            for reply in ["250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 taken\r\n"] {
                // A notice before the idle period is not lost.
                hear(
                    &mut player,
                    reply,
                    message == 0 && end == "early" && reply.starts_with("354"),
                );
            }
            if message == 0 && end != "early" {
                assert!(
                    player.log.last().unwrap().starts_with("say ."),
                    "{end}: {:?}",
                    player.log
                );
                hear(&mut player, "", true);
            }
        }
        match end {
            "421" => hear(&mut player, "421 4.4.2 idle\r\n", false),
            "closed" => {
                player.session.closed(now);
                hear(&mut player, "", false);
            }
            _ => {
                player.wait(29);
                assert!(!player.log.iter().any(|l| l == "say QUIT"));
                player.wait(1);
                hear(&mut player, "", false);
                assert!(player.log.iter().any(|l| l == "say QUIT"));
                hear(&mut player, "221 bye\r\n", false);
            }
        }
        assert!(player.done, "{end}: {:?}", player.log);
        assert_eq!(results_seen, 2, "{end}");
    }
}
