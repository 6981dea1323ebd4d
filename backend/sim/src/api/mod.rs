//! The interface between the Lab's pages and the simulator: JSON in and JSON out, so that it is the
//! same in a web worker, in the server and in a test. Each response is computed from the scenario's
//! text and the learner's edits; no state is kept between requests.
//!
//! Failures: a request that cannot be parsed, is inconsistent or exceeds a limit is answered with a
//! [`ScenarioError`]. A run that does not end is stopped by its number of events, by the turns of
//! its tasks, or when virtual time stands still.

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
    ApiRequest, ApiResponse, CardRequest, ConsoleRequest, ConsoleState, ConsoleTurn, CountRequest,
    DialogueLine, Downtime, HostShown, Language, OutcomeCount, Pcapng, Plan, PlayedRun,
    QuestionStop, Range, RunCounts, ServeRequest, ServerConnection, ServerState, Transcript,
    WaitingClient,
};

use crate::diagnose;
use crate::error::{Context, Document, Problem};
use crate::scenario::{self, Bounds, ScenarioError};

/// Maximum size of a request in bytes.
pub const REQUEST_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Maximum number of events of a run in the Lab; a browser tab holds several copies of them.
pub const RUN_EVENTS_MAX: usize = 20_000;
/// Maximum number of task turns of a run in the Lab: some seconds on a slow machine.
pub const RUN_TURNS_MAX: u64 = 3_000_000;

pub(crate) fn limits() -> Bounds {
    Bounds {
        events_max: RUN_EVENTS_MAX,
        turns_max: RUN_TURNS_MAX,
        listens: false,
    }
}

/// Answers an [`ApiRequest`] (JSON) with an [`ApiResponse`] (JSON).
pub fn answer(request: &str) -> String {
    let response = respond(request).unwrap_or_else(ApiResponse::Refused);
    serde_json::to_string(&response).unwrap_or_else(|_| UNWRITABLE.to_owned())
}

const UNWRITABLE: &str =
    r#"{"refused":{"problem":{"run":{"failed":"the response cannot be serialized"}}}}"#;

fn respond(request: &str) -> Result<ApiResponse, ScenarioError> {
    if request.len() > REQUEST_BYTES_MAX {
        return Err(Problem::TooLarge {
            document: Document::Request,
            bytes: request.len(),
            bytes_max: REQUEST_BYTES_MAX,
        }
        .into());
    }
    let request = serde_json::from_str(request).map_err(|error| {
        let error = diagnose::json::<ApiRequest>(request, &error);
        // The position would be in the request, which was not written by hand.
        ScenarioError {
            place: None,
            ..error.within(Context::Request)
        }
    })?;
    Ok(match request {
        ApiRequest::Play(plan) => ApiResponse::Played(Box::new(play::play(&plan)?)),
        ApiRequest::Console(console) => {
            ApiResponse::Typed(Box::new(console::type_input(&console)?))
        }
        ApiRequest::Transcript {
            plan,
            language,
            range,
        } => ApiResponse::Transcript(transcript::transcript(&plan, language, range)?),
        ApiRequest::Pcapng { plan, range } => ApiResponse::Pcapng(pcapng::pcapng(&plan, range)?),
        ApiRequest::Cards {} => ApiResponse::Cards(scenario::cards()?),
        ApiRequest::Card(card) => ApiResponse::Edited(Box::new(play::card(&card)?)),
        ApiRequest::Many(many) => ApiResponse::Counted(many::count(&many)?),
        ApiRequest::Serve(serve) => ApiResponse::Served(Box::new(serve::serve(&serve)?)),
    })
}
