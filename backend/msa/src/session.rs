//! The role behind one submission session: answers the queries of `smtp::server`.

use crate::authorization::check_sender;
use crate::complete::HeaderCompletion;
use crate::submit::SubmissionTrace;
use crate::{Msa, SenderIdentity, recoded, replies};
use event::{Check, Reason, Verdict};
use mail::session::{Line, TlsInfo};
use mail::{Address, Domain, Duration, JourneyId, Path, Recipient, Reply};
use queue::intake::{Rejection, RejectionKind, SessionRecorder, Spooler};
use smtp::Summary;
use smtp::received::{Received, TransmissionType};
use smtp::server::{Decision, Hello, MailParameters, Notice, Query, RcptParameters, Server};
use std::net::SocketAddr;
use store::Account;
use tokio::sync::watch;
use world::{Connection, Decide};

/// One user's connection.
pub(crate) struct SubmissionSession {
    pub(crate) msa: Msa,
    pub(crate) recorder: SessionRecorder,
    pub(crate) remote: SocketAddr,
    shutdown: watch::Receiver<bool>,
    hello: Option<Hello>,
    tls: Option<TlsInfo>,
    pub(crate) account: Option<Account>,
    /// The client's network may submit without a login.
    trusted: bool,
    transaction: Option<Transaction>,
}

/// The message in transfer.
struct Transaction {
    /// The account that submits it.
    account: Account,
    sender: Option<Address>,
    parameters: MailParameters,
    recipients: Vec<Recipient>,
    journey: JourneyId,
    /// Domains of this host, where the header may be international.
    local_domains: Vec<Domain>,
    body: Option<Body>,
}

/// The bytes of the message: spooled, the header completed on its way.
struct Body {
    spooler: Spooler,
    /// The header fields to put before the message.
    added: String,
}

impl SubmissionSession {
    pub(crate) fn new(
        msa: Msa,
        recorder: SessionRecorder,
        connection: &Connection,
        shutdown: watch::Receiver<bool>,
    ) -> SubmissionSession {
        let trusted = msa.trusts(connection.remote.ip());
        SubmissionSession {
            msa,
            recorder,
            remote: connection.remote,
            shutdown,
            hello: None,
            tls: connection.tls.clone(),
            account: None,
            trusted,
            transaction: None,
        }
    }

    /// The connection has ended.
    pub(crate) fn closed(&mut self, after: Duration) {
        self.recorder.closed(after);
    }

    /// Whom the client may name in From. A trusted network writes for the whole domain.
    fn identity(&self) -> SenderIdentity {
        match (&self.account, self.msa.0.config.sender_identity) {
            (None, SenderIdentity::Own) => SenderIdentity::Domain,
            (_, identity) => identity,
        }
    }

    fn reject(&mut self, rejection: Rejection) -> Decision {
        self.recorder.rejected(&rejection);
        if rejection.close {
            Decision::Close(rejection.reply)
        } else {
            Decision::Reply(rejection.reply)
        }
    }

    async fn mail(&mut self, sender: Path, parameters: MailParameters) -> Decision {
        let sender = match sender {
            Path::Address(address) => Some(address),
            Path::Null => None,
            // An account with this address writes it in full.
            Path::Postmaster => {
                let kind = RejectionKind::SenderWithoutDomain;
                let reason = Reason::subject("postmaster");
                return self.reject(Rejection::new(kind, Check::SenderRight, reason));
            }
        };
        match self.begin(sender, parameters).await {
            Ok(decision) => decision,
            Err(rejection) => self.reject(rejection),
        }
    }

    async fn begin(
        &mut self,
        sender: Option<Address>,
        parameters: MailParameters,
    ) -> Result<Decision, Rejection> {
        let (check, account) = match &self.account {
            Some(account) => {
                check_sender(account, sender.as_ref())?;
                (Check::SenderRight, account.clone())
            }
            None if self.trusted => {
                let from = self.remote.ip();
                let account = self.msa.network_account(sender.as_ref(), from).await?;
                (Check::ClientNetwork, account)
            }
            None => return Ok(Decision::Reply(replies::not_authenticated())),
        };
        self.recorder.check(check, Verdict::Pass, Reason::None);
        self.msa.0.store.check_space()?;
        self.msa.check_message_rate(account.id)?;
        let local_domains = match parameters.smtputf8 {
            true => self.msa.0.store.domains().await?,
            false => Vec::new(),
        };
        self.transaction = Some(Transaction {
            account,
            local_domains,
            sender,
            parameters,
            recipients: Vec::new(),
            journey: self.msa.0.queue.new_journey(),
            body: None,
        });
        Ok(Decision::Go)
    }

    async fn rcpt(&mut self, recipient: Path, parameters: RcptParameters) -> Decision {
        match self.add_recipient(recipient, parameters).await {
            Ok(()) => Decision::Go,
            Err(rejection) => self.reject(rejection),
        }
    }

    async fn add_recipient(
        &mut self,
        recipient: Path,
        parameters: RcptParameters,
    ) -> Result<(), Rejection> {
        if let Some(transaction) = &self.transaction {
            self.msa.check_recipient_rate(transaction.account.id, 1)?;
        }
        let address = self.msa.recipient(recipient).await?;
        if let Some(transaction) = &mut self.transaction {
            let account = &transaction.account;
            let (check, reason) = self.msa.recipient_check(account, &address).await?;
            self.recorder.check(check, Verdict::Pass, reason);
            let recipients = &mut transaction.recipients;
            // A recipient that is named twice gets one copy.
            let known = recipients.iter().any(|r| r.address.key() == address.key());
            if !known {
                recipients.push(parameters.recipient(address));
            }
        }
        Ok(())
    }

