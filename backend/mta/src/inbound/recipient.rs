//! Whom a stranger may write to: those who are here, and nobody else (RFC 5321 §3.6.2, §7.9: no
//! open relay). An alias is here where one of those it leads to can receive; the queue expands it.

use super::Inbound;
use crate::door::No;
use crate::srs::SrsFault;
use mail::{Address, Network, Path, Recipient, Reply};
use queue::Refusal;
use std::net::IpAddr;
use store::{Fault, ResolvedAddress, Target};

impl From<Fault> for No {
    fn from(fault: Fault) -> No {
        let why = fault.to_string();
        No::new("recipient", Refusal::from(fault).reply, why)
    }
}

/// The refusal of somebody who is not here; counted by the door.
pub(super) const NOBODY: &str = "recipient";

/// Somebody who is here.
pub(super) struct Local {
    pub address: Address,
    /// What they may keep is limited, so the message's true size is looked at once more.
    pub limited: bool,
    /// They are not ours; by this network the client may have mail passed on.
    pub relayed: Option<Network>,
}

impl Inbound {
    /// The recipient where it is one of ours with room for so many octets more.
    pub(super) async fn recipient(
        &self,
        path: Path,
        bytes: u64,
        client: IpAddr,
    ) -> Result<Local, No> {
        let address = match path {
            Path::Address(address) => address,
            Path::Postmaster => self.postmaster().await?,
            Path::Null => {
                return Err(No::new(
                    "recipient",
                    Reply::new(501, (5, 1, 3), "nobody cannot receive"),
                    "<>",
                ));
            }
        };
        let ours = match address.domain() {
            Some(domain) => self.0.store.is_local(domain).await?,
            None => false,
        };
        if !ours && let Some(network) = self.0.door.relays(client) {
            return Ok(Local {
                address,
                limited: false,
                relayed: Some(network),
            });
        }
        if !ours {
            let reply = Reply::new(
                550,
                (5, 7, 1),
                format!(
                    "mail for {} is not taken here: relaying is refused",
                    address.host()
                ),
            );
            return Err(No::new("relay", reply, &address));
        }
        // A bounce of mail that was passed on: to its sender, whose address stands in this one.
        if let Some(srs) = &self.0.srs {
            match srs.reverse(&address, self.0.world.now()) {
                Ok(original) => {
                    return Ok(Local {
                        address: original,
                        limited: false,
                        relayed: None,
                    });
                }
                Err(SrsFault::Foreign) => {}
                Err(fault) => {
                    let reply = Reply::new(550, (5, 1, 1), format!("<{address}>: {fault}"));
                    return Err(No::new(NOBODY, reply, fault.to_string()));
                }
            }
        }
        // `user%elsewhere@here`, `elsewhere!user@here`, `"user@elsewhere"@here`: asks to pass mail
        // on by the local part.
        if address.local().as_str().contains(['%', '!', '@']) {
            let reply = Reply::new(
                550,
                (5, 7, 1),
                "mail is not passed on by way of the local part: relaying is refused",
            );
            return Err(No::new("relay", reply, &address));
        }
        let limited = self.takes(&address, bytes).await?;
        Ok(Local {
            address,
            limited,
            relayed: None,
        })
    }

    // Whether an address leads to somebody with room; then, whether any limit was looked at.
    async fn takes(&self, address: &Address, bytes: u64) -> Result<bool, No> {
        let mut full = None;
        for target in &self.0.store.targets(address).await? {
            match target {
                Target::Unknown(_) => {}
                Target::Remote(_) => return Ok(full.is_some()),
                Target::Local(_, whose) => match self.room(address, whose, bytes).await? {
                    Ok(()) => return Ok(full.is_some() || whose.account.quota_bytes.is_some()),
                    Err(no) => full = Some(no),
                },
            }
        }
        Err(full.unwrap_or_else(|| {
            let reply = Reply::new(
                550,
                (5, 1, 1),
                format!("<{address}>: nobody has this address here"),
            );
            No::new(NOBODY, reply, address)
        }))
    }

    /// The message is whole: where none of its recipients has room for it, it is refused now rather
    /// than returned later.
    pub(super) async fn room_for(&self, recipients: &[Recipient], bytes: u64) -> Result<(), No> {
        let mut refusal = Ok(());
        for recipient in recipients {
            match self.takes(&recipient.address, bytes).await {
                Err(no) if no.check == "quota" => refusal = Err(no),
                _ => return Ok(()),
            }
        }
        refusal
    }

    // Whether a mailbox has room: not now, or not for a message of this size ever (RFC 3463 §3.3:
    // X.2.2).
    async fn room(
        &self,
        address: &Address,
        whose: &ResolvedAddress,
        bytes: u64,
    ) -> Result<Result<(), No>, Fault> {
        let Some(quota) = whose.account.quota_bytes else {
            return Ok(Ok(()));
        };
        if bytes > quota {
            let reply = Reply::new(
                552,
                (5, 2, 2),
                format!("<{address}>: the message is larger than the whole mailbox may be"),
            );
            return Ok(Err(No::new(
                "quota",
                reply,
                format!("{bytes} octets, the quota is {quota}"),
            )));
        }
        let used = self.0.store.used_bytes(whose.account.id).await?;
        if used.saturating_add(bytes) > quota || used >= quota {
            let reply = Reply::new(452, (4, 2, 2), format!("<{address}>: the mailbox is full"));
            return Ok(Err(No::new(
                "quota",
                reply,
                format!("{used} of {quota} octets are used"),
            )));
        }
        Ok(Ok(()))
    }

    // `<Postmaster>` without a domain is ours (RFC 5321 §4.1.1.3).
    async fn postmaster(&self) -> Result<Address, No> {
        let domains = self.0.store.domains().await?;
        let address = domains
            .first()
            .and_then(|d| Address::parse(&format!("postmaster@{d}")).ok());
        address.ok_or_else(|| {
            No::new(
                "recipient",
                Reply::new(550, (5, 1, 1), "this host has no domain yet"),
                "postmaster",
            )
        })
    }
}
