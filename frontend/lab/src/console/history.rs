//! The history of typed lines, browsed with ↑ and ↓; the unfinished line is kept.

/// Maximum number of lines remembered.
pub const HISTORY_MAX: usize = 200;

/// The typed lines, newest last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    lines: Vec<String>,
    /// How many lines back the user has browsed; 0 at the draft.
    back: usize,
    draft: String,
}

impl History {
    /// Records a typed line. Empty lines and direct repetitions are skipped.
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

    /// The previous line; `now` is the text in the field.
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

    /// The next line, or finally the draft.
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
    fn browses_both_ways_and_keeps_the_unfinished_line() {
        let mut history = of(&["EHLO x", "NOOP", "NOOP", ""]);
        assert_eq!(history.up("MAI").as_deref(), Some("NOOP"));
        assert_eq!(history.up("").as_deref(), Some("EHLO x"));
        assert_eq!(history.up(""), None);
        assert_eq!(history.down().as_deref(), Some("NOOP"));
        assert_eq!(history.down().as_deref(), Some("MAI"));
        assert_eq!(history.down(), None);
    }

    #[test]
    fn drops_the_oldest_line_at_the_limit() {
        let lines: Vec<String> = (0..=HISTORY_MAX).map(|n| format!("a{n} NOOP")).collect();
        let mut history = of(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        let all: Vec<String> = std::iter::from_fn(|| history.up("")).collect();
        assert_eq!(
            (all.len(), all.last().map(String::as_str)),
            (HISTORY_MAX, Some("a1 NOOP"))
        );
    }
}
