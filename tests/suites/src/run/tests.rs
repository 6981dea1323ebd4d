//! What makes a run of suites fail, on a small suite of numbers.

use super::*;
use std::fs;
use std::path::PathBuf;

const SOURCES: &str = "[[package]]\nname = \"numbers\"\nversion = \"1\"\nsha256 = \"00\"\nsuites = { numbers = \"data\" }\n";

/// A checkout with one suite, `numbers`, whose data is a file for each case.
struct Checkout(PathBuf);

impl Checkout {
    fn new(name: &str, files: &[&str]) -> Self {
        let root = env::temp_dir().join(format!("run-{name}-{}", std::process::id()));
        let home = root.join("checkout/.tools/suites/numbers");
        for file in files {
            fs::create_dir_all(home.join("data")).unwrap();
            fs::write(home.join("data").join(file), file).unwrap();
            fs::write(home.join(".stamp"), "1 00 data").unwrap();
        }
        fs::create_dir_all(root.join("checkout")).unwrap();
        Self(root)
    }

    /// Runs the suite of even numbers as a test program with these arguments does.
    fn pass(&self, in_ci: bool, exceptions: &'static [Exception<i32>], args: &[&str]) -> bool {
        let mut suites = Suites {
            places: Places {
                root: self.0.join("checkout"),
                sources: SOURCES,
            },
            in_ci,
            ..Suites::default()
        };
        let suite = Suite::new("even", "numbers")
            .cases_min(2)
            .cases(|folder| {
                let all = crate::files(folder, &[]).into_iter();
                all.map(|file| (crate::text(&file), crate::text(&file).parse().unwrap()))
                    .collect()
            })
            .except(exceptions)
            .check(|number| Verdict::compare(&(number % 2), &0));
        suites.add(suite);
        // The output of this program would be counted as results of tests.
        let log = self.0.join("log").display().to_string();
        let args = ["even", "--logfile", &log]
            .into_iter()
            .chain(args.iter().copied());
        suites.pass(Arguments::from_iter(args))
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const ODD: [Exception<i32>; 1] = [Exception {
    theme: "odd numbers",
    reason: "they are not even",
    applies: |n| n % 2 == 1,
}];

#[test]
fn a_case_that_differs_fails_unless_it_is_excused() {
    let checkout = Checkout::new("differs", &["2", "3"]);
    assert!(!checkout.pass(false, &[], &[]));
    assert!(checkout.pass(false, &[], &["even::2", "--exact"]));
    assert!(checkout.pass(false, &ODD, &[]));
}

#[test]
fn an_exception_without_a_case_fails_in_a_complete_run_only() {
    let checkout = Checkout::new("dead", &["2", "4"]);
    assert!(!checkout.pass(false, &ODD, &[]));
    assert!(checkout.pass(false, &ODD, &["even::2"]));
}

#[test]
fn fewer_cases_than_there_must_be_fail() {
    assert!(!Checkout::new("few", &["2"]).pass(false, &[], &[]));
}

#[test]
fn data_that_cannot_be_read_fails() {
    assert!(!Checkout::new("unreadable", &["2", "x"]).pass(false, &[], &[]));
}

#[test]
fn a_suite_that_is_not_fetched_fails_in_ci_only() {
    let checkout = Checkout::new("absent", &[]);
    assert!(checkout.pass(false, &[], &[]));
    assert!(!checkout.pass(true, &[], &[]));
}

const EXCEPTIONS: [Exception<i32>; 2] = [
    Exception {
        theme: "negative numbers",
        reason: "they are not defined",
        applies: |n| *n < 0,
    },
    Exception {
        theme: "large numbers",
        reason: "they are not defined either",
        applies: |n| *n > 100,
    },
];

fn reason(completion: Completion) -> Option<String> {
    match completion {
        Completion::Completed => None,
        Completion::Ignored { reason } => reason,
    }
}

fn differs() -> Verdict {
    Verdict::compare(&1, &2)
}

#[test]
fn an_exception_excuses_only_its_theme() {
    let used = [0, 0].map(AtomicUsize::new);
    assert!(conclude(differs(), &7, &EXCEPTIONS, &used).is_err());
    let excused = conclude(differs(), &-7, &EXCEPTIONS, &used).unwrap();
    assert_eq!(
        reason(excused).as_deref(),
        Some("negative numbers: they are not defined")
    );
    assert_eq!(used.map(AtomicUsize::into_inner), [1, 0]);
}

#[test]
fn an_exception_is_not_used_by_a_case_that_agrees() {
    let used = [0, 0].map(AtomicUsize::new);
    let agreed = conclude(Verdict::Agrees, &-7, &EXCEPTIONS, &used).unwrap();
    assert_eq!(reason(agreed), None);
    assert_eq!(used.map(AtomicUsize::into_inner), [0, 0]);
}

#[test]
fn cases_of_one_name_are_numbered() {
    let mut names = HashMap::new();
    let all = ["a", "b", "a", "a"].map(|name| unique(&mut names, name.to_owned()));
    assert_eq!(all, ["a", "b", "a#2", "a#3"]);
}

#[test]
fn a_paused_clock_jumps_to_the_next_timer() {
    block_on_paused(async {
        let begun = tokio::time::Instant::now();
        let hour = std::time::Duration::from_secs(3600);
        tokio::time::sleep_until(begun + hour).await;
        // tidy-allow: this is the paused clock
        assert_eq!(begun.elapsed(), hour);
    });
}
