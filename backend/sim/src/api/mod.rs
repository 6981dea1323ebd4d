//! The desk: where the Lab asks and the engine answers, JSON in and JSON out, so that it is the
//! same across a worker's door, in the server and in a test. Every answer is made anew from the
//! scenario's text and the learner's edits; nothing is kept between two questions.
//!
//! Failures: whatever is not understood, does not fit together or goes beyond a bound is answered
//! with a sentence and, where it is known, its place. A run that would not end is broken off: by
//! its events, by the turns that its tasks take, by the time that does not move on.

mod form;
mod many;
mod play;

mod console;
mod dialogue;
mod serve;

mod pcapng;
mod transcript;

pub use console::{CONSOLE_TURNS_MAX, LINE_BYTES_MAX};
pub use form::{
    Answer, Asked, CardPlayed, Console, Counted, CountedRuns, HostShown, Language, ManyRuns,
    Pcapng, Plan, Played, Range, Refused, Request, Said, Serve, Served, Talk, Transcript, Turn,
    Typed, Waiting,
};

use crate::scenario::{self, Bounds, RunError, ScenarioError, Text};

/// Octets of a request.
pub const REQUEST_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Events of a run for the Lab; a tab must hold them several times.
pub const RUN_EVENTS_MAX: usize = 20_000;
/// Turns of all tasks of a run for the Lab: some seconds of a slow machine.
pub const RUN_TURNS_MAX: u64 = 3_000_000;

pub(crate) fn limits() -> Bounds {
    Bounds {
        events_max: RUN_EVENTS_MAX,
        turns_max: RUN_TURNS_MAX,
        listens: false,
    }
}

/// Answers a [`Request`] (JSON) by an [`Answer`] (JSON).
pub fn answer(request: &str) -> String {
    let answer = respond(request).unwrap_or_else(|fault| Answer::Refused(fault.0));
    serde_json::to_string(&answer).unwrap_or_else(|_| {
        r#"{"refused":{"why":{"zh":"答复写不出来。","en":"The answer could not be written."}}}"#
            .to_owned()
    })
}

fn respond(request: &str) -> Result<Answer, Fault> {
    if request.len() > REQUEST_BYTES_MAX {
        let there = request.len();
        return Err(Fault::new(
            format!("请求有 {there} 个字节，最多 {REQUEST_BYTES_MAX} 个。"),
            format!("the request has {there} octets; at most {REQUEST_BYTES_MAX} are read"),
        ));
    }
    let request: Request = serde_json::from_str(request).map_err(|e| {
        let Text { zh, en } = scenario::plain(&scenario::json_sentence(&e));
        Fault::new(
            format!("看不懂这个请求：{zh}"),
            format!("the request is not understood: {en}"),
        )
    })?;
    Ok(match request {
        Request::Play(plan) => Answer::Played(Box::new(play::play(&plan)?)),
        Request::Console(console) => Answer::Typed(Box::new(console::typed(&console)?)),
        Request::Transcript {
            plan,
            language,
            range,
        } => Answer::Transcript(transcript::transcript(&plan, language, range)?),
        Request::Pcapng { plan, range } => Answer::Pcapng(pcapng::pcapng(&plan, range)?),
        Request::Cards {} => Answer::Cards(scenario::cards()?),
        Request::Card(card) => Answer::Edited(Box::new(play::card(&card)?)),
        Request::Many(many) => Answer::Counted(many::counted(&many)?),
        Request::Serve(serve) => Answer::Served(Box::new(serve::served(&serve)?)),
    })
}

/// Why there is no answer, on its way to the page.
pub(crate) struct Fault(Refused);

impl Fault {
    pub(crate) fn new(zh: String, en: String) -> Fault {
        Fault(Refused {
            place: None,
            why: Text { zh, en },
        })
    }
}

impl From<ScenarioError> for Fault {
    fn from(error: ScenarioError) -> Fault {
        let ScenarioError { place, why: en, zh } = error;
        Fault(Refused {
            place,
            why: Text { zh, en },
        })
    }
}

impl From<RunError> for Fault {
    fn from(RunError(why): RunError) -> Fault {
        let Text { zh, en } = scenario::plain(&why);
        Fault(Refused {
            place: None,
            why: Text {
                zh: format!("没能演完：{zh}"),
                en: format!("it could not be played to its end: {en}"),
            },
        })
    }
}
