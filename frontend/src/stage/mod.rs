//! The stage: from the events of messages' ways to the picture of them. First the pure part, in
//! reading order: who takes part (`topology`), which conversations there were (`hops`), what time it
//! truly was (`clocks`), the steps in time (`timeline`), which messages there are (`tracked`), what
//! becomes of each (`message_state`), all of it after a step (`state`), the picture at one step (`scene`),
//! where it stands on the sheet (`layout`, `caption`), and the hands on the clock (`player`); the
//! words for it (`words`, `sentences`, `explain`). Then the view, which only binds them. Knows no
//! mailbox and no socket: whoever has events, real or simulated, hands them in.
//!
//! # For whoever shows a player
//!
//! ```text
//! view! {
//!     <Theatre events live                    // Signal<Vec<Event>>, Signal<bool>: what is played; more may come
//!         run=true                            // many messages, in true order, with what belongs to none (the Lab); else one message's journey
//!         messages                             // Signal<Messages>: JourneyId → the message's text as submitted, where known
//!         gate on_gate                        // Signal<Option<usize>>, Callback<()>: an event (index in `events`) that may not be shown yet:
//!                                             // nothing goes beyond it, and whoever tries calls `on_gate`
//!         zoom_fixed                          // Signal<Option<Zoom>>: a teacher's level; none leaves it to the reader (kept in the browser)
//!         marks                               // Signal<Vec<Mark>>: on the track, by event index
//!         on_deck                             // Callback<Deck>: handed out once, when the player stands
//!     />
//! }
//! ```
//! Everything but `events` and `live` may be left out. A [`view::PlayerHandle`] is `Copy`: `position` (a
//! `Memo<usize>`, the step shown), `event_index()` (followed; none during a wait),
//! `go_to_event(index)`, `go(position)`, `timeline` with [`timeline::Timeline::position_of_event`]
//! and [`timeline::Timeline::event_of_position`], `player` (play, pause, speed), `interest` (the
//! message of choice), `zoom`, `present`. A [`crate::words::Tongue`] must be in the context, as
//! everywhere. Events may be replaced at any time (another run): the reader stays at the
//! same event. Two runs side by side are `view::Compare`; `storyboard::svg` draws a range as one
//! picture.

pub mod topology;

pub mod connections;

mod clocks;

pub mod timeline;

pub mod tracked_message;

pub mod message_state;

pub mod run_state;

pub mod scene;

pub mod layout;

pub mod caption;

pub mod map;

pub mod zoom;

pub mod marks;

pub mod player;

pub mod storyboard;

pub mod compare;

pub mod i18n;

pub mod sentences;

pub mod explain;

pub mod terms;

pub mod state_ring;

pub mod bytes;

pub mod message_source;

pub mod visibility;

pub mod byte_visibility;

pub mod proof;

pub mod view;

/// Texts of messages as submitted, by journey.
pub type MessageTexts = std::collections::HashMap<mail::JourneyId, String>;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
