//! Small parts that pages are made of: icons, stamps, the journey strip, notices, dialogs,
//! recipients, what a text looks like.

pub mod delivery;
pub mod dialog;
pub mod dialogs;
pub mod icon;
pub mod notices;
pub mod prose;
pub mod recipients;
pub mod stamp;
pub mod strip;
