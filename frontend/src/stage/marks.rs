//! Marks on the timeline track: questions, changes, the first difference of two runs.

/// What a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MarkKind {
    /// A question about what comes next.
    Question,
    /// The run was changed here.
    Edit,
    /// Two runs begin to differ here.
    Difference,
}

/// A mark on the timeline track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What it marks.
    pub kind: MarkKind,
    /// Index of its event in the list being played.
    pub event: usize,
    /// Text in the reader's language.
    pub words: String,
}
