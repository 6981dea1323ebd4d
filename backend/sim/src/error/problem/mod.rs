//! What can be wrong, by the part of the program that finds it.

mod request;
mod scenario;
mod syntax;

pub use request::{RequestProblem, RunProblem};
pub use scenario::{
    DialogueProblem, HostProblem, NameProblem, RelayFault, SettingProblem, SettingRule,
    StepProblem, UrlFault, ZoneProblem,
};
pub use syntax::{Found, Syntax, ValueKind, Wanted};

use crate::lab::LabError;
use serde::{Deserialize, Serialize};

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Problem {
    /// The text has more bytes than are read.
    TooLarge {
        /// Which text.
        document: Document,
        /// Its size.
        bytes: usize,
        /// The largest size that is read.
        bytes_max: usize,
    },
    /// The text is not well-formed, or a value has the wrong form.
    Syntax(Syntax),
    /// A domain name or an address.
    Name(NameProblem),
    /// The zone, or an edit of it.
    Zone(ZoneProblem),
    /// A dialogue.
    Dialogue(DialogueProblem),
    /// A host.
    Host(HostProblem),
    /// A step or a fault.
    Step(StepProblem),
    /// A value in a host's settings.
    Setting(SettingProblem),
    /// There are more of a thing than are allowed.
    TooMany {
        /// Which things.
        what: Counted,
        /// How many there are.
        count: usize,
        /// How many are allowed.
        max: usize,
    },
    /// The run was stopped.
    Run(RunProblem),
    /// A host cannot be made or found in the simulated network.
    Lab(LabError),
    /// A request to the engine, or a part of the scenario's texts.
    Request(RequestProblem),
}

/// A text that has a size limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Document {
    /// A scenario's file.
    Scenario,
    /// A learner's edits.
    Edits,
    /// A request to the engine.
    Request,
    /// A line typed in the console.
    Line,
}

/// Things whose number is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counted {
    /// Hosts.
    Hosts,
    /// Steps.
    Steps,
    /// People of all hosts.
    People,
    /// Domains of all hosts.
    Domains,
    /// Recipients of one message.
    Recipients,
    /// Targets of one alias.
    AliasTargets,
    /// Lines of one dialogue.
    DialogueLines,
    /// Bytes of zone text.
    ZoneBytes,
    /// Inputs on one console connection.
    ConsoleTurns,
    /// Connections to a port that a person plays.
    Connections,
}

macro_rules! into_problem {
    ($($type:ident => $variant:ident),* $(,)?) => {
        $(impl From<$type> for Problem {
            fn from(problem: $type) -> Problem {
                Problem::$variant(problem)
            }
        })*
    };
}

into_problem! {
    Syntax => Syntax,
    NameProblem => Name,
    ZoneProblem => Zone,
    DialogueProblem => Dialogue,
    HostProblem => Host,
    StepProblem => Step,
    SettingProblem => Setting,
    RunProblem => Run,
    LabError => Lab,
    RequestProblem => Request,
}

impl From<world::zone::ZoneError> for Problem {
    fn from(error: world::zone::ZoneError) -> Problem {
        Problem::Zone(ZoneProblem::Entry {
            line: error.line,
            problem: error.problem,
        })
    }
}

impl From<crate::executor::Overrun> for Problem {
    fn from(overrun: crate::executor::Overrun) -> Problem {
        Problem::Run(RunProblem::Spinning { at: overrun.at })
    }
}

impl From<crate::executor::Stuck> for Problem {
    fn from(stuck: crate::executor::Stuck) -> Problem {
        match stuck {
            crate::executor::Stuck::Idle(idle) => Problem::Run(RunProblem::Idle { at: idle.at }),
            crate::executor::Stuck::Overrun(overrun) => overrun.into(),
        }
    }
}
