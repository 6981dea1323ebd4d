//! State shared by all pages of the Lab: language, preferences, route, catalogue, progress,
//! simulator. `Lab` is `Copy`.

use crate::link::engine::Engine;
use crate::link::server::{self, FetchError};
use crate::state::catalogue::Catalogue;
use crate::state::own_scenario;
use crate::state::progress::Progress;
use crate::state::route::Route;
use frontend::bind::{effect, listen};
use frontend::i18n::{Language, Locale};
use frontend::state::prefs::Prefs;
use frontend::web::{http, page, storage};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlAnchorElement, MouseEvent};
use wire::Identity;

/// Local storage key of the progress.
const PROGRESS_KEY: &str = "lab.progress";
/// Delay in milliseconds between the last change and saving the progress to the account.
const SHARE_AFTER_MS: u32 = 1_500;

/// A value that is fetched from the server.
#[derive(Clone, Debug, PartialEq)]
pub enum Fetched<T> {
    /// Not yet fetched.
    Loading,
    /// Fetched successfully.
    Loaded(T),
    /// Could not be fetched.
    Failed(FetchError),
}

/// State shared by all pages of the Lab.
#[derive(Clone, Copy)]
pub struct Lab {
    /// The interface language.
    pub t: Locale,
    /// The user's preferences, shared with the webmail.
    pub prefs: RwSignal<Prefs>,
    /// The current route, as in the address bar.
    pub place: RwSignal<Route>,
    /// The scenario catalogue.
    pub catalogue: RwSignal<Fetched<Catalogue>>,
    /// The learner's progress.
    pub progress: RwSignal<Progress>,
    /// The signed-in user, if any.
    pub who: RwSignal<Option<Identity>>,
    /// The text announced to screen readers.
    pub spoken: RwSignal<String>,
    engine: StoredValue<Engine, LocalStorage>,
}

/// The [`Lab`] in the context of the page.
pub fn use_lab() -> Lab {
    expect_context::<Lab>()
}

impl Lab {
    /// Creates the state for the browser's current URL.
    pub fn new() -> Lab {
        let prefs = storage::get("prefs")
            .map(|text| Prefs::read(&text))
            .unwrap_or_default();
        let browser = page::languages();
        let language = prefs
            .language
            .unwrap_or_else(|| Language::of_browser(browser.iter().map(String::as_str)));
        Lab {
            t: Locale(RwSignal::new(language)),
            prefs: RwSignal::new(prefs),
            place: RwSignal::new(here()),
            catalogue: RwSignal::new(Fetched::Loading),
            progress: RwSignal::new(
                storage::get(PROGRESS_KEY)
                    .map(|text| Progress::read(&text))
                    .unwrap_or_default(),
            ),
            who: RwSignal::new(None),
            spoken: RwSignal::new(String::new()),
            engine: StoredValue::new_local(Engine::default()),
        }
    }

    /// Starts the effects that keep the page up to date, and loads the catalogue.
    pub fn begin(self) {
        effect(move || {
            let prefs = self.prefs.get();
            page::set_theme(prefs.theme);
            storage::set("prefs", &prefs.write());
            if let Some(language) = prefs
                .language
                .filter(|language| self.t.0.get_untracked() != *language)
            {
                self.t.0.set(language);
            }
        });
        effect(move || page::set_root("lang", Some(self.t.language().tag())));
        self.follow_address();
        self.follow_progress();
        self.load_catalogue();
    }

    /// The simulator.
    pub fn engine(self) -> Engine {
        self.engine.get_value()
    }

    /// Navigates to a route. `replace` replaces the current history entry instead of adding one.
    pub fn go(self, place: &Route, replace: bool) {
        let Some(history) = web_sys::window().and_then(|w| w.history().ok()) else {
            return;
        };
        let href = place.href();
        let _ = if replace {
            history.replace_state_with_url(&JsValue::NULL, "", Some(&href))
        } else {
            history.push_state_with_url(&JsValue::NULL, "", Some(&href))
        };
        if self.place.get_untracked() != *place {
            self.place.set(place.clone());
        }
    }

    /// Announces a text to screen readers.
    pub fn say(self, text: String) {
        self.spoken.set(text);
    }

