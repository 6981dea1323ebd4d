//! Dialogues of the server session: every file of `dialogues/server` is played whole, byte by
//! byte, and split once at every position.

mod play;

use play::server_role::{ServerRole, server};
use play::{DialogueFile, assert_no_secret, cuts, files};

fn check(name: &str, text: &str) {
    let dialogue = DialogueFile::parse(text, 'C');
    for cut in cuts(dialogue.fed_bytes()) {
        let mut role = ServerRole::default();
        let session = server(&dialogue.settings);
        let player = play::play(name, &dialogue, cut, session, &mut |query, log| {
            role.answer(query, log)
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
fn server_follows_every_dialogue() {
    for (name, text) in files("server") {
        check(&name, &text);
    }
}
