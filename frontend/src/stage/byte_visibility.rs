//! Who can read each byte of a line, and which part of the exchange the byte belongs to: dialogue,
//! envelope, credentials, header or body. Derived from the recorded events; the parts of a message
//! are known only where its text is known.

use super::bytes::{Byte, Wire};
use super::i18n::say;
use super::model::Timeline;
use super::terms::{self, Term};
use super::visibility::{Observer, Visibility, observers};
use crate::i18n::Language;
use event::{Event, Kind};
use mail::session::Speaker;

/// The widest audience that can read a byte on its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// Also people on the same wireless network, besides the network providers.
    Everybody,
    /// Network providers that carry the packets between hosts.
    Carriers,
    /// Only the two endpoints and their administrators.
    Ends,
}

/// The part of the exchange that a byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ByteContent {
    /// Commands and replies.
    Dialogue,
    /// An address in MAIL or RCPT (RFC 5321 §3.3).
    Envelope,
    /// Credentials: a password, or base64 that contains one (RFC 4616 §2).
    Secret,
    /// A secret that was not recorded and therefore cannot be shown.
    Unrecorded,
    /// The message's header section (RFC 5322 §2.2).
    Header,
    /// The message's body (RFC 5322 §2.3).
    Body,
}

/// Placeholder for a secret that was not recorded.
const LEFT_OUT: &str = "••••";

/// Classifies each byte of a line, in order; the length equals that of [`Wire::line`] for the same
/// text.
pub fn line_contents(event: &Event) -> Vec<ByteContent> {
    let Kind::Line { speaker, text, .. } = &event.kind else {
        return Vec::new();
    };
    let mut contents = Vec::new();
    let line_terms = terms::line_terms(event);
    for (i, line) in text.split('\n').enumerate() {
        let whole = [Term {
            text: line.to_owned(),
            key: None,
        }];
        let pieces = line_terms
            .get(i)
            .filter(|p| p.iter().map(|p| p.text.len()).sum::<usize>() == line.len());
        let pieces: &[Term] = pieces.map_or(&whole, |p| p);
        let mut words = 0;
        for piece in pieces {
            words += usize::from(!piece.text.trim().is_empty());
            classify_term(&mut contents, piece, *speaker, &event.explain, words);
        }
        contents.extend([ByteContent::Dialogue; 2]);
    }
    contents
}

fn classify_term(
    contents: &mut Vec<ByteContent>,
    piece: &Term,
    speaker: Speaker,
    explain: &str,
    words: usize,
) {
    let content = match (piece.key.as_deref(), speaker) {
        (Some("word.reverse-path" | "word.forward-path"), _) => ByteContent::Envelope,
        (Some("word.base64"), Speaker::Client) => ByteContent::Secret,
        // LOGIN (RFC 9051 §6.2.3) after its tag, PASS and APOP (RFC 1939 §7): the arguments are
        // secret.
        (_, Speaker::Client) if explain == "imap.login" && words > 2 => ByteContent::Secret,
        (_, Speaker::Client) if matches!(explain, "pop3.pass" | "pop3.apop") && words > 1 => {
            ByteContent::Secret
        }
        _ => ByteContent::Dialogue,
    };
    let mut rest = piece.text.as_str();
    while let Some(at) = rest.find(LEFT_OUT) {
        contents.extend(vec![content; at]);
        contents.extend([ByteContent::Unrecorded; LEFT_OUT.len()]);
        rest = &rest[at + LEFT_OUT.len()..];
    }
    contents.extend(vec![content; rest.len()]);
}

/// Classifies each byte of a message's content as transmitted: header, empty line, body, and the
/// final dot.
pub fn message_contents(wire: &Wire) -> Vec<ByteContent> {
    let byte = |i: usize| wire.bytes.get(i).map(|(o, _)| *o);
    let blank = (0..wire.bytes.len()).find(|i| (0..4).all(|n| byte(i + n) == Some(b"\r\n\r\n"[n])));
    let body = blank.map_or(wire.bytes.len(), |at| at + 4);
    let end = wire
        .bytes
        .iter()
        .position(|(_, what)| *what == Byte::EndDot)
        .unwrap_or(wire.bytes.len());
    let of = |i: usize| match i {
        i if i >= end => ByteContent::Dialogue,
        i if i >= body => ByteContent::Body,
        _ => ByteContent::Header,
    };
    (0..wire.bytes.len()).map(of).collect()
}

