//! The stage: from the events of a letter's way to the picture of it. First the pure part, in reading order: who takes part
//! (`places`), which conversations there were (`hops`), the steps in time (`timeline`), what becomes of the letter (`course`),
//! the picture at one step (`scene`), where it stands on the sheet (`layout`), and the hands on the clock (`player`). Then the view.
//! Knows no mailbox and no socket: whoever has events, real or simulated, hands them in.

pub mod course;
pub mod hops;
pub mod layout;
pub mod places;
pub mod player;
pub mod scene;
pub mod timeline;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
