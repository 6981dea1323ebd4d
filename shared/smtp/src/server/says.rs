//! The session's own replies, each with its enhanced code (RFC 5321 §4.2.3, RFC 3463, RFC 4954 §6,
//! RFC 6531 §3.5) and a plain sentence.

use super::state::Stage;
use super::verbs::Verb;
use mail::{Domain, Reply};

pub(super) fn banner(host: &Domain) -> Reply {
    Reply::plain(220, format!("{host} ESMTP Glasspost"))
}

// RFC 5321 §4.1.1.1: no enhanced code in the replies to HELO and EHLO (RFC 2034 §4).
pub(super) fn hello(host: &Domain, name: &str) -> Reply {
    Reply::plain(250, format!("{host} greets {name}"))
}

pub(super) fn hello_syntax() -> Reply {
    Reply::new(
        501,
        (5, 5, 4),
        "EHLO and HELO need your name: a domain or an address literal",
    )
}

pub(super) fn starttls_ready() -> Reply {
    Reply::new(220, (2, 0, 0), "Ready to start TLS")
}

pub(super) fn starttls_absent() -> Reply {
    Reply::new(502, (5, 5, 1), "STARTTLS is not offered here")
}

pub(super) fn starttls_already() -> Reply {
    Reply::new(503, (5, 5, 1), "This connection is in TLS already")
}

// RFC 3207 §4
pub(super) fn tls_first() -> Reply {
    Reply::new(530, (5, 7, 0), "Must issue a STARTTLS command first")
}

// RFC 4954 §6
pub(super) fn auth_first() -> Reply {
    Reply::new(530, (5, 7, 0), "Authentication required")
}

// RFC 4954 §6; its code X.7.11
pub(super) fn auth_needs_tls() -> Reply {
    Reply::new(
        538,
        (5, 7, 11),
        "Encryption required before authentication: say STARTTLS",
    )
}

pub(super) fn no_auth_here() -> Reply {
    Reply::new(
        502,
        (5, 5, 1),
        "No authentication on this port; submit mail on port 587 or 465",
    )
}

pub(super) fn auth_done() -> Reply {
    Reply::new(235, (2, 7, 0), "Authentication successful")
}

pub(super) fn auth_already() -> Reply {
    Reply::new(503, (5, 5, 1), "Already authenticated")
}

// RFC 4954 §4 and §6: 504 with 5.5.4
pub(super) fn auth_mechanism() -> Reply {
    Reply::new(
        504,
        (5, 5, 4),
        "This authentication mechanism is not offered",
    )
}

// RFC 4954 §4
pub(super) fn auth_no_initial() -> Reply {
    Reply::new(
        501,
        (5, 7, 0),
        "In this mechanism the server speaks first: no initial response",
    )
}

pub(super) fn auth_wrong() -> Reply {
    Reply::new(535, (5, 7, 8), "Name or proof is wrong")
}

pub(super) fn auth_unavailable() -> Reply {
    Reply::new(454, (4, 7, 0), "This mechanism cannot be used now")
}

pub(super) fn auth_encoding() -> Reply {
    Reply::new(
        501,
        (5, 5, 2),
        "The response is not base64 of what the mechanism asks",
    )
}

pub(super) fn auth_cancelled() -> Reply {
    Reply::new(501, (5, 7, 0), "Authentication cancelled")
}

pub(super) fn mail_ok() -> Reply {
    Reply::new(250, (2, 1, 0), "Sender ok")
}

pub(super) fn mail_syntax() -> Reply {
    Reply::new(501, (5, 5, 4), "Syntax: MAIL FROM:<address>")
}

pub(super) fn mail_path(why: impl std::fmt::Display) -> Reply {
    Reply::new(501, (5, 1, 7), format!("Bad sender address: {why}"))
}

pub(super) fn rcpt_ok() -> Reply {
    Reply::new(250, (2, 1, 5), "Recipient ok")
}

pub(super) fn rcpt_syntax() -> Reply {
    Reply::new(501, (5, 5, 4), "Syntax: RCPT TO:<address>")
}

pub(super) fn rcpt_path(why: impl std::fmt::Display) -> Reply {
    Reply::new(501, (5, 1, 3), format!("Bad recipient address: {why}"))
}

// RFC 5321 §4.5.3.1.10
pub(super) fn too_many_recipients() -> Reply {
    Reply::new(
        452,
        (4, 5, 3),
        "Too many recipients; send the rest as another message",
    )
}

// RFC 6531 §3.5
pub(super) fn needs_smtputf8() -> Reply {
    Reply::new(
        553,
        (5, 6, 7),
        "An address beyond ASCII needs the SMTPUTF8 parameter of MAIL",
    )
}

pub(super) fn parameter_unknown(name: &str) -> Reply {
    Reply::new(
        555,
        (5, 5, 4),
        format!("Parameter not known or not offered: {name}"),
    )
}

pub(super) fn parameter_value(name: &str) -> Reply {
    Reply::new(501, (5, 5, 4), format!("Bad value of parameter {name}"))
}

// RFC 4865 §4
pub(super) fn hold_too_long(seconds: u64) -> Reply {
    Reply::new(
        501,
        (5, 5, 4),
        format!("A message may be held for {seconds} seconds here"),
    )
}

pub(super) fn parameter_syntax() -> Reply {
    Reply::new(
        501,
        (5, 5, 4),
        "Parameters have the form KEYWORD or KEYWORD=value, each once, with a space before it",
    )
}

pub(super) fn too_big(bytes_max: u64) -> Reply {
    Reply::new(
        552,
        (5, 3, 4),
        format!("A message may have {bytes_max} octets here"),
    )
}

pub(super) fn data_go() -> Reply {
    Reply::plain(354, "Go ahead; end with <CRLF>.<CRLF>")
}

