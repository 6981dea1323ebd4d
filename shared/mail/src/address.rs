//! Mailbox addresses of the envelope: `local-part@domain` (RFC 5321 §4.1.2; RFC 6531 for UTF-8) and
//! paths `<…>`. Header addresses with display names are read in `mime`.

use crate::domain::{Domain, DomainError, Host};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The longest local part, in octets (RFC 5321 §4.5.3.1.1).
pub const LOCAL_BYTES_MAX: usize = 64;
/// The longest path with its angle brackets, in octets (RFC 5321 §4.5.3.1.3).
pub const PATH_BYTES_MAX: usize = 256;

/// The part before the `@`, unquoted: `alice`, `first last` (`"first last"` on the wire). Keeps its
/// case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalPart(Box<str>);

/// A mailbox: `alice@glasspost.test`. Compare accounts with [`Address::key`], which folds case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    local: LocalPart,
    host: Host,
}

/// A reverse or forward path: an address, the null path `<>`, or `<postmaster>` without a domain
/// (RFC 5321 §4.1.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Path {
    /// `<>`: a message from it is never answered (RFC 5321 §4.5.5).
    Null,
    /// `<postmaster>` in any case: the postmaster of the receiving host.
    Postmaster,
    /// `<a@b>`
    Address(Address),
}

/// Why a text is not an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// No `@`.
    NoAt,
    /// The part before the `@` is empty, too long or holds what must be quoted.
    LocalPart,
    /// The part after the `@`.
    Domain(DomainError),
    /// Angle brackets that do not match, or something behind them.
    Brackets,
    /// `<@a,@b:c@d>`: source routes are refused (RFC 5321 appendix C allows to ignore them; they
    /// are a known relay trick).
    SourceRoute,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AddressError::NoAt => f.write_str("an address needs an @ with a domain behind it"),
            AddressError::LocalPart => f.write_str("the part before the @ is not well formed"),
            AddressError::Domain(e) => e.fmt(f),
            AddressError::Brackets => f.write_str("a path stands in angle brackets: <user@domain>"),
            AddressError::SourceRoute => f.write_str("source routes are not accepted"),
        }
    }
}

impl std::error::Error for AddressError {}

impl LocalPart {
    /// `Local-part = Dot-string / Quoted-string` (RFC 5321 §4.1.2), with UTF-8 as in RFC 6531 §3.3.
    /// Takes the wire form.
    ///
    /// # Errors
    /// [`AddressError::LocalPart`].
    pub fn parse(text: &str) -> Result<LocalPart, AddressError> {
        let value = match text.strip_prefix('"') {
            Some(rest) => unquote(rest)?,
            None if is_dot_string(text) => text.to_owned(),
            None => return Err(AddressError::LocalPart),
        };
        if value.len() > LOCAL_BYTES_MAX {
            return Err(AddressError::LocalPart);
        }
        Ok(LocalPart(value.into_boxed_str()))
    }

    /// The unquoted text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_dot_string(text: &str) -> bool {
    text.split('.')
        .all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

/// `atext` of RFC 5322 §3.2.3, and UTF-8 beyond ASCII (RFC 6532 §3.2) without controls and spaces.
fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || "!#$%&'*+-/=?^_`{|}~".contains(c)
        || (!c.is_ascii()
            && !c.is_control()
            && !c.is_whitespace()
            && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'))
}

// `rest` is what follows the opening quote; the closing quote must be its last character.
fn unquote(rest: &str) -> Result<String, AddressError> {
    let inner = rest.strip_suffix('"').ok_or(AddressError::LocalPart)?;
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        let c = match c {
            // quoted-pairSMTP = %d92 %d32-126 (RFC 5321 §4.1.2); RFC 6531 §3.3 extends only qtext.
            '\\' => chars
                .next()
                .filter(char::is_ascii)
                .ok_or(AddressError::LocalPart)?,
            '"' => return Err(AddressError::LocalPart),
            c => c,
        };
        if c.is_control() {
            return Err(AddressError::LocalPart);
        }
        out.push(c);
    }
    Ok(out)
}

