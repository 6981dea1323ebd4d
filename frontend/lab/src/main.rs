//! Starts the pages of the Lab in its own document; in another page, such as the webmail, it only
//! provides the player.

use lab::player::Options;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

fn main() {
    #[cfg(debug_assertions)]
    std::panic::set_hook(Box::new(|panic| {
        web_sys::console::error_1(&panic.to_string().into());
    }));
    if lab::pages::is_ours() {
        lab::pages::start();
    }
}

/// A player embedded in another page, such as the webmail.
#[wasm_bindgen]
pub struct Mounted(lab::player::EmbeddedPlayer);

/// Mounts a player in an element. `language` is a tag (`zh-CN`, `en`); `live` says whether more
/// events may come.
#[wasm_bindgen]
pub fn mount_player(element: HtmlElement, language: &str, live: bool) -> Mounted {
    Mounted(lab::player::embed(
        element,
        Options {
            language: lab::player::language(language),
            live,
        },
    ))
}

#[wasm_bindgen]
impl Mounted {
    /// Sets all events so far, as JSON.
    pub fn feed(&self, events: &str) {
        self.0.feed(events);
    }

    /// Sets the URL of the raw message whose journey is shown.
    pub fn message(&self, address: &str) {
        self.0.message(address);
    }

    /// Sets the language by its tag.
    pub fn language(&self, tag: &str) {
        self.0.set_language(lab::player::language(tag));
    }

    /// Sets whether more events may come.
    pub fn live(&self, live: bool) {
        self.0.set_live(live);
    }

    /// Removes the player from the page.
    pub fn unmount(self) {
        drop(self);
    }
}
