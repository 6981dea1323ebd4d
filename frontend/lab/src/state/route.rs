//! Routes below `/lab/`: `/lab/?q=mx&track=school`, `/lab/s/31?mode=predict&zoom=hops`. Unknown
//! query parameters are kept.

use frontend::state::percent::{escape, unescape};

/// What is done with a scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// It plays.
    #[default]
    Watch,
    /// It stops before what is asked.
    Predict,
    /// It is changed and played anew.
    Tweak,
    /// Its hosts, people and records are edited.
    Build,
    /// Lines are typed by hand.
    Console,
    /// A broken world is mended.
    Mend,
    /// It is shown to a class.
    Present,
}

impl Mode {
    /// All, in the order in which they are offered.
    pub const ALL: [Mode; 7] = [
        Mode::Watch,
        Mode::Predict,
        Mode::Tweak,
        Mode::Build,
        Mode::Console,
        Mode::Mend,
        Mode::Present,
    ];

    /// In addresses.
    pub fn word(self) -> &'static str {
        match self {
            Mode::Watch => "watch",
            Mode::Predict => "predict",
            Mode::Tweak => "tweak",
            Mode::Build => "build",
            Mode::Console => "console",
            Mode::Mend => "mend",
            Mode::Present => "present",
        }
    }

    fn of(word: &str) -> Option<Mode> {
        Mode::ALL.into_iter().find(|mode| mode.word() == word)
    }
}

/// A scenario as it is visited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScenarioRoute {
    /// Its number.
    pub number: u32,
    /// What is done with it.
    pub mode: Mode,
    /// The zoom level that a teacher fixed.
    pub zoom: Option<String>,
    /// The track that it is visited in.
    pub track: Option<String>,
    /// Whatever else the address label, in its order.
    pub more: Vec<(String, String)>,
}

/// A place in the Lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// The catalogue.
    Catalogue {
        /// What is looked for.
        find: String,
        /// The track that is shown; none for the whole collection.
        track: Option<String>,
    },
    /// A scenario.
    Scenario(ScenarioRoute),
    /// No page of ours.
    NotFound,
}

impl ScenarioRoute {
    /// A scenario, to be watched.
    pub fn to(number: u32) -> ScenarioRoute {
        ScenarioRoute {
            number,
            ..ScenarioRoute::default()
        }
    }

    /// The same scenario in another mode.
    pub fn in_mode(&self, mode: Mode) -> ScenarioRoute {
        ScenarioRoute {
            mode,
            ..self.clone()
        }
    }

    /// What the address says under a name that is not the pages' own.
    pub fn more(&self, name: &str) -> Option<&str> {
        self.more
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Route {
    /// The catalogue, nothing looked for.
    pub const CATALOGUE: Route = Route::Catalogue {
        find: String::new(),
        track: None,
    };

    /// What an address means.
    pub fn parse(path: &str, search: &str) -> Route {
        let steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
        let mut pairs = pairs(search);
        let mut take = |name: &str| {
            let at = pairs.iter().position(|(key, _)| key == name)?;
            Some(pairs.remove(at).1)
        };
        match steps.as_slice() {
            ["lab"] => Route::Catalogue {
                find: take("q").unwrap_or_default(),
                track: take("track"),
            },
            ["lab", "s", number] => {
                let Ok(number) = number.parse() else {
                    return Route::NotFound;
                };
                let mode = take("mode")
                    .and_then(|word| Mode::of(&word))
                    .unwrap_or_default();
                let (zoom, track) = (take("zoom"), take("track"));
                Route::Scenario(ScenarioRoute {
                    number,
                    mode,
                    zoom,
                    track,
                    more: pairs,
                })
            }
            _ => Route::NotFound,
        }
    }

    /// The address.
    pub fn href(&self) -> String {
        let (path, mut query) = match self {
            Route::Catalogue { find, track } => {
                let find = (!find.is_empty()).then(|| ("q", find.clone()));
                (
                    "/lab/".to_owned(),
                    [find, track.clone().map(|t| ("track", t))]
                        .into_iter()
                        .flatten()
                        .collect::<Vec<_>>(),
                )
            }
            Route::Scenario(route) => {
                let mode =
                    (route.mode != Mode::Watch).then(|| ("mode", route.mode.word().to_owned()));
                let zoom = route.zoom.clone().map(|z| ("zoom", z));
                let track = route.track.clone().map(|t| ("track", t));
                (
                    format!("/lab/s/{}", route.number),
                    [mode, zoom, track].into_iter().flatten().collect(),
                )
            }
            Route::NotFound => ("/lab/".to_owned(), Vec::new()),
        };
        if let Route::Scenario(route) = self {
            query.extend(
                route
                    .more
                    .iter()
                    .map(|(key, value)| (key.as_str(), value.clone())),
            );
        }
        let query: Vec<String> = query
            .into_iter()
            .map(|(key, value)| format!("{key}={}", escape(&value)))
            .collect();
        if query.is_empty() {
            path
        } else {
            format!("{path}?{}", query.join("&"))
        }
    }
}

fn pairs(search: &str) -> Vec<(String, String)> {
    let pairs = search
        .trim_start_matches('?')
        .split('&')
        .filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(key, value)| (key.to_owned(), unescape(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, search: &str, expected: &Route) {
        let place = Route::parse(path, search);
        assert_eq!(place, *expected);
        let href = place.href();
        let (path, search) = href.split_once('?').unwrap_or((&href, ""));
        if *expected != Route::NotFound {
            assert_eq!(
                Route::parse(path, search),
                *expected,
                "{href} means the same"
            );
        }
    }

    #[test]
    fn an_address_and_its_place_mean_each_other() {
        check("/lab", "", &Route::CATALOGUE);
        check(
            "/lab/",
            "?q=%E9%82%AE+mx",
            &Route::Catalogue {
                find: "邮 mx".to_owned(),
                track: None,
            },
        );
        check("/lab/s/31", "", &Route::Scenario(ScenarioRoute::to(31)));
        let route = ScenarioRoute {
            zoom: Some("hops".to_owned()),
            more: vec![("e".to_owned(), "a&b".to_owned())],
            ..ScenarioRoute::to(48).in_mode(Mode::Predict)
        };
        check(
            "/lab/s/48",
            "?zoom=hops&mode=predict&e=a%26b",
            &Route::Scenario(route),
        );
    }

    #[test]
    fn what_is_no_place_is_lost_and_what_is_no_mode_is_watched() {
        check("/lab/s/many", "", &Route::NotFound);
        check("/lab/x", "", &Route::NotFound);
        check(
            "/lab/s/3",
            "?mode=dream",
            &Route::Scenario(ScenarioRoute::to(3)),
        );
    }

    #[test]
    fn more_is_found_by_its_name() {
        let Route::Scenario(route) = Route::parse("/lab/s/3", "?e=x&v=2") else {
            panic!("a scenario")
        };
        assert_eq!((route.more("v"), route.more("mode")), (Some("2"), None));
    }
}
