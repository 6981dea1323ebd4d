//! The simulator worker: each message is a number and a JSON request; the answer has the same
//! number. Only runs scenarios; has access to neither the page nor the network.
//!
//! Failures: the simulator answers malformed requests with an error. A run that never ends is
//! terminated by the page.

use gloo_events::EventListener;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

fn main() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let worker = scope.clone();
    let on_message = EventListener::new(&scope, "message", move |event| {
        let message: &MessageEvent = event.unchecked_ref();
        let pair: js_sys::Array = message.data().unchecked_into();
        let request = pair.get(1).as_string().unwrap_or_default();
        let answer = sim::api::answer(&request);
        // Posting fails only if the page is gone; then nothing waits for the answer.
        let _ = worker.post_message(&js_sys::Array::of2(
            &pair.get(0),
            &JsValue::from_str(&answer),
        ));
    });
    on_message.forget();
    // Messages posted before this point are lost, so the page waits for this notification.
    let _ = scope.post_message(&JsValue::NULL);
}
