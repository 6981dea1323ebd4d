//! The one door for whoever signs in: every protocol and the web come here, so that guesses are
//! counted together. Wrong guesses are answered later and later, per address and per account; too
//! many, and the address must wait. An account's app passwords are as good as its own.
//!
//! Failures: [`LoginError::Wrong`] says nothing of whether the account exists; [`LoginError::Wait`]
//! when too many were wrong.

use crate::engine::Fault;
use crate::password::{beside, check_beside, same};
use crate::secrets::{Secrets, scram_keys};
use crate::token::{TokenFault, Tokens};
use crate::{Account, PasswordHash, Store, lock};
use hmac::{Hmac, Mac};
use mail::{AccountId, Address, Duration, Secret, Time};
use sasl::scram::{Hash, ITERATIONS_MIN, Keys};
use sasl::{Credentials, Proof};
use sha2::Sha256;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;
use world::World;

/// Why nobody was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginError {
    /// Address or password is wrong.
    Wrong,
    /// Too many wrong ones: try again so much later.
    Wait(Duration),
    /// The store failed, or whoever knows about tokens does not answer: try again later.
    Fault(Fault),
}

/// What let somebody in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The account's own password, or a proof of it.
    Password,
    /// The app password of this name.
    App(String),
    /// The secret for CRAM-MD5.
    Shared,
    /// An access token.
    Token,
}

impl std::fmt::Display for By {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            By::Password => f.write_str("the account's password"),
            By::App(name) => write!(f, "the app password “{name}”"),
            By::Shared => f.write_str("the account's shared secret"),
            By::Token => f.write_str("an access token"),
        }
    }
}

/// Somebody who was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub account: Account,
    /// With what.
    pub by: By,
}

/// Wrong guesses from one address before it must wait.
pub const GUESSES_MAX: u32 = 20;
/// For how long guesses are remembered, and how long one must wait at most.
pub const REMEMBER: Duration = Duration::from_secs(15 * 60);
// The delay of the first wrong answer; it doubles up to the longest.
const DELAY_FIRST: Duration = Duration::from_millis(250);
const DELAY_LONGEST: Duration = Duration::from_secs(8);
// How long a right password is known again without computing.
const KNOWN_FOR: Duration = Duration::from_secs(10 * 60);
// Computations side by side: each takes the cost's memory.
const COMPUTE_MAX: usize = 2;
// Addresses and accounts remembered.
const TABLE_MAX: usize = 10_000;

#[derive(Clone, Copy)]
struct Guesses {
    count: u32,
    last: Time,
}

// Who is counted: whoever guesses, and whose password is guessed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Whom {
    Address(IpAddr),
    Account(AccountId),
}

// Which of an account's passwords: its own, or an app's by name.
type Which = (AccountId, Option<String>);

/// Signs in.
#[derive(Clone)]
pub struct Logins {
    inner: Arc<Inner>,
    // All other accounts are as if they did not exist.
    only: Option<AccountId>,
}

struct Inner {
    store: Store,
    world: World,
    key: [u8; 32],
    known: Mutex<HashMap<Which, (Vec<u8>, Time)>>,
    guesses: Mutex<HashMap<Whom, Guesses>>,
    computing: Semaphore,
    // Compared against where there is no such account, so that the answer takes as long.
    nobody: PasswordHash,
    tokens: Option<Arc<dyn Tokens>>,
}

impl Logins {
    /// A door to a store.
    pub fn new(store: Store, world: World) -> Logins {
        Logins::with_tokens(store, world, None)
    }

    /// A door that also takes access tokens.
    pub fn with_tokens(store: Store, world: World, tokens: Option<Arc<dyn Tokens>>) -> Logins {
        let mut key = [0; 32];
        world.rng.fill(&mut key);
        let nobody = PasswordHash::make(&Secret::new(key), [0; 16], store.0.cost);
        let inner = Inner {
            store,
            world,
            key,
            known: Mutex::default(),
            guesses: Mutex::default(),
            computing: Semaphore::new(COMPUTE_MAX),
            nobody,
            tokens,
        };
        Logins {
            inner: Arc::new(inner),
            only: None,
        }
    }

    /// The same door for one account alone: whoever says another name is answered as if nobody had
    /// it, whatever the password. Guesses are counted together.
    pub fn only(&self, account: AccountId) -> Logins {
        Logins {
            inner: self.inner.clone(),
            only: Some(account),
        }
    }

    async fn account_of(&self, address: &Address) -> Result<Option<Account>, LoginError> {
        let account = self
            .inner
            .store
            .account_of(address)
            .await
            .map_err(LoginError::Fault)?;
        Ok(account.filter(|a| self.only.is_none_or(|only| only == a.id)))
    }

    /// The account of an address (or alias) and its password, its own or an app's. A wrong one is
    /// answered after a delay.
    ///
    /// # Errors
    /// See [`LoginError`].
    pub async fn login(
        &self,
        address: &Address,
        password: &Secret,
        from: IpAddr,
    ) -> Result<Account, LoginError> {
        self.may_try(from)?;
        let account = self.account_of(address).await?;
        let signed_in = self.by_password(account, password, from).await?;
        Ok(signed_in.account)
    }

