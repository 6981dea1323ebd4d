//! Scenarios: hosts, zones, users, steps and faults as data, with texts in both languages,
//! questions for the learner, and the expected outcome. [`read`] parses a file, [`run`] runs it in
//! a virtual world; the same file is a lesson in the Lab and a test.
//!
//! Modules in order of dependence: `spec` is the file format; `validate` checks a file with the
//! help of `dialogue`, `tampering`, `publish` and `settings`; `exercise` writes the fault of an
//! exercise and the chosen tweaks into a scenario; `read` and `edit` produce a valid one; `tweak`
//! toggles tweaks in edits; `run` runs it; `stop` finds where playback stops for a question;
//! `evaluate` compares a run with the scenario's expectations.
//!
//! Failures: a scenario that cannot be parsed or run gives a [`ScenarioError`], which is typed and
//! contains the position.

mod limits;
mod spec;

mod dialogue;
mod publish;
mod settings;
mod tampering;

mod validate;

mod exercise;

mod edit;
mod read;

mod card;
mod records;
mod tracks;
mod tweak;

mod outcome;
mod people;
mod run;
mod script_recorder;

mod stop;

mod evaluate;
mod unmet;

pub use crate::error::ScenarioError;
pub use card::{Card, CardOption, Choose, Chosen, Group, cards};
pub use edit::{EDITS_FORM, Edits, RecordEdit, edited};
pub use exercise::with_exercise;
pub use limits::{
    CLOCK_SECONDS_MAX, DIALOGUE_LINES_MAX, DOMAINS_MAX, EDITS_BYTES_MAX, EVENTS_MAX,
    FILE_BYTES_MAX, HOSTS_MAX, LASTS_MAX, LATENCY_MAX, MANY_COUNTS_MAX, MANY_RUNS_MAX, PEOPLE_MAX,
    RECIPIENTS_MAX, STEPS_MAX, TURNS_MAX, ZONE_BYTES_MAX,
};
pub use outcome::{Mailbox, Outcome};
pub use read::{read, read_any, read_step, to_json};
pub(crate) use records::data as record_data;
pub use records::{RecordShown, records};
pub use run::{Bounds, Run, run, run_within};
pub use spec::{
    AliasSpec, Choice, Count, Exercise, Expectation, Fault, HostSpec, Many, Part, PersonSpec,
    Question, Runs, Scenario, Sections, SigningSpec, Span, Step, StepSpec, Text, Tweak, When,
    WorldSpec, WrongMend,
};
pub use tracks::{Track, read_tracks};
pub use tweak::{base, switch_tweak};
pub use unmet::Unmet;
