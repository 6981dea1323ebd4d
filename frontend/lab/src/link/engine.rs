//! The simulator in its worker. Requests are answered one at a time; a run that takes too long ends
//! with the worker, and the next request starts a new one.
//!
//! Failures: [`EngineError`] distinguishes a worker that could not be loaded, one that crashed and
//! one that timed out.

use futures_channel::oneshot;
use gloo_events::{EventListener, EventListenerOptions};
use gloo_timers::callback::Timeout;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

/// URL of the worker's script.
const WORKER_URL: &str = "/lab/engine.js";
/// Maximum time of a request in milliseconds; a run usually takes a fraction of a second.
pub const ANSWER_MS_MAX: u32 = 10_000;
/// Maximum time to load the worker in milliseconds, long enough for a slow connection.
pub const LOAD_MS_MAX: u32 = 60_000;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineError {
    /// The worker could not be loaded.
    NotLoaded,
    /// The worker crashed during the request.
    Crashed,
    /// The request took longer than [`ANSWER_MS_MAX`].
    TimedOut,
}

type ReplySender = oneshot::Sender<Result<String, EngineError>>;

#[derive(Default)]
struct EngineState {
    worker: Option<RunningWorker>,
    waiting: BTreeMap<u32, (String, ReplySender)>,
    last: u32,
}

struct RunningWorker {
    worker: Worker,
    /// The worker has sent its first notification.
    loaded: bool,
    /// No request is running.
    ready: bool,
    watch: Option<Timeout>,
    _listeners: [EventListener; 2],
}

impl Drop for RunningWorker {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

/// The simulator; clones share one worker.
#[derive(Clone, Default)]
pub struct Engine(Rc<RefCell<EngineState>>);

impl Engine {
    /// Sends a JSON request and waits for the JSON answer.
    ///
    /// # Errors
    /// See [`EngineError`].
    pub async fn ask(&self, request: String) -> Result<String, EngineError> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut inner = self.0.borrow_mut();
            inner.last += 1;
            let number = inner.last;
            inner.waiting.insert(number, (request, sender));
        }
        self.send_next();
        receiver.await.unwrap_or(Err(EngineError::Crashed))
    }

    /// Loads the simulator before it is needed.
    pub fn warm_up(&self) {
        if self.0.borrow().worker.is_none() {
            self.start();
        }
    }

    // Sends the oldest waiting request to the worker if it is idle.
    fn send_next(&self) {
        self.warm_up();
        let this = self.clone();
        let mut inner = self.0.borrow_mut();
        let EngineState {
            worker, waiting, ..
        } = &mut *inner;
        let (Some(running), Some((number, (request, _)))) = (worker, waiting.iter().next()) else {
            return;
        };
        if !running.ready {
            return;
        }
        running.ready = false;
        let pair = js_sys::Array::of2(&JsValue::from(*number), &JsValue::from_str(request));
        if running.worker.post_message(&pair).is_ok() {
            running.watch = Some(Timeout::new(ANSWER_MS_MAX, move || {
                this.end(EngineError::TimedOut);
            }));
        }
    }

    fn start(&self) {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let Ok(worker) = Worker::new_with_options(WORKER_URL, &options) else {
            let this = self.clone();
            Timeout::new(0, move || this.end(EngineError::NotLoaded)).forget();
            return;
        };
        let this = self.clone();
        let on_message = EventListener::new(&worker, "message", move |event| {
            this.on_message(&event.unchecked_ref::<MessageEvent>().data());
        });
        let this = self.clone();
        let options = EventListenerOptions::enable_prevent_default();
        let on_error = EventListener::new_with_options(&worker, "error", options, move |event| {
            event.prevent_default();
            this.on_error();
        });
        let this = self.clone();
        let watch = Some(Timeout::new(LOAD_MS_MAX, move || {
            this.end(EngineError::NotLoaded);
        }));
        self.0.borrow_mut().worker = Some(RunningWorker {
            worker,
            loaded: false,
            ready: false,
            watch,
            _listeners: [on_message, on_error],
        });
    }

    // A pair is an answer; anything else is the worker's first notification.
    fn on_message(&self, data: &JsValue) {
        let waiter = {
            let mut inner = self.0.borrow_mut();
            if let Some(running) = &mut inner.worker {
                running.watch = None;
                (running.loaded, running.ready) = (true, true);
            }
            let pair = data.dyn_ref::<js_sys::Array>();
            let number = pair
                .and_then(|pair| pair.get(0).as_f64())
                .map(|number| number as u32);
            number
                .and_then(|number| inner.waiting.remove(&number))
                .zip(pair.and_then(|pair| pair.get(1).as_string()))
        };
        if let Some(((_, waiter), answer)) = waiter {
            let _ = waiter.send(Ok(answer));
        }
        if !self.0.borrow().waiting.is_empty() {
            self.send_next();
        }
    }

    fn on_error(&self) {
        // An error before the first notification means that loading failed.
        let loaded = self
            .0
            .borrow()
            .worker
            .as_ref()
            .is_some_and(|running| running.loaded);
        self.end(if loaded {
            EngineError::Crashed
        } else {
            EngineError::NotLoaded
        });
    }

    // Terminates the worker. The oldest request gets the error; a new worker serves the others.
    fn end(&self, why: EngineError) {
        let (running, failed) = {
            let mut inner = self.0.borrow_mut();
            let running = inner.worker.take();
            let failed: Vec<ReplySender> = if why == EngineError::NotLoaded {
                std::mem::take(&mut inner.waiting)
                    .into_values()
                    .map(|(_, waiter)| waiter)
                    .collect()
            } else {
                inner
                    .waiting
                    .pop_first()
                    .map(|(_, (_, waiter))| waiter)
                    .into_iter()
                    .collect()
            };
            (running, failed)
        };
        drop(running);
        for waiter in failed {
            let _ = waiter.send(Err(why));
        }
        if !self.0.borrow().waiting.is_empty() {
            self.send_next();
        }
    }
}
