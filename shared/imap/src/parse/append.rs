//! Arguments of APPEND. The message itself is streamed; the arguments before it are read as soon as
//! its literal is announced.

use super::{Input, Parsed};
use crate::code::{Code, Fault};
use crate::command::{AppendHead, Command};
use mail::Flags;

/// An APPEND that ended without a message.
pub(crate) fn append(input: &mut Input<'_>) -> Parsed<Command> {
    let _ = input;
    Err(Fault::Bad(
        "Invalid APPEND; expected APPEND mailbox [(flags)] [\"date\"] {length} message",
    ))
}

/// `append = "APPEND" SP mailbox [SP flag-list] [SP date-time] SP literal`, the arguments up to the
/// announcement of a literal. `None` where that literal is the mailbox name.
pub(crate) fn append_head(mut input: Input<'_>) -> Parsed<Option<AppendHead>> {
    input.space()?;
    if input.peek().is_none() {
        return Ok(None);
    }
    // RFC 3501 §6.3.11: TRYCREATE only where CREATE could help.
    let mailbox = input.mailbox(Code::Cannot);
    if let Err(fault @ Fault::Bad(_)) = mailbox {
        return Err(fault);
    }
    input.space()?;
    let mut flags = Flags::default();
    if input.peek() == Some(b'(') {
        // Clients that copy a message send back the flags they fetched; \Recent cannot be set, and
        // is ignored.
        flags = input.flag_list(true)?;
        input.space()?;
    }
    let mut date = None;
    if input.peek() == Some(b'"') {
        date = Some(input.date_time()?);
        input.space()?;
    }
    input.end()?;
    Ok(Some(AppendHead {
        mailbox: mailbox?,
        flags,
        date,
    }))
}
