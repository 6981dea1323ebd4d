//! The catalogue page: scenarios by part, learning paths, search, and progress.

use super::top_bar::{TopBar, fetch_error};
use crate::app::{Fetched, Lab, use_lab};
use crate::i18n::{self, texts};
use crate::state::catalogue::{Catalogue, Entry, PARTS, localized, part_letter};
use crate::state::progress::Completion;
use crate::state::route::{Route, ScenarioRoute};
use event::Role;
use frontend::bind::{effect, memo, optional, part, text};
use frontend::parts::icon::Icon;
use frontend::stage::i18n::role_class;
use frontend::stage::view::RoleGlyph;
use leptos::prelude::*;
use sim::scenario::{Part, Track};

/// The roles on a message's path, shown at the top of the page.
const ROLES: [Role; 5] = [Role::Mua, Role::Msa, Role::Mta, Role::Mda, Role::Mra];

/// The page of `/lab/`.
#[component]
pub fn CataloguePage() -> impl IntoView {
    let lab = use_lab();
    let t = lab.t;
    effect(move || lab.title(""));
    let shown = move || {
        match lab.catalogue.get() {
        Fetched::Loading => view! { <div class="skeleton lab-loading" role="status" aria-label=i18n::of(t, |w| w.loading)><i></i><i></i><i></i><i></i></div> }.into_any(),
        Fetched::Failed(why) => fetch_error(lab, why, move || lab.load_catalogue()).into_any(),
        Fetched::Loaded(catalogue) => collection(lab, catalogue).into_any(),
    }
    };
    view! {
        <div class="lab-page">
            <TopBar/>
            <main class="catalogue">
                <div class="hero">
                    <ol class="hero-roles" aria-hidden="true">{ROLES.map(|role| view! { <li class=role_class(role)><RoleGlyph role size=28/></li> }).collect_view()}</ol>
                    <h1>{i18n::of(t, |w| w.hero)}</h1>
                    <p>{i18n::of(t, |w| w.hero_lead)}</p>
                    <Finder/>
                </div>
                {part(shown)}
            </main>
        </div>
    }
}

fn filters_of(lab: Lab) -> (String, Option<String>) {
    match lab.place.get() {
        Route::Catalogue { find, track } => (find, track),
        _ => (String::new(), None),
    }
}

/// The search field. Its text is kept in the URL, so that going back restores it.
#[component]
fn Finder() -> impl IntoView {
    let lab = use_lab();
    let t = lab.t;
    let typed = move |e: leptos::ev::Event| {
        let track = lab.place.with_untracked(|place| {
            if let Route::Catalogue { track, .. } = place {
                track.clone()
            } else {
                None
            }
        });
        lab.go(
            &Route::Catalogue {
                find: event_target_value(&e),
                track,
            },
            true,
        );
    };
    view! {
        <label class="finder">
            <Icon name="search"/>
            <span class="unseen">{i18n::of(t, |w| w.find)}</span>
            <input type="search" placeholder=i18n::of(t, |w| w.find) prop:value=move || filters_of(lab).0 on:input=typed autocomplete="off"/>
        </label>
    }
}

fn collection(lab: Lab, catalogue: Catalogue) -> impl IntoView {
    let all = StoredValue::new(catalogue);
    let filters = memo(move || filters_of(lab));
    let track = move || {
        filters.with(|(_, id)| {
            id.as_ref()
                .and_then(|id| all.with_value(|all| all.track(id).cloned()))
        })
    };
    let found = memo(move || {
        let track = track();
        filters.with(|(find, _)| {
            all.with_value(|all| {
                let found: Vec<u32> = all.find(find).iter().map(|entry| entry.number).collect();
                match track {
                    Some(track) => all
                        .numbers(&track)
                        .into_iter()
                        .filter(|number| found.contains(number))
                        .collect::<Vec<_>>(),
                    None => found,
                }
            })
        })
    });
    let rows = move || {
        let numbers = found.get();
        let entries: Vec<Entry> = all.with_value(|all| {
            numbers
                .iter()
                .filter_map(|number| all.entry(*number).cloned())
                .collect()
        });
        if entries.is_empty() {
            let nothing = i18n::of(lab.t, |w| w.find_nothing);
            return view! { <p class="find-nothing" role="status">{nothing}</p> }.into_any();
        }
        match track() {
            Some(track) => one_track(lab, &track, entries).into_any(),
            None => by_part(lab, &entries).into_any(),
        }
    };
    view! {
        {tracks(lab, all)}
        {part(rows)}
    }
}

