//! Runs a scenario for the Lab, and adds what a page needs to show the run.

use super::form::{CardRequest, Downtime, HostShown, Plan, PlayedRun, QuestionStop};
use super::limits;
use crate::START;
use crate::error::RequestProblem;
use crate::scenario::{self, Edits, Fault, Run, Scenario, ScenarioError, Step};

/// A scenario as in its file, the edits, and the scenario with the edits applied.
pub(super) struct Prepared {
    pub(super) file: Scenario,
    pub(super) edits: Edits,
    pub(super) scenario: Scenario,
}

/// Parses a plan and applies its edits.
pub(super) fn prepare(plan: &Plan) -> Result<Prepared, ScenarioError> {
    let file = scenario::read_any(&plan.scenario)?;
    let edits = plan.edits.clone().unwrap_or_else(|| Edits::of(&file));
    let scenario = scenario::edited(&file, &edits)?;
    Ok(Prepared {
        file,
        edits,
        scenario,
    })
}

/// The learner's edits with a card's steps added, validated.
pub(super) fn card(played: &CardRequest) -> Result<Edits, ScenarioError> {
    let Prepared {
        file,
        mut edits,
        scenario,
    } = prepare(&played.plan)?;
    let card = scenario::cards()?
        .into_iter()
        .find(|card| card.id == played.card);
    let card = card.ok_or_else(|| RequestProblem::NoCard(played.card.clone()))?;
    let steps = card.played(&scenario, &played.chosen, played.at)?;
    edits.steps.extend(steps);
    scenario::edited(&file, &edits)?;
    Ok(edits)
}

pub(super) fn play(plan: &Plan) -> Result<PlayedRun, ScenarioError> {
    let prepared = prepare(plan)?;
    let run = scenario::run_within(&prepared.scenario, &limits())?;
    assemble(prepared, run)
}

pub(super) fn assemble(prepared: Prepared, run: Run) -> Result<PlayedRun, ScenarioError> {
    let Prepared {
        file,
        edits,
        scenario,
    } = prepared;
    let mut questions: Vec<QuestionStop> = Vec::new();
    for (question, asked) in scenario.questions.iter().enumerate() {
        if let Some((before, right)) = asked.answer_key(&run) {
            questions.push(QuestionStop {
                question,
                before,
                right,
            });
        }
    }
    questions.sort_by_key(|asked| (asked.before, asked.question));
    let unmet = edits
        .exercise
        .and_then(|place| file.exercise(place))
        .map(|exercise| exercise.unmet(&run));
    let hosts = scenario.hosts.iter().map(|host| HostShown {
        name: host.name.clone(),
        address: host.address.clone(),
        runs: host.runs,
        domains: host.domains.clone(),
        people: host.people.iter().map(|p| p.address.clone()).collect(),
        down: downtimes(&scenario, &host.name),
    });
    Ok(PlayedRun {
        hosts: hosts.collect(),
        records: scenario::records(&scenario)?,
        events: run.events,
        moments: run.moments,
        began: START,
        ended: run.ended,
        outcome: run.outcome,
        fingerprint: format!("{:016x}", run.fingerprint),
        questions,
        missing: unmet,
        messages: run.messages,
        scenario,
    })
}

// The periods during which a host is off the network, from the steps of the scenario.
fn downtimes(scenario: &Scenario, host: &str) -> Vec<Downtime> {
    let mut steps: Vec<_> = scenario.steps.iter().collect();
    steps.sort_by_key(|step| step.at);
    let mut downtimes: Vec<Downtime> = Vec::new();
    for step in steps {
        let at = START + step.at.0;
        let Step::Fault(fault) = &step.step else {
            continue;
        };
        let open = downtimes.last_mut().filter(|last| last.until.is_none());
        match (fault, open) {
            (Fault::Down(name) | Fault::Crash(name), None) if name == host => {
                downtimes.push(Downtime {
                    from: at,
                    until: None,
                });
            }
            (Fault::Up(name) | Fault::Restart(name), Some(open)) if name == host => {
                open.until = Some(at);
            }
            _ => {}
        }
    }
    downtimes
}
