//! What a repair teaches: the exercise's own text or, without one, the cause of the fault and the
//! fix in a line each, made from their steps.

use crate::build::summary::summary;
use crate::state::catalogue::localized;
use frontend::i18n::Language;
use sim::scenario::{Exercise, Step, StepSpec};

/// The text shown once an exercise is solved. `own` are the steps with which the learner solved
/// it; without any, the fix is the exercise's solution.
pub fn repair_lesson(language: Language, exercise: &Exercise, own: &[StepSpec]) -> String {
    if let Some(lesson) = &exercise.lesson {
        return localized(lesson, language).to_owned();
    }
    let title = localized(&exercise.title, language);
    let cause = described(language, &exercise.edits).unwrap_or_else(|| title.to_owned());
    let fix = described(language, own).or_else(|| described(language, &exercise.solution));
    match (language, fix) {
        (Language::Chinese, Some(fix)) => format!("故障：{cause}。修复：{fix}。"),
        (Language::Chinese, None) => format!("故障：{cause}。"),
        (Language::English, Some(fix)) => format!("The fault: {cause}. The fix: {fix}."),
        (Language::English, None) => format!("The fault: {cause}."),
    }
}

// Messages that show the fault, or repeat what failed, are neither cause nor fix where there is
// another step.
fn described(language: Language, steps: &[StepSpec]) -> Option<String> {
    let is_message = |spec: &&StepSpec| matches!(spec.step, Step::Submit { .. });
    let (messages, changes): (Vec<_>, Vec<_>) = steps.iter().partition(is_message);
    let chosen = if changes.is_empty() {
        messages
    } else {
        changes
    };
    let describe = |spec: &StepSpec| summary(language, &serde_json::to_value(spec).ok()?);
    let texts: Vec<String> = chosen.into_iter().filter_map(describe).collect();
    let separator = match language {
        Language::Chinese => "；",
        Language::English => "; ",
    };
    (!texts.is_empty()).then(|| texts.join(separator))
}
