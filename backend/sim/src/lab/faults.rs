//! Faults of a virtual world that can be caused and ended while it runs.

use super::{Lab, LabError};
use crate::clock::Skew;
use crate::executor::lock;
use crate::link::{Cut, Link};
use crate::middlebox::Rule;
use crate::tls::Certificate;
use mail::Duration;
use std::sync::atomic::Ordering;

impl Lab {
    /// Sets whether a host reaches DNS, and how long an answer takes.
    ///
    /// # Errors
    /// [`LabError::Unknown`] if there is no such host.
    pub fn set_dns(&self, host: &str, reachable: bool, latency: Duration) -> Result<(), LabError> {
        let dns = &self.find(host)?.dns;
        dns.unreachable.store(!reachable, Ordering::Relaxed);
        dns.latency_micros.store(
            u64::try_from(latency.as_micros()).unwrap_or(u64::MAX),
            Ordering::Relaxed,
        );
        Ok(())
    }

    /// Makes a host keep its current answer for a name (a stale cache), or stops doing so.
    ///
    /// # Errors
    /// [`LabError::Unknown`] if there is no such host.
    pub fn set_stale(&self, host: &str, name: &str, stale: bool) -> Result<(), LabError> {
        self.find(host)
            .map(|h| h.dns.set_stale(name, &self.zones, stale))
    }

    /// Sets the error of a host's clock.
    ///
    /// # Errors
    /// [`LabError::Unknown`] if there is no such host.
    pub fn set_clock(&self, host: &str, skew: Skew) -> Result<(), LabError> {
        let host = self.find(host)?;
        // The next event number marks the change: earlier events were recorded with the old error.
        lock(&host.skews).push((host.world.sequence.next(), skew));
        host.clock.set(skew);
        Ok(())
    }

    /// Replaces or removes a host's certificate.
    ///
    /// # Errors
    /// [`LabError::Unknown`] if there is no such host.
    pub fn set_certificate(
        &self,
        host: &str,
        certificate: Option<Certificate>,
    ) -> Result<(), LabError> {
        self.find(host).map(|h| *lock(&h.certificate) = certificate)
    }

    /// Sets the default link, which applies between hosts without a link of their own.
    pub fn set_usual_link(&self, link: Link) {
        self.fabric.set_usual(link);
    }

    /// Changes a link in one direction, immediately and also for open connections.
    ///
    /// # Errors
    /// [`LabError::Unknown`] if there is no such host.
    pub fn edit_path(
        &self,
        from: &str,
        to: &str,
        change: impl FnOnce(&mut Link),
    ) -> Result<(), LabError> {
        let (from, to) = (self.find(from)?.id, self.find(to)?.id);
        self.fabric.edit_link(from, to, change);
        Ok(())
    }

    /// Changes a link in both directions.
    ///
    /// # Errors
    /// [`LabError::Unknown`] if there is no such host.
    pub fn edit_link(
        &self,
        one: &str,
        other: &str,
        change: impl Fn(&mut Link),
    ) -> Result<(), LabError> {
        self.edit_path(one, other, &change)?;
        self.edit_path(other, one, &change)
    }

    /// Adds a cut for connections opened from now on.
    pub fn cut(&self, cut: Cut) {
        self.fabric.add_cut(cut);
    }

    /// Adds a rule to a middlebox that modifies traffic, also on open connections.
    pub fn tamper(&self, rule: Rule) {
        self.fabric.add_rule(rule);
    }

    /// Removes all rules for connections from one host to another.
    pub fn pass_through(&self, from: &str, to: &str) {
        self.fabric.forget_rules(from, to);
    }

    /// Takes a host off the network, or puts it back. Earlier connections stay silently dead.
    ///
    /// # Errors
    /// [`LabError::Unknown`] if there is no such host.
    pub fn set_up(&self, host: &str, up: bool) -> Result<(), LabError> {
        self.find(host).map(|h| self.fabric.set_up(h.id, up))
    }

    /// Whether a host is on the network.
    ///
    /// # Errors
    /// [`LabError::Unknown`] if there is no such host.
    pub fn is_up(&self, host: &str) -> Result<bool, LabError> {
        self.find(host).map(|h| self.fabric.is_up(h.id))
    }

    /// Crashes a host: its tasks end, its connections go silent, its disk is kept. After
    /// [`Lab::set_up`] the caller starts its tasks again.
    ///
    /// # Errors
    /// [`LabError::Unknown`] if there is no such host.
    pub fn crash(&self, host: &str) -> Result<(), LabError> {
        let host = self.find(host)?;
        self.fabric.set_up(host.id, false);
        self.executor.cancel(host.group);
        Ok(())
    }
}
