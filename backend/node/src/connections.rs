//! How many connections there are: in all, and from each address to each service. A place is given back when its holder is dropped.

use crate::Service;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// The limits and the count.
pub(crate) struct Places {
    total_max: u32,
    per_address_max: u32,
    taken: Mutex<Taken>,
    freed: Notify,
}

#[derive(Default)]
struct Taken {
    total: u32,
    by_address: HashMap<(Service, IpAddr), u32>,
}

/// A connection's place.
pub(crate) struct Place {
    places: Arc<Places>,
    key: (Service, IpAddr),
}

impl Places {
    pub(crate) fn new(total_max: u32, per_address_max: u32) -> Arc<Places> {
        Arc::new(Places { total_max, per_address_max, taken: Mutex::default(), freed: Notify::new() })
    }

    /// A place, unless there is none.
    pub(crate) fn take(self: &Arc<Places>, service: Service, address: IpAddr) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.total >= self.total_max {
            return None;
        }
        let key = (service, address);
        let from_there = taken.by_address.entry(key).or_default();
        if *from_there >= self.per_address_max {
            return None;
        }
        *from_there += 1;
        taken.total += 1;
        Some(Place { places: self.clone(), key })
    }

    /// Ends when no place is taken.
    pub(crate) async fn all_free(&self) {
        loop {
            let freed = self.freed.notified();
            if self.taken.lock().unwrap_or_else(PoisonError::into_inner).total == 0 {
                return;
            }
            freed.await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.total -= 1;
        if let Some(count) = taken.by_address.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                taken.by_address.remove(&self.key);
            }
        }
        drop(taken);
        self.places.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_both_limits_and_gives_places_back() {
        let places = Places::new(3, 2);
        let [a, b] = ["192.0.2.1", "192.0.2.2"].map(|a| a.parse::<IpAddr>().unwrap());
        let first = places.take(Service::Imap, a).unwrap();
        let _second = places.take(Service::Imap, a).unwrap();
        assert!(places.take(Service::Imap, a).is_none(), "one past the limit of an address");
        let _other = places.take(Service::Smtp, a).unwrap();
        assert!(places.take(Service::Imap, b).is_none(), "one past the limit of all");
        drop(first);
        assert!(places.take(Service::Imap, b).is_some());
    }
}
