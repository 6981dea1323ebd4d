//! Limits on concurrent connections: in total, and per client address and service. A permit is
//! released when it is dropped. An IPv6 host has a whole /64, which counts as one address (RFC 6177
//! §2).

use crate::Service;
use mail::Network;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use world::lock;

/// The limits, and how many connections there are now.
pub(crate) struct ConnectionLimits {
    total_max: u32,
    per_address_max: u32,
    counts: Mutex<Counts>,
    released: Notify,
}

#[derive(Default)]
struct Counts {
    total: u32,
    by_address: HashMap<(Service, Network), u32>,
    /// Connections over the limit that are being sent a rejection.
    rejections: u32,
}

/// A connection counted against the limits; released on drop.
pub(crate) struct ConnectionPermit {
    limits: Arc<ConnectionLimits>,
    key: (Service, Network),
}

/// A connection over the limit that is being sent a rejection; released on drop.
pub(crate) struct RejectionPermit(Arc<ConnectionLimits>);

/// Most rejections sent at once; further connections are closed without one.
pub(crate) const REJECTIONS_MAX: u32 = 200;

impl ConnectionLimits {
    pub(crate) fn new(total_max: u32, per_address_max: u32) -> Arc<ConnectionLimits> {
        Arc::new(ConnectionLimits {
            total_max,
            per_address_max,
            counts: Mutex::default(),
            released: Notify::new(),
        })
    }

    /// Counts a connection, unless a limit is reached.
    pub(crate) fn take(
        self: &Arc<ConnectionLimits>,
        service: Service,
        address: IpAddr,
    ) -> Option<ConnectionPermit> {
        let mut counts = lock(&self.counts);
        if counts.total >= self.total_max {
            return None;
        }
        let key = (service, Network::around(address, 32, 64));
        let from_there = counts.by_address.entry(key).or_default();
        if *from_there >= self.per_address_max {
            return None;
        }
        *from_there += 1;
        counts.total += 1;
        Some(ConnectionPermit {
            limits: self.clone(),
            key,
        })
    }

    /// Permits a rejection to be sent, unless too many are being sent.
    pub(crate) fn reject(self: &Arc<ConnectionLimits>) -> Option<RejectionPermit> {
        let mut counts = lock(&self.counts);
        if counts.rejections >= REJECTIONS_MAX {
            return None;
        }
        counts.rejections += 1;
        Some(RejectionPermit(self.clone()))
    }

    /// Completes when there is no connection.
    pub(crate) async fn wait_until_idle(&self) {
        loop {
            let released = self.released.notified();
            if lock(&self.counts).total == 0 {
                return;
            }
            released.await;
        }
    }
}

impl Drop for RejectionPermit {
    fn drop(&mut self) {
        lock(&self.0.counts).rejections -= 1;
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut counts = lock(&self.limits.counts);
        counts.total -= 1;
        if let Some(count) = counts.by_address.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.by_address.remove(&self.key);
            }
        }
        drop(counts);
        self.limits.released.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enforces_both_limits_and_releases_permits() {
        let limits = ConnectionLimits::new(3, 2);
        let [a, b] = ["192.0.2.1", "192.0.2.2"].map(|a| a.parse::<IpAddr>().unwrap());
        let first = limits.take(Service::Imap, a).unwrap();
        let _second = limits.take(Service::Imap, a).unwrap();
        assert!(
            limits.take(Service::Imap, a).is_none(),
            "one past the limit per address"
        );
        let _other = limits.take(Service::Smtp, a).unwrap();
        assert!(
            limits.take(Service::Imap, b).is_none(),
            "one past the total limit"
        );
        let rejections: Vec<_> = (0..REJECTIONS_MAX)
            .map(|_| limits.reject().unwrap())
            .collect();
        assert!(
            limits.reject().is_none(),
            "one past the limit of rejections"
        );
        drop(rejections);
        assert!(limits.reject().is_some());
        drop(first);
        assert!(limits.take(Service::Imap, b).is_some());
    }

    #[test]
    fn counts_an_ipv6_network_as_one_address() {
        let limits = ConnectionLimits::new(100, 2);
        let take = |a: &str| limits.take(Service::Smtp, a.parse().unwrap());
        let permits = [
            take("2001:db8::1"),
            take("2001:db8::2"),
            take("2001:db8::3"),
            take("2001:db8:0:1::1"),
        ];
        assert_eq!(
            permits.map(|permit| permit.is_some()),
            [true, true, false, true]
        );
    }
}
