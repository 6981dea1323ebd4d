//! What must be proven before a host gets the message: DANE where DNS is signed (RFC 7672), else
//! MTA-STS (RFC 8461 §2: DANE has precedence), else nothing (RFC 7435). REQUIRETLS allows only the
//! first two (RFC 8689 §4.2.1).

use super::Outbound;
use super::relay::RelayTls;
use super::route::{HostAddresses, Route};
use super::routing_error::RoutingError;
use super::sts::{Mode, Policy};
use event::catalogue::delivery::SecurityReason;
use event::{Check, Recorder, Verdict};
use mail::Domain;
use mail::dns::{Failure, Question, RecordType};
use smtp::client::TlsPolicy;
use std::sync::Arc;
use world::{Dane, TlsCheck, Tlsa};

/// How a connection to one host is secured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TlsRequirement {
    /// Tried in this order; the next one only where the handshake fails.
    pub(super) modes: Vec<(TlsPolicy, TlsCheck)>,
    /// The policy under which the result is reported.
    pub(super) source: PolicySource,
    /// The policy is violated, but the message goes all the same (mode `testing`); the failure as
    /// TLS reports name it.
    pub(super) fault: Option<&'static str>,
}

/// The policies that a TLS report distinguishes (RFC 8460 §4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PolicySource {
    /// The TLSA records, as text.
    Tlsa(Vec<String>),
    /// MTA-STS.
    Sts(Policy),
    /// No policy was found.
    NoPolicy,
}

impl PolicySource {
    /// `policy-type` of RFC 8460 §4.4.
    pub(super) fn policy_type(&self) -> &'static str {
        match self {
            PolicySource::Tlsa(_) => "tlsa",
            PolicySource::Sts(_) => "sts",
            PolicySource::NoPolicy => "no-policy-found",
        }
    }
}

impl TlsRequirement {
    /// TLS with any certificate, else none.
    pub(super) fn opportunistic() -> TlsRequirement {
        TlsRequirement {
            modes: vec![
                (TlsPolicy::IfOffered, TlsCheck::Opportunistic),
                (TlsPolicy::Never, TlsCheck::Opportunistic),
            ],
            source: PolicySource::NoPolicy,
            fault: None,
        }
    }

    /// What the configuration of a relay demands.
    pub(super) fn of_relay(tls: RelayTls) -> TlsRequirement {
        match tls {
            RelayTls::Opportunistic => TlsRequirement::opportunistic(),
            other => TlsRequirement {
                modes: vec![(other.policy(), other.check())],
                source: PolicySource::NoPolicy,
                fault: None,
            },
        }
    }

    fn required(check: TlsCheck, source: PolicySource) -> TlsRequirement {
        TlsRequirement {
            modes: vec![(TlsPolicy::Required, check)],
            source,
            fault: None,
        }
    }

    fn proves_host(&self) -> bool {
        self.modes.iter().all(|(_, check)| check.proves())
    }
}

impl Outbound {
    /// The requirement for one host of a route, or why the host must not be used.
    pub(super) async fn tls_requirement(
        &self,
        route: &Route,
        host: &Domain,
        addresses: &HostAddresses,
        require_tls: bool,
        recorder: &mut Recorder,
    ) -> Result<TlsRequirement, RoutingError> {
        let requirement = match self.dane(route, host, addresses, recorder).await? {
            Some(requirement) => Some(requirement),
            None => self.sts(route, host, require_tls, recorder)?,
        };
        match requirement {
            Some(requirement) if !require_tls || requirement.proves_host() => Ok(requirement),
            // RFC 8689 §4.2.1: the MX itself must be proven, by DNSSEC or MTA-STS.
            _ if require_tls => {
                let host = host.to_string();
                let reason = SecurityReason::RequireTlsUnproven { host: host.clone() };
                self.check(recorder, Check::RequireTls, Verdict::Fail, reason);
                let domain = route.domain.to_string();
                Err(SecurityReason::RequireTlsNoRoute { host, domain }.into())
            }
            _ => Ok(TlsRequirement::opportunistic()),
        }
    }

