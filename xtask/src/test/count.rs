//! Counts passed and failed tests in the output of test programs.

/// Numbers of passed and failed tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub passed: u32,
    pub failed: u32,
}

impl Count {
    /// One passed check.
    pub const ONE: Self = Self {
        passed: 1,
        failed: 0,
    };

    /// Adds another count.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// `test result: ok. 12 passed; 0 failed; …`
pub fn cargo_line(line: &str) -> Option<Count> {
    let rest = line.trim().strip_prefix("test result: ")?;
    let (_, counts) = rest.split_once(". ")?;
    Some(Count {
        passed: before(counts, " passed")?,
        failed: before(counts, " failed")?,
    })
}

/// Verbose unittest prints one line per test: `name (module.Class.name) ... ok`.
pub fn python_line(line: &str) -> Option<Count> {
    let line = line.trim_end();
    if line.ends_with(" ... ok") || line == "ok" {
        Some(Count::ONE)
    } else if ["FAIL: ", "ERROR: "]
        .iter()
        .any(|start| line.starts_with(start))
    {
        Some(Count {
            passed: 0,
            failed: 1,
        })
    } else {
        None
    }
}

/// `ℹ pass 3` and `ℹ fail 1`.
pub fn node_line(line: &str) -> Option<Count> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["ℹ" | "#", "pass", count] => {
            count.parse().ok().map(|passed| Count { passed, failed: 0 })
        }
        ["ℹ" | "#", "fail", count] => {
            count.parse().ok().map(|failed| Count { passed: 0, failed })
        }
        _ => None,
    }
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

    #[test]
    fn reads_cargo_output() {
        let line = "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(
            cargo_line(line),
            Some(Count {
                passed: 12,
                failed: 3
            })
        );
        assert_eq!(cargo_line("running 3 tests"), None);
    }

    #[test]
    fn reads_unittest_output() {
        assert_eq!(
            python_line("test_x (swaks_test.Swaks.test_x) ... ok"),
            Some(Count::ONE)
        );
        assert_eq!(
            python_line("FAIL: test_x (swaks_test.Swaks.test_x)"),
            Some(Count {
                passed: 0,
                failed: 1
            })
        );
        assert_eq!(
            python_line("test_x (swaks_test.Swaks.test_x) ... skipped 'no server'"),
            None
        );
        assert_eq!(
            python_line("test_x (swaks_test.Swaks.test_x) ... FAIL"),
            None
        );
    }

    #[test]
    fn reads_node_output() {
        assert_eq!(
            node_line("ℹ pass 3"),
            Some(Count {
                passed: 3,
                failed: 0
            })
        );
        assert_eq!(
            node_line("ℹ fail 1"),
            Some(Count {
                passed: 0,
                failed: 1
            })
        );
        assert_eq!(node_line("ℹ tests 4"), None);
    }
}
