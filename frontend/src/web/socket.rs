//! The WebSocket: calls, replies and notifications. It reconnects automatically with back-off and
//! repeats the calls that are safe to repeat ([`Calls`]).
//!
//! Failures: a call that must not be repeated fails with [`Failure::ConnectionLost`]. The end of
//! the session is reported once, and the socket stays closed.

use crate::state::backoff::Backoff;
use crate::state::calls::Calls;
use crate::state::failure::Failure;
use crate::web::text_socket::{TextSocket, TextSocketEvent};
use crate::web::{http, page};
use futures_channel::oneshot;
use gloo_timers::callback::{Interval, Timeout};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use wire::{Call, Frame, Notification, Problem, Request, Response, VERSION, Welcome, path};

/// An event of the socket.
pub enum SocketEvent {
    /// Connected; the server's greeting.
    Up(Box<Welcome>),
    /// Disconnected; it reconnects automatically.
    Down,
    /// A notification arrived.
    Notification(Box<Notification>),
    /// The session has ended.
    SignedOut,
}

type Waiter = oneshot::Sender<Result<Response, Failure>>;

/// Interval of pings; after twice that time without a frame, the connection counts as lost.
const PING_MS: u32 = 20_000;
/// The ID of `Hello`; calls start at 1.
const HELLO: u32 = 0;
/// The ID of `Ping`.
const PING: u32 = u32::MAX;

struct Open {
    socket: TextSocket,
    _ping: Interval,
}

struct Inner {
    calls: Calls<Waiter>,
    open: Option<Open>,
    /// Whether the server has replied to `Hello`.
    ready: bool,
    resting: bool,
    heard_ms: f64,
    backoff: Backoff,
    retry: Option<Timeout>,
    on_event: Rc<dyn Fn(SocketEvent)>,
}

/// The socket. Clones share it.
#[derive(Clone)]
pub struct Socket(Rc<RefCell<Inner>>);

impl Socket {
    /// Creates a closed socket.
    pub fn new(on_event: impl Fn(SocketEvent) + 'static) -> Socket {
        Socket(Rc::new(RefCell::new(Inner {
            calls: Calls::default(),
            open: None,
            ready: false,
            resting: true,
            heard_ms: 0.0,
            backoff: Backoff::default(),
            retry: None,
            on_event: Rc::new(on_event),
        })))
    }

    /// Connects, and reconnects whenever the connection is lost.
    pub fn start(&self) {
        self.0.borrow_mut().resting = false;
        self.connect();
    }

    /// Closes the socket.
    pub fn stop(&self) {
        let waiters = {
            let mut inner = self.0.borrow_mut();
            (inner.resting, inner.ready, inner.retry) = (true, false, None);
            inner.open = None;
            inner.calls.abandon()
        };
        for waiter in waiters {
            let _ = waiter.send(Err(Problem::SignIn.into()));
        }
    }

    /// Reconnects immediately: the device is online again, or the tab is visible again.
    pub fn reconnect_now(&self) {
        let idle = {
            let inner = self.0.borrow();
            !inner.resting && inner.open.is_none()
        };
        if idle {
            self.connect();
        }
    }

    /// Closes a connection that can no longer work, without waiting for a ping to fail; it
    /// reconnects by itself.
    pub fn lost(&self) {
        if self.0.borrow().open.is_some() {
            self.broke();
        }
    }

    /// Calls the server and waits for the reply, across reconnections where that is safe.
    ///
    /// # Errors
    /// The server's problem, or [`Failure::ConnectionLost`].
    pub async fn call(&self, request: Request) -> Result<Response, Failure> {
        let (sender, receiver) = oneshot::channel();
        self.0.borrow_mut().calls.add(request, sender);
        self.flush();
        receiver.await.unwrap_or(Err(Failure::ConnectionLost))
    }

    fn flush(&self) {
        let mut inner = self.0.borrow_mut();
        while inner.ready {
            let Some(call) = inner.calls.transmit() else {
                return;
            };
            inner.transmit(&call);
        }
    }

