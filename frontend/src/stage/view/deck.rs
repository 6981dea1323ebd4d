//! The signals that the parts of one player share, and what its buttons and keys do.

use crate::bind::effect;
use crate::stage::course::Course;
use crate::stage::explain::Explanations;
use crate::stage::layout::Layout;
use crate::stage::player::Player;
use crate::stage::scene::Scene;
use crate::stage::timeline::{Timeline, Unit};
use crate::words::{Language, Tongue, use_words};
use event::Event;
use leptos::prelude::*;

/// A sheet wider than this is enlarged as a whole, so that a projector's picture grows with its wall.
const SHEET_WIDTH_MAX: f64 = 1360.0;

/// One player: what is played, where it stands, and the picture of it.
#[derive(Clone, Copy)]
pub struct Deck {
    /// What is played.
    pub timeline: RwSignal<Timeline>,
    /// The hands.
    pub player: RwSignal<Player>,
    /// The step that is shown.
    pub position: Memo<usize>,
    /// The picture.
    pub scene: Memo<Scene>,
    /// Where it stands on the sheet.
    pub layout: Memo<Layout>,
    /// The sheet's width on the screen, in CSS pixels.
    pub width: RwSignal<f64>,
    /// Explanations of the language in use.
    pub explanations: RwSignal<Explanations>,
    /// More may come.
    pub live: Signal<bool>,
    /// The reader's clock, minutes east of Greenwich.
    pub east_minutes: i32,
    tongue: Tongue,
}

impl Deck {
    /// A player for events that may grow.
    pub fn new(events: Signal<Vec<Event>>, live: Signal<bool>) -> Deck {
        let timeline = RwSignal::new(Timeline::from_events(events.get_untracked()));
        let player = RwSignal::new(Player::default());
        let position = Memo::new(move |_| player.with(|p| p.position));
        let scene = Memo::new(move |_| timeline.with(|t| Scene::at(t, position.get())));
        let width = RwSignal::new(0.0_f64);
        let layout = Memo::new(move |_| timeline.with(|t| Layout::new(t, width.get().clamp(300.0, SHEET_WIDTH_MAX))));
        let explanations = RwSignal::new(Explanations::default());
        let east_minutes = east_of_greenwich();
        let begun = StoredValue::new(false);
        effect(move || {
            let all = events.get();
            // The first ones are there already.
            if !begun.get_value() {
                begun.set_value(true);
                return;
            }
            let newer = Timeline::from_events(all);
            let mut hands = player.get_untracked();
            timeline.with_untracked(|old| hands.grow(old, &newer));
            timeline.set(newer);
            player.set(hands);
        });
        Deck { timeline, player, position, scene, layout, width, explanations, live, east_minutes, tongue: use_words() }
    }

    /// The language in use, followed.
    pub fn language(self) -> Language {
        self.tongue.language()
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

    /// The letter's state at the step.
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
