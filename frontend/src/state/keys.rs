//! Keyboard shortcuts, including two-key sequences, in one table that is also the source of the
//! help dialog.

/// The action of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named by the words of the help")]
pub enum Action {
    Next,
    Previous,
    Open,
    Back,
    Select,
    Compose,
    Reply,
    ReplyAll,
    Forward,
    Archive,
    Trash,
    Junk,
    Move,
    Star,
    Read,
    Unread,
    Undo,
    Search,
    Journey,
    Help,
    GoInbox,
    GoStarred,
    GoSent,
    GoDrafts,
    GoArchive,
}

/// Keys and actions in the order of the help dialog. The keys are Gmail's.
pub const KEYS: [(&str, Action); 27] = [
    ("j", Action::Next),
    ("k", Action::Previous),
    ("o", Action::Open),
    ("Enter", Action::Open),
    ("u", Action::Back),
    ("x", Action::Select),
    ("c", Action::Compose),
    ("r", Action::Reply),
    ("a", Action::ReplyAll),
    ("f", Action::Forward),
    ("e", Action::Archive),
    ("#", Action::Trash),
    ("Delete", Action::Trash),
    ("!", Action::Junk),
    ("v", Action::Move),
    ("s", Action::Star),
    ("I", Action::Read),
    ("U", Action::Unread),
    ("z", Action::Undo),
    ("/", Action::Search),
    ("w", Action::Journey),
    ("?", Action::Help),
    ("g i", Action::GoInbox),
    ("g s", Action::GoStarred),
    ("g t", Action::GoSent),
    ("g d", Action::GoDrafts),
    ("g a", Action::GoArchive),
];

/// Time limit for the second key of a sequence.
pub const SEQUENCE_MS: f64 = 2000.0;

/// The state of a key sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Keyboard {
    first: Option<f64>,
}

impl Keyboard {
    /// Handles a key pressed outside of input fields without Ctrl, Alt or Meta, at a time in
    /// milliseconds.
    pub fn press(&mut self, key: &str, now_ms: f64) -> Option<Action> {
        let sequence = self
            .first
            .take()
            .is_some_and(|at| now_ms - at <= SEQUENCE_MS);
        if sequence {
            return find(&format!("g {}", key.to_ascii_lowercase()));
        }
        if key == "g" {
            self.first = Some(now_ms);
            return None;
        }
        find(key)
    }
}

fn find(key: &str) -> Option<Action> {
    KEYS.iter()
        .find(|(name, _)| *name == key)
        .map(|(_, action)| *action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinguishes_single_keys_and_sequences() {
        let mut k = Keyboard::default();
        assert_eq!(k.press("s", 0.0), Some(Action::Star));
        assert_eq!(
            (k.press("g", 0.0), k.press("s", 500.0)),
            (None, Some(Action::GoStarred))
        );
        assert_eq!(
            (k.press("g", 0.0), k.press("s", 5000.0)),
            (None, Some(Action::Star)),
            "too late for the sequence"
        );
        assert_eq!(
            (k.press("g", 0.0), k.press("q", 1.0), k.press("i", 2.0)),
            (None, None, None)
        );
    }

    #[test]
    fn every_key_has_one_action() {
        for (i, (key, _)) in KEYS.iter().enumerate() {
            assert!(KEYS[i + 1..].iter().all(|(other, _)| other != key), "{key}");
        }
    }
}
