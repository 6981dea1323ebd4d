//! The server session's dialogues: every file of `tests/server` is one, played whole, byte by byte,
//! and cut once at every place.

mod play;

use play::desk::{Desk, server};
use play::{Chat, assert_no_secret, cuts, files};

fn check(name: &str, text: &str) {
    let chat = Chat::parse(text, 'C');
    for cut in cuts(chat.fed_bytes()) {
        let mut desk = Desk::default();
        let session = server(&chat.settings);
        let player = play::play(name, &chat, cut, session, &mut |ask, log| {
            desk.answer(ask, log)
        });
        assert_no_secret(&player.traces);
        for line in &player.traces {
            assert!(
                line.explain.starts_with("smtp.") && !line.text.contains('\r'),
                "{name}: {line:?}"
            );
        }
    }
}

#[test]
fn the_server_answers_as_every_chat_says() {
    for (name, text) in files("server") {
        check(&name, &text);
    }
}
