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
struct Kept {
    version: u32,
    /// Fingerprint of the world, hosts and steps.
    cause: u64,
    /// Fingerprint of the events.
    run: u64,
}

#[derive(Debug, PartialEq, Eq)]
enum Found {
    Same,
    /// The scenario is not recorded yet.
    New,
    /// The version is higher than the recorded one, so the run may differ.
    Grown,
    /// The scenario and its run changed, but the version did not.
    VersionForgotten,
    /// The run changed, but the scenario did not.
    ServerChanged,
    /// The version is lower than the recorded one.
    WentBack,
}

fn compared(kept: Option<&Kept>, now: &Kept) -> Found {
    match kept {
        None => Found::New,
        Some(kept) if now.version < kept.version => Found::WentBack,
        Some(kept) if now.version > kept.version => Found::Grown,
        Some(kept) if now.run == kept.run => Found::Same,
        Some(kept) if now.cause == kept.cause => Found::ServerChanged,
        Some(_) => Found::VersionForgotten,
    }
}

#[test]
fn reports_what_changed_since_the_recorded_runs() {
    let kept = Kept {
        version: 2,
        cause: 10,
        run: 20,
    };
    for (now, expected) in [
        (
            Kept {
                version: 2,
                cause: 10,
                run: 20,
            },
            Found::Same,
        ),
        // A new key in the file format does not change the run.
        (
            Kept {
                version: 2,
                cause: 11,
                run: 20,
            },
            Found::Same,
        ),
        (
            Kept {
                version: 2,
                cause: 10,
                run: 21,
            },
            Found::ServerChanged,
        ),
        (
            Kept {
                version: 2,
                cause: 11,
                run: 21,
            },
            Found::VersionForgotten,
        ),
        (
            Kept {
                version: 3,
                cause: 11,
                run: 21,
            },
            Found::Grown,
        ),
        (
            Kept {
                version: 1,
                cause: 10,
                run: 20,
            },
            Found::WentBack,
        ),
    ] {
        assert_eq!(compared(Some(&kept), &now), expected, "{now:?}");
    }
    assert_eq!(compared(None, &kept), Found::New);
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

fn measure(scenario: &Scenario) -> Kept {
    let cause = serde_json::to_vec(&(&scenario.world, &scenario.hosts, &scenario.steps)).unwrap();
    let played = run(scenario, &[]).unwrap_or_else(|e| panic!("{}: {e}", scenario.number));
    Kept {
        version: scenario.version,
        cause: hash(&cause),
        run: played.fingerprint,
    }
}

fn all() -> BTreeMap<u32, Kept> {
    scenarios()
        .into_iter()
        .map(|(_, scenario)| (scenario.number, measure(&scenario)))
        .collect()
}

fn kept(text: &str) -> BTreeMap<u32, Kept> {
    let line = |line: &str| {
        let [number, version, cause, run] = line
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
            Kept {
                version: version.parse().unwrap(),
                cause: hex(cause),
                run: hex(run),
            },
        )
    };
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(line)
        .collect()
}

fn render(all: &BTreeMap<u32, Kept>) -> String {
    let head =
        format!("# Number, version, what determines the run, the run. Renewed by\n#   {HOW}\n");
    all.iter().fold(head, |text, (number, k)| {
        format!(
            "{text}{number:02} {} {:016x} {:016x}\n",
            k.version, k.cause, k.run
        )
    })
}

#[test]
fn every_scenario_has_its_recorded_fingerprint() {
    let path = root("fingerprints.txt");
    let before = kept(&fs::read_to_string(&path).unwrap_or_default());
    let now = all();
    let (mut wrong, mut other) = (Vec::new(), Vec::new());
    for (number, played) in &now {
        match compared(before.get(number), played) {
            Found::Same => {}
            Found::VersionForgotten => wrong.push(format!(
                "{number}: its world, hosts or steps were changed, and it plays something else under version {}: raise `version` in its file",
                played.version
            )),
            Found::WentBack => wrong.push(format!("{number}: version {} is lower than the one that was kept", played.version)),
            Found::ServerChanged => {
                other.push(format!("{number}: the file is what it was, so the server now does something else: look with the example `events` of sim"));
            }
            Found::New => other.push(format!("{number}: is new")),
            Found::Grown => other.push(format!("{number}: has version {} now", played.version)),
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
        Kept {
            version: 2,
            cause: 1,
            run: u64::MAX,
        },
    )]);
    assert_eq!(kept(&render(&all)), all);
}
