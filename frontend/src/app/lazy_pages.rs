//! The pages that the first inbox does not need: the open message, compose windows, dialogs,
//! settings, the journey. They are in a second WebAssembly file, which is loaded when the first
//! list has arrived, or at once if something needs it. The views are called through function
//! pointers, so that the first file does not contain them.
//!
//! Failures: loading is repeated, at growing intervals, until it succeeds.

use super::{App, Dialog, Notice};
use crate::state::backoff::Backoff;
use crate::state::place::Place;
use crate::web::page;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail::StoredMessageId;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use wire::MessageView;

/// Loads the second file; none if it cannot be loaded now.
pub type LoadPages = fn() -> Pin<Box<dyn Future<Output = Option<Pages>>>>;

/// The views in the second file.
#[derive(Clone, Copy)]
pub struct Pages {
    /// An open message.
    pub message: fn(Arc<MessageView>) -> AnyView,
    /// The windows of all messages being written.
    pub compose: fn() -> AnyView,
    /// A dialog.
    pub dialog: fn(App, Dialog) -> AnyView,
    /// The settings.
    pub settings: fn() -> AnyView,
    /// The journey of a message.
    pub journey: fn(StoredMessageId) -> AnyView,
}

impl App {
    /// Loads the second file once the first list has arrived or failed, or something needs it.
    pub fn load_pages_when_wanted(self) {
        Effect::new(move |_| {
            let list_answered =
                self.rows.with(|rows| rows.is_known()) || self.rows_failed.with(Option::is_some);
            let needed = match self.place.get() {
                Place::Mail(mail) => mail.message.is_some(),
                Place::Settings | Place::Compose(_) => true,
                Place::SignIn | Place::NotFound => false,
            } || self.dialog.with(Option::is_some)
                || self.compositions.with(|all| all.windows().next().is_some());
            if list_answered || needed {
                self.load_pages();
            }
        });
    }

    fn load_pages(self) {
        let Some(load) = self.load_pages.try_update_value(Option::take).flatten() else {
            return;
        };
        spawn_local(async move {
            let mut backoff = Backoff::default();
            loop {
                if let Some(pages) = load().await {
                    self.pages.set(Some(pages));
                    return;
                }
                if backoff.failing() {
                    self.notify(Notice::PagesMissing);
                }
                TimeoutFuture::new(backoff.next_ms(page::rng())).await;
            }
        });
    }
}