    /// Judges what a SASL exchange came to. `address` is what the name means, where it means
    /// anything.
    ///
    /// # Errors
    /// See [`LoginError`].
    pub async fn judge(
        &self,
        credentials: &Credentials,
        address: Option<&Address>,
        from: IpAddr,
    ) -> Result<SignedIn, LoginError> {
        self.may_try(from)?;
        let account = match address {
            Some(address) => self.account_of(address).await?,
            None => None,
        };
        match &credentials.proof {
            Proof::Password(password) => self.by_password(account, password, from).await,
            Proof::Scram { proven } => {
                self.proven(account.filter(|_| *proven), By::Password, address, from)
                    .await
            }
            Proof::CramMd5 { challenge, digest } => {
                let secret = match &account {
                    Some(account) => self
                        .inner
                        .store
                        .secrets(account.id)
                        .await
                        .map_err(LoginError::Fault)?
                        .shared(),
                    None => None,
                };
                let right =
                    secret.is_some_and(|secret| sasl::cram::fits(&secret, challenge, digest));
                self.proven(account.filter(|_| right), By::Shared, address, from)
                    .await
            }
            Proof::Token(token) => self.by_token(token, address, from).await,
        }
    }

    /// The keys of SCRAM for a name: those of its account, or such as nobody has, with a salt that
    /// is always the same for that name.
    ///
    /// # Errors
    /// [`LoginError::Fault`].
    pub async fn scram_keys(
        &self,
        hash: Hash,
        name: &str,
        address: Option<&Address>,
    ) -> Result<Keys, LoginError> {
        let store = &self.inner.store;
        let kept = match address {
            Some(address) => match self.account_of(address).await? {
                Some(account) => {
                    store
                        .secrets(account.id)
                        .await
                        .map_err(LoginError::Fault)?
                        .scram
                }
                None => Vec::new(),
            },
            None => Vec::new(),
        };
        if let Some(keys) = kept.into_iter().find(|keys| keys.hash == hash) {
            return Ok(keys);
        }
        let mut fresh = [0; 32];
        self.inner.world.rng.fill(&mut fresh);
        let secret = store.salt_secret(fresh).await.map_err(LoginError::Fault)?;
        let name = address.map_or_else(|| name.to_lowercase(), Address::key);
        Ok(Keys::of_nobody(
            hash,
            &secret,
            &name,
            store.0.cost.scram_iterations.max(ITERATIONS_MIN),
        ))
    }

    fn may_try(&self, from: IpAddr) -> Result<(), LoginError> {
        let now = self.inner.world.now();
        if self.guesses(Whom::Address(from), now) >= GUESSES_MAX {
            Err(LoginError::Wait(self.wait(from, now)))
        } else {
            Ok(())
        }
    }

    async fn by_password(
        &self,
        account: Option<Account>,
        password: &Secret,
        from: IpAddr,
    ) -> Result<SignedIn, LoginError> {
        let Some(account) = account else {
            self.compute(self.inner.nobody.clone(), password).await;
            return Err(self.refuse(None, from).await);
        };
        let secrets = self
            .inner
            .store
            .secrets(account.id)
            .await
            .map_err(LoginError::Fault)?;
        if let Some((app, hash, plain)) = secrets.app_for(password) {
            let which = (account.id, Some(app.name.clone()));
            if self.check(which, hash, &plain).await.is_some() {
                return Ok(SignedIn {
                    by: By::App(app.name.clone()),
                    account,
                });
            }
        }
        let Some(hash) = account.password.clone() else {
            return Err(self.refuse(Some(account.id), from).await);
        };
        match self.check((account.id, None), hash, password).await {
            Some(computed) => {
                if computed {
                    self.upgrade(&account, &secrets, password).await;
                }
                Ok(SignedIn {
                    account,
                    by: By::Password,
                })
            }
            None => Err(self.refuse(Some(account.id), from).await),
        }
    }

    async fn proven(
        &self,
        account: Option<Account>,
        by: By,
        address: Option<&Address>,
        from: IpAddr,
    ) -> Result<SignedIn, LoginError> {
        match account {
            Some(account) => Ok(SignedIn { account, by }),
            None => {
                let guessed = match address {
                    Some(address) => self.account_of(address).await?,
                    None => None,
                };
                Err(self.refuse(guessed.map(|a| a.id), from).await)
            }
        }
    }

