//! Values with parameters: Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2183), with
//! parameter continuations and charsets (RFC 2231).

use crate::{charset, transfer, word};

/// The most parameters read from one field.
pub const PARAMETERS_MAX: usize = 100;

/// A value with its parameters, names as written, values unquoted but not decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters(pub(crate) Vec<(String, Vec<u8>)>);

/// `type/subtype` in lower case, and the parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContentType {
    pub(crate) kind: String,
    pub(crate) subtype: String,
    pub(crate) parameters: Parameters,
}

/// `disposition-type *(";" disposition-parm)` (RFC 2183 §2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Disposition {
    pub(crate) kind: String,
    pub(crate) parameters: Parameters,
}

/// A parameter of a Content-Type or Content-Disposition value, for a reader: assembled from its
/// sections and decoded (RFC 2231 §3, §4). `None` where it is absent or empty.
///
/// ```
/// let value = b"attachment; filename*0*=utf-8''%E4%BD%A0; filename*1=.txt";
/// assert_eq!(mime::parameter(value, "filename").as_deref(), Some("\u{4f60}.txt"));
/// ```
pub fn parameter(value: &[u8], name: &str) -> Option<String> {
    // The part before the parameters has the same form in both fields, as far as they go.
    Disposition::parse(value).parameters.text(name)
}

impl ContentType {
    pub(crate) fn new(kind: &str, subtype: &str) -> ContentType {
        ContentType {
            kind: kind.to_owned(),
            subtype: subtype.to_owned(),
            parameters: Parameters::default(),
        }
    }

    /// `content := "Content-Type" ":" type "/" subtype *(";" parameter)` (RFC 2045 §5.1). `None`
    /// without a type and subtype: then the default of the context applies (§5.2).
    pub(crate) fn parse(value: &[u8]) -> Option<ContentType> {
        let mut reader = Reader {
            bytes: value,
            at: 0,
        };
        let kind = reader.token(b"/;");
        reader.space();
        if !reader.eat(b'/') {
            return None;
        }
        let subtype = reader.token(b";");
        if kind.is_empty() || subtype.is_empty() {
            return None;
        }
        Some(ContentType {
            kind: lower(kind),
            subtype: lower(subtype),
            parameters: reader.parameters(),
        })
    }

    pub(crate) fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind == kind && self.subtype == subtype
    }

    /// HTML, or its XML form (RFC 3236).
    pub(crate) fn is_html(&self) -> bool {
        self.is("text", "html") || self.is("application", "xhtml+xml")
    }

    /// Text that can be searched.
    pub(crate) fn is_text(&self) -> bool {
        self.kind == "text" || self.is_html()
    }

    /// `text/plain`
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.kind, self.subtype)
    }

    /// RFC 2046 §5.2.1; RFC 6532 §3.7 for `global`.
    pub(crate) fn is_message(&self) -> bool {
        self.kind == "message" && matches!(&*self.subtype, "rfc822" | "global")
    }
}

impl Disposition {
    pub(crate) fn parse(value: &[u8]) -> Disposition {
        let mut reader = Reader {
            bytes: value,
            at: 0,
        };
        let kind = lower(reader.token(b";"));
        Disposition {
            kind,
            parameters: reader.parameters(),
        }
    }
}

impl Parameters {
    /// The bytes of a parameter whose value is an identifier, such as the boundary: assembled from
    /// its sections (RFC 2231 §3, §4), not decoded.
    pub(crate) fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        self.joined(name)
            .map(|(_, bytes)| bytes)
            .or_else(|| self.raw(name).map(<[u8]>::to_vec))
    }

    /// The first parameter of that name, as written.
    fn raw(&self, name: &str) -> Option<&[u8]> {
        self.0
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| &v[..])
    }

    /// A parameter for a reader: assembled from its sections and decoded (RFC 2231 §3, §4); encoded
    /// words, which are invalid here but common, are decoded too.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.extended(name)
            .or_else(|| self.raw(name).map(word::decode))
            .filter(|v| !v.is_empty())
    }

    fn extended(&self, name: &str) -> Option<String> {
        let (charset, bytes) = self.joined(name)?;
        let text = charset::decode(charset, &bytes).into_owned();
        // Continuations of encoded words: invalid, but found in practice.
        Some(if text.contains("=?") {
            word::decode(text.as_bytes())
        } else {
            without_controls(&text)
        })
    }

    /// The sections of an extended parameter joined, and their charset.
    fn joined(&self, name: &str) -> Option<(Option<&str>, Vec<u8>)> {
        let mut pieces: Vec<(u32, bool, &[u8])> = Vec::new();
        for (n, value) in &self.0 {
            let Some(rest) = n
                .get(..name.len())
                .filter(|p| p.eq_ignore_ascii_case(name))
                .and_then(|_| n[name.len()..].strip_prefix('*'))
            else {
                continue;
            };
            // name*  ·  name*0  ·  name*0*
            let (index, encoded) = rest
                .strip_suffix('*')
                .map_or((rest, rest.is_empty()), |i| (i, true));
            match index.parse::<u32>() {
                Ok(i) => pieces.push((i, encoded, value)),
                Err(_) if rest.is_empty() => pieces.push((0, true, value)),
                Err(_) => {}
            }
        }
        pieces.sort_by_key(|p| p.0);
        pieces.dedup_by_key(|p| p.0);
        let (_, first_encoded, first) = *pieces.first()?;
        let (charset, first) = if first_encoded {
            split_charset(first)
        } else {
            (None, first)
        };
        let mut bytes = Vec::new();
        for (i, (_, encoded, value)) in pieces.iter().enumerate() {
            let value = if i == 0 { first } else { value };
            if *encoded {
                bytes.extend(transfer::percent(value));
            } else {
                bytes.extend_from_slice(value);
            }
        }
        Some((charset, bytes))
    }
}

