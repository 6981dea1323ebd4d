//! Opening a message.

use super::list::{contact, row};
use super::origin::Origin;
use super::{Answer, Session, notes};
use crate::redact::RecipientRedactor;
use event::{Event, Kind, Protocol, Role};
use mail::{Address, Domain, JourneyId, SpecialUse, StoredMessageId, Time};
use mime::{AttachedPart, ParsedMessage};
use std::collections::BTreeSet;
use store::OutlineView;
use wire::{Attachment, Contact, MessageView, Problem, Response};

/// Text bytes sent with a message; the rest is available as HTML or source.
pub const TEXT_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Header fields sent with a message, and the length limit of a value in bytes.
pub const HEADERS_MAX: usize = 500;
/// See [`HEADERS_MAX`].
pub const HEADER_BYTES_MAX: usize = 4096;

impl Session {
    pub(super) async fn message(&mut self, id: StoredMessageId) -> Answer {
        let (mailbox, uid) = self.locate(id).await?;
        let store = self.mua.store().clone();
        let entry = mailbox
            .read(|s| s.entry(uid).cloned())
            .ok_or(Problem::Gone)?;
        let message = store
            .read_message(&mailbox, uid)
            .await?
            .ok_or(Problem::Gone)?;
        let outline = store.outline(&mailbox, uid).await?.ok_or(Problem::Gone)?;
        let special = self.special(mailbox.id);
        let own = matches!(special, Some(SpecialUse::Sent | SpecialUse::Drafts));
        let outline = OutlineView::read(&outline)?;
        let row = row(&mailbox, &entry, outline.summary()?, own);
        let parsed = mime::read(&message);
        let events = match entry.journey {
            Some(journey) => self.visit(journey, own).await?,
            None => Vec::new(),
        };
        let origin = Origin::new(&events, outline.prefix);
        let stations = stations(&self.shown_events(&message, &events));
        let own_domains = store.local_domain_forms().await?;
        let (own_addresses, shared) = self.own_addresses(&parsed, &own_domains).await?;
        let report = self.delivery_report(&message, &parsed).await?;
        let page = self.mua.html_cache().get_or_insert(id, &message, &parsed);
        let mut warnings = notes::warnings(&parsed, special, &own_domains, &origin);
        let link = page.misleading.as_ref().filter(|_| !own);
        warnings.extend(link.and_then(|link| notes::misleading_link(link, &parsed, &origin)));
        let list = |who: &[mime::NameAddr]| who.iter().map(contact).collect::<Vec<_>>();
        Ok(Response::Message(Box::new(MessageView {
            row,
            from: list(&parsed.from),
            to: list(&parsed.to),
            cc: list(&parsed.cc),
            bcc: if own { list(&parsed.bcc) } else { Vec::new() },
            reply_to: if parsed.reply_to == parsed.from {
                Vec::new()
            } else {
                list(&parsed.reply_to)
            },
            sent: parsed.date,
            references: references(&parsed),
            message_id: parsed.message_id.clone().unwrap_or_default(),
            has_html: parsed.html.is_some() && !parsed.is_blank(),
            has_remote: page.has_remote,
            attachments: attachments(&parsed, &page.shown),
            pictures: self.pictures(id, &message, &parsed),
            headers: parsed
                .fields
                .iter()
                .take(HEADERS_MAX)
                .map(|f| (f.name.clone(), cut(visible(&f.value), HEADER_BYTES_MAX)))
                .collect(),
            journey: entry.journey,
            stations,
            sender: sender(&parsed),
            blind_copy: !own && notes::is_blind_copy(&parsed, &own_addresses, &shared),
            own: own_addresses,
            warnings,
            authentication: if own {
                Vec::new()
            } else {
                origin.authentication()
            },
            invitation: parsed.invitation.as_ref().map(notes::invitation),
            report,
            text_is_cut: parsed.text.len() > TEXT_BYTES_MAX,
            text: cut(parsed.text, TEXT_BYTES_MAX),
        })))
    }

