//! Arguments of the commands on messages: FETCH, STORE, COPY, MOVE, UID EXPUNGE.

use super::{Input, Parsed};
use crate::code::{Code, Fault};
use crate::command::{Change, Command, Item, StoreMode};
use crate::limits;
use crate::section::{Section, SectionItem, SectionText};
use mail::Flags;

/// `fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP
/// fetch-att) ")")`
pub(crate) fn fetch(input: &mut Input<'_>) -> Parsed<Command> {
    input.space()?;
    let set = input.sequence_set()?;
    input.space()?;
    let mut items = Vec::new();
    if input.eat(b'(') {
        loop {
            fetch_att(input, &mut items)?;
            if input.eat(b')') {
                break;
            }
            input.space()?;
        }
    } else if !fetch_macro(input, &mut items) {
        fetch_att(input, &mut items)?;
    }
    Ok(Command::Fetch(set, items))
}

/// UID FETCH: the UID is always returned (RFC 3501 §6.4.8).
pub(crate) fn fetch_uids(input: &mut Input<'_>) -> Parsed<Command> {
    match fetch(input)? {
        Command::Fetch(set, mut items) => {
            if !items.contains(&Item::Uid) {
                items.insert(0, Item::Uid);
            }
            Ok(Command::Fetch(set, items))
        }
        other => Ok(other),
    }
}

// RFC 3501 §6.4.5: the three macros stand alone.
fn fetch_macro(input: &mut Input<'_>, items: &mut Vec<Item>) -> bool {
    let fast = [Item::Flags, Item::InternalDate, Item::Size];
    if input.eat_word("FAST") {
        items.extend(fast);
    } else if input.eat_word("ALL") {
        items.extend(fast);
        items.push(Item::Envelope);
    } else if input.eat_word("FULL") {
        items.extend(fast);
        items.extend([Item::Envelope, Item::Body]);
    } else {
        return false;
    }
    true
}

/// `fetch-att = "ENVELOPE" / "FLAGS" / "INTERNALDATE" / "RFC822" [".HEADER" / ".SIZE" / ".TEXT"] /
/// "BODY" ["STRUCTURE"] / "UID" / "BODY" section ["<" number "." nz-number ">"] / "BODY.PEEK"
/// section ["<" number "." nz-number ">"]`
fn fetch_att(input: &mut Input<'_>, items: &mut Vec<Item>) -> Parsed<()> {
    let word = input
        .take_while(|b| b.is_ascii_alphanumeric() || b == b'.')
        .to_ascii_uppercase();
    let old = |name, text| Item::Section(Box::new(SectionItem::rfc822(name, text)));
    let item = match word.as_slice() {
        b"FLAGS" => Item::Flags,
        b"UID" => Item::Uid,
        b"INTERNALDATE" => Item::InternalDate,
        b"RFC822.SIZE" => Item::Size,
        b"ENVELOPE" => Item::Envelope,
        b"BODYSTRUCTURE" => Item::BodyStructure,
        b"RFC822" => old("RFC822", SectionText::All),
        b"RFC822.HEADER" => old("RFC822.HEADER", SectionText::Header),
        b"RFC822.TEXT" => old("RFC822.TEXT", SectionText::Text),
        b"BODY" if input.peek() != Some(b'[') => Item::Body,
        b"BODY" => body_section(input, false)?,
        b"BODY.PEEK" => body_section(input, true)?,
        _ => {
            return Err(Fault::Bad(
                "Unknown FETCH item; known are FLAGS UID INTERNALDATE RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE BODY[…] BODY.PEEK[…] RFC822 RFC822.HEADER RFC822.TEXT",
            ));
        }
    };
    if items.contains(&item) {
        return Ok(());
    }
    if items.len() == limits::FETCH_ITEMS_MAX {
        return Err(Fault::Bad("Too many FETCH items"));
    }
    items.push(item);
    Ok(())
}

fn body_section(input: &mut Input<'_>, peek: bool) -> Parsed<Item> {
    let section = section(input)?;
    let mut partial = None;
    if input.eat(b'<') {
        const FORM: &str = "Invalid partial range; expected for example <0.1024>";
        let origin = input.number()?;
        input.need(b'.', FORM)?;
        let count = input.nz_number()?.get();
        input.need(b'>', FORM)?;
        partial = Some((origin, count));
    }
    Ok(Item::Section(Box::new(SectionItem::body(
        section, peek, partial,
    ))))
}

