//! HELP (RFC 5321 §4.1.1.8): for people at a terminal, the syntax and purpose of one command, or a
//! list of all. Programs do not read it.

use super::config::Kind;
use super::replies;
use super::verbs;
use mail::Reply;

/// The reply to `HELP [SP String]`.
pub(super) fn help(argument: &str, kind: Kind) -> Reply {
    if argument.is_empty() {
        let mut reply = Reply::new(214, (2, 0, 0), "Supported commands:");
        reply.lines.push(verbs::implemented(kind));
        reply
            .lines
            .push("Use HELP with a command name for details".to_owned());
        return reply;
    }
    let word = argument.to_ascii_uppercase();
    match TOPICS
        .iter()
        .find(|(name, ..)| *name == word)
        .filter(|(name, ..)| kind == Kind::Submission || *name != "AUTH")
    {
        Some((_, form, purpose)) => Reply {
            lines: vec![(*form).to_owned(), (*purpose).to_owned()],
            ..Reply::new(214, (2, 0, 0), "")
        },
        None => replies::no_help(),
    }
}

#[rustfmt::skip]
const TOPICS: &[(&str, &str, &str)] = &[
    ("HELO", "HELO domain", "The old greeting: no extensions are offered."),
    ("EHLO", "EHLO domain-or-address-literal", "The greeting; the reply lists what may be used."),
    ("STARTTLS", "STARTTLS", "Starts TLS on this connection; send EHLO again afterwards."),
    ("AUTH", "AUTH mechanism [initial-response]", "Authenticates you; the EHLO reply inside TLS lists the mechanisms."),
    ("MAIL", "MAIL FROM:<address> [SIZE=n] [BODY=7BIT|8BITMIME|BINARYMIME] [SMTPUTF8] [RET=FULL|HDRS] [ENVID=id] [REQUIRETLS]", "Begins a message and names its sender; <> for none."),
    ("RCPT", "RCPT TO:<address> [NOTIFY=NEVER|SUCCESS,FAILURE,DELAY] [ORCPT=type;address]", "Names one recipient; repeat it for each."),
    ("DATA", "DATA", "The message follows, up to a line that contains only a dot."),
    ("BDAT", "BDAT size [LAST]", "Sends the next <size> octets of the message; LAST marks the final chunk."),
    ("RSET", "RSET", "Discards the message that was begun."),
    ("NOOP", "NOOP", "Does nothing except get a reply."),
    ("HELP", "HELP [word]", "Lists the commands, or explains one."),
    ("VRFY", "VRFY name-or-address", "Asks whether a mailbox exists; answered only for authenticated users."),
    ("EXPN", "EXPN list", "Lists the members of a list; answered only for authenticated users."),
    ("QUIT", "QUIT", "Ends the session."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spoken_verb_has_its_help() {
        for verb in verbs::implemented(Kind::Submission).split(' ') {
            let reply = help(&verb.to_lowercase(), Kind::Submission);
            assert!(
                reply.code == 214 && reply.lines[0].starts_with(verb),
                "{verb}"
            );
        }
        assert_eq!(help("AUTH", Kind::Transfer).code, 504);
        assert_eq!(help("ETRN", Kind::Transfer).code, 504);
    }
}
