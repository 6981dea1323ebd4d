//! One attempt for one message and one domain: calls hosts until every recipient has an answer that
//! another host would not better.

use super::Outbound;
use super::conversation::{Became, Opened, Parcel, Source, Told, converse};
use super::guard::Guard;
use super::lane::{Lane, Link, Place};
use super::relay::RelayTls;
use super::tally::{Session, result_of};
use event::catalogue::network::NetworkError;
use event::{Kind, Party, Protocol, Recorder, Role, Verdict};
use mail::{BodyKind, Domain, Path, Recipient, Reply};
use queue::{Job, Outcome};
use smtp::client::{Fate, Login, OutgoingMessage, TlsPolicy};
use std::net::SocketAddr;
use std::sync::Arc;
use store::{Content, Fault};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use world::{Connection, Side, TlsCheck};

/// So much of a message is looked at for its header.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// What is known of one recipient.
struct Slot {
    recipient: Recipient,
    outcome: Option<Outcome>,
    /// The last word that another host might better.
    last: Option<Outcome>,
}

/// The attempt under way.
pub(super) struct Attempt<'a> {
    outbound: &'a Outbound,
    job: &'a Job<'a>,
    domain: Domain,
    lane: Arc<Lane>,
    place: Option<Arc<OwnedSemaphorePermit>>,
    slots: Vec<Slot>,
    sender: Path,
    smtputf8: bool,
    body: BodyKind,
    prefix: Arc<[u8]>,
    content: Source,
}

/// A host to be called.
pub(super) struct Target<'t> {
    pub(super) name: &'t str,
    pub(super) at: SocketAddr,
    pub(super) guard: &'t Guard,
    /// A relay's.
    pub(super) login: Option<&'t Login>,
    pub(super) implicit_tls: bool,
}

