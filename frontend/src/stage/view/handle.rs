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

/// What a player is given.
#[derive(Clone, Copy)]
pub struct PlayerInput {
    /// What is played. It may grow, or be replaced by another run.
    pub events: Signal<Vec<Event>>,
    /// A run of many messages in its true order; else the journey of one.
    pub run: bool,
    /// The hosts of a run's network, where they are known; they change together with the events.
    pub network: Signal<Vec<KnownHost>>,
    /// More may come.
    pub live: Signal<bool>,
    /// The messages' texts as submitted, where known.
    pub messages: Signal<MessageTexts>,
    /// An event that may not be shown yet, by its index.
    pub gate: Signal<Option<usize>>,
    /// Somebody wants to go on beyond it.
    pub on_gate: Option<Callback<()>>,
    /// A level that a teacher fixed.
    pub zoom_fixed: Signal<Option<Zoom>>,
    /// Marks on the track.
    pub marks: Signal<Vec<Mark>>,
}

/// One player: what is played, where it stands, and the picture of it.
#[derive(Clone, Copy)]
pub struct PlayerHandle {
    /// What is played.
    pub timeline: RwSignal<Timeline>,
    /// The playback state.
    pub player: RwSignal<Player>,
    /// The step that is shown.
    pub position: Memo<usize>,
    /// The message of the reader's choice; none follows the message that is spoken of.
    pub interest: RwSignal<Option<usize>>,
    /// The picture.
    pub scene: Memo<Scene>,
    /// Where it stands on the sheet.
    pub layout: Memo<Layout>,
    /// The sheet's place on the screen.
    pub viewport: RwSignal<Viewport>,
    /// How near one looks.
    pub zoom: Memo<Zoom>,
    /// For a projector: large type, and nothing but the stage.
    pub present: RwSignal<bool>,
    /// The picture is hidden, as a presenter's remote asks for.
    pub blank: RwSignal<bool>,
    /// The list of keys is open.
    pub help: RwSignal<bool>,
    /// The word of a line that the reader points at, by the key of its explanation, with the words
    /// themselves.
    pub word: RwSignal<Option<(String, String)>>,
    /// Lines are coloured by who can read them.
    pub lens: RwSignal<bool>,
    /// Explanations of the language in use.
    pub explanations: RwSignal<Explanations>,
    /// More may come.
    pub live: Signal<bool>,
    /// The messages' texts as submitted, where known.
    pub messages: Signal<MessageTexts>,
    /// Marks on the track.
    pub marks: Signal<Vec<Mark>>,
    /// A level that a teacher fixed.
    pub zoom_fixed: Signal<Option<Zoom>>,
    /// The reader's clock, minutes east of Greenwich.
    pub east_minutes: i32,
    zoom_chosen: RwSignal<Zoom>,
    locale: Locale,
}

/// Where the reader's level is kept.
const ZOOM_KEPT: &str = "stage.zoom";

fn timeline_of(events: Vec<Event>, play: &PlayerInput) -> Timeline {
    if play.run {
        Timeline::from_network(events, play.network.get_untracked())
    } else {
        Timeline::from_events(events)
    }
}

impl PlayerHandle {
    /// A player.
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
            east_minutes: east_of_greenwich(),
            zoom_chosen,
            locale: use_locale(),
        };
        // Who goes on points at nothing any more.
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
            // The first ones are there already.
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

    /// The event that is shown, by its index in the list that was handed in; followed. None during
    /// a wait.
    pub fn event_index(self) -> Option<usize> {
        let position = self.position.get();
        self.timeline.with(|t| t.event_of_position(position))
    }

    /// Stands at an event, by its index in the list that was handed in.
    pub fn go_to_event(self, index: usize) {
        self.update_player(|p, t| {
            t.position_of_event(index)
                .into_iter()
                .for_each(|position| p.go(t, position));
        });
    }

    /// The last position that may be shown, followed.
    pub fn last(self) -> usize {
        let player = self.player.get();
        self.timeline.with(|t| player.last(t))
    }

    /// Looks nearer or from farther away, unless a teacher fixed it.
    pub fn set_zoom(self, zoom: Zoom) {
        if self.zoom_fixed.get_untracked().is_none() {
            self.zoom_chosen.set(zoom);
            storage::set(ZOOM_KEPT, zoom.name());
        }
    }

    /// The language in use, followed.
    pub fn language(self) -> Language {
        self.locale.language()
    }

    /// A time on the reader's clock, with the date where the run passes midnight; tracked.
    pub fn clock(self, at: Time, thousandths: bool) -> String {
        let dated = self.timeline.with(|t| t.passes_midnight(self.east_minutes));
        if dated {
            dated_clock(self.language(), at, self.east_minutes, thousandths)
        } else {
            clock(at, self.east_minutes, thousandths)
        }
    }

    /// As [`PlayerHandle::clock`], short enough for the diagram: a date takes the seconds' place.
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

    /// Stands at a step.
    pub fn go(self, position: usize) {
        self.update_player(|p, t| p.go(t, position));
    }

    /// For a projector, or no more. Where the browser allows it, the whole screen is taken.
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

    /// The text of the message of an event as submitted, where it is known.
    pub fn text_of(self, message: Option<usize>) -> Option<String> {
        let journeys = self
            .timeline
            .with(|t| Some(t.messages.get(message?)?.journeys.clone()))?;
        self.messages
            .with(|all| journeys.iter().find_map(|j| all.get(j).cloned()))
    }

    /// The layout as it is drawn, untracked: what moves is made anew with it.
    pub(super) fn drawn_layout(self) -> Layout {
        self.layout.get_untracked()
    }

    /// The message's state at the step.
    pub fn message_state<T>(self, f: impl FnOnce(&MessageState) -> T) -> T {
        self.scene.with(|s| f(&s.message_state))
    }

    /// What a key does; true where it does anything.
    pub fn key(self, key: &str, shift: bool) -> bool {
        match (key, shift) {
            (" ", false) => self.update_player(Player::toggle),
            ("ArrowRight", false) => self.update_player(|p, t| p.step(t, true)),
            ("ArrowLeft", false) => self.update_player(|p, t| p.step(t, false)),
            ("ArrowRight", true) => self.update_player(|p, t| p.step_by(t, true, StepUnit::Hop)),
            ("ArrowLeft", true) => self.update_player(|p, t| p.step_by(t, false, StepUnit::Hop)),
            // What a presenter's remote sends.
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

fn east_of_greenwich() -> i32 {
    #[cfg(target_arch = "wasm32")]
    return -(js_sys::Date::new_0().get_timezone_offset() as i32);
    #[cfg(not(target_arch = "wasm32"))]
    0
}
