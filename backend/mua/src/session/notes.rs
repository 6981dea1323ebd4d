//! What a reader is told about a message beside its content: warnings of deceit, and the event of a
//! calendar part. Decides by the message's origin and its header; changes nothing.

use super::origin::Origin;
use crate::html::{self, MisleadingLink};
use mail::{Address, Domain, SpecialUse};
use mime::{NameAddr, ParsedMessage};
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
    if let Some(domain) = author_domain(parsed).filter(|d| own_domains.contains(d))
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

/// The warning of a link whose text names another host than its target. A host of the author's own
/// domain, where that is proven, counts its readers' clicks by way of another one.
pub(super) fn misleading_link(
    link: &MisleadingLink,
    parsed: &ParsedMessage,
    origin: &Origin,
) -> Option<Warning> {
    let is_authors = |domain: &Domain| {
        html::is_same_place(&link.shown, domain.as_str()) && origin.is_proven(domain)
    };
    (!author_domain(parsed).as_ref().is_some_and(is_authors)).then(|| Warning::MisleadingLink {
        shown: mail::display::visible(&link.shown).into_owned(),
        target: mail::display::visible(&link.target).into_owned(),
    })
}

fn author_domain(parsed: &ParsedMessage) -> Option<Domain> {
    let author = Address::parse(&parsed.from.first()?.address).ok()?;
    author.domain().cloned()
}

/// Whether the reader was a Bcc recipient: this host delivered the message, but no address of the
/// reader, `own` or `shared` with others, nor one that it passed on its way is in To or Cc. Not
/// said of mailing lists (RFC 2369, RFC 2919) and of the reader's own messages.
pub(super) fn is_blind_copy(parsed: &ParsedMessage, own: &[String], shared: &[String]) -> bool {
    let values = |name: &'static str| {
        parsed
            .fields
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name))
            .map(|field| field.value.trim())
    };
    let is_list = ["List-Id", "List-Post"]
        .into_iter()
        .any(|name| values(name).next().is_some());
    // RFC 9228: the addresses of aliases and of mailboxes elsewhere that forward their mail.
    let passed: Vec<&str> = ["Delivered-To", "X-Original-To", "X-Forwarded-To"]
        .into_iter()
        .flat_map(values)
        .chain(own.iter().chain(shared).map(String::as_str))
        .collect();
    let is_of_reader = |who: &NameAddr| {
        passed
            .iter()
            .any(|own| own.eq_ignore_ascii_case(&who.address))
    };
    let is_author = |who: &NameAddr| own.contains(&who.address);
    values("Delivered-To").next().is_some()
        && !is_list
        && !parsed.from.iter().any(is_author)
        && !parsed.to.iter().chain(&parsed.cc).any(is_of_reader)
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