impl<'a> Attempt<'a> {
    pub(super) async fn begin(
        outbound: &'a Outbound,
        job: &'a Job<'a>,
        domain: &Domain,
        lane: Arc<Lane>,
    ) -> Result<Attempt<'a>, Fault> {
        let slots = job
            .recipients
            .iter()
            .map(|r| Slot {
                recipient: r.clone(),
                outcome: None,
                last: None,
            })
            .collect();
        // SMTPUTF8 may have been said for a message that does not need it: only what needs it is
        // held up by hosts without it.
        let smtputf8 = job.envelope.smtputf8 && {
            let head = job.body.read(&outbound.0.store, 0, HEAD_BYTES_MAX).await?;
            !head[..mime::header_end(&head)].is_ascii() || !job.prefix.is_ascii()
        };
        let body = match job.envelope.body {
            BodyKind::SevenBit if !job.prefix.is_ascii() => BodyKind::EightBit,
            other => other,
        };
        let content = match job.body.fresh {
            Some(Content::Small(bytes)) => Source::Here(bytes.as_slice().into()),
            _ => job
                .body
                .at_hand
                .map_or(Source::Kept(job.body.blob), |bytes| {
                    Source::Here(bytes.clone())
                }),
        };
        let sender = outbound.reverse_path(job).await?;
        let (domain, prefix) = (domain.clone(), job.prefix.into());
        Ok(Attempt {
            outbound,
            job,
            domain,
            lane,
            place: None,
            slots,
            sender,
            smtputf8,
            body,
            prefix,
            content,
        })
    }

    /// Nobody is left for whom another host might do better.
    pub(super) fn is_over(&self) -> bool {
        self.slots.iter().all(|s| s.outcome.is_some())
    }

    /// One for each recipient, in their order.
    pub(super) fn outcomes(self) -> Vec<Outcome> {
        let nothing = || {
            Outcome::Deferred(
                Reply::new(451, (4, 4, 1), "no host of the domain was called"),
                None,
            )
        };
        self.slots
            .into_iter()
            .map(|s| s.outcome.or(s.last).unwrap_or_else(nothing))
            .collect()
    }

    /// The same, where no connection could be had: of whom nothing is known, nothing was tried.
    pub(super) fn outcomes_when_busy(self) -> Vec<Outcome> {
        self.slots
            .into_iter()
            .map(|s| s.outcome.or(s.last).unwrap_or(Outcome::Busy))
            .collect()
    }

    /// A host that could not be spoken to. A later host's word replaces this one; a passing failure
    /// is not hidden by a final one.
    pub(super) fn unreachable(&mut self, host: &str, reply: Reply) {
        self.nothing_came_of_it(&outcome_of(host, reply, false));
    }

    fn nothing_came_of_it(&mut self, outcome: &Outcome) {
        for slot in self.slots.iter_mut().filter(|s| s.outcome.is_none()) {
            let keep = matches!(slot.last, Some(Outcome::Deferred(..)))
                && matches!(outcome, Outcome::Failed(..));
            if !keep {
                slot.last = Some(outcome.clone());
            }
        }
    }

    /// The right to open connections, one at a time.
    pub(super) fn has_place(&mut self, place: Arc<OwnedSemaphorePermit>) {
        self.place = Some(place);
    }

    /// Only hosts that are proven will do.
    pub(super) fn requires_tls(&self) -> bool {
        self.job.envelope.require_tls
    }

    /// Whatever becomes of TLS (RFC 8460 §3).
    pub(super) fn despite_tls(&self) -> bool {
        self.job.envelope.despite_tls
    }

    /// It shares its connection with no other message: what must be proven anew for each (RFC 8689
    /// §4.2), and what others must not follow because nothing is proven for it.
    pub(super) fn is_alone(&self) -> bool {
        self.job.envelope.require_tls || self.job.envelope.despite_tls
    }

    /// Calls one address; where only the handshake fails, once more in the next way that the guard
    /// allows.
    pub(super) async fn call(&mut self, target: &Target<'_>, recorder: &mut Recorder) {
        for (turn, (policy, check)) in target.guard.ways.iter().enumerate() {
            if turn > 0 {
                let why = format!("{}: the handshake failed", target.name);
                self.outbound
                    .told(recorder, "tls-fallback", Verdict::Neutral, why);
            }
            let waiting = self.waiting();
            let Some((told, local)) = self
                .converse(target, *policy, check.clone(), &waiting)
                .await
            else {
                return;
            };
            if turn == 0
                && let Some(why) = self.count(target, *policy, local, &told)
            {
                self.outbound
                    .told(recorder, "tls-report", Verdict::Fail, why);
            }
            let handshake_failed = self.note(target.name, &waiting, told);
            if !handshake_failed || self.is_over() {
                break;
            }
        }
        self.rest_of_too_many().await;
    }

    /// Goes on over a connection that rests. Where it turns out to be dead, nothing is known.
    pub(super) async fn over(&mut self, link: Link) {
        let waiting = self.waiting();
        let mut recorder = self.recorder();
        let host = link.host.clone();
        self.outbound.told(
            &mut recorder,
            "connection-reused",
            Verdict::Pass,
            host.clone(),
        );
        let handed = link.parcels.clone();
        let (parcel, told) = self.parcel(&waiting, recorder, link);
        if handed.try_send(parcel).is_err() {
            return;
        }
        drop(handed);
        if let Ok(told) = told.await {
            let lost = matches!(&told.became, Became::Failed(_))
                || matches!(&told.became, Became::Fates(fates) if fates.iter().all(|f| !f.theirs && !f.uncertain && f.reply.code / 100 == 4));
            // A connection that ended while it rested says nothing about the host.
            if !lost {
                self.note(&host, &waiting, told);
            }
        }
    }

    // RFC 5321 §4.5.3.1.10: the rest goes at once with another copy, as long as somebody is taken
    // each time.
    async fn rest_of_too_many(&mut self) {
        let beyond = |slots: &[Slot]| {
            slots
                .iter()
                .filter(|s| s.outcome.is_none() && s.last.as_ref().is_some_and(is_too_many))
                .count()
        };
        let mut left = beyond(&self.slots);
        while left > 0 && left < self.slots.len() {
            let Place::Resting(link) = self.lane.enter(&self.outbound.0.world, false).await else {
                return;
            };
            self.over(link).await;
            let now_left = beyond(&self.slots);
            if now_left >= left {
                return;
            }
            left = now_left;
        }
    }

    fn waiting(&self) -> Vec<usize> {
        (0..self.slots.len())
            .filter(|i| self.slots[*i].outcome.is_none())
            .collect()
    }

    fn recorder(&self) -> Recorder {
        self.outbound
            .recorder(self.job, self.outbound.0.world.span(), self.job.span)
    }

    fn parcel(
        &self,
        waiting: &[usize],
        recorder: Recorder,
        link: Link,
    ) -> (Parcel, oneshot::Receiver<Told>) {
        let recipients = waiting
            .iter()
            .map(|i| self.slots[*i].recipient.clone())
            .collect();
        let message = OutgoingMessage {
            sender: self.sender.clone(),
            bytes: Some(self.job.bytes),
            body: self.body,
            smtputf8: self.smtputf8,
            ..OutgoingMessage::of(self.job.envelope, recipients)
        };
        let (tell, told) = oneshot::channel();
        let (prefix, content, length) = (self.prefix.clone(), self.content.clone(), self.job.bytes);
        (
            Parcel {
                id: self.job.message,
                message,
                prefix,
                content,
                bytes: length,
                recorder,
                tell,
                link,
            },
            told,
        )
    }

    async fn converse(
        &mut self,
        target: &Target<'_>,
        policy: TlsPolicy,
        check: TlsCheck,
        waiting: &[usize],
    ) -> Option<(Told, SocketAddr)> {
        let outbound = self.outbound;
        let world = &outbound.0.world;
        let mut recorder = self.recorder();
        let connection = match self.open(target, &check, &mut recorder).await {
            Ok(connection) => connection,
            Err(reply) => {
                self.unreachable(target.name, reply);
                return None;
            }
        };
        let local = connection.local;
        let login = target.login.cloned();
        let config = Arc::new(smtp::client::Config {
            tls: policy,
            login,
            ..outbound.0.config.smtp.clone()
        });
        let (parcels, taken) = mpsc::channel(1);
        let link = Link {
            parcels: parcels.clone(),
            host: target.name.to_owned(),
        };
        let (parcel, told) = self.parcel(waiting, recorder, link);
        // The channel is new and has room for one.
        let _ = parcels.try_send(parcel);
        drop(parcels);
        let opened = Opened {
            connection,
            config,
            side: Side::Client(target.name.to_owned(), check),
            place: self.place.clone()?,
            parcels: taken,
            lane: self.lane.clone(),
            messages_max: if self.is_alone() {
                1
            } else {
                outbound.0.config.messages_per_connection_max
            },
        };
        world.tasks.spawn(Box::pin(converse(
            world.clone(),
            outbound.0.store.clone(),
            opened,
        )));
        let told = told.await.ok();
        if told.is_none() {
            self.unreachable(
                target.name,
                Reply::new(451, (4, 4, 2), "the connection was lost"),
            );
        }
        told.map(|told| (told, local))
    }

    // Connects, and makes the handshake where TLS comes first.
    async fn open(
        &self,
        target: &Target<'_>,
        check: &TlsCheck,
        recorder: &mut Recorder,
    ) -> Result<Connection, Reply> {
        let world = &self.outbound.0.world;
        let config = &self.outbound.0.config;
        let opened = world
            .within(config.connect_max, world.network.connect(target.at))
            .await;
        let mut connection = opened
            .unwrap_or_else(|| Err(std::io::ErrorKind::TimedOut.into()))
            .map_err(|error| {
                let peer = format!("{} [{}]:{}", target.name, target.at.ip(), target.at.port());
                recorder.emit(
                    world.now(),
                    Kind::Unreachable {
                        peer,
                        reason: NetworkError::from(&error).into(),
                    },
                );
                // RFC 3463 X.4.1: no answer from host
                Reply::new(
                    451,
                    (4, 4, 1),
                    format!("{} cannot be reached: {error}", target.name),
                )
            })?;
        let here = Party {
            role: Role::Mta,
            address: connection.local.to_string(),
            name: Some(config.host.to_string()),
        };
        let there = Party {
            role: Role::Mta,
            address: connection.remote.to_string(),
            name: Some(target.name.to_owned()),
        };
        recorder.emit(
            world.now(),
            Kind::Connect {
                protocol: Protocol::Smtp,
                client: here,
                server: there,
            },
        );
        if target.implicit_tls {
            let Connection {
                stream,
                local,
                remote,
                ..
            } = connection;
            let handshake = world
                .within(
                    world::HANDSHAKE_MAX,
                    world.tls.connect(stream, target.name, check.clone()),
                )
                .await;
            let (stream, tls) = handshake
                .unwrap_or_else(|| Err(std::io::ErrorKind::TimedOut.into()))
                .map_err(|error| {
                    Reply::new(
                        450,
                        (4, 7, 5),
                        format!("the TLS handshake with {} failed: {error}", target.name),
                    )
                })?;
            recorder.tls(world.now(), tls.clone());
            connection = Connection {
                stream,
                local,
                remote,
                tls: Some(tls),
            };
        }
        Ok(connection)
    }

    // For the report of the day (RFC 8460 §4.3); gives the failure that was counted, in the
    // report's own words.
    fn count(
        &self,
        target: &Target<'_>,
        policy: TlsPolicy,
        local: SocketAddr,
        told: &Told,
    ) -> Option<String> {
        // RFC 8460 §3: what a report itself meets is not counted for the next.
        if policy == TlsPolicy::Never || self.despite_tls() {
            return None;
        }
        let result = match &told.became {
            // RFC 8460 §4.3.1: there was no handshake that could have failed.
            Became::Failed(fate) if fate.reply.enhanced.is_some_and(|e| (e.1, e.2) == (7, 10)) => {
                Some("starttls-not-supported")
            }
            Became::Failed(fate) if fate.at == "tls" && !fate.theirs => {
                Some(result_of(told.certificate))
            }
            _ if told.tls.is_some() => target.guard.fault,
            Became::Fates(_) => Some("starttls-not-supported"),
            // It was lost before TLS could be spoken of.
            Became::Failed(_) => return None,
        };
        let session = Session {
            under: &target.guard.under,
            mx: target.name,
            from: Some(local.ip()),
            to: Some(target.at.ip()),
            result,
        };
        let counted = self.outbound.count(&self.domain, &session);
        result.filter(|_| counted).map(|result| {
            format!(
                "{}: {result}, under {}",
                target.name,
                target.guard.under.kind()
            )
        })
    }

    // Puts what was told to its recipients; true where it was the handshake that failed.
    fn note(&mut self, host: &str, waiting: &[usize], told: Told) -> bool {
        let Told { became, dsn, .. } = told;
        match became {
            Became::Fates(fates) => {
                for (i, fate) in waiting.iter().zip(fates) {
                    let slot = &mut self.slots[*i];
                    let again_elsewhere = may_be_bettered(&fate);
                    let outcome = if fate.is_taken() {
                        Outcome::Relayed {
                            host: host.to_owned(),
                            reply: fate.reply,
                            notifies: dsn,
                        }
                    } else {
                        outcome_of(host, fate.reply, fate.theirs)
                    };
                    if again_elsewhere {
                        slot.last = Some(outcome);
                    } else {
                        slot.outcome = Some(outcome);
                    }
                }
                false
            }
            Became::Failed(fate) => {
                let handshake = fate.at == "tls" && !fate.theirs;
                self.nothing_came_of_it(&outcome_of(host, fate.reply, fate.theirs));
                handshake
            }
        }
    }
}

