//! MAIL and RCPT (RFC 5321 §4.1.1.2, §4.1.1.3): parses the envelope, enforces its limits, and asks
//! the role about each address.

use super::hello::offers_auth;
use super::interface::{Decision, Query, Resolved};
use super::parameters;
use super::replies;
use super::state::{ConnectionState, MailAccepted, Next, PendingDecision, Ready, State};
use mail::{Address, Path};

impl Ready {
    /// `mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF`
    pub(super) fn mail(self, argument: &str, connection: &ConnectionState) -> Next {
        let refuse = |reply| Next::reply(State::Ready(self), reply);
        let limits = &connection.config.limits;
        if connection.messages >= limits.messages_max {
            return Next::close(replies::too_many("messages on one connection"));
        }
        let Some((path, rest)) = parameters::path(argument, "FROM:") else {
            return refuse(replies::mail_syntax());
        };
        let sender = match path {
            Ok(path) => path,
            Err(why) => return refuse(replies::mail_path(why)),
        };
        let parameters = match self.parameters(rest, connection) {
            Ok(parameters) => parameters,
            Err(reply) => return refuse(reply),
        };
        if sender.address().is_some_and(Address::is_international) && !parameters.smtputf8 {
            return refuse(replies::needs_smtputf8());
        }
        // RFC 1870 §6.1
        if parameters
            .size
            .is_some_and(|size| size > limits.message_bytes_max)
        {
            return refuse(replies::too_big(limits.message_bytes_max));
        }
        let binary = parameters.body == mail::BodyKind::Binary;
        let given = MailAccepted {
            ready: self,
            smtputf8: parameters.smtputf8,
            binary,
        };
        Next::query(
            PendingDecision::Mail(given),
            Query::Mail { sender, parameters },
        )
    }

    fn no_parameters(self, text: &str) -> Result<(), mail::Reply> {
        let first = if self.extended {
            None
        } else {
            parameters::split(text)?.first().copied()
        };
        first.map_or(Ok(()), |(name, _)| Err(replies::parameter_unknown(name)))
    }

    fn rcpt_parameters(self, text: &str) -> Result<super::interface::RcptParameters, mail::Reply> {
        self.no_parameters(text)?;
        parameters::of_rcpt(text)
    }

    // RFC 5321 §4.1.1.11: parameters are allowed after EHLO only.
    fn parameters(
        self,
        text: &str,
        connection: &ConnectionState,
    ) -> Result<super::interface::MailParameters, mail::Reply> {
        self.no_parameters(text)?;
        let offered = parameters::OfferedParameters {
            auth: offers_auth(connection),
            tls: connection.in_tls,
            hold: connection
                .config
                .future_release()
                .map(|max| (connection.now, max)),
        };
        parameters::of_mail(text, &offered)
    }
}

impl MailAccepted {
    /// The role has decided about the sender.
    pub(super) fn answered(self, answer: Decision) -> Next {
        match answer.or(replies::mail_ok()) {
            Resolved::Accept(reply) => Next::reply(State::Mail(self), reply),
            Resolved::Reject(reply) => Next::reply(State::Ready(self.ready), reply),
            Resolved::Close(reply) => Next::close(reply),
        }
    }

    /// `rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path ) [SP
    /// Rcpt-parameters] CRLF`
    pub(super) fn rcpt(
        self,
        recipients: u32,
        argument: &str,
        connection: &ConnectionState,
    ) -> Next {
        let refuse = |reply| Next::reply(State::transaction(recipients, self), reply);
        let Some((path, rest)) = parameters::path(argument, "TO:") else {
            return refuse(replies::rcpt_syntax());
        };
        let recipient = match path {
            Ok(Path::Null) => return refuse(replies::rcpt_path("nobody cannot receive")),
            Ok(path) => path,
            Err(why) => return refuse(replies::rcpt_path(why)),
        };
        let parameters = match self.ready.rcpt_parameters(rest) {
            Ok(parameters) => parameters,
            Err(reply) => return refuse(reply),
        };
        if recipient.address().is_some_and(Address::is_international) && !self.smtputf8 {
            return refuse(replies::needs_smtputf8());
        }
        if recipients >= connection.config.limits.recipients_max {
            return refuse(replies::too_many_recipients());
        }
        Next::query(
            PendingDecision::Rcpt {
                mail: self,
                recipients,
            },
            Query::Rcpt {
                recipient,
                parameters,
            },
        )
    }

    /// The role has decided about the recipient.
    pub(super) fn rcpt_answered(self, recipients: u32, answer: Decision) -> Next {
        match answer.or(replies::rcpt_ok()) {
            Resolved::Accept(reply) => Next::reply(State::transaction(recipients + 1, self), reply),
            Resolved::Reject(reply) => Next::reply(State::transaction(recipients, self), reply),
            Resolved::Close(reply) => Next::close(reply),
        }
    }
}
