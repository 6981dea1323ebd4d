//! The role behind one submission session: answers what `smtp::server` asks.

use crate::Msa;
use crate::complete::Completing;
use crate::intake::Intake;
use crate::rights::{No, may_send};
use crate::submit::Way;
use event::{Kind, Recorder};
use mail::session::{Line, Speaker, TlsInfo};
use mail::{Address, Duration, JourneyId, Path, Recipient, Reply};
use smtp::Summary;
use smtp::received::{Received, With};
use smtp::server::{Answer, Ask, Hello, MailParameters, Notice, RcptParameters, Server};
use std::net::SocketAddr;
use store::Account;
use tokio::sync::watch;
use world::{Connection, Decide};

/// One user's connection.
pub(crate) struct Submitting {
    pub(crate) msa: Msa,
    pub(crate) recorder: Recorder,
    pub(crate) remote: SocketAddr,
    shutdown: watch::Receiver<bool>,
    hello: Option<Hello>,
    tls: Option<TlsInfo>,
    pub(crate) account: Option<Account>,
    /// The client's network may submit without a login.
    trusted: bool,
    open: Option<Open>,
}

/// The message under way.
struct Open {
    /// Whose message it is.
    author: Account,
    sender: Option<Address>,
    parameters: MailParameters,
    recipients: Vec<Recipient>,
    journey: JourneyId,
    intake: Option<Intake>,
}

impl Submitting {
    pub(crate) fn new(
        msa: Msa,
        recorder: Recorder,
        connection: &Connection,
        shutdown: watch::Receiver<bool>,
    ) -> Submitting {
        let (remote, tls) = (connection.remote, connection.tls.clone());
        let trusted = msa.trusts(remote.ip());
        Submitting {
            msa,
            recorder,
            remote,
            shutdown,
            hello: None,
            tls,
            account: None,
            trusted,
            open: None,
        }
    }

    /// The connection has ended.
    pub(crate) fn closed(&mut self, after: Duration) {
        self.recorder
            .emit(self.msa.0.world.now(), Kind::Closed { after });
    }

    async fn mail(&mut self, sender: Path, parameters: MailParameters) -> Answer {
        let sender = match sender {
            Path::Address(address) => Some(address),
            Path::Null => None,
            // Written as a path it is nobody's; an account that has the address says it in full.
            Path::Postmaster => {
                return Answer::Reply(Reply::new(
                    553,
                    (5, 1, 7),
                    "a sender is written with its domain",
                ));
            }
        };
        let (name, right) = match &self.account {
            Some(account) => (
                "sender-right",
                may_send(account, sender.as_ref()).map(|()| account.clone()),
            ),
            None if self.trusted => (
                "client-network",
                self.msa.guest(sender.as_ref(), self.remote.ip()).await,
            ),
            None => return not_authenticated(),
        };
        let (author, right) = match right {
            Ok(author) => (Some(author), Ok(())),
            Err(no) => (None, Err(no)),
        };
        if let Err(reply) = self.msa.judge(&mut self.recorder, name, right) {
            return Answer::Reply(reply);
        }
        let Some(author) = author else {
            return not_authenticated();
        };
        if let Err(no) = self.msa.may_begin(author.id) {
            return self.too_often(no);
        }
        let journey = self.msa.0.queue.new_journey();
        self.open = Some(Open {
            author,
            sender,
            parameters,
            recipients: Vec::new(),
            journey,
            intake: None,
        });
        Answer::Go
    }

    fn too_often(&mut self, no: No) -> Answer {
        let closes = no.reply.code == 421;
        match self.msa.judge(&mut self.recorder, "rate", Err(no)) {
            Err(reply) if closes => Answer::Close(reply),
            Err(reply) => Answer::Reply(reply),
            Ok(()) => Answer::Go,
        }
    }

    async fn rcpt(&mut self, recipient: Path, parameters: RcptParameters) -> Answer {
        if let Some(Err(no)) = self
            .open
            .as_ref()
            .map(|open| self.msa.may_name(open.author.id, 1))
        {
            return self.too_often(no);
        }
        let found = self.msa.recipient(recipient).await;
        let (address, outcome) = match found {
            Ok(address) => (Some(address), Ok(())),
            Err(no) => (None, Err(no)),
        };
        if let Err(reply) = self.msa.judge(&mut self.recorder, "recipient", outcome) {
            return Answer::Reply(reply);
        }
        if let (Some(open), Some(address)) = (&mut self.open, address) {
            // Said twice, delivered once.
            if !open
                .recipients
                .iter()
                .any(|r| r.address.key() == address.key())
            {
                open.recipients.push(parameters.recipient(address));
            }
        }
        Answer::Go
    }

    fn data(&mut self) -> Answer {
        match &mut self.open {
            Some(open) => {
                open.intake = Some(Intake::new(self.msa.0.store.writer()));
                Answer::Go
            }
            None => no_message(),
        }
    }

