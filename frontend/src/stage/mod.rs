//! The stage: from the events of a letter's way to the picture of it. First the pure part, in reading order: who takes part
//! (`places`), which conversations there were (`hops`), the steps in time (`timeline`), what becomes of the letter (`course`),
//! the picture at one step (`scene`), where it stands on the sheet (`layout`, `caption`), and the hands on the clock (`player`);
//! the words for it (`words`, `sentences`, `explain`). Then the view, which only binds them.
//! Knows no mailbox and no socket: whoever has events, real or simulated, hands them in.

pub mod places;

pub mod hops;

pub mod timeline;

pub mod course;

pub mod scene;

pub mod layout;

pub mod caption;

pub mod player;

pub mod words;

pub mod sentences;

pub mod explain;

pub mod view;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