// RFC 3030 §3
pub(super) fn binary_by_bdat() -> Reply {
    Reply::new(
        503,
        (5, 5, 1),
        "A message with BODY=BINARYMIME comes by BDAT",
    )
}

// RFC 3030 §2
pub(super) fn chunk_taken(bytes: u64) -> Reply {
    Reply::new(250, (2, 0, 0), format!("{bytes} octets received"))
}

pub(super) fn chunk_syntax() -> Reply {
    Reply::new(
        501,
        (5, 5, 4),
        "Syntax: BDAT size [LAST]; without a size nobody knows where the chunk ends, so the connection is closed",
    )
}

pub(super) fn broken_message() -> Reply {
    Reply::new(503, (5, 5, 1), "The message was refused; say RSET")
}

pub(super) fn accepted() -> Reply {
    Reply::new(250, (2, 0, 0), "Accepted")
}

// RFC 5321 §2.3.8: bare CR and LF must not be sent; a message that holds them is two messages for
// some other reader.
pub(super) fn bare_line_end() -> Reply {
    Reply::new(
        554,
        (5, 6, 0),
        "The message has a CR or LF that stands alone; lines end with CRLF",
    )
}

pub(super) fn reset() -> Reply {
    Reply::new(250, (2, 0, 0), "Reset")
}

pub(super) fn noop() -> Reply {
    Reply::new(250, (2, 0, 0), "Ok")
}

// RFC 5321 §4.2.2: 504, a parameter that is not implemented
pub(super) fn no_help() -> Reply {
    Reply::new(
        504,
        (5, 5, 4),
        "There is no help about this word; HELP alone lists the words",
    )
}

// RFC 5321 §3.5.3
pub(super) fn cannot_verify() -> Reply {
    Reply::new(
        252,
        (2, 5, 0),
        "Cannot verify, but will take mail and try to deliver it",
    )
}

pub(super) fn verify_syntax() -> Reply {
    Reply::new(501, (5, 5, 4), "Syntax: VRFY name")
}

pub(super) fn expand_syntax() -> Reply {
    Reply::new(501, (5, 5, 4), "Syntax: EXPN name")
}

pub(super) fn no_expansion() -> Reply {
    Reply::new(550, (5, 7, 1), "Lists are not shown to anyone")
}

pub(super) fn absent(name: &str) -> Reply {
    let why = match name {
        // RFC 5321 appendix F.1
        "TURN" => "TURN is unsafe and not spoken here; fetch mail by IMAP or POP3",
        "ETRN" | "ATRN" => "the queue is not run at a stranger's wish",
        // RFC 5321 appendix F.6
        "SEND" | "SOML" | "SAML" => "there are no terminals to send to; say MAIL",
        "LHLO" => "this is SMTP, not LMTP; say EHLO",
        _ => "not spoken here",
    };
    Reply::new(502, (5, 5, 1), why)
}

pub(super) fn quit(host: &Domain) -> Reply {
    Reply::new(221, (2, 0, 0), format!("{host} closes the connection"))
}

pub(super) fn unknown() -> Reply {
    Reply::new(500, (5, 5, 1), "Command not known")
}

pub(super) fn no_argument(name: &str) -> Reply {
    Reply::new(501, (5, 5, 4), format!("{name} takes no argument"))
}

pub(super) fn bad_line_end() -> Reply {
    Reply::new(
        500,
        (5, 5, 2),
        "A command ends with CRLF; a CR or LF that stands alone is refused",
    )
}

pub(super) fn bad_characters() -> Reply {
    Reply::new(
        500,
        (5, 5, 2),
        "A command holds no control characters and nothing that is not UTF-8",
    )
}

pub(super) fn line_too_long(bytes_max: usize) -> Reply {
    Reply::new(
        500,
        (5, 5, 2),
        format!("A line may have {bytes_max} octets here"),
    )
}

// RFC 4954 §6: X.5.6
pub(super) fn auth_line_too_long(bytes_max: usize) -> Reply {
    Reply::new(
        500,
        (5, 5, 6),
        format!("A line of an AUTH exchange may have {bytes_max} octets here"),
    )
}

pub(super) fn too_many(what: &str) -> Reply {
    Reply::new(
        421,
        (4, 7, 0),
        format!("Too many {what}; closing the connection"),
    )
}

pub(super) fn too_slow() -> Reply {
    Reply::new(421, (4, 4, 2), "Waited too long; closing the connection")
}

// RFC 5321 §3.8
pub(super) fn shutdown(host: &Domain) -> Reply {
    Reply::new(
        421,
        (4, 3, 2),
        format!("{host} is shutting down; try again later"),
    )
}

/// 503: what should have come instead.
pub(super) fn out_of_sequence(verb: Verb, stage: Stage) -> Reply {
    let text = match (verb, stage) {
        (_, Stage::Refused) => "Nothing but QUIT is taken on this connection",
        (_, Stage::Greeted) => "Say EHLO first",
        (_, Stage::Broken) => "The message was refused; say RSET",
        (Verb::Data, Stage::Bdat) => "This message comes by BDAT; go on with it, or say RSET",
        (Verb::Rcpt, Stage::Bdat) => "The message has begun; no more recipients",
        (Verb::Mail, _) => "A message is open already: one MAIL at a time",
        (Verb::Rcpt, _) => "Say MAIL first",
        (Verb::Data | Verb::Bdat, Stage::Hello) => "Say MAIL and RCPT first",
        (Verb::Data | Verb::Bdat, _) => "No recipient was accepted",
        (Verb::Auth, _) => "No AUTH while a message is open",
        (Verb::StartTls, _) => "No STARTTLS while a message is open",
        _ => "Not now",
    };
    Reply::new(503, (5, 5, 1), text)
}
