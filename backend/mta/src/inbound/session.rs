//! The role behind one connection to port 25: answers what `smtp::server` asks.

use super::Inbound;
use super::recipient::{Local, NOBODY};
use super::verdict::{self, Found};
use crate::door::{No, Visit};
use event::{Kind, Recorder, Role, Verdict};
use mail::session::{Line, Speaker, TlsInfo};
use mail::{Address, Duration, Envelope, Path, Recipient, Reply};
use memchr::memmem;
use queue::{NewMessage, Refusal};
use smtp::Summary;
use smtp::received::{Received, With};
use smtp::server::{Answer, Ask, Hello, MailParameters, Notice, RcptParameters, Server};
use std::net::SocketAddr;
use store::{Account, Writer};
use tokio::sync::watch;
use world::{Connection, Decide};

/// So much of a message is kept at hand to look at its header.
const HEAD_BYTES_MAX: usize = 256 * 1024;

/// One host's connection.
pub(super) struct Receiving {
    inbound: Inbound,
    recorder: Recorder,
    remote: SocketAddr,
    shutdown: watch::Receiver<bool>,
    /// Its way through the door, and what it said before it was greeted.
    visit: Visit,
    early: Option<String>,
    hello: Option<Hello>,
    tls: Option<TlsInfo>,
    /// Someone of ours who types this by hand.
    person: Option<Box<Account>>,
    open: Option<Open>,
}

/// The message under way.
struct Open {
    sender: Option<Address>,
    parameters: MailParameters,
    recipients: Vec<Recipient>,
    /// Of some recipient it is not sure that there is room.
    limited: bool,
    body: Option<Body>,
}

/// Its bytes: all to the store, the header also to look at.
struct Body {
    writer: Writer,
    head: Vec<u8>,
    head_is_whole: bool,
    /// Who sent it is verified while it comes in, unless that is not wanted.
    reading: Option<auth::Reading>,
    /// Our own name: results in it are taken out of the header.
    host: String,
    hops_max: usize,
}

impl Body {
    fn take(&mut self, piece: &[u8]) -> Result<(), Reply> {
        if let Some(reading) = &mut self.reading {
            reading.write(piece);
        }
        if !self.head_is_whole {
            let from = self.head.len().saturating_sub(3);
            self.head.extend_from_slice(piece);
            let empty_line = self.head.starts_with(b"\r\n")
                || memmem::find(&self.head[from..], b"\r\n\r\n").is_some();
            self.head_is_whole = empty_line || self.head.len() > HEAD_BYTES_MAX;
            return if self.head_is_whole {
                self.write_head()
            } else {
                Ok(())
            };
        }
        self.writer
            .write(piece)
            .map_err(|fault| Refusal::from(fault).reply)
    }

    // The header, and whatever came with its end.
    fn write_head(&mut self) -> Result<(), Reply> {
        check_loop(&self.head, self.hops_max)?;
        let clean = verdict::without_forged(&self.head, &self.host);
        self.writer
            .write(&clean)
            .map_err(|fault| Refusal::from(fault).reply)
    }

    // That was all; a message that is all header is written only now.
    fn close(&mut self) -> Result<(), Reply> {
        if self.head_is_whole {
            Ok(())
        } else {
            self.write_head()
        }
    }
}

fn check_loop(head: &[u8], hops_max: usize) -> Result<(), Reply> {
    if mime::count_received(head) > hops_max {
        return Err(Reply::new(
            554,
            (5, 4, 6),
            "the message has passed too many hosts: it loops",
        ));
    }
    Ok(())
}

impl Receiving {
    pub(super) fn new(
        inbound: Inbound,
        recorder: Recorder,
        connection: &Connection,
        visit: Visit,
        early: Option<String>,
        shutdown: watch::Receiver<bool>,
    ) -> Receiving {
        let (remote, tls) = (connection.remote, connection.tls.clone());
        Receiving {
            inbound,
            recorder,
            remote,
            shutdown,
            visit,
            early,
            hello: None,
            tls,
            person: None,
            open: None,
        }
    }

    /// It is no other host: a person of ours types this.
    pub(super) fn of(mut self, person: Option<Account>) -> Receiving {
        self.person = person.map(Box::new);
        self
    }

