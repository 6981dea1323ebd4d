//! The letter that is open.

use super::list::{contact, row};
use super::{Answered, Session};
use event::{Event, Kind, Protocol, Role};
use mail::{JourneyId, MessageId, SpecialUse, Time};
use mime::{Attached, Letter};
use store::OutlineView;
use wire::{Answer, Attachment, LetterView, Problem};

/// The most text that goes with a letter, in octets; the rest can be had as HTML or source.
pub const TEXT_BYTES_MAX: usize = 512 * 1024;
/// The most header fields that go with a letter, and the longest value, in octets.
pub const HEADERS_MAX: usize = 500;
/// See [`HEADERS_MAX`].
pub const HEADER_BYTES_MAX: usize = 4096;

impl Session {
    pub(super) async fn letter(&mut self, id: MessageId) -> Answered {
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
        let row = row(
            &mailbox,
            &entry,
            OutlineView::read(&outline)?.summary()?,
            own,
        );
        let letter = mime::read(&message);
        let stations = match entry.journey {
            Some(journey) => self.visit(journey, own).await?,
            None => Vec::new(),
        };
        let page = self.mua.pages().page(id, &message, &letter);
        let list = |who: &[mime::Correspondent]| who.iter().map(contact).collect::<Vec<_>>();
        Ok(Answer::Letter(Box::new(LetterView {
            row,
            from: list(&letter.from),
            to: list(&letter.to),
            cc: list(&letter.cc),
            reply_to: if letter.reply_to == letter.from {
                Vec::new()
            } else {
                list(&letter.reply_to)
            },
            sent: letter.date,
            references: references(&letter),
            message_id: letter.message_id.clone().unwrap_or_default(),
            has_html: letter.html.is_some(),
            has_remote: page.has_remote,
            attachments: attachments(&letter, &page.shown),
            headers: letter
                .fields
                .iter()
                .take(HEADERS_MAX)
                .map(|f| (f.name.clone(), cut(f.value.clone(), HEADER_BYTES_MAX)))
                .collect(),
            journey: entry.journey,
            stations,
            text: cut(letter.text, TEXT_BYTES_MAX),
        })))
    }

    // The roles that the letter passed; the first reading is one of them.
    async fn visit(
        &self,
        journey: JourneyId,
        own: bool,
    ) -> Result<Vec<(Role, Time)>, store::Fault> {
        let events = self.mua.store().journeys().read(journey).await?;
        let by = self.account.address.to_string();
        let is_mine = |kind: &Kind| matches!(kind, Kind::Fetched { protocol: Protocol::Web, by: who, .. } if *who == by);
        if !own && !events.iter().any(|e| is_mine(&e.kind)) {
            let kind = Kind::Fetched {
                protocol: Protocol::Web,
                by: by.clone(),
                what: "letter".into(),
            };
            self.mua
                .recorder(Role::Mua, self.span)
                .emit_for(journey, self.mua.world().now(), kind);
        }
        Ok(stations(&events))
    }
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

/// What a reply's References field says (RFC 5322 §3.6.4): those of the letter, or else whom it
/// answers; then the letter itself.
fn references(letter: &Letter) -> Vec<String> {
    let former = if letter.references.is_empty() {
        &letter.in_reply_to
    } else {
        &letter.references
    };
    let mut ids = former.clone();
    ids.extend(letter.message_id.clone());
    ids.dedup();
    ids
}

/// Files of a letter. Pictures that stand inside the HTML are not files to the reader; those that
/// it does not show after all are.
fn attachments(letter: &Letter, shown: &[String]) -> Vec<Attachment> {
    let stray = letter.inline.iter().filter(|a| !shown.contains(&a.path));
    letter
        .attachments
        .iter()
        .chain(stray)
        .map(attachment)
        .collect()
}

fn attachment(of: &Attached) -> Attachment {
    Attachment {
        path: of.path.clone(),
        name: of.name.clone(),
        media_type: of.media_type.clone(),
        octets: of.bytes,
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
