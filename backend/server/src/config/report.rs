//! What is wrong in a configuration file, said so that it can be mended: line, column, and the
//! nearest right name.

use std::fmt;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    place: Option<(usize, usize)>,
    why: String,
}

impl ConfigError {
    pub(super) fn new(text: &str, error: &toml::de::Error) -> ConfigError {
        let offset = error.span().map_or(0, |span| span.start).min(text.len());
        let before = &text[..text.floor_char_boundary(offset)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
        ConfigError {
            place: Some((line, column)),
            why: explain(error.message()),
        }
    }

    pub(super) fn whole(why: String) -> ConfigError {
        ConfigError { place: None, why }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => write!(f, "{line}:{column}: {}", self.why),
            None => f.write_str(&self.why),
        }
    }
}

impl std::error::Error for ConfigError {}

// The library says: unknown field `x`, expected one of `a`, `b` — or `a` or `b`, or just `a`.
fn explain(message: &str) -> String {
    let Some(rest) = message.strip_prefix("unknown field ") else {
        return message.to_owned();
    };
    let names: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
    let Some((unknown, right)) = names.split_first() else {
        return message.to_owned();
    };
    match right.iter().min_by_key(|name| distance(unknown, name)) {
        Some(near) if distance(unknown, near) <= 1 + unknown.chars().count() / 3 => {
            format!("unknown key `{unknown}`; did you mean `{near}`?")
        }
        _ => format!(
            "unknown key `{unknown}`; here may stand: `{}`",
            right.join("`, `")
        ),
    }
}

// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
