//! The view of the stage: Leptos components that bind the pure part to SVG and HTML. They decide nothing.

mod account;
mod bar;
mod deck;
mod dialogue;
mod explanation;
mod glyphs;
mod letters;
mod paper;
mod sheet;
mod slip;
mod theatre;
mod track;
mod wires;

pub use deck::{Deck, Play};
pub use glyphs::{RoleGlyph, Sign, SignGlyph, role_path};
pub use theatre::Theatre;
