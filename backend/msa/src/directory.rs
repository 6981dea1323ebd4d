//! VRFY and EXPN for those who have signed in, where the configuration opens them (RFC 5321 §3.5,
//! §7.3). Tells of our own domains only.

use crate::Msa;
use mail::{Address, Reply};
use queue::Refusal;
use smtp::server::Answer;
use store::Target;

/// Names told in one reply.
const TOLD_MAX: usize = 100;

// `alice`, `alice@here.test` or `Alice <alice@here.test>`.
fn address_in(text: &str) -> &str {
    text.rsplit_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or(text, |(address, _)| address)
        .trim()
}

fn nobody(text: &str) -> Answer {
    Answer::Reply(Reply::new(
        550,
        (5, 1, 1),
        format!("nobody here is called {text}"),
    ))
}

impl Msa {
    /// VRFY: 250 with name and address, 252 for addresses elsewhere, 550.
    pub(crate) async fn verify(&self, text: &str) -> Answer {
        let Some(address) = self.address_of(address_in(text)).await else {
            return nobody(text);
        };
        match self.is_ours(&address).await {
            Ok(true) => {}
            // RFC 5321 §3.5.3: what cannot be known here is not denied.
            Ok(false) => return Answer::Go,
            Err(reply) => return Answer::Reply(reply),
        }
        match self.0.store.resolve_address(&address).await {
            Ok(Some(whose)) => Answer::Reply(Reply::new(
                250,
                (2, 1, 5),
                format!("{} <{address}>", whose.account.name)
                    .trim()
                    .to_owned(),
            )),
            Ok(None) => self.expand(text).await,
            Err(fault) => Answer::Reply(Refusal::from(fault).reply),
        }
    }

    /// EXPN: 250 with a line for each address that mail to the name goes to.
    pub(crate) async fn expand(&self, text: &str) -> Answer {
        let Some(address) = self.address_of(address_in(text)).await else {
            return nobody(text);
        };
        match self.is_ours(&address).await {
            Ok(true) => {}
            Ok(false) => return nobody(text),
            Err(reply) => return Answer::Reply(reply),
        }
        match self.0.store.targets(&address).await {
            Ok(targets) => {
                let real = targets
                    .iter()
                    .filter(|target| !matches!(target, Target::Unknown(_)));
                let lines: Vec<String> = real
                    .take(TOLD_MAX)
                    .map(|target| format!("<{}>", target.address()))
                    .collect();
                if lines.is_empty() {
                    nobody(text)
                } else {
                    Answer::Reply(Reply {
                        lines,
                        ..Reply::new(250, (2, 1, 5), "")
                    })
                }
            }
            Err(fault) => Answer::Reply(Refusal::from(fault).reply),
        }
    }

    async fn is_ours(&self, address: &Address) -> Result<bool, Reply> {
        match address.domain() {
            Some(domain) => self
                .0
                .store
                .is_local(domain)
                .await
                .map_err(|fault| Refusal::from(fault).reply),
            None => Ok(false),
        }
    }
}
