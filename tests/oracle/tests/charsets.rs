//! Every byte in every charset of one byte, by its labels: both parsers have the same characters,
//! but for bytes that a charset does not define.

use oracle::{Report, content};

/// Labels that are common in mail.
const LABELS: [&str; 38] = [
    "iso-8859-1",
    "latin1",
    "iso-8859-2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-6",
    "iso-8859-7",
    "iso-8859-8",
    "iso-8859-9",
    "iso-8859-10",
    "iso-8859-11",
    "iso-8859-13",
    "iso-8859-14",
    "iso-8859-15",
    "iso-8859-16",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "cp1252",
    "koi8-r",
    "koi8-u",
    "macintosh",
    "ibm850",
    "ibm866",
    "cp866",
    "tis-620",
    "windows-874",
    "x-mac-cyrillic",
    "iso_8859-1",
    "ISO8859-1",
    "cp819",
];

#[test]
fn one_byte_charsets_have_the_same_characters() {
    let mut wrong = Vec::new();
    for label in LABELS {
        for byte in 0x80..=0xff_u8 {
            let mut report = Report::default();
            content::compare_charset(label, &[byte], &mut report);
            wrong.extend(
                report
                    .unexplained()
                    .map(|d| format!("{label} {byte:02x}: {:?} and {:?}", d.own, d.other)),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
