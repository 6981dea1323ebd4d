//! The table of verbs: in which stages each is allowed, whether it may precede TLS and AUTH where
//! those are required, and whether commands may be pipelined after it. Checked before any handler;
//! handlers do not check the order of commands.

use super::config::Kind;
use super::replies;
use super::state::{ConnectionState, Stage};
use mail::Reply;

/// A command verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Helo,
    Ehlo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    Bdat,
    Rset,
    Noop,
    Help,
    Vrfy,
    Expn,
    Quit,
    /// Known from the RFCs, not implemented.
    Unimplemented,
    /// The first word of another protocol, for example from a browser in a cross-protocol attack.
    Foreign,
}

/// A row of the table.
pub(super) struct Rule {
    pub name: &'static str,
    pub verb: Verb,
    pub explain: &'static str,
    /// Stages in which the verb is allowed: a union of [`Stage`] bits.
    allowed_in: u16,
    /// Allowed before TLS, where TLS is required (RFC 3207 §4).
    before_tls: bool,
    /// Allowed before AUTH, where AUTH is required (RFC 4954 §6).
    before_auth: bool,
    /// More commands may follow in the same group; otherwise its reply is sent at once (RFC 2920
    /// §3.1, §3.2).
    pub pipelined: bool,
    /// Does not advance a message: counted against `idle_commands_max`.
    pub idle: bool,
}

const G: u16 = Stage::Greeted as u16;
const H: u16 = Stage::Hello as u16;
const M: u16 = Stage::Mail as u16;
const R: u16 = Stage::Rcpt as u16;
const X: u16 = Stage::Refused as u16;
const B: u16 = Stage::Bdat as u16;
const F: u16 = Stage::Failed as u16;
const ANY: u16 = G | H | M | R | B | F;

#[rustfmt::skip]
const TABLE: &[Rule] = &[
    //          verb                                         allowed_in    before TLS  before AUTH 
    //          pipelined  idle
    row("MAIL", Verb::Mail, "smtp.mail",                     H,        false,      false,       true,      false),
    row("RCPT", Verb::Rcpt, "smtp.rcpt",                     M | R,    false,      false,       true,      false),
    row("DATA", Verb::Data, "smtp.data",                     R,        false,      false,       false,     false),
    row("BDAT", Verb::Bdat, "smtp.bdat",                     R | B,    false,      false,       true,      false),
    row("EHLO", Verb::Ehlo, "smtp.ehlo",                     ANY,      true,       true,        false,     true),
    row("HELO", Verb::Helo, "smtp.helo",                     ANY,      true,       true,        false,     true),
    row("STARTTLS", Verb::StartTls, "smtp.starttls",         H,        true,       true,        false,     true),
    row("AUTH", Verb::Auth, "smtp.auth",                     H,        true,       true,        false,     true),
    row("RSET", Verb::Rset, "smtp.rset",                     ANY,      true,       true,        true,      true),
    row("NOOP", Verb::Noop, "smtp.noop",                     ANY,      true,       true,        false,     true),
    row("HELP", Verb::Help, "smtp.help",                     ANY,      true,       true,        false,     true),
    row("VRFY", Verb::Vrfy, "smtp.vrfy",                     H | M | R, false,     false,       false,     true),
    row("EXPN", Verb::Expn, "smtp.expn",                     H | M | R, false,     false,       false,     true),
    row("QUIT", Verb::Quit, "smtp.quit",                     ANY | X,  true,       true,        false,     false),
    row("TURN", Verb::Unimplemented, "smtp.absent",          ANY,      true,       true,        false,     true),
    row("ETRN", Verb::Unimplemented, "smtp.absent",          ANY,      true,       true,        false,     true),
    row("ATRN", Verb::Unimplemented, "smtp.absent",          ANY,      true,       true,        false,     true),
    row("SEND", Verb::Unimplemented, "smtp.absent",          ANY,      true,       true,        false,     true),
    row("SOML", Verb::Unimplemented, "smtp.absent",          ANY,      true,       true,        false,     true),
    row("SAML", Verb::Unimplemented, "smtp.absent",          ANY,      true,       true,        false,     true),
    row("LHLO", Verb::Unimplemented, "smtp.absent",          ANY,      true,       true,        false,     true),
    row("GET", Verb::Foreign, "smtp.unknown",                ANY,      true,       true,        false,     true),
    row("POST", Verb::Foreign, "smtp.unknown",               ANY,      true,       true,        false,     true),
    row("PUT", Verb::Foreign, "smtp.unknown",                ANY,      true,       true,        false,     true),
    row("CONNECT", Verb::Foreign, "smtp.unknown",            ANY,      true,       true,        false,     true),
    row("OPTIONS", Verb::Foreign, "smtp.unknown",            ANY,      true,       true,        false,     true),
];

#[allow(clippy::too_many_arguments)] // one per column
const fn row(
    name: &'static str,
    verb: Verb,
    explain: &'static str,
    allowed_in: u16,
    before_tls: bool,
    before_auth: bool,
    pipelined: bool,
    idle: bool,
) -> Rule {
    Rule {
        name,
        verb,
        explain,
        allowed_in,
        before_tls,
        before_auth,
        pipelined,
        idle,
    }
}

/// The row of a verb, in any letter case (RFC 5321 §2.4).
pub(super) fn find(word: &str) -> Option<&'static Rule> {
    TABLE
        .iter()
        .find(|rule| rule.name.eq_ignore_ascii_case(word))
}

/// The verbs that HELP names.
pub(super) fn implemented(kind: Kind) -> String {
    let implemented = TABLE
        .iter()
        .filter(|r| !matches!(r.verb, Verb::Unimplemented | Verb::Foreign));
    let names: Vec<_> = implemented
        .filter(|r| kind == Kind::Submission || r.verb != Verb::Auth)
        .map(|r| r.name)
        .collect();
    names.join(" ")
}

impl Rule {
    /// The reply, if the verb is not allowed now.
    pub(super) fn check(&self, stage: Stage, connection: &ConnectionState) -> Result<(), Reply> {
        if self.verb == Verb::Auth && connection.config.kind == Kind::Transfer {
            return Err(replies::no_auth_here());
        }
        if self.allowed_in & stage as u16 == 0 {
            return Err(replies::out_of_sequence(self.verb, stage));
        }
        if connection.config.kind == Kind::Submission && !connection.trusted {
            if !self.before_tls && !connection.in_tls {
                return Err(replies::tls_first());
            }
            if !self.before_auth && !connection.authenticated {
                return Err(replies::auth_first());
            }
        }
        Ok(())
    }
}
