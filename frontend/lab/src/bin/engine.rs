//! The simulator worker: each message is a number and a JSON request; the answer has the same
//! number. Runs scenarios and nothing else; there is no page and no network.
//!
//! Failures: the simulator answers malformed requests with an error. A run that never ends is
//! terminated by the page.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

fn main() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let description = scope.clone();
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        let pair: js_sys::Array = message.data().unchecked_into();
        let request = pair.get(1).as_string().unwrap_or_default();
        let answer = sim::api::answer(&request);
        // Where the page is gone, nobody waits for it.
        let _ = description.post_message(&js_sys::Array::of2(
            &pair.get(0),
            &JsValue::from_str(&answer),
        ));
    });
    scope.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    heard.forget();
    // What was posted before this moment was lost: the page waits for this word.
    let _ = scope.post_message(&JsValue::NULL);
}
