//! The entry point of every login. An account's app passwords are as good as its own password.

use crate::password::{CheckedPassword, PasswordChecker, run_on_thread};
use crate::throttle::Throttle;
use crate::token::{TokenError, TokenVerifier};
use mail::{AccountId, Address, Duration, Secret};
use sasl::scram::{Hash, ITERATIONS_MIN, Keys};
use sasl::{Credentials, Proof};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use store::{Account, AccountSecrets, Fault, PasswordHash, Store, scram_keys};
use world::World;

/// Why a login failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginError {
    /// The address or the password (key, secret, token) is wrong.
    InvalidCredentials,
    /// Too many failed attempts from this address; allowed again after this time.
    Throttled(Duration),
    /// The store failed or the token issuer did not answer; the client may try again.
    Unavailable(Fault),
}

impl From<Fault> for LoginError {
    fn from(fault: Fault) -> LoginError {
        LoginError::Unavailable(fault)
    }
}

/// What a client authenticated with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginMethod {
    /// The account's own password, or a SCRAM proof of it.
    Password,
    /// The app password of this name.
    AppPassword(String),
    /// The account's shared secret (CRAM-MD5).
    SharedSecret,
    /// An access token.
    Token,
}

impl fmt::Display for LoginMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoginMethod::Password => f.write_str("the account's password"),
            LoginMethod::AppPassword(name) => write!(f, "the app password “{name}”"),
            LoginMethod::SharedSecret => f.write_str("the account's shared secret"),
            LoginMethod::Token => f.write_str("an access token"),
        }
    }
}

/// The result of a successful SASL exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    /// The account.
    pub account: Account,
    /// What the client authenticated with.
    pub method: LoginMethod,
}

/// Checks logins against one store. Clones share counters.
#[derive(Clone)]
pub struct Authenticator {
    inner: Arc<Inner>,
    // Set by `restricted_to`: every other account is treated as missing.
    only: Option<AccountId>,
}

struct Inner {
    store: Store,
    world: World,
    passwords: PasswordChecker,
    throttle: Throttle,
    // Checked instead when the account does not exist, so that timing does not reveal it.
    decoy: PasswordHash,
    tokens: Option<Arc<dyn TokenVerifier>>,
}

impl Authenticator {
    /// An authenticator that takes no access tokens.
    pub fn new(store: Store, world: World) -> Authenticator {
        Authenticator::with_tokens(store, world, None)
    }

    /// An authenticator that also takes access tokens, where there is a verifier.
    pub fn with_tokens(
        store: Store,
        world: World,
        tokens: Option<Arc<dyn TokenVerifier>>,
    ) -> Authenticator {
        let mut key = [0; 32];
        world.rng.fill(&mut key);
        let decoy = PasswordHash::make(&Secret::new(key), [0; 16], store.password_cost());
        let inner = Inner {
            store,
            world,
            passwords: PasswordChecker::new(key),
            throttle: Throttle::default(),
            decoy,
            tokens,
        };
        Authenticator {
            inner: Arc::new(inner),
            only: None,
        }
    }

    /// The same authenticator for one account: any other name is answered as if it did not exist,
    /// whatever the password. Failed attempts are counted together.
    pub fn restricted_to(&self, account: AccountId) -> Authenticator {
        Authenticator {
            inner: self.inner.clone(),
            only: Some(account),
        }
    }

    async fn account_of(&self, address: Option<&Address>) -> Result<Option<Account>, LoginError> {
        let Some(address) = address else {
            return Ok(None);
        };
        let account = self.inner.store.account_of(address).await?;
        Ok(account.filter(|a| self.only.is_none_or(|only| only == a.id)))
    }

    /// Checks an address (or alias) with a password, the account's own or an app password. A wrong
    /// one is answered after a delay.
    ///
    /// # Errors
    /// See [`LoginError`].
    pub async fn login(
        &self,
        address: &Address,
        password: &Secret,
        from: IpAddr,
    ) -> Result<Account, LoginError> {
        self.inner.throttle.check(from, self.inner.world.now())?;
        let account = self.account_of(Some(address)).await?;
        let authenticated = self.check_password(account, password, from).await?;
        Ok(authenticated.account)
    }

    /// Checks the result of a SASL exchange. `address` is the address of the authentication
    /// identity, where the identity names one.
    ///
    /// # Errors
    /// See [`LoginError`].
    pub async fn authenticate(
        &self,
        credentials: &Credentials,
        address: Option<&Address>,
        from: IpAddr,
    ) -> Result<Authenticated, LoginError> {
        self.inner.throttle.check(from, self.inner.world.now())?;
        if let Proof::Token(token) = &credentials.proof {
            return self.check_token(token, address, from).await;
        }
        let account = self.account_of(address).await?;
        let (proven, method) = match &credentials.proof {
            Proof::Password(password) => {
                return self.check_password(account, password, from).await;
            }
            Proof::Scram { proven } => (*proven, LoginMethod::Password),
            Proof::CramMd5 { challenge, digest } => {
                let secret = match &account {
                    Some(account) => self.inner.store.secrets(account.id).await?.shared(),
                    None => None,
                };
                let right =
                    secret.is_some_and(|secret| sasl::cram::verify(&secret, challenge, digest));
                (right, LoginMethod::SharedSecret)
            }
            Proof::Token(_) => (false, LoginMethod::Token),
        };
        match account {
            Some(account) if proven => Ok(Authenticated { account, method }),
            account => Err(self.fail(account.map(|a| a.id), from).await),
        }
    }

