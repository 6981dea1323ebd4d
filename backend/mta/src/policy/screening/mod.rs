//! The screening of one client: checks when it connects, greets, names a sender and names a
//! recipient, and delays after its errors. Answers whether the command is accepted or a
//! [`Rejection`]; what was found out is handed over as events.

mod evaluate;

use super::PolicyEngine;
use super::client_names::{self, ClientName, HelloName};
use super::config::{ListKind, Weight};
use super::dnsbl;
use super::finding::{Finding, Score};
use super::lists::{self, DomainSource, ListEntry, ListMatch};
use event::catalogue::inbound::{ListReason, PolicyReason};
use event::{Check, Kind, Reason, Verdict};
use limits::{RateExceeded, RateMetric};
use mail::{Address, Duration, Time};
use queue::intake::{RateStage, Rejection, RejectionKind};
use smtp::server::Hello;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::oneshot;

/// A result that is being computed by a task.
enum Pending<T> {
    Running(oneshot::Receiver<T>),
    Ready(T),
    /// The task ended without a result.
    Lost,
}

impl<T> Pending<T> {
    async fn get(&mut self) -> Option<&T> {
        if let Pending::Running(running) = self {
            *self = running.await.map_or(Pending::Lost, Pending::Ready);
        }
        if let Pending::Ready(result) = self {
            Some(result)
        } else {
            None
        }
    }
}

/// What DNS knows about the client's address.
struct ClientOrigin {
    name: ClientName,
    lists: Vec<Finding>,
}

/// How a client is treated before anything is checked.
enum Trust {
    /// This host itself: not checked.
    Trusted,
    /// On the allow list: not scored.
    Allowed,
    Unknown,
}

/// The evaluation of the current message.
#[derive(Default)]
struct Evaluation {
    /// Evaluated at the first recipient; the same holds for all.
    done: bool,
    score: Score,
    rejected: Option<(Check, Reason)>,
}

/// One client's connection.
pub(crate) struct ClientScreening {
    policy: Arc<PolicyEngine>,
    address: IpAddr,
    trust: Trust,
    early: Option<Finding>,
    origin: Option<Pending<ClientOrigin>>,
    hello: Option<(String, Pending<HelloName>)>,
    sender: Option<Address>,
    sender_lists: Option<Pending<Vec<Finding>>>,
    evaluation: Evaluation,
    /// Commands rejected so far.
    rejections: u32,
    /// The last rejection has not been delayed yet.
    delay_due: bool,
    events: Vec<(Time, Kind)>,
}

impl ClientScreening {
    /// `local` is our end of the connection: a client that connects from the same address is this
    /// host itself.
    pub(crate) fn new(policy: Arc<PolicyEngine>, remote: IpAddr, local: IpAddr) -> ClientScreening {
        let (address, local) = (remote.to_canonical(), local.to_canonical());
        let own = address == local && !policy.config.trusted.is_empty();
        let trust = if policy.trusts(address) || own {
            Trust::Trusted
        } else {
            Trust::Unknown
        };
        ClientScreening {
            policy,
            address,
            trust,
            early: None,
            origin: None,
            hello: None,
            sender: None,
            sender_lists: None,
            evaluation: Evaluation::default(),
            rejections: 0,
            delay_due: false,
            events: Vec::new(),
        }
    }

    /// The events since the last call, each with its time.
    pub(crate) fn take_events(&mut self) -> Vec<(Time, Kind)> {
        std::mem::take(&mut self.events)
    }

    /// The score of the current message; zero before its first recipient.
    pub(crate) fn score(&self) -> &Score {
        &self.evaluation.score
    }

    /// The client is this host itself.
    pub(crate) fn is_trusted(&self) -> bool {
        matches!(self.trust, Trust::Trusted)
    }

    fn is_checked(&self) -> bool {
        matches!(self.trust, Trust::Unknown)
    }

    fn record(&mut self, check: Check, verdict: Verdict, reason: impl Into<Reason>) {
        let kind = Kind::Check {
            check,
            verdict,
            reason: reason.into(),
            proof: Vec::new(),
        };
        self.events.push((self.policy.world.now(), kind));
    }

    fn start<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Pending<T> {
        let (sender, running) = oneshot::channel();
        let task = async move { drop(sender.send(work.await)) };
        self.policy.world.tasks.spawn(Box::pin(task));
        Pending::Running(running)
    }

