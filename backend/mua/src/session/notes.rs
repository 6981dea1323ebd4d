//! What a reader is told about a message beside its content: warnings of deceit, and the event of a
//! calendar part. Decides by the message's journey and its header; changes nothing.

use event::catalogue::authentication::AuthResult;
use event::{Check, Event, Kind, Protocol, Reason, Verdict};
use mail::{Address, Domain, SpecialUse};
use mime::ParsedMessage;
use wire::{EventTime, FailedCheck, Invitation, InvitationMethod, Warning};

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
    let submitted = events.iter().any(|e| {
        matches!(
            &e.kind,
            Kind::Connect {
                protocol: Protocol::Submission | Protocol::Web,
                ..
            }
        )
    });
    let checks = || {
        events.iter().filter_map(|e| match &e.kind {
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

fn proves(reason: &Reason, domain: &Domain) -> bool {
    let of_domain = |name: &str| {
        name.parse::<Domain>().is_ok_and(|d| d == *domain)
            || name
                .to_ascii_lowercase()
                .ends_with(&format!(".{}", domain.to_string().to_ascii_lowercase()))
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
    for event in events {
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
