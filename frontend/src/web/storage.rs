//! Local storage: settings and unsaved messages. Browsers without storage (private windows, full
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

/// The names that begin with a prefix.
pub fn names(prefix: &str) -> Vec<String> {
    let Some(storage) = storage() else {
        return Vec::new();
    };
    let count = storage.length().unwrap_or(0);
    let mut names: Vec<String> = (0..count)
        .filter_map(|index| storage.key(index).ok().flatten())
        .filter_map(|name| name.strip_prefix("glasspost.").map(str::to_owned))
        .filter(|name| name.starts_with(prefix))
        .collect();
    names.sort();
    names
}

fn full(name: &str) -> String {
    format!("glasspost.{name}")
}
