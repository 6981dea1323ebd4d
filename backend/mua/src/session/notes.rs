//! What a reader is told about a message beside its content: warnings of deceit, and the event of a
//! calendar part. Decides by the message's journey and its header; changes nothing.

use event::catalogue::authentication::{AuthResult, SpfIdentity};
use event::{Check, Event, Kind, Protocol, Reason, Verdict};
use mail::{Address, Domain, SpecialUse};
use mime::ParsedMessage;
use wire::{
    Authentication, AuthenticationMethod, AuthenticationOutcome, EventTime, FailedCheck,
    Invitation, InvitationMethod, Warning,
};

/// The warnings of a message. `own_domains` are those of this host, `events` the message's journey.
pub(super) fn warnings(
    parsed: &ParsedMessage,
    folder: Option<SpecialUse>,
    own_domains: &[Domain],
    events: &[Event],
) -> Vec<Warning> {
    let mut found = Vec::new();
    let author = parsed.from.first();
    if let Some(author) = author
        && let Some(shown) = mail::display::other_address(&author.name, &author.address)
    {
        found.push(Warning::OtherAddressInName {
            shown: mail::display::visible(shown).into_owned(),
        });
    }
    let domain = author
        .and_then(|a| Address::parse(&a.address).ok())
        .and_then(|a| a.domain().cloned());
    if let Some(domain) = domain.filter(|d| own_domains.contains(d))
        && is_unproven(&domain, events)
    {
        found.push(Warning::OwnDomainUnproven {
            domain: domain.to_string(),
        });
    }
    if folder == Some(SpecialUse::Junk) {
        found.push(Warning::Junk {
            failed: failed(events),
        });
    }
    found
}

/// True where the message came from outside and was checked, but no check confirms the domain. Of a
/// message without a known journey nothing is said.
fn is_unproven(domain: &Domain, events: &[Event]) -> bool {
    let submitted = was_submitted(events);
    let checks = || {
        observed(events).filter_map(|e| match &e.kind {
            Kind::Check {
                check,
                verdict,
                reason,
                ..
            } => Some((check, *verdict, reason)),
            _ => None,
        })
    };
    let is_authentication =
        |check: &Check| matches!(check, Check::Dmarc | Check::Spf | Check::Dkim);
    let was_checked = checks().any(|(check, ..)| is_authentication(check));
    let is_proven =
        checks().any(|(_, verdict, reason)| verdict == Verdict::Pass && proves(reason, domain));
    was_checked && !is_proven && !submitted
}

/// What this host observed; what other hosts claim proves nothing.
fn observed(events: &[Event]) -> impl Iterator<Item = &Event> {
    events.iter().filter(|e| !e.claimed)
}

/// Whether the message came from a user who had signed in here.
fn was_submitted(events: &[Event]) -> bool {
    observed(events).any(|e| {
        matches!(
            &e.kind,
            Kind::Connect {
                protocol: Protocol::Submission | Protocol::Web,
                ..
            }
        )
    })
}

/// What the checks of the message's origin found on its way in: each domain once for each method.
/// The name that a host gave itself counts only where there is no other sender.
pub(super) fn authentication(events: &[Event]) -> Vec<Authentication> {
    let mut found: Vec<Authentication> = Vec::new();
    if was_submitted(events) {
        found.push(Authentication {
            method: AuthenticationMethod::Submission,
            outcome: AuthenticationOutcome::Pass,
            domain: String::new(),
        });
    }
    let reasons = || {
        observed(events).filter_map(|e| match &e.kind {
            Kind::Check { reason, .. } => Some(unweighed(reason)),
            _ => None,
        })
    };
    let is_of_sender = |reason: &Reason| matches!(reason, Reason::Spf { identity, .. } if *identity == SpfIdentity::MailFrom);
    let has_sender = reasons().any(is_of_sender);
    for reason in reasons() {
        let is_name = matches!(reason, Reason::Spf { .. }) && !is_of_sender(reason);
        if let Some(one) = authentication_of(reason).filter(|_| !(is_name && has_sender))
            && !found.contains(&one)
        {
            found.push(one);
        }
    }
    found.sort_by_key(|one| one.method);
    found
}

