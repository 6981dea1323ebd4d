//! The whole player: diagram or map, panels, transport bar, and narration. Drives playback and
//! handles keys.

use super::bytes_panel::BytesPanel;
use super::diagram::Diagram;
use super::dialogue_panel::Dialogue;
use super::explanation_panel::{ExplanationPanel, load_explanations};
use super::handle::{PlayerHandle, PlayerInput};
use super::keys_help::KeysHelp;
use super::level_bar::LevelBar;
use super::map_view::MapView;
use super::narration::Narration;
use super::side_panel::Side;
use super::transcript_panel::{StateRingView, Wire};
use super::transport_bar::TransportBar;
use crate::bind::{effect, listen, static_text};
use crate::stage::MessageTexts;
use crate::stage::known_host::KnownHost;
use crate::stage::marks::Mark;
use crate::stage::zoom::Zoom;
use event::Event;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Maximum time counted for one animation frame, so that playback does not jump after a delay
/// (hidden tab).
const FRAME_MS_MAX: f64 = 100.0;

/// Plays a list of events, which may grow during playback. See [`crate::stage`] for the properties.
#[component]
pub fn StageView(
    /// All events so far.
    #[prop(into)]
    events: Signal<Vec<Event>>,
    /// Whether more events may follow.
    #[prop(into)]
    live: Signal<bool>,
    /// Whether the events are a run of many messages in true order, or else the journey of one.
    #[prop(optional)]
    run: bool,
    /// The hosts of a run's network; they change together with the events.
    #[prop(optional, into)]
    network: Signal<Vec<KnownHost>>,
    /// The messages' texts as submitted.
    #[prop(optional, into)]
    messages: Signal<MessageTexts>,
    /// Index of an event that may not be shown yet.
    #[prop(optional, into)]
    gate: Signal<Option<usize>>,
    /// Called when the user tries to go past the gate.
    #[prop(optional)]
    on_gate: Option<Callback<()>>,
    /// The level fixed by the teacher, if any.
    #[prop(optional, into)]
    zoom_fixed: Signal<Option<Zoom>>,
    /// Marks on the track.
    #[prop(optional, into)]
    marks: Signal<Vec<Mark>>,
    /// Called once with the handle of the player.
    #[prop(optional)]
    on_ready: Option<Callback<PlayerHandle>>,
) -> impl IntoView {
    let handle = PlayerHandle::new(PlayerInput {
        events,
        run,
        network,
        live,
        messages,
        gate,
        on_gate,
        zoom_fixed,
        marks,
        built: None,
    });
    on_ready.inspect(|handed| handed.run(handle));
    load_explanations(handle);
    run_clock(handle);
    let focus = FocusSource::new();
    listen("keydown", move |e: web_sys::KeyboardEvent| {
        if focus.is_player_key(&e) && handle.key(&e.key(), e.shift_key()) {
            e.prevent_default();
        }
    });
    // Leaving full screen with the browser's own key also ends presentation mode.
    listen("fullscreenchange", move |_: web_sys::Event| {
        let document = web_sys::window().and_then(|w| w.document());
        if document.is_some_and(|d| d.fullscreen_element().is_none()) {
            handle.present.set(false);
        }
    });
    let at = move |zoom: Zoom| move || handle.zoom.get() == zoom;
    view! {
        // Classes are set one by one: replacing the whole attribute would drop the others.
        <div class="stage-view" class:level-map=at(Zoom::Map) class:level-hops=at(Zoom::Hops) class:level-dialogue=at(Zoom::Dialogue)
            class:level-bytes=at(Zoom::Bytes) class:playing=move || handle.player.with(|p| p.playing)
            class:present=handle.present class:lens=handle.lens>
            <LevelBar handle/>
            {move || level(handle, handle.zoom.get())}
            <TransportBar handle/>
            <KeysHelp handle/>
            <div class="blackout" style:display=static_text(move || if handle.blank.get() { "block" } else { "none" }) on:click=move |_| handle.blank.set(false)></div>
        </div>
        <Narration handle/>
    }
}

/// The content of a level of detail.
fn level(handle: PlayerHandle, zoom: Zoom) -> AnyView {
    match zoom {
        Zoom::Map => view! { <div class="map-level"><MapView handle/></div> }.into_any(),
        Zoom::Hops => view! {
            <Diagram handle/>
            <div class="panels"><Dialogue handle/><ExplanationPanel handle/><Side handle/></div>
        }
        .into_any(),
        Zoom::Dialogue => view! {
            <div class="panels dialogue-level"><Wire handle/><div class="stack"><StateRingView handle/><ExplanationPanel handle/></div><Side handle/></div>
        }
        .into_any(),
        Zoom::Bytes => view! {
            <div class="panels bytes-level"><Wire handle/><BytesPanel handle/><ExplanationPanel handle/></div>
        }
        .into_any(),
    }
}

/// Whether the focused element was reached by pointer or by keyboard.
#[derive(Clone, Copy)]
pub(super) struct FocusSource {
    by_pointer: StoredValue<bool>,
}

impl FocusSource {
    /// Follows the pointer and the Tab key of the page.
    pub(super) fn new() -> FocusSource {
        let by_pointer = StoredValue::new(false);
        listen("pointerdown", move |_: web_sys::Event| {
            by_pointer.set_value(true);
        });
        FocusSource { by_pointer }
    }

    /// Whether a key belongs to the player: not while the user types, and not for browser
    /// shortcuts. Space presses a button that was reached by keyboard; after a click on a button it
    /// still controls the player.
    pub(super) fn is_player_key(self, e: &web_sys::KeyboardEvent) -> bool {
        if e.key() == "Tab" {
            self.by_pointer.set_value(false);
        }
        if e.ctrl_key() || e.alt_key() || e.meta_key() || e.default_prevented() {
            return false;
        }
        let Some(target) = e
            .target()
            .and_then(|t| t.dyn_into::<web_sys::HtmlElement>().ok())
        else {
            return true;
        };
        let name = target.tag_name().to_ascii_lowercase();
        let types = matches!(name.as_str(), "input" | "textarea" | "select")
            || target.has_attribute("contenteditable");
        let presses = e.key() == " " && matches!(name.as_str(), "button" | "a" | "summary");
        if presses && self.by_pointer.get_value() {
            // Otherwise the release of the key would press the button.
            let _ = target.blur();
            return true;
        }
        !types && !presses
    }
}

/// Drives playback; requests animation frames only while playing.
fn run_clock(handle: PlayerHandle) {
    let last = StoredValue::new(None::<f64>);
    let gone = StoredValue::new(false);
    let playing = Memo::new(move |_| handle.player.with(|p| p.playing));
    effect(move || {
        if playing.get() {
            last.set_value(None);
            next_frame(handle, last, gone);
        }
    });
    on_cleanup(move || gone.set_value(true));
}

fn next_frame(handle: PlayerHandle, last: StoredValue<Option<f64>>, gone: StoredValue<bool>) {
    request_animation_frame(move || {
        if gone.try_get_value().unwrap_or(true) || !handle.player.with_untracked(|p| p.playing) {
            return;
        }
        let now = js_sys::Date::now();
        let passed = last
            .get_value()
            .map_or(0.0, |l| (now - l).clamp(0.0, FRAME_MS_MAX));
        last.set_value(Some(now));
        // Subscribers are notified only when the position changes.
        let mut player = handle.player.get_untracked();
        let moved = handle.timeline.with_untracked(|t| player.tick(t, passed));
        if moved || !player.playing {
            handle.player.set(player);
        } else {
            handle.player.update_untracked(|p| *p = player);
        }
        next_frame(handle, last, gone);
    });
}
