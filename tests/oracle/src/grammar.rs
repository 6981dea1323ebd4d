//! A small grammar of messages: valid forms, usual ones and odd ones. A sequence of bytes decides
//! which are taken, so that a property test and a fuzzer explore the same messages.

/// The most parts in one message.
const PARTS_MAX: usize = 12;
/// The deepest nesting.
const DEPTH_MAX: usize = 4;

const NAMES: [&str; 12] = [
    "",
    "Alice ",
    "Alice B Carol ",
    "\"Doe, Jane\" ",
    "\"a \\\"quoted\\\" name\" ",
    "=?utf-8?Q?J=C3=B6rg?= ",
    "=?utf-8?B?5L2g5aW9?= ",
    "=?iso-8859-1?q?J=F6rg?= =?iso-8859-1?q?_M?= ",
    "=?gb2312?B?xOO6ww==?= ",
    "Jörg ",
    "John (a comment) Smith ",
    "\"\" ",
];
const LOCALS: [&str; 6] = ["alice", "a.b", "a+tag", "\"a b\"", "x_y-z", "用户"];
const HOSTS: [&str; 5] = [
    "here.test",
    "a.b.c.test",
    "[192.0.2.1]",
    "例子.test",
    "localhost",
];
const WORDS: [&str; 16] = [
    "Hello",
    "world",
    "a=b",
    "=?utf-8?Q?caf=C3=A9?=",
    "=?UTF-8?B?5L2g5aW9?=",
    "=?iso-8859-1?Q?a_b?=",
    "=?windows-1252?Q?=80?=",
    "=?gb18030?B?xOO6ww==?=",
    "=?iso-2022-jp?B?GyRCRV8bKEI=?=",
    "=?utf-8?Q?=E4=BD?= =?utf-8?Q?=A0?=",
    "=?utf-8*en?Q?tagged?=",
    "=?x-unknown?Q?abc?=",
    "naïve",
    "你好",
    "?=",
    "=?",
];
const DATES: [&str; 12] = [
    "Mon, 30 Nov 2026 10:20:30 +0800",
    "1 Jan 2001 00:00:00 +0000",
    "Thu, 13 Feb 1969 23:32:54 -0330",
    "Thu, 13 Feb 1969 23:32 -0330 (Newfoundland Time)",
    "Fri, 21 Nov 1997 09(comment):   55  :  06 -0600",
    "21 Nov 97 09:55:06 GMT",
    "Fri, 31 Dec 99 23:59:59 PST",
    "Wed, 11 Feb 98 11:51 CST",
    "Tue, 30 Jun 2015 23:59:60 +0300",
    "Wed, 07 Nov 2007 01:07:20",
    "Sat, 29 Feb 2020 12:00:00 +1400",
    "Sun, 1 Mar 2026 00:00:00 -0000",
];
const IDS: [&str; 5] = [
    "<1@here.test>",
    "<a.b$c-d=e@x.test>",
    "<\"quoted\"@here.test>",
    "<id@[192.0.2.1]>",
    "<20261130.1234 @ here.test>",
];
const RECEIVED: [&str; 6] = [
    "from a.test (a.test [192.0.2.1]) by mx.test with ESMTPS id 1 for <b@mx.test>; Mon, 30 Nov 2026 10:20:30 +0800",
    "from [IPv6:2001:db8::1] by mx.test (Postfix) with SMTP id x; 30 Nov 2026 10:20:30 +0000",
    "by mx.test with HTTP; Mon, 30 Nov 2026 10:20:30 +0000",
    "from a.test by b.test; Mon, 30 Nov 2026 10:20:30 +0000",
    "from with ([192.0.2.1]) by mx.test with SMTP id 1 for <\"x with ESMTPSA\"@a.test>; Mon, 30 Nov 2026 10:20:30 +0000",
    "from a.test (HELO b) by mx.test with UTF8SMTPSA (TLS1.3) id 2; Mon, 30 Nov 2026 10:20:30 +0000",
];
const FILE_NAMES: [&str; 12] = [
    "{}=a.txt",
    "{}=\"a b.txt\"",
    "{}*=utf-8''%E4%BD%A0.txt",
    "{}*=iso-8859-1'de'%E4.txt",
    "{}*0=\"long \"; {}*1=\"name.txt\"",
    "{}*0*=utf-8''%E4%BD; {}*1*=%A0.txt",
    "{}*0*=utf-8''%C3%A4; {}*1=\" b.txt\"",
    "{}*1=b.txt; {}*0=a",
    "{}=\"=?utf-8?Q?=C3=A4.txt?=\"",
    "{}=\"C:\\dir\\a.txt\"",
    "{}=\"ä.txt\"",
    "{} = a.txt",
];
const CHARSETS: [(&str, &[u8]); 12] = [
    ("us-ascii", b"plain text"),
    ("utf-8", "grün 你好".as_bytes()),
    ("UTF-8", "\u{feff}with a mark".as_bytes()),
    ("iso-8859-1", b"gr\xfcn \x80"),
    ("iso-8859-15", b"\xa4 5"),
    ("windows-1251", b"\xcf\xf0\xe8"),
    ("koi8-r", b"\xf0\xd2\xc9"),
    ("gb2312", b"\xc4\xe3\xba\xc3"),
    ("big5", b"\xa7A\xa6n"),
    ("shift_jis", b"\x83n\x83\x8d"),
    ("iso-2022-jp", b"\x1b$B%O%m!<\x1b(B"),
    ("utf-7", b"+AKM-5"),
];
const HTML: [&str; 8] = [
    "<p>one</p><p>two</p>",
    "<div class=\"x\">a <b>b</b></div>",
    "<style type=\"text/css\">p{}</style><p>shown</p>",
    "<html><head><title>t</title></head><body>shown</body></html>",
    "a &amp; b &eacute; &#x4f60; &nbsp;c",
    "<!-- hidden --><a href=\"https://here.test/\">link</a>",
    "<ul><li>one<li>two</ul><br>three",
    "<script>var a = \"<p>\";</script><blockquote>quoted</blockquote>",
];

