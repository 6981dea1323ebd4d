//! The state of the webmail and its transitions: plain structs with methods, tested natively.
//! Independent of the page, the network and the clock.

pub mod address;
pub mod backoff;
pub mod calls;
pub mod clipboard;
pub mod compositions;
pub mod days;
pub mod delivery;
pub mod draft;
pub mod failure;
pub mod files;
pub mod folders;
pub mod frame_fit;
pub mod kept_copy;
pub mod keys;
pub mod list;
pub mod mailto;
pub mod notices;
pub mod order;
pub mod percent;
pub mod place;
pub mod prefs;
pub mod recipient_field;
pub mod recipient_list;
pub mod reply;
pub mod search;
pub mod selection;
pub mod station_time;
pub mod text;
