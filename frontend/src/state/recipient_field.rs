//! The field in which recipients are typed: the text so far, address suggestions, and what each key
//! does. A plain reducer: every input changes the state and returns the effect that the view has to
//! perform.

use super::address::recipients;
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
    active: usize,
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

    /// The index of the highlighted suggestion, if there are any.
    pub fn active(&self) -> Option<usize> {
        (!self.suggestions.is_empty()).then_some(self.active)
    }

    /// The text changed. A separator completes the recipients before it.
    pub fn input(&mut self, text: String) -> Effect {
        self.typed = text;
        self.active = 0;
        if self.typed.contains([',', ';', '，', '；', '\n']) {
            return self.finish();
        }
        let prefix = self.typed.trim();
        if prefix.is_empty() {
            self.suggestions.clear();
            return Effect::None;
        }
        Effect::Complete(prefix.to_owned())
    }

    /// A key was pressed. `None`: the key keeps its default action.
    pub fn press(&mut self, key: Key) -> Option<Effect> {
        let count = self.suggestions.len();
        match key {
            Key::Down if count > 0 => self.active = (self.active + 1) % count,
            Key::Up if count > 0 => self.active = (self.active + count - 1) % count,
            Key::Enter | Key::Tab if count > 0 => return Some(self.choose(self.active)),
            Key::Enter => return Some(self.finish()),
            Key::Escape if count > 0 => self.suggestions.clear(),
            Key::Backspace if self.typed.is_empty() => return Some(Effect::RemoveLast),
            _ => return None,
        }
        Some(Effect::None)
    }

    /// Takes a suggestion.
    pub fn choose(&mut self, index: usize) -> Effect {
        let chosen = self.suggestions.get(index).cloned();
        *self = RecipientField::default();
        chosen.map_or(Effect::None, |contact| Effect::Add(vec![contact]))
    }

    /// Turns the text into recipients, when typing ends.
    pub fn finish(&mut self) -> Effect {
        let contacts = recipients(&self.typed);
        *self = RecipientField::default();
        if contacts.is_empty() {
            Effect::None
        } else {
            Effect::Add(contacts)
        }
    }

    /// The completions of a prefix arrived; ignored if the text has changed since.
    pub fn suggest(&mut self, prefix: &str, found: Vec<Contact>) {
        if self.typed.trim() == prefix {
            self.active = self.active.min(found.len().saturating_sub(1));
            self.suggestions = found;
        }
    }
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
}
