//! Events of DOM objects as futures, and the size of elements. Listeners themselves are
//! `gloo_events::EventListener`, which is removed when dropped.

use futures_channel::oneshot::{self, Canceled};
use gloo_events::EventListener;
use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, Event, EventTarget, ResizeObserver};

/// Waits for the first of some events of a target. They are listened to from this call on, not only
/// when the future is polled.
///
/// # Errors
/// None in practice: the listeners are kept until one of the events came.
pub fn first_event<const N: usize>(
    target: &EventTarget,
    names: [&'static str; N],
) -> impl Future<Output = Result<Event, Canceled>> + use<N> {
    let (sender, receiver) = oneshot::channel();
    let sender = Rc::new(Cell::new(Some(sender)));
    let listeners = names.map(|name| {
        let sender = sender.clone();
        EventListener::once(target, name, move |event| {
            if let Some(sender) = sender.take() {
                let _ = sender.send(event.clone());
            }
        })
    });
    async move {
        let event = receiver.await;
        drop(listeners);
        event
    }
}

/// Watches the size of elements until it is dropped.
pub struct SizeObserver {
    observer: ResizeObserver,
    _changed: Closure<dyn FnMut()>,
}

impl SizeObserver {
    /// Calls `changed` soon after this call, and whenever the size of one of the elements changes.
    /// `None` if the browser has no `ResizeObserver`.
    pub fn new(elements: &[&Element], changed: impl FnMut() + 'static) -> Option<SizeObserver> {
        // Not an event, so `gloo-events` does not apply.
        let changed = Closure::<dyn FnMut()>::new(changed);
        let observer = ResizeObserver::new(changed.as_ref().unchecked_ref()).ok()?;
        for element in elements {
            observer.observe(element);
        }
        Some(SizeObserver {
            observer,
            _changed: changed,
        })
    }
}

impl Drop for SizeObserver {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
