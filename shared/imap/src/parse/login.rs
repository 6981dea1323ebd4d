//! Arguments of commands without mail: those without any, LOGIN, AUTHENTICATE, ID, ENABLE.

use super::{Input, Parsed};
use crate::code::Fault;
use crate::command::Command;
use crate::limits;
use mail::Secret;

/// Commands without arguments: returns the command of the verb.
pub(crate) fn bare(command: Command) -> Parsed<Command> {
    Ok(command)
}

/// `login = "LOGIN" SP userid SP password`, both astring.
pub(crate) fn login(input: &mut Input<'_>) -> Parsed<Command> {
    input.space()?;
    let user = input.text()?;
    input.space()?;
    let password = Secret::new(input.astring()?.into_owned());
    Ok(Command::Login(user, password))
}

/// `authenticate = "AUTHENTICATE" SP auth-type [SP (base64 / "=")] *(CRLF base64)` (RFC 4959 §7)
pub(crate) fn authenticate(input: &mut Input<'_>) -> Parsed<Command> {
    input.space()?;
    let mechanism = String::from_utf8_lossy(input.atom()?).to_ascii_uppercase();
    let initial = if input.eat(b' ') {
        let sent = input.take_while(|b| b.is_ascii_graphic());
        if sent.is_empty() {
            return Err(Fault::Bad("Invalid initial response; expected base64 or ="));
        }
        Some(Secret::new(sent))
    } else {
        None
    };
    Ok(Command::Authenticate(mechanism, initial))
}

/// `enable = "ENABLE" 1*(SP capability)` (RFC 5161 §4)
pub(crate) fn enable(input: &mut Input<'_>) -> Parsed<Command> {
    let mut names = Vec::new();
    while names.is_empty() || input.peek().is_some() {
        input.space()?;
        names.push(String::from_utf8_lossy(input.atom()?).to_ascii_uppercase());
    }
    Ok(Command::Enable(names))
}

/// `id = "ID" SP id-params-list`, `id-params-list = "(" *(string SP nstring) ")" / nil` (RFC 2971
/// §4)
pub(crate) fn id(input: &mut Input<'_>) -> Parsed<Command> {
    input.space()?;
    let mut pairs = Vec::new();
    if input.eat_word("NIL") {
        return Ok(Command::Id(pairs));
    }
    input.need(b'(', "Expected NIL or a parenthesized list of ID fields")?;
    // Against the grammar, client libraries write blanks inside the parentheses.
    input.take_while(|b| b == b' ');
    if input.eat(b')') {
        return Ok(Command::Id(pairs));
    }
    loop {
        let field = String::from_utf8_lossy(&input.string()?).into_owned();
        input.space()?;
        let value = if input.eat_word("NIL") {
            None
        } else {
            Some(String::from_utf8_lossy(&input.string()?).into_owned())
        };
        // RFC 2971 §3.3
        if field.len() > limits::ID_FIELD_BYTES_MAX
            || value
                .as_ref()
                .is_some_and(|v| v.len() > limits::ID_VALUE_BYTES_MAX)
            || pairs.len() == limits::ID_PAIRS_MAX
        {
            return Err(Fault::Bad(
                "Too many or too long ID fields; the limit is 30 of 30 and 1024 bytes",
            ));
        }
        pairs.push((field, value));
        let blanks = input.take_while(|b| b == b' ');
        if input.eat(b')') {
            return Ok(Command::Id(pairs));
        }
        if blanks.is_empty() {
            return Err(Fault::Bad("Missing space between ID fields"));
        }
    }
}
