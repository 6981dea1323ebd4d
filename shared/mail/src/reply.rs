//! SMTP replies (RFC 5321 §4.2) and enhanced status codes (RFC 3463, RFC 5248).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// `status-code = class "." subject "." detail` (RFC 3463 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EnhancedCode(pub u8, pub u16, pub u16);

impl fmt::Display for EnhancedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

impl FromStr for EnhancedCode {
    type Err = &'static str;
    fn from_str(s: &str) -> Result<EnhancedCode, Self::Err> {
        let mut parts = s.split('.');
        let mut number = |digits_max: usize| {
            let part = parts.next().filter(|p| {
                !p.is_empty() && p.len() <= digits_max && p.bytes().all(|b| b.is_ascii_digit())
            });
            part.and_then(|p| p.parse::<u16>().ok())
                .ok_or("an enhanced status code has the form class.subject.detail")
        };
        let (class, subject, detail) = (number(1)?, number(3)?, number(3)?);
        if parts.next().is_some() || !matches!(class, 2 | 4 | 5) {
            return Err("an enhanced status code begins with 2, 4 or 5 and has three parts");
        }
        Ok(EnhancedCode(class as u8, subject, detail))
    }
}

impl TryFrom<String> for EnhancedCode {
    type Error = &'static str;
    fn try_from(s: String) -> Result<EnhancedCode, Self::Error> {
        s.parse()
    }
}

impl From<EnhancedCode> for String {
    fn from(c: EnhancedCode) -> String {
        c.to_string()
    }
}

/// The first digit of a reply (RFC 5321 §4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyClass {
    /// 2yz: completed.
    Positive,
    /// 3yz: intermediate; more input is expected.
    Intermediate,
    /// 4yz: temporary failure.
    Transient,
    /// 5yz: permanent failure.
    Permanent,
}

/// An SMTP reply: a code of three digits, an optional enhanced code, and one or more lines of text
/// without CR or LF.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// 200–559.
    pub code: u16,
    /// Written before the text of every line; absent in greetings, EHLO and 3yz replies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enhanced: Option<EnhancedCode>,
    /// One entry per line.
    pub lines: Vec<String>,
}

impl Reply {
    /// A reply of one line with an enhanced code: `Reply::new(550, (5, 1, 1), "no such user")`.
    pub fn new(code: u16, enhanced: (u8, u16, u16), text: impl Into<String>) -> Reply {
        Reply {
            code,
            enhanced: Some(EnhancedCode(enhanced.0, enhanced.1, enhanced.2)),
            lines: vec![text.into()],
        }
    }

    /// A reply of one line without an enhanced code.
    pub fn plain(code: u16, text: impl Into<String>) -> Reply {
        Reply {
            code,
            enhanced: None,
            lines: vec![text.into()],
        }
    }

    /// The class by the first digit; unknown digits count as permanent.
    pub fn class(&self) -> ReplyClass {
        match self.code / 100 {
            2 => ReplyClass::Positive,
            3 => ReplyClass::Intermediate,
            4 => ReplyClass::Transient,
            _ => ReplyClass::Permanent,
        }
    }

    /// 2yz or 3yz.
    pub fn is_positive(&self) -> bool {
        matches!(
            self.class(),
            ReplyClass::Positive | ReplyClass::Intermediate
        )
    }

    /// The wire form with CRLF line ends (RFC 5321 §4.2): `250-a`, `250 b`. CR and LF inside a text
    /// become spaces, so that a text cannot inject a line.
    pub fn to_wire(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        let count = self.lines.len().max(1);
        for i in 0..count {
            let text = self.lines.get(i).map_or("", String::as_str);
            let between = if i + 1 == count { ' ' } else { '-' };
            out.extend_from_slice(format!("{:03}{between}", self.code).as_bytes());
            if let Some(e) = self.enhanced {
                out.extend_from_slice(format!("{e} ").as_bytes());
            }
            out.extend(text.bytes().map(|b| {
                if matches!(b, b'\r' | b'\n' | 0) {
                    b' '
                } else {
                    b
                }
            }));
            out.extend_from_slice(b"\r\n");
        }
        out
    }
}

/// On one line, for logs and notices: `550 5.1.1 no such user`.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.code)?;
        if let Some(e) = self.enhanced {
            write!(f, " {e}")?;
        }
        for line in &self.lines {
            write!(f, " {line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_one_and_many_lines() {
        assert_eq!(
            Reply::new(250, (2, 1, 0), "Ok").to_wire(),
            b"250 2.1.0 Ok\r\n"
        );
        let many = Reply {
            code: 250,
            enhanced: None,
            lines: vec!["mx.a.test".into(), "SIZE 100".into()],
        };
        assert_eq!(many.to_wire(), b"250-mx.a.test\r\n250 SIZE 100\r\n");
    }

    #[test]
    fn text_cannot_inject_a_line() {
        assert_eq!(
            Reply::plain(550, "no\r\n250 yes").to_wire(),
            b"550 no  250 yes\r\n"
        );
    }

    #[test]
    fn reads_enhanced_codes_strictly() {
        assert_eq!("5.1.10".parse(), Ok(EnhancedCode(5, 1, 10)));
        for bad in [
            "", "5", "5.1", "3.1.1", "5.1.1.1", "5.1.1234", "5..1", "a.b.c", "5.1.+1",
        ] {
            assert!(bad.parse::<EnhancedCode>().is_err(), "{bad}");
        }
    }
}
