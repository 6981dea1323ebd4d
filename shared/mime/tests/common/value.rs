//! IMAP data as values: an independent parser, so that the crate's output is checked against the
//! grammar.

/// A parenthesised list, a string, a number or NIL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Nil,
    Number(u64),
    Text(Vec<u8>),
    List(Vec<Value>),
}

impl Value {
    /// All values of a text; panics on a syntax error.
    pub fn read_all(bytes: &[u8]) -> Result<Vec<Value>, String> {
        let mut at = 0;
        let mut all = Vec::new();
        while at < bytes.len() {
            if bytes[at] == b' ' {
                at += 1;
            } else {
                all.push(read(bytes, &mut at)?);
            }
        }
        Ok(all)
    }

    pub fn list(&self) -> &[Value] {
        match self {
            Value::List(l) => l,
            _ => &[],
        }
    }

    pub fn is_text(&self, text: &str) -> bool {
        matches!(self, Value::Text(t) if t.eq_ignore_ascii_case(text.as_bytes()))
    }

    /// Texts in lower case, for case-insensitive comparison.
    pub fn lower(&self) -> Value {
        match self {
            Value::Text(t) => Value::Text(t.to_ascii_lowercase()),
            Value::List(l) => Value::List(l.iter().map(Value::lower).collect()),
            other => other.clone(),
        }
    }
}

fn read(bytes: &[u8], at: &mut usize) -> Result<Value, String> {
    match bytes.get(*at) {
        Some(b'(') => {
            *at += 1;
            let mut items = Vec::new();
            loop {
                match bytes.get(*at) {
                    Some(b')') => {
                        *at += 1;
                        return Ok(Value::List(items));
                    }
                    Some(b' ') if !items.is_empty() => *at += 1,
                    Some(_) => items.push(read(bytes, at)?),
                    None => return Err("a list is not closed".into()),
                }
            }
        }
        Some(b'"') => {
            let mut text = Vec::new();
            *at += 1;
            loop {
                match (bytes.get(*at), bytes.get(*at + 1)) {
                    (Some(b'"'), _) => {
                        *at += 1;
                        return Ok(Value::Text(text));
                    }
                    (Some(b'\\'), Some(b @ (b'"' | b'\\'))) => {
                        text.push(*b);
                        *at += 2;
                    }
                    (Some(b), _) if matches!(b, b'\t' | b' '..=b'~') && *b != b'\\' => {
                        text.push(*b);
                        *at += 1;
                    }
                    other => return Err(format!("in a quoted string: {other:?}")),
                }
            }
        }
        Some(b'{') => {
            let rest = &bytes[*at..];
            let end = rest
                .windows(3)
                .position(|w| w == b"}\r\n")
                .ok_or("a literal without its length")?;
            let len: usize = std::str::from_utf8(&rest[1..end])
                .ok()
                .and_then(|n| n.parse().ok())
                .ok_or("a literal's length")?;
            let text = rest
                .get(end + 3..end + 3 + len)
                .ok_or("a literal is too short")?;
            if text.contains(&0) {
                return Err("NUL in a literal".into());
            }
            *at += end + 3 + len;
            Ok(Value::Text(text.to_vec()))
        }
        Some(b'N') if bytes[*at..].starts_with(b"NIL") => {
            *at += 3;
            Ok(Value::Nil)
        }
        Some(b'0'..=b'9') => {
            let len = bytes[*at..]
                .iter()
                .take_while(|b| b.is_ascii_digit())
                .count();
            let number = std::str::from_utf8(&bytes[*at..*at + len])
                .unwrap()
                .parse()
                .map_err(|_| "a number")?;
            *at += len;
            Ok(Value::Number(number))
        }
        other => Err(format!("unexpected {other:?} at {at}")),
    }
}
