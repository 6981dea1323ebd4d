//! The player: shows the events of messages as an animated diagram. The pure part comes first, in
//! reading order: the data (`model`), hosts and agents (`topology`), connections, clocks, the
//! `timeline`, the messages, the state of each message and of the run, the picture at one step
//! (`scene`), its geometry (`layout`, `caption`, `map`), the playback state (`player`) and the
//! texts (`i18n`, `sentences`, `explain`). The view only binds them. The player knows no mailbox
//! and no socket: recorded or simulated events are passed in.
//!
//! # Using the player
//!
//! ```text
//! view! {
//!     <StageView events live  // Signal<Vec<Event>>, Signal<bool>: the events; more may come
//!         run=true            // all messages of a run (the Lab); else one message's journey
//!         network             // Signal<Vec<KnownHost>>: the hosts of a run's network
//!         messages            // Signal<MessageTexts>: JourneyId → the message as submitted
//!         gate on_gate        // Signal<Option<usize>>, Callback<()>: index of an event that may
//!                             // not be shown yet; an attempt to pass it calls `on_gate`
//!         zoom_fixed          // Signal<Option<Zoom>>: a locked level; `None` lets the user choose
//!         marks               // Signal<Vec<Mark>>: marks on the track, by event index
//!         on_ready            // Callback<PlayerHandle>: called once, when the player is mounted
//!     />
//! }
//! ```
//! Everything but `events` and `live` is optional. A [`view::PlayerHandle`] is `Copy`: `position`
//! (a `Memo<usize>`, the current step), `event_index()` (tracked; `None` during a wait),
//! `go_to_event(index)`, `go(position)`, `timeline`, `player` (play, pause, speed), `interest` (the
//! selected message), `zoom`, `present`. A [`crate::i18n::Locale`] must be in the context. Events
//! may be replaced at any time: the player stays at the same event. [`view::Compare`] shows two
//! runs side by side; [`storyboard::svg`] draws a range of steps as one picture.

pub mod model;

pub mod known_host;

pub mod topology;

pub mod connections;

mod clocks;

pub mod timeline;

pub mod tracked_message;

pub mod message_state;

pub mod run_state;

pub mod dns_text;

pub mod text_width;

pub mod scene;

pub mod layout;

pub mod caption;

pub mod map;

pub mod zoom;

pub mod marks;

pub mod player;

pub mod storyboard;

pub mod outcome;

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
