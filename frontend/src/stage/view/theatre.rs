//! The whole player: stage, wire view, explanation, message, transport bar, and the account in
//! sentences. Runs the clock while it plays and listens to keys while it is on the page.

use super::account::Account;
use super::atlas::Atlas;
use super::bar::Bar;
use super::deck::{Deck, Play};
use super::dialogue::Dialogue;
use super::explanation::{ExplanationCard, load_explanations};
use super::head::Head;
use super::hex::Hex;
use super::sheet::Sheet;
use super::side::Side;
use super::wire::{RingView, Wire};
use crate::bind::{effect, listen, text, word};
use crate::stage::MessageTexts;
use crate::stage::marks::Mark;
use crate::stage::zoom::Zoom;
use event::Event;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// A frame that comes later than this was held up (a hidden tab): time does not jump for it.
const FRAME_MS_MAX: f64 = 100.0;

/// Plays a list of events, which may grow while it plays. See [`crate::stage`] for what may be
/// handed in.
#[component]
pub fn Theatre(
    /// All events so far.
    #[prop(into)]
    events: Signal<Vec<Event>>,
    /// More may come.
    #[prop(into)]
    live: Signal<bool>,
    /// A run of many messages in its true order; else the journey of one.
    #[prop(optional)]
    run: bool,
    /// The messages' texts as submitted.
    #[prop(optional, into)]
    messages: Signal<MessageTexts>,
    /// An event that may not be shown yet.
    #[prop(optional, into)]
    gate: Signal<Option<usize>>,
    /// Somebody wants to go on beyond it.
    #[prop(optional)]
    on_gate: Option<Callback<()>>,
    /// A level that a teacher fixed.
    #[prop(optional, into)]
    zoom_fixed: Signal<Option<Zoom>>,
    /// Marks on the track.
    #[prop(optional, into)]
    marks: Signal<Vec<Mark>>,
    /// Is handed the deck once.
    #[prop(optional)]
    on_deck: Option<Callback<Deck>>,
) -> impl IntoView {
    let deck = Deck::new(Play {
        events,
        run,
        live,
        messages,
        gate,
        on_gate,
        zoom_fixed,
        marks,
    });
    on_deck.inspect(|handed| handed.run(deck));
    load_explanations(deck);
    run_clock(deck);
    listen("keydown", move |e: web_sys::KeyboardEvent| {
        if is_ours(&e) && deck.key(&e.key(), e.shift_key()) {
            e.prevent_default();
        }
    });
    // Who leaves the full screen with the browser's own key leaves large type as well.
    listen("fullscreenchange", move |_: web_sys::Event| {
        let document = web_sys::window().and_then(|w| w.document());
        if document.is_some_and(|d| d.fullscreen_element().is_none()) {
            deck.present.set(false);
        }
    });
    view! {
        <div class=text(move || format!("theatre level-{}", deck.zoom.get().name())) class:playing=move || deck.player.with(|p| p.playing)
            class:present=deck.present class:lens=deck.lens>
            <Head deck/>
            {move || level(deck, deck.zoom.get())}
            <Bar deck/>
            <div class="curtain" style:display=word(move || if deck.blank.get() { "block" } else { "none" }) on:click=move |_| deck.blank.set(false)></div>
        </div>
        <Account deck/>
    }
}

/// The picture at a level.
fn level(deck: Deck, zoom: Zoom) -> AnyView {
    match zoom {
        Zoom::Map => view! { <div class="far"><Atlas deck/></div> }.into_any(),
        Zoom::Hops => view! {
            <Sheet deck/>
            <div class="panels"><Dialogue deck/><ExplanationCard deck/><Side deck/></div>
        }
        .into_any(),
        Zoom::Dialogue => view! {
            <div class="panels near"><Wire deck/><div class="stack"><RingView deck/><ExplanationCard deck/></div><Side deck/></div>
        }
        .into_any(),
        Zoom::Bytes => view! {
            <div class="panels nearest"><Wire deck/><Hex deck/><ExplanationCard deck/></div>
        }
        .into_any(),
    }
}

/// Keys belong to the player unless somebody types, a shortcut of the browser is meant, or a button
/// has its own use for Space.
pub(super) fn is_ours(e: &web_sys::KeyboardEvent) -> bool {
    if e.ctrl_key() || e.alt_key() || e.meta_key() || e.default_prevented() {
        return false;
    }
    let Some(target) = e
        .target()
        .and_then(|t| t.dyn_into::<web_sys::Element>().ok())
    else {
        return true;
    };
    let name = target.tag_name().to_ascii_lowercase();
    let types = matches!(name.as_str(), "input" | "textarea" | "select")
        || target.has_attribute("contenteditable");
    let presses = e.key() == " " && matches!(name.as_str(), "button" | "a" | "summary");
    !types && !presses
}

/// Asks for frames only while it plays.
fn run_clock(deck: Deck) {
    let last = StoredValue::new(None::<f64>);
    let gone = StoredValue::new(false);
    let playing = Memo::new(move |_| deck.player.with(|p| p.playing));
    effect(move || {
        if playing.get() {
            last.set_value(None);
            next_frame(deck, last, gone);
        }
    });
    on_cleanup(move || gone.set_value(true));
}

fn next_frame(deck: Deck, last: StoredValue<Option<f64>>, gone: StoredValue<bool>) {
    request_animation_frame(move || {
        if gone.try_get_value().unwrap_or(true) || !deck.player.with_untracked(|p| p.playing) {
            return;
        }
        let now = js_sys::Date::now();
        let passed = last
            .get_value()
            .map_or(0.0, |l| (now - l).clamp(0.0, FRAME_MS_MAX));
        last.set_value(Some(now));
        // Who watches is told only when the picture changes.
        let mut hands = deck.player.get_untracked();
        let moved = deck.timeline.with_untracked(|t| hands.tick(t, passed));
        if moved || !hands.playing {
            deck.player.set(hands);
        } else {
            deck.player.update_untracked(|p| *p = hands);
        }
        next_frame(deck, last, gone);
    });
}
