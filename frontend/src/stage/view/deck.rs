//! The signals that the parts of one player share, and what its buttons and keys do.

use crate::bind::effect;
use crate::i18n::{Language, Locale, use_locale};
use crate::stage::MessageTexts;
use crate::stage::course::Course;
use crate::stage::explain::Explanations;
use crate::stage::layout::{Layout, Space};
use crate::stage::marks::Mark;
use crate::stage::player::Player;
use crate::stage::scene::Scene;
use crate::stage::timeline::{Timeline, Unit};
use crate::stage::zoom::Zoom;
use crate::web::storage;
use event::Event;
use leptos::prelude::*;

/// What a player is given.
#[derive(Clone, Copy)]
pub struct Play {
    /// What is played. It may grow, or be replaced by another run.
    pub events: Signal<Vec<Event>>,
    /// A run of many messages in its true order; else the journey of one.
    pub run: bool,
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
pub struct Deck {
    /// What is played.
    pub timeline: RwSignal<Timeline>,
    /// The hands.
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
    pub space: RwSignal<Space>,
    /// How near one looks.
    pub zoom: Memo<Zoom>,
    /// For a projector: large type, and nothing but the stage.
    pub present: RwSignal<bool>,
    /// The picture is hidden, as a presenter's remote asks for.
    pub blank: RwSignal<bool>,
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

fn made(events: Vec<Event>, run: bool) -> Timeline {
    if run {
        Timeline::from_run(events)
    } else {
        Timeline::from_events(events)
    }
}

impl Deck {
    /// A player.
    pub fn new(play: Play) -> Deck {
        let timeline = RwSignal::new(made(play.events.get_untracked(), play.run));
        let player = RwSignal::new(Player::default());
        let position = Memo::new(move |_| player.with(|p| p.position));
        let interest = RwSignal::new(None);
        let scene =
            Memo::new(move |_| timeline.with(|t| Scene::of(t, position.get(), interest.get())));
        let space = RwSignal::new(Space {
            width: 0.0,
            height: f64::INFINITY,
            large: false,
        });
        let present = RwSignal::new(false);
        let layout = Memo::new(move |_| {
            let space = Space {
                large: present.get(),
                ..space.get()
            };
            timeline.with(|t| Layout::fit(t, space))
        });
        let zoom_chosen = RwSignal::new(
            storage::get(ZOOM_KEPT)
                .and_then(|name| Zoom::of_name(&name))
                .unwrap_or_default(),
        );
        let zoom = Memo::new(move |_| play.zoom_fixed.get().unwrap_or_else(|| zoom_chosen.get()));
        let deck = Deck {
            timeline,
            player,
            position,
            interest,
            scene,
            layout,
            space,
            zoom,
            present,
            word: RwSignal::new(None),
            lens: RwSignal::new(false),
            blank: RwSignal::new(false),
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
            deck.word.set(None);
        });
        deck.follow_events(play);
        deck.follow_gate(play);
        deck
    }

    fn follow_events(self, play: Play) {
        let begun = StoredValue::new(false);
        effect(move || {
            let all = play.events.get();
            // The first ones are there already.
            if !begun.get_value() {
                begun.set_value(true);
                return;
            }
            let newer = made(all, play.run);
            let mut hands = self.player.get_untracked();
            self.timeline.with_untracked(|old| {
                if play.run {
                    hands.change(old, &newer)
                } else {
                    hands.grow(old, &newer)
                }
            });
            hands.stop_before(
                &newer,
                play.gate
                    .get_untracked()
                    .and_then(|index| newer.position_of_event(index)),
            );
            self.timeline.set(newer);
            self.player.set(hands);
        });
    }

    fn follow_gate(self, play: Play) {
        effect(move || {
            let gate = play.gate.get();
            let before = self
                .timeline
                .with_untracked(|t| gate.and_then(|index| t.position_of_event(index)));
            self.hands(|p, t| p.stop_before(t, before));
        });
        let knocks = Memo::new(move |_| self.player.with(|p| p.knocks));
        let heard = StoredValue::new(knocks.get_untracked());
        effect(move || {
            let knocks = knocks.get();
            if heard.get_value() != knocks {
                heard.set_value(knocks);
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
        self.hands(|p, t| {
            t.position_of_event(index)
                .into_iter()
                .for_each(|position| p.go(t, position))
        });
    }

    /// The last position that may be shown, followed.
    pub fn last(self) -> usize {
        let player = self.player.get();
        self.timeline.with(|t| player.last(t))
    }

    /// Looks nearer or from farther away, unless a teacher fixed it.
    pub fn look(self, zoom: Zoom) {
        if self.zoom_fixed.get_untracked().is_none() {
            self.zoom_chosen.set(zoom);
            storage::set(ZOOM_KEPT, zoom.name());
        }
    }

    /// The language in use, followed.
    pub fn language(self) -> Language {
        self.locale.language()
    }

    /// Changes the hands.
    pub fn hands(self, f: impl FnOnce(&mut Player, &Timeline)) {
        let mut hands = self.player.get_untracked();
        self.timeline.with_untracked(|t| f(&mut hands, t));
        if hands != self.player.get_untracked() {
            self.player.set(hands);
        }
    }

    /// Stands at a step.
    pub fn go(self, position: usize) {
        self.hands(|p, t| p.go(t, position));
    }

    /// For a projector, or no more. Where the browser allows it, the whole screen is taken.
    pub fn show_large(self, large: bool) {
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

    /// The message's state at the step.
    pub fn course<T>(self, f: impl FnOnce(&Course) -> T) -> T {
        self.scene.with(|s| f(&s.course))
    }

    /// What a key does; true where it does anything.
    pub fn key(self, key: &str, shift: bool) -> bool {
        match (key, shift) {
            (" ", false) => self.hands(Player::toggle),
            ("ArrowRight", false) => self.hands(|p, t| p.step(t, true)),
            ("ArrowLeft", false) => self.hands(|p, t| p.step(t, false)),
            ("ArrowRight", true) => self.hands(|p, t| p.step_by(t, true, Unit::Hop)),
            ("ArrowLeft", true) => self.hands(|p, t| p.step_by(t, false, Unit::Hop)),
            // What a presenter's remote sends.
            ("PageDown", _) => self.hands(|p, t| p.step_by(t, true, Unit::Turn)),
            ("PageUp", _) => self.hands(|p, t| p.step_by(t, false, Unit::Turn)),
            ("Home", _) => self.go(0),
            ("End", _) => self.hands(|p, t| p.go(t, t.last())),
            ("]", _) => self.hands(|p, t| p.notable(t, true)),
            ("[", _) => self.hands(|p, t| p.notable(t, false)),
            ("+" | ">", _) => self.hands(|p, _| p.shift_speed(true)),
            ("-" | "<", _) => self.hands(|p, _| p.shift_speed(false)),
            ("1" | "2" | "3" | "4", false) => Zoom::of_key(key)
                .into_iter()
                .for_each(|zoom| self.look(zoom)),
            ("b" | "B" | ".", _) => self.blank.update(|b| *b = !*b),
            ("f" | "F", _) => self.show_large(!self.present.get_untracked()),
            ("w" | "W", _) => self.lens.update(|l| *l = !*l),
            ("Escape", _) if self.blank.get_untracked() => self.blank.set(false),
            ("Escape", _) if self.present.get_untracked() => self.show_large(false),
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
