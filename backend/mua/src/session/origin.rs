//! Where a message came from, and what this host found when it checked that: by the events of the
//! message's journey or, where these are no longer kept, by the fields that this host put on top of
//! the message. What other hosts wrote proves nothing and is not read.

use event::catalogue::authentication::{AuthResult, SpfIdentity};
use event::{Check, Event, Kind, Protocol, Reason, Verdict};
use mail::Domain;
use mime::MethodResult;
use wire::{Authentication, AuthenticationMethod, AuthenticationOutcome, FailedCheck};

/// What is known of a message's origin.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Origin {
    /// It came from a user who had signed in here.
    is_submitted: bool,
    /// The results of the checks of its origin, in their order.
    results: Vec<OriginResult>,
    /// The checks that failed, each once.
    pub(super) failed: Vec<FailedCheck>,
}

#[derive(Debug, PartialEq, Eq)]
struct OriginResult {
    method: AuthenticationMethod,
    result: AuthResult,
    /// The domain that was asked; may be empty.
    domain: String,
    /// SPF of the name that the host gave itself.
    is_host_name: bool,
}

impl Origin {
    /// By the message's journey, else by the fields that this host added (`prefix`).
    pub(super) fn new(events: &[Event], prefix: &[u8]) -> Origin {
        let origin = Origin::of_journey(events);
        // A reading after the journey's retention is an event too, but tells nothing.
        if origin == Origin::default() {
            Origin::of_fields(prefix)
        } else {
            origin
        }
    }

    fn of_journey(events: &[Event]) -> Origin {
        let mut origin = Origin::default();
        for event in events.iter().filter(|e| !e.claimed) {
            match &event.kind {
                Kind::Connect { protocol, .. } => {
                    origin.is_submitted |= matches!(protocol, Protocol::Submission | Protocol::Web);
                }
                Kind::Check {
                    check,
                    verdict,
                    reason,
                    ..
                } => {
                    origin.results.extend(result_of(unweighed(reason)));
                    if *verdict == Verdict::Fail {
                        origin.add_failed(check);
                    }
                }
                _ => {}
            }
        }
        origin
    }

    /// Reads the header fields that this host put in front of the message when it accepted it.
    /// Senders cannot forge them (RFC 8601 §5), so the authserv-id is not compared, and the results
    /// stay readable after the host is renamed.
    fn of_fields(prefix: &[u8]) -> Origin {
        let mut origin = Origin::default();
        for field in mime::fields(prefix) {
            if field.is("Received") {
                // RFC 3848: `A` is for an authenticated client. `HTTP` is the webmail.
                let protocol = mime::received_protocol(field.value).unwrap_or_default();
                origin.is_submitted |= protocol == "HTTP" || protocol.ends_with('A');
            }
            if !field.is("Authentication-Results") {
                continue;
            }
            for one in mime::authentication_results(field.value).results {
                let Some((check, result)) = field_result(&one) else {
                    continue;
                };
                if result.result == AuthResult::Fail {
                    origin.add_failed(&check);
                }
                origin.results.push(result);
            }
        }
        origin
    }

    fn add_failed(&mut self, check: &Check) {
        if let Some(check) = FailedCheck::of(check)
            && !self.failed.contains(&check)
        {
            self.failed.push(check);
        }
    }

    /// True where the message came from outside and was checked, but no check confirms the domain.
    /// Of a message whose origin is not known nothing is said.
    pub(super) fn is_unproven(&self, domain: &Domain) -> bool {
        !self.results.is_empty() && !self.is_proven(domain) && !self.is_submitted
    }

    /// Whether a check confirms that the message is from this domain.
    pub(super) fn is_proven(&self, domain: &Domain) -> bool {
        let mut passed = self.results.iter().filter(|r| r.result == AuthResult::Pass);
        passed.any(|one| is_within(&one.domain, domain))
    }