    /// The connection has ended.
    pub(super) fn closed(&mut self, after: Duration) {
        self.recorder
            .emit(self.inbound.0.world.now(), Kind::Closed { after });
    }

    fn check(&mut self, name: &str, verdict: Verdict, why: String) {
        let kind = Kind::text_check(name, verdict, &why);
        self.recorder.emit(self.inbound.0.world.now(), kind);
    }

    // What the door found out is told at the time at which it was found.
    fn tell_findings(&mut self) {
        for (at, kind) in self.visit.take_told() {
            self.recorder.emit(at, kind);
        }
    }

    fn refuse(&mut self, no: No) -> Answer {
        let No {
            reply,
            check,
            why,
            close,
        } = no;
        tracing::info!(remote = %self.remote, check, %reply, why, "refused");
        self.check(check, Verdict::Fail, why);
        if close {
            Answer::Close(reply)
        } else {
            Answer::Reply(reply)
        }
    }

    fn go_or_refuse(&mut self, done: Result<(), No>) -> Answer {
        self.tell_findings();
        match done {
            Ok(()) => Answer::Go,
            Err(no) => self.refuse(no),
        }
    }

    // Whoever errs waits for the next answer, longer each time; nobody else does. Ends at once when
    // the program stops.
    async fn wait_for_errors(&mut self) -> Result<(), No> {
        self.visit.errs_too_often()?;
        let delay = self.visit.tarpit();
        if !delay.is_zero() {
            self.tell_findings();
            let world = self.inbound.0.world.clone();
            let stopped = self.shutdown.wait_for(|stop| *stop);
            // Only that the time is over counts, or that the program stops.
            let _ = world
                .within(delay, async {
                    if stopped.await.is_err() {
                        std::future::pending::<()>().await;
                    }
                })
                .await;
        }
        Ok(())
    }

    fn mail(&mut self, sender: Path, parameters: MailParameters) -> Answer {
        let sender = match sender {
            Path::Address(address) => Some(address),
            Path::Null => None,
            Path::Postmaster => {
                return Answer::Reply(Reply::new(
                    553,
                    (5, 1, 7),
                    "a sender is written with its domain",
                ));
            }
        };
        let done = self
            .as_oneself(sender.as_ref())
            .and_then(|()| self.visit.mail(sender.as_ref()));
        if done.is_ok() {
            self.open = Some(Open {
                sender,
                parameters,
                recipients: Vec::new(),
                limited: false,
                body: None,
            });
        }
        self.go_or_refuse(done)
    }

    // Whoever is known by name cannot write under another's here, as one could from anywhere else.
    fn as_oneself(&self, sender: Option<&Address>) -> Result<(), No> {
        match (&self.person, sender) {
            (Some(person), Some(sender)) if !person.owns(sender) => {
                let reply = Reply::new(
                    553,
                    (5, 7, 1),
                    format!(
                        "<{sender}> is not an address of yours; at the console one writes as oneself"
                    ),
                );
                Err(No::new(
                    "sender-right",
                    reply,
                    format!("{sender} is not an address of {}", person.address),
                ))
            }
            _ => Ok(()),
        }
    }

    async fn rcpt(&mut self, recipient: Path, parameters: RcptParameters) -> Answer {
        let done = self.take_recipient(recipient, parameters).await;
        self.go_or_refuse(done)
    }

    async fn take_recipient(
        &mut self,
        recipient: Path,
        parameters: RcptParameters,
    ) -> Result<(), No> {
        self.visit.names_recipient()?;
        let announced = self
            .open
            .as_ref()
            .and_then(|o| o.parameters.size)
            .unwrap_or_default();
        let Local {
            address,
            limited,
            relayed,
        } = match self
            .inbound
            .recipient(recipient, announced, self.remote.ip())
            .await
        {
            Ok(local) => local,
            Err(no) if no.check == NOBODY && no.reply.code == 550 => {
                return Err(self.visit.named_nobody().err().unwrap_or(no));
            }
            Err(no) => return Err(no),
        };
        let known = self.open.as_ref().is_some_and(|o| {
            o.recipients
                .iter()
                .any(|r| r.address.key() == address.key())
        });
        let notice = self
            .open
            .as_ref()
            .is_some_and(|o| o.sender.is_none() && !o.recipients.is_empty());
        if notice && !known {
            // A notice answers one message, so it goes to one address (RFC 5321 §4.5.5); to many it
            // is something else.
            let reply = Reply::new(
                550,
                (5, 5, 3),
                "a message from <> is a notice and has one recipient",
            );
            return Err(No::new("null-sender", reply, address));
        }
        self.visit.recipient(&address).await?;
        self.tell_findings();
        if let Some(network) = relayed {
            self.check(
                "relay",
                Verdict::Pass,
                format!(
                    "{} is in {network}, so mail for {} is passed on",
                    self.remote.ip(),
                    address.host()
                ),
            );
        }
        self.check("recipient", Verdict::Pass, address.to_string());
        // Said twice, delivered once.
        if let Some(open) = self.open.as_mut().filter(|_| !known) {
            open.limited |= limited;
            open.recipients.push(parameters.recipient(address));
        }
        Ok(())
    }

