//! Parses a framed command: tag, verb, arguments. The grammar is RFC 3501 §9; each function quotes
//! the rules that it reads. Does not know the state or the limits of a session, and never sees an
//! incomplete command.

mod append;
mod login;
mod mailbox;
mod message;
mod search;

use crate::code::{Code, Fault};
use crate::set::{SeqNumber, SequenceSet};
use crate::write::{is_astring_char, is_atom_char};
use mail::{Flags, MailboxName, Time};
use std::borrow::Cow;
use std::num::NonZeroU32;

pub(crate) use append::{append, append_head};
pub(crate) use login::{authenticate, bare, enable, id, login};
pub(crate) use mailbox::{
    create, delete, list, lsub, rename, select, status, subscribe, unsubscribe,
};
pub(crate) use message::{copy, expunge_uids, fetch, fetch_uids, moving, store};
pub(crate) use search::search;

/// A parser's result.
pub(crate) type Parsed<T> = Result<T, Fault>;

/// A cursor over the text of a command.
pub(crate) struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Input<'a> {
        Input { bytes, at: 0 }
    }

    /// The text from `start` to the cursor.
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        &self.bytes[start..self.at]
    }

    /// The offset of the cursor.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Takes the byte if it is next.
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let hit = self.peek() == Some(byte);
        self.at += usize::from(hit);
        hit
    }

    /// Takes the word if it is next, in any case.
    pub(crate) fn eat_word(&mut self, word: &str) -> bool {
        let hit = self.bytes[self.at..]
            .get(..word.len())
            .is_some_and(|w| w.eq_ignore_ascii_case(word.as_bytes()));
        self.at += if hit { word.len() } else { 0 };
        hit
    }

    pub(crate) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        let n = rest.iter().position(|&b| !wanted(b)).unwrap_or(rest.len());
        self.at += n;
        &rest[..n]
    }

    pub(crate) fn need(&mut self, byte: u8, otherwise: &'static str) -> Parsed<()> {
        if self.eat(byte) {
            Ok(())
        } else {
            Err(Fault::Bad(otherwise))
        }
    }

    /// `SP`, exactly one.
    pub(crate) fn space(&mut self) -> Parsed<()> {
        self.need(b' ', "Missing argument")
    }

    /// The end of the command.
    pub(crate) fn end(&mut self) -> Parsed<()> {
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(Fault::Bad("Unexpected text after the last argument"))
        }
    }

    /// `atom = 1*ATOM-CHAR`
    pub(crate) fn atom(&mut self) -> Parsed<&'a [u8]> {
        let atom = self.take_while(is_atom_char);
        if atom.is_empty() {
            Err(Fault::Bad("Expected an atom"))
        } else {
            Ok(atom)
        }
    }

    /// `number = 1*DIGIT ; (0 <= n < 4,294,967,296)`
    pub(crate) fn number(&mut self) -> Parsed<u32> {
        let digits = self.take_while(|b| b.is_ascii_digit());
        if digits.is_empty() {
            return Err(Fault::Bad("Expected a number"));
        }
        let value = digits.iter().try_fold(0u32, |n, d| {
            n.checked_mul(10)?.checked_add(u32::from(d - b'0'))
        });
        value.ok_or(Fault::Bad("Number must be below 4294967296"))
    }

    /// `nz-number = digit-nz *DIGIT ; (0 < n < 4,294,967,296)`
    pub(crate) fn nz_number(&mut self) -> Parsed<NonZeroU32> {
        NonZeroU32::new(self.number()?).ok_or(Fault::Bad("Number must not be zero"))
    }

    /// `string = quoted / literal`
    pub(crate) fn string(&mut self) -> Parsed<Cow<'a, [u8]>> {
        match self.peek() {
            Some(b'"') => self.quoted(),
            Some(b'{') => self.literal().map(Cow::Borrowed),
            _ => Err(Fault::Bad("Expected a quoted string or a literal")),
        }
    }

    /// `quoted = DQUOTE *QUOTED-CHAR DQUOTE`; octets above ASCII are passed on to the caller's
    /// check.
    fn quoted(&mut self) -> Parsed<Cow<'a, [u8]>> {
        const OPEN: Fault = Fault::Bad("Unterminated quoted string");
        let start = self.at + 1;
        self.at = start;
        let plain = self.take_while(|b| !matches!(b, b'"' | b'\\' | b'\r' | b'\n' | 0));
        if self.eat(b'"') {
            return Ok(Cow::Borrowed(plain));
        }
        let mut value = plain.to_vec();
        loop {
            match self.peek().ok_or(OPEN)? {
                b'"' => {
                    self.at += 1;
                    return Ok(Cow::Owned(value));
                }
                b'\\' => {
                    let escaped = self.bytes.get(self.at + 1).copied().ok_or(OPEN)?;
                    if !matches!(escaped, b'"' | b'\\') {
                        return Err(Fault::Bad("Invalid escape in a quoted string"));
                    }
                    value.push(escaped);
                    self.at += 2;
                }
                b'\r' | b'\n' | 0 => return Err(OPEN),
                b => {
                    value.push(b);
                    self.at += 1;
                }
            }
        }
    }

    /// `literal = "{" number ["+"] "}" CRLF *CHAR8`
    fn literal(&mut self) -> Parsed<&'a [u8]> {
        const BROKEN: Fault =
            Fault::Bad("Invalid literal; expected {length} at the end of the line");
        self.at += 1;
        let length = self.number().map_err(|_| BROKEN)? as usize;
        self.eat(b'+');
        self.need(
            b'}',
            "Invalid literal; expected {length} at the end of the line",
        )?;
        self.eat(b'\r');
        if !self.eat(b'\n') {
            return Err(BROKEN);
        }
        let value = self.bytes[self.at..].get(..length).ok_or(BROKEN)?;
        self.at += length;
        // CHAR8 = %x01-ff
        if value.contains(&0) {
            return Err(Fault::Bad("NUL in a literal"));
        }
        Ok(value)
    }

    /// `astring = 1*ASTRING-CHAR / string`
    pub(crate) fn astring(&mut self) -> Parsed<Cow<'a, [u8]>> {
        match self.peek() {
            Some(b'"' | b'{') => self.string(),
            _ => {
                let atom = self.take_while(is_astring_char);
                if atom.is_empty() {
                    Err(Fault::Bad("Missing argument"))
                } else {
                    Ok(Cow::Borrowed(atom))
                }
            }
        }
    }

    /// An astring as text; UTF-8 is accepted.
    pub(crate) fn text(&mut self) -> Parsed<String> {
        String::from_utf8(self.astring()?.into_owned())
            .map_err(|_| Fault::Bad("Argument is not UTF-8"))
    }

    /// `mailbox = "INBOX" / astring`, in modified UTF-7; `otherwise` is the code for an invalid
    /// mailbox name.
    pub(crate) fn mailbox(&mut self, otherwise: Code) -> Parsed<MailboxName> {
        let raw = self.astring()?;
        let name = std::str::from_utf8(&raw)
            .ok()
            .and_then(mail::from_modified_utf7);
        let Some(name) = name else {
            return Err(Fault::No(
                otherwise,
                "Mailbox name is not valid modified UTF-7",
            ));
        };
        MailboxName::new(&name).map_err(|_| {
            Fault::No(otherwise, "Invalid mailbox name: 1 to 512 bytes, no empty level, control character or wildcard")
        })
    }

    /// `sequence-set = (seq-number / seq-range) *("," sequence-set)`
    pub(crate) fn sequence_set(&mut self) -> Parsed<SequenceSet> {
        let mut ranges = Vec::new();
        loop {
            let first = self.seq_number()?;
            let last = if self.eat(b':') {
                self.seq_number()?
            } else {
                first
            };
            ranges.push((first, last));
            if !self.eat(b',') {
                return Ok(SequenceSet(ranges));
            }
        }
    }

    /// `seq-number = nz-number / "*"`
    fn seq_number(&mut self) -> Parsed<SeqNumber> {
        if self.eat(b'*') {
            return Ok(None);
        }
        self.nz_number()
            .map(Some)
            .map_err(|_| Fault::Bad("Invalid sequence set; expected for example 1:3,7,12:*"))
    }

    /// `flag-list = "(" [flag *(SP flag)] ")"`
    pub(crate) fn flag_list(&mut self, recent_forgiven: bool) -> Parsed<Flags> {
        self.need(b'(', "Expected flags in parentheses")?;
        let mut flags = Flags::default();
        if self.eat(b')') {
            return Ok(flags);
        }
        loop {
            self.flag(&mut flags, recent_forgiven)?;
            if self.eat(b')') {
                return Ok(flags);
            }
            self.space()?;
        }
    }

    /// `flag = "\Answered" / "\Flagged" / "\Deleted" / "\Seen" / "\Draft" / flag-keyword /
    /// flag-extension`
    pub(crate) fn flag(&mut self, flags: &mut Flags, recent_forgiven: bool) -> Parsed<()> {
        let start = self.at;
        let system = self.eat(b'\\');
        self.atom().map_err(|_| Fault::Bad("Expected a flag"))?;
        let name = String::from_utf8_lossy(&self.bytes[start..self.at]);
        if flags.add(&name) || (recent_forgiven && name.eq_ignore_ascii_case("\\Recent")) {
            return Ok(());
        }
        if system {
            return Err(Fault::Bad(
                "Unsupported flag; permitted are \\Answered \\Flagged \\Deleted \\Seen \\Draft and keywords",
            ));
        }
        Err(Fault::No(
            Code::Limit,
            "Too many or too long keywords; the limit is 64 of 64 bytes",
        ))
    }

    /// `date = date-text / DQUOTE date-text DQUOTE`, `date-text = date-day "-" date-month "-"
    /// date-year`; midnight in UTC.
    pub(crate) fn date(&mut self) -> Parsed<Time> {
        let quoted = self.eat(b'"');
        let (year, month, day) = self.day()?;
        if quoted {
            self.need(b'"', "Invalid date; expected for example 1-Feb-2026")?;
        }
        Ok(Time::from_civil(year, month, day, 0, 0, 0))
    }

    fn day(&mut self) -> Parsed<(i32, u32, u32)> {
        const FORM: Fault = Fault::Bad("Invalid date; expected for example 1-Feb-2026");
        self.eat(b' ');
        let day = self.take_while(|b| b.is_ascii_digit());
        if day.is_empty() || day.len() > 2 || !self.eat(b'-') {
            return Err(FORM);
        }
        let month = self.take_while(|b| b.is_ascii_alphabetic());
        if !self.eat(b'-') {
            return Err(FORM);
        }
        let year = self.take_while(|b| b.is_ascii_digit());
        let month = std::str::from_utf8(month)
            .ok()
            .and_then(Time::month_number)
            .ok_or(FORM)?;
        let (day, year_digits) = (decimal(day), year.len());
        let year = decimal(year);
        let longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month as usize - 1];
        if year_digits != 4 || day == 0 || day > longest {
            return Err(FORM);
        }
        Ok((year as i32, month, day))
    }

    /// `date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE`
    pub(crate) fn date_time(&mut self) -> Parsed<Time> {
        const FORM: Fault =
            Fault::Bad("Invalid date-time; expected for example \" 1-Feb-2026 13:05:00 +0100\"");
        self.need(b'"', "Expected a quoted date-time")?;
        let (year, month, day) = self.day()?;
        self.need(
            b' ',
            "Invalid date-time; expected for example \" 1-Feb-2026 13:05:00 +0100\"",
        )?;
        let hour = self.two_digits().ok_or(FORM)?;
        let minute = self
            .eat(b':')
            .then(|| self.two_digits())
            .flatten()
            .ok_or(FORM)?;
        let second = self
            .eat(b':')
            .then(|| self.two_digits())
            .flatten()
            .ok_or(FORM)?;
        self.need(
            b' ',
            "Invalid date-time; expected for example \" 1-Feb-2026 13:05:00 +0100\"",
        )?;
        let west = self.eat(b'-');
        if !west && !self.eat(b'+') {
            return Err(FORM);
        }
        let (zone_hours, zone_minutes) = (
            self.two_digits().ok_or(FORM)?,
            self.two_digits().ok_or(FORM)?,
        );
        self.need(b'"', "Unterminated date-time")?;
        // 60 is a leap second.
        if hour > 23 || minute > 59 || second > 60 || zone_minutes > 59 {
            return Err(FORM);
        }
        let zone = i64::from(zone_hours * 60 + zone_minutes) * 60;
        let local = Time::from_civil(year, month, day, hour, minute, second).secs();
        Ok(Time::from_secs(if west {
            local + zone
        } else {
            local - zone
        }))
    }

    fn two_digits(&mut self) -> Option<u32> {
        let two = self.bytes[self.at..].get(..2)?;
        two.iter().all(u8::is_ascii_digit).then(|| {
            self.at += 2;
            decimal(two)
        })
    }
}

// Only a few digits: cannot overflow.
fn decimal(digits: &[u8]) -> u32 {
    digits.iter().fold(0u32, |n, d| {
        n.wrapping_mul(10).wrapping_add(u32::from(d - b'0'))
    })
}

#[cfg(test)]
mod tests;
