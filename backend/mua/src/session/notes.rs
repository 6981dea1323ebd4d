//! What a reader is told about a message beside its content: warnings of deceit, and the event of a
//! calendar part. Decides by the message's origin and its header; changes nothing.

use super::origin::Origin;
use mail::{Address, Domain, SpecialUse};
use mime::ParsedMessage;
use wire::{EventTime, Invitation, InvitationMethod, Warning};

/// The warnings of a message. `own_domains` are those of this host.
pub(super) fn warnings(
    parsed: &ParsedMessage,
    folder: Option<SpecialUse>,
    own_domains: &[Domain],
    origin: &Origin,
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
        && origin.is_unproven(&domain)
    {
        found.push(Warning::OwnDomainUnproven {
            domain: domain.to_string(),
        });
    }
    if folder == Some(SpecialUse::Junk) {
        found.push(Warning::Junk {
            failed: origin.failed.clone(),
        });
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
