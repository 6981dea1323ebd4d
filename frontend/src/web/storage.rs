//! What the browser keeps for us on this device: settings, and a message that was being written when
//! the tab closed. A browser that keeps nothing (private windows, full storage) is no error.

use web_sys::Storage;

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// What stands under a name.
pub fn get(name: &str) -> Option<String> {
    storage()?.get_item(&full(name)).ok()?
}

/// Keeps a text under a name.
pub fn set(name: &str, text: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(&full(name), text);
    }
}

/// Forgets it.
pub fn remove(name: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&full(name));
    }
}

fn full(name: &str) -> String {
    format!("glasspost.{name}")
}
