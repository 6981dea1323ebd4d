//! Time and memory of both parsers on the same messages, whole and by theme.

use std::hint::black_box;
use std::time::Instant;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::html::html_to_text;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Message, MessageParser};
use mime::Encoding;
use oracle::{Theme, content, corpus, fields, mailbox};
use peak_alloc::PeakAlloc;

/// The best of so many repetitions counts.
const REPEATS: usize = 7;
/// So many messages of the mailbox are measured: it repeats four kinds.
const MAILBOX_MESSAGES: usize = 2_000;

/// Reads a message as a whole; the result only keeps the compiler from leaving it out.
type Read = fn(&[u8]) -> usize;

/// One parser's figures.
struct Measure {
    nanos_each: f64,
    megabytes_per_second: f64,
    peak_bytes: usize,
}

/// Prints the tables.
pub fn print(allocator: &PeakAlloc) {
    let published: Vec<Vec<u8>> = corpus::collections()
        .into_iter()
        .flat_map(|collection| collection.messages)
        .map(|message| message.bytes)
        .collect();
    let mailbox: Vec<Vec<u8>> = (0..MAILBOX_MESSAGES).map(mailbox::message).collect();
    println!("| whole messages | ns each | MB/s | peak KiB |\n|---|---:|---:|---:|");
    for (name, messages) in [("mailbox", &mailbox), ("collections", &published)] {
        print_whole(name, messages, allocator);
    }
    println!("\n| theme | input | mime, ns each | mail-parser, ns each | mime : mail-parser |");
    println!("|---|---|---:|---:|---:|");
    let all: Vec<&Vec<u8>> = published.iter().chain(&mailbox).collect();
    print_fields(&all, allocator);
    print_content(allocator);
    println!();
}

fn print_whole(name: &str, messages: &[Vec<u8>], allocator: &PeakAlloc) {
    let rows: [(&str, Read); 4] = [
        ("mime: outline (IMAP and list)", |m| {
            mime::outline(m).body_structure.len()
        }),
        ("mime: read (for a reader)", |m| mime::read(m).text.len()),
        ("mail-parser: parse", |m| {
            parsed(m).map_or(0, |p| p.parts.len())
        }),
        ("mail-parser: parse, texts", |m| {
            parsed(m).map_or(0, |p| p.body_text(0).map_or(0, |t| t.len()))
        }),
    ];
    for (what, read) in rows {
        let measure = measure(messages, allocator, read);
        println!(
            "| {name}: {what} | {:.0} | {:.0} | {} |",
            measure.nanos_each,
            measure.megabytes_per_second,
            measure.peak_bytes / 1024
        );
    }
}

fn parsed(message: &[u8]) -> Option<Message<'_>> {
    MessageParser::default().parse(message)
}

fn print_fields(messages: &[&Vec<u8>], allocator: &PeakAlloc) {
    let mut values: Vec<(Theme, Vec<u8>)> = Vec::new();
    for message in messages {
        for field in mime::fields(message) {
            if let Some(theme) = fields::theme_of(field.name) {
                values.push((theme, field.value.to_vec()));
            }
        }
    }
    for theme in &Theme::ALL[..6] {
        let own: Vec<Vec<u8>> = values
            .iter()
            .filter(|(t, _)| t == theme)
            .map(|(_, v)| v.clone())
            .collect();
        let other: Vec<Vec<u8>> = own.iter().map(|v| fields::line_of(v)).collect();
        let input = format!("{} fields", own.len());
        let own = measure(&own, allocator, |v| fields::read_own(*theme, v));
        let other = measure(&other, allocator, |v| fields::read_other(*theme, v));
        print_ratio(theme.name(), &input, &own, &other);
    }
}

fn print_content(allocator: &PeakAlloc) {
    let base64 = format!("{}\r\n", "QUJD".repeat(19)).repeat(13_000);
    let broken = base64.replacen("QUJD", "QU*JD", 1);
    let printable =
        "A line of =C3=A4 text as people write it, soft=\r\n broken.\r\n".repeat(18_000);
    for (name, text, encoding) in [
        ("base64, 1 MB", &base64, Encoding::Base64),
        (
            "base64 with a stray character, 1 MB",
            &broken,
            Encoding::Base64,
        ),
        (
            "quoted-printable, 1 MB",
            &printable,
            Encoding::QuotedPrintable,
        ),
    ] {
        let input = vec![text.as_bytes().to_vec()];
        let own = measure(&input, allocator, |m| encoding.decode(m).len());
        let other = measure(&input, allocator, |m| {
            let decoded = match encoding {
                Encoding::Base64 => base64_decode(m),
                _ => quoted_printable_decode(m),
            };
            decoded.map_or(0, |d| d.len())
        });
        print_ratio("transfer encodings", name, &own, &other);
    }
    for (name, bytes) in [
        ("gb18030", &b"\xc4\xe3\xba\xc3 hello "[..]),
        ("iso-8859-1", b"gr\xfc\xdfe aus M\xfcnchen "),
    ] {
        let input = vec![bytes.repeat(100_000)];
        let own = measure(&input, allocator, |m| {
            mime::decode_charset(Some(name), m).len()
        });
        let other = measure(&input, allocator, |m| {
            charset_decoder(name.as_bytes()).map_or(0, |decode| decode(m).len())
        });
        print_ratio(
            "charsets",
            &format!("{name}, {} KiB", input[0].len() / 1024),
            &own,
            &other,
        );
    }
    let html = "<div class=\"x\"><p>Hello <b>world</b>, text of a usual kind &amp; so on.</p>\
                <a href=\"https://here.test/\">link</a></div>\r\n"
        .repeat(9_000);
    let input = vec![html.into_bytes()];
    let as_text = |m: &[u8]| String::from_utf8_lossy(m).into_owned();
    let own = measure(&input, allocator, |m| mime::html_to_text(&as_text(m)).len());
    let words = measure(&input, allocator, |m| content::words_of(&as_text(m)).len());
    let other = measure(&input, allocator, |m| html_to_text(&as_text(m)).len());
    print_ratio("HTML to text", "with links, 1 MB", &own, &other);
    print_ratio("HTML to text", "words only, 1 MB", &words, &other);
}

fn print_ratio(theme: &str, input: &str, own: &Measure, other: &Measure) {
    println!(
        "| {theme} | {input} | {:.0} | {:.0} | {:.2} |",
        own.nanos_each,
        other.nanos_each,
        own.nanos_each / other.nanos_each
    );
}

fn measure(inputs: &[Vec<u8>], allocator: &PeakAlloc, read: impl Fn(&[u8]) -> usize) -> Measure {
    let bytes: usize = inputs.iter().map(Vec::len).sum();
    let before = allocator.current_usage();
    allocator.reset_peak_usage();
    let mut best = f64::MAX;
    for _ in 0..REPEATS {
        let started = Instant::now();
        for input in inputs {
            black_box(read(black_box(input)));
        }
        best = best.min(started.elapsed().as_secs_f64());
    }
    Measure {
        nanos_each: best * 1e9 / inputs.len().max(1) as f64,
        megabytes_per_second: bytes as f64 / best / 1e6,
        peak_bytes: allocator.peak_usage().saturating_sub(before),
    }
}