    fn data(&mut self) -> Answer {
        let Some(open) = &mut self.open else {
            return no_message();
        };
        let inner = &self.inbound.0;
        let reading = (!inner.policies.all_off()
            && (self.person.is_some() || !self.visit.is_trusted()))
        .then(auth::Reading::default);
        let host = inner.smtp.host.to_string();
        let hops_max = inner.door.hops_max();
        open.body = Some(Body {
            writer: inner.store.writer(),
            head: Vec::new(),
            head_is_whole: false,
            reading,
            host,
            hops_max,
        });
        Answer::Go
    }

    fn chunk(&mut self, piece: &[u8]) -> Answer {
        let Some(body) = self.open.as_mut().and_then(|o| o.body.as_mut()) else {
            return no_message();
        };
        match body.take(piece) {
            Ok(()) => Answer::Go,
            Err(reply) => {
                if reply.enhanced.is_some_and(|e| (e.1, e.2) == (4, 6)) {
                    self.check(
                        "loop",
                        Verdict::Fail,
                        format!(
                            "more than {} Received lines",
                            self.inbound.0.door.hops_max()
                        ),
                    );
                }
                Answer::Reply(reply)
            }
        }
    }

    async fn end(&mut self, summary: Summary) -> Answer {
        let Some(open) = self.open.take() else {
            return no_message();
        };
        self.visit.brought(summary.bytes);
        let Some(mut body) = open.body else {
            return no_message();
        };
        if let Err(reply) = body.close() {
            return Answer::Reply(reply);
        }
        if open.limited
            && let Err(no) = self.inbound.room_for(&open.recipients, summary.bytes).await
        {
            return self.refuse(no);
        }
        let Body {
            writer,
            head,
            reading,
            ..
        } = body;
        let found = match self.verified(reading, open.sender.as_ref()).await {
            Ok(found) => found,
            Err(reply) => return Answer::Reply(reply),
        };
        let content = match writer.finish().await {
            Ok(content) => content,
            Err(fault) => return Answer::Reply(Refusal::from(fault).reply),
        };
        self.inbound
            .keep_report(&head, &content, open.sender.as_ref(), found.vouched)
            .await;
        let queue = self.inbound.0.queue.clone();
        let journey = queue.new_journey();
        let mut envelope = open
            .parameters
            .envelope(open.sender, open.recipients, &summary);
        envelope.junk = self.visit.score().junk || found.junk;
        // RFC 8601 §4: above the trace line, which it belongs to.
        let mut prefix = found.field + &self.trace_line(&envelope, &journey.to_string());
        if mime::header_end(&head) == 0 && !head.starts_with(b"\r\n") {
            // A message without any header: the trace line must not swallow its first line.
            prefix.push_str("\r\n");
        }
        let events = self.recorder.bind(journey);
        let span = self.recorder.span();
        let message = NewMessage {
            journey,
            span,
            role: Role::Mta,
            envelope,
            prefix,
            content,
            account: None,
            events,
        };
        match queue.accept(message).await {
            Ok(accepted) => Answer::Reply(Reply::new(
                250,
                (2, 0, 0),
                format!("Accepted as {}", accepted.journey),
            )),
            Err(refusal) => {
                // There is no such journey.
                self.recorder.begin();
                Answer::Reply(refusal.reply)
            }
        }
    }

