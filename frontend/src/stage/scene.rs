//! The picture at one step, as a pure function of it: which room is at work, which wire speaks and what, where the letters lie,
//! who holds the baton, what waits. Says what is to be seen; where it stands is `layout`, how it looks is the view.

use super::course::{Course, Fate, Postmark, Spot, Stamp, mailbox_room};
use super::places::RoomId;
use super::timeline::{Timeline, What};
use event::Kind;
use mail::session::Speaker;
use mail::{Duration, Time};

/// The picture at a position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Which step.
    pub position: usize,
    /// The room that acts or speaks.
    pub room: Option<RoomId>,
    /// Rooms that have had a part so far, by number.
    pub visited: Vec<bool>,
    /// The conversation whose dialogue is open: the present one, or the last that was heard.
    pub talk: Option<usize>,
    /// What crosses a wire just now.
    pub word: Option<Word>,
    /// The question that DNS is asked just now.
    pub question: Option<Asked>,
    /// The wire that works just now.
    pub wire: Option<(RoomId, RoomId)>,
    /// Conversations that are sealed by TLS as of now, by number.
    pub sealed: Vec<bool>,
    /// Envelopes to draw: one for all copies at the same spot.
    pub letters: Vec<Letter>,
    /// Who answers for the letter: room and the first receiver it answers for.
    pub batons: Vec<Baton>,
    /// Letters in the queue, and a wait that is being passed.
    pub clocks: Vec<Clock>,
    /// The newest postmark of each room.
    pub postmarks: Vec<Postmark>,
    /// The letter's own state.
    pub course: Course,
}

/// A line on its way from one room to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Who says it.
    pub from: RoomId,
    /// To whom.
    pub to: RoomId,
    /// Its first line.
    pub text: String,
    /// It goes through TLS.
    pub sealed: bool,
    /// It refuses something.
    pub refuses: bool,
}

/// A question to the name server and what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Who asks.
    pub room: RoomId,
    /// `b.test MX`
    pub question: String,
    /// The first records, or the failure's word.
    pub answer: String,
    /// There is an answer.
    pub found: bool,
}

/// An envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The first receiver whose copy it is: keeps its identity while it travels.
    pub key: usize,
    /// For how many.
    pub copies: usize,
    /// Where.
    pub spot: Spot,
    /// Its last postmark.
    pub stamp: Option<Stamp>,
}

/// Responsibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baton {
    /// The first receiver it is for.
    pub key: usize,
    /// Who holds it.
    pub room: RoomId,
}

/// A clock on the queue's shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// In which room.
    pub room: RoomId,
    /// When the next attempt is due.
    pub next: Option<Time>,
    /// How long nothing happens, if that is what this step shows.
    pub idle: Option<Duration>,
}

impl Scene {
    /// The picture after everything up to and with a step. The same timeline and position give the same scene.
    pub fn at(timeline: &Timeline, position: usize) -> Scene {
        let position = position.min(timeline.last());
        let course = Course::at(timeline, position);
        let Some(step) = timeline.steps.get(position) else { return Scene::default() };
        let past = &timeline.steps[..=position];
        let mut scene = Scene {
            position,
            room: step.room,
            visited: visited(timeline, position),
            talk: step.talk.or_else(|| past.iter().rev().find_map(|s| s.talk)),
            sealed: sealed(timeline, position),
            letters: letters(&course),
            batons: batons(&course),
            clocks: clocks(&course),
            postmarks: newest(&course.postmarks),
            ..Scene::default()
        };
        match step.what {
            What::Event(i) => scene.show(timeline, i, step.talk, &course),
            What::Wait(idle) => scene.pass(idle),
        }
        scene.course = course;
        scene
    }

    fn show(&mut self, timeline: &Timeline, i: usize, talk: Option<usize>, course: &Course) {
        let talk = talk.map(|t| &timeline.talks[t]);
        match (&timeline.events[i].kind, talk) {
            (Kind::Line { speaker, text, sealed, .. }, Some(talk)) => {
                let (from, to) = (talk.room(*speaker), talk.room(other(*speaker)));
                let refuses = *speaker == Speaker::Server && super::course::refuses(text);
                let text = text.lines().next().unwrap_or_default().to_owned();
                self.word = Some(Word { from, to, text, sealed: *sealed, refuses });
                self.wire = Some((from, to));
            }
            (Kind::Connect { .. } | Kind::Tls(_) | Kind::Closed { .. }, Some(talk)) => {
                self.wire = Some((talk.client_room, talk.server_room));
            }
            (Kind::Fetched { .. } | Kind::Pushed { .. }, Some(talk)) => self.wire = Some((talk.server_room, talk.client_room)),
            (Kind::Pushed { .. } | Kind::Fetched { .. }, _) => {
                self.wire = mailbox_room(course).zip(self.room);
            }
            (Kind::Dns { question, answer, .. }, _) => {
                let Some(room) = self.room else { return };
                let records = |all: &Vec<mail::dns::Record>| all.iter().take(2).map(record_text).collect::<Vec<_>>().join(", ");
                let (answer, found) = match answer {
                    Ok(all) if all.is_empty() => ("—".to_owned(), false),
                    Ok(all) => (records(all), true),
                    Err(why) => (failure_word(*why).to_owned(), false),
                };
                self.question = Some(Asked { room, question: question_text(question), answer, found });
            }
            _ => {}
        }
    }