impl fmt::Display for LocalPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_dot_string(&self.0) {
            return f.write_str(&self.0);
        }
        f.write_str("\"")?;
        for c in self.0.chars() {
            if matches!(c, '"' | '\\') {
                f.write_str("\\")?;
            }
            write!(f, "{c}")?;
        }
        f.write_str("\"")
    }
}

impl Address {
    /// `Mailbox = Local-part "@" ( Domain / address-literal )` (RFC 5321 §4.1.2).
    ///
    /// ```
    /// use mail::Address;
    ///
    /// let address = Address::parse("alice+list@example.org")?;
    /// assert_eq!(address.domain().map(|d| d.as_str()), Some("example.org"));
    /// assert!(Address::parse("alice").is_err());
    /// # Ok::<(), mail::AddressError>(())
    /// ```
    ///
    /// # Errors
    /// [`AddressError`] names the part that is invalid.
    pub fn parse(text: &str) -> Result<Address, AddressError> {
        // The last @ outside quotes: a quoted local part may hold one.
        let at = if text.starts_with('"') {
            text.rfind("\"@").map(|i| i + 1)
        } else {
            text.find('@')
        };
        let at = at.ok_or(AddressError::NoAt)?;
        let local = LocalPart::parse(&text[..at])?;
        let host = Host::new(&text[at + 1..]).map_err(AddressError::Domain)?;
        Ok(Address { local, host })
    }

    /// Assembles an address from valid parts.
    pub fn new(local: LocalPart, host: Host) -> Address {
        Address { local, host }
    }

    /// The part before the `@`.
    pub fn local(&self) -> &LocalPart {
        &self.local
    }

    /// The part after the `@`.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The domain, unless the address ends in a literal.
    pub fn domain(&self) -> Option<&Domain> {
        self.host.domain()
    }

    /// The lookup key of an account: all lower case. RFC 5321 §2.4 leaves the local part to the
    /// receiving host; here case never distinguishes two users.
    pub fn key(&self) -> String {
        format!("{}@{}", self.local.as_str().to_lowercase(), self.host)
    }

    /// The local part without a subaddress: `alice` of `alice+lists` (RFC 5233), lower case, and
    /// the tag `lists`.
    pub fn split_subaddress(&self) -> (String, Option<String>) {
        let local = self.local.as_str();
        match local.split_once('+') {
            Some((user, tag)) if !user.is_empty() => (user.to_lowercase(), Some(tag.to_owned())),
            _ => (local.to_lowercase(), None),
        }
    }

    /// True where SMTPUTF8 is needed to transmit it (RFC 6531).
    pub fn is_international(&self) -> bool {
        !self.local.0.is_ascii() || self.domain().is_some_and(Domain::is_international)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.host)
    }
}

impl FromStr for Address {
    type Err = AddressError;
    fn from_str(s: &str) -> Result<Address, AddressError> {
        Address::parse(s)
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;
    fn try_from(s: String) -> Result<Address, AddressError> {
        Address::parse(&s)
    }
}

impl From<Address> for String {
    fn from(a: Address) -> String {
        a.to_string()
    }
}

/// Splits `<path> rest` into the text between the brackets and what follows; quoted strings may
/// hold `>`.
///
/// # Errors
/// [`AddressError::Brackets`] where there is no such pair.
pub fn split_angle(text: &str) -> Result<(&str, &str), AddressError> {
    let inner = text.strip_prefix('<').ok_or(AddressError::Brackets)?;
    let (mut quoted, mut escaped) = (false, false);
    for (i, b) in inner.bytes().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'>' if !quoted => return Ok((&inner[..i], &inner[i + 1..])),
            _ => {}
        }
    }
    Err(AddressError::Brackets)
}

