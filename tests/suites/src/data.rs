//! Where the data of a suite is: fetched below `.tools/suites`, or in the corpus beside the
//! checkout. Reads no data itself.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Where data was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Fetched from a package registry by `cargo xtask setup test`: the whole suite.
    Fetched,
    /// `../shared/corpus` beside the checkout: part of a suite, or one that no registry serves.
    Corpus,
}

/// The folder with a suite's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data {
    /// The folder.
    pub folder: PathBuf,
    /// Where it comes from.
    pub origin: Origin,
    /// The package that a registry serves and that should have been fetched; `None` if no registry
    /// serves the suite here.
    pub package: Option<String>,
}

/// Why there is no data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// A registry serves it, but it was not fetched.
    NotFetched {
        /// The package that contains it.
        package: String,
    },
    /// This system's registry does not have the package, as set-up found.
    NotServed {
        /// The package that contains it.
        package: String,
        /// What set-up found.
        reason: String,
    },
    /// No registry serves it, and the corpus is not beside the checkout or does not have it.
    NotInCorpus {
        /// The suite's name, which is its folder in the corpus.
        suite: String,
    },
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFetched { package } => write!(
                f,
                "{package} is not fetched; run `cargo xtask setup test` for it"
            ),
            Self::NotServed { package, reason } => write!(f, "{package}: {reason}"),
            Self::NotInCorpus { suite } => write!(
                f,
                "no registry serves it; it is read from ../shared/corpus/{suite} where that exists"
            ),
        }
    }
}

impl Package {
    /// True if set-up unpacked the pinned version, as the stamp says that it writes.
    fn is_fetched(&self, home: &Path) -> bool {
        let stamp = fs::read_to_string(home.join(".stamp")).unwrap_or_default();
        let mut words = stamp.split(' ');
        words.next() == Some(self.version.as_str()) && words.next() == Some(self.sha256.as_str())
    }
}

#[derive(Deserialize)]
struct Sources {
    package: Vec<Package>,
}

/// The part of an entry of `sources.toml` that matters for finding data.
#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    sha256: String,
    #[serde(default)]
    suites: BTreeMap<String, String>,
}

/// The data of a suite, by its name: the folder in `sources.toml`, or the folder of that name in
/// the corpus. What was fetched comes first.
pub fn find(suite: &str) -> Result<Data, Missing> {
    Places::default().find(suite)
}

/// A checkout with the text of its `sources.toml`.
pub(crate) struct Places {
    pub(crate) root: PathBuf,
    pub(crate) sources: &'static str,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            root: Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."),
            sources: include_str!("../sources.toml"),
        }
    }
}

impl Places {
    pub(crate) fn find(&self, suite: &str) -> Result<Data, Missing> {
        find_below(&self.root, self.sources, suite)
    }
}

fn find_below(root: &Path, sources: &str, suite: &str) -> Result<Data, Missing> {
    let sources: Sources =
        toml::from_str(sources).unwrap_or_else(|e| panic!("tests/suites/sources.toml: {e}"));
    let package = sources.package.iter().find_map(|package| {
        let folder = package.suites.get(suite)?;
        Some((package, folder))
    });
    let fetched = root.join(".tools/suites");
    if let Some((package, inside)) = package {
        let home = fetched.join(&package.name);
        let folder = home.join(inside);
        if folder.is_dir() && package.is_fetched(&home) {
            return Ok(Data {
                folder,
                origin: Origin::Fetched,
                package: Some(package.name.clone()),
            });
        }
    }
    let package = package.map(|(package, _)| package.name.clone());
    // Set-up writes the pinned version, then the reason.
    let not_served = package.as_ref().and_then(|name| {
        let note = fs::read_to_string(fetched.join(format!("{name}.not-served")));
        note.ok()
            .map(|text| text.lines().nth(1).unwrap_or_default().to_owned())
    });
    let folder = root.join("../shared/corpus").join(suite);
    if folder.is_dir() {
        return Ok(Data {
            folder,
            origin: Origin::Corpus,
            package: package.filter(|_| not_served.is_none()),
        });
    }
    Err(match (package, not_served) {
        (Some(package), Some(reason)) => Missing::NotServed { package, reason },
        (Some(package), None) => Missing::NotFetched { package },
        (None, _) => Missing::NotInCorpus {
            suite: suite.to_owned(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCES: &str = "[[package]]\nname = \"p\"\nversion = \"2\"\nsha256 = \"00\"\nsuites = { \"a/b\" = \"tests\" }\n";

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("suites-{name}-{}", std::process::id()));
            fs::create_dir_all(path.join("root")).unwrap();
            Self(path)
        }

        fn with(self, below: &str) -> Self {
            fs::create_dir_all(self.0.join(below)).unwrap();
            self
        }

        fn stamp(self, text: &str) -> Self {
            fs::write(self.0.join("root/.tools/suites/p/.stamp"), text).unwrap();
            self
        }

        fn find(&self, suite: &str) -> Result<Data, Missing> {
            find_below(&self.0.join("root"), SOURCES, suite)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn fetched_data_comes_before_the_corpus() {
        let both = Folder::new("both")
            .with("root/.tools/suites/p/tests")
            .with("shared/corpus/a/b")
            .stamp("2 00 tests");
        assert_eq!(both.find("a/b").unwrap().origin, Origin::Fetched);
    }

    #[test]
    fn another_version_than_the_pinned_one_does_not_count() {
        let old = Folder::new("old")
            .with("root/.tools/suites/p/tests")
            .stamp("1 00 tests");
        assert!(matches!(old.find("a/b"), Err(Missing::NotFetched { .. })));
        assert!(old.stamp("2 00 tests").find("a/b").is_ok());
    }

    #[test]
    fn the_corpus_stands_in_for_what_is_not_fetched() {
        let corpus = Folder::new("corpus")
            .with("shared/corpus/a/b")
            .with("shared/corpus/c");
        let found = corpus.find("a/b").unwrap();
        assert_eq!(found.origin, Origin::Corpus);
        assert_eq!(found.package.as_deref(), Some("p"));
        assert_eq!(corpus.find("c").unwrap().package, None);
    }

    #[test]
    fn missing_data_is_named() {
        let empty = Folder::new("empty");
        let error = empty.find("a/b").unwrap_err();
        assert_eq!(
            error,
            Missing::NotFetched {
                package: "p".into()
            }
        );
        assert!(error.to_string().contains("cargo xtask setup test"));
        let note = empty.0.join("root/.tools/suites/p.not-served");
        fs::create_dir_all(note.parent().unwrap()).unwrap();
        fs::write(note, "1 00 tests\nno apt\n").unwrap();
        assert_eq!(empty.find("a/b").unwrap_err().to_string(), "p: no apt");
        assert!(matches!(
            empty.find("c").unwrap_err(),
            Missing::NotInCorpus { .. }
        ));
    }

    #[test]
    fn the_list_of_sources_is_well_formed() {
        let sources: Sources = toml::from_str(include_str!("../sources.toml")).unwrap();
        let mut names: Vec<&str> = sources
            .package
            .iter()
            .flat_map(|p| p.suites.keys().map(String::as_str))
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "two packages serve one suite");
    }
}
