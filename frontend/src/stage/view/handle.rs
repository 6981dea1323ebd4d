//! The signals that the components of one player share, and the actions of its buttons and keys.

use crate::bind::effect;
use crate::i18n::{Language, Locale, use_locale};
use crate::stage::MessageTexts;
use crate::stage::explain::Explanations;
use crate::stage::i18n::{clock, dated_clock};
use crate::stage::known_host::KnownHost;
use crate::stage::layout::{Layout, Viewport};
use crate::stage::marks::Mark;
use crate::stage::model::{MessageState, Timeline};
use crate::stage::player::Player;
use crate::stage::scene::Scene;
use crate::stage::timeline::StepUnit;
use crate::stage::zoom::Zoom;
use crate::web::storage;
use event::Event;
use leptos::prelude::*;
use mail::Time;

/// The inputs of a player.
#[derive(Clone, Copy)]
pub struct PlayerInput {
    /// The events to play. The list may grow, or be replaced by another run.
    pub events: Signal<Vec<Event>>,
    /// Whether the events are a run of many messages in true order, or else the journey of one.
    pub run: bool,
    /// The hosts of a run's network, if known; they change together with the events.
    pub network: Signal<Vec<KnownHost>>,
    /// Whether more events may follow.
    pub live: Signal<bool>,
    /// The messages' texts as submitted, if known.
    pub messages: Signal<MessageTexts>,
    /// Index of an event that may not be shown yet.
    pub gate: Signal<Option<usize>>,
    /// Called when the user tries to go past the gate.
    pub on_gate: Option<Callback<()>>,
    /// The level fixed by the teacher, if any.
    pub zoom_fixed: Signal<Option<Zoom>>,
    /// Marks on the track.
    pub marks: Signal<Vec<Mark>>,
    /// The timeline of these events, where it is built together with another run's.
    pub built: Option<Signal<Timeline>>,
}

/// One player: its timeline, its position and the scene there.
#[derive(Clone, Copy)]
pub struct PlayerHandle {
    /// The timeline being played.
    pub timeline: RwSignal<Timeline>,
    /// The playback state.
    pub player: RwSignal<Player>,
    /// The current position.
    pub position: Memo<usize>,
    /// The message selected by the user; `None` follows the message of the current step.
    pub interest: RwSignal<Option<usize>>,
    /// The scene at the current position.
    pub scene: Memo<Scene>,
    /// The layout of the diagram.
    pub layout: Memo<Layout>,
    /// The area of the screen for the diagram.
    pub viewport: RwSignal<Viewport>,
    /// The level of detail.
    pub zoom: Memo<Zoom>,
    /// Presentation mode: large type and only the diagram.
    pub present: RwSignal<bool>,
    /// Whether the screen is blanked, as by a presenter's remote.
    pub blank: RwSignal<bool>,
    /// Whether the list of keys is open.
    pub help: RwSignal<bool>,
    /// The term that the user points at: the key of its explanation, and its text.
    pub word: RwSignal<Option<(String, String)>>,
    /// Whether lines are coloured by who can read them.
    pub lens: RwSignal<bool>,
    /// Explanations in the current language.
    pub explanations: RwSignal<Explanations>,
    /// Whether more events may follow.
    pub live: Signal<bool>,
    /// The messages' texts as submitted, if known.
    pub messages: Signal<MessageTexts>,
    /// Marks on the track.
    pub marks: Signal<Vec<Mark>>,
    /// The level fixed by the teacher, if any.
    pub zoom_fixed: Signal<Option<Zoom>>,
    /// The user's offset from UTC, in minutes east.
    pub east_minutes: i32,
    zoom_chosen: RwSignal<Zoom>,
    locale: Locale,
}

/// Storage key of the selected level.
const ZOOM_KEPT: &str = "stage.zoom";

fn timeline_of(events: Vec<Event>, play: &PlayerInput) -> Timeline {
    if let Some(built) = play.built {
        built.get_untracked()
    } else if play.run {
        Timeline::from_network(events, play.network.get_untracked())
    } else {
        Timeline::from_events(events)
    }
}

