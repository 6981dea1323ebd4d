//! One client's way through the door: what is asked when it connects, says hello, names a sender,
//! names a recipient; and what it has earned by its errors. Answers yes or a [`No`]; what was found
//! out on the way is handed over as events.

mod judge;

use super::config::{ListKind, Weigh};
use super::dnsbl;
use super::entry::{self, Listed, Part};
use super::finding::{Finding, Score};
use super::names::{self, Greeted, Named};
use super::{Door, No};
use event::{Kind, Verdict};
use limits::{RateExceeded, RateMetric};
use mail::{Address, Duration, Reply, Time};
use smtp::server::Hello;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Something that is being found out.
enum Pending<T> {
    Coming(oneshot::Receiver<T>),
    Here(T),
    /// Whoever was to find it out has ended; nothing is known then.
    Lost,
}

impl<T> Pending<T> {
    async fn get(&mut self) -> Option<&T> {
        if let Pending::Coming(coming) = self {
            *self = coming.await.map_or(Pending::Lost, Pending::Here);
        }
        if let Pending::Here(found) = self {
            Some(found)
        } else {
            None
        }
    }
}

/// What DNS says of the client's address.
struct Origin {
    named: Named,
    lists: Vec<Finding>,
}

/// How a client stands before anything is weighed.
enum Standing {
    Trusted,
    Allowed,
    Stranger,
}

/// What was judged of the message under way.
#[derive(Default)]
struct Judged {
    /// Judged at its first recipient; the same holds for all.
    done: bool,
    score: Score,
    refusal: Option<(&'static str, String)>,
}

/// One connection.
pub(crate) struct Visit {
    door: Arc<Door>,
    address: IpAddr,
    standing: Standing,
    early: Option<Finding>,
    origin: Option<Pending<Origin>>,
    hello: Option<(String, Pending<Greeted>)>,
    sender: Option<Address>,
    sender_lists: Option<Pending<Vec<Finding>>>,
    judged: Judged,
    /// Refusals so far, and whether the last has been waited for.
    refusals: u32,
    waits: bool,
    told: Vec<(Time, Kind)>,
}

impl Visit {
    /// A client at the door; `local` is our end of the connection, for who calls from here is no
    /// stranger.
    pub(crate) fn new(door: Arc<Door>, remote: IpAddr, local: IpAddr) -> Visit {
        let (address, local) = (remote.to_canonical(), local.to_canonical());
        let own = address == local && !door.config.trusted.is_empty();
        let standing = if door.trusts(address) || own {
            Standing::Trusted
        } else {
            Standing::Stranger
        };
        Visit {
            door,
            address,
            standing,
            early: None,
            origin: None,
            hello: None,
            sender: None,
            sender_lists: None,
            judged: Judged::default(),
            refusals: 0,
            waits: false,
            told: Vec::new(),
        }
    }

    /// What there is to tell of, each with its time.
    pub(crate) fn take_told(&mut self) -> Vec<(Time, Kind)> {
        std::mem::take(&mut self.told)
    }

    /// What the checks add up to; of a message without recipients nothing yet.
    pub(crate) fn score(&self) -> &Score {
        &self.judged.score
    }

    /// A host of our own: nothing of it is checked.
    pub(crate) fn is_trusted(&self) -> bool {
        matches!(self.standing, Standing::Trusted)
    }

    fn is_stranger(&self) -> bool {
        matches!(self.standing, Standing::Stranger)
    }

    fn tell(&mut self, check: &str, verdict: Verdict, why: String) {
        self.told.push((
            self.door.world.now(),
            Kind::text_check(check, verdict, &why),
        ));
    }

    fn find_out<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Pending<T> {
        let (tell, coming) = oneshot::channel();
        self.door
            .world
            .tasks
            .spawn(Box::pin(async move { drop(tell.send(work.await)) }));
        Pending::Coming(coming)
    }

