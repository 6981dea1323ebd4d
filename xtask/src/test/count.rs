//! Counts passed, failed and skipped tests in the output of test programs, and reads the names of
//! the skipped ones with their reasons.

/// Numbers of passed, failed and skipped tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub passed: u32,
    pub failed: u32,
    pub skipped: u32,
}

impl Count {
    /// One passed check.
    pub const ONE: Self = Self {
        passed: 1,
        failed: 0,
        skipped: 0,
    };

    /// One failed check.
    pub const FAILED: Self = Self {
        passed: 0,
        failed: 1,
        skipped: 0,
    };

    /// One skipped check.
    pub const SKIPPED: Self = Self {
        passed: 0,
        failed: 0,
        skipped: 1,
    };

    /// Adds another count.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// A test that did not run, or a case that is not demanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    pub name: String,
    /// Empty if the test program prints none.
    pub reason: String,
}

/// What one line of output contains.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub count: Count,
    pub skip: Option<Skip>,
}

impl Seen {
    fn count(count: Count) -> Option<Self> {
        Some(Self { count, skip: None })
    }

    fn skip(name: &str, reason: &str) -> Option<Self> {
        let skip = Skip {
            name: name.trim().to_owned(),
            reason: reason.trim().to_owned(),
        };
        Some(Self {
            count: Count::default(),
            skip: Some(skip),
        })
    }
}

/// `test result: ok. 12 passed; 0 failed; 1 ignored; …` and `test name ... ignored, reason`.
pub fn cargo_line(line: &str) -> Option<Seen> {
    let line = line.trim();
    if let Some(rest) = line.strip_prefix("test result: ") {
        let (_, counts) = rest.split_once(". ")?;
        return Seen::count(Count {
            passed: before(counts, " passed")?,
            failed: before(counts, " failed")?,
            skipped: before(counts, " ignored")?,
        });
    }
    let (name, reason) = line
        .strip_prefix("test ")?
        .split_once(" ... ignored")
        .filter(|(_, rest)| rest.is_empty() || rest.starts_with([',', ' ']))?;
    let reason = reason.trim_start_matches(',').trim();
    let inner = reason.strip_prefix('(').and_then(|r| r.strip_suffix(')'));
    Seen::skip(name, inner.unwrap_or(reason))
}

/// Verbose unittest prints one line per test: `name (module.Class.name) ... ok`. Of a test with a
/// description, the line begins with that; of a class that is skipped, with the result.
pub fn python_line(line: &str) -> Option<Seen> {
    let line = line.trim();
    if line.ends_with(" ... ok") || line == "ok" {
        return Seen::count(Count::ONE);
    }
    if ["FAIL: ", "ERROR: "].iter().any(|s| line.starts_with(s)) {
        return Seen::count(Count::FAILED);
    }
    let (name, reason) = if let Some(name) = line.strip_suffix(" ... expected failure") {
        (name, "expected failure")
    } else {
        let (head, quoted) = [" ... skipped ", "skipped "].iter().find_map(|mark| {
            line.split_once(mark).filter(|(head, rest)| {
                (mark.starts_with(' ') || head.is_empty()) && is_quoted(rest)
            })
        })?;
        (head, &quoted[1..quoted.len() - 1])
    };
    let name = if name.is_empty() { "a class" } else { name };
    let mut seen = Seen::skip(name, reason)?;
    seen.count = Count::SKIPPED;
    Some(seen)
}

fn is_quoted(text: &str) -> bool {
    text.len() >= 2
        && ['\'', '"']
            .iter()
            .any(|quote| text.starts_with(*quote) && text.ends_with(*quote))
}

