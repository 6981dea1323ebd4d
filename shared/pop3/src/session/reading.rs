//! The long responses, which are sent in pieces: LIST and UIDL of all messages, RETR and TOP (RFC
//! 1939 §5, §7).

use super::{Server, State, Work};
use crate::dot_stuffing::Stuffer;
use crate::limits;
use crate::output::ResponseTrace;
use crate::query::{Decision, Message, Query};
use crate::top::LineCounter;

/// A listing of all messages in progress.
#[derive(Debug)]
pub(super) struct Listing {
    unique_ids: bool,
    /// The next index.
    next: usize,
    traced: ResponseTrace,
}

impl Listing {
    /// LIST
    pub(super) fn sizes() -> Listing {
        Listing {
            unique_ids: false,
            next: 0,
            traced: ResponseTrace::default(),
        }
    }

    /// UIDL
    pub(super) fn unique_ids() -> Listing {
        Listing {
            unique_ids: true,
            ..Listing::sizes()
        }
    }

    /// `scan-listing = message-number SP octets` or `unique-id listing = message-number SP
    /// unique-id`
    pub(super) fn line(&self, validity: u32, index: usize, message: Message) -> String {
        if self.unique_ids {
            format!("{} {validity}.{}", index + 1, message.uid)
        } else {
            format!("{} {}", index + 1, message.bytes)
        }
    }
}

/// A message that is being sent.
#[derive(Debug)]
pub(super) struct Reading {
    message: Message,
    offset: u64,
    stuffer: Stuffer,
    /// For TOP.
    top: Option<LineCounter>,
}

impl Server {
    pub(super) fn begin_listing(&mut self, mut listing: Listing, messages: usize, bytes: u64) {
        let first = format!("+OK {messages} messages ({bytes} octets)");
        self.output.line(&first);
        listing.traced = ResponseTrace::new(first);
        self.work = Work::Listing(Box::new(listing));
    }

    /// Writes the next piece of a listing.
    pub(super) fn continue_listing(&mut self, mut listing: Box<Listing>) {
        let State::Transaction(transaction) = &self.state else {
            return;
        };
        let messages = &transaction.maildrop.messages;
        while listing.next < messages.len() {
            if self.output.out.len() >= limits::LISTING_BYTES {
                self.output.flush();
                self.work = Work::Listing(listing);
                return;
            }
            let index = listing.next;
            listing.next += 1;
            if !transaction.deleted.contains(&index) {
                let line = listing.line(transaction.maildrop.validity, index, messages[index]);
                self.output.line(&line);
                listing.traced.line(&line);
            }
        }
        self.output.line(".");
        let state = self.state.name();
        self.output
            .server(listing.traced.finish(), "pop3.reply.ok", state, state);
    }

    pub(super) fn retr(&mut self, number: u32) {
        self.begin_reading(number, None);
    }

    pub(super) fn top(&mut self, number: u32, lines: u32) {
        self.begin_reading(number, Some(LineCounter::new(lines)));
    }

    fn begin_reading(&mut self, number: u32, top: Option<LineCounter>) {
        match self.transaction().and_then(|t| t.find(number)) {
            Some((_, message)) => self.read_more(Box::new(Reading {
                message,
                offset: 0,
                stuffer: Stuffer::new(),
                top,
            })),
            None => self.no_such_message(),
        }
    }

    fn read_more(&mut self, reading: Box<Reading>) {
        let query = Query::Read {
            uid: reading.message.uid,
            offset: reading.offset,
            bytes_max: limits::READ_BYTES,
            whole: reading.top.is_none(),
        };
        self.ask(query, Work::Reading(reading));
    }

    /// Takes a piece; the first one also shows that the message exists.
    pub(super) fn take_piece(&mut self, mut reading: Box<Reading>, answer: Decision) {
        let begun = reading.offset > 0;
        let piece = match answer {
            Decision::Bytes(piece) => piece,
            Decision::Refused(refusal) if !begun => return self.error(&refusal.into()),
            Decision::Done | Decision::Maildrop(_) if !begun => return self.unexpected_decision(),
            // In the middle of a message every reply would be taken for a part of it.
            _ => return self.close(),
        };
        if !begun {
            self.write_first_line(&reading);
        }
        let (taken, enough) = reading
            .top
            .as_mut()
            .map_or((piece.len(), false), |top| top.take(&piece));
        reading.stuffer.push(&piece[..taken], &mut self.output.out);
        reading.offset += piece.len() as u64;
        let at_end = piece.len() < limits::READ_BYTES as usize
            || reading.offset >= u64::from(reading.message.bytes);
        if enough || at_end {
            reading.stuffer.finish(&mut self.output.out);
        } else {
            self.read_more(reading);
        }
    }

    fn write_first_line(&mut self, reading: &Reading) {
        let first = if reading.top.is_none() {
            format!("+OK {} octets", reading.message.bytes)
        } else {
            "+OK Top of message follows".to_owned()
        };
        self.output.line(&first);
        let state = self.state.name();
        // The journey of a message does not repeat its content.
        self.output
            .server(format!("{first}\n⋯\n."), "pop3.reply.ok", state, state);
    }
}