    /// Someone has connected; `early` is what was said before the greeting.
    pub(crate) async fn arrive(&mut self, early: Option<String>) -> Result<(), No> {
        if !self.is_stranger() {
            return Ok(());
        }
        let door = self.door.clone();
        let (config, now) = (&door.config, door.world.now());
        match entry::by_address(&config.allow, &config.deny, self.address) {
            Listed::Denied(entry) => {
                // RFC 5321 §3.1: 554 in place of the greeting, and nothing but QUIT after it.
                return Err(No::new(
                    "deny-list",
                    Reply::new(554, (5, 7, 1), denied(entry)),
                    entry.words(),
                ));
            }
            Listed::Allowed(entry) => {
                self.standing = Standing::Allowed;
                self.tell("allow-list", Verdict::Pass, entry.words());
                return Ok(());
            }
            Listed::Neither => {}
        }
        let rates = &door.rates;
        rates
            .acquire(RateMetric::Connections, self.address, 1, now)
            .map_err(|over| too_often(421, &over))?;
        for what in [RateMetric::Errors, RateMetric::UnknownRecipients] {
            rates
                .check(what, self.address, now)
                .map_err(|over| too_often(421, &over))?;
        }
        if let Some(said) = early {
            let why = format!("{said:?} was said before the greeting");
            if config.checks.early_talker == Weigh::Refuse {
                return Err(No::new(
                    "early-talker",
                    Reply::new(554, (5, 5, 1), "Speak after the greeting, not before it"),
                    why,
                ));
            }
            self.early = Some(Finding::fault(
                now,
                "early-talker",
                config.checks.early_talker,
                why,
                Vec::new(),
            ));
        }
        let (asking, address) = (door.clone(), self.address);
        self.origin = Some(self.find_out(async move {
            let (dns, config) = (&asking.dns, &asking.config);
            let named = names::name_of(dns, &config.checks, address);
            let lists = dnsbl::address(dns, &config.lists, address);
            let (named, lists) = futures_util::future::join(named, lists).await;
            Origin { named, lists }
        }));
        if config.refuse_at_connect {
            self.judge_at_connect().await
        } else {
            Ok(())
        }
    }

    async fn judge_at_connect(&mut self) -> Result<(), No> {
        self.judge().await;
        let judged = std::mem::take(&mut self.judged);
        match judged.refusal {
            Some((check, why)) => Err(No::new(
                check,
                Reply::new(554, reason(check), format!("refused: {why}")),
                why,
            )),
            None => {
                // It is told with each message.
                self.told.clear();
                Ok(())
            }
        }
    }

    /// HELO or EHLO.
    pub(crate) async fn hello(&mut self, hello: &Hello) -> Result<(), No> {
        if !self.is_stranger() {
            return Ok(());
        }
        let door = self.door.clone();
        let (config, now) = (&door.config, door.world.now());
        if let Some(entry) = entry::domain(&config.deny, Part::Helo, &hello.name) {
            return Err(No::new(
                "deny-list",
                Reply::new(550, (5, 7, 1), denied(entry)),
                format!("{}: {}", hello.name, entry.words()),
            ));
        }
        // After STARTTLS the same is said again.
        if self
            .hello
            .as_ref()
            .is_some_and(|(name, _)| *name == hello.name)
        {
            return Ok(());
        }
        let (own, ours) = match hello.host.as_ref().and_then(mail::Host::domain) {
            Some(domain) => (
                *domain == door.host,
                door.store.is_local(domain).await.unwrap_or(false),
            ),
            None => (false, false),
        };
        let greeted = match names::hello_words(&config.checks, hello, self.address, own, now) {
            Err(greeted) => Pending::Here(greeted),
            Ok(name) => {
                let (asking, address) = (door.clone(), self.address);
                self.find_out(async move {
                    names::hello_name(&asking.dns, &asking.config.checks, name, address, ours).await
                })
            }
        };
        self.hello = Some((hello.name.clone(), greeted));
        Ok(())
    }

    /// The client begins anew, in TLS: what it said of itself before is forgotten (RFC 3207 §4.2).
    pub(crate) fn begin_anew(&mut self) {
        self.hello = None;
    }

    /// MAIL.
    pub(crate) fn mail(&mut self, sender: Option<&Address>) -> Result<(), No> {
        self.judged = Judged::default();
        self.sender = sender.cloned();
        self.sender_lists = None;
        if !self.is_stranger() {
            self.judged.done = true;
            self.judged.score.allowed = true;
            return Ok(());
        }
        let door = self.door.clone();
        let (config, now) = (&door.config, door.world.now());
        if let Some(entry) = sender.and_then(|s| entry::sender(&config.deny, s)) {
            return Err(No::new(
                "deny-list",
                Reply::new(550, (5, 7, 1), denied(entry)),
                entry.words(),
            ));
        }
        door.rates
            .check(RateMetric::Bytes, self.address, now)
            .map_err(|over| too_often(450, &over))?;
        door.rates
            .acquire(RateMetric::Messages, self.address, 1, now)
            .map_err(|over| too_often(450, &over))?;
        let asks = config
            .lists
            .iter()
            .any(|l| l.kind == ListKind::Domain && l.weigh != Weigh::Off);
        if let Some(domain) = sender.and_then(Address::domain).filter(|_| asks).cloned() {
            let asking = door.clone();
            self.sender_lists = Some(self.find_out(async move {
                dnsbl::domain(&asking.dns, &asking.config.lists, &domain).await
            }));
        }
        Ok(())
    }

