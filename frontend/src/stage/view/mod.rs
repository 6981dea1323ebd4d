//! Leptos components of the player. They bind the pure modules to SVG and HTML and contain no
//! logic.

mod byte_colors;
mod bytes_panel;
mod caption_view;
mod compare;
mod connection_heading;
mod diagram;
mod dialogue_panel;
mod envelopes;
mod explanation_panel;
mod glyphs;
mod handle;
mod keys_help;
mod level_bar;
mod map_view;
mod message_panel;
mod narration;
mod queue_panel;
mod shown_line;
mod side_panel;
mod stage_view;
mod term_view;
mod track;
mod transcript_panel;
mod transport_bar;
mod verdicts_panel;
mod viewport;
mod visibility_panel;
mod wires;

pub use compare::Compare;
pub use glyphs::{Icon, IconGlyph, RoleGlyph, role_path};
pub use handle::{PlayerHandle, PlayerInput};
pub use stage_view::StageView;