/// `section = "[" [section-spec] "]"`, `section-spec = section-msgtext / (section-part ["."
/// section-text])`, `section-part = nz-number *("." nz-number)`, `section-text = section-msgtext /
/// "MIME"`
fn section(input: &mut Input<'_>) -> Parsed<Section> {
    input.need(
        b'[',
        "Expected a section in brackets, for example BODY[1.TEXT]",
    )?;
    let mut part = Vec::new();
    let mut text_follows = !matches!(input.peek(), Some(b']'));
    while input.peek().is_some_and(|b| b.is_ascii_digit()) {
        part.push(input.nz_number()?.get());
        if part.len() > limits::PART_DEPTH_MAX {
            return Err(Fault::Bad("Part number nested too deeply; the limit is 64"));
        }
        text_follows = input.eat(b'.');
        if !text_follows {
            break;
        }
    }
    let text = if text_follows {
        section_text(input, !part.is_empty())?
    } else {
        SectionText::All
    };
    input.need(b']', "Expected ] at the end of the section")?;
    Ok(Section { part, text })
}

/// `section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT"`
fn section_text(input: &mut Input<'_>, of_part: bool) -> Parsed<SectionText> {
    let word = input
        .take_while(|b| b.is_ascii_alphabetic() || b == b'.')
        .to_ascii_uppercase();
    match word.as_slice() {
        b"HEADER" => Ok(SectionText::Header),
        b"TEXT" => Ok(SectionText::Text),
        b"MIME" if of_part => Ok(SectionText::Mime),
        b"HEADER.FIELDS" => header_list(input).map(SectionText::Fields),
        b"HEADER.FIELDS.NOT" => header_list(input).map(SectionText::FieldsNot),
        _ => Err(Fault::Bad(
            "Invalid section; expected a part number, HEADER, HEADER.FIELDS (…), HEADER.FIELDS.NOT (…), TEXT, or MIME of a part",
        )),
    }
}

/// `header-list = "(" header-fld-name *(SP header-fld-name) ")"`
fn header_list(input: &mut Input<'_>) -> Parsed<Vec<String>> {
    input.space()?;
    input.need(b'(', "Expected header field names in parentheses")?;
    let mut names = Vec::new();
    loop {
        names.push(input.text()?);
        if input.eat(b')') {
            return Ok(names);
        }
        input.space()?;
    }
}

/// `store = "STORE" SP sequence-set SP store-att-flags`,
/// `store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))`
pub(crate) fn store(input: &mut Input<'_>) -> Parsed<Command> {
    input.space()?;
    let set = input.sequence_set()?;
    input.space()?;
    let mode = if input.eat(b'+') {
        StoreMode::Add
    } else if input.eat(b'-') {
        StoreMode::Remove
    } else {
        StoreMode::Replace
    };
    if !input.eat_word("FLAGS") {
        return Err(Fault::Bad("Expected FLAGS, +FLAGS or -FLAGS"));
    }
    let silent = input.eat_word(".SILENT");
    input.space()?;
    let flags = if input.peek() == Some(b'(') {
        input.flag_list(false)?
    } else {
        let mut flags = Flags::default();
        input.flag(&mut flags, false)?;
        while input.eat(b' ') {
            input.flag(&mut flags, false)?;
        }
        flags
    };
    Ok(Command::Store(
        set,
        Change {
            mode,
            flags,
            silent,
        },
    ))
}

/// `copy = "COPY" SP sequence-set SP mailbox`
pub(crate) fn copy(input: &mut Input<'_>) -> Parsed<Command> {
    input.space()?;
    let set = input.sequence_set()?;
    input.space()?;
    Ok(Command::Copy(set, input.mailbox(Code::Cannot)?))
}

/// `move = "MOVE" SP sequence-set SP mailbox` (RFC 6851 §6)
pub(crate) fn moving(input: &mut Input<'_>) -> Parsed<Command> {
    input.space()?;
    let set = input.sequence_set()?;
    input.space()?;
    Ok(Command::Move(set, input.mailbox(Code::Cannot)?))
}

/// `uid-expunge = "UID" SP "EXPUNGE" SP sequence-set` (RFC 4315 §4)
pub(crate) fn expunge_uids(input: &mut Input<'_>) -> Parsed<Command> {
    input.space()?;
    input.sequence_set().map(|set| Command::Expunge(Some(set)))
}
