//! A suite: the name of its data, how its cases are read, what is checked, and which themes of
//! cases are not demanded.

use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As the case expects.
    Agrees,
    /// Not as the case expects, with what was found instead. An exception can excuse it; nothing
    /// excuses a panic.
    Differs(String),
    /// The case could not run, with the reason.
    Skipped(String),
}

impl Verdict {
    /// Agrees if both are equal.
    pub fn compare<T: PartialEq + Debug + ?Sized>(got: &T, expected: &T) -> Self {
        Self::when(got == expected, || {
            format!("     got: {got:?}\nexpected: {expected:?}")
        })
    }

    /// Agrees if the condition holds; otherwise differs with the text.
    pub fn when(agrees: bool, otherwise: impl FnOnce() -> String) -> Self {
        if agrees {
            Self::Agrees
        } else {
            Self::Differs(otherwise())
        }
    }

    /// The first verdict that does not agree; the second is not made if the first does not.
    #[must_use]
    pub fn and(self, next: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Agrees => next(),
            other => other,
        }
    }
}

/// Cases that are not demanded, by what they have in common. A case to which it applies still runs
/// and may agree; if it differs, it is ignored with this reason. In a complete run, an exception
/// that excused nothing fails.
pub struct Exception<C> {
    /// What the cases have in common, in a few words.
    pub theme: &'static str,
    /// Why they are not demanded, with the paragraph of the RFC.
    pub reason: &'static str,
    /// True for the cases of the theme, by their content and not by their name.
    pub applies: fn(&C) -> bool,
}

type Read<C> = Box<dyn FnOnce(&Path) -> Vec<(String, C)>>;
type Check<C> = Arc<dyn Fn(&C) -> Verdict + Send + Sync>;

/// Test data with what is checked on each of its cases.
pub struct Suite<C: 'static> {
    pub(crate) name: &'static str,
    pub(crate) data: &'static str,
    pub(crate) cases_min: usize,
    pub(crate) read: Read<C>,
    pub(crate) check: Check<C>,
    pub(crate) exceptions: &'static [Exception<C>],
}

/// A suite whose cases are not yet described.
pub struct Named {
    name: &'static str,
    data: &'static str,
    cases_min: usize,
}

/// A suite whose check is missing.
pub struct Unchecked<C: 'static> {
    named: Named,
    read: Read<C>,
    exceptions: &'static [Exception<C>],
}

impl Suite<()> {
    /// Begins the description of a suite. Cases are called `name::case`; `data` is the name in
    /// `sources.toml` or the folder in the corpus.
    #[must_use]
    #[expect(clippy::new_ret_no_self, reason = "the builder's first step")]
    pub fn new(name: &'static str, data: &'static str) -> Named {
        Named {
            name,
            data,
            cases_min: 1,
        }
    }
}

impl Named {
    /// The fewest cases that the data has; fewer fail, because then the data was not read as it is
    /// meant. 1 by default.
    #[must_use]
    pub fn cases_min(mut self, count: usize) -> Self {
        self.cases_min = count;
        self
    }

    /// How names and cases are read from the folder of the data.
    #[must_use]
    pub fn cases<C>(self, read: impl FnOnce(&Path) -> Vec<(String, C)> + 'static) -> Unchecked<C> {
        Unchecked {
            named: self,
            read: Box::new(read),
            exceptions: &[],
        }
    }
}

impl<C: 'static> Unchecked<C> {
    /// The cases that are not demanded.
    #[must_use]
    pub fn except(mut self, exceptions: &'static [Exception<C>]) -> Self {
        self.exceptions = exceptions;
        self
    }

    /// What is checked on each case. An assertion that fails counts as a failure that no exception
    /// excuses.
    #[must_use]
    pub fn check(self, check: impl Fn(&C) -> Verdict + Send + Sync + 'static) -> Suite<C> {
        let Named {
            name,
            data,
            cases_min,
        } = self.named;
        Suite {
            name,
            data,
            cases_min,
            read: self.read,
            check: Arc::new(check),
            exceptions: self.exceptions,
        }
    }
}
