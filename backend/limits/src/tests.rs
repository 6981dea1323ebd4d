//! Limits of addresses, networks and accounts.

use super::*;
use mail::Duration;

fn limiter(connections: Rate, network_factor: u64) -> RateLimiter {
    RateLimiter::new(RateLimits {
        connections: Some(connections),
        network_factor,
        ..RateLimits::default()
    })
}

fn at(millis: i64) -> Time {
    Time(1_000_000_000_000 + millis * 1000)
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn allows_the_count_at_once_and_one_more_after_the_refill() {
    let limiter = limiter(Rate::new(10, 60), 0);
    let acquire = |ms| limiter.acquire(RateMetric::Connections, ip("192.0.2.1"), 1, at(ms));
    for _ in 0..10 {
        assert_eq!(acquire(0), Ok(()));
    }
    let exceeded = acquire(0).unwrap_err();
    assert_eq!(exceeded.retry_after, Duration::from_secs(6));
    assert_eq!(
        exceeded.to_string(),
        "more than 10 connections in 60 s from 192.0.2.1"
    );
    assert!(acquire(5_999).is_err());
    assert_eq!(acquire(6_000), Ok(()));
    assert!(acquire(6_001).is_err());
    assert_eq!(
        limiter.acquire(RateMetric::Connections, ip("192.0.2.2"), 1, at(6_001)),
        Ok(()),
        "another address"
    );
}

#[test]
fn limits_a_network_as_a_whole_and_never_loopback() {
    let limiter = limiter(Rate::new(2, 60), 3);
    let mut allowed = 0;
    for host in 1..=20 {
        allowed += u32::from(
            limiter
                .acquire(
                    RateMetric::Connections,
                    ip(&format!("192.0.2.{host}")),
                    1,
                    at(0),
                )
                .is_ok(),
        );
    }
    assert_eq!(allowed, 6);
    for host in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
        assert!(
            (0..100).all(|_| limiter
                .acquire(RateMetric::Connections, ip(host), 1, at(0))
                .is_ok()),
            "{host}"
        );
    }
    let six = (0..9).filter(|i| {
        limiter
            .acquire(
                RateMetric::Connections,
                ip(&format!("2001:db8::{i}")),
                1,
                at(0),
            )
            .is_ok()
    });
    assert_eq!(six.count(), 2, "one IPv6 host has a whole /64");
}

#[test]
fn bounds_the_deficit_of_recorded_bytes() {
    let limiter = RateLimiter::new(RateLimits {
        bytes: Some(Rate::new(1000, 10)),
        network_factor: 0,
        ..RateLimits::default()
    });
    let (from, check) = (ip("192.0.2.1"), |ms| {
        limiter.check(RateMetric::Bytes, ip("192.0.2.1"), at(ms))
    });
    assert_eq!(check(0), Ok(()));
    limiter.record(RateMetric::Bytes, from, 50_000_000, at(0));
    assert!(check(9_000).is_err());
    assert_eq!(check(10_100), Ok(()));
}

#[test]
fn limits_each_account_by_itself() {
    let limiter = RateLimiter::new(RateLimits {
        account_messages: Some(Rate::new(2, 3600)),
        ..RateLimits::default()
    });
    let acquire = |id| {
        limiter
            .acquire_for_account(RateMetric::Messages, AccountId(id), 1, at(0))
            .is_ok()
    };
    assert_eq!(
        [acquire(1), acquire(1), acquire(1), acquire(2)],
        [true, true, false, true]
    );
    assert!(
        limiter
            .acquire_for_account(RateMetric::Bytes, AccountId(1), u64::MAX, at(0))
            .is_ok(),
        "not limited"
    );
}

#[test]
fn bounds_the_table_and_drops_full_buckets_first() {
    let limiter = limiter(Rate::new(1, 60), 0);
    for n in 0..=BUCKETS_MAX as u32 {
        let _ = limiter.acquire(
            RateMetric::Connections,
            IpAddr::from(n.to_be_bytes()),
            1,
            at(0),
        );
    }
    assert!(lock(&limiter.0.buckets).0.len() <= BUCKETS_MAX);
    let later = at(61_000);
    limiter
        .acquire(RateMetric::Connections, ip("203.0.113.1"), 1, later)
        .unwrap();
    assert_eq!(lock(&limiter.0.buckets).0.len(), 1);
    assert!(
        limiter
            .acquire(RateMetric::Connections, ip("203.0.113.1"), 1, later)
            .is_err()
    );
}
