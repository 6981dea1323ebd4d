//! Marks on the timeline track: questions, changes, the first difference of two runs.

/// What a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MarkKind {
    /// A question about what comes next.
    Question,
    /// Here the run was changed.
    Edit,
    /// Here two runs begin to differ.
    Difference,
}

/// A mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What for.
    pub kind: MarkKind,
    /// At which event, by its index in the list that is played.
    pub event: usize,
    /// In the reader's language.
    pub words: String,
}
