//! The editor's views: what they show and change is in [`super::bench`] and the pure parts.

mod fields;
mod hosts;
mod quick;
mod records;
mod steps;

use super::bench::Bench;
use super::i18n::{self, texts};
use super::{flaw, own};
use crate::share::keep;
use crate::state::place::{Mode, Place, Visit};
use crate::work::Work;
use frontend::bind::{click, text};
use frontend::parts::icon::Icon;
use leptos::prelude::*;
use sim::scenario::{Edits, Span};

/// The editor beside the player.
#[component]
pub fn Editor(work: Work) -> impl IntoView {
    let bench = Bench::new(work);
    view! {
        <div class="build">
            {tools(bench)}
            <section class="note">
                <quick::NewDomain bench/>
                <quick::NewMessage bench/>
                <quick::Fetch bench/>
            </section>
            <hosts::Hosts bench/>
            <records::Records bench/>
            <steps::Steps bench/>
            {world(bench)}
        </div>
    }
}

fn tools(bench: Bench) -> impl IntoView {
    let work = bench.work;
    let t = work.lab.t;
    let changed = move || {
        work.edits
            .with(|edits| edits.as_ref().is_some_and(|edits| !edits.is_empty()))
    };
    let told = move || {
        if work.busy.get() {
            texts(t).playing
        } else if work.trouble.with(Option::is_some) {
            ""
        } else {
            texts(t).plays
        }
    };
    let is_own = work.entry.with_value(|entry| entry.number == own::NUMBER);
    let empty = move |_| {
        keep::put_own(own::EMPTY_SHEET);
        if is_own {
            work.begin();
        } else {
            work.lab.go(
                &Place::Scenario(Visit::to(own::NUMBER).in_mode(Mode::Build)),
                false,
            );
        }
    };
    let take = move |_| {
        let Some(played) = work.played.get_untracked() else {
            return;
        };
        let mut scenario = played.scenario.clone();
        scenario.number = own::NUMBER;
        scenario.version = 1;
        keep::put_own(&serde_json::to_string_pretty(&scenario).unwrap_or_default());
        work.lab.go(
            &Place::Scenario(Visit::to(own::NUMBER).in_mode(Mode::Build)),
            false,
        );
    };
    view! {
        <section class="note build-tools">
            <p class="hint">{i18n::of(t, |w| w.lead)}</p>
            <p class="then" role="toolbar" aria-label=i18n::of(t, |w| w.undo)>
                <button type="button" class="tool" prop:disabled=move || !bench.can().0 aria-label=i18n::of(t, |w| w.undo) title=i18n::of(t, |w| w.undo) on:click=click(move |_| bench.step(true))><Icon name="undo"/></button>
                <button type="button" class="tool redo" prop:disabled=move || !bench.can().1 aria-label=i18n::of(t, |w| w.redo) title=i18n::of(t, |w| w.redo) on:click=click(move |_| bench.step(false))><Icon name="undo"/></button>
                <button type="button" class="quiet" prop:disabled=move || !changed() on:click=click(move |_| work.start_over())>{i18n::of(t, |w| w.start_over)}</button>
                <button type="button" class="quiet" on:click=click(empty)>{i18n::of(t, |w| w.empty_sheet)}</button>
                {(!is_own).then(|| view! { <button type="button" class="quiet" on:click=click(take)>{i18n::of(t, |w| w.take_as_own)}</button> })}
            </p>
            <p class="good" role="status">{told}</p>
        </section>
    }
}

/// Lengths and chance.
fn world(bench: Bench) -> impl IntoView {
    let t = bench.work.lab.t;
    let told = RwSignal::new(None::<flaw::Flaw>);
    let read = move |of: fn(&sim::scenario::Scenario, &Edits) -> String| {
        move || {
            bench
                .now()
                .map(|(file, edits)| of(&file, &edits))
                .unwrap_or_default()
        }
    };
    let lasts = read(|file, edits| edits.lasts.unwrap_or(file.world.lasts).to_string());
    let latency = read(|file, edits| edits.latency.unwrap_or(file.world.latency).to_string());
    let seed = read(|file, edits| edits.seed.unwrap_or(file.world.seed).to_string());
    let span = move |text: String, put: fn(&mut Edits, Span)| match flaw::span(text.trim()) {
        Ok(millis) => {
            told.set(None);
            bench.change(|_, edits| put(edits, Span(mail::Duration::from_millis(millis))));
        }
        Err(flaw) => told.set(Some(flaw)),
    };
    let put_seed = move |text: String| match flaw::number(text.trim(), 0, i64::MAX) {
        Ok(seed) => {
            told.set(None);
            bench.change(|_, edits| edits.seed = u64::try_from(seed).ok());
        }
        Err(flaw) => told.set(Some(flaw)),
    };
    view! {
        <section class="note build-world">
            <h2>{i18n::of(t, |w| w.world)}</h2>
            <div class="quick-form">
                <label class="field"><span>{i18n::of(t, |w| w.lasts)}</span><input type="text" name="lasts" prop:value=lasts on:change=move |e| span(event_target_value(&e), |edits, span| edits.lasts = Some(span))/></label>
                <label class="field"><span>{i18n::of(t, |w| w.latency)}</span><input type="text" name="latency" prop:value=latency on:change=move |e| span(event_target_value(&e), |edits, span| edits.latency = Some(span))/></label>
                <label class="field"><span>{i18n::of(t, |w| w.seed)}</span><input type="text" name="seed" prop:value=seed on:change=move |e| put_seed(event_target_value(&e))/></label>
            </div>
            <small class="flaw" role="alert" hidden=move || told.with(Option::is_none)>{text(move || told.get().map(|flaw| i18n::flaw(t.language(), &flaw)).unwrap_or_default())}</small>
        </section>
    }
}