/// A host that goes away, or says 421, has said nothing of the recipient: the next host may take it
/// (RFC 5321 §5.1). Not so once the message was sent: it may lie there already. Who is one too many
/// goes with the next copy; another host may promise REQUIRETLS.
fn may_be_bettered(fate: &Fate) -> bool {
    let code = fate.reply.enhanced.map(|e| (e.1, e.2));
    let passing = fate.reply.code / 100 == 4
        && !fate.uncertain
        && (!fate.theirs || fate.reply.code == 421 || code == Some((5, 3)));
    passing || (!fate.theirs && code == Some((7, 30)))
}

fn is_too_many(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Deferred(reply, _) if reply.enhanced.is_some_and(|e| (e.1, e.2) == (5, 3)))
}

fn outcome_of(host: &str, reply: Reply, theirs: bool) -> Outcome {
    let host = theirs.then(|| host.to_owned());
    if reply.code / 100 == 4 {
        Outcome::Deferred(reply, host)
    } else {
        Outcome::Failed(reply, host)
    }
}

/// What a relay's TLS means for the connection.
pub(super) fn guard_of(tls: RelayTls) -> Guard {
    match tls {
        RelayTls::Opportunistic => Guard::opportunistic(),
        other => Guard {
            ways: vec![(other.policy(), other.check())],
            under: super::guard::Under::Nothing,
            fault: None,
        },
    }
}
