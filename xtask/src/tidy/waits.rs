//! Tests that wait for time to pass, and asserts on the system's clock: both fail on a busy machine
//! or waste time on a fast one. A test awaits an event, or a condition with a deadline in the one
//! helper of its language; a simulated clock is no matter for this check. What takes how long is
//! measured by `cargo xtask bench`.
//!
//! A line is exempt if it, or the line above it, has `tidy-allow: reason`.

use super::Finding;
use super::rust_text::code_only;

const EXEMPT: &str = "tidy-allow:";

/// Where the tests of a language wait, and what is forbidden in its other test files.
struct Language {
    ending: &'static str,
    /// The file with the helpers, which is exempt.
    helpers: &'static str,
    instead: &'static str,
    calls: &'static [&'static str],
}

const LANGUAGES: [Language; 3] = [
    Language {
        ending: ".rs",
        helpers: "backend/world/src/poll.rs",
        instead: "await an event, the test's clock or `world::poll::until`",
        calls: &["thread::sleep(", "tokio::time::sleep(", ".elapsed()"],
    },
    Language {
        ending: ".py",
        helpers: "tests/interop/harness.py",
        instead: "await an event, `harness.Progress` or `harness.wait_for`",
        calls: &[
            "time.sleep(",
            "time.monotonic(",
            "time.perf_counter(",
            "time.time(",
        ],
    },
    Language {
        ending: ".mjs",
        helpers: "tests/browser/demo.mjs",
        instead: "await an event, or `settled`, `waitFor` or `nothingFor` of demo.mjs",
        calls: &["waitForTimeout(", " setTimeout(", "(setTimeout("],
    },
];

/// Clocks of the browser: to be written into a report, not to be asserted on.
const BROWSER_CLOCKS: [&str; 2] = ["Date.now()", "performance.now()"];

/// Not run as tests: measurements, and the programs that made stored test data.
const EXEMPT_PLACES: [&str; 4] = [
    "tests/benches/",
    "tests/oracle/src/",
    "tests/browser/figures.mjs",
    "tests/journeys/tests/data/",
];

/// Checks one text of the project.
pub fn check(path: &str, text: &str) -> Vec<Finding> {
    let Some(language) = LANGUAGES
        .iter()
        .find(|language| path.ends_with(language.ending))
    else {
        return Vec::new();
    };
    let is_exempt = EXEMPT_PLACES.iter().any(|place| path.starts_with(place));
    if is_exempt || path == language.helpers {
        return Vec::new();
    }
    let code = match language.ending {
        ".rs" => code_only(text),
        _ => text.to_owned(),
    };
    let first = match language.ending {
        ".rs" => first_test_line(path, &code),
        _ if path.starts_with("tests/") => Some(0),
        _ => None,
    };
    let Some(first) = first else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let mut exempt_before = false;
    for (number, (line, code)) in text.lines().zip(code.lines()).enumerate() {
        let exempt = line.contains(EXEMPT);
        let skip = exempt || exempt_before || number < first;
        exempt_before = exempt;
        if skip {
            continue;
        }
        let call = language.calls.iter().find(|call| code.contains(*call));
        let clock = BROWSER_CLOCKS.iter().find(|clock| {
            language.ending == ".mjs" && code.contains("assert") && code.contains(*clock)
        });
        if let Some(found) = call.or(clock) {
            findings.push(Finding::Violation(format!(
                "{path}:{}: `{found}` in a test; {}",
                number + 1,
                language.instead
            )));
        }
    }
    findings
}

/// The number of the first line that belongs to a test: all lines of a test file, and what follows
/// `#[cfg(test)] mod … {` in another. `None`: the file has no tests.
fn first_test_line(path: &str, code: &str) -> Option<usize> {
    let is_test_file = path.starts_with("tests/")
        || path.contains("/tests/")
        || path.ends_with("tests.rs")
        || path.ends_with("conformance.rs");
    if is_test_file {
        return Some(0);
    }
    let lines: Vec<&str> = code.lines().map(str::trim).collect();
    lines.windows(2).position(|pair| {
        pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<String> {
        let line = |finding| match finding {
            Finding::Violation(text) | Finding::Advice(text) => {
                text.split(": ").next().unwrap_or_default().to_owned()
            }
        };
        check(path, text).into_iter().map(line).collect()
    }

    #[test]
    fn finds_waits_in_test_files_of_every_language() {
        let rust = "fn f() {\n    std::thread::sleep(x);\n    // thread::sleep(x)\n    begun.elapsed();\n}\n";
        let expected = ["a/tests/b.rs:2", "a/tests/b.rs:4"];
        assert_eq!(lines("a/tests/b.rs", rust), expected);
        assert_eq!(lines("a/src/b.rs", rust), [""; 0]);
        assert_eq!(lines("backend/world/src/poll.rs", rust), [""; 0]);
        assert_eq!(
            lines(
                "tests/interop/a_test.py",
                "time.sleep(1)\nend = time.monotonic()\n"
            ),
            ["tests/interop/a_test.py:1", "tests/interop/a_test.py:2"]
        );
        assert_eq!(
            lines(
                "tests/browser/a.mjs",
                "await page.waitForTimeout(300);\nconst at = Date.now();\nassert.ok(Date.now() < at + 9);\n"
            ),
            ["tests/browser/a.mjs:1", "tests/browser/a.mjs:3"]
        );
    }

    #[test]
    fn finds_waits_in_the_tests_of_a_module_only() {
        let text = "fn f() {\n    thread::sleep(x);\n}\n#[cfg(test)]\nmod tests {\n    thread::sleep(x);\n}\n";
        assert_eq!(lines("a/src/b.rs", text), ["a/src/b.rs:6"]);
    }

    #[test]
    fn a_line_with_a_reason_is_exempt() {
        let text = "// tidy-allow: this is the clock\nthread::sleep(x);\nthread::sleep(y);\n";
        assert_eq!(lines("a/tests/b.rs", text), ["a/tests/b.rs:3"]);
    }
}
