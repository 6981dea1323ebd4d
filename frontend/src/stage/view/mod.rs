//! The view of the stage: Leptos components that bind the pure part to SVG and HTML. They decide
//! nothing.

mod account;
mod atlas;
mod bar;
mod compare;
mod deck;
mod dialogue;
mod explanation;
mod glyphs;
mod head;
mod hex;
mod i18n;
mod messages;
mod paper;
mod queue;
mod readers;
mod sheet;
mod side;
mod slip;
mod space;
mod theatre;
mod track;
mod verdicts;
mod wire;
mod wires;
mod witnesses;

pub use compare::Compare;
pub use deck::{Deck, Play};
pub use glyphs::{RoleGlyph, Sign, SignGlyph, role_path};
pub use theatre::Theatre;
