//! Applies the lines of a connection to the message: the envelope, the content in transit, the
//! reply that transfers responsibility. Takes lines as they were sent, without validation.

use crate::stage::model::{Copy, CopyStatus, Location, MessageState, Pending};
use crate::stage::model::{Side, Timeline};
use mail::session::Speaker;

impl MessageState {
    pub(super) fn line(&mut self, timeline: &Timeline, i: usize, speaker: Speaker, text: &str) {
        let Some(number) = timeline.steps[i].connection else {
            return;
        };
        let connection = &timeline.connections[number];
        let server = connection.server_agent;
        match (speaker, connection.side()) {
            (Speaker::Client, Side::Reads) => {
                // The retrieval agent reads the copy that it is about to deliver.
                if requests_content(text)
                    && let Some(account) = &connection.account
                {
                    self.retrieved_copies(account, |copy| {
                        if matches!(copy.status, CopyStatus::Delivered(_)) {
                            copy.location = Location::In(server);
                        }
                    });
                }
            }
            (Speaker::Client, Side::Writes) => self.command(timeline, number, text),
            (Speaker::Server, Side::Writes) => {
                let answer = positive(text);
                let asked = self.pending.pop_front().unwrap_or_default();
                if let Some(rcpt) = asked.rcpt.and_then(|i| self.asked.get_mut(i)) {
                    rcpt.1 = answer;
                }
                if text.starts_with("354") {
                    self.content = Some(number);
                    self.start_content(timeline, number);
                } else if self.content == Some(number) && asked.rcpt.is_none() {
                    // The reply to a chunk that is not the last does not transfer responsibility.
                    if asked.last_chunk != Some(false) || answer != Some(true) {
                        self.complete_content(timeline, number, answer, timeline.is_lost(i));
                        if answer == Some(false) {
                            self.release_refused(timeline, i);
                        }
                    }
                }
            }
            (Speaker::Server, Side::Reads) => {}
        }
    }

    /// Applies the final reply to the content. RFC 5321 §4.2.5: with 250 the server takes
    /// responsibility, whichever of its agents has the message by then. If the client never
    /// receives the reply, both are responsible for a copy (RFC 1047).
    fn complete_content(
        &mut self,
        timeline: &Timeline,
        number: usize,
        answer: Option<bool>,
        reply_lost: bool,
    ) {
        self.content = None;
        let connection = &timeline.connections[number];
        let (client, server) = (connection.client_agent, connection.server_agent);
        let host = timeline.topology.agents[server].host;
        let host_name = timeline.topology.hosts[host].name.clone();
        let mut kept = Vec::new();
        for copy in self.copies.iter_mut().filter(|c| c.carried == Some(number)) {
            copy.carried = None;
            if answer != Some(true) {
                copy.location = Location::In(client);
                continue;
            }
            if reply_lost {
                kept.push(Copy {
                    location: Location::In(client),
                    status: CopyStatus::InTransit,
                    since: None,
                    ..copy.clone()
                });
            }
            match copy.location {
                Location::In(agent) if timeline.topology.agents[agent].host == host => {
                    copy.responsible = Some(agent);
                }
                // The host records nothing more about it: for example, a scripted server.
                _ => {
                    copy.location = Location::In(server);
                    copy.responsible = Some(server);
                    copy.status = CopyStatus::Relayed(host_name.clone());
                }
            }
        }
        kept.truncate(super::COPIES_MAX.saturating_sub(self.copies.len()));
        self.copies.append(&mut kept);
    }

    /// Releases a server from responsibility for a rejected message that no host ever accepted, as
    /// when somebody types it manually at a server. A person keeps theirs.
    fn release_refused(&mut self, timeline: &Timeline, i: usize) {
        let message = timeline.steps[i]
            .message
            .and_then(|m| timeline.messages.get(m));
        if message.is_none_or(|message| !message.journeys.is_empty()) {
            return;
        }
        for copy in &mut self.copies {
            let host = copy
                .responsible
                .map(|agent| timeline.topology.agents[agent].host);
            if host.is_some_and(|host| timeline.topology.hosts[host].person.is_none()) {
                copy.responsible = None;
            }
        }
    }

