//! Published test data for SMTP: dialogues of chasquid, tables of Dovecot, smuggling sequences, a
//! dot-stuffing sample of GMime.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "../play/mod.rs"]
mod play;

mod chasquid;
mod dots;
mod smuggling;
mod tables;

use mail::session::Session;
use play::Player;
use play::server_role::{ServerRole, server};
use smtp::server::Server;

fn main() -> std::process::ExitCode {
    suites::run(|all| {
        chasquid::add(all);
        dots::add(all);
        smuggling::add(all);
        tables::add(all);
    })
}

/// A session with its role, and the replies not yet read.
struct Dialogue {
    player: Player<Server>,
    role: ServerRole,
    looked: usize,
}

impl Dialogue {
    fn new(settings: &[(&str, &str)]) -> Dialogue {
        let settings: Vec<_> = settings
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let mut it = Dialogue {
            player: Player::new(server(&settings)),
            role: ServerRole::default(),
            looked: 0,
        };
        it.player.session.start(it.player.now);
        it.say(b"");
        it
    }

    fn say(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(4096) {
            self.player.session.receive(piece, self.player.now);
            let role = &mut self.role;
            self.player.pump(&mut |query, log| role.answer(query, log));
        }
        let role = &mut self.role;
        self.player.pump(&mut |query, log| role.answer(query, log));
    }

    /// The next reply line.
    fn reply(&mut self) -> String {
        loop {
            let line = self
                .player
                .log
                .get(self.looked)
                .cloned()
                .unwrap_or_default();
            self.looked += 1;
            match line.strip_prefix("say ") {
                Some(reply) => return reply.to_owned(),
                None if line.is_empty() => return String::new(),
                None => {}
            }
        }
    }

    /// The last reply so far; earlier ones are skipped.
    fn last(&mut self) -> String {
        self.looked = self.player.log.len();
        self.player
            .log
            .iter()
            .rev()
            .find_map(|l| l.strip_prefix("say "))
            .unwrap_or_default()
            .to_owned()
    }

    fn in_data(&mut self) {
        self.say(b"EHLO c.test\r\nMAIL FROM:<a@there.test>\r\nRCPT TO:<bob@here.test>\r\nDATA\r\n");
        assert!(self.last().starts_with("354"));
    }
}