impl Path {
    /// `Reverse-path = Path / "<>"`, `Forward-path = Path`, each in its brackets (RFC 5321 §4.1.2).
    /// Refuses source routes.
    ///
    /// # Errors
    /// [`AddressError`].
    pub fn parse(text: &str) -> Result<Path, AddressError> {
        let (inner, rest) = split_angle(text)?;
        if !rest.is_empty() || text.len() > PATH_BYTES_MAX {
            return Err(AddressError::Brackets);
        }
        if inner.is_empty() {
            return Ok(Path::Null);
        }
        if inner.starts_with('@') {
            return Err(AddressError::SourceRoute);
        }
        if inner.eq_ignore_ascii_case("postmaster") {
            return Ok(Path::Postmaster);
        }
        Address::parse(inner).map(Path::Address)
    }

    /// The address, where there is one.
    pub fn address(&self) -> Option<&Address> {
        match self {
            Path::Address(a) => Some(a),
            _ => None,
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Null => f.write_str("<>"),
            Path::Postmaster => f.write_str("<postmaster>"),
            Path::Address(a) => write!(f, "<{a}>"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_plain_quoted_and_international_addresses() {
        for (text, shown) in [
            ("alice@glasspost.test", "alice@glasspost.test"),
            ("a.b+c@X.test", "a.b+c@x.test"),
            ("\"first last\"@a.test", "\"first last\"@a.test"),
            ("\"needless\"@a.test", "needless@a.test"),
            ("\"a@b\"@c.test", "\"a@b\"@c.test"),
            ("\"t é\"@x.test", "\"t é\"@x.test"),
            ("\"t\\ \\\"\"@x.test", "\"t \\\"\"@x.test"),
            ("用户@例子.测试", "用户@例子.测试"),
            ("a@[192.0.2.1]", "a@[192.0.2.1]"),
        ] {
            assert_eq!(
                Address::parse(text).map(|a| a.to_string()),
                Ok(shown.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_malformed_addresses() {
        for bad in [
            "",
            "a",
            "@b",
            "a@",
            "a..b@c",
            ".a@b",
            "a.@b",
            "a b@c",
            "a@b@c",
            "\"a@b",
            // RFC 6531 §3.3: a backslash stands before ASCII only.
            "\"t\\é\"@x.test",
            "\"t\\\"@x.test",
            "a\"b\"@c",
            "a\r\n@b",
            "a@b\r\nRCPT",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn limits_the_local_part_to_64_bytes() {
        assert!(Address::parse(&format!("{}@a.test", "a".repeat(64))).is_ok());
        assert_eq!(
            Address::parse(&format!("{}@a.test", "a".repeat(65))),
            Err(AddressError::LocalPart)
        );
    }

    #[test]
    fn reads_paths_and_refuses_source_routes() {
        assert_eq!(Path::parse("<>"), Ok(Path::Null));
        assert_eq!(Path::parse("<PostMaster>"), Ok(Path::Postmaster));
        assert!(matches!(Path::parse("<a@b.test>"), Ok(Path::Address(_))));
        assert_eq!(
            Path::parse("<@x.test:a@b.test>"),
            Err(AddressError::SourceRoute)
        );
        assert_eq!(Path::parse("a@b.test"), Err(AddressError::Brackets));
        assert_eq!(
            split_angle("<\"a>b\"@c.test> SIZE=1"),
            Ok(("\"a>b\"@c.test", " SIZE=1"))
        );
    }

    #[test]
    fn splits_a_subaddress_from_its_user() {
        assert_eq!(
            Address::parse("Alice+Lists@a.test")
                .unwrap()
                .split_subaddress(),
            ("alice".into(), Some("Lists".into()))
        );
        assert_eq!(
            Address::parse("+x@a.test").unwrap().split_subaddress(),
            ("+x".into(), None)
        );
    }
}
