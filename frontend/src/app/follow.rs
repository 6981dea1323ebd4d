//! Following journeys: a view follows a journey while it is shown; several views may follow the
//! same one. Followed again after a reconnection.

use super::App;
use crate::bind::effect;
use crate::state::failure::Failure;
use event::Event;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail::JourneyId;
use wire::{Problem, Request, Response};

/// The state of a followed journey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FollowState {
    /// Requested.
    Loading,
    /// Loaded; new events arrive automatically.
    Live(JourneyId),
    /// Loading failed.
    Failed(Failure),
}

/// A journey followed as long as its owner exists.
#[derive(Clone, Copy)]
pub struct Followed {
    /// The events so far, in order.
    pub events: Signal<Vec<Event>>,
    /// The state.
    pub state: RwSignal<FollowState>,
    /// Whether more events may arrive.
    pub live: Signal<bool>,
}

impl App {
    /// Follows a journey until the view is dropped: [`Request::Follow`] for a stored message,
    /// [`Request::FollowSent`] for one just sent.
    pub fn follow(self, ask: Request) -> Followed {
        let state = RwSignal::new(FollowState::Loading);
        let mine = RwSignal::new(None::<JourneyId>);
        effect(move || {
            if self.epoch.get() == 0 {
                return;
            }
            let ask = ask.clone();
            spawn_local(async move {
                match self.call(ask).await {
                    Ok(Response::Journey { journey, events }) => {
                        let first = mine.try_get_untracked() == Some(None);
                        self.begin_following(journey, events, first);
                        // The view may have been dropped in the meantime.
                        if mine.try_set(Some(journey)).is_some() {
                            self.end_following(journey);
                        }
                        state.try_set(FollowState::Live(journey));
                    }
                    Ok(_) => drop(state.try_set(FollowState::Failed(Problem::Malformed.into()))),
                    Err(failure) => drop(state.try_set(FollowState::Failed(failure))),
                }
            });
        });
        on_cleanup(move || {
            if let Some(Some(journey)) = mine.try_get_untracked() {
                self.end_following(journey);
            }
        });
        let events = Signal::derive(move || {
            let of = |all: &Vec<(JourneyId, Vec<Event>, u32)>, id| {
                all.iter()
                    .find(|(known, ..)| *known == id)
                    .map(|(_, events, _)| events.clone())
            };
            mine.get()
                .and_then(|id| self.journeys.with(|all| of(all, id)))
                .unwrap_or_default()
        });
        let live =
            Signal::derive(move || matches!(state.get(), FollowState::Live(_)) && self.is_up());
        Followed {
            events,
            state,
            live,
        }
    }

    fn begin_following(self, journey: JourneyId, events: Vec<Event>, first: bool) {
        self.journeys.update(
            |all| match all.iter_mut().find(|(known, ..)| *known == journey) {
                Some((_, known, followers)) => {
                    *known = events;
                    *followers += u32::from(first);
                }
                None => all.push((journey, events, 1)),
            },
        );
    }

    fn end_following(self, journey: JourneyId) {
        let mut last = false;
        self.journeys.update(|all| {
            if let Some(at) = all.iter().position(|(known, ..)| *known == journey) {
                all[at].2 = all[at].2.saturating_sub(1);
                last = all[at].2 == 0;
                if last {
                    all.remove(at);
                }
            }
        });
        if last {
            spawn_local(async move {
                // A lost connection ends following anyway.
                let _ = self.call(Request::Unfollow { journey }).await;
            });
        }
    }

    pub(super) fn add_events(self, journey: JourneyId, more: Vec<Event>) {
        self.journeys.update(|all| {
            if let Some((_, events, _)) = all.iter_mut().find(|(known, ..)| *known == journey) {
                // They arrive nearly in order; the position is searched from the end.
                for event in more {
                    let place = events
                        .iter()
                        .rposition(|known| known.order() <= event.order())
                        .map_or(0, |at| at + 1);
                    events.insert(place, event);
                }
            }
        });
    }
}
