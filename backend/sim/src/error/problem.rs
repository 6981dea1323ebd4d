//! What can be wrong, by the part of the program that finds it.

use crate::lab::LabError;
use crate::text::{Span, Text};
use mail::{AddressError, DomainError, Time};
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

/// What is wrong with the form of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Syntax {
    /// Not TOML; the text at the place.
    Toml(String),
    /// Not JSON.
    Json,
    /// The JSON text ends before it is complete.
    Truncated,
    /// Values are nested too deeply.
    TooDeep,
    /// A key occurs twice.
    DuplicateKey(String),
    /// A required key is missing.
    MissingKey(String),
    /// A key that has no meaning here.
    UnknownKey {
        /// The key.
        key: String,
        /// The keys that are known here.
        known: Vec<String>,
    },
    /// A keyword that has no meaning here.
    UnknownKeyword {
        /// The keyword.
        keyword: String,
        /// The keywords that are known here.
        known: Vec<String>,
    },
    /// A value of another type than is wanted.
    WrongType {
        /// The value.
        found: Found,
        /// The type; `None` where it is not known.
        wanted: Option<Wanted>,
    },
    /// A value of the right type that is not allowed.
    InvalidValue(Found),
    /// A list with a wrong number of values.
    WrongLength(usize),
    /// A text that is not a duration such as `90s`.
    NotADuration(String),
    /// A text that a type of a lower layer does not accept; its own English reason.
    Rejected(String),
}

/// A value that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Its type.
    pub kind: ValueKind,
    /// As it is written; empty for lists and tables.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
}

/// The type of a value in TOML or JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueKind {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Float,
    /// A string.
    Text,
    /// A date or time (TOML only).
    Date,
    /// An array.
    List,
    /// A table or an object.
    Table,
}

/// The type that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wanted {
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A whole number that is not negative.
    Unsigned,
    /// Any number.
    Number,
    /// A string.
    Text,
    /// An array.
    List,
    /// A table or an object.
    Table,
    /// A keyword, or a table with one key.
    Keyword,
}

/// What is wrong with a domain name or an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameProblem {
    /// A domain name has an empty label.
    EmptyLabel(String),
    /// A domain name or a label of it is too long.
    TooLong(String),
    /// A domain name has a character that is not allowed.
    BadCharacter(String),
    /// A domain outside of `.test` and `.example`.
    NotALabDomain(String),
    /// Not a mail address.
    NotAnAddress(String),
    /// Not a port number.
    NotAPort(String),
    /// No mailbox of the host has the address.
    NoSuchMailbox(String),
    /// Not an alias's name.
    NotAnAlias(String),
}

impl NameProblem {
    /// From the parser of domain names.
    pub(crate) fn domain(name: &str, error: DomainError) -> NameProblem {
        let name = name.to_owned();
        match error {
            DomainError::Empty => NameProblem::EmptyLabel(name),
            DomainError::TooLong => NameProblem::TooLong(name),
            DomainError::BadCharacter => NameProblem::BadCharacter(name),
        }
    }

    /// From the parser of mail addresses.
    pub(crate) fn address(address: &str, error: AddressError) -> NameProblem {
        match error {
            AddressError::Domain(error) => NameProblem::domain(address, error),
            _ => NameProblem::NotAnAddress(address.to_owned()),
        }
    }
}

/// What is wrong with a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ZoneProblem {
    /// An entry of the zone file cannot be read.
    Entry {
        /// The line, from 1.
        line: usize,
        /// Why.
        problem: world::zone::EntryError,
    },
    /// `{dkim:…}` without `selector@domain`.
    NoSelector(String),
    /// A placeholder that stands for no record.
    NoRecord(String),
    /// A removal without a name and a record type.
    NoNameAndType(String),
    /// A removal of an unknown record type.
    UnknownType(String),
}

/// What is wrong with a dialogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DialogueProblem {
    /// `/` with an unknown command.
    UnknownCommand(String),
    /// A line that begins with none of the marks.
    NoMark(String),
    /// A backslash before a character that cannot be escaped.
    UnknownEscape {
        /// The line.
        line: String,
        /// The character; `None` at the end of the line.
        escape: Option<char>,
    },
}

/// What is wrong with a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostProblem {
    /// Two hosts have the same name.
    DuplicateName(String),
    /// Another host has the address.
    DuplicateAddress(String),
    /// There is no such host.
    Unknown(String),
    /// A host to be removed does not exist.
    RemovedUnknown(String),
    /// The edits change one host twice.
    EditedTwice,
    /// The host runs nothing but has a script.
    UnusedScript,
    /// The host runs a script but has none.
    NoScript,
}

