//! Runs suites as a test program with the command line of Rust's own test programs.
//!
//! # Failures
//! The program ends with exit code 101 if a case fails, if data cannot be read, if a suite has
//! fewer cases than it says, if with `CI=true` a suite that a registry serves is not fetched, or if
//! in a complete run an exception excused no case.

use std::collections::HashMap;
use std::env;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::data::{Data, Missing, Origin, Places};
use crate::suite::{Exception, Suite, Verdict};

/// The suites of a test program.
#[derive(Default)]
pub struct Suites {
    trials: Vec<Trial>,
    /// One line for each suite that has its data.
    found: Vec<String>,
    excused: Vec<Excused>,
    ignored: Ignored,
    places: Places,
    in_ci: bool,
}

/// Names of ignored cases with their reasons.
type Ignored = Arc<Mutex<Vec<(String, String)>>>;

/// How often an exception excused a case.
struct Excused {
    name: String,
    count: Arc<Vec<AtomicUsize>>,
    index: usize,
}

/// Runs the suites that `list` adds, as the command line asks.
pub fn run(list: impl FnOnce(&mut Suites)) -> ExitCode {
    let mut suites = Suites {
        in_ci: env::var("CI").is_ok_and(|value| value == "true"),
        ..Suites::default()
    };
    list(&mut suites);
    if suites.pass(Arguments::from_args()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(101)
    }
}

#[expect(clippy::print_stdout, reason = "the output of a test program")]
fn print_lines(lines: &[String]) {
    for line in lines {
        println!("{line}");
    }
}

impl Suites {
    /// Runs the cases that the arguments choose; true if none failed.
    fn pass(self, mut args: Arguments) -> bool {
        let all = args.filter.is_none() && args.skip.is_empty() && !args.ignored && !args.list;
        // Thousands of lines `… ok` would hide the others.
        let short = all && args.format.is_none();
        args.quiet |= short;
        if short {
            print_lines(&self.found);
        }
        let conclusion = libtest_mimic::run(&args, self.trials);
        if short {
            let mut ignored = self.ignored.lock().unwrap_or_else(PoisonError::into_inner);
            ignored.sort();
            let lines = ignored
                .iter()
                .map(|(name, reason)| format!("test {name} ... ignored, {reason}"));
            print_lines(&lines.collect::<Vec<_>>());
        }
        let mut failed = conclusion.has_failed();
        if all && !self.excused.is_empty() {
            let used = self.excused.into_iter().map(used_exception);
            failed |= libtest_mimic::run(&args, used.collect()).has_failed();
        }
        !failed
    }