    /// The client has connected; `early` is what it sent before the greeting.
    pub(crate) async fn connected(&mut self, early: Option<String>) -> Result<(), Rejection> {
        if !self.is_checked() {
            return Ok(());
        }
        let policy = self.policy.clone();
        let (config, now) = (&policy.config, policy.world.now());
        match lists::by_address(&config.allow, &config.deny, self.address) {
            // RFC 5321 §3.1: 554 in place of the greeting, and nothing but QUIT after it.
            ListMatch::Denied(entry) => {
                let reason = ListReason::Entry {
                    entry: entry.to_string(),
                };
                return Err(denied(entry, reason).at_connect());
            }
            ListMatch::Allowed(entry) => {
                let reason = ListReason::Entry {
                    entry: entry.to_string(),
                };
                self.record(Check::AllowList, Verdict::Pass, reason);
                self.trust = Trust::Allowed;
                return Ok(());
            }
            ListMatch::None => {}
        }
        self.check_connection_rates(now)?;
        if let Some(text) = early {
            self.early_talker(text, now)?;
        }
        let (task, address) = (policy.clone(), self.address);
        self.origin = Some(self.start(async move {
            let (dns, config) = (&task.dns, &task.config);
            let name = client_names::reverse_name(dns, &config.checks, address);
            let lists = dnsbl::address(dns, &config.lists, address);
            let (name, lists) = futures_util::future::join(name, lists).await;
            ClientOrigin { name, lists }
        }));
        if config.refuse_at_connect {
            self.evaluate_at_connect().await
        } else {
            Ok(())
        }
    }

    fn check_connection_rates(&self, now: Time) -> Result<(), Rejection> {
        let rates = &self.policy.rates;
        rates
            .acquire(RateMetric::Connections, self.address, 1, now)
            .map_err(|exceeded| rate_limited(RateStage::Connection, &exceeded))?;
        for metric in [RateMetric::Errors, RateMetric::UnknownRecipients] {
            rates
                .check(metric, self.address, now)
                .map_err(|exceeded| rate_limited(RateStage::Connection, &exceeded))?;
        }
        Ok(())
    }

    fn early_talker(&mut self, text: String, now: Time) -> Result<(), Rejection> {
        let weight = self.policy.config.checks.early_talker;
        let reason = PolicyReason::EarlyTalker { text };
        if weight == Weight::Reject {
            let kind = RejectionKind::EarlyTalker;
            return Err(Rejection::new(kind, Check::EarlyTalker, reason));
        }
        let finding = Finding::failure(now, Check::EarlyTalker, weight, reason, Vec::new());
        self.early = Some(finding);
        Ok(())
    }

    async fn evaluate_at_connect(&mut self) -> Result<(), Rejection> {
        self.evaluate().await;
        let evaluation = std::mem::take(&mut self.evaluation);
        match evaluation.rejected {
            Some((check, reason)) => Err(Rejection::by_policy(check, reason).at_connect()),
            None => {
                // Recorded again with each message.
                self.events.clear();
                Ok(())
            }
        }
    }

    /// HELO or EHLO.
    pub(crate) async fn hello(&mut self, hello: &Hello) -> Result<(), Rejection> {
        if !self.is_checked() {
            return Ok(());
        }
        let policy = self.policy.clone();
        let (config, now) = (&policy.config, policy.world.now());
        if let Some(entry) = lists::domain(&config.deny, DomainSource::Helo, &hello.name) {
            let reason = ListReason::EntryFor {
                name: hello.name.clone(),
                entry: entry.to_string(),
            };
            return Err(denied(entry, reason));
        }
        // After STARTTLS the client repeats its name.
        if self
            .hello
            .as_ref()
            .is_some_and(|(name, _)| *name == hello.name)
        {
            return Ok(());
        }
        let (own, ours) = match hello.host.as_ref().and_then(mail::Host::domain) {
            Some(domain) => (
                *domain == policy.host,
                policy.store.is_local(domain).await.unwrap_or(false),
            ),
            None => (false, false),
        };
        let checked =
            match client_names::hello_syntax(&config.checks, hello, self.address, own, now) {
                Err(checked) => Pending::Ready(*checked),
                Ok(name) => {
                    let (task, address) = (policy.clone(), self.address);
                    self.start(async move {
                        let checks = &task.config.checks;
                        client_names::hello_name(&task.dns, checks, name, address, ours).await
                    })
                }
            };
        self.hello = Some((hello.name.clone(), checked));
        Ok(())
    }

    /// TLS has started: what the client said before is forgotten (RFC 3207 §4.2).
    pub(crate) fn tls_started(&mut self) {
        self.hello = None;
    }