    fn chunk(&mut self, piece: &[u8]) -> Answer {
        let (host, at) = (self.msa.host(), self.msa.0.world.now());
        let Submitting {
            open: Some(open), ..
        } = self
        else {
            return no_message();
        };
        let completing = Completing {
            account: &open.author,
            host: &host,
            journey: open.journey,
            at,
        };
        let Some(intake) = &mut open.intake else {
            return no_message();
        };
        match intake.take(piece, &completing) {
            Ok(()) => Answer::Go,
            Err(reply) => Answer::Reply(reply),
        }
    }

    async fn end(&mut self, summary: &Summary) -> Answer {
        let Some(open) = self.open.take() else {
            return no_message();
        };
        self.msa.brought(open.author.id, summary.bytes);
        let Some(intake) = open.intake else {
            return no_message();
        };
        let (host, at) = (self.msa.host(), self.msa.0.world.now());
        let completing = Completing {
            account: &open.author,
            host: &host,
            journey: open.journey,
            at,
        };
        let taken = match intake.finish(&completing).await {
            Ok(taken) => taken,
            Err(reply) => return Answer::Reply(reply),
        };
        let hello = self.hello.as_ref();
        let with = With {
            extended: hello.is_some_and(|h| h.extended),
            tls: self.tls.is_some(),
            auth: self.account.is_some(),
            utf8: open.parameters.smtputf8,
            web: false,
        };
        let id = open.journey.to_string();
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
        let envelope = open
            .parameters
            .envelope(open.sender, open.recipients, summary);
        let way = Way {
            journey: open.journey,
            span: self.recorder.span(),
            received,
            events: self.recorder.bind(open.journey),
        };
        match self.msa.hand_on(&open.author, envelope, way, taken).await {
            Ok(accepted) => Answer::Reply(Reply::new(
                250,
                (2, 0, 0),
                format!("Accepted as {}", accepted.journey),
            )),
            Err(reply) => {
                // There is no such journey.
                self.recorder.begin();
                Answer::Reply(reply)
            }
        }
    }
}

fn not_authenticated() -> Answer {
    Answer::Reply(Reply::new(530, (5, 7, 0), "Authentication required"))
}

// The session asks in order; to be asked otherwise is a bug of ours.
fn no_message() -> Answer {
    Answer::Reply(Reply::new(451, (4, 3, 0), "no message is open"))
}

impl Decide<Server> for Submitting {
    async fn decide(&mut self, ask: Ask) -> Answer {
        match ask {
            Ask::Connected => match self.msa.may_connect(self.remote.ip()) {
                Ok(()) => Answer::Go,
                Err(no) => self.too_often(no),
            },
            Ask::Hello(hello) => {
                self.open = None;
                self.hello = Some(hello);
                Answer::Go
            }
            Ask::TlsStarted(tls) => {
                self.open = None;
                self.hello = None;
                self.account = None;
                self.tls = Some(tls);
                Answer::Go
            }
            Ask::Auth(credentials) => self.auth(credentials).await,
            Ask::Keys { hash, user } => self.keys(hash, &user).await,
            Ask::Mail { sender, parameters } => self.mail(sender, parameters).await,
            Ask::Rcpt {
                recipient,
                parameters,
            } => self.rcpt(recipient, parameters).await,
            Ask::Data => self.data(),
            Ask::Chunk(piece) => self.chunk(&piece),
            Ask::End(summary) => self.end(&summary).await,
            Ask::Abandoned(_) => {
                self.open = None;
                Answer::Go
            }
            // Strangers are told nothing of who exists (RFC 5321 §7.3).
            Ask::Verify(_) | Ask::Expand(_)
                if !self.msa.0.smtp.directory || (self.account.is_none() && !self.trusted) =>
            {
                Answer::Go
            }
            Ask::Verify(name) => self.msa.verify(&name).await,
            Ask::Expand(name) => self.msa.expand(&name).await,
        }
    }

    async fn notice(&mut self) -> Notice {
        if self.shutdown.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
        Notice::Shutdown
    }

    fn saw(&mut self, line: Line) {
        if line.speaker == Speaker::Client {
            match line.explain.as_str() {
                // From MAIL on, what is said belongs to a message; a nested MAIL is refused and
                // begins none.
                "smtp.mail" if line.before == "hello" => self.recorder.begin(),
                // A greeting belongs to all messages that follow.
                "smtp.ehlo" | "smtp.helo" | "smtp.starttls" => self.recorder.abandon(),
                _ => {}
            }
        }
        self.recorder.line(self.msa.0.world.now(), line);
    }

    fn sealed(&mut self, tls: &TlsInfo) {
        self.recorder.tls(self.msa.0.world.now(), tls.clone());
    }
}
