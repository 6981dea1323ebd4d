//! What must be proven before a host gets the message: by DANE where DNS is signed (RFC 7672), else
//! by MTA-STS (RFC 8461 §2: DANE goes first), else nothing (RFC 7435); REQUIRETLS allows only the
//! first two (RFC 8689 §4.2.1).

use super::Outbound;
use super::route::{Reached, Route};
use super::sts::{Mode, Policy};
use event::{Kind, Recorder, Verdict};
use mail::dns::{Failure, Question, RecordType};
use mail::{Domain, Reply};
use smtp::client::TlsPolicy;
use std::sync::Arc;
use world::{Dane, TlsCheck, Tlsa};

/// How a connection to one host is made safe; where the handshake fails, the next way is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Guard {
    pub(super) ways: Vec<(TlsPolicy, TlsCheck)>,
    /// Under which policy the outcome is reported.
    pub(super) under: Under,
    /// The message goes although the policy says otherwise; that is reported (testing).
    pub(super) fault: Option<&'static str>,
}

/// The policies of a report (RFC 8460 §4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Under {
    /// The TLSA records, as text.
    Tlsa(Vec<String>),
    /// MTA-STS.
    Sts(Policy),
    /// There is none.
    Nothing,
}

impl Under {
    /// As reports name it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Under::Tlsa(_) => "tlsa",
            Under::Sts(_) => "sts",
            Under::Nothing => "no-policy-found",
        }
    }
}

const REQUIRED: TlsPolicy = TlsPolicy::Required;

impl Guard {
    /// Any TLS, else none.
    pub(super) fn opportunistic() -> Guard {
        let ways = vec![
            (TlsPolicy::IfOffered, TlsCheck::Opportunistic),
            (TlsPolicy::Never, TlsCheck::Opportunistic),
        ];
        Guard {
            ways,
            under: Under::Nothing,
            fault: None,
        }
    }

    fn only(check: TlsCheck, under: Under) -> Guard {
        Guard {
            ways: vec![(REQUIRED, check)],
            under,
            fault: None,
        }
    }
}

impl Outbound {
    /// The guard for one host of a route, or why it must not be called.
    pub(super) async fn guard(
        &self,
        route: &Route,
        name: &Domain,
        reached: &Reached,
        require_tls: bool,
        recorder: &mut Recorder,
    ) -> Result<Guard, Reply> {
        let guard = match self.dane(route, name, reached, recorder).await? {
            Some(guard) => Some(guard),
            None => self.sts(route, name, require_tls, recorder)?,
        };
        match guard {
            Some(guard) if !require_tls || guard.ways.iter().all(|(_, check)| check.proves()) => {
                Ok(guard)
            }
            // RFC 8689 §4.2.1: the MX itself must be proven, by DNSSEC or MTA-STS.
            _ if require_tls => {
                self.told(
                    recorder,
                    "requiretls",
                    Verdict::Fail,
                    format!("{name}: neither DANE nor MTA-STS proves this host"),
                );
                Err(Reply::new(
                    550,
                    (5, 7, 30),
                    format!(
                        "the message requires TLS, and nothing proves that {name} takes mail for {}",
                        route.domain
                    ),
                ))
            }
            _ => Ok(Guard::opportunistic()),
        }
    }

    // RFC 7672 §2.2: only where both the MX and the address are signed is a TLSA record asked for.
    async fn dane(
        &self,
        route: &Route,
        name: &Domain,
        reached: &Reached,
        recorder: &mut Recorder,
    ) -> Result<Option<Guard>, Reply> {
        if !self.0.config.dane || !route.secure || !reached.secure {
            return Ok(None);
        }
        let question = Question::new(
            format!("_{}._tcp.{name}", self.0.config.port),
            RecordType::Tlsa,
        );
        let answer = match self.ask(question, recorder).await {
            Ok(answer) => answer,
            Err(Failure::NoSuchName) => return Ok(None),
            // RFC 7672 §2.1.1: whoever suppresses the answer must not gain anything.
            Err(failure) => {
                self.told(
                    recorder,
                    "dane",
                    Verdict::Fail,
                    format!("{name}: {failure}"),
                );
                return Err(Reply::new(
                    451,
                    (4, 7, 5),
                    format!("the TLSA record of {name} cannot be asked for: {failure}"),
                ));
            }
        };
        if !answer.secure || answer.records.is_empty() {
            return Ok(None);
        }
        let records: Vec<Tlsa> = answer.records.iter().filter_map(Tlsa::of).collect();
        let shown: Vec<String> = records.iter().map(ToString::to_string).collect();
        if records.is_empty() {
            // RFC 7672 §2.2: records that cannot be used still demand TLS.
            self.told(
                recorder,
                "dane",
                Verdict::Neutral,
                format!("{name}: no usable record; TLS with any certificate"),
            );
            return Ok(Some(Guard::only(
                TlsCheck::Opportunistic,
                Under::Tlsa(shown),
            )));
        }
        self.told(
            recorder,
            "dane",
            Verdict::Pass,
            format!("{name}: {}", shown.join(", ")),
        );
        let names = vec![name.to_string(), route.domain.to_string()];
        Ok(Some(Guard::only(
            TlsCheck::Dane(Arc::new(Dane { records, names })),
            Under::Tlsa(shown),
        )))
    }

    fn sts(
        &self,
        route: &Route,
        name: &Domain,
        require_tls: bool,
        recorder: &mut Recorder,
    ) -> Result<Option<Guard>, Reply> {
        let Some(policy) = &route.policy else {
            return Ok(None);
        };
        let (named, under) = (policy.names(name), Under::Sts(policy.clone()));
        if !named {
            self.told(
                recorder,
                "mta-sts",
                Verdict::Fail,
                format!(
                    "{name} is not named by the policy: {}",
                    policy.mx.join(", ")
                ),
            );
        }
        match (policy.mode, named) {
            (Mode::Enforce, true) => Ok(Some(Guard::only(TlsCheck::Required, under))),
            (Mode::Enforce, false) => Err(Reply::new(
                451,
                (4, 7, 5),
                format!(
                    "the policy of {} does not name {name} as a host for its mail",
                    route.domain
                ),
            )),
            (_, true) if require_tls => Ok(Some(Guard::only(TlsCheck::Required, under))),
            // Looked at strictly first, so that it can be reported; then as if there were no
            // policy.
            (_, true) => {
                let strict = (TlsPolicy::IfOffered, TlsCheck::Required);
                let ways = std::iter::once(strict)
                    .chain(Guard::opportunistic().ways)
                    .collect();
                Ok(Some(Guard {
                    ways,
                    under,
                    fault: None,
                }))
            }
            (_, false) => Ok(Some(Guard {
                under,
                fault: Some("validation-failure"),
                ..Guard::opportunistic()
            })),
        }
    }

    pub(super) fn told(&self, recorder: &mut Recorder, name: &str, verdict: Verdict, why: String) {
        recorder.emit(self.0.world.now(), Kind::text_check(name, verdict, &why));
    }
}
