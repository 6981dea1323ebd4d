//! Charsets of Chinese, Japanese and Korean, line by line.

use std::path::Path;

use suites::{Exception, Suite, Suites, Verdict};

struct Case {
    charset: String,
    line: Vec<u8>,
    expected: String,
}

const EXCEPTIONS: [Exception<Case>; 3] = [
    Exception {
        theme: "JIS X 0213",
        reason: "the Encoding Standard has no charset with these characters",
        applies: |case| case.charset.ends_with("jisx0213"),
    },
    Exception {
        theme: "Hangul syllables spelled in eight bytes",
        reason: "the Encoding Standard's EUC-KR does not have the sequences of KS X 1001 annex 3",
        applies: |case| {
            case.charset == "euc_kr" && case.line.windows(2).any(|pair| pair == [0xA4, 0xD4])
        },
    },
    Exception {
        theme: "Johab",
        reason: "the Encoding Standard does not have it",
        applies: |case| case.charset == "johab",
    },
];

/// The name of a charset in mail, from its name in Python.
fn mail_name(charset: &str) -> String {
    match charset {
        "big5hkscs" => "big5-hkscs".to_owned(),
        "hz" => "hz-gb-2312".to_owned(),
        "shift_jis" => charset.to_owned(),
        _ => charset.replace("iso2022", "iso-2022").replace('_', "-"),
    }
}

pub fn add(all: &mut Suites) {
    all.add(
        Suite::new("charsets", "mime/cpython-cjk")
            .cases_min(100)
            .cases(read)
            .except(&EXCEPTIONS)
            .check(|case| {
                let got = mime::decode_charset(Some(&mail_name(&case.charset)), &case.line);
                Verdict::compare(got.trim_end_matches(['\r', '\n']), &case.expected)
            }),
    );
}

/// `big5.txt` is `big5-utf8.txt` in that charset.
fn read(folder: &Path) -> Vec<(String, Case)> {
    let mut cases = Vec::new();
    for file in suites::files(folder, &["txt"]) {
        let charset = file.file_stem().unwrap().to_string_lossy().into_owned();
        let utf8 = folder.join(format!("{charset}-utf8.txt"));
        if !utf8.exists() {
            continue;
        }
        let (coded, utf8) = (suites::bytes(&file), suites::text(&utf8));
        // The state of such a charset passes from line to line.
        let lines: Vec<&[u8]> = if charset.starts_with("iso2022") || charset == "hz" {
            vec![&coded]
        } else {
            coded.split_inclusive(|b| *b == b'\n').collect()
        };
        let expected: Vec<&str> = if lines.len() == 1 {
            vec![utf8.trim_end_matches('\n')]
        } else {
            utf8.lines().collect()
        };
        assert_eq!(lines.len(), expected.len(), "{charset}");
        for (i, (line, expected)) in lines.into_iter().zip(expected).enumerate() {
            let case = Case {
                charset: charset.clone(),
                line: line.to_vec(),
                expected: expected.to_owned(),
            };
            cases.push((format!("{charset}-{}", i + 1), case));
        }
    }
    cases
}
