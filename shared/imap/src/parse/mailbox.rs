//! Arguments of the commands on mailboxes: SELECT to STATUS, LIST and LSUB.

use super::{Input, Parsed};
use crate::code::{Code, Fault};
use crate::command::{Command, StatusItem};
use crate::list;
use crate::write::is_atom_char;

/// `select = "SELECT" SP mailbox`, `examine = "EXAMINE" SP mailbox`
pub(crate) fn select(input: &mut Input<'_>, read_only: bool) -> Parsed<Command> {
    input.space()?;
    Ok(Command::Select {
        mailbox: input.mailbox(Code::NonExistent)?,
        read_only,
    })
}

/// `create = "CREATE" SP mailbox`; a separator at the end announces mailboxes below, and is dropped
/// (RFC 3501 §6.3.3).
pub(crate) fn create(input: &mut Input<'_>) -> Parsed<Command> {
    input.space()?;
    new_mailbox(input).map(Command::Create)
}

fn new_mailbox(input: &mut Input<'_>) -> Parsed<mail::MailboxName> {
    let raw = input.astring()?;
    let name = raw.strip_suffix(b"/").unwrap_or(&raw);
    let mut quoted = Vec::with_capacity(name.len() + 2);
    crate::write::literal(&mut quoted, name);
    Input::new(&quoted).mailbox(Code::Cannot)
}

/// `delete = "DELETE" SP mailbox`
pub(crate) fn delete(input: &mut Input<'_>) -> Parsed<Command> {
    input.space()?;
    input.mailbox(Code::NonExistent).map(Command::Delete)
}

/// `rename = "RENAME" SP mailbox SP mailbox`
pub(crate) fn rename(input: &mut Input<'_>) -> Parsed<Command> {
    input.space()?;
    let from = input.mailbox(Code::NonExistent)?;
    input.space()?;
    Ok(Command::Rename(from, new_mailbox(input)?))
}

/// `subscribe = "SUBSCRIBE" SP mailbox`
pub(crate) fn subscribe(input: &mut Input<'_>) -> Parsed<Command> {
    input.space()?;
    new_mailbox(input).map(Command::Subscribe)
}

/// `unsubscribe = "UNSUBSCRIBE" SP mailbox`
pub(crate) fn unsubscribe(input: &mut Input<'_>) -> Parsed<Command> {
    input.space()?;
    new_mailbox(input).map(Command::Unsubscribe)
}

/// `status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"`
pub(crate) fn status(input: &mut Input<'_>) -> Parsed<Command> {
    input.space()?;
    // The name is checked last, so that a malformed line is BAD whatever its name.
    let name = input.mailbox(Code::NonExistent);
    if let Err(fault @ Fault::Bad(_)) = name {
        return Err(fault);
    }
    input.space()?;
    input.need(b'(', "Expected STATUS items in parentheses")?;
    let mut items = Vec::new();
    loop {
        let word = input.atom()?;
        let item = STATUS_ITEMS
            .iter()
            .find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(word));
        let Some((_, item)) = item else {
            return Err(Fault::Bad(
                "Unknown STATUS item; known are MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN APPENDLIMIT",
            ));
        };
        if !items.contains(item) {
            items.push(*item);
        }
        if input.eat(b')') {
            return Ok(Command::Status(name?, items));
        }
        input.space()?;
    }
}

/// `status-att` by name.
pub(crate) const STATUS_ITEMS: [(&str, StatusItem); 6] = [
    ("MESSAGES", StatusItem::Messages),
    ("RECENT", StatusItem::Recent),
    ("UIDNEXT", StatusItem::UidNext),
    ("UIDVALIDITY", StatusItem::UidValidity),
    ("UNSEEN", StatusItem::Unseen),
    ("APPENDLIMIT", StatusItem::AppendLimit),
];

/// `lsub = "LSUB" SP mailbox SP list-mailbox`
pub(crate) fn lsub(input: &mut Input<'_>) -> Parsed<Command> {
    input.space()?;
    let reference = pattern_text(&input.astring()?);
    input.space()?;
    let pattern = list_mailbox(input)?;
    Ok(Command::List(list::Request {
        lsub: true,
        patterns: vec![format!("{reference}{pattern}")],
        ..list::Request::default()
    }))
}

/// `list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]` (RFC 5258
/// §6, RFC 6154 §6)
pub(crate) fn list(input: &mut Input<'_>) -> Parsed<Command> {
    let mut request = list::Request::default();
    input.space()?;
    if input.peek() == Some(b'(') {
        options(input, |word| {
            match word {
                b"SUBSCRIBED" => request.only_subscribed = true,
                b"SPECIAL-USE" => request.only_special = true,
                // There are no remote mailboxes.
                b"REMOTE" => {}
                _ => {
                    return Err(Fault::Bad(
                        "Unknown LIST selection option; known are SUBSCRIBED and SPECIAL-USE",
                    ));
                }
            }
            Ok(())
        })?;
        input.space()?;
    }
    let reference = pattern_text(&input.astring()?);
    input.space()?;
    let plain = input.peek() != Some(b'(');
    let mut patterns = Vec::new();
    if plain {
        patterns.push(list_mailbox(input)?);
    } else {
        input.eat(b'(');
        loop {
            patterns.push(list_mailbox(input)?);
            if input.eat(b')') {
                break;
            }
            input.space()?;
        }
    }
    // RFC 3501 §6.3.8: an empty name asks for the separator.
    request.asks_separator = plain && patterns[0].is_empty();
    request.patterns = patterns
        .into_iter()
        .map(|p| format!("{reference}{p}"))
        .collect();
    if input.eat(b' ') {
        if !input.eat_word("RETURN ") {
            return Err(Fault::Bad(
                "Expected end of line or RETURN (…) after the pattern",
            ));
        }
        options(input, |word| {
            match word {
                b"SUBSCRIBED" => request.tell_subscribed = true,
                // Both are always returned.
                b"CHILDREN" | b"SPECIAL-USE" => {}
                _ => {
                    return Err(Fault::Bad(
                        "Unknown LIST return option; known are SUBSCRIBED, CHILDREN and SPECIAL-USE",
                    ));
                }
            }
            Ok(())
        })?;
    }
    Ok(Command::List(request))
}

fn options(input: &mut Input<'_>, mut option: impl FnMut(&[u8]) -> Parsed<()>) -> Parsed<()> {
    input.need(b'(', "Expected options in parentheses")?;
    if input.eat(b')') {
        return Ok(());
    }
    loop {
        option(&input.atom()?.to_ascii_uppercase())?;
        if input.eat(b')') {
            return Ok(());
        }
        input.space()?;
    }
}

/// `list-mailbox = 1*list-char / string`, `list-char = ATOM-CHAR / list-wildcards / resp-specials`
fn list_mailbox(input: &mut Input<'_>) -> Parsed<String> {
    if matches!(input.peek(), Some(b'"' | b'{')) {
        return Ok(pattern_text(&input.string()?));
    }
    let word = input.take_while(|b| is_atom_char(b) || matches!(b, b'%' | b'*' | b']'));
    if word.is_empty() {
        return Err(Fault::Bad("Missing mailbox pattern"));
    }
    Ok(pattern_text(word))
}

// Patterns are in modified UTF-7 too. An invalid one stays as it is and matches no mailbox.
fn pattern_text(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    mail::from_modified_utf7(&text).unwrap_or_else(|| text.into_owned())
}