    /// Adds a suite. Its cases are read now and checked when the test program runs them.
    pub fn add<C: Send + Sync + 'static>(&mut self, suite: Suite<C>) {
        let name = suite.name;
        let data = match self.places.find(suite.data) {
            Ok(data) => data,
            Err(missing) => return self.add_missing(name, &missing),
        };
        let Ok(cases) = catch_unwind(AssertUnwindSafe(|| (suite.read)(&data.folder))) else {
            let why = format!("{} cannot be read", data.folder.display());
            return self.add_failure(format!("{name}::data"), why);
        };
        self.found.push(found_line(name, &data, cases.len()));
        // A corpus that stands in for the whole suite has a part of it.
        let stands_in = data.origin == Origin::Corpus && data.package.is_some();
        if let (true, true, Some(package)) = (stands_in, self.in_ci, &data.package) {
            let missing = Missing::NotFetched {
                package: package.clone(),
            };
            self.add_missing(name, &missing);
        }
        if !stands_in && cases.len() < suite.cases_min {
            let why = format!(
                "{} cases in {}, not the {} or more that are known",
                cases.len(),
                data.folder.display(),
                suite.cases_min
            );
            self.add_failure(format!("{name}::data"), why);
        }
        let used: Vec<_> = suite.exceptions.iter().map(|_| 0.into()).collect();
        let used = Arc::new(used);
        // Part of a suite need not have cases of every theme.
        if !stands_in {
            let themes = suite.exceptions.iter().enumerate();
            self.excused
                .extend(themes.map(|(index, exception)| Excused {
                    name: format!("{name}::exception::{}", exception.theme),
                    count: used.clone(),
                    index,
                }));
        }
        let mut names: HashMap<String, usize> = HashMap::new();
        for (case_name, case) in cases {
            let full = unique(&mut names, format!("{name}::{case_name}"));
            let (check, used, ignored) = (suite.check.clone(), used.clone(), self.ignored.clone());
            self.trials
                .push(Trial::ignorable_test(full.clone(), move || {
                    let verdict = check(&case);
                    conclude(verdict, &case, suite.exceptions, &used).inspect(|completion| {
                        if let Completion::Ignored { reason: Some(why) } = completion {
                            note(&ignored, full, why.clone());
                        }
                    })
                }));
        }
    }

    fn add_missing(&mut self, name: &str, missing: &Missing) {
        let full = format!("{name}::data");
        let why = missing.to_string();
        if self.in_ci && matches!(missing, Missing::NotFetched { .. }) {
            return self.add_failure(full, why);
        }
        let ignored = self.ignored.clone();
        self.trials
            .push(Trial::ignorable_test(full.clone(), move || {
                note(&ignored, full, why.clone());
                Ok(Completion::ignored_with(why))
            }));
    }

    fn add_failure(&mut self, name: String, why: String) {
        self.trials.push(Trial::test(name, move || Err(why.into())));
    }
}

fn note(ignored: &Ignored, name: String, why: String) {
    let mut all = ignored.lock().unwrap_or_else(PoisonError::into_inner);
    all.push((name, why));
}

fn found_line(name: &str, data: &Data, cases: usize) -> String {
    let origin = match data.origin {
        Origin::Fetched => "fetched",
        Origin::Corpus if data.package.is_some() => "part of it in the corpus; not fetched",
        Origin::Corpus => "corpus",
    };
    format!("suite {name}: {cases} cases ({origin})")
}

/// The name, with a number if a case before has the same.
fn unique(names: &mut HashMap<String, usize>, name: String) -> String {
    let count = names.entry(name.clone()).or_default();
    *count += 1;
    match *count {
        1 => name,
        n => format!("{name}#{n}"),
    }
}

fn conclude<C>(
    verdict: Verdict,
    case: &C,
    exceptions: &[Exception<C>],
    used: &[AtomicUsize],
) -> Result<Completion, Failed> {
    match verdict {
        Verdict::Agrees => Ok(Completion::Completed),
        Verdict::Skipped(why) => Ok(Completion::ignored_with(why)),
        Verdict::Differs(how) => {
            let excuse = exceptions.iter().position(|e| (e.applies)(case));
            let Some(index) = excuse else {
                return Err(how.into());
            };
            used[index].fetch_add(1, Ordering::Relaxed);
            let Exception { theme, reason, .. } = &exceptions[index];
            Ok(Completion::ignored_with(format!("{theme}: {reason}")))
        }
    }
}

fn used_exception(excused: Excused) -> Trial {
    Trial::test(excused.name, move || {
        if excused.count[excused.index].load(Ordering::Relaxed) == 0 {
            return Err("no case needed this exception; remove it".into());
        }
        Ok(())
    })
}

/// Runs a future to its end, with the timers of tokio.
pub fn block_on<F: Future>(future: F) -> F::Output {
    runtime(false).block_on(future)
}

/// Runs a future to its end on a clock that jumps to the next timer whenever nothing else can run.
pub fn block_on_paused<F: Future>(future: F) -> F::Output {
    runtime(true).block_on(future)
}

fn runtime(paused: bool) -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(paused)
        .build()
        .unwrap_or_else(|e| panic!("no runtime: {e}"))
}

#[cfg(test)]
mod tests;
