//! Reusable components: icons, avatars, the journey strip, notifications, dialogs, the recipient
//! field, plain text.

pub mod address;
pub mod chip;
pub mod delivery;
pub mod dialog;
pub mod dialogs;
pub mod folder_dialogs;
pub mod icon;
pub mod notices;
pub mod people;
pub mod prose;
pub mod recipient_input;
pub mod recipient_line;
pub mod recipients;
pub mod source_dialog;
pub mod stamp;
pub mod strip;
pub mod suggestions;
