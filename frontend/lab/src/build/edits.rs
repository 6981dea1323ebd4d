//! Operations on a learner's edits: hosts, events, zone, duration; and undo. Never changes the
//! scenario file.

use sim::scenario::{Edits, Fault, HostSpec, Scenario, Span, Step, StepSpec};

/// Where a host or step comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The scenario file, unchanged.
    File,
    /// The scenario file, changed by the learner.
    Changed,
    /// Added by the learner.
    Own,
}

/// The hosts with the edits applied.
pub fn hosts(file: &Scenario, edits: &Edits) -> Vec<(HostSpec, Origin)> {
    let mut all: Vec<(HostSpec, Origin)> = Vec::new();
    for host in file
        .hosts
        .iter()
        .filter(|host| !edits.without_hosts.contains(&host.name))
    {
        match edits.hosts.iter().find(|mine| mine.name == host.name) {
            Some(mine) => all.push((mine.clone(), Origin::Changed)),
            None => all.push((host.clone(), Origin::File)),
        }
    }
    let fresh = edits
        .hosts
        .iter()
        .filter(|mine| all.iter().all(|(host, _)| host.name != mine.name))
        .cloned()
        .collect::<Vec<_>>();
    all.extend(fresh.into_iter().map(|host| (host, Origin::Own)));
    all
}

/// Replaces the host of the same name, or adds the host.
pub fn put_host(file: &Scenario, edits: &mut Edits, host: HostSpec) {
    edits.hosts.retain(|mine| mine.name != host.name);
    edits.without_hosts.retain(|name| *name != host.name);
    if !file.hosts.contains(&host) {
        edits.hosts.push(host);
    }
}

/// Removes a host and every step that names it.
pub fn remove_host(file: &Scenario, edits: &mut Edits, name: &str) {
    edits.hosts.retain(|mine| mine.name != name);
    if file.hosts.iter().any(|host| host.name == name)
        && !edits.without_hosts.iter().any(|gone| gone == name)
    {
        edits.without_hosts.push(name.to_owned());
    }
    edits.steps.retain(|step| !names(&step.step, name));
    for (place, step) in file.steps.iter().enumerate() {
        if names(&step.step, name) && !edits.without_steps.contains(&place) {
            edits.without_steps.push(place);
        }
    }
}

// A step names a host in many fields; in its JSON the name is always a complete string.
fn names(step: &Step, host: &str) -> bool {
    match step {
        Step::Submit { on, to_host, .. } | Step::Type { on, to_host, .. } => {
            on == host || to_host == host
        }
        Step::Fault(Fault::Down(h) | Fault::Up(h) | Fault::Crash(h) | Fault::Restart(h)) => {
            h == host
        }
        Step::Zone { .. } | Step::Fault(Fault::Dns { .. }) => false,
        other => {
            serde_json::to_string(other).is_ok_and(|json| json.contains(&format!("\"{host}\"")))
        }
    }
}

/// One row in the list of steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The step.
    pub step: StepSpec,
    /// Whether the step is in the file or added by the learner.
    pub from: Origin,
    /// Its index in the list it comes from, counted from 0.
    pub place: usize,
    /// The step is disabled.
    pub off: bool,
}

/// All steps, sorted by time.
pub fn steps(file: &Scenario, edits: &Edits) -> Vec<Row> {
    let ours = file.steps.iter().enumerate();
    let ours = ours.map(|(place, step)| Row {
        step: step.clone(),
        from: Origin::File,
        place,
        off: edits.without_steps.contains(&place),
    });
    let mine = edits.steps.iter().enumerate().map(|(place, step)| Row {
        step: step.clone(),
        from: Origin::Own,
        place,
        off: false,
    });
    let mut all: Vec<Row> = ours.chain(mine).collect();
    all.sort_by_key(|row| row.step.at);
    all
}

/// Replaces a step. A step of the file is disabled, and the new one is added.
pub fn put_step(edits: &mut Edits, from: Origin, place: usize, step: StepSpec) {
    match from {
        Origin::Own => {
            if let Some(mine) = edits.steps.get_mut(place) {
                *mine = step;
            }
        }
        Origin::File | Origin::Changed => {
            switch_step(edits, place, false);
            edits.steps.push(step);
        }
    }
}

/// Enables or disables a step of the file.
pub fn switch_step(edits: &mut Edits, place: usize, on: bool) {
    edits.without_steps.retain(|gone| *gone != place);
    if !on {
        edits.without_steps.push(place);
        edits.without_steps.sort_unstable();
    }
}

/// Removes a step that the learner added.
pub fn remove_step(edits: &mut Edits, place: usize) {
    if place < edits.steps.len() {
        edits.steps.remove(place);
    }
}

/// The text of the zone with the edits applied.
pub fn zone<'a>(file: &'a Scenario, edits: &'a Edits) -> &'a str {
    edits.zone.as_deref().unwrap_or(&file.world.zone)
}

/// Replaces the text of the zone.
pub fn put_zone(file: &Scenario, edits: &mut Edits, text: &str) {
    edits.zone = (text != file.world.zone).then(|| text.to_owned());
}

/// Extends the run to at least this time.
pub fn last_until(file: &Scenario, edits: &mut Edits, until: Span) {
    let now = edits.lasts.unwrap_or(file.world.lasts);
    if until > now {
        edits.lasts = Some(until);
    }
}

/// Number of changes that can be undone.
pub const UNDO_MAX: usize = 100;

/// The undo history.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Undo {
    past: Vec<Edits>,
    future: Vec<Edits>,
}

