//! The history of typed lines, browsed with ↑ and ↓; the unfinished line is kept.

/// Lines that are remembered.
pub const HISTORY_MAX: usize = 200;

/// Typed lines, the newest last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    lines: Vec<String>,
    /// How far one has gone back; 0: not at all.
    back: usize,
    draft: String,
}

impl History {
    /// A line was typed. The same line twice in a row counts once, and what is secret is not
    /// remembered.
    pub fn typed(&mut self, line: &str) {
        self.back = 0;
        self.draft.clear();
        if line.is_empty() || self.lines.last().is_some_and(|last| last == line) {
            return;
        }
        if self.lines.len() >= HISTORY_MAX {
            self.lines.remove(0);
        }
        self.lines.push(line.to_owned());
    }

    /// One line further back; `now` is what stands in the field.
    pub fn up(&mut self, now: &str) -> Option<String> {
        if self.back >= self.lines.len() {
            return None;
        }
        if self.back == 0 {
            now.clone_into(&mut self.draft);
        }
        self.back += 1;
        self.lines.get(self.lines.len() - self.back).cloned()
    }

    /// One line forward; in the end what was being typed.
    pub fn down(&mut self) -> Option<String> {
        self.back = self.back.checked_sub(1)?;
        if self.back == 0 {
            Some(std::mem::take(&mut self.draft))
        } else {
            self.lines.get(self.lines.len() - self.back).cloned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&str]) -> History {
        let mut history = History::default();
        lines.iter().for_each(|line| history.typed(line));
        history
    }

    #[test]
    fn goes_back_and_forward_and_keeps_the_unfinished_line() {
        let mut history = of(&["EHLO x", "NOOP", "NOOP", ""]);
        assert_eq!(history.up("MAI").as_deref(), Some("NOOP"));
        assert_eq!(history.up("").as_deref(), Some("EHLO x"));
        assert_eq!(history.up(""), None);
        assert_eq!(history.down().as_deref(), Some("NOOP"));
        assert_eq!(history.down().as_deref(), Some("MAI"));
        assert_eq!(history.down(), None);
    }

    #[test]
    fn forgets_the_oldest_beyond_its_limit() {
        let lines: Vec<String> = (0..=HISTORY_MAX).map(|n| format!("a{n} NOOP")).collect();
        let mut history = of(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        let all: Vec<String> = std::iter::from_fn(|| history.up("")).collect();
        assert_eq!(
            (all.len(), all.last().map(String::as_str)),
            (HISTORY_MAX, Some("a1 NOOP"))
        );
    }
}