/// The message that these decisions describe, with CRLF line ends.
pub fn message(decisions: &[u8]) -> Vec<u8> {
    write(decisions, true)
}

/// As [`message`], without messages that hold only a message: there `mail-parser` fails its own
/// assertions, where it is compiled with them.
pub fn message_without_wrappers(decisions: &[u8]) -> Vec<u8> {
    write(decisions, false)
}

fn write(decisions: &[u8], has_wrappers: bool) -> Vec<u8> {
    let mut writer = Writer {
        decisions,
        out: Vec::new(),
        parts: 0,
        has_wrappers,
        in_message: true,
    };
    writer.header();
    writer.entity(0);
    writer.out
}

/// One of the grammar's messages, by a number.
pub fn numbered(number: u64) -> Vec<u8> {
    // xorshift64, from a state that is never 0.
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let decisions: Vec<u8> = (0..120)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        })
        .collect();
    message(&decisions)
}

struct Writer<'a> {
    decisions: &'a [u8],
    out: Vec<u8>,
    parts: usize,
    /// A message may hold only a message.
    has_wrappers: bool,
    /// The entity that comes next is the root of a message.
    in_message: bool,
}

impl Writer<'_> {
    /// The next decision between `count` choices; the first where none is left.
    fn choose(&mut self, count: usize) -> usize {
        match self.decisions.split_first() {
            Some((first, rest)) => {
                self.decisions = rest;
                usize::from(*first) % count
            }
            None => 0,
        }
    }

    fn one<'c>(&mut self, choices: &[&'c str]) -> &'c str {
        choices[self.choose(choices.len())]
    }

    fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn header(&mut self) {
        for name in ["From", "To", "Cc"] {
            if self.choose(4) > 0 {
                let list = self.addresses();
                self.push(&format!("{name}: {list}\r\n"));
            }
        }
        if self.choose(4) > 0 {
            let subject = self.words();
            self.push(&format!("Subject: {subject}\r\n"));
        }
        let date = self.one(&DATES);
        self.push(&format!("Date: {date}\r\n"));
        let id = self.one(&IDS);
        self.push(&format!("Message-ID: {id}\r\n"));
        if self.choose(2) > 0 {
            let (a, space, b) = (self.one(&IDS), self.space(), self.one(&IDS));
            self.push(&format!("References: {a}{space}{b}\r\n"));
        }
        if self.choose(3) > 0 {
            let received = self.one(&RECEIVED);
            self.push(&format!("Received: {received}\r\n"));
        }
        self.push("MIME-Version: 1.0\r\n");
    }

    fn addresses(&mut self) -> String {
        let count = self.choose(3) + 1;
        let list: Vec<String> = (0..count).map(|_| self.mailbox()).collect();
        let separator = self.one(&[", ", ",", ",\r\n "]);
        let list = list.join(separator);
        match self.choose(8) {
            1 => format!("Team: {list};"),
            2 => format!("{list} (the end)"),
            _ => list,
        }
    }

    fn mailbox(&mut self) -> String {
        let (name, local, host) = (self.one(&NAMES), self.one(&LOCALS), self.one(&HOSTS));
        if name.is_empty() && self.choose(2) > 0 {
            return format!("{local}@{host}");
        }
        format!("{name}<{local}@{host}>")
    }

    fn words(&mut self) -> String {
        let count = self.choose(5) + 1;
        let mut text = self.one(&WORDS).to_owned();
        for _ in 1..count {
            text.push_str(self.space());
            text.push_str(self.one(&WORDS));
        }
        text
    }

    fn space(&mut self) -> &'static str {
        self.one(&[" ", "\r\n ", "\r\n\t", "  "])
    }

    /// A part: its fields, the empty line, its body.
    fn entity(&mut self, depth: usize) {
        self.parts += 1;
        let is_root = std::mem::take(&mut self.in_message);
        let kinds = match depth < DEPTH_MAX && self.parts < PARTS_MAX {
            true if is_root && !self.has_wrappers => 6,
            true => 7,
            false => 4,
        };
        match self.choose(kinds) {
            0 | 1 => self.text("plain"),
            2 => self.text("html"),
            3 => self.file(),
            4 | 5 => self.multipart(depth),
            _ => {
                self.push("Content-Type: message/rfc822\r\n\r\n");
                self.header();
                self.in_message = true;
                self.entity(depth + 1);
            }
        }
    }

    fn text(&mut self, subtype: &str) {
        let (charset, bytes) = CHARSETS[self.choose(CHARSETS.len())];
        let flowed = self.one(&["", "; format=flowed", ";\r\n\tformat=\"flowed\""]);
        self.push(&format!(
            "Content-Type: text/{subtype}; charset={charset}{flowed}\r\n"
        ));
        if self.choose(5) == 1 {
            let name = self.file_name("filename");
            self.push(&format!("Content-Disposition: inline; {name}\r\n"));
        }
        let html = HTML[self.choose(HTML.len())].as_bytes();
        let body = match subtype {
            "html" => [b"<p>", bytes, b"</p>\r\n", html, b"\r\n"].concat(),
            _ => [bytes, b"\r\n\r\nanother line \r\n", bytes, b"\r\n"].concat(),
        };
        self.body(&body);
    }

    fn file(&mut self) {
        let media = self.one(&["image/png", "application/pdf", "text/csv", "audio/basic"]);
        let name = self.file_name("name");
        self.push(&format!("Content-Type: {media};\r\n {name}\r\n"));
        let name = self.file_name("filename");
        let kind = self.one(&["attachment", "inline", "ATTACHMENT"]);
        self.push(&format!("Content-Disposition: {kind}; {name}\r\n"));
        let length = self.choose(200);
        let bytes: Vec<u8> = (0..length).map(|i| (i * 7 % 95) as u8 + 0x20).collect();
        self.push("Content-Transfer-Encoding: base64\r\n\r\n");
        self.base64(&bytes);
    }

    fn file_name(&mut self, parameter: &str) -> String {
        self.one(&FILE_NAMES).replace("{}", parameter)
    }

    fn body(&mut self, bytes: &[u8]) {
        match self.choose(3) {
            0 if bytes.is_ascii() => {
                self.push("Content-Transfer-Encoding: 7bit\r\n\r\n");
                self.out.extend_from_slice(bytes);
            }
            0 => {
                self.push("Content-Transfer-Encoding: 8bit\r\n\r\n");
                self.out.extend_from_slice(bytes);
            }
            1 => {
                self.push("Content-Transfer-Encoding: quoted-printable\r\n\r\n");
                self.quoted_printable(bytes);
            }
            _ => {
                self.push("Content-Transfer-Encoding: BASE64\r\n\r\n");
                self.base64(bytes);
            }
        }
    }

    fn quoted_printable(&mut self, bytes: &[u8]) {
        let mut column = 0;
        for (i, &b) in bytes.iter().enumerate() {
            let at_end = bytes[i + 1..].starts_with(b"\r\n");
            match b {
                b'\r' | b'\n' => self.out.push(b),
                b' ' if at_end => self.push("=20"),
                b'=' | 0..=31 | 127.. => self.push(&format!("={b:02X}")),
                _ => self.out.push(b),
            }
            column = if b == b'\n' { 0 } else { column + 3 };
            if column > 60 {
                self.push("=\r\n");
                column = 0;
            }
        }
    }

    fn base64(&mut self, bytes: &[u8]) {
        const DIGITS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for line in bytes.chunks(57) {
            for group in line.chunks(3) {
                let [a, b, c] = [0, 1, 2].map(|i| u32::from(group.get(i).copied().unwrap_or(0)));
                let bits = a << 16 | b << 8 | c;
                for i in 0..4 {
                    let digit = DIGITS[(bits >> (18 - 6 * i) & 63) as usize];
                    self.out.push(if i <= group.len() { digit } else { b'=' });
                }
            }
            self.push("\r\n");
        }
    }

    fn multipart(&mut self, depth: usize) {
        let subtype = self.one(&[
            "mixed",
            "alternative",
            "related",
            "digest",
            "MIXED",
            "signed",
        ]);
        // Unique, and none is the beginning of another.
        let boundary = format!("=_{}_{depth}_end", self.parts);
        let quoted = self.one(&["\"{}\"", "\"{}\"; type=\"text/html\"", "\"{}\""]);
        let parameter = quoted.replace("{}", &boundary);
        self.push(&format!(
            "Content-Type: multipart/{subtype}; boundary={parameter}\r\n\r\n"
        ));
        if self.choose(3) == 1 {
            self.push("A preamble.\r\n");
        }
        for _ in 0..=self.choose(3) {
            self.push(&format!("\r\n--{boundary}\r\n"));
            self.entity(depth + 1);
        }
        self.push(&format!("\r\n--{boundary}--\r\n"));
        if self.choose(4) == 1 {
            self.push("An epilogue.\r\n");
        }
    }
}
