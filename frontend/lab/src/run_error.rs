//! Why a scenario could not be loaded or run, and the sentence for it.

use crate::i18n::{self, texts};
use crate::link::engine::EngineError;
use crate::link::server::FetchError;
use crate::state::catalogue::localized;
use frontend::i18n::{Language, Locale};
use sim::scenario::ScenarioError;

/// Why a run failed.
#[derive(Clone, Debug, PartialEq)]
pub enum RunError {
    /// The scenario file could not be fetched.
    File(FetchError),
    /// The simulator did not answer.
    Engine(EngineError),
    /// The simulator rejected the scenario or the edits.
    Refused(ScenarioError),
    /// The simulator's answer belongs to another version.
    VersionMismatch,
}

impl RunError {
    /// The error as a sentence in the current language; tracked.
    pub fn text(&self, t: Locale) -> String {
        let w = texts(t);
        match self {
            RunError::File(_) => w.scenario_failed.to_owned(),
            RunError::Engine(EngineError::NotLoaded) => w.engine_failed.to_owned(),
            RunError::Engine(EngineError::Crashed) => w.engine_died.to_owned(),
            RunError::Engine(EngineError::TimedOut) => w.too_long.to_owned(),
            RunError::VersionMismatch => w.answer_broken.to_owned(),
            RunError::Refused(refused) => refusal_text(t.language(), refused),
        }
    }
}

/// A rejection as a sentence, with its line and column if known.
fn refusal_text(language: Language, refused: &ScenarioError) -> String {
    let text = refused.text();
    let sentence = localized(&text, language);
    let sentence = if sentence.ends_with(['.', '。', '!', '?', '！', '？']) {
        sentence.to_owned()
    } else {
        format!("{sentence}.")
    };
    match (refused.place, language) {
        (Some(place), Language::Chinese) => {
            format!("{}：{sentence}", i18n::place(language, place))
        }
        (Some(place), Language::English) => {
            format!("{}: {sentence}", i18n::place(language, place))
        }
        (None, _) => sentence,
    }
}
