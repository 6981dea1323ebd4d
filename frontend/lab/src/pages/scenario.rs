//! The page of a scenario: title, modes, player, and the panel of the mode.

use super::handout::handout;
use super::top_bar::{DisplaySettings, TopBar, fetch_error};
use super::{predict, present, repair, tweak, vote, watching};
use crate::app::{Fetched, Lab, use_lab};
use crate::i18n;
use crate::run_error::RunError;
use crate::state::catalogue::{Entry, localized};
use crate::state::network::network;
use crate::state::route::{Mode, Route, ScenarioRoute};
use crate::workspace::Workspace;
use crate::{build, console, share};
use frontend::bind::{click, effect, memo, optional, part, text};
use frontend::parts::icon::Icon;
use frontend::stage::MessageTexts;
use frontend::stage::marks::{Mark, MarkKind};
use frontend::stage::view::{PlayerHandle, StageView};
use frontend::stage::zoom::Zoom;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The page of `/lab/s/:number`.
#[component]
pub fn ScenarioPage(
    /// The number of the scenario.
    number: u32,
) -> impl IntoView {
    let lab = use_lab();
    let entry = memo(move || match lab.catalogue.get() {
        Fetched::Loaded(catalogue) => Some(catalogue.entry(number).cloned()),
        _ => None,
    });
    let shown = move || {
        match entry.get() {
        Some(Some(entry)) => view! { <ScenarioWorkspace entry/> }.into_any(),
        Some(None) => unknown(lab).into_any(),
        None => match lab.catalogue.get() {
            Fetched::Failed(why) => {
                view! { <TopBar/><main class="lab-alone">{fetch_error(lab, why, move || lab.load_catalogue())}</main> }.into_any()
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
        <TopBar/>
        <main class="lost"><h1>{i18n::of(lab.t, |w| w.no_such_scenario)}</h1><a href="/lab/">{i18n::of(lab.t, |w| w.to_lab)}</a></main>
    }
}

fn waiting(lab: Lab) -> impl IntoView {
    view! { <TopBar/><main class="lab-alone" aria-busy="true"><p role="status">{i18n::of(lab.t, |w| w.loading)}</p></main> }
}

fn route_of(lab: Lab, number: u32) -> ScenarioRoute {
    match lab.place.get() {
        Route::Scenario(route) if route.number == number => route,
        _ => ScenarioRoute::to(number),
    }
}

/// An open scenario.
#[component]
fn ScenarioWorkspace(entry: Entry) -> impl IntoView {
    let lab = use_lab();
    let number = entry.number;
    let route = memo(move || route_of(lab, number));
    let workspace = Workspace::new(lab, entry, route);
    provide_context(workspace);
    let t = lab.t;
    effect(move || {
        lab.title(&workspace.title());
    });
    let mode = memo(move || route.with(|route| route.mode));
    let presenting = move || mode.get() == Mode::Present;
    let aside = move || match mode.get() {
        Mode::Watch => watching::aside(workspace).into_any(),
        Mode::Predict => predict::aside(workspace).into_any(),
        Mode::Tweak => tweak::aside(workspace).into_any(),
        Mode::Build => build::aside(workspace).into_any(),
        Mode::Console => console::aside(workspace).into_any(),
        Mode::Mend => repair::aside(workspace).into_any(),
        Mode::Present => present::aside(workspace).into_any(),
    };
    let ended = watching::shows_lesson(workspace);
    view! {
        <div class="lab-workspace" class:presenting=presenting class:predicting=move || mode.get() == Mode::Predict class:watching=move || mode.get() == Mode::Watch class:ended=move || ended.get()>
            {header(workspace)}
            {share::notices(workspace)}
            <main class="workspace-main">
                <div class="player-area">
                    {part(move || error_banner(workspace).into_any())}
                    {part(move || stage(workspace).into_any())}
                </div>
                <aside class="notes" aria-label=text(move || i18n::mode(t.language(), mode.get()).to_owned())>{part(aside)}</aside>
                {watching::end_card(workspace)}
            </main>
            {handout(workspace)}
        </div>
    }
}

fn header(workspace: Workspace) -> impl IntoView {
    let lab = workspace.lab;
    let t = lab.t;
    let number = workspace.entry.with_value(|entry| entry.number);
    let title = move || {
        workspace
            .entry
            .with_value(|entry| localized(&entry.title, t.language()).to_owned())
    };
    let back = move || {
        Route::Catalogue {
            find: String::new(),
            track: workspace.route.with(|route| route.track.clone()),
        }
        .href()
    };
    view! {
        <header class="workspace-head">
            <a class="tool" href=back aria-label=i18n::of(t, |w| w.to_lab) title=i18n::of(t, |w| w.to_lab)><Icon name="back"/></a>
            <h1><span class="number">{number}</span>{title}</h1>
            <Show when=move || workspace.is_changed()><span class="changed-mark">{i18n::of(t, |w| w.changed)}</span></Show>
            {modes(workspace)}
            <span class="head-tools">{share::tools(workspace)}<DisplaySettings/></span>
        </header>
    }
}

fn modes(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let offered = workspace.entry.with_value(|entry| {
        let offers = |mode: &Mode| match mode {
            Mode::Mend => entry.exercises > 0,
            Mode::Console => console::OFFERED,
            _ => true,
        };
        Mode::ALL.into_iter().filter(offers).collect::<Vec<_>>()
    });
    let link = move |mode: Mode| {
        let href = move || {
            workspace
                .route
                .with(|route| Route::Scenario(route.in_mode(mode)).href())
        };
        let here = move || workspace.route.with(|route| route.mode == mode);
        view! { <a href=href aria-current=optional(move || here().then_some("page"))>{move || i18n::mode(t.language(), mode)}</a> }
    };
    // On a narrow screen the mode bar scrolls: keeps the current mode visible.
    let strip = NodeRef::<html::Nav>::new();
    effect(move || {
        workspace.route.track();
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

/// An error, shown above the stage; the last successful run stays visible.
fn error_banner(workspace: Workspace) -> Option<impl IntoView> {
    let t = workspace.lab.t;
    let error = workspace.error.get()?;
    let changed = workspace.is_changed();
    let again = !matches!(error, RunError::Refused(_));
    let head = matches!(error, RunError::Refused(_))
        .then(|| view! { <b>{i18n::of(t, |w| w.refused)}</b> });
    let error_text = move || error.text(t);
    let nothing_yet = workspace.played.with_untracked(Option::is_none);
    let retry = move |_| {
        if nothing_yet {
            workspace.begin();
        } else if let Some(edits) = workspace.edits.get_untracked() {
            workspace.play(edits);
        }
    };
    Some(view! {
        <div class="lab-error" role="alert">
            <Icon name="warning"/>
            <p>{head}" "{error_text}</p>
            {again.then(|| view! { <button type="button" class="quiet" on:click=click(retry)>{i18n::of(t, |w| w.retry)}</button> })}
            {changed.then(|| view! { <button type="button" class="quiet" on:click=click(move |_| workspace.start_over())>{i18n::of(t, |w| w.start_over)}</button> })}
        </div>
    })
}

/// One player, two side by side, or a placeholder during the first run.
fn stage(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let there = memo(move || workspace.played.with(Option::is_some));
    let beside = memo(move || {
        workspace.route.with(|route| route.mode.compares())
            && workspace.alternative.with(Option::is_some)
    });
    part(move || {
        match (there.get(), beside.get()) {
        (false, _) if workspace.error.with(Option::is_some) => ().into_any(),
        (false, _) => view! { <div class="stage-wait" role="status"><span class="pulse" aria-hidden="true"></span><p>{i18n::of(t, |w| w.running)}</p></div> }.into_any(),
        (true, false) => view! { <Stage workspace/> }.into_any(),
        (true, true) => tweak::side_by_side(workspace).into_any(),
    }
    })
}

/// The player with the run. A new run only replaces the events of the same player.
#[component]
fn Stage(workspace: Workspace) -> impl IntoView {
    let events = Signal::derive(move || {
        workspace.played.with(|played| {
            played
                .as_ref()
                .map(|p| p.events.clone())
                .unwrap_or_default()
        })
    });
    let messages: Signal<MessageTexts> = Signal::derive(move || {
        workspace.played.with(|played| {
            played
                .as_deref()
                .map(Workspace::messages)
                .unwrap_or_default()
        })
    });
    let network = Signal::derive(move || {
        let played = workspace.played.get();
        played.as_deref().map(network).unwrap_or_default()
    });
    let gate = Signal::derive(move || gate(workspace));
    let zoom_fixed = Signal::derive(move || {
        workspace
            .route
            .with(|route| route.zoom.as_deref().and_then(Zoom::of_name))
    });
    let marks = Signal::derive(move || marks(workspace));
    let on_gate = Callback::new(move |()| predict::ask(workspace));
    let on_ready = Callback::new(move |player: PlayerHandle| {
        workspace.player.set(Some(player));
        // After a comparison, returns to the previous position.
        player.go(workspace.last_position.get_value());
        follow_end(workspace, player);
    });
    on_cleanup(move || {
        if let Some(Some(player)) = workspace.player.try_get_untracked() {
            workspace.last_position.try_update_value(|last_position| {
                *last_position = player.position.try_get_untracked().unwrap_or(0);
            });
        }
        workspace.player.try_set(None);
    });
    view! { <StageView events live=false run=true network messages gate on_gate zoom_fixed marks on_ready/> }
}

/// The event before which playback stops; only while predicting or voting.
fn gate(workspace: Workspace) -> Option<usize> {
    let asks = workspace.route.with(|route| route.mode == Mode::Predict)
        || vote::stops_playback(workspace);
    if asks {
        workspace.predictions.with(|all| all.gate())
    } else {
        None
    }
}

fn marks(workspace: Workspace) -> Vec<Mark> {
    let language = workspace.lab.t.language();
    let asked = workspace.predictions.with(|all| all.asked().to_vec());
    let all = asked.len();
    asked
        .into_iter()
        .enumerate()
        .map(|(i, asked)| Mark {
            kind: MarkKind::Question,
            event: asked.before,
            words: i18n::question_of(language, i + 1, all),
        })
        .collect()
}

/// Marks the scenario as watched when playback reaches the end.
fn follow_end(workspace: Workspace, player: PlayerHandle) {
    effect(move || {
        let last = player.timeline.with(|t| t.last());
        if last > 0 && player.position.get() >= last {
            workspace.watched();
        }
    });
}
