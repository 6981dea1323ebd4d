//! Files in winmail.dat.

use std::path::Path;

use suites::{Suite, Suites, Verdict};

pub fn add(all: &mut Suites) {
    all.add(
        Suite::new("tnef", "tnef-uu/mimekit-tnef")
            .cases_min(3)
            .cases(|folder| {
                let all = suites::files(folder, &["tnef"]).into_iter();
                all.map(|file| (crate::name_below(folder, &file), file))
                    .collect()
            })
            .check(|file| check(file)),
    );
}

fn check(file: &Path) -> Verdict {
    let mut message = b"Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\n".to_vec();
    message.extend(suites::bytes(file));
    let parsed = mime::read(&message);
    let unpacked = suites::files(&file.with_extension(""), &[]);
    let different = unpacked.iter().find(|expected| {
        let name = name(expected);
        let Some(attached) = parsed.attachments.iter().find(|a| a.name == name) else {
            // Rich text is not extracted; the message has the plain text beside it.
            return !name.starts_with("message.");
        };
        let got = mime::attachment(&message, &attached.path).unwrap();
        without_cr(&got.bytes) != without_cr(&suites::bytes(expected))
    });
    different.map_or(Verdict::Agrees, |expected| {
        let name = name(expected);
        Verdict::Differs(format!(
            "{name} is missing or differs: {:?}",
            parsed.attachments
        ))
    })
}

fn name(file: &Path) -> String {
    file.file_name().unwrap().to_string_lossy().into_owned()
}

fn without_cr(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|b| *b != b'\r').collect()
}
