//! The Lab: a mail network to pause, break and understand. Pages over the simulator (`sim`, in its
//! own worker) and the player (`frontend::stage`): the catalogue, a scenario in its modes,
//! predictions, changes, comparisons. Contains no mail logic of its own.
//!
//! Reading order: [`state`] (plain data, tested natively), [`i18n`] (texts), [`goal_text`] (unmet
//! conditions of exercises), [`repair_lesson`] (what a repair taught), [`link`] (worker, server,
//! storage), [`run_error`], [`app`] (shared state), [`workspace`] (one open scenario: file, edits,
//! run), [`build`] (the editor), [`share`] (links and exports), [`console`] (typing protocols),
//! [`pages`] (the views of all modes), [`player`] (the player embedded in the webmail).

// View macros generate deeply nested types.
#![recursion_limit = "256"]

pub mod i18n;
pub mod state;

pub mod goal_text;
pub mod repair_lesson;

pub mod link;
pub mod run_error;

pub mod app;
pub mod workspace;

pub mod build;
pub mod console;
pub mod share;

pub mod pages;

pub mod player;
