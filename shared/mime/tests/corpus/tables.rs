//! Tables of single rules: encoded words, dates, addresses, parameters, subjects, charsets,
//! quoted-printable, HTML, packed files.

use crate::folder::{bytes, corpus, files, table};

/// Collects the differences, so that one run shows all.
struct Differences(Vec<String>, &'static [(&'static str, &'static str)]);

impl Differences {
    /// Permitted differences: the beginning of the input (trimmed), and the reason.
    fn but(otherwise: &'static [(&'static str, &'static str)]) -> Differences {
        Differences(Vec::new(), otherwise)
    }

    fn check(&mut self, input: &str, got: &str, expected: &str) {
        let excused = self.1.iter().any(|(o, _)| input.trim().starts_with(o));
        if got != expected && !excused {
            self.0
                .push(format!("{input:?}: {got:?} instead of {expected:?}"));
        }
    }

    fn none(self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn encoded_words_decode_as_the_tables_have_them() {
    let Some(folder) = corpus("mime/dovecot-mail-vectors") else {
        return;
    };
    let mut differences =
        Differences::but(&[("a =?utf-8?b?////?=", "three bad octets are shown as three")]);
    for case in table(&folder, "header-decode.json") {
        let input = bytes(&case["input"]).unwrap();
        // Trailing white space and its runs are not compared here.
        differences.check(
            &String::from_utf8_lossy(&input),
            &folded(&mime::decode_words(&input)),
            &folded(&String::from_utf8(bytes(&case["output"]).unwrap()).unwrap()),
        );
    }
    differences.none();
}

#[test]
fn unstructured_values_decode_as_the_tables_have_them() {
    let Some(folder) = corpus("mime/mail-parser-headers") else {
        return;
    };
    let mut differences = Differences::but(&[(
        "=?utf-8?q?a?= =?utf-8?q?=ZZ?=",
        "a word with a bad octet is still a word",
    )]);
    for case in table(&folder, "unstructured.json") {
        let header = case["header"].as_str().unwrap();
        // Only the first field counts: what follows an unfolded line end is another.
        let message = format!("X:{header}");
        let got = mime::header_text(message.as_bytes(), "X").unwrap_or_default();
        differences.check(
            header,
            &folded(&got),
            &folded(case["expected"].as_str().unwrap_or_default()),
        );
    }
    differences.none();
}

#[test]
fn dates_are_as_the_tables_have_them() {
    let Some(folder) = corpus("mime/dovecot-mail-vectors") else {
        return;
    };
    let mut differences = Differences::but(&[]);
    for case in table(&folder, "date.json") {
        let input = case["input"].as_str().unwrap();
        let expected = case["ok"]
            .as_bool()
            .unwrap()
            .then(|| case["unix_time"].as_i64().unwrap());
        differences.check(
            input,
            &format!("{:?}", mime::parse_date(input.as_bytes()).map(|t| t.secs())),
            &format!("{expected:?}"),
        );
    }
    differences.none();
}

#[test]
fn dates_of_many_forms_are_read() {
    let Some(folder) = corpus("mime/mail-parser-headers") else {
        return;
    };
    let mut differences = Differences::but(&[
        ("20 11", "a month has a name"),
        ("4 8 15", "the same"),
        ("Tue, 1 Xul", "the same"),
        ("Tue, 1 Jul 2003 ((invalid)", "comments nest"),
        (
            "Thu, 10 Jul 1997 14:53:31 EST5EDT",
            "an unknown zone counts as UTC (RFC 5322 §4.3)",
        ),
        (
            "Tue, 1 Jul 2003 10:52:37",
            "odd zones: digits are hours where they are one or two, else hours and minutes; none is UTC",
        ),
        ("01-Jan-2021", "hyphens are seen in the wild"),
        (
            "Wed, 27 Jun 99 04:11 GMT",
            "seconds may be left out (RFC 5322 §3.3)",
        ),
        ("1 Jul 121", "three digits count from 1900 (RFC 5322 §4.3)"),
    ]);
    for case in table(&folder, "date.json") {
        let header = case["header"].as_str().unwrap();
        let n = |name: &str| case["expected"][name].as_i64().unwrap() as u32;
        let expected = case["expected"].is_object().then(|| {
            let local = mail::Time::from_civil(
                n("year") as i32,
                n("month"),
                n("day"),
                n("hour"),
                n("minute"),
                n("second"),
            )
            .secs();
            let offset = i64::from(n("tz_hour") * 3600 + n("tz_minute") * 60);
            if case["expected"]["tz_before_gmt"] == true {
                local + offset
            } else {
                local - offset
            }
        });
        differences.check(
            header,
            &format!(
                "{:?}",
                mime::parse_date(header.as_bytes()).map(|t| t.secs())
            ),
            &format!("{expected:?}"),
        );
    }
    differences.none();
}

#[test]
fn addresses_are_as_the_tables_have_them() {
    let Some(folder) = corpus("mime/mail-parser-headers") else {
        return;
    };
    let mut differences = Differences::but(&[
        (
            "Pete(A nice",
            "a comment is a name only where there is no other",
        ),
        ("A Group(Some people)", "the same"),
        ("John Doe <jdoe@machine(comment)", "the same"),
        ("Nathaniel Borenstein", "the same"),
        ("James Derrick, Steven (PGE)", "the same"),
        ("<x@y.com>, group: (some text)", "a comment alone is nobody"),
        ("\"Doe, John\"", "names are trimmed"),
        ("John   Smith", "white space in names is folded"),
        (
            "< =?utf-8?q?a?=b@c.d>",
            "an encoded word may not stand in an address (RFC 2047 §5)",
        ),
        ("<=?utf-8?q?a?=b@c.d>", "the same"),
        ("a@b.c (x), <>, John", "a stray bracket is no name"),
        (
            "John Smith john@example.com",
            "name and address are told apart",
        ),
        ("\"unterminated", "an unclosed quote is only a character"),
        ("Joe <a@b.com> <c@d.com>", "a forgotten comma"),
    ]);
    for case in table(&folder, "address.json") {
        let header = case["header"].as_str().unwrap();
        let mailboxes = case["expected"].as_array().cloned().unwrap_or_default();
        let mailboxes = mailboxes.iter().flat_map(|m| {
            if m["mailbox"].is_object() {
                vec![m["mailbox"].clone()]
            } else {
                m["group"]["mailboxes"].as_array().unwrap().clone()
            }
        });
        let expected: Vec<_> = mailboxes
            .map(|m| {
                format!(
                    "{} <{}>",
                    m["name"].as_str().unwrap_or_default(),
                    m["address"].as_str().unwrap_or_default()
                )
            })
            .collect();
        let message = format!("X:{header}");
        let got = mime::find(message.as_bytes(), "X")
            .map(|f| mime::addresses(f.value))
            .unwrap_or_default();
        let got: Vec<_> = got
            .iter()
            .map(|c| format!("{} <{}>", c.name, c.address))
            .collect();
        differences.check(header, &got.join(", "), &expected.join(", "));
    }
    differences.none();
}

#[test]
fn base_subjects_are_as_the_tables_have_them() {
    let Some(folder) = corpus("mime/mail-parser-headers") else {
        return;
    };
    let mut differences = Differences::but(&[
        (
            "[hello] [world]",
            "RFC 5256 §2.1 (4): blobs go while something is left",
        ),
        ("z:", "one letter of one language is no reply"),
        ("ED:", "the same"),
        ("note:", "a note is no reply"),
        ("İl", "the lower case of İ has two characters"),
        ("İlt", "the same"),
    ]);
    for case in table(&folder, "thread_name.json") {
        let input = case["input"].as_str().unwrap();
        differences.check(
            input,
            &mime::subject::conversation(input),
            &folded(case["expected"].as_str().unwrap()).to_lowercase(),
        );
    }
    differences.none();
}

#[test]
fn charsets_of_chinese_japanese_and_korean_decode() {
    let Some(folder) = corpus("mime/cpython-cjk") else {
        return;
    };
    let mut differences = Differences::but(&[
        ("euc_jisx0213", "characters beyond EUC-JP"),
        ("euc_kr", "the eight-octet syllables of KS X 1001 annex 3"),
    ]);
    for path in files(&folder) {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let Ok(expected) = std::fs::read_to_string(folder.join(format!("{name}-utf8.txt"))) else {
            continue;
        };
        let input = std::fs::read(&path).unwrap();
        let got = mime::decode_charset(Some(&name.replace('_', "-")), &input);
        for (got, expected) in got.lines().zip(expected.lines()) {
            differences.check(name, got, expected);
        }
    }
    differences.none();
}

#[test]
fn html_becomes_the_text_that_the_tables_have() {
    let Some(folder) = corpus("html/mail-parser-decoders") else {
        return;
    };
    let mut differences = Differences::but(&[
        (
            "<head><title>ignore head</title><not head>",
            "text in a head is shown by browsers too",
        ),
        ("< p >", "no tag begins with white space"),
        (
            "<style>body{color:red}</style><div>Hello</div><script>",
            "blocks stand apart",
        ),
    ]);
    for case in table(&folder, "html_to_text.json") {
        let input = case["input"].as_str().unwrap();
        differences.check(
            input,
            &folded(&mime::html_to_text(input)),
            &folded(case["expected"].as_str().unwrap()),
        );
    }
    differences.none();
}

#[test]
fn previews_are_as_the_tables_have_them() {
    let Some(folder) = corpus("html/dovecot-html-vectors") else {
        return;
    };
    let mut differences = Differences::but(&[
        (
            "Content-Type: text/plain\n\n>quote",
            "quote marks are not shown in a preview",
        ),
        (
            "Content-Type: text/plain; charset=utf-8\n\nInvalid utf8",
            "bad octets at the end are not shown",
        ),
        (
            "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=a\n\n--a\nContent-Transfer-Encoding: 7bit\nContent-Type: text/plain; charset=utf-8\n\n> original",
            "own words come before quoted ones",
        ),
    ]);
    for case in table(&folder, "snippet.json") {
        let message = bytes(&case["message"]).unwrap();
        let chars = case["max_chars"].as_u64().unwrap() as usize;
        let got: String = mime::outline(&message)
            .summary
            .preview
            .chars()
            .take(chars)
            .collect();
        differences.check(
            &String::from_utf8_lossy(&message),
            &got,
            case["snippet"].as_str().unwrap(),
        );
    }
    differences.none();
}

#[test]
fn files_come_out_of_winmail_dat() {
    let Some(folder) = corpus("tnef-uu/mimekit-tnef") else {
        return;
    };
    for path in files(&folder)
        .into_iter()
        .filter(|p| p.extension().is_some_and(|e| e == "tnef"))
    {
        let stem = path.with_extension("");
        let mut message = b"Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\n".to_vec();
        message.extend(std::fs::read(&path).unwrap());
        let parsed = mime::read(&message);
        for expected in files(&stem) {
            let name = expected.file_name().unwrap().to_str().unwrap();
            let Some(attached) = parsed.attachments.iter().find(|a| a.name == name) else {
                // Rich text is not extracted; the message has the plain text beside it.
                assert!(
                    name.starts_with("message."),
                    "{}: no {name} in {:?}",
                    path.display(),
                    parsed.attachments
                );
                continue;
            };
            let length = |bytes: &[u8]| -> Vec<u8> {
                bytes.iter().copied().filter(|b| *b != b'\r').collect()
            };
            let got = mime::attachment(&message, &attached.path).unwrap();
            assert!(
                length(&got.bytes) == length(&std::fs::read(&expected).unwrap()),
                "{name}"
            );
        }
    }
}
