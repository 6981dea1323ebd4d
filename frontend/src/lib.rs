//! The browser half, the reader's own agent (MUA): pages and parts that show, plain state behind
//! them, one WebSocket to the backend. Decides nothing about mail and never parses a message: what
//! it shows, the backend has read.
//!
//! Reading order: [`state`] (plain structs, tested natively), [`words`] (both languages), [`web`]
//! (what only a browser has: socket, uploads, storage), [`app`] (the signals that bind them),
//! [`parts`] and [`pages`] (views), [`stage`] (a message's journey as a picture).

// View macros write types several screens long.
#![recursion_limit = "256"]

pub mod i18n;
pub mod state;

pub mod web;

pub mod bind;

pub mod app;
pub mod parts;

pub mod pages;
pub mod stage;