    /// What the checks found: each domain once for each method. The name that a host gave itself
    /// counts only where there is no other sender.
    pub(super) fn authentication(&self) -> Vec<Authentication> {
        let mut found: Vec<Authentication> = Vec::new();
        if self.is_submitted {
            found.push(Authentication {
                method: AuthenticationMethod::Submission,
                outcome: AuthenticationOutcome::Pass,
                domain: String::new(),
            });
        }
        let is_sender =
            |one: &OriginResult| one.method == AuthenticationMethod::Spf && !one.is_host_name;
        let has_sender = self.results.iter().any(is_sender);
        for one in self
            .results
            .iter()
            .filter(|o| !(o.is_host_name && has_sender))
        {
            let one = Authentication {
                method: one.method,
                outcome: outcome(one.result),
                domain: mail::display::visible(&one.domain).into_owned(),
            };
            if !found.contains(&one) {
                found.push(one);
            }
        }
        found.sort_by_key(|one| one.method);
        found
    }
}

fn unweighed(reason: &Reason) -> &Reason {
    match reason {
        Reason::Weighed { reason, .. } => unweighed(reason),
        reason => reason,
    }
}

fn result_of(reason: &Reason) -> Option<OriginResult> {
    let mut is_host_name = false;
    let (method, result, domain) = match reason {
        Reason::Dmarc { domain, result, .. } => (AuthenticationMethod::Dmarc, *result, &**domain),
        Reason::Spf {
            identity,
            domain,
            result,
            ..
        } => {
            is_host_name = *identity == SpfIdentity::Helo;
            (AuthenticationMethod::Spf, *result, &**domain)
        }
        Reason::Dkim { domain, result, .. } => (AuthenticationMethod::Dkim, *result, &**domain),
        Reason::DmarcNotEvaluated { .. } => {
            (AuthenticationMethod::Dmarc, AuthResult::PermError, "")
        }
        Reason::DkimUnsigned => (AuthenticationMethod::Dkim, AuthResult::None, ""),
        _ => return None,
    };
    Some(OriginResult {
        method,
        result,
        domain: domain.to_owned(),
        is_host_name,
    })
}

/// A result as this host writes it into the field (RFC 8601 §2.7).
fn field_result(one: &MethodResult) -> Option<(Check, OriginResult)> {
    let mut is_host_name = false;
    let (check, method, domain) = match one.method.as_str() {
        "spf" => {
            let sender = one.property("smtp.mailfrom");
            is_host_name = sender.is_none();
            // A whole address may stand there.
            let host = |sender: &str| sender.rsplit('@').next().unwrap_or_default().to_owned();
            let domain = sender.map(host);
            let domain = domain.or_else(|| one.property("smtp.helo").map(str::to_owned));
            (Check::Spf, AuthenticationMethod::Spf, domain)
        }
        "dkim" => {
            let domain = one.property("header.d").map(str::to_owned);
            (Check::Dkim, AuthenticationMethod::Dkim, domain)
        }
        "dmarc" => {
            let domain = one.property("header.from").map(str::to_owned);
            (Check::Dmarc, AuthenticationMethod::Dmarc, domain)
        }
        _ => return None,
    };
    let result = OriginResult {
        method,
        result: AuthResult::from_word(&one.result)?,
        domain: domain.unwrap_or_default(),
        is_host_name,
    };
    Some((check, result))
}

fn outcome(result: AuthResult) -> AuthenticationOutcome {
    match result {
        AuthResult::Pass => AuthenticationOutcome::Pass,
        AuthResult::Fail | AuthResult::SoftFail | AuthResult::Policy => AuthenticationOutcome::Fail,
        AuthResult::None | AuthResult::Neutral => AuthenticationOutcome::None,
        AuthResult::TempError => AuthenticationOutcome::TempError,
        AuthResult::PermError => AuthenticationOutcome::PermError,
    }
}

// Whether `name` is the domain or one below it. Checks name domains as DNS does, in A-labels.
fn is_within(name: &str, domain: &Domain) -> bool {
    let in_dns =
        |name: &str| idna::domain_to_ascii(name).unwrap_or_else(|_| name.to_ascii_lowercase());
    let (name, domain) = (in_dns(name), in_dns(domain.as_str()));
    name == domain || name.ends_with(&format!(".{domain}"))
}
