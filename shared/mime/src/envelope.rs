//! IMAP's ENVELOPE of a header in wire form (RFC 9051 §7.5.2): raw values, encoded words not
//! decoded. The SMTP envelope is `mail::Envelope`.

use crate::address::{self, Item};
use crate::field::Fields;
use crate::lines::unfold;
use crate::wire;

/// The ten members, in parentheses:
/// `envelope = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP env-to SP
/// env-cc SP env-bcc SP env-in-reply-to SP env-message-id ")"`
pub(crate) fn write(fields: Fields<'_>, out: &mut Vec<u8>) {
    let mut found: [Option<Vec<u8>>; 10] = Default::default();
    for field in fields {
        let Some(i) = MEMBERS.iter().position(|m| field.is(m)) else {
            continue;
        };
        match &mut found[i] {
            // RFC 5322 §4.5.3: several To, Cc or Bcc fields form one list.
            Some(list) if matches!(i, 5..=7) => {
                list.push(b',');
                list.extend_from_slice(field.value);
            }
            Some(_) => {}
            slot => *slot = Some(field.value.to_vec()),
        }
    }
    let text = |i: usize| found[i].as_deref().map(unfold);
    let list = |i: usize| {
        found[i]
            .as_deref()
            .map(address::parse)
            .filter(|l| !l.is_empty())
    };
    let from = list(2);
    out.push(b'(');
    for i in 0..MEMBERS.len() {
        if i > 0 {
            out.push(b' ');
        }
        match i {
            2 => write_list(from.as_deref(), out),
            // An absent or empty Sender or Reply-To is replaced by From.
            3 | 4 => write_list(list(i).as_deref().or(from.as_deref()), out),
            5..=7 => write_list(list(i).as_deref(), out),
            _ => wire::nstring(text(i).as_deref(), out),
        }
    }
    out.push(b')');
}

const MEMBERS: [&str; 10] = [
    "Date",
    "Subject",
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "In-Reply-To",
    "Message-ID",
];

/// `"(" 1*address ")" / nil`, `address = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host
/// ")"`; a group is marked by a host of NIL.
fn write_list(list: Option<&[Item]>, out: &mut Vec<u8>) {
    let Some(items) = list else {
        out.extend_from_slice(b"NIL");
        return;
    };
    out.push(b'(');
    for item in items {
        match item {
            Item::Mailbox(m) => {
                out.push(b'(');
                wire::nstring(m.name.as_deref(), out);
                out.push(b' ');
                wire::nstring(m.route.as_deref(), out);
                out.push(b' ');
                wire::string(&m.local, out);
                out.push(b' ');
                wire::string(&m.host, out);
                out.push(b')');
            }
            Item::GroupStart(name) => {
                out.extend_from_slice(b"(NIL NIL ");
                wire::string(name, out);
                out.extend_from_slice(b" NIL)");
            }
            Item::GroupEnd => out.extend_from_slice(b"(NIL NIL NIL NIL)"),
        }
    }
    out.push(b')');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, expected: &str) {
        let mut out = Vec::new();
        write(crate::fields(header.as_bytes()), &mut out);
        assert_eq!(String::from_utf8_lossy(&out), expected, "{header:?}");
    }

    #[test]
    fn absent_sender_and_reply_to_are_shown_as_from() {
        check(
            "From: A <a@b.test>\r\nSender: \r\nTo: x@y.test\r\nTo: z@y.test\r\n\r\n",
            "(NIL NIL ((\"A\" NIL \"a\" \"b.test\")) ((\"A\" NIL \"a\" \"b.test\")) ((\"A\" NIL \"a\" \"b.test\")) ((NIL NIL \"x\" \"y.test\")(NIL NIL \"z\" \"y.test\")) NIL NIL NIL NIL)",
        );
    }

    #[test]
    fn groups_are_marked_and_raw_text_is_a_literal() {
        check(
            "Subject: ä\r\nTo: team: a@b.test;\r\nMessage-ID: <1@b>\r\n\r\n",
            "(NIL {2}\r\nä NIL NIL NIL ((NIL NIL \"team\" NIL)(NIL NIL \"a\" \"b.test\")(NIL NIL NIL NIL)) NIL NIL NIL \"<1@b>\")",
        );
    }
}
