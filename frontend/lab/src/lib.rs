//! The Lab: a mail network to pause, break and understand. Pages over the simulator (`sim`, in its
//! own worker) and the player (`frontend::stage`): the catalogue, a scenario in its modes,
//! predictions, changes, comparisons. Decides nothing about mail.
//!
//! Reading order: [`state`] (plain data, tested natively), [`i18n`] (texts), [`goal_text`] (what an
//! exercise is missing), [`link`] (worker and server), [`app`] (shared state), [`workspace`] (one
//! open scenario: file, edits, run), [`pages`] (views), [`player`] (the player embedded in the
//! webmail). [`build`] (the editor), [`console`] (typing protocols) and [`share`] (links and
//! exports) have pages of their own.

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