impl Undo {
    /// Records a change; `before` is the state before it.
    pub fn changed(&mut self, before: Edits) {
        if self.past.last() == Some(&before) {
            return;
        }
        if self.past.len() >= UNDO_MAX {
            self.past.remove(0);
        }
        self.past.push(before);
        self.future.clear();
    }

    /// The state before the last change, if any; `now` becomes the state to redo.
    pub fn undo(&mut self, now: Edits) -> Option<Edits> {
        let before = self.past.pop()?;
        self.future.push(now);
        Some(before)
    }

    /// The state before the last undo, if any; `now` becomes the state to undo to.
    pub fn redo(&mut self, now: Edits) -> Option<Edits> {
        let after = self.future.pop()?;
        self.past.push(now);
        Some(after)
    }

    /// Whether there is a change to undo, and one to redo.
    pub fn can(&self) -> (bool, bool) {
        (!self.past.is_empty(), !self.future.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::scenario::{edited, read};

    fn file() -> Scenario {
        read(include_str!(
            "../../../../static/scenarios/01-first-message.toml"
        ))
        .unwrap()
    }

    fn names_of(file: &Scenario, edits: &Edits) -> Vec<String> {
        hosts(file, edits)
            .into_iter()
            .map(|(host, from)| format!("{} {from:?}", host.name))
            .collect()
    }

    #[test]
    fn a_host_can_be_changed_added_removed_and_restored() {
        let (file, mut edits) = (file(), Edits::of(&file()));
        let mut changed = file.hosts[1].clone();
        changed.domains.push("c.test".into());
        put_host(&file, &mut edits, changed);
        let mine = HostSpec {
            name: "mail.c.test".into(),
            address: "203.0.113.9".into(),
            ..file.hosts[2].clone()
        };
        put_host(&file, &mut edits, mine);
        let expected = [
            "laptop.a.test File",
            "mail.a.test Changed",
            "mail.b.test File",
            "phone.b.test File",
            "mail.c.test Own",
        ];
        assert_eq!(names_of(&file, &edits), expected);
        assert_eq!(edited(&file, &edits).map(|all| all.hosts.len()), Ok(5));
        put_host(&file, &mut edits, file.hosts[1].clone());
        assert_eq!(edits.hosts.len(), 1, "as in the file is no edit");
        remove_host(&file, &mut edits, "mail.c.test");
        assert!(edits.is_empty());
    }

    #[test]
    fn removing_a_host_disables_its_steps() {
        let (file, mut edits) = (file(), Edits::of(&file()));
        remove_host(&file, &mut edits, "phone.b.test");
        assert_eq!(edits.without_steps, [1]);
        assert_eq!(
            edited(&file, &edits).map(|all| (all.hosts.len(), all.steps.len())),
            Ok((3, 1))
        );
        put_host(&file, &mut edits, file.hosts[3].clone());
        switch_step(&mut edits, 1, true);
        assert!(edits.is_empty());
    }

    #[test]
    fn replacing_a_step_disables_it_and_adds_another() {
        let (file, mut edits) = (file(), Edits::of(&file()));
        let late = StepSpec {
            at: serde_json::from_str("\"6m\"").unwrap(),
            ..file.steps[0].clone()
        };
        put_step(&mut edits, Origin::File, 0, late.clone());
        let rows = steps(&file, &edits);
        assert_eq!(
            rows.iter()
                .map(|row| (row.from, row.off))
                .collect::<Vec<_>>(),
            [
                (Origin::File, true),
                (Origin::File, false),
                (Origin::Own, false)
            ]
        );
        put_step(&mut edits, Origin::Own, 0, file.steps[0].clone());
        assert_eq!(edits.steps, [file.steps[0].clone()]);
        remove_step(&mut edits, 0);
        remove_step(&mut edits, 5);
        switch_step(&mut edits, 0, true);
        assert!(edits.is_empty());
    }

    #[test]
    fn an_unchanged_zone_is_no_edit_and_a_run_is_only_extended() {
        let (file, mut edits) = (file(), Edits::of(&file()));
        put_zone(&file, &mut edits, "c.test. MX 0 .");
        assert_eq!(zone(&file, &edits), "c.test. MX 0 .");
        put_zone(&file, &mut edits, &file.world.zone);
        let span = |text: &str| serde_json::from_str::<Span>(&format!("\"{text}\"")).unwrap();
        last_until(&file, &mut edits, span("5m"));
        assert!(edits.is_empty());
        last_until(&file, &mut edits, span("1h"));
        assert_eq!(edits.lasts, Some(span("1h")));
    }

    #[test]
    fn changes_are_undone_and_redone() {
        let plain = Edits::of(&file());
        let of = |seed| Edits {
            seed: Some(seed),
            ..plain.clone()
        };
        let mut undo = Undo::default();
        undo.changed(plain.clone());
        undo.changed(of(1));
        assert_eq!(undo.undo(of(2)), Some(of(1)));
        assert_eq!(undo.undo(of(1)), Some(plain.clone()));
        assert_eq!(undo.undo(plain.clone()), None);
        assert_eq!(undo.redo(plain.clone()), Some(of(1)));
        undo.changed(of(1));
        assert_eq!(
            undo.can(),
            (true, false),
            "a new change forgets what was taken back"
        );
        for seed in 0..=UNDO_MAX as u64 {
            undo.changed(of(100 + seed));
        }
        let back = std::iter::from_fn(|| undo.undo(plain.clone())).count();
        assert_eq!(back, UNDO_MAX);
    }
}
