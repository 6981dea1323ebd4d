//! The fingerprints of all scenarios, which show which runs a change of the server or of a scenario
//! affects. `fingerprints.txt` has a line for each scenario: number, version, the fingerprint of
//! the inputs of the run (world, hosts and steps), and that of the run's events, byte for byte.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use journeys::scenarios;
use sim::scenario::{Scenario, run};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

const RENEW: &str = "RENEW_FINGERPRINTS";
const HOW: &str = "RENEW_FINGERPRINTS=1 cargo test -p journeys --test fingerprints";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fingerprints {
    version: u32,
    /// Fingerprint of the world, hosts and steps.
    inputs: u64,
    /// Fingerprint of the events.
    run: u64,
}

#[derive(Debug, PartialEq, Eq)]
enum Change {
    Same,
    /// The scenario is not recorded yet.
    New,
    /// The version is higher than the recorded one, so the run may differ.
    NewVersion,
    /// The scenario and its run changed, but the version did not.
    VersionNotIncreased,
    /// The run changed, but the scenario did not.
    ServerChanged,
    /// The version is lower than the recorded one.
    VersionDecreased,
}

fn compare(recorded: Option<&Fingerprints>, now: &Fingerprints) -> Change {
    match recorded {
        None => Change::New,
        Some(recorded) if now.version < recorded.version => Change::VersionDecreased,
        Some(recorded) if now.version > recorded.version => Change::NewVersion,
        Some(recorded) if now.run == recorded.run => Change::Same,
        Some(recorded) if now.inputs == recorded.inputs => Change::ServerChanged,
        Some(_) => Change::VersionNotIncreased,
    }
}

#[test]
fn reports_what_changed_since_the_recorded_runs() {
    let recorded = Fingerprints {
        version: 2,
        inputs: 10,
        run: 20,
    };
    for (now, expected) in [
        (
            Fingerprints {
                version: 2,
                inputs: 10,
                run: 20,
            },
            Change::Same,
        ),
        // A new key in the file format does not change the run.
        (
            Fingerprints {
                version: 2,
                inputs: 11,
                run: 20,
            },
            Change::Same,
        ),
        (
            Fingerprints {
                version: 2,
                inputs: 10,
                run: 21,
            },
            Change::ServerChanged,
        ),
        (
            Fingerprints {
                version: 2,
                inputs: 11,
                run: 21,
            },
            Change::VersionNotIncreased,
        ),
        (
            Fingerprints {
                version: 3,
                inputs: 11,
                run: 21,
            },
            Change::NewVersion,
        ),
        (
            Fingerprints {
                version: 1,
                inputs: 10,
                run: 20,
            },
            Change::VersionDecreased,
        ),
    ] {
        assert_eq!(compare(Some(&recorded), &now), expected, "{now:?}");
    }
    assert_eq!(compare(None, &recorded), Change::New);
}

fn root(below: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(below)
}

// FNV-1a (64 bits), as for the events.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn measure(scenario: &Scenario) -> Fingerprints {
    let inputs = serde_json::to_vec(&(&scenario.world, &scenario.hosts, &scenario.steps)).unwrap();
    let played = run(scenario, &[]).unwrap_or_else(|e| panic!("{}: {e}", scenario.number));
    Fingerprints {
        version: scenario.version,
        inputs: hash(&inputs),
        run: played.fingerprint,
    }
}

fn all() -> BTreeMap<u32, Fingerprints> {
    scenarios()
        .into_iter()
        .map(|(_, scenario)| (scenario.number, measure(&scenario)))
        .collect()
}

fn parse(text: &str) -> BTreeMap<u32, Fingerprints> {
    let line = |line: &str| {
        let [number, version, inputs, run] = line
            .split_whitespace()
            .collect::<Vec<_>>()
            .try_into()
            .unwrap_or_else(|_| panic!("fingerprints.txt: {line}"));
        let hex = |digits: &str| {
            u64::from_str_radix(digits, 16)
                .unwrap_or_else(|e| panic!("fingerprints.txt: {line}: {e}"))
        };
        (
            number.parse().unwrap(),
            Fingerprints {
                version: version.parse().unwrap(),
                inputs: hex(inputs),
                run: hex(run),
            },
        )
    };
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(line)
        .collect()
}

fn render(all: &BTreeMap<u32, Fingerprints>) -> String {
    let head =
        format!("# Number, version, what determines the run, the run. Renewed by\n#   {HOW}\n");
    all.iter().fold(head, |text, (number, k)| {
        format!(
            "{text}{number:02} {} {:016x} {:016x}\n",
            k.version, k.inputs, k.run
        )
    })
}

#[test]
fn every_scenario_has_its_recorded_fingerprint() {
    let path = root("fingerprints.txt");
    let before = parse(&fs::read_to_string(&path).unwrap_or_default());
    let now = all();
    let (mut wrong, mut other) = (Vec::new(), Vec::new());
    for (number, played) in &now {
        match compare(before.get(number), played) {
            Change::Same => {}
            Change::VersionNotIncreased => wrong.push(format!(
                "{number}: its world, hosts or steps were changed, and it plays something else under version {}: raise `version` in its file",
                played.version
            )),
            Change::VersionDecreased => wrong.push(format!("{number}: version {} is lower than the one that was kept", played.version)),
            Change::ServerChanged => {
                other.push(format!("{number}: the file is what it was, so the server now does something else: look with the example `events` of sim"));
            }
            Change::New => other.push(format!("{number}: is new")),
            Change::NewVersion => other.push(format!("{number}: has version {} now", played.version)),
        }
    }
    other.extend(
        before
            .keys()
            .filter(|number| !now.contains_key(number))
            .map(|number| format!("{number}: is gone")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    if std::env::var_os(RENEW).is_some() {
        fs::write(path, render(&now)).unwrap();
    } else {
        assert!(
            other.is_empty(),
            "{}\n\nWhere this is meant, renew the numbers:\n  {HOW}",
            other.join("\n")
        );
    }
}

#[test]
fn reads_back_the_fingerprints_it_writes() {
    let all = BTreeMap::from([(
        7,
        Fingerprints {
            version: 2,
            inputs: 1,
            run: u64::MAX,
        },
    )]);
    assert_eq!(parse(&render(&all)), all);
}
