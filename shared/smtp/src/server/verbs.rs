//! The one table of verbs: in which stage each is lawful, whether it may come before TLS and before
//! AUTH where those are required, and whether more may be pipelined behind it. Checked once, before
//! any handler; handlers decide nothing about order.

use super::config::Kind;
use super::says;
use super::state::{Stage, Standing};
use mail::Reply;

/// Every word that gets an answer of its own.
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
    /// Known from the RFCs, not spoken here.
    Absent,
    /// The first word of another protocol: someone is being used to talk to us (a browser, say).
    Foreign,
}

/// One row.
pub(super) struct Rule {
    pub name: &'static str,
    pub verb: Verb,
    pub explain: &'static str,
    /// A union of [`Stage`] bits.
    lawful: u16,
    /// Where TLS is required: may it come before? (RFC 3207 §4)
    before_tls: bool,
    /// Where AUTH is required: may it come before? (RFC 4954 §6)
    before_auth: bool,
    /// May more commands follow in the same group? Otherwise its reply is sent at once (RFC 2920
    /// §3.1, §3.2).
    pub pipelined: bool,
    /// Brings no message nearer: counted against `idle_commands_max`.
    pub idle: bool,
}

const G: u16 = Stage::Greeted as u16;
const H: u16 = Stage::Hello as u16;
const M: u16 = Stage::Mail as u16;
const R: u16 = Stage::Rcpt as u16;
const X: u16 = Stage::Refused as u16;
const B: u16 = Stage::Bdat as u16;
const F: u16 = Stage::Broken as u16;
const ANY: u16 = G | H | M | R | B | F;

#[rustfmt::skip]
const TABLE: &[Rule] = &[
    //          verb                                         lawful    before TLS  before AUTH  pipelined  idle
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
    row("TURN", Verb::Absent, "smtp.absent",                 ANY,      true,       true,        false,     true),
    row("ETRN", Verb::Absent, "smtp.absent",                 ANY,      true,       true,        false,     true),
    row("ATRN", Verb::Absent, "smtp.absent",                 ANY,      true,       true,        false,     true),
    row("SEND", Verb::Absent, "smtp.absent",                 ANY,      true,       true,        false,     true),
    row("SOML", Verb::Absent, "smtp.absent",                 ANY,      true,       true,        false,     true),
    row("SAML", Verb::Absent, "smtp.absent",                 ANY,      true,       true,        false,     true),
    row("LHLO", Verb::Absent, "smtp.absent",                 ANY,      true,       true,        false,     true),
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
    lawful: u16,
    before_tls: bool,
    before_auth: bool,
    pipelined: bool,
    idle: bool,
) -> Rule {
    Rule {
        name,
        verb,
        explain,
        lawful,
        before_tls,
        before_auth,
        pipelined,
        idle,
    }
}

/// The row of a command's first word, in any case (RFC 5321 §2.4).
pub(super) fn find(word: &str) -> Option<&'static Rule> {
    TABLE
        .iter()
        .find(|rule| rule.name.eq_ignore_ascii_case(word))
}

/// The verbs that HELP names.
pub(super) fn spoken(kind: Kind) -> String {
    let spoken = TABLE
        .iter()
        .filter(|r| !matches!(r.verb, Verb::Absent | Verb::Foreign));
    let names: Vec<_> = spoken
        .filter(|r| kind == Kind::Submission || r.verb != Verb::Auth)
        .map(|r| r.name)
        .collect();
    names.join(" ")
}

impl Rule {
    /// The refusal, if the verb may not come now.
    pub(super) fn check(&self, stage: Stage, standing: &Standing) -> Result<(), Reply> {
        if self.verb == Verb::Auth && standing.config.kind == Kind::Transfer {
            return Err(says::no_auth_here());
        }
        if self.lawful & stage as u16 == 0 {
            return Err(says::out_of_sequence(self.verb, stage));
        }
        if standing.config.kind == Kind::Submission && !standing.trusted {
            if !self.before_tls && !standing.in_tls {
                return Err(says::tls_first());
            }
            if !self.before_auth && !standing.authenticated {
                return Err(says::auth_first());
            }
        }
        Ok(())
    }
}