/// The widest audience that can read a line.
pub fn audience(timeline: &Timeline, position: usize, language: Language) -> Audience {
    let seen = observers(timeline, position, language);
    let reads = |observer: &Observer| seen.contains(&(observer.clone(), Visibility::Reads));
    if reads(&Observer::Wifi) {
        Audience::Everybody
    } else if reads(&Observer::Carrier) || reads(&Observer::Resolver) {
        Audience::Carriers
    } else {
        Audience::Ends
    }
}

/// How many bytes of a line belong to one kind of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentShare {
    /// The kind of content.
    pub content: ByteContent,
    /// Index of its first byte.
    pub first: usize,
    /// Its total number of bytes.
    pub bytes: usize,
}

/// The kinds of content that occur, each once, in the order of their first occurrence.
pub fn content_shares(contents: &[ByteContent]) -> Vec<ContentShare> {
    let mut all: Vec<ContentShare> = Vec::new();
    for (first, content) in contents.iter().enumerate() {
        match all.iter_mut().find(|known| known.content == *content) {
            Some(known) => known.bytes += 1,
            None => all.push(ContentShare {
                content: *content,
                first,
                bytes: 1,
            }),
        }
    }
    all
}

/// An audience's label.
pub fn audience_text(language: Language, audience: Audience) -> &'static str {
    match audience {
        Audience::Everybody => say(
            language,
            "所有人可读：同一 Wi-Fi、运营商和通信双方",
            "Readable by everybody: the same Wi-Fi, network providers, both ends",
        ),
        Audience::Carriers => say(
            language,
            "沿途可读：运营商和通信双方",
            "Readable on the way: network providers and both ends",
        ),
        Audience::Ends => say(language, "只有通信双方可读", "Readable by both ends only"),
    }
}

/// An audience's class in the style sheet.
pub fn audience_class(audience: Audience) -> &'static str {
    match audience {
        Audience::Everybody => "for-everybody",
        Audience::Carriers => "for-carriers",
        Audience::Ends => "for-ends",
    }
}

/// A content kind's label.
pub fn content_text(language: Language, content: ByteContent) -> &'static str {
    match content {
        ByteContent::Dialogue => say(language, "协议对话", "Dialogue"),
        ByteContent::Envelope => say(language, "信封", "Envelope"),
        ByteContent::Secret => say(language, "登录凭据", "Credentials"),
        ByteContent::Unrecorded => say(language, "未记录的机密", "Unrecorded secret"),
        ByteContent::Header => say(language, "邮件头", "Header"),
        ByteContent::Body => say(language, "正文", "Body"),
    }
}

/// A content kind's class in the style sheet.
pub fn content_class(content: ByteContent) -> &'static str {
    match content {
        ByteContent::Dialogue => "of-dialogue",
        ByteContent::Envelope => "of-envelope",
        ByteContent::Secret => "of-secret",
        ByteContent::Unrecorded => "of-unrecorded",
        ByteContent::Header => "of-header",
        ByteContent::Body => "of-body",
    }
}

