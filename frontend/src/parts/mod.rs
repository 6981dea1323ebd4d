//! Small parts that pages are made of: icons, stamps, the journey strip, notices, dialogs,
//! receivers, what a text looks like.

pub mod delivery;
pub mod dialog;
pub mod dialogs;
pub mod icon;
pub mod notices;
pub mod prose;
pub mod receivers;
pub mod stamp;
pub mod strip;