impl PlayerHandle {
    /// Creates the state of a player.
    pub fn new(play: PlayerInput) -> PlayerHandle {
        let timeline = RwSignal::new(timeline_of(play.events.get_untracked(), &play));
        let player = RwSignal::new(Player::default());
        let position = Memo::new(move |_| player.with(|p| p.position));
        let interest = RwSignal::new(None);
        let scene =
            Memo::new(move |_| timeline.with(|t| Scene::of(t, position.get(), interest.get())));
        let viewport = RwSignal::new(Viewport {
            width: 0.0,
            height: f64::INFINITY,
            large: false,
        });
        let present = RwSignal::new(false);
        let layout = Memo::new(move |_| {
            let viewport = Viewport {
                large: present.get(),
                ..viewport.get()
            };
            timeline.with(|t| Layout::fit(t, viewport))
        });
        let zoom_chosen = RwSignal::new(
            storage::get(ZOOM_KEPT)
                .and_then(|name| Zoom::of_name(&name))
                .unwrap_or_default(),
        );
        let zoom = Memo::new(move |_| play.zoom_fixed.get().unwrap_or_else(|| zoom_chosen.get()));
        let handle = PlayerHandle {
            timeline,
            player,
            position,
            interest,
            scene,
            layout,
            viewport,
            zoom,
            present,
            word: RwSignal::new(None),
            lens: RwSignal::new(false),
            blank: RwSignal::new(false),
            help: RwSignal::new(false),
            explanations: RwSignal::new(Explanations::default()),
            live: play.live,
            messages: play.messages,
            marks: play.marks,
            zoom_fixed: play.zoom_fixed,
            east_minutes: utc_offset_minutes(),
            zoom_chosen,
            locale: use_locale(),
        };
        // A new step clears the term that the user points at.
        effect(move || {
            position.track();
            handle.word.set(None);
        });
        handle.follow_events(play);
        handle.follow_gate(play);
        handle
    }

    fn follow_events(self, play: PlayerInput) {
        let begun = StoredValue::new(false);
        effect(move || {
            let all = play.events.get();
            play.built.inspect(Signal::track);
            // The initial events are already in the timeline.
            if !begun.get_value() {
                begun.set_value(true);
                return;
            }
            let newer = timeline_of(all, &play);
            let mut player = self.player.get_untracked();
            self.timeline.with_untracked(|old| {
                if play.run {
                    player.change(old, &newer);
                } else {
                    player.grow(old, &newer);
                }
            });
            player.stop_before(
                &newer,
                play.gate
                    .get_untracked()
                    .and_then(|index| newer.position_of_event(index)),
            );
            self.timeline.set(newer);
            self.player.set(player);
        });
    }

    fn follow_gate(self, play: PlayerInput) {
        effect(move || {
            let gate = play.gate.get();
            let before = self
                .timeline
                .with_untracked(|t| gate.and_then(|index| t.position_of_event(index)));
            self.update_player(|p, t| p.stop_before(t, before));
        });
        let limit_hits = Memo::new(move |_| self.player.with(|p| p.limit_hits));
        let heard = StoredValue::new(limit_hits.get_untracked());
        effect(move || {
            let limit_hits = limit_hits.get();
            if heard.get_value() != limit_hits {
                heard.set_value(limit_hits);
                play.on_gate.inspect(|on_gate| on_gate.run(()));
            }
        });
    }

    /// Index of the current event in the input list; `None` during a wait. Tracked.
    pub fn event_index(self) -> Option<usize> {
        let position = self.position.get();
        self.timeline.with(|t| t.event_of_position(position))
    }

    /// Goes to an event, given its index in the input list.
    pub fn go_to_event(self, index: usize) {
        self.update_player(|p, t| {
            t.position_of_event(index)
                .into_iter()
                .for_each(|position| p.go(t, position));
        });
    }

    /// The last position that may be shown. Tracked.
    pub fn last(self) -> usize {
        let player = self.player.get();
        self.timeline.with(|t| player.last(t))
    }

    /// Selects a level of detail, unless the teacher fixed one.
    pub fn set_zoom(self, zoom: Zoom) {
        if self.zoom_fixed.get_untracked().is_none() {
            self.zoom_chosen.set(zoom);
            storage::set(ZOOM_KEPT, zoom.name());
        }
    }

    /// The current language. Tracked.
    pub fn language(self) -> Language {
        self.locale.language()
    }

    /// A time on the user's clock, with the date if the run passes midnight. Tracked.
    pub fn clock(self, at: Time, thousandths: bool) -> String {
        let dated = self.timeline.with(|t| t.passes_midnight(self.east_minutes));
        if dated {
            dated_clock(self.language(), at, self.east_minutes, thousandths)
        } else {
            clock(at, self.east_minutes, thousandths)
        }
    }