/// The learning paths, as cards to choose from.
fn tracks(lab: Lab, all: StoredValue<Catalogue>) -> impl IntoView {
    let t = lab.t;
    let cards = all.with_value(|all| all.tracks.clone());
    if cards.is_empty() {
        return ().into_any();
    }
    let here = move |id: Option<&str>| {
        lab.place
            .with(|place| matches!(place, Route::Catalogue { track, .. } if track.as_deref() == id))
    };
    let card = move |track: Track| {
        let numbers = all.with_value(|all| all.numbers(&track));
        let (id, count) = (track.id.clone(), numbers.len());
        let done = move || {
            let stages = all.with_value(|all| {
                numbers
                    .iter()
                    .filter_map(|n| all.entry(*n))
                    .map(|entry| stage(lab, entry))
                    .collect::<Vec<_>>()
            });
            stages
                .iter()
                .filter(|stage| **stage == Completion::Done)
                .count()
        };
        let href = Route::Catalogue {
            find: String::new(),
            track: Some(track.id.clone()),
        }
        .href();
        let (title, minutes) = (track.title.clone(), track.minutes);
        let meta = move || {
            let language = t.language();
            let length = minutes
                .map(|m| format!(" · {}", i18n::minutes(language, m)))
                .unwrap_or_default();
            let so_far = done();
            let so_far = if so_far > 0 {
                format!(" · {}", i18n::done_of(language, so_far, count))
            } else {
                String::new()
            };
            format!("{}{length}{so_far}", i18n::scenarios(language, count))
        };
        view! {
            <li><a class="track-card" href=href aria-current=optional(move || here(Some(&id)).then_some("true"))>
                <b>{move || localized(&title, t.language()).to_owned()}</b>
                <small>{meta}</small>
            </a></li>
        }
    };
    view! {
        <nav class="tracks" aria-label=i18n::of(t, |w| w.tracks)>
            <ul>
                <li><a class="track-card" href="/lab/" aria-current=optional(move || here(None).then_some("true"))>
                    <b>{i18n::of(t, |w| w.whole_collection)}</b>
                    <small>{move || i18n::scenarios(t.language(), all.with_value(|all| all.scenarios.len()))}</small>
                </a></li>
                {cards.into_iter().map(card).collect_view()}
            </ul>
        </nav>
    }
    .into_any()
}

fn one_track(lab: Lab, track: &Track, entries: Vec<Entry>) -> impl IntoView {
    let t = lab.t;
    let (title, lead, id) = (track.title.clone(), track.lead.clone(), track.id.clone());
    let rows = entries
        .into_iter()
        .map(|entry| row(lab, entry, Some(id.clone())))
        .collect_view();
    view! {
        <section class="part">
            <h2>{move || localized(&title, t.language()).to_owned()}</h2>
            <p class="part-lead">{move || localized(&lead, t.language()).to_owned()}</p>
            <ol class="rows">{rows}</ol>
        </section>
    }
}

fn by_part(lab: Lab, entries: &[Entry]) -> impl IntoView {
    let t = lab.t;
    let section = move |part: Part| {
        let mine: Vec<Entry> = entries
            .iter()
            .filter(|entry| entry.part == part)
            .cloned()
            .collect();
        if mine.is_empty() {
            return None;
        }
        let rows = mine
            .into_iter()
            .map(|entry| row(lab, entry, None))
            .collect_view();
        Some(view! {
            <section class="part">
                <h2><span class="part-letter" aria-hidden="true">{part_letter(part).to_string()}</span>{move || i18n::part(t.language(), part)}</h2>
                <ol class="rows">{rows}</ol>
            </section>
        })
    };
    PARTS.into_iter().filter_map(section).collect_view()
}

fn stage(lab: Lab, entry: &Entry) -> Completion {
    lab.progress
        .with(|progress| progress.stage(entry.number, entry.version, entry.questions))
}

fn row(lab: Lab, entry: Entry, track: Option<String>) -> impl IntoView {
    let t = lab.t;
    let href = Route::Scenario(ScenarioRoute {
        track,
        ..ScenarioRoute::to(entry.number)
    })
    .href();
    let (number, asked) = (entry.number, entry.questions);
    let (title, lead) = (entry.title.clone(), entry.lead.clone());
    let done = memo(move || stage(lab, &entry) as u8);
    let mark = move || {
        match done.get() {
        d if d == Completion::Done as u8 => {
            view! { <span class="postmark is-delivered" role="img" aria-label=texts(t).done><Icon name="check"/></span> }.into_any()
        }
        d if d == Completion::Begun as u8 => {
            view! { <span class="postmark is-begun" role="img" aria-label=texts(t).begun><Icon name="clock"/></span> }.into_any()
        }
        _ => ().into_any(),
    }
    };
    let meta = text(move || {
        if asked > 0 {
            i18n::questions(t.language(), asked)
        } else {
            String::new()
        }
    });
    view! {
        <li><a class="scenario-row" href=href>
            <span class="number" aria-hidden="true">{number}</span>
            <span class="description">
                <b>{move || localized(&title, t.language()).to_owned()}</b>
                <span class="row-lead">{move || localized(&lead, t.language()).to_owned()}</span>
                <small>{meta}</small>
            </span>
            <span class="done">{part(move || mark().into_any())}</span>
        </a></li>
    }
}