    async fn verified(
        &mut self,
        reading: Option<auth::Reading>,
        sender: Option<&Address>,
    ) -> Result<Found, Reply> {
        let Some(reading) = reading else {
            return Ok(Found::default());
        };
        let inbound = self.inbound.clone();
        let helo = self.hello.as_ref().map_or("", |h| &h.name);
        let arrival = auth::Arrival {
            ip: self.remote.ip(),
            helo,
            sender,
            host: inbound.0.smtp.host.as_str(),
        };
        let heard = |judgement: &auth::Judgement| inbound.count(arrival.ip, sender, judgement);
        let judged = verdict::judge(
            &inbound.0.world,
            &inbound.0.policies,
            arrival,
            reading,
            &mut self.recorder,
            heard,
        )
        .await;
        judged.inspect_err(|reply| tracing::info!(remote = %self.remote, %reply, "refused"))
    }

    fn trace_line(&self, envelope: &Envelope, id: &str) -> String {
        let hello = self.hello.as_ref();
        let with = With {
            extended: hello.is_some_and(|h| h.extended),
            tls: self.tls.is_some(),
            utf8: envelope.smtputf8,
            ..With::default()
        };
        Received {
            from: Some(hello.map_or("", |h| &h.name)),
            address: Some(self.remote.ip()),
            by: self.inbound.0.smtp.host.as_str(),
            with,
            tls: self.tls.as_ref(),
            id,
            recipient: match envelope.recipients.as_slice() {
                [one] => Some(&one.address),
                _ => None,
            },
            at: self.inbound.0.world.now(),
        }
        .to_field()
    }
}

// The session asks in order; to be asked otherwise is a bug of ours.
fn no_message() -> Answer {
    Answer::Reply(Reply::new(451, (4, 3, 0), "no message is open"))
}

impl Decide<Server> for Receiving {
    async fn decide(&mut self, ask: Ask) -> Answer {
        if let Err(no) = self.wait_for_errors().await {
            return self.refuse(no);
        }
        match ask {
            Ask::Connected => {
                let early = self.early.take();
                let done = self.visit.arrive(early).await;
                self.go_or_refuse(done)
            }
            Ask::Hello(hello) => {
                self.open = None;
                let done = self.visit.hello(&hello).await;
                if done.is_ok() {
                    self.hello = Some(hello);
                }
                self.go_or_refuse(done)
            }
            Ask::TlsStarted(tls) => {
                self.visit.begin_anew();
                self.open = None;
                self.hello = None;
                self.tls = Some(tls);
                Answer::Go
            }
            // Not offered on this port, so never asked.
            Ask::Auth(_) | Ask::Keys { .. } => {
                Answer::Reply(Reply::new(502, (5, 5, 1), "no authentication on this port"))
            }
            Ask::Mail { sender, parameters } => self.mail(sender, parameters),
            Ask::Rcpt {
                recipient,
                parameters,
            } => self.rcpt(recipient, parameters).await,
            Ask::Data => self.data(),
            Ask::Chunk(piece) => self.chunk(&piece),
            Ask::End(summary) => self.end(summary).await,
            Ask::Abandoned(_) => {
                self.open = None;
                Answer::Go
            }
            // Nothing is told of who exists (RFC 5321 §7.3).
            Ask::Verify(_) | Ask::Expand(_) => Answer::Go,
        }
    }

    async fn notice(&mut self) -> Notice {
        if self.shutdown.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
        Notice::Shutdown
    }

    fn saw(&mut self, line: Line) {
        if line.speaker == Speaker::Server {
            // In the greeting it was the door's own word.
            let code = line
                .text
                .get(..3)
                .and_then(|code| code.parse().ok())
                .filter(|_| line.before != "connected");
            self.visit.answered(code.unwrap_or_default());
        } else {
            match line.explain.as_str() {
                // From MAIL on, what is said belongs to a message; a nested MAIL is refused and
                // begins none.
                "smtp.mail" if line.before == "hello" => self.recorder.begin(),
                // A greeting belongs to all messages that follow.
                "smtp.ehlo" | "smtp.helo" | "smtp.starttls" => self.recorder.abandon(),
                _ => {}
            }
        }
        self.recorder.line(self.inbound.0.world.now(), line);
    }

    fn sealed(&mut self, tls: &TlsInfo) {
        self.recorder.tls(self.inbound.0.world.now(), tls.clone());
    }
}