    // RFC 7672 §2.2: a TLSA record is looked up only where both the MX and the address are signed.
    async fn dane(
        &self,
        route: &Route,
        host: &Domain,
        addresses: &HostAddresses,
        recorder: &mut Recorder,
    ) -> Result<Option<TlsRequirement>, RoutingError> {
        if !self.0.config.dane || !route.secure || !addresses.secure {
            return Ok(None);
        }
        let name = format!("_{}._tcp.{host}", self.0.config.port);
        let question = Question::new(name, RecordType::Tlsa);
        let answer = match self.ask(question, recorder).await {
            Ok(answer) => answer,
            Err(Failure::NoSuchName) => return Ok(None),
            // RFC 7672 §2.1.1: an attacker who suppresses the answer must not gain anything.
            Err(failure) => {
                let host = host.to_string();
                let reason = SecurityReason::DaneDns {
                    host: host.clone(),
                    failure,
                };
                self.check(recorder, Check::Dane, Verdict::Fail, reason);
                return Err(SecurityReason::TlsaUnavailable { host, failure }.into());
            }
        };
        if !answer.secure || answer.records.is_empty() {
            return Ok(None);
        }
        let records: Vec<Tlsa> = answer.records.iter().filter_map(Tlsa::of).collect();
        let shown: Vec<String> = records.iter().map(ToString::to_string).collect();
        if records.is_empty() {
            // RFC 7672 §2.2: unusable records still demand TLS.
            let reason = SecurityReason::DaneUnusable {
                host: host.to_string(),
            };
            self.check(recorder, Check::Dane, Verdict::Neutral, reason);
            let source = PolicySource::Tlsa(shown);
            return Ok(Some(TlsRequirement::required(
                TlsCheck::Opportunistic,
                source,
            )));
        }
        let reason = SecurityReason::DaneRecords {
            host: host.to_string(),
            records: shown.clone(),
        };
        self.check(recorder, Check::Dane, Verdict::Pass, reason);
        let names = vec![host.to_string(), route.domain.to_string()];
        Ok(Some(TlsRequirement::required(
            TlsCheck::Dane(Arc::new(Dane { records, names })),
            PolicySource::Tlsa(shown),
        )))
    }

    fn sts(
        &self,
        route: &Route,
        host: &Domain,
        require_tls: bool,
        recorder: &mut Recorder,
    ) -> Result<Option<TlsRequirement>, RoutingError> {
        let Some(policy) = &route.policy else {
            return Ok(None);
        };
        let (listed, source) = (policy.names(host), PolicySource::Sts(policy.clone()));
        if !listed {
            let reason = SecurityReason::StsHostNotListed {
                host: host.to_string(),
                hosts: policy.mx.clone(),
            };
            self.check(recorder, Check::MtaSts, Verdict::Fail, reason);
        }
        let required = TlsCheck::Required;
        match (policy.mode, listed) {
            (Mode::Enforce, false) => Err(SecurityReason::StsHostRejected {
                domain: route.domain.to_string(),
                host: host.to_string(),
            }
            .into()),
            (Mode::Enforce, true) => Ok(Some(TlsRequirement::required(required, source))),
            (_, true) if require_tls => Ok(Some(TlsRequirement::required(required, source))),
            // Mode testing: checked strictly first, so that a failure can be reported; then as if
            // there were no policy.
            (_, true) => {
                let mut modes = vec![(TlsPolicy::IfOffered, required)];
                modes.extend(TlsRequirement::opportunistic().modes);
                Ok(Some(TlsRequirement {
                    modes,
                    source,
                    fault: None,
                }))
            }
            (_, false) => Ok(Some(TlsRequirement {
                source,
                fault: Some("validation-failure"),
                ..TlsRequirement::opportunistic()
            })),
        }
    }
}