    /// Applies a command of the client of a connection that transfers the message.
    fn command(&mut self, timeline: &Timeline, connection: usize, text: &str) {
        if self.envelope_of != Some(connection) {
            self.envelope_of = Some(connection);
            self.asked.clear();
            self.pending.clear();
        }
        // Content is not a command: the reply is to the final dot.
        if text == "." || text.bytes().all(|b| b.is_ascii_digit()) {
            return;
        }
        let upper = text.to_ascii_uppercase();
        let mut pending = Pending::default();
        if upper.starts_with("MAIL FROM:") {
            self.asked.clear();
            self.sender = Some(path_in(text));
        } else if upper.starts_with("RCPT TO:") {
            pending.rcpt = Some(self.asked.len());
            self.asked.push((path_in(text), None));
        } else if upper.starts_with("BDAT ") {
            pending.last_chunk = Some(upper.trim_end().ends_with(" LAST"));
            if self.content != Some(connection) {
                self.content = Some(connection);
                self.start_content(timeline, connection);
            }
        }
        self.pending.push_back(pending);
    }

    /// Marks copies as in transit when the content starts: those of the recipients named by RCPT on
    /// this connection, or all if none of them is known. If a recipient has two copies, the
    /// client's is sent.
    fn start_content(&mut self, timeline: &Timeline, number: usize) {
        let connection = &timeline.connections[number];
        let client = timeline.topology.agents[connection.client_agent].host;
        let named = |asked: &[(String, Option<bool>)], copy: &Copy| {
            asked
                .iter()
                .any(|(a, taken)| copy.is_of(a) && *taken != Some(false))
        };
        let any = self.copies.iter().any(|c| named(&self.asked, c));
        let here = |c: &Copy| c.at_host(timeline).is_none_or(|h| h == client);
        let some_here = self
            .copies
            .iter()
            .any(|c| (!any || named(&self.asked, c)) && here(c));
        for copy in &mut self.copies {
            if (!any || named(&self.asked, copy)) && (here(copy) || !some_here) {
                copy.location = Location::Between(connection.client_agent, connection.server_agent);
                copy.carried = Some(number);
            }
        }
    }
}

/// The path in a MAIL or RCPT line: `Path = "<" [ A-d-l ":" ] Mailbox ">"` (RFC 5321 §4.1.2).
pub(in crate::stage) fn path_in(line: &str) -> String {
    let inside = line
        .split_once('<')
        .and_then(|(_, rest)| rest.rsplit_once('>'))
        .map(|(path, _)| path);
    inside
        .unwrap_or_else(|| line.split_once(':').map_or("", |(_, rest)| rest.trim()))
        .to_owned()
}

/// Whether a reply is positive: 2yz and 3yz → true, 4yz and 5yz → false (RFC 5321 §4.2.1).
fn positive(reply: &str) -> Option<bool> {
    match reply.as_bytes().first()? {
        b'2' | b'3' => Some(true),
        b'4' | b'5' => Some(false),
        _ => None,
    }
}

/// Whether a reply is negative: 4yz, 5yz, `-ERR`, `NO`, `BAD`.
pub fn refuses(reply: &str) -> bool {
    let numbered = reply.len() >= 3 && reply.as_bytes()[..3].iter().all(u8::is_ascii_digit);
    let tagged = reply
        .lines()
        .last()
        .and_then(|l| l.split(' ').nth(1))
        .unwrap_or_default();
    (numbered && positive(reply) == Some(false))
        || reply.starts_with("-ERR")
        || matches!(tagged, "NO" | "BAD")
}

/// Whether a command retrieves content: RETR (RFC 1939 §5), FETCH of a body (RFC 9051 §6.4.5).
fn requests_content(line: &str) -> bool {
    let line = line.to_ascii_uppercase();
    line.starts_with("RETR")
        || (line.contains("FETCH") && (line.contains("BODY") || line.contains("RFC822")))
}