    /// Loads the catalogue; also used to retry.
    pub fn load_catalogue(self) {
        self.catalogue.set(Fetched::Loading);
        spawn_local(async move {
            self.catalogue.set(match server::catalogue().await {
                Ok(mut catalogue) => {
                    let own = own_scenario::entry(&crate::link::storage::own_text());
                    catalogue.scenarios.insert(0, own);
                    Fetched::Loaded(catalogue)
                }
                Err(fetch_error) => Fetched::Failed(fetch_error),
            });
        });
    }

    /// Replaces the text of the user's own scenario in the catalogue, for example after an import.
    pub fn renew_own_scenario(self, text: &str) {
        self.catalogue.update(|catalogue| {
            if let Fetched::Loaded(catalogue) = catalogue
                && let Some(own) = catalogue
                    .scenarios
                    .iter_mut()
                    .find(|entry| entry.number == own_scenario::NUMBER)
            {
                *own = own_scenario::entry(text);
            }
        });
    }

    /// Sets the title of the tab; `of` is the page's own title, empty for the start page.
    pub fn title(self, of: &str) {
        let t = crate::i18n::texts(self.t);
        page::set_title(&if of.is_empty() {
            format!("{} · {}", t.lab, t.product)
        } else {
            format!("{of} · {} · {}", t.lab, t.product)
        });
    }

    // Links within the Lab change the route without reloading the page.
    fn follow_address(self) {
        listen("popstate", move |_: Event| self.place.set(here()));
        listen("click", move |event: MouseEvent| {
            let plain = event.button() == 0
                && !event.meta_key()
                && !event.ctrl_key()
                && !event.shift_key()
                && !event.alt_key();
            let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
            let anchor = target
                .and_then(|t| t.closest("a[href]").ok().flatten())
                .and_then(|a| a.dyn_into::<HtmlAnchorElement>().ok());
            let href = anchor
                .filter(|_| plain && !event.default_prevented())
                .and_then(|a| within(&a));
            if let Some(href) = href {
                event.prevent_default();
                let (path, search) = href.split_once('?').unwrap_or((&href, ""));
                self.go(&Route::parse(path, search), false);
            }
        });
    }

    // Saves progress on this device at once, and to the account of a signed-in user after a pause.
    fn follow_progress(self) {
        spawn_local(async move {
            if let Ok(Some(who)) = http::session().await {
                self.who.set(Some(who));
                self.sync_progress().await;
            }
        });
        let changes = StoredValue::new(0_u32);
        effect(move || {
            storage::set(PROGRESS_KEY, &self.progress.with(Progress::write));
            if self.who.with_untracked(Option::is_none) {
                return;
            }
            changes.update_value(|n| *n += 1);
            let mine = changes.get_value();
            spawn_local(async move {
                TimeoutFuture::new(SHARE_AFTER_MS).await;
                if changes.get_value() == mine {
                    self.sync_progress().await;
                }
            });
        });
        // Another tab of the Lab saved progress.
        listen("storage", move |_: Event| {
            let theirs = storage::get(PROGRESS_KEY)
                .map(|text| Progress::read(&text))
                .unwrap_or_default();
            self.merge_progress(&theirs);
        });
    }

    async fn sync_progress(self) {
        let mine = self.progress.get_untracked();
        if let Some(both) = server::sync_progress(&mine).await {
            self.merge_progress(&both);
        }
    }

    fn merge_progress(self, theirs: &Progress) {
        let mut both = self.progress.get_untracked();
        both.merge(theirs);
        if both != self.progress.get_untracked() {
            self.progress.set(both);
        }
    }
}

impl Default for Lab {
    fn default() -> Lab {
        Lab::new()
    }
}

fn here() -> Route {
    let Some(location) = web_sys::window().map(|w| w.location()) else {
        return Route::NotFound;
    };
    Route::parse(
        &location.pathname().unwrap_or_default(),
        &location.search().unwrap_or_default(),
    )
}

/// The `href` of a link to another page of the Lab; `None` for files and all other links.
fn within(anchor: &HtmlAnchorElement) -> Option<String> {
    let href = anchor.get_attribute("href")?;
    let page = href == "/lab"
        || href.starts_with("/lab/")
            && !href
                .split('?')
                .next()
                .is_some_and(|path| path.contains('.'));
    (page && anchor.target().is_empty() && !anchor.has_attribute("download")).then_some(href)
}
