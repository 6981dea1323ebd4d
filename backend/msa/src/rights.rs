//! Who may write under which name, and to whom. Decides; says nothing on the wire.

use crate::Msa;
use mail::{Address, Host, Path, Reply};
use queue::Refusal;
use store::{Account, Fault, Target};

/// A refusal with what decided it, for the journey.
pub(crate) struct No {
    pub reply: Reply,
    pub why: String,
}

impl No {
    pub(crate) fn new(reply: Reply, why: impl Into<String>) -> No {
        No {
            reply,
            why: why.into(),
        }
    }
}

impl From<Fault> for No {
    fn from(fault: Fault) -> No {
        let why = fault.to_string();
        No::new(Refusal::from(fault).reply, why)
    }
}

/// One's own addresses and aliases, with or without a subaddress; and nobody: a null path is no
/// cause for refusing (RFC 6409 §3.2), mail programs answer for a read message with it (RFC 8098
/// §3).
pub(crate) fn may_send(account: &Account, sender: Option<&Address>) -> Result<(), No> {
    match sender {
        Some(address) if !account.owns(address) => {
            let reply = Reply::new(
                553,
                (5, 7, 1),
                format!("<{address}> is not an address of yours"),
            );
            Err(No::new(
                reply,
                format!("{address} is not an address of {}", account.address),
            ))
        }
        _ => Ok(()),
    }
}

impl Msa {
    /// The address that a login's name means. A name without a domain is of the only one there is.
    pub(crate) async fn address_of(&self, name: &str) -> Option<Address> {
        self.0.store.login_address(name).await.ok().flatten()
    }

    /// The recipient's address, if there is a way to it that is known to be open.
    pub(crate) async fn recipient(&self, path: Path) -> Result<Address, No> {
        let address = match path {
            Path::Address(address) => address,
            Path::Postmaster => self.postmaster().await?,
            Path::Null => {
                return Err(No::new(
                    Reply::new(501, (5, 1, 3), "nobody cannot receive"),
                    "<>",
                ));
            }
        };
        match address.host() {
            Host::Literal(_) => {
                let reply = Reply::new(
                    550,
                    (5, 1, 2),
                    "mail is sent to domains, not to address literals",
                );
                Err(No::new(reply, address.host().to_string()))
            }
            Host::Domain(domain) if self.0.store.is_local(domain).await? => {
                // An account, or an alias that leads somewhere.
                if self
                    .0
                    .store
                    .targets(&address)
                    .await?
                    .iter()
                    .any(|t| !matches!(t, Target::Unknown(_)))
                {
                    return Ok(address);
                }
                let reply = Reply::new(
                    550,
                    (5, 1, 1),
                    format!("<{address}>: nobody has this address here"),
                );
                Err(No::new(reply, address.to_string()))
            }
            Host::Domain(domain) if self.0.at_home => {
                let reply = Reply::new(
                    550,
                    (5, 7, 1),
                    format!(
                        "<{address}>: from the Lab's console, messages go to this server's own addresses only"
                    ),
                );
                Err(No::new(reply, domain.to_string()))
            }
            Host::Domain(_) => Ok(address),
        }
    }

    // `<Postmaster>` without a domain is ours (RFC 5321 §4.1.1.3).
    pub(crate) async fn postmaster(&self) -> Result<Address, No> {
        let domains = self.0.store.domains().await?;
        let address = domains
            .first()
            .and_then(|d| Address::parse(&format!("postmaster@{d}")).ok());
        address.ok_or_else(|| {
            No::new(
                Reply::new(550, (5, 1, 1), "this host has no domain yet"),
                "postmaster",
            )
        })
    }
}
