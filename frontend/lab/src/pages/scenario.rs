//! A scenario's page: its title, the modes, the player, and beside it what the mode is about.

use super::frame::{Bar, Choices, missing, trouble_words};
use super::{mend, predict, present, tweak, watching};
use crate::app::{Fetched, Lab, use_lab};
use crate::i18n::{self, texts};
use crate::state::catalogue::{Catalogue, Entry, in_words};
use crate::state::place::{Mode, Place, Visit};
use crate::work::{Trouble, Work};
use crate::{build, console, share};
use frontend::bind::{click, effect, maybe, memo, part, text};
use frontend::parts::icon::Icon;
use frontend::stage::MessageTexts;
use frontend::stage::marks::{Mark, Sort};
use frontend::stage::view::{Deck, Theatre};
use frontend::stage::zoom::Zoom;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The page of `/lab/s/:number`.
#[component]
pub fn ScenarioPage(
    /// Which one.
    number: u32,
) -> impl IntoView {
    let lab = use_lab();
    let entry = memo(move || match lab.catalogue.get() {
        Fetched::Here(catalogue) => Some(catalogue.entry(number).cloned()),
        _ => None,
    });
    let shown = move || {
        match entry.get() {
        Some(Some(entry)) => view! { <Table entry/> }.into_any(),
        Some(None) => unknown(lab).into_any(),
        None => match lab.catalogue.get() {
            Fetched::Failed(why) => {
                view! { <Bar/><main class="lab-alone">{missing(lab, why, move || lab.load_catalogue())}</main> }.into_any()
            }
            _ => waiting(lab).into_any(),
        },
    }
    };
    part(shown)
}

fn unknown(lab: Lab) -> impl IntoView {
    lab.title("");
    view! {
        <Bar/>
        <main class="lost"><h1>{i18n::of(lab.t, |w| w.no_such_scenario)}</h1><a href="/lab/">{i18n::of(lab.t, |w| w.to_lab)}</a></main>
    }
}

fn waiting(lab: Lab) -> impl IntoView {
    view! { <Bar/><main class="lab-alone" aria-busy="true"><p role="status">{i18n::of(lab.t, |w| w.loading)}</p></main> }
}

fn visit_of(lab: Lab, number: u32) -> Visit {
    match lab.place.get() {
        Place::Scenario(visit) if visit.number == number => visit,
        _ => Visit::to(number),
    }
}

/// The scenario on the table.
#[component]
fn Table(entry: Entry) -> impl IntoView {
    let lab = use_lab();
    let number = entry.number;
    let visit = memo(move || visit_of(lab, number));
    let work = Work::new(lab, entry, visit);
    provide_context(work);
    let t = lab.t;
    effect(move || {
        lab.title(
            &work
                .entry
                .with_value(|entry| format!("{number} {}", in_words(&entry.title, t.language()))),
        )
    });
    let mode = memo(move || visit.with(|visit| visit.mode));
    let presenting = move || mode.get() == Mode::Present;
    let aside = move || match mode.get() {
        Mode::Watch => watching::aside(work).into_any(),
        Mode::Predict => predict::aside(work).into_any(),
        Mode::Tweak => tweak::aside(work).into_any(),
        Mode::Build => build::aside(work).into_any(),
        Mode::Console => console::aside(work).into_any(),
        Mode::Mend => mend::aside(work).into_any(),
        Mode::Present => present::aside(work).into_any(),
    };
    view! {
        <div class="lab-table" class:presenting=presenting class:watching=move || mode.get() == Mode::Watch>
            {header(work)}
            <main class="bench">
                <div class="scene-place">
                    {part(move || troubled(work).into_any())}
                    {part(move || stage(work).into_any())}
                </div>
                <aside class="notes" aria-label=text(move || i18n::mode(t.language(), mode.get()).to_owned())>{part(aside)}</aside>
            </main>
        </div>
    }
}

fn header(work: Work) -> impl IntoView {
    let lab = work.lab;
    let t = lab.t;
    let number = work.entry.with_value(|entry| entry.number);
    let title = move || {
        work.entry
            .with_value(|entry| in_words(&entry.title, t.language()).to_owned())
    };
    let back = move || {
        Place::Catalogue {
            find: String::new(),
            track: work.visit.with(|visit| visit.track.clone()),
        }
        .href()
    };
    view! {
        <header class="table-head">
            <a class="tool" href=back aria-label=i18n::of(t, |w| w.to_lab) title=i18n::of(t, |w| w.to_lab)><Icon name="back"/></a>
            <h1><span class="number">{number}</span>{title}</h1>
            {modes(work)}
            <span class="head-tools">{share::tools(work)}<Choices/></span>
        </header>
    }
}

fn modes(work: Work) -> impl IntoView {
    let t = work.lab.t;
    let offered = work.entry.with_value(|entry| {
        let offers = |mode: &Mode| match mode {
            Mode::Mend => entry.exercises > 0,
            Mode::Console => console::OFFERED,
            _ => true,
        };
        Mode::ALL.into_iter().filter(offers).collect::<Vec<_>>()
    });
    let link = move |mode: Mode| {
        let href = move || {
            work.visit
                .with(|visit| Place::Scenario(visit.in_mode(mode)).href())
        };
        let here = move || work.visit.with(|visit| visit.mode == mode);
        view! { <a href=href aria-current=maybe(move || here().then_some("page"))>{move || i18n::mode(t.language(), mode)}</a> }
    };
    // On a narrow screen the strip scrolls: the mode that is on is in sight.
    let strip = NodeRef::<html::Nav>::new();
    effect(move || {
        work.visit.track();
        let Some(strip) = strip.get() else { return };
        request_animation_frame(move || {
            let on = strip
                .query_selector("[aria-current]")
                .ok()
                .flatten()
                .and_then(|on| on.dyn_into::<HtmlElement>().ok());
            if let Some(on) = on {
                strip.set_scroll_left(
                    on.offset_left()
                        - strip.offset_left()
                        - (strip.client_width() - on.offset_width()) / 2,
                );
            }
        });
    });
    view! { <nav node_ref=strip class="modes" aria-label=i18n::of(t, |w| w.modes)>{offered.into_iter().map(link).collect_view()}</nav> }
}

