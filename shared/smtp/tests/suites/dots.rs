//! Dot-stuffing and its removal.

use suites::{Suite, Suites, Verdict, bytes_of};

const DOVECOT: &str = "smtp/dovecot-smtp-vectors";

pub fn add(all: &mut Suites) {
    all.add(
        Suite::new("dot-stuffing", DOVECOT)
            .cases(|folder| suites::table(&folder.join("dot-stuffing.json")))
            .check(|case| {
                let wire = stuffed(&bytes_of(&case["input"]));
                Verdict::compare(&wire, &bytes_of(&case["output"]))
            }),
    );
    all.add(
        Suite::new("dot-unstuffing", DOVECOT)
            .cases(|folder| suites::table(&folder.join("dot-unstuffing.json")))
            .check(|case| {
                let input = bytes_of(&case["input"]);
                let (mut reader, mut message) = (smtp::Unstuffer::default(), Vec::new());
                let fed = reader.feed(&input, |span| message.extend_from_slice(span));
                let text = String::from_utf8_lossy(&input);
                // Dovecot takes bare line ends here; they must be refused (RFC 5321 §2.3.8), so it
                // is enough that they are seen.
                if text.replace("\r\n", "").contains(['\r', '\n']) {
                    Verdict::compare(&(reader.summary().bare || !fed.ended), &true)
                } else {
                    Verdict::compare(&(message, fed.ended), &(bytes_of(&case["output"]), true))
                }
            }),
    );
    all.add(
        Suite::new("gmime-dots", "smtp/gmime-dot-stuffing")
            .cases(|folder| {
                let read = |file| suites::crlf(&suites::bytes(&folder.join(file)));
                let pair = (read("smtp-input.txt"), read("smtp-output.txt"));
                vec![("sample".to_owned(), pair)]
            })
            .check(|(input, output)| {
                Verdict::compare(&stuffed(input), &[output, &b".\r\n"[..]].concat())
            }),
    );
}

fn stuffed(message: &[u8]) -> Vec<u8> {
    let (mut stuffer, mut wire) = (smtp::Stuffer::default(), Vec::new());
    stuffer.feed(message, &mut wire);
    stuffer.finish(&mut wire);
    wire
}
