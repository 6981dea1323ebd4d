//! A scenario: hosts, zones, people, steps and faults as data, with its texts in both languages,
//! what it asks the learner, and what must come of it. [`read`] reads the file, [`run`] plays it in
//! a virtual world; the same file is a lesson in the Lab and a test beside it.
//!
//! Failures: a file that is not understood is refused with the place and a sentence; a run that
//! would not end is broken off and says so.

mod card;
mod edit;
mod fault;
mod json;
mod judge;
mod lack;
mod many;
mod outcome;
mod people;
mod plain;
mod publish;
mod read;
mod records;
mod run;
mod settings;
mod sound;
mod spec;
mod told;
mod tracks;

pub use card::{Card, CardOption, Choose, Chosen, Group, cards};
pub use edit::{EDITS_BYTES_MAX, EDITS_FORM, Edits, RecordEdit, edited};
pub use fault::Fault;
pub(crate) use json::sentence as json_sentence;
pub use json::{read_any, to_json};
pub use lack::Lack;
pub use many::{Count, MANY_COUNTS_MAX, MANY_RUNS_MAX, Many};
pub use outcome::{Mailbox, Outcome};
pub use plain::plain;
pub use read::{FILE_BYTES_MAX, HOSTS_MAX, STEPS_MAX, ScenarioError, read};
pub(crate) use records::data as record_data;
pub use records::{RecordShown, records};
pub use run::{Bounds, EVENTS_MAX, LASTS_MAX, Run, RunError, TURNS_MAX, run, run_within};
pub use settings::{AliasSpec, Sections, SigningSpec};
pub use sound::{
    CLOCK_SECONDS_MAX, DIALOGUE_LINES_MAX, DOMAINS_MAX, LATENCY_MAX, PEOPLE_MAX, RECIPIENTS_MAX,
    ZONE_BYTES_MAX,
};
pub use spec::{
    Choice, Exercise, Expectation, HostSpec, Part, PersonSpec, Question, Runs, Scenario, Span,
    Step, StepSpec, Text, Tweak, When, WorldSpec, WrongMend,
};
pub use tracks::{Track, read_tracks};
