//! Mailbox names, their modified UTF-7 form (RFC 3501 §5.1.3) and special uses (RFC 6154). The
//! separator is `/`; INBOX is case-insensitive.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest mailbox name, in octets of UTF-8.
pub const NAME_BYTES_MAX: usize = 512;
/// The most levels of nested mailboxes.
pub const NAME_LEVELS_MAX: usize = 16;

/// A mailbox's full name in UTF-8, normalized: `INBOX`, `Sent`, `课程/作业`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MailboxName(Box<str>);

/// Why a text is not a mailbox name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailboxNameError {
    /// The name, or one of its levels, is empty.
    Empty,
    /// The name is longer than `NAME_BYTES_MAX`.
    TooLong,
    /// The name has more than `NAME_LEVELS_MAX` levels.
    TooDeep,
    /// The name contains a control character, a wildcard, or a level `.` or `..`.
    Character,
}

impl fmt::Display for MailboxNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MailboxNameError::Empty => "a mailbox name has no empty level",
            MailboxNameError::TooLong => "a mailbox name has at most 512 bytes",
            MailboxNameError::TooDeep => "mailboxes nest at most 16 levels deep",
            MailboxNameError::Character => {
                "a mailbox name contains no control characters, wildcards or relative levels"
            }
        })
    }
}

impl std::error::Error for MailboxNameError {}

impl MailboxName {
    /// Checks and normalises: `inbox` becomes `INBOX`, also as a parent; no empty level, no control
    /// characters, no wildcards.
    ///
    /// # Errors
    /// [`MailboxNameError`] if the text is not a valid name.
    pub fn new(text: &str) -> Result<MailboxName, MailboxNameError> {
        if text.len() > NAME_BYTES_MAX {
            return Err(MailboxNameError::TooLong);
        }
        if text
            .chars()
            .any(|c| c.is_control() || matches!(c, '%' | '*' | '\u{2028}' | '\u{2029}'))
        {
            return Err(MailboxNameError::Character);
        }
        if text.split('/').any(str::is_empty) {
            return Err(MailboxNameError::Empty);
        }
        if text.split('/').any(|level| matches!(level, "." | "..")) {
            return Err(MailboxNameError::Character);
        }
        if text.split('/').count() > NAME_LEVELS_MAX {
            return Err(MailboxNameError::TooDeep);
        }
        let (first, rest) = text.split_at(text.find('/').unwrap_or(text.len()));
        let first = if first.eq_ignore_ascii_case("INBOX") {
            "INBOX"
        } else {
            first
        };
        Ok(MailboxName(format!("{first}{rest}").into_boxed_str()))
    }

    /// The mailbox that every account has (RFC 9051 §5.1).
    pub fn inbox() -> MailboxName {
        MailboxName("INBOX".into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for INBOX itself.
    pub fn is_inbox(&self) -> bool {
        &*self.0 == "INBOX"
    }

    /// The name of the parent mailbox.
    pub fn parent(&self) -> Option<MailboxName> {
        self.0.rfind('/').map(|i| MailboxName(self.0[..i].into()))
    }

    /// True where this lies below `ancestor`.
    pub fn is_below(&self, ancestor: &MailboxName) -> bool {
        self.0
            .strip_prefix(&*ancestor.0)
            .is_some_and(|rest| rest.starts_with('/'))
    }
}

impl fmt::Display for MailboxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for MailboxName {
    type Error = MailboxNameError;
    fn try_from(s: String) -> Result<MailboxName, MailboxNameError> {
        MailboxName::new(&s)
    }
}

impl From<MailboxName> for String {
    fn from(n: MailboxName) -> String {
        n.0.into_string()
    }
}

/// The special use of a mailbox (RFC 6154 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SpecialUse {
    /// `\Drafts`
    Drafts,
    /// `\Sent`
    Sent,
    /// `\Archive`
    Archive,
    /// `\Junk`
    Junk,
    /// `\Trash`
    Trash,
}

impl SpecialUse {
    /// Every use, in the order in which a new account gets its mailboxes.
    pub const ALL: [SpecialUse; 5] = [
        SpecialUse::Drafts,
        SpecialUse::Sent,
        SpecialUse::Archive,
        SpecialUse::Junk,
        SpecialUse::Trash,
    ];

    /// The attribute in LIST responses.
    pub fn attribute(self) -> &'static str {
        match self {
            SpecialUse::Drafts => "\\Drafts",
            SpecialUse::Sent => "\\Sent",
            SpecialUse::Archive => "\\Archive",
            SpecialUse::Junk => "\\Junk",
            SpecialUse::Trash => "\\Trash",
        }
    }

    /// The use of an attribute in any case.
    pub fn from_attribute(text: &str) -> Option<SpecialUse> {
        SpecialUse::ALL
            .into_iter()
            .find(|u| u.attribute().eq_ignore_ascii_case(text))
    }

