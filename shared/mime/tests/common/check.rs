//! What must hold for any bytes as a message: nothing panics, output is well-formed, every listed
//! part can be opened, and an edit that changes nothing changes no byte.

use mime::{Edit, Section, What};

use crate::value::Value;

/// Reads, summarizes and edits a message in every way, and panics if the output is not well-formed.
pub fn check(message: &[u8], name: &str) {
    let outline = mime::outline(message);
    for wire in [&outline.envelope, &outline.body, &outline.body_structure] {
        let values = Value::read_all(wire)
            .unwrap_or_else(|e| panic!("{name}: {e}: {}", String::from_utf8_lossy(wire)));
        assert_eq!(values.len(), 1, "{name}");
    }
    assert_eq!(
        Value::read_all(&outline.envelope).unwrap()[0].list().len(),
        10,
        "{name}"
    );
    assert!(
        outline.summary.preview.chars().count() <= mime::PREVIEW_CHARS_MAX,
        "{name}"
    );
    assert!(
        outline.summary.header_bytes as usize <= message.len(),
        "{name}"
    );
    let parsed = mime::read(message);
    assert_eq!(
        parsed
            .subject
            .chars()
            .take(mime::SUBJECT_CHARS_MAX)
            .collect::<String>(),
        outline.summary.subject,
        "{name}"
    );
    assert!(
        !parsed.fields.iter().any(|f| f.value.contains(['\r', '\n'])),
        "{name}"
    );
    for attached in parsed.attachments.iter().chain(&parsed.inline) {
        let content = mime::attachment(message, &attached.path)
            .unwrap_or_else(|| panic!("{name}: {attached:?}"));
        assert_eq!(content.name, attached.name, "{name}");
        assert!(
            !content.name.is_empty() && !content.name.contains(['/', '\\', '\r', '\n']),
            "{name}: {:?}",
            content.name
        );
    }
    let text = mime::text_of(message, 100_000);
    assert!(text.len() <= 100_000 && mime::contains(&text, ""), "{name}");
    mime::text_to_html(&parsed.text);
    sections(message, name);
    assert!(
        Edit::new(message).finish() == message,
        "{name}: an edit that changes nothing"
    );
    let changed = Edit::new(message)
        .prepend("X-Test", "1")
        .unwrap()
        .remove("Subject")
        .finish();
    assert_eq!(
        (
            mime::count(&changed, "X-Test"),
            mime::count(&changed, "Subject")
        ),
        (mime::count(message, "X-Test") + 1, 0),
        "{name}"
    );
}

fn sections(message: &[u8], name: &str) {
    let at = |path: &[u32], what: What| {
        mime::section(
            message,
            &Section {
                path: path.to_vec(),
                what,
            },
        )
    };
    let (header, text) = (at(&[], What::Header).unwrap(), at(&[], What::Text).unwrap());
    assert!(
        [&header[..], &text[..]].concat() == message,
        "{name}: HEADER and TEXT are the whole"
    );
    assert!(
        at(&[1], What::All).is_some(),
        "{name}: there is always a part 1"
    );
    for path in [&[2][..], &[1, 1], &[1, 2], &[2, 1, 1]] {
        for what in [
            What::All,
            What::Header,
            What::Text,
            What::Mime,
            What::HeaderFields {
                names: vec!["subject".into()],
                not: true,
            },
        ] {
            at(path, what);
        }
    }
}
