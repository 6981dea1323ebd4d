//! The kinds of errors, by the part of the program that finds them.

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
    /// The text is larger than the limit.
    TooLarge {
        /// Which text.
        document: Document,
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// The text is malformed, or a value has the wrong type.
    Syntax(Syntax),
    /// An invalid domain name or address.
    Name(NameProblem),
    /// An invalid zone, or an invalid edit of it.
    Zone(ZoneProblem),
    /// An invalid dialogue.
    Dialogue(DialogueProblem),
    /// An invalid host.
    Host(HostProblem),
    /// An invalid step or fault.
    Step(StepProblem),
    /// An invalid value in a host's settings.
    Setting(SettingProblem),
    /// There are more items than allowed.
    TooMany {
        /// The kind of items.
        what: Counted,
        /// The number of items.
        count: usize,
        /// The limit.
        max: usize,
    },
    /// The run was stopped.
    Run(RunProblem),
    /// A host cannot be created or found in the simulated network.
    Lab(LabError),
    /// An invalid request, or invalid texts of the scenario.
    Request(RequestProblem),
}

/// A text that has a size limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Document {
    /// A scenario file.
    Scenario,
    /// A learner's edits.
    Edits,
    /// A request to the simulator.
    Request,
    /// A line typed in the console.
    Line,
}

/// Items whose number is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counted {
    /// Hosts.
    Hosts,
    /// Steps.
    Steps,
    /// Users of all hosts.
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
    /// Connections to a server that the user acts as.
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
