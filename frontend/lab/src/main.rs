//! Starts the Lab's pages where the document is the Lab's own; in another page (the webmail) it
//! only lends the player.

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

/// A player in somebody else's page.
#[wasm_bindgen]
pub struct Mounted(lab::player::EmbeddedPlayer);

/// Puts a player into an element: its language (`zh-CN`, `en`), and whether more events may come.
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
    /// All events so far, as JSON.
    pub fn feed(&self, events: &str) {
        self.0.feed(events);
    }

    /// Where the source of the message is to be had, for whose journey it is.
    pub fn message(&self, address: &str) {
        self.0.message(address);
    }

    /// Another language.
    pub fn language(&self, tag: &str) {
        self.0.set_language(lab::player::language(tag));
    }

    /// Whether more may come.
    pub fn live(&self, live: bool) {
        self.0.set_live(live);
    }

    /// Takes the player away.
    pub fn unmount(self) {
        drop(self);
    }
}
