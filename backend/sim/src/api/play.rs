//! Plays a scenario for the Lab: the run, and what the page must know besides to show it.

use super::form::{Asked, CardPlayed, HostShown, Plan, Played};
use super::{Fault, limits};
use crate::START;
use crate::scenario::{self, Edits, Run, Scenario};

/// What is played: the scenario of the file, and as it was changed.
pub(super) struct Prepared {
    pub(super) file: Scenario,
    pub(super) edits: Edits,
    pub(super) scenario: Scenario,
}

/// Reads both and puts them together.
pub(super) fn prepare(plan: &Plan) -> Result<Prepared, Fault> {
    let file = scenario::read_any(&plan.scenario)?;
    let edits = plan.edits.clone().unwrap_or_else(|| Edits::of(&file));
    let scenario = scenario::edited(&file, &edits)?;
    Ok(Prepared {
        file,
        edits,
        scenario,
    })
}

/// The learner's edits with a card in them; they are sound.
pub(super) fn card(played: &CardPlayed) -> Result<Edits, Fault> {
    let Prepared {
        file,
        mut edits,
        scenario,
    } = prepare(&played.plan)?;
    let card = scenario::cards()?
        .into_iter()
        .find(|card| card.id == played.card);
    let missing = || {
        Fault::new(
            format!("没有“{}”这张卡。", played.card),
            format!("there is no card {}", played.card),
        )
    };
    edits.steps.extend(
        card.ok_or_else(missing)?
            .played(&scenario, &played.chosen, played.at)?,
    );
    scenario::edited(&file, &edits)?;
    Ok(edits)
}

pub(super) fn play(plan: &Plan) -> Result<Played, Fault> {
    let prepared = prepare(plan)?;
    let run = scenario::run_within(&prepared.scenario, &limits())?;
    shown(prepared, run)
}

pub(super) fn shown(prepared: Prepared, run: Run) -> Result<Played, Fault> {
    let Prepared {
        file,
        edits,
        scenario,
    } = prepared;
    let mut questions: Vec<Asked> = Vec::new();
    for (question, asked) in scenario.questions.iter().enumerate() {
        if let Some((before, right)) = asked.key(&run) {
            questions.push(Asked {
                question,
                before,
                right,
            });
        }
    }
    questions.sort_by_key(|asked| (asked.before, asked.question));
    let missing = edits
        .exercise
        .and_then(|place| file.exercise(place))
        .map(|exercise| exercise.missing(&run));
    let hosts = scenario.hosts.iter().map(|host| HostShown {
        name: host.name.clone(),
        address: host.address.clone(),
        runs: host.runs,
        domains: host.domains.clone(),
        people: host.people.iter().map(|p| p.address.clone()).collect(),
    });
    Ok(Played {
        hosts: hosts.collect(),
        records: scenario::records(&scenario)?,
        events: run.events,
        moments: run.moments,
        began: START,
        ended: run.ended,
        outcome: run.outcome,
        fingerprint: format!("{:016x}", run.fingerprint),
        questions,
        missing,
        messages: run.messages,
        scenario,
    })
}