    // The addresses of the header whose mail goes to this account only, and those whose mail goes
    // to others too.
    async fn own_addresses(
        &self,
        parsed: &ParsedMessage,
        own_domains: &[Domain],
    ) -> Result<(Vec<String>, Vec<String>), store::Fault> {
        let lists = [&parsed.from, &parsed.reply_to, &parsed.to, &parsed.cc];
        let written: BTreeSet<&str> = lists
            .into_iter()
            .flatten()
            .map(|contact| contact.address.as_str())
            .collect();
        let (mut own, mut shared) = (Vec::new(), Vec::new());
        for text in written {
            let Ok(address) = Address::parse(text) else {
                continue;
            };
            let store = self.mua.store();
            let address = &*store.local_form(&address).await?;
            let is_local = address.domain().is_some_and(|d| own_domains.contains(d));
            if self.account.owns(address)
                || is_local && store.leads_only_to(address, self.account.id).await?
            {
                own.push(text.to_owned());
            } else if is_local && store.leads_to(address, self.account.id).await? {
                shared.push(text.to_owned());
            }
        }
        Ok((own, shared))
    }

    // The events that the account may see; a hidden recipient's mailbox is no station.
    fn shown_events(&self, message: &[u8], events: &[Event]) -> Vec<Event> {
        let mut redactor = RecipientRedactor::new(&self.account);
        redactor.allow_header_addresses(message);
        redactor.redact(events.to_vec())
    }

    // Returns the events of the message and records the first reading.
    async fn visit(&self, journey: JourneyId, own: bool) -> Result<Vec<Event>, store::Fault> {
        let events = self.mua.store().journeys().read(journey).await?;
        let by = self.account.address.to_string();
        let is_mine = |kind: &Kind| matches!(kind, Kind::Fetched { protocol: Protocol::Web, by: who, .. } if *who == by);
        if !own && !events.iter().any(|e| is_mine(&e.kind)) {
            let kind = Kind::Fetched {
                protocol: Protocol::Web,
                by: by.clone(),
                what: "message".into(),
            };
            self.mua
                .recorder(Role::Mua, self.span)
                .emit_for(journey, self.mua.world().now(), kind);
        }
        Ok(events)
    }
}

/// The Sender field, where it names another mailbox than From.
fn sender(parsed: &ParsedMessage) -> Option<Contact> {
    let sender = parsed.sender.first()?;
    let is_author = |a: &mime::NameAddr| a.address.eq_ignore_ascii_case(&sender.address);
    (!sender.address.is_empty() && !parsed.from.iter().any(is_author)).then(|| contact(sender))
}

fn visible(text: &str) -> String {
    mail::display::visible(text).into_owned()
}

/// The first event of each role, oldest first.
fn stations(events: &[Event]) -> Vec<(Role, Time)> {
    let mut stations: Vec<(Role, Time)> = Vec::new();
    for event in events.iter().filter(|e| !e.claimed && e.role != Role::Dns) {
        if stations.iter().all(|(role, _)| *role != event.role) {
            stations.push((event.role, event.at));
        }
    }
    stations
}

/// The References field of a reply (RFC 5322 §3.6.4): References, or else In-Reply-To, of the
/// message, followed by its Message-ID.
fn references(parsed: &ParsedMessage) -> Vec<String> {
    let former = if parsed.references.is_empty() {
        &parsed.in_reply_to
    } else {
        &parsed.references
    };
    let mut ids = former.clone();
    ids.extend(parsed.message_id.clone());
    ids.dedup();
    ids
}

/// The attachments of a message. Inline images shown by the HTML are not listed; inline images that
/// it does not show are.
fn attachments(parsed: &ParsedMessage, shown: &[String]) -> Vec<Attachment> {
    let stray = parsed.inline.iter().filter(|a| !shown.contains(&a.path));
    parsed
        .attachments
        .iter()
        .chain(stray)
        .map(attachment)
        .collect()
}

pub(super) fn attachment(of: &AttachedPart) -> Attachment {
    Attachment {
        path: of.path.clone(),
        name: visible(&of.name),
        media_type: of.media_type.clone(),
        bytes: of.bytes,
    }
}

fn cut(mut text: String, bytes_max: usize) -> String {
    if text.len() > bytes_max {
        let mut end = bytes_max;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('…');
    }
    text
}