fn unweighed(reason: &Reason) -> &Reason {
    match reason {
        Reason::Weighed { reason, .. } => unweighed(reason),
        reason => reason,
    }
}

fn authentication_of(reason: &Reason) -> Option<Authentication> {
    let (method, result, domain) = match reason {
        Reason::Dmarc { domain, result, .. } => (AuthenticationMethod::Dmarc, *result, &**domain),
        Reason::Spf { domain, result, .. } => (AuthenticationMethod::Spf, *result, &**domain),
        Reason::Dkim { domain, result, .. } => (AuthenticationMethod::Dkim, *result, &**domain),
        Reason::DmarcNotEvaluated { .. } => {
            (AuthenticationMethod::Dmarc, AuthResult::PermError, "")
        }
        Reason::DkimUnsigned => (AuthenticationMethod::Dkim, AuthResult::None, ""),
        _ => return None,
    };
    let outcome = match result {
        AuthResult::Pass => AuthenticationOutcome::Pass,
        AuthResult::Fail | AuthResult::SoftFail | AuthResult::Policy => AuthenticationOutcome::Fail,
        AuthResult::None | AuthResult::Neutral => AuthenticationOutcome::None,
        AuthResult::TempError => AuthenticationOutcome::TempError,
        AuthResult::PermError => AuthenticationOutcome::PermError,
    };
    Some(Authentication {
        method,
        outcome,
        domain: mail::display::visible(domain).into_owned(),
    })
}

fn proves(reason: &Reason, domain: &Domain) -> bool {
    // Checks name domains as DNS does, in A-labels.
    let in_dns =
        |name: &str| idna::domain_to_ascii(name).unwrap_or_else(|_| name.to_ascii_lowercase());
    let of_domain = |name: &str| {
        let (name, domain) = (in_dns(name), in_dns(domain.as_str()));
        name == domain || name.ends_with(&format!(".{domain}"))
    };
    match reason {
        Reason::Dmarc { domain, result, .. }
        | Reason::Dkim { domain, result, .. }
        | Reason::Spf { domain, result, .. } => *result == AuthResult::Pass && of_domain(domain),
        Reason::Weighed { reason, .. } => proves(reason, domain),
        _ => false,
    }
}

/// The checks that failed on the message's way in, each once.
fn failed(events: &[Event]) -> Vec<FailedCheck> {
    let mut found = Vec::new();
    for event in observed(events) {
        if let Kind::Check {
            check,
            verdict: Verdict::Fail,
            ..
        } = &event.kind
            && let Some(check) = FailedCheck::of(check)
            && !found.contains(&check)
        {
            found.push(check);
        }
    }
    found
}

/// The event that a message speaks of, for the wire.
pub(super) fn invitation(of: &mime::Invitation) -> Invitation {
    Invitation {
        method: match of.method {
            mime::Method::Publish => InvitationMethod::Publish,
            mime::Method::Request => InvitationMethod::Request,
            mime::Method::Reply => InvitationMethod::Reply,
            mime::Method::Cancel => InvitationMethod::Cancel,
        },
        summary: of.summary.clone(),
        location: of.location.clone(),
        start: of.start.as_ref().map(event_time),
        end: of.end.as_ref().map(event_time),
    }
}

fn event_time(of: &mime::EventTime) -> EventTime {
    match of {
        mime::EventTime::Moment(time) => EventTime::Moment(*time),
        mime::EventTime::Day { date } => EventTime::Day(date.0, date.1, date.2),
        mime::EventTime::Local { clock, zone } => EventTime::Local {
            clock: *clock,
            zone: zone.clone(),
        },
    }
}
