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
    ("STARTTLS", "STARTTLS", "From here on in TLS; then EHLO again."),
    ("AUTH", "AUTH mechanism [initial-response]", "Says who you are; the EHLO reply in TLS lists the mechanisms."),
    ("MAIL", "MAIL FROM:<address> [SIZE=n] [BODY=7BIT|8BITMIME|BINARYMIME] [SMTPUTF8] [RET=FULL|HDRS] [ENVID=id] [REQUIRETLS]", "Begins a message and names its sender; <> for none."),
    ("RCPT", "RCPT TO:<address> [NOTIFY=NEVER|SUCCESS,FAILURE,DELAY] [ORCPT=type;address]", "Names one recipient; say it once for each."),
    ("DATA", "DATA", "The message follows, up to a line with nothing but a dot."),
    ("BDAT", "BDAT size [LAST]", "So many octets of the message follow, as they are; LAST ends it."),
    ("RSET", "RSET", "Forgets the message that was begun."),
    ("NOOP", "NOOP", "Does nothing but get a reply."),
    ("HELP", "HELP [word]", "This."),
    ("VRFY", "VRFY name-or-address", "Asks whether somebody is here; strangers are not told."),
    ("EXPN", "EXPN list", "Asks who is behind a name; strangers are not told."),
    ("QUIT", "QUIT", "Ends the conversation."),
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