    async fn by_token(
        &self,
        token: &Secret,
        address: Option<&Address>,
        from: IpAddr,
    ) -> Result<SignedIn, LoginError> {
        let Some(tokens) = &self.inner.tokens else {
            return Err(self.refuse(None, from).await);
        };
        let owner = match tokens.owner(&self.inner.world, token).await {
            Ok(owner) => owner,
            Err(TokenFault::Refused(why)) => {
                tracing::info!(%from, why, "a token was refused");
                return Err(self.refuse(None, from).await);
            }
            Err(TokenFault::Unavailable(why)) => {
                tracing::warn!(why, "whoever issues tokens cannot be asked");
                return Err(LoginError::Fault(Fault::Broken(format!(
                    "tokens cannot be checked: {why}"
                ))));
            }
        };
        let owner = self
            .inner
            .store
            .named(&owner)
            .await
            .map_err(LoginError::Fault)?;
        // Whoever says a name besides must be that one.
        let account = match (owner, address) {
            (Some(owner), Some(address)) => {
                self.account_of(address).await?.filter(|a| a.owns(&owner))
            }
            (Some(owner), None) => self.account_of(&owner).await?,
            (None, _) => None,
        };
        self.proven(account, By::Token, address, from).await
    }

    // None where the password is wrong; else whether that had to be computed.
    async fn check(&self, which: Which, hash: PasswordHash, password: &Secret) -> Option<bool> {
        let now = self.inner.world.now();
        let mark = self.mark(&hash, password);
        let known = lock(&self.inner.known)
            .get(&which)
            .is_some_and(|(m, until)| *until > now && same(m, &mark));
        if known {
            return Some(false);
        }
        if !self.compute(hash, password).await {
            return None;
        }
        let mut table = lock(&self.inner.known);
        if table.len() >= TABLE_MAX {
            table.retain(|_, (_, until)| *until > now);
        }
        table.insert(which, (mark, now + KNOWN_FOR));
        Some(true)
    }

    async fn compute(&self, hash: PasswordHash, password: &Secret) -> bool {
        let Ok(_permit) = self.inner.computing.acquire().await else {
            return false;
        };
        check_beside(hash, password.clone()).await
    }

    // An account from before SCRAM gets its keys when its password is seen to be right.
    async fn upgrade(&self, account: &Account, secrets: &Secrets, password: &Secret) {
        let cost = self.inner.store.0.cost;
        if !secrets.scram.is_empty() || cost.scram_iterations == 0 {
            return;
        }
        let mut salt = [0; 16];
        self.inner.world.rng.fill(&mut salt);
        let password = password.clone();
        let made = beside(false, move || scram_keys(&password, salt, cost))
            .await
            .unwrap_or_default();
        if made.is_empty() {
            return;
        }
        if let Err(error) = self
            .inner
            .store
            .add_scram_keys(&account.address, made)
            .await
        {
            tracing::warn!(account = %account.address, %error, "keys for SCRAM could not be kept");
        }
    }

    // Bound to the stored hash: a changed password is not known any more.
    fn mark(&self, hash: &PasswordHash, password: &Secret) -> Vec<u8> {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.inner.key) else {
            return Vec::new();
        };
        mac.update(&serde_json::to_vec(hash).unwrap_or_default());
        mac.update(password.reveal());
        mac.finalize().into_bytes().to_vec()
    }

    fn guesses(&self, whom: Whom, now: Time) -> u32 {
        let table = lock(&self.inner.guesses);
        table
            .get(&whom)
            .filter(|g| now.since(g.last) < REMEMBER)
            .map_or(0, |g| g.count)
    }

    fn wait(&self, from: IpAddr, now: Time) -> Duration {
        let last = lock(&self.inner.guesses)
            .get(&Whom::Address(from))
            .map(|g| g.last);
        last.map_or(REMEMBER, |last| REMEMBER.saturating_sub(now.since(last)))
    }

    // Counts a wrong guess, and takes its time. Only the address is ever shut out: nobody can lock
    // another's account.
    async fn refuse(&self, account: Option<AccountId>, from: IpAddr) -> LoginError {
        let now = self.inner.world.now();
        let mut so_far = 0;
        for whom in [Some(Whom::Address(from)), account.map(Whom::Account)]
            .into_iter()
            .flatten()
        {
            so_far = so_far.max(self.guesses(whom, now));
            self.count(whom, now);
        }
        let delay = DELAY_FIRST
            .saturating_mul(1 << so_far.min(10))
            .min(DELAY_LONGEST);
        self.inner.world.sleep(delay).await;
        LoginError::Wrong
    }

    fn count(&self, whom: Whom, now: Time) {
        let mut table = lock(&self.inner.guesses);
        if table.len() >= TABLE_MAX {
            table.retain(|_, g| now.since(g.last) < REMEMBER);
        }
        let guesses = table.entry(whom).or_insert(Guesses {
            count: 0,
            last: now,
        });
        if now.since(guesses.last) >= REMEMBER {
            guesses.count = 0;
        }
        guesses.count += 1;
        guesses.last = now;
    }
}

impl Store {
    /// The address that a name means with which somebody signs in. A name without a domain is of
    /// the only one there is.
    ///
    /// # Errors
    /// As the engine.
    pub async fn named(&self, name: &str) -> Result<Option<Address>, Fault> {
        if name.contains('@') {
            return Ok(Address::parse(name).ok());
        }
        Ok(match self.domains().await?.as_slice() {
            [only] => Address::parse(&format!("{name}@{only}")).ok(),
            _ => None,
        })
    }
}
