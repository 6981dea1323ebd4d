//! The field in which recipients are typed: its text, address suggestions, and the effect of each
//! key. A plain reducer: every input changes the state and returns the effect for the view to
//! perform. Suggestions are only shown for the text for which they were requested.

use super::address::{address_fault, same};
use super::recipient_list::{has_separator, recipients};
use wire::Contact;

/// A key with a meaning in the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Arrow down.
    Down,
    /// Arrow up.
    Up,
    /// Enter.
    Enter,
    /// Tab.
    Tab,
    /// Escape.
    Escape,
    /// Backspace.
    Backspace,
}

impl Key {
    /// The key with this DOM name (`KeyboardEvent.key`).
    pub fn of(name: &str) -> Option<Key> {
        Some(match name {
            "ArrowDown" => Key::Down,
            "ArrowUp" => Key::Up,
            "Enter" => Key::Enter,
            "Tab" => Key::Tab,
            "Escape" => Key::Escape,
            "Backspace" => Key::Backspace,
            _ => return None,
        })
    }
}

/// What the view has to do after an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing beyond showing the new state.
    None,
    /// Append these recipients to the message.
    Add(Vec<Contact>),
    /// Remove the last recipient of the message.
    RemoveLast,
    /// Ask the server to complete this prefix, and pass the result to [`RecipientField::suggest`].
    Complete(String),
}

/// The state of the field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecipientField {
    typed: String,
    suggestions: Vec<Contact>,
    /// Index of the highlighted suggestion.
    active: Option<usize>,
}

impl RecipientField {
    /// The text in the field.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// The suggested contacts.
    pub fn suggestions(&self) -> &[Contact] {
        &self.suggestions
    }

    /// The index of the highlighted suggestion. Initially `None` if the text is a complete address.
    pub fn active(&self) -> Option<usize> {
        self.active
    }

    /// Handles a change of the text. A separator completes the recipients before it.
    pub fn input(&mut self, text: String) -> Effect {
        self.typed = text;
        self.suggestions.clear();
        self.active = None;
        if has_separator(&self.typed) {
            return self.finish();
        }
        let prefix = self.typed.trim();
        if prefix.is_empty() {
            return Effect::None;
        }
        Effect::Complete(prefix.to_owned())
    }

    /// Handles a paste. `None` if the text is only part of a recipient, so that the browser inserts
    /// it.
    pub fn paste(&self, text: &str) -> Option<Effect> {
        let found = recipients(text);
        let whole = found.len() > 1 || text.contains(['\n', '\t', '<', '＜', ':']);
        if found.is_empty() || !whole {
            return None;
        }
        Some(Effect::Add(found))
    }

    /// Handles a key. `None` if the key keeps its default action.
    pub fn press(&mut self, key: Key) -> Option<Effect> {
        let count = self.suggestions.len();
        match (key, self.active) {
            (Key::Down, active) if count > 0 => {
                self.active = Some(active.map_or(0, |at| (at + 1) % count));
            }
            (Key::Up, active) if count > 0 => {
                self.active = Some(active.map_or(count - 1, |at| (at + count - 1) % count));
            }
            (Key::Enter | Key::Tab, Some(active)) => return Some(self.choose(active)),
            (Key::Enter, None) => return Some(self.finish()),
            (Key::Escape, _) if count > 0 => {
                self.suggestions.clear();
                self.active = None;
            }
            (Key::Backspace, _) if self.typed.is_empty() => return Some(Effect::RemoveLast),
            _ => return None,
        }
        Some(Effect::None)
    }

    /// Accepts a suggestion.
    pub fn choose(&mut self, index: usize) -> Effect {
        let chosen = self.suggestions.get(index).cloned();
        *self = RecipientField::default();
        chosen.map_or(Effect::None, |contact| Effect::Add(vec![contact]))
    }

    /// Puts a recipient into the field, to be corrected.
    pub fn correct(&mut self, contact: &Contact) {
        let (name, address) = (contact.name.trim(), &contact.address);
        *self = RecipientField::default();
        self.typed = if name.is_empty() {
            address.clone()
        } else if has_separator(name) {
            format!("\"{}\" <{address}>", name.replace('"', "\\\""))
        } else {
            format!("{name} <{address}>")
        };
    }

