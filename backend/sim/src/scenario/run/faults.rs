//! Executes the faults of a run.

use super::super::spec::Fault;
use super::super::tampering::{breaks, certificate, dns_failure, rule};
use super::Stage;
use crate::clock::Skew;
use crate::error::ScenarioError;
use crate::lab::{Lab, LabError};
use crate::link::{Break, Cut, Direction, Link};
use crate::text::Span;

impl Stage<'_> {
    /// Begins or ends a fault.
    ///
    /// # Errors
    /// If a host does not exist, or a part of the fault is invalid.
    pub(super) fn apply_fault(&mut self, fault: &Fault) -> Result<(), ScenarioError> {
        let lab = &self.hosts.lab;
        if let Some(rule) = rule(fault)? {
            lab.tamper(rule);
            return Ok(());
        }
        match fault {
            Fault::Down(host) => lab.set_up(host, false)?,
            Fault::Up(host) => lab.set_up(host, true)?,
            Fault::Crash(host) => self.hosts.crash(host)?,
            Fault::Restart(host) => {
                lab.set_up(host, true)?;
                let host = self.hosts.spec(host)?;
                self.hosts.start(host)?;
            }
            Fault::Link { .. } | Fault::Path { .. } => change_link(lab, fault)?,
            Fault::Cut { .. } => cut(lab, fault),
            Fault::StopRewriting { from, to } => lab.pass_through(from, to),
            Fault::Dns { name, answer } => lab.zones().fail(name, dns_failure(answer)?),
            Fault::Stale { host, name, kept } => lab.set_stale(host, name, *kept)?,
            Fault::Disk { host, full } => lab.disk(host)?.set_full(*full),
            Fault::Clock { host, seconds } => {
                lab.set_clock(
                    host,
                    Skew {
                        offset_micros: seconds.saturating_mul(1_000_000),
                        drift_ppm: 0,
                    },
                )?;
            }
            Fault::Certificate { host, kind } => {
                lab.set_certificate(host, certificate(host, kind, lab.now())?)?;
            }
            Fault::Lost { .. } | Fault::Reply { .. } | Fault::Rewrite { .. } => {}
        }
        Ok(())
    }
}

// Changes the properties of a link, in one or both directions.
fn change_link(lab: &Lab, fault: &Fault) -> Result<(), LabError> {
    match fault {
        Fault::Link {
            between: [one, other],
            latency,
            bytes_per_second,
            lost_per_mille,
            held,
            severed,
            blocked_ports,
        } => lab.edit_link(one, other, |link| {
            edit(
                link,
                *latency,
                *bytes_per_second,
                *lost_per_mille,
                [*held, *severed],
            );
            if let Some(ports) = blocked_ports {
                link.blocked_ports = ports.iter().copied().collect();
            }
        }),
        Fault::Path {
            from,
            to,
            latency,
            bytes_per_second,
            lost_per_mille,
            held,
            severed,
        } => lab.edit_path(from, to, |link| {
            edit(
                link,
                *latency,
                *bytes_per_second,
                *lost_per_mille,
                [*held, *severed],
            );
        }),
        _ => Ok(()),
    }
}

// Breaks the next connection.
fn cut(lab: &Lab, fault: &Fault) {
    if let Fault::Cut {
        from,
        to,
        port,
        after_bytes,
        to_client,
        reset,
        one_way,
    } = fault
    {
        lab.cut(Cut {
            from: Some(from.clone()),
            to: Some(to.clone()),
            port: Some(*port),
            direction: if *to_client {
                Direction::ToClient
            } else {
                Direction::ToServer
            },
            after_bytes: *after_bytes,
            how: if *one_way {
                Break::OneWay
            } else {
                breaks(*reset)
            },
            connections: 1,
        });
    }
}

fn edit(
    link: &mut Link,
    latency: Option<Span>,
    rate: Option<u64>,
    lost: Option<u16>,
    [held, severed]: [Option<bool>; 2],
) {
    link.latency = latency.map_or(link.latency, |l| l.0);
    link.bytes_per_second = rate.map_or(link.bytes_per_second, |rate| (rate > 0).then_some(rate));
    link.lost_per_mille = lost.unwrap_or(link.lost_per_mille);
    link.held = held.unwrap_or(link.held);
    link.severed = severed.unwrap_or(link.severed);
}