/// `ℹ pass 3`, `ℹ fail 1`, `ℹ skipped 1` and `ℹ todo 1`; of a test that did not run or that is to
/// be done, `﹣ name (0.1ms) # reason`.
pub fn node_line(line: &str) -> Option<Seen> {
    let words: Vec<&str> = line.split_whitespace().collect();
    if let ["ℹ" | "#", what, count] = words.as_slice() {
        let count = count.parse().ok()?;
        let mut seen = Count::default();
        match *what {
            "pass" => seen.passed = count,
            "fail" => seen.failed = count,
            "skipped" | "todo" => seen.skipped = count,
            _ => return None,
        }
        return Seen::count(seen);
    }
    let (head, reason) = line.split_once("ms) # ")?;
    let (name, _) = head.rsplit_once(" (")?;
    let name = name.trim().strip_prefix(['﹣', '✔', '✖', '⚠'])?;
    Seen::skip(name, if reason == "SKIP" { "" } else { reason })
}

fn before(text: &str, word: &str) -> Option<u32> {
    let (head, _) = text.split_once(word)?;
    head.rsplit(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(passed: u32, failed: u32, skipped: u32) -> Option<Seen> {
        Seen::count(Count {
            passed,
            failed,
            skipped,
        })
    }

    fn counted_skip(name: &str, reason: &str) -> Option<Seen> {
        let mut seen = Seen::skip(name, reason)?;
        seen.count = Count::SKIPPED;
        Some(seen)
    }

    #[test]
    fn reads_cargo_output() {
        let line = "test result: FAILED. 12 passed; 3 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(cargo_line(line), count(12, 3, 2));
        assert_eq!(cargo_line("running 3 tests"), None);
        assert_eq!(cargo_line("test a::b ... ok"), None);
        assert_eq!(cargo_line("test a::b ... ignored"), Seen::skip("a::b", ""));
        assert_eq!(
            cargo_line("test a::b ... ignored, not here"),
            Seen::skip("a::b", "not here")
        );
        // As libtest-mimic prints it.
        assert_eq!(
            cargo_line("test a::b   ... ignored (not here)"),
            Seen::skip("a::b", "not here")
        );
    }

    #[test]
    fn reads_unittest_output() {
        assert_eq!(
            python_line("test_x (swaks_test.Swaks.test_x) ... ok"),
            count(1, 0, 0)
        );
        assert_eq!(
            python_line("FAIL: test_x (swaks_test.Swaks.test_x)"),
            count(0, 1, 0)
        );
        assert_eq!(
            python_line("test_x (swaks_test.Swaks.test_x) ... FAIL"),
            None
        );
    }

    #[test]
    fn reads_skipped_tests_of_unittest() {
        assert_eq!(
            python_line("test_x (m.Swaks.test_x) ... skipped 'no server'"),
            counted_skip("test_x (m.Swaks.test_x)", "no server")
        );
        assert_eq!(
            python_line("A description ... skipped \"it isn't there\""),
            counted_skip("A description", "it isn't there")
        );
        assert_eq!(
            python_line("skipped 'no dovecot'"),
            counted_skip("a class", "no dovecot")
        );
        assert_eq!(
            python_line("test_d (m.A.test_d) ... expected failure"),
            counted_skip("test_d (m.A.test_d)", "expected failure")
        );
        assert_eq!(python_line("the server skipped 'x' here"), None);
        assert_eq!(python_line("OK (skipped=4)"), None);
    }

    #[test]
    fn reads_node_output() {
        assert_eq!(node_line("ℹ pass 3"), count(3, 0, 0));
        assert_eq!(node_line("ℹ fail 1"), count(0, 1, 0));
        assert_eq!(node_line("ℹ skipped 2"), count(0, 0, 2));
        assert_eq!(node_line("ℹ todo 1"), count(0, 0, 1));
        assert_eq!(node_line("ℹ tests 4"), None);
        assert_eq!(
            node_line("  ﹣ signs in (0.08ms) # no browser"),
            Seen::skip("signs in", "no browser")
        );
        assert_eq!(
            node_line("﹣ signs in (twice) (0.08ms) # SKIP"),
            Seen::skip("signs in (twice)", "")
        );
        assert_eq!(node_line("✔ signs in (0.08ms)"), None);
    }
}
