//! Every file of the suites as a message, whole and truncated, with LF and with CRLF: nothing
//! panics, and output is well-formed.

use crate::check::check;
use suites::{Suite, Suites, Verdict};

/// Larger files are no messages of tests.
const FILE_BYTES_MAX: usize = 2_000_000;

/// A message is truncated at so many places.
const CUTS: usize = 20;

pub fn add(all: &mut Suites) {
    for (name, data, count) in [
        ("any-mail-parser", "mime/mail-parser-headers", 570),
        ("any-cpython", "mime/cpython-email", 40),
        ("any-cpython-cjk", "mime/cpython-cjk", 10),
        ("any-gmime", "mime/gmime-data", 50),
        ("any-abuse-reports", "dmarc/arf-reports", 10),
        ("any-dkimpy", "dkim/dkimpy-data", 30),
        ("any-bleach", "html/bleach", 20),
        ("any-html5lib", "html/html5lib-tests", 70),
        ("any-corpus-mime", "mime", 500),
        ("any-corpus-tnef", "tnef-uu", 15),
        ("any-corpus-imap", "imap", 40),
        ("any-corpus-mbox", "mbox", 10),
        ("any-corpus-dkim", "dkim", 50),
        ("any-corpus-html", "html", 100),
        ("any-corpus-smtp", "smtp", 30),
        ("any-corpus-address", "address", 20),
    ] {
        all.add(
            Suite::new(name, data)
                .cases_min(count)
                .cases(|folder| {
                    let all = suites::files(folder, &[]).into_iter();
                    all.map(|file| (crate::name_below(folder, &file), file))
                        .collect()
                })
                .check(|file| {
                    let bytes = suites::bytes(file);
                    if bytes.len() > FILE_BYTES_MAX {
                        return Verdict::Skipped("larger than any message of a test".to_owned());
                    }
                    let name = file.display().to_string();
                    check(&bytes, &name);
                    check(&suites::crlf(&bytes), &name);
                    let extension = file.extension().unwrap_or_default();
                    if extension == "eml" || extension == "msg" {
                        let step = (bytes.len() / CUTS).max(1);
                        for end in (0..bytes.len()).step_by(step) {
                            check(&bytes[..end], &name);
                        }
                    }
                    Verdict::Agrees
                }),
        );
    }
}
