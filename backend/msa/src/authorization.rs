//! Who may send under which sender, and to which recipients. Decides; sends nothing.

use crate::Msa;
use event::catalogue::submission::SubmissionReason;
use event::{Check, Reason};
use mail::{AccountId, Address, Host, Path};
use queue::intake::{Rejection, RejectionKind};
use store::{Account, Target};

/// The account of a device in a trusted network that sends under an address without a mailbox.
pub(crate) const NO_ACCOUNT: AccountId = AccountId(0);

/// A user may send under the account's own addresses and aliases, with or without a subaddress, and
/// under the null path: RFC 6409 §3.2 gives no reason to reject it, and mail programs send read
/// receipts with it (RFC 8098 §3).
pub(crate) fn check_sender(account: &Account, sender: Option<&Address>) -> Result<(), Rejection> {
    match sender {
        Some(address) if !account.owns(address) => {
            let address = address.to_string();
            let kind = RejectionKind::NotYourAddress {
                address: address.clone(),
            };
            let account = account.address.to_string();
            let reason = SubmissionReason::NotOwnAddress { address, account };
            Err(Rejection::new(kind, Check::SenderRight, reason))
        }
        _ => Ok(()),
    }
}

impl Msa {
    /// The address that a login name stands for. A name without a domain belongs to the only domain
    /// there is.
    pub(crate) async fn login_address(&self, name: &str) -> Option<Address> {
        self.0.store.login_address(name).await.ok().flatten()
    }

    /// The recipient's address, where a message can be sent to it.
    pub(crate) async fn recipient(&self, path: Path) -> Result<Address, Rejection> {
        let address = match path {
            Path::Address(address) => address,
            Path::Postmaster => self.postmaster().await?,
            Path::Null => {
                let reason = Reason::subject("<>");
                return Err(reject(RejectionKind::NullRecipient, reason));
            }
        };
        match address.host() {
            Host::Literal(_) => {
                let reason = Reason::subject(address.host());
                Err(reject(RejectionKind::AddressLiteral, reason))
            }
            Host::Domain(domain) if self.0.store.is_local(domain).await? => {
                // An account, or an alias that leads to one or to another host.
                let targets = self.0.store.targets(&address).await?;
                if targets.iter().any(|t| !matches!(t, Target::Unknown(_))) {
                    return Ok(address);
                }
                let reason = Reason::subject(&address);
                let address = address.to_string();
                Err(reject(RejectionKind::NoSuchMailbox { address }, reason))
            }
            Host::Domain(domain) if self.0.config.local_recipients_only => {
                let kind = RejectionKind::LocalOnly {
                    address: address.to_string(),
                };
                Err(reject(kind, Reason::subject(domain)))
            }
            Host::Domain(_) => Ok(in_dns_form(address)),
        }
    }

    /// What an admitted recipient has passed: it exists here, or mail for its host is relayed
    /// because the sender has signed in.
    pub(crate) async fn recipient_check(
        &self,
        account: &Account,
        address: &Address,
    ) -> Result<(Check, Reason), Rejection> {
        if let Host::Domain(domain) = address.host()
            && !self.0.store.is_local(domain).await?
        {
            let reason = SubmissionReason::RelayForUser {
                user: account.address.to_string(),
                domain: domain.to_string(),
            };
            return Ok((Check::Relay, reason.into()));
        }
        Ok((Check::Recipient, Reason::None))
    }

    // `<Postmaster>` without a domain is ours (RFC 5321 §4.1.1.3).
    pub(crate) async fn postmaster(&self) -> Result<Address, Rejection> {
        let domains = self.0.store.domains().await?;
        let address = domains
            .first()
            .and_then(|d| Address::parse(&format!("postmaster@{d}")).ok());
        let rejection = || reject(RejectionKind::NoDomainHere, Reason::subject("postmaster"));
        address.ok_or_else(rejection)
    }
}

// RFC 5890 §2.3.2.1: other hosts are found by A-labels, and hosts without SMTPUTF8 take no other;
// the local part is never encoded (RFC 6531 §3.3).
fn in_dns_form(address: Address) -> Address {
    let encoded = address.domain().and_then(|domain| {
        let encoded = a_labels(domain.as_str())?;
        let text = address.to_string();
        let local = text.strip_suffix(domain.as_str())?;
        Address::parse(&format!("{local}{encoded}")).ok()
    });
    // What is no domain of DNS is not found there.
    encoded.unwrap_or(address)
}

/// An international domain in the form of DNS; `None` for others, and for what is no such domain.
pub(crate) fn a_labels(domain: &str) -> Option<String> {
    let encoded = idna::domain_to_ascii(domain).ok()?;
    (!domain.is_ascii() && !encoded.is_empty()).then_some(encoded)
}

fn reject(kind: RejectionKind, reason: Reason) -> Rejection {
    Rejection::new(kind, Check::Recipient, reason)
}