/// What is wrong with a step, a fault or the length of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepProblem {
    /// The scenario lasts too long.
    TooLong {
        /// The limit in days.
        days_max: u64,
    },
    /// A step is later than the end of the run.
    AfterEnd {
        /// How long the run lasts.
        lasts: Span,
    },
    /// The latency of a link, or the usual latency, is too high.
    Latency {
        /// The limit in seconds.
        seconds_max: u64,
    },
    /// A clock is too far off.
    Clock {
        /// The limit in seconds.
        seconds_max: i64,
    },
    /// An SMTP command whose reply cannot be replaced.
    UnknownCommand {
        /// The command.
        command: String,
        /// The commands whose replies can be replaced.
        known: Vec<String>,
    },
    /// A reply that does not reject.
    NotARejection(String),
    /// No text to be replaced.
    NothingToReplace,
    /// Not a DNS failure.
    UnknownDnsFailure(String),
    /// Not a kind of certificate.
    UnknownCertificate(String),
    /// A step to be removed does not exist.
    RemovedUnknown {
        /// Its number, from 1.
        number: usize,
        /// How many steps there are.
        count: usize,
    },
}

/// A setting whose value cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingProblem {
    /// The key with its sections.
    pub key: String,
    /// The rule that the value breaks.
    pub rule: SettingRule,
}

/// A rule for a setting's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SettingRule {
    /// At least this number.
    AtLeast(u64),
    /// From one number to another.
    Between(u64, u64),
    /// At least this long.
    AtLeastDuration(Span),
    /// Not greater than another key.
    NotGreaterThan(String),
    /// Shorter than another key.
    ShorterThan(String),
    /// Only together with another key.
    Requires(String),
    /// Another rule, in the English words of the settings' own check.
    Other(String),
}

/// Why a run was stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunProblem {
    /// More events than are allowed; most likely a loop.
    TooManyEvents {
        /// The limit.
        max: usize,
        /// The virtual time.
        at: Time,
    },
    /// More task turns than are allowed.
    TooManyTurns {
        /// The limit.
        max: u64,
        /// The virtual time.
        at: Time,
    },
    /// Tasks keep running while the virtual time stands still.
    Spinning {
        /// The virtual time.
        at: Time,
    },
    /// Something that must happen at once never happened.
    Idle {
        /// The virtual time.
        at: Time,
    },
    /// The store, the network or another part failed; its own English reason.
    Failed(String),
}

/// What is wrong with a request, or with texts that belong to the scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestProblem {
    /// Edits of another form.
    EditsForm {
        /// The form of the edits.
        form: u32,
        /// The form that is known.
        known: u32,
    },
    /// Edits of another scenario.
    OtherScenario {
        /// The scenario of the edits.
        edits: u32,
        /// The scenario.
        scenario: u32,
    },
    /// Edits of another version of the scenario.
    OtherVersion {
        /// The scenario.
        scenario: u32,
        /// The version of the edits.
        edits: u32,
        /// The version of the scenario.
        version: u32,
    },
    /// There is no such exercise.
    NoExercise {
        /// Its number, from 1.
        number: usize,
        /// How many there are.
        count: usize,
    },
    /// There is no such tweak.
    NoTweak {
        /// Its number, from 1.
        number: usize,
        /// How many there are.
        count: usize,
    },
    /// A tweak is chosen twice.
    TweakTwice(Text),
    /// An exercise without a hint or a solution.
    ExerciseIncomplete(Text),
    /// A question with fewer than two choices.
    NoChoice(Text),
    /// `many.runs` is out of range.
    ManyRuns {
        /// The number of runs.
        runs: usize,
        /// The limit.
        max: usize,
    },
    /// `many.count` has no entries or too many.
    ManyCounts {
        /// The number of entries.
        counts: usize,
        /// The limit.
        max: usize,
    },
    /// The scenario has no `[many]`.
    NothingToCount,
    /// More runs are asked for than are allowed.
    CountedRuns {
        /// The number of the first run, from 1.
        first: usize,
        /// The number of runs.
        runs: usize,
        /// The limit.
        max: usize,
    },
    /// There is no such fault card.
    NoCard(String),
    /// A choice of a card was not made.
    NotChosen,
    /// A choice is not a port.
    NotAPort(String),
    /// A choice is not a whole number.
    NotANumber(String),
    /// A choice is out of range.
    OutOfRange(String),
    /// A choice is not one of the options.
    NotOffered(String),
    /// Two tracks have the same id.
    DuplicateTrack(String),
    /// A track without scenarios.
    EmptyTrack(String),
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
