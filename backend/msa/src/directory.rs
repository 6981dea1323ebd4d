//! VRFY and EXPN for authenticated users, where the configuration enables them (RFC 5321 §3.5,
//! §7.3). Discloses addresses of this host's domains only.

use crate::{Msa, replies};
use mail::{Address, Reply};
use queue::intake::Rejection;
use smtp::server::Decision;
use store::Target;

/// Addresses in one reply.
const EXPANDED_MAX: usize = 100;

// `alice`, `alice@here.test` or `Alice <alice@here.test>`.
fn address_in(text: &str) -> &str {
    text.rsplit_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or(text, |(address, _)| address)
        .trim()
}

impl Msa {
    /// VRFY: 250 with name and address, 252 for addresses of other hosts, 550.
    pub(crate) async fn verify(&self, text: &str) -> Decision {
        match self.verified(text).await {
            Ok(Some(reply)) => Decision::Reply(reply),
            Ok(None) => Decision::Go,
            Err(rejection) => Decision::Reply(rejection.reply),
        }
    }

    async fn verified(&self, text: &str) -> Result<Option<Reply>, Rejection> {
        let Some(address) = self.login_address(address_in(text)).await else {
            return Ok(Some(replies::unknown_name(text)));
        };
        // RFC 5321 §3.5.3: an address that cannot be verified here is not denied.
        if !self.is_ours(&address).await? {
            return Ok(None);
        }
        match self.0.store.resolve_address(&address).await? {
            Some(resolved) => Ok(Some(replies::verified(&resolved.account.name, &address))),
            None => Ok(Some(self.expanded(text).await?)),
        }
    }

    /// EXPN: 250 with a line for each address that receives mail to the name.
    pub(crate) async fn expand(&self, text: &str) -> Decision {
        let expanded = self.expanded(text).await;
        Decision::Reply(expanded.unwrap_or_else(|rejection| rejection.reply))
    }

    async fn expanded(&self, text: &str) -> Result<Reply, Rejection> {
        let Some(address) = self.login_address(address_in(text)).await else {
            return Ok(replies::unknown_name(text));
        };
        if !self.is_ours(&address).await? {
            return Ok(replies::unknown_name(text));
        }
        let targets = self.0.store.targets(&address).await?;
        let lines: Vec<String> = targets
            .iter()
            .filter(|target| !matches!(target, Target::Unknown(_)))
            .take(EXPANDED_MAX)
            .map(|target| format!("<{}>", target.address()))
            .collect();
        if lines.is_empty() {
            return Ok(replies::unknown_name(text));
        }
        Ok(replies::expanded(lines))
    }

    async fn is_ours(&self, address: &Address) -> Result<bool, Rejection> {
        match address.domain() {
            Some(domain) => Ok(self.0.store.is_local(domain).await?),
            None => Ok(false),
        }
    }
}
