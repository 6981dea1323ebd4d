//! Whom a stranger may write to: those who are here, and nobody else (RFC 5321 §3.6.2, §7.9: no open relay).

use super::Inbound;
use mail::{Address, Path, Reply};
use queue::Refusal;
use store::Fault;

/// A refusal, the check that made it, and what decided it.
pub(super) struct No {
    pub reply: Reply,
    pub check: &'static str,
    pub why: String,
}

impl No {
    fn new(check: &'static str, reply: Reply, why: impl ToString) -> No {
        No { reply, check, why: why.to_string() }
    }
}

impl From<Fault> for No {
    fn from(fault: Fault) -> No {
        let why = fault.to_string();
        No { reply: Refusal::from(fault).reply, check: "recipient", why }
    }
}

impl Inbound {
    /// The recipient's address where it is one of ours with room for so many octets more.
    pub(super) async fn recipient(&self, path: Path, octets: u64) -> Result<Address, No> {
        let address = match path {
            Path::Address(address) => address,
            Path::Postmaster => self.postmaster().await?,
            Path::Null => return Err(No::new("recipient", Reply::new(501, (5, 1, 3), "nobody cannot receive"), "<>")),
        };
        let ours = match address.domain() {
            Some(domain) => self.0.store.is_local(domain).await?,
            None => false,
        };
        if !ours {
            let reply = Reply::new(550, (5, 7, 1), format!("mail for {} is not taken here: relaying is refused", address.host()));
            return Err(No::new("relay", reply, &address));
        }
        // `user%elsewhere@here`, `elsewhere!user@here`, `"user@elsewhere"@here`: asks to pass mail on by the local part.
        if address.local().as_str().contains(['%', '!', '@']) {
            let reply = Reply::new(550, (5, 7, 1), "mail is not passed on by way of the local part: relaying is refused");
            return Err(No::new("relay", reply, &address));
        }
        let Some(whose) = self.0.store.whose(&address).await? else {
            let reply = Reply::new(550, (5, 1, 1), format!("<{address}>: nobody has this address here"));
            return Err(No::new("recipient", reply, &address));
        };
        if let Some(quota) = whose.account.quota_octets {
            let used = self.0.store.used_octets(whose.account.id).await?;
            if used.saturating_add(octets) > quota {
                let reply = Reply::new(452, (4, 2, 2), format!("<{address}>: the mailbox is full"));
                return Err(No::new("quota", reply, format!("{used} of {quota} octets are used")));
            }
        }
        Ok(address)
    }

    // `<Postmaster>` without a domain is ours (RFC 5321 §4.1.1.3).
    async fn postmaster(&self) -> Result<Address, No> {
        let domains = self.0.store.domains().await?;
        let address = domains.first().and_then(|d| Address::parse(&format!("postmaster@{d}")).ok());
        address.ok_or_else(|| No::new("recipient", Reply::new(550, (5, 1, 1), "this host has no domain yet"), "postmaster"))
    }
}