    /// MAIL.
    pub(crate) fn mail(&mut self, sender: Option<&Address>) -> Result<(), Rejection> {
        self.evaluation = Evaluation::default();
        self.sender = sender.cloned();
        self.sender_lists = None;
        if !self.is_checked() {
            self.evaluation.done = true;
            self.evaluation.score.allowed = true;
            return Ok(());
        }
        let policy = self.policy.clone();
        let (config, now) = (&policy.config, policy.world.now());
        if let Some(entry) = sender.and_then(|s| lists::sender(&config.deny, s)) {
            let reason = ListReason::Entry {
                entry: entry.to_string(),
            };
            return Err(denied(entry, reason));
        }
        policy
            .rates
            .check(RateMetric::Bytes, self.address, now)
            .and_then(|()| {
                policy
                    .rates
                    .acquire(RateMetric::Messages, self.address, 1, now)
            })
            .map_err(|exceeded| rate_limited(RateStage::Message, &exceeded))?;
        let asks = config
            .lists
            .iter()
            .any(|l| l.kind == ListKind::Domain && l.weight != Weight::Off);
        if let Some(domain) = sender.and_then(Address::domain).filter(|_| asks).cloned() {
            let task = policy.clone();
            self.sender_lists =
                Some(self.start(async move {
                    dnsbl::domain(&task.dns, &task.config.lists, &domain).await
                }));
        }
        Ok(())
    }

    /// RCPT, before the recipient is looked up.
    pub(crate) fn recipient_named(&mut self) -> Result<(), Rejection> {
        if !self.is_checked() {
            return Ok(());
        }
        let now = self.policy.world.now();
        self.policy
            .rates
            .acquire(RateMetric::Recipients, self.address, 1, now)
            .map_err(|exceeded| rate_limited(RateStage::Recipient, &exceeded))
    }

    /// The recipient does not exist; too many of those are a directory harvest attack.
    pub(crate) fn unknown_recipient(&mut self) -> Result<(), Rejection> {
        if !self.is_checked() {
            return Ok(());
        }
        let (rates, now) = (&self.policy.rates, self.policy.world.now());
        let metric = RateMetric::UnknownRecipients;
        rates.record(metric, self.address, 1, now);
        rates
            .check(metric, self.address, now)
            .map_err(|exceeded| rate_limited(RateStage::Connection, &exceeded))
    }

    /// RCPT for a recipient that exists: the client is evaluated, once per message.
    pub(crate) async fn recipient(&mut self, recipient: &Address) -> Result<(), Rejection> {
        self.evaluate().await;
        // Rejected clients can still write to those who can correct it (RFC 5321 §4.5.1, RFC 2142
        // §4); the deny list rejects that too.
        let open_to_all = matches!(
            recipient.split_subaddress().0.as_str(),
            "postmaster" | "abuse"
        );
        match &self.evaluation.rejected {
            Some((check, reason)) if *check == Check::DenyList || !open_to_all => {
                Err(Rejection::by_policy(check.clone(), reason.clone()))
            }
            _ if open_to_all => Ok(()),
            _ => self.greylist(recipient).await,
        }
    }

    /// A command was answered with this code; rejections are counted.
    pub(crate) fn replied(&mut self, code: u16) {
        if code >= 500 && self.is_checked() {
            self.rejections = self.rejections.saturating_add(1);
            self.delay_due = true;
            let now = self.policy.world.now();
            self.policy
                .rates
                .record(RateMetric::Errors, self.address, 1, now);
        }
    }

    /// How long the next reply is delayed: longer after each rejection.
    pub(crate) fn tarpit_delay(&mut self) -> Duration {
        let delay = if std::mem::take(&mut self.delay_due) {
            self.policy.config.tarpit.delay(self.rejections)
        } else {
            Duration::ZERO
        };
        if !delay.is_zero() {
            let reason = PolicyReason::Tarpit {
                refusals: self.rejections.into(),
                seconds: delay.as_secs(),
            };
            self.record(Check::Tarpit, Verdict::Neutral, reason);
        }
        delay
    }

    /// Whether the client made too many errors, on this connection or others.
    pub(crate) fn check_errors(&self) -> Result<(), Rejection> {
        if self.rejections == 0 || !self.is_checked() {
            return Ok(());
        }
        let now = self.policy.world.now();
        self.policy
            .rates
            .check(RateMetric::Errors, self.address, now)
            .map_err(|exceeded| rate_limited(RateStage::Connection, &exceeded))
    }

    /// A message of this size was received.
    pub(crate) fn received_bytes(&mut self, bytes: u64) {
        if self.is_checked() {
            let now = self.policy.world.now();
            self.policy
                .rates
                .record(RateMetric::Bytes, self.address, bytes, now);
        }
    }
}

fn denied(entry: &ListEntry, reason: ListReason) -> Rejection {
    let kind = match &entry.reason {
        Some(text) => RejectionKind::DeniedWithText { text: text.clone() },
        None => RejectionKind::Denied,
    };
    Rejection::new(kind, Check::DenyList, reason)
}

fn rate_limited(stage: RateStage, exceeded: &RateExceeded) -> Rejection {
    Rejection::rate_limited(stage, exceeded)
}
