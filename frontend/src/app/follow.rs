//! Following journeys: a view follows a journey while it is shown; several views may follow the
//! same one. Followed again after a reconnection.

use super::App;
use crate::bind::effect;
use crate::state::failure::Failure;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail::JourneyId;
use wire::{DeliveryStep, EventList, Problem, Request, Response};

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

/// What is known of a followed journey.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FollowedJourney {
    /// Its events, as they arrived; no list is empty.
    pub events: Vec<EventList>,
    /// What they mean for the recipients, in order.
    pub steps: Vec<DeliveryStep>,
}

impl FollowedJourney {
    fn add(&mut self, events: EventList, steps: Vec<DeliveryStep>) {
        if !events.is_empty() {
            self.events.push(events);
        }
        for step in steps {
            // They arrive nearly in order; the position is searched from the end.
            let place = self
                .steps
                .iter()
                .rposition(|known| known.order() <= step.order())
                .map_or(0, |at| at + 1);
            self.steps.insert(place, step);
        }
    }
}

/// A followed journey of the account.
#[derive(Clone, Debug)]
pub struct JourneyEntry {
    id: JourneyId,
    known: FollowedJourney,
    /// The number of views that follow it.
    followers: u32,
}

/// A journey followed as long as its owner exists.
#[derive(Clone, Copy)]
pub struct Followed {
    /// The journey so far.
    pub journey: Signal<FollowedJourney>,
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
                    Ok(Response::Journey {
                        journey,
                        events,
                        steps,
                    }) => {
                        let first = mine.try_get_untracked() == Some(None);
                        let mut known = FollowedJourney::default();
                        known.add(events, steps);
                        self.begin_following(journey, known, first);
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
        let journey = Signal::derive(move || {
            let of = |all: &Vec<JourneyEntry>, id| {
                all.iter()
                    .find(|entry| entry.id == id)
                    .map(|entry| entry.known.clone())
            };
            mine.get()
                .and_then(|id| self.journeys.with(|all| of(all, id)))
                .unwrap_or_default()
        });
        let live =
            Signal::derive(move || matches!(state.get(), FollowState::Live(_)) && self.is_up());
        Followed {
            journey,
            state,
            live,
        }
    }

    fn begin_following(self, id: JourneyId, known: FollowedJourney, first: bool) {
        self.journeys
            .update(|all| match all.iter_mut().find(|entry| entry.id == id) {
                Some(entry) => {
                    entry.known = known;
                    entry.followers += u32::from(first);
                }
                None => all.push(JourneyEntry {
                    id,
                    known,
                    followers: 1,
                }),
            });
    }

    fn end_following(self, journey: JourneyId) {
        let mut last = false;
        self.journeys.update(|all| {
            if let Some(at) = all.iter().position(|entry| entry.id == journey) {
                all[at].followers = all[at].followers.saturating_sub(1);
                last = all[at].followers == 0;
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

    pub(super) fn add_events(
        self,
        journey: JourneyId,
        events: EventList,
        steps: Vec<DeliveryStep>,
    ) {
        self.journeys.update(|all| {
            if let Some(entry) = all.iter_mut().find(|entry| entry.id == journey) {
                entry.known.add(events, steps);
            }
        });
    }
}