    /// RCPT, before anyone has looked whether the recipient exists.
    pub(crate) fn names_recipient(&mut self) -> Result<(), No> {
        if !self.is_stranger() {
            return Ok(());
        }
        let now = self.door.world.now();
        self.door
            .rates
            .acquire(RateMetric::Recipients, self.address, 1, now)
            .map_err(|over| too_often(452, &over))
    }

    /// There is no such recipient here: who asks for too many of those reads our directory.
    pub(crate) fn named_nobody(&mut self) -> Result<(), No> {
        if !self.is_stranger() {
            return Ok(());
        }
        let now = self.door.world.now();
        self.door
            .rates
            .record(RateMetric::UnknownRecipients, self.address, 1, now);
        self.door
            .rates
            .check(RateMetric::UnknownRecipients, self.address, now)
            .map_err(|over| too_often(421, &over))
    }

    /// RCPT, for a recipient who exists: now it is judged, and waited for where that is needed.
    pub(crate) async fn recipient(&mut self, recipient: &Address) -> Result<(), No> {
        self.judge().await;
        // Who is refused can still write to those who can mend it (RFC 5321 §4.5.1, RFC 2142 §4); a
        // list refuses that too.
        let open_to_all = matches!(
            recipient.split_subaddress().0.as_str(),
            "postmaster" | "abuse"
        );
        match &self.judged.refusal {
            Some((check, why)) if *check == "deny-list" || !open_to_all => {
                return Err(No::new(
                    check,
                    Reply::new(550, reason(check), format!("refused: {why}")),
                    why,
                ));
            }
            _ => {}
        }
        if open_to_all {
            Ok(())
        } else {
            self.greylist(recipient).await
        }
    }

    /// A reply was given: refusals are counted.
    pub(crate) fn answered(&mut self, code: u16) {
        if code >= 500 && self.is_stranger() {
            self.refusals = self.refusals.saturating_add(1);
            self.waits = true;
            self.door
                .rates
                .record(RateMetric::Errors, self.address, 1, self.door.world.now());
        }
    }

    /// How long the next answer waits: longer after each refusal.
    pub(crate) fn tarpit(&mut self) -> Duration {
        let delay = if std::mem::take(&mut self.waits) {
            self.door.config.tarpit.delay(self.refusals)
        } else {
            Duration::ZERO
        };
        if !delay.is_zero() {
            self.tell(
                "tarpit",
                Verdict::Neutral,
                format!(
                    "{} refusals: the next answer waits {} s",
                    self.refusals,
                    delay.as_secs()
                ),
            );
        }
        delay
    }

    /// Too many errors from there, on this connection or others.
    pub(crate) fn errs_too_often(&self) -> Result<(), No> {
        if self.refusals == 0 || !self.is_stranger() {
            return Ok(());
        }
        self.door
            .rates
            .check(RateMetric::Errors, self.address, self.door.world.now())
            .map_err(|over| too_often(421, &over))
    }

    /// A message of so many octets has come.
    pub(crate) fn brought(&mut self, bytes: u64) {
        if self.is_stranger() {
            self.door.rates.record(
                RateMetric::Bytes,
                self.address,
                bytes,
                self.door.world.now(),
            );
        }
    }
}

// Why, as a status code: RFC 7372 §3.3 has one of its own for the reverse DNS.
fn reason(check: &str) -> (u8, u16, u16) {
    if check == "ptr" {
        (5, 7, 25)
    } else {
        (5, 7, 1)
    }
}

fn denied(entry: &entry::Entry) -> String {
    match &entry.reason {
        Some(reason) => format!("not accepted here: {reason}"),
        None => "not accepted here, by decision of this host".to_owned(),
    }
}

fn too_often(code: u16, over: &RateExceeded) -> No {
    let text = format!(
        "too many {}; try again in {} seconds",
        over.metric,
        over.retry_after.as_secs().max(1)
    );
    match code {
        421 => No::closing("rate", Reply::new(421, (4, 7, 0), text), over),
        // RFC 5321 §4.5.3.1.10
        452 => No::new("rate", Reply::new(452, (4, 5, 3), text), over),
        _ => No::new("rate", Reply::new(450, (4, 7, 1), text), over),
    }
}
