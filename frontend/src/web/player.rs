//! The journey player from the Lab's bundle, loaded when a journey is opened, so that the webmail
//! does not contain it. `/lab/player.js` stores a promise of the bundle's exports on the page.
//!
//! Failures: a failed load is reported and retried by the next [`load`].

use crate::web::events::first_event;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlElement, Window};

/// The global variable of the promise.
const PROMISE: &str = "glasspostLab";

/// The loaded player module.
pub struct Players(JsValue);

/// A mounted player; removed when dropped.
pub struct Player(JsValue);

/// Loads the player module once. `attempt` changes the URL, since browsers cache a failed script.
pub async fn load(attempt: u32) -> Option<Players> {
    let window = web_sys::window()?;
    if !has_promise(&window) {
        fetch(&window, attempt).await?;
    }
    let promise: Promise = Reflect::get(&window, &PROMISE.into())
        .ok()?
        .dyn_into()
        .ok()?;
    match JsFuture::from(promise).await {
        Ok(exports) => Some(Players(exports)),
        Err(_) => {
            let _ = Reflect::delete_property(&window, &PROMISE.into());
            None
        }
    }
}

fn has_promise(window: &Window) -> bool {
    Reflect::has(window, &PROMISE.into()) == Ok(true)
}

async fn fetch(window: &Window, attempt: u32) -> Option<()> {
    let document = window.document()?;
    let script: HtmlElement = document.create_element("script").ok()?.unchecked_into();
    script.set_attribute("type", "module").ok()?;
    let again = if attempt > 0 {
        format!("?again={attempt}")
    } else {
        String::new()
    };
    script
        .set_attribute("src", &format!("/lab/player.js{again}"))
        .ok()?;
    let ended = first_event(&script, ["load", "error"]);
    document.head()?.append_child(&script).ok()?;
    // After success and failure; the promise tells which.
    let _ = ended.await;
    script.remove();
    has_promise(window).then_some(())
}

impl Players {
    /// Mounts a player in an element.
    pub fn mount(&self, element: &HtmlElement, language: &str, live: bool) -> Option<Player> {
        let mount: Function = Reflect::get(&self.0, &"mount_player".into())
            .ok()?
            .dyn_into()
            .ok()?;
        mount
            .call3(&JsValue::NULL, element, &language.into(), &live.into())
            .ok()
            .map(Player)
    }
}

impl Player {
    /// Passes all events so far, as JSON.
    pub fn feed(&self, events: &str) {
        self.call("feed", &events.into());
    }

    /// Passes the URL of the message source.
    pub fn message(&self, address: &str) {
        self.call("message", &address.into());
    }

    /// Changes the language.
    pub fn language(&self, tag: &str) {
        self.call("language", &tag.into());
    }

    /// Sets whether more events may arrive.
    pub fn live(&self, live: bool) {
        self.call("live", &live.into());
    }

    fn call(&self, name: &str, value: &JsValue) {
        if let Ok(function) =
            Reflect::get(&self.0, &name.into()).and_then(JsCast::dyn_into::<Function>)
        {
            let _ = function.call1(&self.0, value);
        }
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        if let Ok(unmount) =
            Reflect::get(&self.0, &"unmount".into()).and_then(JsCast::dyn_into::<Function>)
        {
            let _ = unmount.call0(&self.0);
        }
    }
}