    /// The name of a new account's mailbox with this use.
    pub fn default_name(self) -> MailboxName {
        MailboxName(self.attribute()[1..].into())
    }
}

const B64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// UTF-8 → modified UTF-7 (RFC 3501 §5.1.3): `&` becomes `&-`, what is not printable ASCII becomes
/// `&…-`.
pub fn to_modified_utf7(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run: Vec<u16> = Vec::new();
    for c in text.chars() {
        if matches!(c, ' '..='~') {
            flush_utf16(&mut run, &mut out);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            run.extend_from_slice(c.encode_utf16(&mut [0; 2]));
        }
    }
    flush_utf16(&mut run, &mut out);
    out
}

fn flush_utf16(run: &mut Vec<u16>, out: &mut String) {
    if run.is_empty() {
        return;
    }
    out.push('&');
    let (mut bits, mut have) = (0u32, 0);
    for unit in run.drain(..) {
        bits = (bits << 16) | u32::from(unit);
        have += 16;
        while have >= 6 {
            have -= 6;
            out.push(B64[(bits >> have) as usize & 63] as char);
        }
        bits &= (1 << have) - 1;
    }
    if have > 0 {
        out.push(B64[(bits << (6 - have)) as usize & 63] as char);
    }
    out.push('-');
}

/// Modified UTF-7 → UTF-8; `None` for invalid forms: a stray `&`, 8-bit bytes, left-over bits, an
/// unpaired surrogate, or printable ASCII in base64, which RFC 3501 forbids.
pub fn from_modified_utf7(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // RFC 3501 §5.1.3 forbids a shift that follows another one at once: one name has one form.
    let mut after_run = false;
    while let Some(start) = rest.find('&') {
        let (plain, coded) = (&rest[..start], &rest[start + 1..]);
        if !plain.bytes().all(|b| matches!(b, b' '..=b'~')) {
            return None;
        }
        out.push_str(plain);
        let end = coded.find('-')?;
        if end == 0 {
            out.push('&');
            after_run = false;
        } else if after_run && plain.is_empty() {
            return None;
        } else {
            after_run = true;
            out.push_str(&decode_run(&coded.as_bytes()[..end])?);
        }
        rest = &coded[end + 1..];
    }
    if !rest.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return None;
    }
    out.push_str(rest);
    Some(out)
}

fn decode_run(coded: &[u8]) -> Option<String> {
    let mut units = Vec::with_capacity(coded.len() * 6 / 16 + 1);
    let (mut bits, mut have) = (0u32, 0);
    for b in coded {
        bits = (bits << 6) | B64.iter().position(|x| x == b)? as u32;
        have += 6;
        if have >= 16 {
            have -= 16;
            units.push((bits >> have) as u16);
            bits &= (1 << have) - 1;
        }
    }
    if bits != 0 || have >= 6 {
        return None;
    }
    let text = String::from_utf16(&units).ok()?;
    (!text.chars().any(|c| matches!(c, ' '..='~'))).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inbox_is_case_insensitive_and_keeps_its_children() {
        assert_eq!(MailboxName::new("inBox").unwrap().as_str(), "INBOX");
        assert_eq!(MailboxName::new("inbox/a").unwrap().as_str(), "INBOX/a");
        assert_eq!(MailboxName::new("inboxes").unwrap().as_str(), "inboxes");
    }

    #[test]
    fn refuses_invalid_mailbox_names() {
        for bad in ["", "/a", "a/", "a//b", "a\u{0}", "a*", "a%", "..", "a/../b"] {
            assert!(MailboxName::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn modified_utf7_follows_the_examples_of_the_rfc() {
        for (plain, coded) in [
            ("台北", "&U,BTFw-"),
            ("日本語", "&ZeVnLIqe-"),
            ("a&b", "a&-b"),
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("😀", "&2D3eAA-"),
        ] {
            assert_eq!(to_modified_utf7(plain), coded);
            assert_eq!(from_modified_utf7(coded).as_deref(), Some(plain));
        }
    }

    #[test]
    fn refuses_broken_modified_utf7() {
        for bad in ["&", "&U,BTFw", "&AGE-", "ä", "&====-", "&2D0-", "a&b"] {
            assert_eq!(from_modified_utf7(bad), None, "{bad}");
        }
        // Two shifts in a row are another spelling of one (RFC 3501 §5.1.3).
        for bad in ["&AOQ-&APY-", "x&AOQ-&APY-"] {
            assert_eq!(from_modified_utf7(bad), None, "{bad}");
        }
        assert_eq!(from_modified_utf7("&AOQ-&-&APY-").as_deref(), Some("ä&ö"));
        assert_eq!(from_modified_utf7("&AOQ-.&APY-").as_deref(), Some("ä.ö"));
    }
}
