//! The webmail in the browser (MUA): views over plain state, connected to the backend by one
//! WebSocket. Makes no mail decisions and parses no messages; the backend does.
//!
//! Reading order: [`language`] and [`state`] (plain structs, tested natively), [`i18n`] (texts in
//! both languages), [`web`] (browser APIs: socket, uploads, storage), [`bind`] and [`app`] (signals
//! over the state), [`parts`] and [`pages`] (views), [`stage`] (the player of a message's journey),
//! [`root`]. Each depends only on earlier ones.

// View macros produce deeply nested types.
#![recursion_limit = "256"]

pub mod language;
pub mod state;

pub mod i18n;

pub mod web;

pub mod bind;

pub mod app;
pub mod stage;

pub mod parts;

pub mod pages;
pub mod root;
