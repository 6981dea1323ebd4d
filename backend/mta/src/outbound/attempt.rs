//! One attempt for one letter and one domain: calls hosts until every recipient has an answer that another host would not better.

use super::Outbound;
use super::sending::Sending;
use event::{Kind, Party, Protocol, Role};
use mail::{BodyKind, Domain, Reply};
use queue::{Job, Outcome};
use smtp::client::{Client, Fate, Letter};
use std::net::SocketAddr;
use std::sync::Arc;
use store::Fault;
use world::{End, Side, TlsCheck, drive};

/// So much of a letter is looked at for its header.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// What is known of one recipient.
struct Slot {
    outcome: Option<Outcome>,
    /// The last word that another host might better.
    last: Option<Outcome>,
}

/// The attempt under way.
pub(super) struct Attempt<'a> {
    outbound: &'a Outbound,
    job: &'a Job<'a>,
    slots: Vec<Slot>,
    smtputf8: bool,
    body: BodyKind,
}

impl<'a> Attempt<'a> {
    pub(super) async fn begin(outbound: &'a Outbound, job: &'a Job<'a>) -> Result<Attempt<'a>, Fault> {
        let slots = job.recipients.iter().map(|_| Slot { outcome: None, last: None }).collect();
        // SMTPUTF8 may have been said for a letter that does not need it: only what needs it is held up by hosts without it.
        let smtputf8 = job.envelope.smtputf8 && {
            let head = job.body.read(&outbound.0.store, 0, HEAD_BYTES_MAX).await?;
            !head[..mime::header_end(&head)].is_ascii() || !job.prefix.is_ascii()
        };
        let body = match job.envelope.body {
            BodyKind::SevenBit if !job.prefix.is_ascii() => BodyKind::EightBit,
            other => other,
        };
        Ok(Attempt { outbound, job, slots, smtputf8, body })
    }

    /// Nobody is left for whom another host might do better.
    pub(super) fn is_over(&self) -> bool {
        self.slots.iter().all(|s| s.outcome.is_some())
    }

    /// One for each recipient, in their order.
    pub(super) fn outcomes(self) -> Vec<Outcome> {
        let nothing = || Outcome::Deferred(Reply::new(451, (4, 4, 1), "no host of the domain was called"), None);
        self.slots.into_iter().map(|s| s.outcome.or(s.last).unwrap_or_else(nothing)).collect()
    }

    /// A host that could not be spoken to. A later host's word replaces this one; a passing failure is not hidden by a final one.
    pub(super) fn unreachable(&mut self, host: &str, reply: Reply) {
        self.nothing_came_of_it(&outcome_of(host, reply, false));
    }

    fn nothing_came_of_it(&mut self, outcome: &Outcome) {
        for slot in self.slots.iter_mut().filter(|s| s.outcome.is_none()) {
            let keep = matches!(slot.last, Some(Outcome::Deferred(..))) && matches!(outcome, Outcome::Failed(..));
            if !keep {
                slot.last = Some(outcome.clone());
            }
        }
    }

    /// Calls one address, once more without TLS where the handshake fails.
    pub(super) async fn call(&mut self, name: &Domain, address: SocketAddr) {
        let sealed = self.outbound.0.sealed.clone();
        let optional = sealed.tls == smtp::client::TlsPolicy::IfOffered;
        let handshake_failed = self.converse(name, address, sealed).await;
        if handshake_failed && optional {
            // RFC 7435: better in the clear than not at all, unless a policy says otherwise.
            let plain = self.outbound.0.plain.clone();
            self.converse(name, address, plain).await;
        }
    }

    // True where it was the handshake that failed.
    async fn converse(&mut self, name: &Domain, address: SocketAddr, config: Arc<smtp::client::Config>) -> bool {
        let outbound = self.outbound;
        let world = &outbound.0.world;
        let mut recorder = outbound.recorder(self.job, world.span(), self.job.span);
        let limit = outbound.0.config.connect_max;
        let opened = world.within(limit, world.network.connect(address)).await;
        let connection = match opened.unwrap_or_else(|| Err(std::io::ErrorKind::TimedOut.into())) {
            Ok(connection) => connection,
            Err(error) => {
                let peer = format!("{name} [{}]:{}", address.ip(), address.port());
                recorder.emit(world.now(), Kind::Unreachable { peer, why: error.to_string() });
                // RFC 3463 X.4.1: no answer from host
                self.unreachable(name.as_str(), Reply::new(451, (4, 4, 1), format!("{name} cannot be reached: {error}")));
                return false;
            }
        };
        let begun = world.now();
        let here = Party { role: Role::Mta, address: connection.local.to_string(), name: Some(outbound.0.config.host.to_string()) };
        let there = Party { role: Role::Mta, address: connection.remote.to_string(), name: Some(name.to_string()) };
        recorder.emit(begun, Kind::Connect { protocol: Protocol::Smtp, client: here, server: there });
        let waiting: Vec<usize> = (0..self.slots.len()).filter(|i| self.slots[*i].outcome.is_none()).collect();
        let mut session = Client::new(config, false);
        let mut role = Sending::new(&outbound.0.store, world, self.job, self.letter(&waiting), recorder);
        let side = Side::Client(name.to_string(), TlsCheck::Opportunistic);
        if let End::Lost(error) = drive(world, connection, &mut session, &mut role, side).await {
            tracing::debug!(host = %name, %error, "a connection was broken off");
            role.ask_what_became(&mut session).await;
        }
        let told = role.told(world.now().since(begun));
        self.note(name.as_str(), &waiting, told)
    }

    fn letter(&self, waiting: &[usize]) -> Letter {
        let recipients = waiting.iter().map(|i| self.job.recipients[*i].clone()).collect();
        let promised = Letter::of(self.job.envelope, recipients);
        Letter { octets: Some(self.job.octets), body: self.body, smtputf8: self.smtputf8, ..promised }
    }

    // Puts what was told to its recipients; true where it was the handshake that failed.
    fn note(&mut self, host: &str, waiting: &[usize], told: Told) -> bool {
        match told {
            Told::Fates(fates) => {
                for (i, fate) in waiting.iter().zip(fates) {
                    let slot = &mut self.slots[*i];
                    let again_elsewhere = may_be_bettered(&fate);
                    let outcome = if fate.is_taken() {
                        Outcome::Relayed { host: host.to_owned(), reply: fate.reply, notifies: false }
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
            Told::Failed(fate) => {
                let handshake = fate.at == "tls" && !fate.theirs;
                self.nothing_came_of_it(&outcome_of(host, fate.reply, fate.theirs));
                handshake
            }
        }
    }
}

/// What one conversation came to.
pub(super) enum Told {
    /// One fate for each recipient of the letter.
    Fates(Vec<Fate>),
    /// It never came to the letter.
    Failed(Fate),
}

/// A host that goes away, or says 421, has said nothing of the recipient: the next host may take it (RFC 5321 §5.1). Not so once the
/// letter was sent: it may lie there already.
fn may_be_bettered(fate: &Fate) -> bool {
    let passing = fate.reply.code / 100 == 4;
    passing && !fate.uncertain && (!fate.theirs || fate.reply.code == 421)
}

fn outcome_of(host: &str, reply: Reply, theirs: bool) -> Outcome {
    let host = theirs.then(|| host.to_owned());
    if reply.code / 100 == 4 { Outcome::Deferred(reply, host) } else { Outcome::Failed(reply, host) }
}
