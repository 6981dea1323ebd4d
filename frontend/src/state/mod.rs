//! What the webmail knows and how it changes: plain structs with methods, tested natively. Views
//! bind them and decide nothing. Nothing here touches the page, the network or a clock.

pub mod address;
pub mod backoff;
pub mod calls;
pub mod delivery;
pub mod draft;
pub mod files;
pub mod folders;
pub mod keys;
pub mod list;
pub mod notices;
pub mod place;
pub mod prefs;
pub mod recipient_field;
pub mod search;
pub mod selection;
pub mod text;
