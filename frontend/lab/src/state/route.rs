//! Routes below `/lab/`: `/lab/?q=mx&track=school`, `/lab/s/31?mode=predict&zoom=hops`. Unknown
//! query parameters are kept.

use frontend::state::percent::{escape, unescape};

/// The mode in which a scenario is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Watch the run.
    #[default]
    Watch,
    /// Predict: playback stops before questions.
    Predict,
    /// Change the scenario and run it again.
    Tweak,
    /// Edit hosts, users and records.
    Build,
    /// Type protocol lines by hand.
    Console,
    /// Repair a broken network.
    Mend,
    /// Present to a class.
    Present,
}

impl Mode {
    /// All modes, in display order.
    pub const ALL: [Mode; 7] = [
        Mode::Watch,
        Mode::Predict,
        Mode::Tweak,
        Mode::Build,
        Mode::Console,
        Mode::Mend,
        Mode::Present,
    ];

    /// The name of the mode in URLs.
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

    /// Whether a second run may be shown beside the first: where its outcome and the choice between
    /// the two are shown as well.
    pub fn compares(self) -> bool {
        self == Mode::Tweak
    }

    fn of(word: &str) -> Option<Mode> {
        Mode::ALL.into_iter().find(|mode| mode.word() == word)
    }
}

/// The route of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScenarioRoute {
    /// The number of the scenario.
    pub number: u32,
    /// The mode.
    pub mode: Mode,
    /// The zoom level that a teacher locked.
    pub zoom: Option<String>,
    /// The learning path, if any.
    pub track: Option<String>,
    /// All other query parameters, in order.
    pub more: Vec<(String, String)>,
}

/// A page of the Lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// The catalogue.
    Catalogue {
        /// The search text.
        find: String,
        /// The selected learning path; `None` shows all scenarios.
        track: Option<String>,
    },
    /// A scenario.
    Scenario(ScenarioRoute),
    /// An unknown URL.
    NotFound,
}

impl ScenarioRoute {
    /// The route of a scenario in Watch mode.
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

    /// The value of another query parameter.
    pub fn more(&self, name: &str) -> Option<&str> {
        self.more
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Route {
    /// The catalogue without a search.
    pub const CATALOGUE: Route = Route::Catalogue {
        find: String::new(),
        track: None,
    };

    /// Parses a path and a query.
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

    /// The URL of the route, without the origin.
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
    fn routes_round_trip_through_urls() {
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
    fn unknown_paths_are_not_found_and_unknown_modes_mean_watch() {
        check("/lab/s/many", "", &Route::NotFound);
        check("/lab/x", "", &Route::NotFound);
        check(
            "/lab/s/3",
            "?mode=dream",
            &Route::Scenario(ScenarioRoute::to(3)),
        );
    }

    #[test]
    fn other_parameters_are_found_by_name() {
        let Route::Scenario(route) = Route::parse("/lab/s/3", "?e=x&v=2") else {
            panic!("a scenario")
        };
        assert_eq!((route.more("v"), route.more("mode")), (Some("2"), None));
    }
}
