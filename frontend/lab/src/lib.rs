//! The Lab: a whole Internet of mail that one can pause, break and understand. Pages over the
//! engine (`sim`, in a worker of its own) and the player (`frontend::stage`): the catalogue, a
//! scenario in its modes, predictions, changes, comparisons. Decides nothing about mail: what
//! happened, the engine says; how it looks, the player.
//!
//! Reading order: [`state`] (plain, tested natively), [`words`] (both languages), [`goal`] (what an
//! exercise lacks), [`link`] (the engine's worker, the server), [`app`] (what every page shares),
//! [`workspace`] (one scenario on the table: its file, the learner's edits, the run), [`pages`] (views),
//! [`player`] (the player lent to the webmail). Rooms with pages of their own: [`build`] (the
//! editor), [`console`] (typing by hand), [`share`] (links and exports).

// View macros write types several screens long.
#![recursion_limit = "256"]

pub mod i18n;
pub mod state;

pub mod goal_text;

pub mod link;

pub mod app;
pub mod workspace;

pub mod pages;

pub mod build;
pub mod console;
pub mod share;

pub mod player;