/// Who else learns this content beyond this connection.
pub fn onward_text(language: Language, content: ByteContent) -> &'static str {
    match content {
        ByteContent::Dialogue => say(
            language,
            "只出现在这一段连接里，下一段有自己的对话。",
            "Appears on this hop only; the next hop has its own dialogue.",
        ),
        ByteContent::Envelope => say(
            language,
            "后面每个中继都会再收到一次：没有它就无法投递。",
            "Every relay receives it again: without it nothing could be delivered.",
        ),
        ByteContent::Secret => say(
            language,
            "只交给这一台主机，不会继续传递。base64 只是编码，能读到字节就能读到密码。",
            "For this host only; it is not passed on. Base64 is an encoding, not encryption: whoever can read the bytes can read the password.",
        ),
        ByteContent::Unrecorded => say(
            language,
            "真实内容经过了这条连接，但没有被记录，所以这里显示“••••”。",
            "The real bytes were transmitted but not recorded; •••• is shown instead.",
        ),
        ByteContent::Header => say(
            language,
            "后面每台主机的管理员都能读到，每台主机还会添加自己的字段。",
            "Administrators of all later hosts can read it too, and each host adds its own field.",
        ),
        ByteContent::Body => say(
            language,
            "后面每台主机的管理员也都能读到；只有端到端加密才能避免。",
            "Administrators of all later hosts can read it too; only end-to-end encryption would prevent that.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::samples;

    /// The line's text, with each piece labelled by its kind of content.
    fn description(event: &Event) -> String {
        let Kind::Line { text, .. } = &event.kind else {
            return String::new();
        };
        let (wire, contents) = (Wire::line(text), line_contents(event));
        assert_eq!(
            wire.bytes.len(),
            contents.len(),
            "each byte is classified: {text}"
        );
        let bytes: Vec<u8> = wire.bytes.iter().map(|(o, _)| *o).collect();
        let mut description = String::new();
        let mut start = 0;
        for end in 1..=contents.len() {
            if end == contents.len() || contents[end] != contents[start] {
                let piece = String::from_utf8_lossy(&bytes[start..end]).replace("\r\n", "↵");
                description.push_str(&format!("{:?}[{piece}]", contents[start]));
                start = end;
            }
        }
        description
    }

    fn check(line: &str, explain: &'static str, expected: &str) {
        let mut event = samples::local_delivery().remove(1);
        event.explain = explain.into();
        let speaker = if line.starts_with(|c: char| c.is_ascii_digit() && explain.contains("reply"))
        {
            Speaker::Server
        } else {
            Speaker::Client
        };
        event.kind = Kind::Line {
            speaker,
            text: line.into(),
            sealed: false,
            redacted: false,
        };
        assert_eq!(description(&event), expected);
    }

    #[test]
    fn classifies_addresses_secrets_and_omitted_secrets() {
        check(
            "MAIL FROM:<a@a.test> SIZE=9",
            "smtp.mail",
            "Dialogue[MAIL FROM:]Envelope[<a@a.test>]Dialogue[ SIZE=9↵]",
        );
        check(
            "RCPT TO:<周@b.test>",
            "smtp.rcpt",
            "Dialogue[RCPT TO:]Envelope[<周@b.test>]Dialogue[↵]",
        );
        check(
            "AUTH PLAIN AGEAYg==",
            "smtp.auth",
            "Dialogue[AUTH PLAIN ]Secret[AGEAYg==]Dialogue[↵]",
        );
        check(
            "AUTH PLAIN ••••",
            "smtp.auth",
            "Dialogue[AUTH PLAIN ]Unrecorded[••••]Dialogue[↵]",
        );
        check(
            "c2VzYW1l",
            "smtp.auth.response",
            "Secret[c2VzYW1l]Dialogue[↵]",
        );
        check(
            "334 VXNlcm5hbWU6",
            "smtp.reply.334",
            "Dialogue[334 VXNlcm5hbWU6↵]",
        );
        check(
            "a1 LOGIN bob sesame",
            "imap.login",
            "Dialogue[a1 LOGIN ]Secret[bob sesame]Dialogue[↵]",
        );
        check(
            "PASS sesame",
            "pop3.pass",
            "Dialogue[PASS ]Secret[sesame]Dialogue[↵]",
        );
        check("250-a\n250 b", "smtp.reply.250", "Dialogue[250-a↵250 b↵]");
    }

    #[test]
    fn header_includes_the_empty_line_and_the_final_dot_is_dialogue() {
        let wire = Wire::content("A: b\r\n\r\nHi\r\n.x\r\n", true);
        let share = |content, first, bytes| ContentShare {
            content,
            first,
            bytes,
        };
        let expected = [
            share(ByteContent::Header, 0, 8),
            share(ByteContent::Body, 8, 9),
            share(ByteContent::Dialogue, 17, 3),
        ];
        assert_eq!(content_shares(&message_contents(&wire)), expected);
        let all_header = message_contents(&Wire::content("A: b\r\n", false));
        assert!(all_header.iter().all(|p| *p == ByteContent::Header));
    }

    #[test]
    fn audience_depends_on_the_connection() {
        let audience_of = |events: Vec<Event>, line: &str| {
            let t = Timeline::from_events(events);
            let is_line = |i: &usize| matches!(t.event(*i).map(|e| &e.kind), Some(Kind::Line { text, .. }) if text.starts_with(line));
            let at = (0..t.len()).rfind(is_line).expect("the line is there");
            audience(&t, at, Language::English)
        };
        assert_eq!(
            audience_of(samples::local_delivery(), "STARTTLS"),
            Audience::Everybody,
            "a person's program before TLS"
        );
        assert_eq!(
            audience_of(samples::local_delivery(), "MAIL FROM"),
            Audience::Ends,
            "after STARTTLS"
        );
        assert_eq!(
            audience_of(samples::greylisted(), "RCPT TO:<carol"),
            Audience::Carriers,
            "from host to host in the clear"
        );
    }
}
