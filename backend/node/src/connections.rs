//! How many connections there are: in all, and from each address to each service. A place is given
//! back when its holder is dropped. An IPv6 host has a whole /64, so that is one address here (RFC
//! 6177 §2).

use crate::Service;
use mail::Network;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use world::lock;

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
    by_address: HashMap<(Service, Network), u32>,
    /// Those who have none and are being told so.
    turned_away: u32,
}

/// A connection's place.
pub(crate) struct Place {
    places: Arc<Places>,
    key: (Service, Network),
}

/// Someone who is being told that there is no place.
pub(crate) struct TurnedAway(Arc<Places>);

/// So many are told at once; a flood beyond is closed without a word.
pub(crate) const TURNED_AWAY_MAX: u32 = 200;

impl Places {
    pub(crate) fn new(total_max: u32, per_address_max: u32) -> Arc<Places> {
        Arc::new(Places {
            total_max,
            per_address_max,
            taken: Mutex::default(),
            freed: Notify::new(),
        })
    }

    /// A place, unless there is none.
    pub(crate) fn take(self: &Arc<Places>, service: Service, address: IpAddr) -> Option<Place> {
        let mut taken = lock(&self.taken);
        if taken.total >= self.total_max {
            return None;
        }
        let key = (service, Network::around(address, 32, 64));
        let from_there = taken.by_address.entry(key).or_default();
        if *from_there >= self.per_address_max {
            return None;
        }
        *from_there += 1;
        taken.total += 1;
        Some(Place {
            places: self.clone(),
            key,
        })
    }

    /// The right to be told that there is no place; whoever gets none either is not told.
    pub(crate) fn turn_away(self: &Arc<Places>) -> Option<TurnedAway> {
        let mut taken = lock(&self.taken);
        if taken.turned_away >= TURNED_AWAY_MAX {
            return None;
        }
        taken.turned_away += 1;
        Some(TurnedAway(self.clone()))
    }

    /// Ends when no place is taken.
    pub(crate) async fn all_free(&self) {
        loop {
            let freed = self.freed.notified();
            if lock(&self.taken).total == 0 {
                return;
            }
            freed.await;
        }
    }
}

impl Drop for TurnedAway {
    fn drop(&mut self) {
        lock(&self.0.taken).turned_away -= 1;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.places.taken);
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
        assert!(
            places.take(Service::Imap, a).is_none(),
            "one past the limit of an address"
        );
        let _other = places.take(Service::Smtp, a).unwrap();
        assert!(
            places.take(Service::Imap, b).is_none(),
            "one past the limit of all"
        );
        let told: Vec<_> = (0..TURNED_AWAY_MAX)
            .map(|_| places.turn_away().unwrap())
            .collect();
        assert!(
            places.turn_away().is_none(),
            "one past the limit of those who are told"
        );
        drop(told);
        assert!(places.turn_away().is_some());
        drop(first);
        assert!(places.take(Service::Imap, b).is_some());
    }

    #[test]
    fn an_ipv6_host_is_one_address_whichever_of_its_own_it_uses() {
        let places = Places::new(100, 2);
        let take = |a: &str| places.take(Service::Smtp, a.parse().unwrap());
        let taken = [
            take("2001:db8::1"),
            take("2001:db8::2"),
            take("2001:db8::3"),
            take("2001:db8:0:1::1"),
        ];
        assert_eq!(
            taken.map(|place| place.is_some()),
            [true, true, false, true]
        );
    }
}
