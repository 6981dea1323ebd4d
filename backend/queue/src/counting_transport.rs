//! A transport for tests: relays every message, and counts how often.

use crate::{DeliveryAttempt, DeliveryOutcome, Transport};
use mail::{Host, Reply};
use std::sync::atomic::{AtomicUsize, Ordering};
use store::{Fault, Tx};
use world::BoxFuture;

#[derive(Default)]
pub(crate) struct CountingTransport(AtomicUsize);

impl CountingTransport {
    pub(crate) fn transfers(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Transport for CountingTransport {
    fn handles<'a>(&'a self, _host: &'a Host) -> BoxFuture<'a, Result<bool, Fault>> {
        Box::pin(std::future::ready(Ok(true)))
    }

    fn delivers_on_accept(&self) -> bool {
        false
    }

    fn deliver<'a>(
        &'a self,
        attempt: &'a DeliveryAttempt<'a>,
        _tx: &'a mut Tx,
    ) -> BoxFuture<'a, Vec<DeliveryOutcome>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let taken = DeliveryOutcome::Relayed {
            host: "mx.b.test".into(),
            reply: Reply::new(250, (2, 0, 0), "taken"),
            notifies: false,
        };
        Box::pin(std::future::ready(vec![taken; attempt.recipients.len()]))
    }
}
