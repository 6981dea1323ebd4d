//! Responses to FETCH, in turns.

use super::*;
use crate::section::{Section, SectionText};

fn page(traced: bool) -> Page {
    let items = Items {
        items: Vec::new(),
        mark_seen: false,
        by_uid: false,
    };
    let mut page = Page::new(Arc::new(items), traced);
    page.refill(|t| {
        t.extend((1..=5).map(|n| Target {
            seq: n,
            uid: n + 10,
            recent: n == 2,
        }));
    });
    page
}

#[test]
fn writes_rows_and_skips_expunged_messages() {
    let mut p = page(false);
    let mut row = p.row().unwrap();
    row.uid();
    row.flags(&Flags::of(mail::flags::SEEN));
    row.end();
    let mut row = p.row().unwrap();
    row.flags(&Flags::default());
    row.size(7);
    row.internal_date(Time::from_secs(0));
    row.envelope(b"(NIL)");
    row.end();
    p.lose();
    p.pass();
    assert_eq!((p.targets().len(), p.has_lost()), (1, true));
    assert_eq!(
        String::from_utf8(p.take_rows()).unwrap(),
        "* 1 FETCH (UID 11 FLAGS (\\Seen))\r\n\
             * 2 FETCH (FLAGS (\\Recent) RFC822.SIZE 7 INTERNALDATE \" 1-Jan-1970 00:00:00 +0000\" ENVELOPE (NIL))\r\n"
    );
}

#[test]
fn literal_continues_over_turns_with_its_announced_length() {
    let mut p = page(true);
    let item = SectionItem::body(
        Section {
            part: vec![1, 2],
            text: SectionText::Mime,
        },
        true,
        Some((5, 10)),
    );
    let mut row = p.row().unwrap();
    row.section_head(&item, 6);
    row.bytes(b"abc");
    row.end();
    assert!(p.is_open());
    let mut row = p.resume().unwrap();
    assert_eq!(row.missing(), 3);
    row.bytes(b"defghi");
    row.end();
    assert!(!p.is_open() && p.resume().is_none());
    assert_eq!(
        p.take_rows(),
        b"* 1 FETCH (BODY[1.2.MIME]<5> {6}\r\nabcdef)\r\n"
    );
    assert_eq!(
        p.take_traced().unwrap().text,
        "* 1 FETCH (BODY[1.2.MIME]<5> {6})\n"
    );
}

#[test]
fn no_literal_holds_a_nul() {
    let mut p = page(false);
    let section = Section {
        part: vec![],
        text: SectionText::All,
    };
    let item = SectionItem::body(section, true, None);
    let mut row = p.row().unwrap();
    row.section(&item, Some(b"a\0b"));
    row.section_head(&item, 2);
    row.bytes(b"\0c");
    row.end();
    assert_eq!(
        p.take_rows(),
        b"* 1 FETCH (BODY[] {3}\r\na?b BODY[] {2}\r\n?c)\r\n"
    );
}

#[test]
fn partial_ranges_stay_within_the_section() {
    let item = |partial| {
        SectionItem::body(
            Section {
                part: vec![],
                text: SectionText::All,
            },
            true,
            partial,
        )
    };
    assert_eq!(item(None).range(9), 0..9);
    assert_eq!(item(Some((2, 3))).range(9), 2..5);
    assert_eq!(item(Some((8, u32::MAX))).range(9), 8..9);
    assert_eq!(item(Some((10, 1))).range(9), 9..9);
}