    fn data(&mut self) -> Decision {
        match &mut self.transaction {
            Some(transaction) => {
                transaction.body = Some(Body {
                    spooler: Spooler::new(self.msa.0.store.writer()).for_submission(),
                    added: String::new(),
                });
                Decision::Go
            }
            None => Decision::Reply(replies::no_transaction()),
        }
    }

    fn chunk(&mut self, piece: &[u8]) -> Decision {
        let (host, at) = (self.msa.host(), self.msa.0.world.now());
        let identity = self.identity();
        let Some(Transaction {
            account,
            journey,
            parameters,
            local_domains,
            body: Some(body),
            ..
        }) = &mut self.transaction
        else {
            return Decision::Reply(replies::no_transaction());
        };
        let completion = HeaderCompletion {
            account,
            identity,
            smtputf8: parameters.smtputf8,
            local_domains,
            host: &host,
            journey: *journey,
            at,
        };
        let Body { spooler, added } = body;
        match spooler.write(piece, |header| completion.edit(header, added)) {
            Ok(()) => Decision::Go,
            Err(rejection) => self.reject(rejection),
        }
    }

    async fn end(&mut self, summary: &Summary) -> Decision {
        let Some(transaction) = self.transaction.take() else {
            return Decision::Reply(replies::no_transaction());
        };
        self.msa.record_bytes(transaction.account.id, summary.bytes);
        match self.accept(transaction, summary).await {
            Ok(reply) => Decision::Reply(reply),
            Err(rejection) => self.reject(rejection),
        }
    }

    async fn accept(
        &mut self,
        transaction: Transaction,
        summary: &Summary,
    ) -> Result<Reply, Rejection> {
        let Transaction {
            account,
            sender,
            parameters,
            recipients,
            journey,
            local_domains,
            body: Some(body),
        } = transaction
        else {
            return Ok(replies::no_transaction());
        };
        let (host, at) = (self.msa.host(), self.msa.0.world.now());
        let completion = HeaderCompletion {
            account: &account,
            identity: self.identity(),
            smtputf8: parameters.smtputf8,
            local_domains: &local_domains,
            host: &host,
            journey,
            at,
        };
        let Body {
            mut spooler,
            mut added,
        } = body;
        spooler.end(|header| completion.edit(header, &mut added))?;
        spooler.check_nul(parameters.body)?;
        let spooled = spooler.finish_submission(&self.msa.0.store).await?;
        recoded::record(&mut self.recorder, &spooled);
        let hello = self.hello.as_ref();
        let with = TransmissionType {
            extended: hello.is_some_and(|h| h.extended),
            tls: self.tls.is_some(),
            auth: self.account.is_some(),
            utf8: parameters.smtputf8,
            web: false,
        };
        let id = journey.to_string();
        let received = Received {
            from: Some(hello.map_or("", |h| &h.name)),
            address: Some(self.remote.ip()),
            by: &host,
            with,
            tls: self.tls.as_ref(),
            id: &id,
            recipient: None,
            at,
        };
        let trace = SubmissionTrace {
            journey,
            span: self.recorder.span(),
            received,
            added,
            events: self.recorder.bind(journey),
        };
        let envelope = parameters.envelope(sender, recipients, summary);
        match self.msa.enqueue(&account, envelope, trace, spooled).await {
            Ok(accepted) => Ok(replies::accepted(accepted.journey)),
            Err(rejection) => {
                // The journey was not stored.
                self.recorder.begin();
                Err(rejection)
            }
        }
    }
}

impl Decide<Server> for SubmissionSession {
    async fn decide(&mut self, query: Query) -> Decision {
        match query {
            Query::Connected => match self.msa.check_connection_rate(self.remote.ip()) {
                Ok(()) => Decision::Go,
                Err(rejection) => self.reject(rejection),
            },
            Query::Hello(hello) => {
                self.transaction = None;
                self.hello = Some(hello);
                Decision::Go
            }
            Query::TlsStarted(tls) => {
                self.transaction = None;
                self.hello = None;
                self.account = None;
                self.tls = Some(tls);
                Decision::Go
            }
            Query::Auth(credentials) => self.auth(credentials).await,
            Query::Keys { hash, user } => self.scram_keys(hash, &user).await,
            Query::Mail { sender, parameters } => self.mail(sender, parameters).await,
            Query::Rcpt {
                recipient,
                parameters,
            } => self.rcpt(recipient, parameters).await,
            Query::Data => self.data(),
            Query::Chunk(piece) => self.chunk(&piece),
            Query::End(summary) => self.end(&summary).await,
            Query::Abandoned(_) => {
                self.transaction = None;
                Decision::Go
            }
            // Existing addresses are not disclosed to clients that are not authenticated (RFC 5321
            // §7.3).
            Query::Verify(_) | Query::Expand(_)
                if !self.msa.0.config.smtp.directory
                    || (self.account.is_none() && !self.trusted) =>
            {
                Decision::Go
            }
            Query::Verify(name) => self.msa.verify(&name).await,
            Query::Expand(name) => self.msa.expand(&name).await,
        }
    }

    async fn notice(&mut self) -> Notice {
        if self.shutdown.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
        Notice::Shutdown
    }

    fn trace(&mut self, line: Line) {
        self.recorder.line(line);
    }

    fn tls_started(&mut self, tls: &TlsInfo) {
        self.recorder.tls(tls);
    }
}
