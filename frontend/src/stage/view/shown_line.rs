//! The line whose bytes are shown.

use event::Event;

/// The line whose bytes are shown.
#[derive(Clone, PartialEq)]
pub(super) struct ShownLine {
    pub(super) event: Event,
    /// Its position.
    pub(super) at: usize,
    pub(super) connection: usize,
    pub(super) message: Option<usize>,
    pub(super) chunks: bool,
}
