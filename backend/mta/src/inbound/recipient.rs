//! Which recipients are accepted: addresses of this host, and no others (RFC 5321 §3.6.2, §7.9: no
//! open relay). An alias is accepted where one of its targets can receive; the queue expands it.

use super::Inbound;
use crate::srs::SrsFault;
use event::catalogue::inbound::PolicyReason;
use event::{Check, Reason};
use mail::{Address, Network, Path, Recipient};
use queue::intake::{Rejection, RejectionKind};
use std::net::IpAddr;
use store::{Fault, ResolvedAddress, Target};

/// A recipient that is accepted.
pub(super) struct AcceptedRecipient {
    pub address: Address,
    /// The mailbox has a quota: room is checked again when the size of the message is known.
    pub has_quota: bool,
    /// The recipient is elsewhere; this network permits the client to relay.
    pub relayed: Option<Network>,
}

impl AcceptedRecipient {
    fn new(address: Address) -> AcceptedRecipient {
        AcceptedRecipient {
            address,
            has_quota: false,
            relayed: None,
        }
    }
}

impl Inbound {
    /// Looks up a recipient and checks that its mailbox has room for `bytes` more.
    pub(super) async fn recipient(
        &self,
        path: Path,
        bytes: u64,
        client: IpAddr,
    ) -> Result<AcceptedRecipient, Rejection> {
        let address = match path {
            Path::Address(address) => address,
            Path::Postmaster => self.postmaster().await?,
            Path::Null => {
                let reason = Reason::subject("<>");
                return Err(reject(RejectionKind::NullRecipient, reason));
            }
        };
        let ours = match address.domain() {
            Some(domain) => self.0.store.is_local(domain).await?,
            None => false,
        };
        if !ours {
            return match self.0.policy.relay_network(client) {
                Some(network) => Ok(AcceptedRecipient {
                    relayed: Some(network),
                    ..AcceptedRecipient::new(address)
                }),
                None => {
                    let domain = address.host().to_string();
                    let kind = RejectionKind::RelayDenied { domain };
                    Err(Rejection::new(kind, Check::Relay, Reason::subject(address)))
                }
            };
        }
        // A bounce of forwarded mail goes to the original sender, whose address is contained in
        // this one.
        if let Some(srs) = &self.0.srs {
            match srs.reverse(&address, self.0.world.now()) {
                Ok(original) => return Ok(AcceptedRecipient::new(original)),
                Err(SrsFault::Foreign) => {}
                Err(fault @ (SrsFault::Forged | SrsFault::Expired)) => {
                    return Err(bad_srs_address(&address, fault));
                }
            }
        }
        // `user%elsewhere@here`, `elsewhere!user@here`, `"user@elsewhere"@here`: relaying by the
        // local part.
        if address.local().as_str().contains(['%', '!', '@']) {
            let kind = RejectionKind::SourceRouteDenied;
            return Err(Rejection::new(kind, Check::Relay, Reason::subject(address)));
        }
        let has_quota = self.check_mailbox(&address, bytes).await?;
        Ok(AcceptedRecipient {
            has_quota,
            ..AcceptedRecipient::new(address)
        })
    }

    // Whether an address leads to a mailbox with room; answers whether a quota was involved.
    async fn check_mailbox(&self, address: &Address, bytes: u64) -> Result<bool, Rejection> {
        let mut full = None;
        for target in &self.0.store.targets(address).await? {
            match target {
                Target::Unknown(_) => {}
                Target::Remote(_) => return Ok(full.is_some()),
                Target::Local(_, resolved) => {
                    match self.check_quota(address, resolved, bytes).await? {
                        None => {
                            return Ok(full.is_some() || resolved.account.quota_bytes.is_some());
                        }
                        rejection => full = rejection,
                    }
                }
            }
        }
        Err(full.unwrap_or_else(|| {
            let kind = RejectionKind::NoSuchMailbox {
                address: address.to_string(),
            };
            reject(kind, Reason::subject(address))
        }))
    }

    /// Checks the quotas with the final size of the message: where no recipient has room, it is
    /// rejected now rather than bounced later.
    pub(super) async fn check_quotas(
        &self,
        recipients: &[Recipient],
        bytes: u64,
    ) -> Result<(), Rejection> {
        let mut result = Ok(());
        for recipient in recipients {
            match self.check_mailbox(&recipient.address, bytes).await {
                Err(rejection) if rejection.check == Check::Quota => result = Err(rejection),
                _ => return Ok(()),
            }
        }
        result
    }

    // Why the mailbox has no room: not now, or never for a message of this size (RFC 3463 §3.3:
    // X.2.2).
    async fn check_quota(
        &self,
        address: &Address,
        resolved: &ResolvedAddress,
        bytes: u64,
    ) -> Result<Option<Rejection>, Fault> {
        let Some(quota) = resolved.account.quota_bytes else {
            return Ok(None);
        };
        let address = address.to_string();
        if bytes > quota {
            let kind = RejectionKind::MailboxTooSmall { address };
            let reason = PolicyReason::OverQuota { bytes, quota };
            return Ok(Some(Rejection::new(kind, Check::Quota, reason)));
        }
        let used = self.0.store.used_bytes(resolved.account.id).await?;
        if used.saturating_add(bytes) > quota || used >= quota {
            let kind = RejectionKind::MailboxFull { address };
            let reason = PolicyReason::QuotaUsed { used, quota };
            return Ok(Some(Rejection::new(kind, Check::Quota, reason)));
        }
        Ok(None)
    }

    // `<Postmaster>` without a domain is ours (RFC 5321 §4.1.1.3).
    async fn postmaster(&self) -> Result<Address, Rejection> {
        let domains = self.0.store.domains().await?;
        let address = domains
            .first()
            .and_then(|d| Address::parse(&format!("postmaster@{d}")).ok());
        let rejection = || reject(RejectionKind::NoDomainHere, Reason::subject("postmaster"));
        address.ok_or_else(rejection)
    }
}

fn reject(kind: RejectionKind, reason: Reason) -> Rejection {
    Rejection::new(kind, Check::Recipient, reason)
}

fn bad_srs_address(address: &Address, fault: SrsFault) -> Rejection {
    let reason = match fault {
        SrsFault::Expired => PolicyReason::SrsExpired,
        SrsFault::Forged | SrsFault::Foreign => PolicyReason::SrsInvalid,
    };
    let kind = RejectionKind::BadRecipient {
        address: address.to_string(),
        reason: reason.clone(),
    };
    reject(kind, reason.into())
}
