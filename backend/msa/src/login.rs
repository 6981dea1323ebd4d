//! Who it is: judges what AUTH came to, gives SCRAM its keys, and knows the networks from which one
//! may submit without a login. Keeps no password and counts no guesses: `login::Authenticator` does.

use crate::Msa;
use crate::rights::No;
use crate::session::Submitting;
use ::login::{Authenticated, LoginError};
use event::{Kind, Verdict};
use mail::{AccountId, Address, Reply, Time};
use sasl::scram::Hash;
use sasl::{Credentials, Proof};
use smtp::server::Answer;
use std::net::IpAddr;
use store::Account;

/// The account of whoever has none: a device of a listed network that writes under an address
/// nobody reads.
pub(crate) const NOBODY: AccountId = AccountId(0);

fn wrong() -> Answer {
    Answer::Reply(Reply::new(535, (5, 7, 8), "name or password is wrong"))
}

fn refusal(error: &LoginError) -> Answer {
    match error {
        LoginError::InvalidCredentials => wrong(),
        LoginError::Throttled(wait) => {
            let text = format!(
                "too many wrong passwords; try again in {} seconds",
                wait.as_secs().max(1)
            );
            Answer::Reply(Reply::new(454, (4, 7, 0), text))
        }
        // RFC 4954 §6
        LoginError::Unavailable(_) => Answer::Reply(Reply::new(
            454,
            (4, 7, 0),
            "passwords cannot be checked now",
        )),
    }
}

impl Submitting {
    pub(crate) async fn auth(&mut self, credentials: Credentials) -> Answer {
        let address = self.msa.address_of(&credentials.authentication).await;
        let a_name = !credentials.authentication.is_empty();
        // A token may come without a name; anything else without a known one is as wrong as a wrong
        // password, and takes as long.
        let judged = self
            .msa
            .0
            .logins
            .authenticate(&credentials, address.as_ref(), self.remote.ip())
            .await;
        let Authenticated { account, method } = match judged {
            Ok(authenticated) => authenticated,
            Err(error) => {
                let user = if a_name {
                    credentials.authentication.as_str()
                } else {
                    ""
                };
                tracing::info!(remote = %self.remote, user, mechanism = %credentials.mechanism, ?error, "a login failed");
                return refusal(&error);
            }
        };
        // Acting for someone else needs a right that nobody has here.
        let for_oneself = credentials
            .authorization
            .as_deref()
            .is_none_or(|who| Address::parse(who).is_ok_and(|a| account.owns(&a)));
        let named_right = a_name || matches!(credentials.proof, Proof::Token(_));
        if !for_oneself || !named_right {
            return wrong();
        }
        let why = format!(
            "{} by {} with {method}",
            account.address, credentials.mechanism
        );
        let kind = Kind::text_check("login", Verdict::Pass, &why);
        self.recorder.emit(self.msa.0.world.now(), kind);
        self.account = Some(account);
        Answer::Go
    }

    pub(crate) async fn keys(&mut self, hash: Hash, user: &str) -> Answer {
        let address = self.msa.address_of(user).await;
        match self
            .msa
            .0
            .logins
            .scram_keys(hash, user, address.as_ref())
            .await
        {
            Ok(keys) => Answer::Keys(keys),
            Err(error) => refusal(&error),
        }
    }
}

impl Msa {
    /// Whether whoever is there may submit without a login.
    pub(crate) fn trusts(&self, from: IpAddr) -> bool {
        self.0.networks.iter().any(|network| network.contains(from))
    }

    /// As whom a client of a listed network writes: any address of our domains, or nobody.
    pub(crate) async fn guest(
        &self,
        sender: Option<&Address>,
        from: IpAddr,
    ) -> Result<Account, No> {
        let address = match sender {
            Some(address) => {
                let ours = match address.domain() {
                    Some(domain) => self.0.store.is_local(domain).await?,
                    None => false,
                };
                if !ours {
                    let reply = Reply::new(
                        553,
                        (5, 7, 1),
                        format!(
                            "<{address}>: from this network only addresses of our own domains may write"
                        ),
                    );
                    return Err(No::new(reply, format!("{address} from {from}")));
                }
                if let Some(whose) = self.0.store.resolve_address(address).await? {
                    return Ok(whose.account);
                }
                address.clone()
            }
            None => self.postmaster().await?,
        };
        Ok(Account {
            id: NOBODY,
            address,
            name: String::new(),
            aliases: Vec::new(),
            password: None,
            quota_bytes: None,
            created: Time(0),
        })
    }
}