    fn connect(&self) {
        let this = self.clone();
        let socket = TextSocket::open(path::SOCKET, move |event| match event {
            TextSocketEvent::Text(text) => this.heard(&text),
            TextSocketEvent::Closed => this.broke(),
        });
        let Some(socket) = socket else {
            self.retry_later();
            return;
        };
        let this = self.clone();
        let ping = Interval::new(PING_MS, move || this.ping());
        let mut inner = self.0.borrow_mut();
        inner.heard_ms = page::now_ms();
        inner.retry = None;
        inner.open = Some(Open {
            socket,
            _ping: ping,
        });
        inner.transmit(&Call {
            id: HELLO,
            request: Request::Hello { version: VERSION },
        });
    }

    fn ping(&self) {
        let silent = page::now_ms() - self.0.borrow().heard_ms > f64::from(PING_MS * 2);
        if silent {
            self.broke();
        } else {
            let mut inner = self.0.borrow_mut();
            if inner.ready {
                inner.transmit(&Call {
                    id: PING,
                    request: Request::Ping,
                });
            }
        }
    }

    fn heard(&self, text: &str) {
        self.0.borrow_mut().heard_ms = page::now_ms();
        // An unreadable frame comes from another version; the next `Hello` resolves that.
        let Ok(frame) = serde_json::from_str::<Frame>(text) else {
            return;
        };
        match frame {
            Frame::Reply { id: HELLO, result } => self.greeted(result),
            Frame::Reply { id, result } => {
                let waiter = self.0.borrow_mut().calls.answered(id);
                if result == Err(Problem::SignIn) {
                    self.signed_out();
                } else if let Some(waiter) = waiter {
                    let _ = waiter.send(result.map_err(Failure::from));
                }
            }
            Frame::Notification(Notification::Bye { again: false }) => self.signed_out(),
            Frame::Notification(news) => self.emit(SocketEvent::Notification(Box::new(news))),
        }
    }

    fn greeted(&self, result: Result<Response, Problem>) {
        match result {
            Ok(Response::Welcome(welcome)) => {
                {
                    let mut inner = self.0.borrow_mut();
                    inner.ready = true;
                    inner.backoff.reset();
                }
                self.emit(SocketEvent::Up(Box::new(welcome)));
                self.flush();
            }
            Err(Problem::SignIn) => self.signed_out(),
            _ => self.broke(),
        }
    }

    fn signed_out(&self) {
        self.stop();
        self.emit(SocketEvent::SignedOut);
    }

    /// Handles a connection that was lost or not established.
    fn broke(&self) {
        let (was_ready, waiters) = {
            let mut inner = self.0.borrow_mut();
            if inner.resting {
                return;
            }
            inner.open = None;
            let was_ready = std::mem::replace(&mut inner.ready, false);
            (was_ready, inner.calls.broken())
        };
        for waiter in waiters {
            let _ = waiter.send(Err(Failure::ConnectionLost));
        }
        self.emit(SocketEvent::Down);
        if was_ready {
            self.retry_later();
            return;
        }
        // A rejected upgrade gives no reason: the session may have ended.
        let this = self.clone();
        spawn_local(async move {
            match http::session().await {
                Ok(None) => this.signed_out(),
                _ => this.retry_later(),
            }
        });
    }

    fn retry_later(&self) {
        let this = self.clone();
        let mut inner = self.0.borrow_mut();
        if !inner.resting {
            let pause = inner.backoff.next_ms(page::rng());
            inner.retry = Some(Timeout::new(pause, move || this.reconnect_now()));
        }
    }

    fn emit(&self, event: SocketEvent) {
        let on_event = self.0.borrow().on_event.clone();
        on_event(event);
    }
}

impl Inner {
    fn transmit(&mut self, call: &Call) {
        if let (Some(open), Ok(text)) = (&self.open, serde_json::to_string(call)) {
            open.socket.send(text);
        }
    }
}
