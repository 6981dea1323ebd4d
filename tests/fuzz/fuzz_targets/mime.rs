//! Random bytes as a message: no panic, and what is read agrees with the bytes it was read from.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mime::{Section, What};

fuzz_target!(|message: &[u8]| {
    let outline = mime::outline(message);
    let _ = outline.summary.base_subject();
    let parsed = mime::read(message);
    let _ = mime::text_of(message, 10_000);
    for attached in parsed.attachments.iter().take(20) {
        let _ = mime::attachment(message, &attached.path);
    }
    for (path, what) in [(vec![], What::Header), (vec![], What::Text), (vec![1], What::All), (vec![1, 1], What::Mime)] {
        let section = Section { path, what };
        if let Some(range) = mime::section_range(message, &section) {
            assert!(range.end <= message.len(), "a section beyond the message");
        }
        let _ = mime::section(message, &section);
    }
    let end = mime::header_end(message);
    assert!(end <= message.len(), "a header beyond the message");
    for field in mime::fields(message) {
        assert!(field.range.end <= end, "a field beyond the header");
        let _ = field.text();
    }
    let (recoded, kept) = mime::recode::recode(message);
    if let Some(recoded) = recoded {
        let (again, rest) = mime::recode::recode(&recoded);
        assert!(again.is_none(), "a recoded message is recoded again");
        assert_eq!((rest.eight_bit, rest.long_line), (kept.eight_bit, kept.long_line));
    }
    let changed = mime::Edit::new(message).remove("Bcc").finish();
    assert_eq!(mime::count(&changed, "Bcc"), 0, "a field survived its removal");
});
