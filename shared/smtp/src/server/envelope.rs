//! MAIL and RCPT (RFC 5321 §4.1.1.2, §4.1.1.3): reads the envelope, holds its limits, and asks the
//! role about each address.

use super::hello::offers_auth;
use super::parameters;
use super::says;
use super::state::{MailGiven, Next, Ready, Standing, State, Waiting};
use super::words::{Answer, Ask, Decision};
use mail::{Address, Path};

impl Ready {
    /// `mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF`
    pub(super) fn mail(self, argument: &str, standing: &Standing) -> Next {
        let refuse = |reply| Next::say(State::Ready(self), reply);
        let limits = &standing.config.limits;
        if standing.messages >= limits.messages_max {
            return Next::close(says::too_many("messages on one connection"));
        }
        let Some((path, rest)) = parameters::path(argument, "FROM:") else {
            return refuse(says::mail_syntax());
        };
        let sender = match path {
            Ok(path) => path,
            Err(why) => return refuse(says::mail_path(why)),
        };
        let parameters = match self.parameters(rest, standing) {
            Ok(parameters) => parameters,
            Err(reply) => return refuse(reply),
        };
        if sender.address().is_some_and(Address::is_international) && !parameters.smtputf8 {
            return refuse(says::needs_smtputf8());
        }
        // RFC 1870 §6.1
        if parameters
            .size
            .is_some_and(|size| size > limits.message_bytes_max)
        {
            return refuse(says::too_big(limits.message_bytes_max));
        }
        let binary = parameters.body == mail::BodyKind::Binary;
        let given = MailGiven {
            ready: self,
            smtputf8: parameters.smtputf8,
            binary,
        };
        Next::ask(Waiting::Mail(given), Ask::Mail { sender, parameters })
    }

    fn no_parameters(self, text: &str) -> Result<(), mail::Reply> {
        let first = if self.extended {
            None
        } else {
            parameters::split(text)?.first().copied()
        };
        first.map_or(Ok(()), |(name, _)| Err(says::parameter_unknown(name)))
    }

    fn rcpt_parameters(self, text: &str) -> Result<super::words::RcptParameters, mail::Reply> {
        self.no_parameters(text)?;
        parameters::of_rcpt(text)
    }

    // RFC 5321 §4.1.1.11: parameters are for those who said EHLO.
    fn parameters(
        self,
        text: &str,
        standing: &Standing,
    ) -> Result<super::words::MailParameters, mail::Reply> {
        self.no_parameters(text)?;
        let offered = parameters::Offered {
            auth: offers_auth(standing),
            tls: standing.in_tls,
            hold: standing
                .config
                .future_release()
                .map(|max| (standing.now, max)),
        };
        parameters::of_mail(text, &offered)
    }
}

impl MailGiven {
    /// The role has looked at the sender.
    pub(super) fn answered(self, answer: Answer) -> Next {
        match answer.or(says::mail_ok()) {
            Decision::Yes(reply) => Next::say(State::Mail(self), reply),
            Decision::No(reply) => Next::say(State::Ready(self.ready), reply),
            Decision::Close(reply) => Next::close(reply),
        }
    }

    /// `rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path ) [SP
    /// Rcpt-parameters] CRLF`
    pub(super) fn rcpt(self, recipients: u32, argument: &str, standing: &Standing) -> Next {
        let refuse = |reply| Next::say(State::transaction(recipients, self), reply);
        let Some((path, rest)) = parameters::path(argument, "TO:") else {
            return refuse(says::rcpt_syntax());
        };
        let recipient = match path {
            Ok(Path::Null) => return refuse(says::rcpt_path("nobody cannot receive")),
            Ok(path) => path,
            Err(why) => return refuse(says::rcpt_path(why)),
        };
        let parameters = match self.ready.rcpt_parameters(rest) {
            Ok(parameters) => parameters,
            Err(reply) => return refuse(reply),
        };
        if recipient.address().is_some_and(Address::is_international) && !self.smtputf8 {
            return refuse(says::needs_smtputf8());
        }
        if recipients >= standing.config.limits.recipients_max {
            return refuse(says::too_many_recipients());
        }
        Next::ask(
            Waiting::Rcpt {
                mail: self,
                recipients,
            },
            Ask::Rcpt {
                recipient,
                parameters,
            },
        )
    }

    /// The role has looked at the recipient.
    pub(super) fn rcpt_answered(self, recipients: u32, answer: Answer) -> Next {
        match answer.or(says::rcpt_ok()) {
            Decision::Yes(reply) => Next::say(State::transaction(recipients + 1, self), reply),
            Decision::No(reply) => Next::say(State::transaction(recipients, self), reply),
            Decision::Close(reply) => Next::close(reply),
        }
    }
}
