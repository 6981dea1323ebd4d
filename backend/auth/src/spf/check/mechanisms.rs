//! Whether a mechanism matches the client (RFC 7208 §5).

use super::{Evaluation, NAMES_MAX, Stop};
use crate::spf::SpfResult;
use crate::spf::macros::MacroText;
use crate::spf::record::{Cidr, Mechanism};
use event::catalogue::authentication::{SpfMatch, SpfReason};
use mail::dns::{Record, RecordType};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

impl Evaluation<'_, '_> {
    // How a mechanism matches; `None` if it does not.
    pub(super) async fn matches(
        &mut self,
        domain: &str,
        mechanism: &Mechanism,
    ) -> Result<Option<SpfMatch>, Stop> {
        let ip = self.ip;
        Ok(match mechanism {
            Mechanism::All => Some(SpfMatch::All),
            Mechanism::Ip4(network, length) => covers(
                ip,
                IpAddr::V4(*network),
                Cidr {
                    four: *length,
                    six: 128,
                },
            )
            .then_some(SpfMatch::Network { address: ip }),
            Mechanism::Ip6(network, length) => covers(
                ip,
                IpAddr::V6(*network),
                Cidr {
                    four: 32,
                    six: *length,
                },
            )
            .then_some(SpfMatch::Network { address: ip }),
            Mechanism::Include(spec) => self.includes(domain, spec).await?,
            Mechanism::A(spec, cidr) => {
                self.count_lookup(domain, "a")?;
                let name = self.target(spec.as_ref(), domain).await;
                let addresses = self.addresses(&name, true).await?;
                found(&addresses, ip, *cidr).map(|found| SpfMatch::Address { found, address: ip })
            }
            Mechanism::Mx(spec, cidr) => self.exchanges(domain, spec.as_ref(), *cidr).await?,
            Mechanism::Ptr(spec) => {
                self.count_lookup(domain, "ptr")?;
                let target = self.target(spec.as_ref(), domain).await.to_lowercase();
                let names = self.validated_names(true).await?;
                let fits = names.iter().find(|n| {
                    **n == target
                        || n.strip_suffix(&target)
                            .is_some_and(|rest| rest.ends_with('.'))
                });
                fits.map(|name| SpfMatch::Ptr {
                    name: name.clone(),
                    address: ip,
                })
            }
            Mechanism::Exists(spec) => {
                self.count_lookup(domain, "exists")?;
                let name = self.name(spec, domain).await;
                // RFC 7208 §5.7: A, whatever the client's address is.
                let records = self.void_counted(&name, RecordType::A).await?;
                (!records.is_empty()).then_some(SpfMatch::Exists { name })
            }
        })
    }

    // RFC 7208 §5.2
    async fn includes(&mut self, domain: &str, spec: &MacroText) -> Result<Option<SpfMatch>, Stop> {
        self.count_lookup(domain, "include")?;
        let target = self.name(spec, domain).await;
        let host = self.domain_result(target.clone()).await;
        match host.result {
            SpfResult::Pass => Ok(Some(SpfMatch::IncludeBecause {
                reason: Box::new(host.reason),
            })),
            SpfResult::Fail | SpfResult::SoftFail | SpfResult::Neutral => Ok(None),
            SpfResult::TempError => Err(Stop::temporary(host.reason)),
            SpfResult::PermError | SpfResult::None => Err(Stop::permanent(SpfReason::Include {
                domain: domain.to_owned(),
                target,
                reason: Box::new(host.reason),
            })),
        }
    }

    // RFC 7208 §5.4
    async fn exchanges(
        &mut self,
        domain: &str,
        spec: Option<&MacroText>,
        cidr: Cidr,
    ) -> Result<Option<SpfMatch>, Stop> {
        self.count_lookup(domain, "mx")?;
        let name = self.target(spec, domain).await;
        let records = self.void_counted(&name, RecordType::Mx).await?;
        let mut hosts: Vec<_> = records
            .into_iter()
            .filter_map(|r| {
                if let Record::Mx(p, Some(host)) = r {
                    Some((p, host))
                } else {
                    None
                }
            })
            .collect();
        hosts.sort();
        for (index, (_, host)) in hosts.into_iter().enumerate() {
            if index >= NAMES_MAX {
                return Err(Stop::permanent(SpfReason::TooManyExchangers {
                    domain: name,
                    limit: NAMES_MAX as u32,
                }));
            }
            let addresses = self.addresses(host.as_str(), false).await?;
            if let Some(found) = found(&addresses, self.ip, cidr) {
                return Ok(Some(SpfMatch::Exchanger {
                    host: host.to_string(),
                    found,
                    address: self.ip,
                }));
            }
        }
        Ok(None)
    }
}

fn found(addresses: &[IpAddr], ip: IpAddr, cidr: Cidr) -> Option<IpAddr> {
    addresses.iter().copied().find(|a| covers(ip, *a, cidr))
}

fn covers(ip: IpAddr, network: IpAddr, cidr: Cidr) -> bool {
    match (ip, network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(cidr.four)).unwrap_or(0);
            Ipv4Addr::to_bits(ip) & mask == Ipv4Addr::to_bits(network) & mask
        }
        (IpAddr::V6(ip), IpAddr::V6(network)) => {
            let mask = u128::MAX
                .checked_shl(128 - u32::from(cidr.six))
                .unwrap_or(0);
            Ipv6Addr::to_bits(ip) & mask == Ipv6Addr::to_bits(network) & mask
        }
        _ => false,
    }
}
