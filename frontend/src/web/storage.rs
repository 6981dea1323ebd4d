//! Local storage: settings and the unsent draft. Browsers without storage (private windows, full
//! quota) are not an error.

use web_sys::Storage;

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// Reads a value.
pub fn get(name: &str) -> Option<String> {
    storage()?.get_item(&full(name)).ok()?
}

/// Stores a value.
pub fn set(name: &str, text: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(&full(name), text);
    }
}

/// Removes a value.
pub fn remove(name: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&full(name));
    }
}

fn full(name: &str) -> String {
    format!("glasspost.{name}")
}
