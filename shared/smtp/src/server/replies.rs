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
    Reply::new(501, (5, 5, 4), "Syntax: EHLO domain or address literal")
}

pub(super) fn starttls_ready() -> Reply {
    Reply::new(220, (2, 0, 0), "Ready to start TLS")
}

pub(super) fn starttls_absent() -> Reply {
    Reply::new(502, (5, 5, 1), "STARTTLS not available")
}

pub(super) fn starttls_already() -> Reply {
    Reply::new(503, (5, 5, 1), "TLS already active")
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
        "Encryption required for authentication; use STARTTLS first",
    )
}

pub(super) fn no_auth_here() -> Reply {
    Reply::new(
        502,
        (5, 5, 1),
        "Authentication not available on this port; submit mail on port 587 or 465",
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
    Reply::new(504, (5, 5, 4), "Authentication mechanism not supported")
}

// RFC 4954 §4
pub(super) fn auth_no_initial() -> Reply {
    Reply::new(
        501,
        (5, 7, 0),
        "This mechanism does not allow an initial response",
    )
}

pub(super) fn auth_wrong() -> Reply {
    Reply::new(535, (5, 7, 8), "Authentication credentials invalid")
}

pub(super) fn auth_unavailable() -> Reply {
    Reply::new(454, (4, 7, 0), "Temporary authentication failure")
}

pub(super) fn auth_encoding() -> Reply {
    Reply::new(501, (5, 5, 2), "Cannot decode response")
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
        "Too many recipients; send the others in another message",
    )
}

// RFC 6531 §3.5
pub(super) fn needs_smtputf8() -> Reply {
    Reply::new(
        553,
        (5, 6, 7),
        "Internationalized address requires the SMTPUTF8 parameter of MAIL",
    )
}

pub(super) fn parameter_unknown(name: &str) -> Reply {
    Reply::new(555, (5, 5, 4), format!("Unsupported parameter: {name}"))
}

pub(super) fn parameter_value(name: &str) -> Reply {
    Reply::new(501, (5, 5, 4), format!("Invalid value of parameter {name}"))
}

// RFC 4865 §4
pub(super) fn hold_too_long(seconds: u64) -> Reply {
    Reply::new(
        501,
        (5, 5, 4),
        format!("Messages can be held for at most {seconds} seconds"),
    )
}

pub(super) fn parameter_syntax() -> Reply {
    Reply::new(
        501,
        (5, 5, 4),
        "Malformed parameters; expected KEYWORD or KEYWORD=value, each at most once",
    )
}

pub(super) fn too_big(bytes_max: u64) -> Reply {
    Reply::new(
        552,
        (5, 3, 4),
        format!("Message exceeds the maximum size of {bytes_max} bytes"),
    )
}

pub(super) fn data_go() -> Reply {
    Reply::plain(354, "End data with <CRLF>.<CRLF>")
}

// RFC 3030 §3
pub(super) fn binary_by_bdat() -> Reply {
    Reply::new(503, (5, 5, 1), "BODY=BINARYMIME requires BDAT")
}

// RFC 3030 §2
pub(super) fn chunk_taken(bytes: u64) -> Reply {
    Reply::new(250, (2, 0, 0), format!("{bytes} bytes received"))
}

pub(super) fn chunk_syntax() -> Reply {
    Reply::new(
        501,
        (5, 5, 4),
        "Syntax: BDAT size [LAST]; closing the connection",
    )
}

pub(super) fn broken_message() -> Reply {
    Reply::new(503, (5, 5, 1), "Message rejected; use RSET")
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
        "Message contains a bare CR or LF; lines must end with CRLF",
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
        "No help for this topic; HELP lists all topics",
    )
}

// RFC 5321 §3.5.3
pub(super) fn cannot_verify() -> Reply {
    Reply::new(
        252,
        (2, 5, 0),
        "Cannot VRFY user, but will accept message and attempt delivery",
    )
}

pub(super) fn verify_syntax() -> Reply {
    Reply::new(501, (5, 5, 4), "Syntax: VRFY name")
}

pub(super) fn expand_syntax() -> Reply {
    Reply::new(501, (5, 5, 4), "Syntax: EXPN name")
}

pub(super) fn no_expansion() -> Reply {
    Reply::new(550, (5, 7, 1), "EXPN not permitted")
}

pub(super) fn not_implemented(name: &str) -> Reply {
    let why = match name {
        // RFC 5321 appendix F.1
        "TURN" => "TURN is insecure and not implemented; fetch mail by IMAP or POP3",
        "ETRN" | "ATRN" => "remote queue processing not implemented",
        // RFC 5321 appendix F.6
        "SEND" | "SOML" | "SAML" => "sending to terminals not implemented; use MAIL",
        "LHLO" => "this is SMTP, not LMTP; use EHLO",
        _ => "command not implemented",
    };
    Reply::new(502, (5, 5, 1), why)
}

pub(super) fn quit(host: &Domain) -> Reply {
    Reply::new(221, (2, 0, 0), format!("{host} closing connection"))
}

pub(super) fn unknown() -> Reply {
    Reply::new(500, (5, 5, 1), "Command not recognized")
}

pub(super) fn no_argument(name: &str) -> Reply {
    Reply::new(501, (5, 5, 4), format!("{name} takes no argument"))
}

pub(super) fn bad_line_end() -> Reply {
    Reply::new(
        500,
        (5, 5, 2),
        "Commands must end with CRLF; bare CR or LF not allowed",
    )
}

pub(super) fn bad_characters() -> Reply {
    Reply::new(
        500,
        (5, 5, 2),
        "Commands must not contain control characters or invalid UTF-8",
    )
}

pub(super) fn line_too_long(bytes_max: usize) -> Reply {
    Reply::new(
        500,
        (5, 5, 2),
        format!("Line exceeds the maximum length of {bytes_max} bytes"),
    )
}

// RFC 4954 §6: X.5.6
pub(super) fn auth_line_too_long(bytes_max: usize) -> Reply {
    Reply::new(
        500,
        (5, 5, 6),
        format!("AUTH exchange line exceeds the maximum length of {bytes_max} bytes"),
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
    Reply::new(421, (4, 4, 2), "Timeout exceeded; closing the connection")
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
        (_, Stage::Refused) => "Only QUIT is accepted on this connection",
        (_, Stage::Greeted) => "Send EHLO first",
        (_, Stage::Failed) => "Message rejected; use RSET",
        (Verb::Data, Stage::Bdat) => "BDAT transfer in progress; continue it or use RSET",
        (Verb::Rcpt, Stage::Bdat) => "Message transfer has started; no more recipients",
        (Verb::Mail, _) => "Nested MAIL command",
        (Verb::Rcpt, _) => "Need MAIL command first",
        (Verb::Data | Verb::Bdat, Stage::Hello) => "Need MAIL and RCPT commands first",
        (Verb::Data | Verb::Bdat, _) => "No valid recipients",
        (Verb::Auth, _) => "AUTH not allowed during a mail transaction",
        (Verb::StartTls, _) => "STARTTLS not allowed during a mail transaction",
        _ => "Bad sequence of commands",
    };
    Reply::new(503, (5, 5, 1), text)
}