    /// Nothing happens: the clock of whoever waits runs.
    fn pass(&mut self, idle: Duration) {
        match (self.clocks.first_mut(), self.room) {
            (Some(clock), _) => clock.idle = Some(idle),
            (None, Some(room)) => self.clocks.push(Clock { room, next: None, idle: Some(idle) }),
            (None, None) => {}
        }
    }
}

fn other(speaker: Speaker) -> Speaker {
    match speaker {
        Speaker::Client => Speaker::Server,
        Speaker::Server => Speaker::Client,
    }
}

fn visited(timeline: &Timeline, position: usize) -> Vec<bool> {
    let mut visited = vec![false; timeline.places.rooms.len()];
    if let Some(origin) = timeline.origin {
        visited[origin] = true;
    }
    for step in &timeline.steps[..=position] {
        let ends = step.talk.map(|t| [timeline.talks[t].client_room, timeline.talks[t].server_room]);
        for room in ends.into_iter().flatten().chain(step.room) {
            visited[room] = true;
        }
    }
    visited
}

fn sealed(timeline: &Timeline, position: usize) -> Vec<bool> {
    let mut sealed = vec![false; timeline.talks.len()];
    for (i, step) in timeline.steps[..=position].iter().enumerate() {
        let seals = match timeline.event(i).map(|e| &e.kind) {
            Some(Kind::Tls(_)) => true,
            Some(Kind::Line { sealed, .. }) => *sealed,
            _ => false,
        };
        if let Some(talk) = step.talk {
            sealed[talk] |= seals;
        }
    }
    sealed
}

fn letters(course: &Course) -> Vec<Letter> {
    let mut letters: Vec<Letter> = Vec::new();
    for (key, copy) in course.copies.iter().enumerate() {
        if copy.spot == Spot::Unknown {
            continue;
        }
        match letters.iter_mut().find(|l| l.spot == copy.spot) {
            Some(letter) => letter.copies += 1,
            None => letters.push(Letter { key, copies: 1, spot: copy.spot, stamp: stamp_of(&copy.fate) }),
        }
    }
    letters
}

fn stamp_of(fate: &Fate) -> Option<Stamp> {
    match fate {
        Fate::UnderWay => None,
        Fate::Waiting(_) => Some(Stamp::Waiting),
        Fate::Relayed(_) | Fate::Delivered(_) | Fate::Read => Some(Stamp::Delivered),
        Fate::Returned(..) => Some(Stamp::Returned),
    }
}

fn batons(course: &Course) -> Vec<Baton> {
    let mut batons: Vec<Baton> = Vec::new();
    for (key, copy) in course.copies.iter().enumerate() {
        if let Some(room) = copy.baton
            && !batons.iter().any(|b| b.room == room)
        {
            batons.push(Baton { key, room });
        }
    }
    batons
}

fn clocks(course: &Course) -> Vec<Clock> {
    let mut clocks: Vec<Clock> = Vec::new();
    for copy in &course.copies {
        if let (Fate::Waiting(next), Spot::In(room)) = (&copy.fate, copy.spot)
            && !clocks.iter().any(|c| c.room == room)
        {
            clocks.push(Clock { room, next: Some(*next), idle: None });
        }
    }
    clocks
}

fn newest(postmarks: &[Postmark]) -> Vec<Postmark> {
    let mut newest: Vec<Postmark> = Vec::new();
    for mark in postmarks.iter().rev() {
        if !newest.iter().any(|m| m.room == mark.room) {
            newest.push(*mark);
        }
    }
    newest
}

/// A question as one writes it: `b.test MX`.
pub fn question_text(question: &mail::dns::Question) -> String {
    format!("{} {}", question.name, format!("{:?}", question.record).to_ascii_uppercase())
}

/// A record's data as in a zone file.
pub fn record_text(record: &mail::dns::Record) -> String {
    use mail::dns::Record;
    match record {
        Record::A(a) => a.to_string(),
        Record::Aaaa(a) => a.to_string(),
        Record::Mx(preference, Some(host)) => format!("{preference} {host}"),
        Record::Mx(preference, None) => format!("{preference} ."),
        Record::Txt(text) => format!("\"{text}\""),
        Record::Ptr(name) | Record::Cname(name) | Record::Ns(name) => name.to_string(),
        Record::Tlsa(usage, selector, matching, data) => format!("{usage} {selector} {matching} … {} octets", data.len()),
        Record::Srv(priority, weight, port, target) => format!("{priority} {weight} {port} {target}"),
    }
}

/// The word that resolvers use for a failure.
pub fn failure_word(failure: mail::dns::Failure) -> &'static str {
    match failure {
        mail::dns::Failure::NoSuchName => "NXDOMAIN",
        mail::dns::Failure::ServerFailure => "SERVFAIL",
        mail::dns::Failure::Timeout => "timeout",
    }
}