    /// Turns the text into recipients when typing ends.
    pub fn finish(&mut self) -> Effect {
        let contacts = recipients(&self.typed);
        *self = RecipientField::default();
        if contacts.is_empty() {
            Effect::None
        } else {
            Effect::Add(contacts)
        }
    }

    /// Sets the completions of a prefix; ignored if the text has changed since the request.
    pub fn suggest(&mut self, prefix: &str, found: Vec<Contact>) {
        let typed = self.typed.trim();
        if typed != prefix {
            return;
        }
        // A longer address must not replace a complete one, nor somebody's address a part of its
        // domain.
        self.active = if address_fault(typed).is_none() {
            found.iter().position(|c| same(&c.address, typed))
        } else {
            found.first().filter(|c| names(c, typed)).map(|_| 0)
        };
        self.suggestions = found;
    }
}

/// Whether a text is the beginning of the contact's address or of a word in its name or in the
/// local part, or occurs in a name without spaces between words.
fn names(contact: &Contact, typed: &str) -> bool {
    let typed = typed.to_lowercase();
    let (name, address) = (contact.name.to_lowercase(), contact.address.to_lowercase());
    let local = address
        .split_once('@')
        .map_or(&*address, |(local, _)| local);
    let begins_word = |text: &str| {
        text.match_indices(&typed).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            before.is_none_or(|c| !c.is_ascii_alphanumeric())
        })
    };
    address.starts_with(&typed) || begins_word(&name) || begins_word(local)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(address: &str) -> Contact {
        Contact {
            name: String::new(),
            address: address.into(),
        }
    }

    fn with_suggestions(typed: &str, addresses: &[&str]) -> RecipientField {
        let mut field = RecipientField::default();
        assert_eq!(
            field.input(typed.into()),
            Effect::Complete(typed.trim().into())
        );
        field.suggest(
            typed.trim(),
            addresses.iter().copied().map(contact).collect(),
        );
        field
    }

    #[test]
    fn enter_takes_no_contact_for_a_part_of_its_domain() {
        for (typed, address, taken) in [
            ("com", "x@example.com", false),
            ("org", "bob@example.org", false),
            ("bo", "bob@example.org", true),
            ("smi", "jo.smith@example.org", true),
            ("mit", "jo.smith@example.org", false),
            ("bob@", "bob@example.org", true),
        ] {
            let mut field = with_suggestions(typed, &[address]);
            let expected = if taken { address } else { typed };
            let added = Effect::Add(vec![contact(expected)]);
            assert_eq!(field.press(Key::Enter), Some(added), "{typed}");
        }
        let mut field = with_suggestions("com", &["x@example.com"]);
        field.press(Key::Down);
        let added = Effect::Add(vec![contact("x@example.com")]);
        assert_eq!(field.press(Key::Enter), Some(added), "chosen by arrow");
        let li = Contact {
            name: "王小明".into(),
            address: "w@n.test".into(),
        };
        assert!(names(&li, "小明") && names(&li, "W") && !names(&li, "n.test"));
    }

    #[test]
    fn arrows_move_through_suggestions_and_wrap() {
        let mut field = with_suggestions("b", &["b@b.test", "bo@b.test"]);
        for (key, active) in [(Key::Down, 1), (Key::Down, 0), (Key::Up, 1), (Key::Up, 0)] {
            assert_eq!(field.press(key), Some(Effect::None));
            assert_eq!(field.active(), Some(active));
        }
    }

    #[test]
    fn enter_and_tab_take_the_highlighted_suggestion() {
        for key in [Key::Enter, Key::Tab] {
            let mut field = with_suggestions("b", &["b@b.test", "bo@b.test"]);
            field.press(Key::Down);
            assert_eq!(
                field.press(key),
                Some(Effect::Add(vec![contact("bo@b.test")]))
            );
            assert_eq!(field, RecipientField::default());
        }
    }

    #[test]
    fn enter_without_suggestions_takes_the_text() {
        let mut field = with_suggestions("b@b.test", &[]);
        assert_eq!(
            field.press(Key::Enter),
            Some(Effect::Add(vec![contact("b@b.test")]))
        );
        assert_eq!(field.press(Key::Enter), Some(Effect::None), "nothing typed");
        assert_eq!(field.press(Key::Tab), None, "Tab leaves the field");
    }

    #[test]
    fn a_separator_completes_the_recipients_before_it() {
        let mut field = RecipientField::default();
        let expected = vec![contact("a@a.test"), contact("b@b.test")];
        assert_eq!(
            field.input("a@a.test，b@b.test;".into()),
            Effect::Add(expected)
        );
        assert_eq!(field.typed(), "");
    }

    #[test]
    fn escape_closes_suggestions_first() {
        let mut field = with_suggestions("b", &["b@b.test"]);
        assert_eq!(field.press(Key::Escape), Some(Effect::None));
        assert_eq!(
            (field.active(), field.press(Key::Escape), field.typed()),
            (None, None, "b")
        );
    }

    #[test]
    fn backspace_removes_the_last_recipient_only_in_an_empty_field() {
        let mut field = RecipientField::default();
        assert_eq!(field.press(Key::Backspace), Some(Effect::RemoveLast));
        field.input("b".into());
        assert_eq!(field.press(Key::Backspace), None);
    }

    #[test]
    fn ignores_late_completions() {
        let mut field = with_suggestions("b", &[]);
        field.input("bo".into());
        field.suggest("b", vec![contact("b@b.test")]);
        assert_eq!(field.suggestions(), []);
        field.input(String::new());
        assert_eq!(field.active(), None);
    }

    #[test]
    fn suggestions_for_an_earlier_text_are_never_taken() {
        for key in [Key::Enter, Key::Tab] {
            let mut field = with_suggestions("me", &["meadow@m.test"]);
            assert_eq!(
                field.input("meng@n.test".into()),
                Effect::Complete("meng@n.test".into())
            );
            assert_eq!(field.suggestions(), []);
            let taken = field.press(key);
            let expected = (key == Key::Enter).then(|| Effect::Add(vec![contact("meng@n.test")]));
            assert_eq!(taken, expected);
        }
    }

    #[test]
    fn complete_address_is_not_replaced_by_a_longer_one() {
        let mut field = with_suggestions("ann@m.test", &["ann@m.test.example", "joann@m.test"]);
        assert_eq!(field.active(), None);
        assert_eq!(
            field.press(Key::Enter),
            Some(Effect::Add(vec![contact("ann@m.test")]))
        );
        let mut field = with_suggestions("ann@m.test", &["ann@m.test.example", "Ann@M.test"]);
        assert_eq!(field.active(), Some(1), "the same address, with its name");
        field.press(Key::Up);
        assert_eq!(
            field.press(Key::Enter),
            Some(Effect::Add(vec![contact("ann@m.test.example")]))
        );
    }

    #[test]
    fn a_recipient_to_be_corrected_is_the_same_if_nothing_is_changed() {
        for (name, address) in [
            ("", "ann@m.tset"),
            ("Ann", "ann@m.tset"),
            ("Marsh \"Annie\", Ann", "ann@m.tset"),
        ] {
            let ann = Contact {
                name: name.into(),
                address: address.into(),
            };
            let mut field = RecipientField::default();
            field.correct(&ann);
            assert_eq!(field.finish(), Effect::Add(vec![ann]));
        }
    }

    #[test]
    fn quoted_comma_does_not_complete_a_recipient() {
        let mut field = RecipientField::default();
        for text in [
            "\"Marsh",
            "\"Marsh,",
            "\"Marsh, Ann\"",
            "\"Marsh, Ann\" <ann@m.test>",
        ] {
            assert!(
                matches!(field.input(text.into()), Effect::Complete(_)),
                "{text}"
            );
        }
        let ann = Contact {
            name: "Marsh, Ann".into(),
            address: "ann@m.test".into(),
        };
        assert_eq!(
            field.input("\"Marsh, Ann\" <ann@m.test>,".into()),
            Effect::Add(vec![ann])
        );
    }

    #[test]
    fn pasted_list_is_added_and_a_part_is_inserted() {
        let field = RecipientField::default();
        for text in [
            "a@m.test\nb@m.test",
            "a@m.test\tb@m.test",
            "a@m.test b@m.test",
        ] {
            assert_eq!(
                field.paste(text),
                Some(Effect::Add(vec![contact("a@m.test"), contact("b@m.test")])),
                "{text:?}"
            );
        }
        assert_eq!(
            field.paste("mailto:a@m.test"),
            Some(Effect::Add(vec![contact("a@m.test")]))
        );
        for part in ["m.test", "ann marsh", "a@m.test", "", " "] {
            assert_eq!(field.paste(part), None, "{part:?}");
        }
    }
}
