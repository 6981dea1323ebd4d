//! A scenario: hosts, zones, people, steps and faults as data, with its texts in both languages, what it asks the learner, and what must come
//! of it. [`read`] reads the file, [`run`] plays it in a virtual world; the same file is a lesson in the Lab and a test beside it.
//!
//! Failures: a file that is not understood is refused with the place and a sentence; a run that would not end is broken off and says so.

mod judge;
mod outcome;
mod people;
mod publish;
mod read;
mod run;
mod settings;
mod spec;
mod told;
mod tracks;

pub use outcome::{Mailbox, Outcome};
pub use read::{ScenarioError, read};
pub use run::{Run, RunError, run};
pub use settings::{AliasSpec, Sections, SigningSpec};
pub use spec::{
    Choice, Exercise, Expectation, Fault, HostSpec, Part, PersonSpec, Question, Runs, Scenario, Span, Step, StepSpec, Text, Tweak, When,
    WorldSpec,
};
pub use tracks::{Track, read_tracks};
