//! AUTH: passes credentials to the [`login::Authenticator`] and SCRAM keys back, and knows the
//! networks that may submit without a login. Keeps no password and counts no failures itself.

use crate::Msa;
use crate::authorization::NO_ACCOUNT;
use crate::replies;
use crate::session::SubmissionSession;
use ::login::{Authenticated, LoginMethod};
use event::catalogue::submission::{Credential, SubmissionReason};
use event::{Check, Verdict};
use mail::{Address, Time};
use queue::intake::{Rejection, RejectionKind};
use sasl::scram::Hash;
use sasl::{Credentials, Proof};
use smtp::server::Decision;
use std::net::IpAddr;
use store::Account;

impl SubmissionSession {
    pub(crate) async fn auth(&mut self, credentials: Credentials) -> Decision {
        let name = &credentials.authentication;
        let address = self.msa.login_address(name).await;
        // A token may come without a name; anything else without a known name is answered like a
        // wrong password, and takes as long.
        let result = self
            .msa
            .0
            .config
            .authenticator
            .authenticate(&credentials, address.as_ref(), self.remote.ip())
            .await;
        let Authenticated { account, method } = match result {
            Ok(authenticated) => authenticated,
            Err(error) => {
                tracing::info!(
                    remote = %self.remote,
                    user = name.as_str(),
                    mechanism = %credentials.mechanism,
                    ?error,
                    "login failed"
                );
                return Decision::Reply(replies::login_failed(&error));
            }
        };
        // No user may act for another one.
        let for_oneself = credentials
            .authorization
            .as_deref()
            .is_none_or(|user| Address::parse(user).is_ok_and(|a| account.owns(&a)));
        let named = !name.is_empty() || matches!(credentials.proof, Proof::Token(_));
        if !for_oneself || !named {
            return Decision::Reply(replies::wrong_credentials());
        }
        let reason = SubmissionReason::Login {
            account: account.address.to_string(),
            mechanism: credentials.mechanism.to_string(),
            credential: credential(method),
        };
        self.recorder.check(Check::Login, Verdict::Pass, reason);
        // Without its aliases the user can still send under the account's own address.
        let aliases = self.msa.0.store.with_aliases(account.clone()).await;
        self.account = Some(aliases.unwrap_or(account));
        Decision::Go
    }

    pub(crate) async fn scram_keys(&mut self, hash: Hash, user: &str) -> Decision {
        let address = self.msa.login_address(user).await;
        let authenticator = &self.msa.0.config.authenticator;
        match authenticator.scram_keys(hash, user, address.as_ref()).await {
            Ok(keys) => Decision::Keys(keys),
            Err(error) => Decision::Reply(replies::login_failed(&error)),
        }
    }
}

fn credential(method: LoginMethod) -> Credential {
    match method {
        LoginMethod::Password => Credential::Password,
        LoginMethod::AppPassword(label) => Credential::AppPassword { label },
        LoginMethod::SharedSecret => Credential::SharedSecret,
        LoginMethod::Token => Credential::AccessToken,
    }
}

impl Msa {
    /// Whether the address is in a network that may submit without a login.
    pub(crate) fn trusts(&self, from: IpAddr) -> bool {
        let networks = &self.0.config.trusted_networks;
        networks.iter().any(|network| network.contains(from))
    }

    /// The account under which a client of a trusted network sends: that of the sender, or
    /// [`NO_ACCOUNT`] with any address of this host's domains.
    pub(crate) async fn network_account(
        &self,
        sender: Option<&Address>,
        from: IpAddr,
    ) -> Result<Account, Rejection> {
        let address = match sender {
            Some(address) => {
                let ours = match address.domain() {
                    Some(domain) => self.0.store.is_local(domain).await?,
                    None => false,
                };
                if !ours {
                    let address = address.to_string();
                    let kind = RejectionKind::NetworkSender {
                        address: address.clone(),
                    };
                    let network = from.to_string();
                    let reason = SubmissionReason::ClientNetwork { address, network };
                    return Err(Rejection::new(kind, Check::ClientNetwork, reason));
                }
                if let Some(resolved) = self.0.store.resolve_address(address).await? {
                    return Ok(resolved.account);
                }
                address.clone()
            }
            None => self.postmaster().await?,
        };
        Ok(Account {
            id: NO_ACCOUNT,
            address,
            name: String::new(),
            aliases: Vec::new(),
            password: None,
            quota_bytes: None,
            created: Time(0),
        })
    }
}