    /// As [`PlayerHandle::clock`], short enough for the diagram: with a date, seconds are omitted.
    pub fn short_clock(self, at: Time) -> String {
        let mut text = self.clock(at, false);
        let dated = self.timeline.with(|t| t.passes_midnight(self.east_minutes));
        if dated {
            text.truncate(text.len() - ":00".len());
        }
        text
    }

    /// Changes the playback state.
    pub fn update_player(self, f: impl FnOnce(&mut Player, &Timeline)) {
        let mut player = self.player.get_untracked();
        self.timeline.with_untracked(|t| f(&mut player, t));
        if player != self.player.get_untracked() {
            self.player.set(player);
        }
    }

    /// Goes to a position.
    pub fn go(self, position: usize) {
        self.update_player(|p, t| p.go(t, position));
    }

    /// Turns presentation mode on or off, in full screen if the browser allows it.
    pub fn set_present(self, large: bool) {
        self.present.set(large);
        let Some(document) = web_sys::window().and_then(|w| w.document()) else {
            return;
        };
        if large {
            document
                .document_element()
                .map(|page| page.request_fullscreen());
        } else if document.fullscreen_element().is_some() {
            document.exit_fullscreen();
        }
    }

    /// The text of a message as submitted, if known.
    pub fn text_of(self, message: Option<usize>) -> Option<String> {
        let journeys = self
            .timeline
            .with(|t| Some(t.messages.get(message?)?.journeys.clone()))?;
        self.messages
            .with(|all| journeys.iter().find_map(|j| all.get(j).cloned()))
    }

    /// The current layout, untracked: moving parts are recreated with it.
    pub(super) fn drawn_layout(self) -> Layout {
        self.layout.get_untracked()
    }

    /// Reads the selected message's state at the current step.
    pub fn message_state<T>(self, f: impl FnOnce(&MessageState) -> T) -> T {
        self.scene.with(|s| f(&s.message_state))
    }

    /// Handles a key; returns whether it has an effect.
    pub fn key(self, key: &str, shift: bool) -> bool {
        match (key, shift) {
            (" ", false) => self.update_player(Player::toggle),
            ("ArrowRight", false) => self.update_player(|p, t| p.step(t, true)),
            ("ArrowLeft", false) => self.update_player(|p, t| p.step(t, false)),
            ("ArrowRight", true) => self.update_player(|p, t| p.step_by(t, true, StepUnit::Hop)),
            ("ArrowLeft", true) => self.update_player(|p, t| p.step_by(t, false, StepUnit::Hop)),
            // Keys of a presenter's remote.
            ("PageDown", _) => self.update_player(|p, t| p.step_by(t, true, StepUnit::Exchange)),
            ("PageUp", _) => self.update_player(|p, t| p.step_by(t, false, StepUnit::Exchange)),
            ("Home", _) => self.go(0),
            ("End", _) => self.update_player(|p, t| p.go(t, t.last())),
            ("]", _) => self.update_player(|p, t| p.notable(t, true)),
            ("[", _) => self.update_player(|p, t| p.notable(t, false)),
            ("+" | ">", _) => self.update_player(|p, _| p.shift_speed(true)),
            ("-" | "<", _) => self.update_player(|p, _| p.shift_speed(false)),
            ("1" | "2" | "3" | "4", false) => Zoom::of_key(key)
                .into_iter()
                .for_each(|zoom| self.set_zoom(zoom)),
            ("b" | "B" | ".", _) => self.blank.update(|b| *b = !*b),
            ("f" | "F", _) => self.set_present(!self.present.get_untracked()),
            ("w" | "W", _) => self.lens.update(|l| *l = !*l),
            ("?", _) => self.help.update(|open| *open = !*open),
            ("Escape", _) if self.help.get_untracked() => self.help.set(false),
            ("Escape", _) if self.blank.get_untracked() => self.blank.set(false),
            ("Escape", _) if self.present.get_untracked() => self.set_present(false),
            _ => return false,
        }
        true
    }
}

fn utc_offset_minutes() -> i32 {
    #[cfg(target_arch = "wasm32")]
    return -(js_sys::Date::new_0().get_timezone_offset() as i32);
    #[cfg(not(target_arch = "wasm32"))]
    0
}
