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

/// Where progress is kept on this device.
const PROGRESS_KEY: &str = "lab.progress";
/// Progress goes to the account when nothing changed for so long.
const SHARE_AFTER_MS: u32 = 1_500;

/// Something that is fetched.
#[derive(Clone, Debug, PartialEq)]
pub enum Fetched<T> {
    /// Not yet.
    Loading,
    /// There.
    Loaded(T),
    /// Not to be had.
    Failed(FetchError),
}

/// The Lab.
#[derive(Clone, Copy)]
pub struct Lab {
    /// The language.
    pub t: Locale,
    /// What the reader set, in the webmail too.
    pub prefs: RwSignal<Prefs>,
    /// The address bar.
    pub place: RwSignal<Route>,
    /// The scenarios.
    pub catalogue: RwSignal<Fetched<Catalogue>>,
    /// What was done.
    pub progress: RwSignal<Progress>,
    /// Who is signed in; nobody need be.
    pub who: RwSignal<Option<Identity>>,
    /// What screen readers are told.
    pub spoken: RwSignal<String>,
    engine: StoredValue<Engine, LocalStorage>,
}

/// The Lab that the page was given.
pub fn use_lab() -> Lab {
    expect_context::<Lab>()
}

impl Lab {
    /// A Lab at the address where the browser is.
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

    /// Binds the page around the view, and asks for what every page needs.
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

    /// The engine.
    pub fn engine(self) -> Engine {
        self.engine.get_value()
    }

    /// Goes to a place. `replace` leaves no step to come back to.
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

    /// Tells screen readers something.
    pub fn say(self, text: String) {
        self.spoken.set(text);
    }

    /// Fetches the catalogue, also anew.
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

    /// Shows the own scenario with another text, such as an imported one.
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

    /// The title of the tab.
    pub fn title(self, of: &str) {
        let t = crate::i18n::texts(self.t);
        page::set_title(&if of.is_empty() {
            format!("{} · {}", t.lab, t.product)
        } else {
            format!("{of} · {} · {}", t.lab, t.product)
        });
    }

    // Links within the Lab change the place without loading the page anew.
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

    // On this device at once; with the account, where somebody is signed in, when it has been quiet
    // for a moment.
    fn follow_progress(self) {
        spawn_local(async move {
            if let Ok(Some(who)) = http::session().await {
                self.who.set(Some(who));
                self.share().await;
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
                    self.share().await;
                }
            });
        });
        // Another tab of the Lab learned something.
        listen("storage", move |_: Event| {
            let theirs = storage::get(PROGRESS_KEY)
                .map(|text| Progress::read(&text))
                .unwrap_or_default();
            self.learn(&theirs);
        });
    }

    async fn share(self) {
        let mine = self.progress.get_untracked();
        if let Some(both) = server::sync_progress(&mine).await {
            self.learn(&both);
        }
    }

    fn learn(self, theirs: &Progress) {
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

/// The address of a link that stays within the Lab's pages.
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