    /// The SCRAM keys of a name: those of its account, or decoy keys with a salt that is always the
    /// same for that name (RFC 5802 §9: an unknown name must not be recognizable).
    ///
    /// # Errors
    /// [`LoginError::Unavailable`].
    pub async fn scram_keys(
        &self,
        hash: Hash,
        name: &str,
        address: Option<&Address>,
    ) -> Result<Keys, LoginError> {
        let store = &self.inner.store;
        let stored = match self.account_of(address).await? {
            Some(account) => store.secrets(account.id).await?.into_scram(),
            None => Vec::new(),
        };
        if let Some(keys) = stored.into_iter().find(|keys| keys.hash == hash) {
            return Ok(keys);
        }
        let mut fresh = [0; 32];
        self.inner.world.rng.fill(&mut fresh);
        let secret = store.salt_secret(fresh).await?;
        let name = address.map_or_else(|| name.to_lowercase(), Address::key);
        Ok(Keys::for_unknown_user(
            hash,
            &secret,
            &name,
            store.password_cost().scram_iterations.max(ITERATIONS_MIN),
        ))
    }

    async fn check_password(
        &self,
        account: Option<Account>,
        password: &Secret,
        from: IpAddr,
    ) -> Result<Authenticated, LoginError> {
        let inner = &self.inner;
        let Some(account) = account else {
            inner.passwords.compute(inner.decoy.clone(), password).await;
            return Err(self.fail(None, from).await);
        };
        let secrets = inner.store.secrets(account.id).await?;
        if let Some((app, hash, normalized)) = secrets.app_password_for(password) {
            let which = (account.id, Some(app.name.clone()));
            let now = inner.world.now();
            if inner.passwords.check(which, hash, &normalized, now).await
                != CheckedPassword::Mismatch
            {
                return Ok(Authenticated {
                    method: LoginMethod::AppPassword(app.name.clone()),
                    account,
                });
            }
        }
        let Some(hash) = account.password.clone() else {
            return Err(self.fail(Some(account.id), from).await);
        };
        let (which, now) = ((account.id, None), inner.world.now());
        match inner.passwords.check(which, hash, password, now).await {
            CheckedPassword::Mismatch => return Err(self.fail(Some(account.id), from).await),
            CheckedPassword::Computed => self.add_scram_keys(&account, &secrets, password).await,
            CheckedPassword::Remembered => {}
        }
        Ok(Authenticated {
            account,
            method: LoginMethod::Password,
        })
    }

    async fn check_token(
        &self,
        token: &Secret,
        address: Option<&Address>,
        from: IpAddr,
    ) -> Result<Authenticated, LoginError> {
        let owner = match &self.inner.tokens {
            Some(verifier) => match verifier.owner(&self.inner.world, token).await {
                Ok(owner) => self.inner.store.login_address(&owner).await?,
                Err(TokenError::Rejected(reason)) => {
                    tracing::info!(%from, %reason, "access token rejected");
                    return Err(self.fail(None, from).await);
                }
                Err(TokenError::Unavailable(error)) => {
                    tracing::warn!(error, "cannot ask the token issuer");
                    return Err(LoginError::Unavailable(Fault::Broken(format!(
                        "access tokens cannot be checked: {error}"
                    ))));
                }
            },
            None => return Err(self.fail(None, from).await),
        };
        let named = self.account_of(address).await?;
        let account = match (&owner, address) {
            // A client that also gives a name must give the owner's.
            (Some(owner), Some(_)) => named.as_ref().filter(|a| a.owns(owner)).cloned(),
            (Some(owner), None) => self.account_of(Some(owner)).await?,
            (None, _) => None,
        };
        match account {
            Some(account) => Ok(Authenticated {
                account,
                method: LoginMethod::Token,
            }),
            None => Err(self.fail(named.map(|a| a.id), from).await),
        }
    }

    // An account made before SCRAM was supported gets its keys when its password is seen.
    async fn add_scram_keys(&self, account: &Account, secrets: &AccountSecrets, password: &Secret) {
        let cost = self.inner.store.password_cost();
        if secrets.has_scram() || cost.scram_iterations == 0 {
            return;
        }
        let mut salt = [0; 16];
        self.inner.world.rng.fill(&mut salt);
        let password = password.clone();
        let keys = run_on_thread(false, move || scram_keys(&password, salt, cost))
            .await
            .unwrap_or_default();
        if keys.is_empty() {
            return;
        }
        let stored = self
            .inner
            .store
            .add_scram_keys(&account.address, keys)
            .await;
        if let Err(error) = stored {
            tracing::warn!(account = %account.address, %error, "cannot store SCRAM keys");
        }
    }

    // Counts the failed attempt and delays the answer.
    async fn fail(&self, account: Option<AccountId>, from: IpAddr) -> LoginError {
        let world = &self.inner.world;
        let delay = self
            .inner
            .throttle
            .record_failure(account, from, world.now());
        world.sleep(delay).await;
        LoginError::InvalidCredentials
    }
}