/// Trouble is told above the stage; the last good run stays below it.
fn troubled(work: Work) -> Option<impl IntoView> {
    let t = work.lab.t;
    let trouble = work.trouble.get()?;
    let changed = work
        .edits
        .with(|edits| edits.as_ref().is_some_and(|edits| !edits.is_empty()));
    let again = !matches!(trouble, Trouble::Refused(_));
    let head = matches!(trouble, Trouble::Refused(_))
        .then(|| view! { <b>{i18n::of(t, |w| w.refused)}</b> });
    let told = move || trouble_words(t, &trouble);
    let nothing_yet = work.played.with_untracked(Option::is_none);
    let retry = move |_| {
        if nothing_yet {
            work.begin();
        } else if let Some(edits) = work.edits.get_untracked() {
            work.play(edits);
        }
    };
    Some(view! {
        <div class="lab-trouble" role="alert">
            <Icon name="warning"/>
            <p>{head}" "{told}</p>
            {again.then(|| view! { <button type="button" class="quiet" on:click=click(retry)>{i18n::of(t, |w| w.retry)}</button> })}
            {changed.then(|| view! { <button type="button" class="quiet" on:click=click(move |_| work.start_over())>{i18n::of(t, |w| w.start_over)}</button> })}
        </div>
    })
}

/// The player, or two of them, or the wait for the first run.
fn stage(work: Work) -> impl IntoView {
    let t = work.lab.t;
    let there = memo(move || work.played.with(Option::is_some));
    let beside = memo(move || work.branch.with(Option::is_some));
    part(move || {
        match (there.get(), beside.get()) {
        (false, _) if work.trouble.with(Option::is_some) => ().into_any(),
        (false, _) => view! { <div class="stage-wait" role="status"><span class="pulse" aria-hidden="true"></span><p>{i18n::of(t, |w| w.running)}</p></div> }.into_any(),
        (true, false) => view! { <Stage work/> }.into_any(),
        (true, true) => tweak::side_by_side(work).into_any(),
    }
    })
}

/// The player with the run. Another run is another list of events for the same player.
#[component]
fn Stage(work: Work) -> impl IntoView {
    let events = Signal::derive(move || {
        work.played.with(|played| {
            played
                .as_ref()
                .map(|p| p.events.clone())
                .unwrap_or_default()
        })
    });
    let messages: Signal<MessageTexts> = Signal::derive(move || {
        work.played
            .with(|played| played.as_deref().map(Work::messages).unwrap_or_default())
    });
    let gate = Signal::derive(move || gate(work));
    let zoom_fixed = Signal::derive(move || {
        work.visit
            .with(|visit| visit.zoom.as_deref().and_then(Zoom::of_name))
    });
    let marks = Signal::derive(move || marks(work));
    let on_gate = Callback::new(move |()| predict::ask(work));
    let on_deck = Callback::new(move |deck: Deck| {
        work.deck.set(Some(deck));
        // Who looked at two runs comes back to where the one stood.
        deck.go(work.stood.get_value());
        follow_end(work, deck);
    });
    on_cleanup(move || {
        if let Some(Some(deck)) = work.deck.try_get_untracked() {
            work.stood
                .try_update_value(|stood| *stood = deck.position.try_get_untracked().unwrap_or(0));
        }
        work.deck.try_set(None);
    });
    view! { <Theatre events live=false run=true messages gate on_gate zoom_fixed marks on_deck/> }
}

/// Only who predicts is stopped.
fn gate(work: Work) -> Option<usize> {
    let asks = work.visit.with(|visit| visit.mode == Mode::Predict) || present::asks(work);
    if asks {
        work.predictions.with(|all| all.gate())
    } else {
        None
    }
}

fn marks(work: Work) -> Vec<Mark> {
    let language = work.lab.t.language();
    let asked = work.predictions.with(|all| all.asked().to_vec());
    let all = asked.len();
    asked
        .into_iter()
        .enumerate()
        .map(|(i, asked)| Mark {
            sort: Sort::Question,
            event: asked.before,
            words: i18n::question_of(language, i + 1, all),
        })
        .collect()
}

/// Who comes to the end has watched it.
fn follow_end(work: Work, deck: Deck) {
    effect(move || {
        let last = deck.timeline.with(|t| t.last());
        if last > 0 && deck.position.get() >= last {
            work.watched();
        }
    });
}

/// What comes after this scenario.
pub(super) fn next(work: Work) -> Option<impl IntoView> {
    let t = work.lab.t;
    let number = work.entry.with_value(|entry| entry.number);
    let track = work.visit.with(|visit| visit.track.clone());
    let of = |catalogue: &Catalogue| catalogue.next(number, track.as_deref()).cloned();
    let next = work.lab.catalogue.with(|all| {
        if let Fetched::Here(all) = all {
            of(all)
        } else {
            None
        }
    })?;
    let href = Place::Scenario(Visit {
        track,
        ..Visit::to(next.number)
    })
    .href();
    let title = move || format!("{} {}", next.number, in_words(&next.title, t.language()));
    Some(
        view! { <a class="next" href=href><small>{texts(t).next_scenario}</small><b>{title}</b></a> },
    )
}