/// `initial-section value: [charset] "'" [language] "'" text` (RFC 2231 §4).
fn split_charset(value: &[u8]) -> (Option<&str>, &[u8]) {
    let mut parts = value.splitn(3, |b| *b == b'\'');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(charset), Some(_), Some(text)) => (
            std::str::from_utf8(charset).ok().filter(|c| !c.is_empty()),
            text,
        ),
        _ => (None, value),
    }
}

fn without_controls(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .trim()
        .to_owned()
}

fn lower(bytes: &[u8]) -> String {
    charset::guess(bytes).to_ascii_lowercase()
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn eat(&mut self, b: u8) -> bool {
        let eats = self.peek() == Some(b);
        self.at += usize::from(eats);
        eats
    }

    /// Skips white space and comments.
    fn space(&mut self) {
        let mut depth = 0u32;
        while let Some(b) = self.peek() {
            match b {
                b'(' => depth += 1,
                b')' if depth > 0 => depth -= 1,
                b'\\' if depth > 0 => self.at += 1,
                _ if depth > 0 || b.is_ascii_whitespace() => {}
                _ => break,
            }
            self.at = (self.at + 1).min(self.bytes.len());
        }
    }

    /// `token := 1*<any (US-ASCII) CHAR except SPACE, CTLs, or tspecials>` (RFC 2045 §5.1),
    /// extended: ends at white space, a comment or one of `ends`.
    fn token(&mut self, ends: &[u8]) -> &'a [u8] {
        self.space();
        let start = self.at;
        while self
            .peek()
            .is_some_and(|b| !b.is_ascii_whitespace() && b != b'(' && !ends.contains(&b))
        {
            self.at += 1;
        }
        &self.bytes[start..self.at]
    }

    /// `*(";" parameter)`, `parameter := attribute "=" value`; a missing semicolon is tolerated.
    fn parameters(&mut self) -> Parameters {
        let mut found = Vec::new();
        while found.len() < PARAMETERS_MAX {
            let before = self.at;
            self.space();
            if self.eat(b';') {
                continue;
            }
            let name = self.token(b";=");
            self.space();
            if self.eat(b'=') {
                let value = self.value();
                if !name.is_empty() {
                    found.push((charset::guess(name).into_owned(), value));
                }
            }
            if self.at == before {
                break;
            }
        }
        Parameters(found)
    }

    /// `value := token / quoted-string`; a token with spaces (an unquoted file name) extends to the
    /// semicolon, unless another parameter follows.
    fn value(&mut self) -> Vec<u8> {
        self.space();
        if self.eat(b'"') {
            return self.quoted();
        }
        let start = self.at;
        let mut end = start;
        while let Some(b) = self.peek() {
            if b == b';' {
                break;
            }
            if b.is_ascii_whitespace() {
                let mark = self.at;
                self.space();
                let parameter_follows = {
                    let here = self.at;
                    let name = self.token(b";=");
                    let encoded_word = name.starts_with(b"=?") || name.is_empty();
                    self.space();
                    let yes = !encoded_word
                        && self.peek() == Some(b'=')
                        && name
                            .iter()
                            .all(|b| b.is_ascii_alphanumeric() || b"-*_".contains(b));
                    self.at = here;
                    yes
                };
                if parameter_follows
                    || self.peek().is_none_or(|b| b == b';')
                    || self.bytes[mark..self.at].contains(&b'(')
                {
                    break;
                }
                continue;
            }
            self.at += 1;
            end = self.at;
        }
        crate::lines::unfold(&self.bytes[start..end]).into_owned()
    }

    fn quoted(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while let Some(b) = self.peek() {
            self.at += 1;
            match b {
                b'"' => break,
                b'\\' => match self.peek() {
                    // A file name with DOS folders, not escaped: keeps the backslash before a
                    // character that needs no escape.
                    Some(next) if matches!(next, b'"' | b'\\') => {
                        out.push(next);
                        self.at += 1;
                    }
                    _ => out.push(b'\\'),
                },
                b'\r' | b'\n' => {}
                b'\t' => out.push(b' '),
                _ => out.push(b),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests;
