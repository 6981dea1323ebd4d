//! The one door for passwords: every protocol and the web sign in here, so that guesses are counted together. Wrong guesses are answered
//! later and later, per address and per account; too many, and the address must wait.
//!
//! Failures: [`LoginError::Wrong`] says nothing of whether the account exists; [`LoginError::Wait`] when too many were wrong.

use crate::engine::Fault;
use crate::password::{check_beside, same};
use crate::{Account, PasswordHash, Store, lock};
use hmac::{Hmac, Mac};
use mail::{AccountId, Address, Duration, Secret, Time};
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
    /// The store failed.
    Fault(Fault),
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
// Addresses remembered.
const TABLE_MAX: usize = 10_000;

#[derive(Clone, Copy)]
struct Guesses {
    count: u32,
    last: Time,
}

/// Signs in.
#[derive(Clone)]
pub struct Logins(Arc<Inner>);

struct Inner {
    store: Store,
    world: World,
    key: [u8; 32],
    known: Mutex<HashMap<AccountId, (Vec<u8>, Time)>>,
    guesses: Mutex<HashMap<IpAddr, Guesses>>,
    computing: Semaphore,
    // Compared against where there is no such account, so that the answer takes as long.
    nobody: PasswordHash,
}

impl Logins {
    /// A door to a store.
    pub fn new(store: Store, world: World) -> Logins {
        let mut key = [0; 32];
        world.chance.fill(&mut key);
        let nobody = PasswordHash::make(&Secret::new(key), [0; 16], store.0.cost);
        Logins(Arc::new(Inner {
            store,
            world,
            key,
            known: Mutex::default(),
            guesses: Mutex::default(),
            computing: Semaphore::new(COMPUTE_MAX),
            nobody,
        }))
    }

    /// The account of an address (or alias) and its password. A wrong one is answered after a delay.
    ///
    /// # Errors
    /// See [`LoginError`].
    pub async fn login(&self, address: &Address, password: &Secret, from: IpAddr) -> Result<Account, LoginError> {
        let now = self.0.world.now();
        let wrong_so_far = self.guesses(from, now);
        if wrong_so_far >= GUESSES_MAX {
            return Err(LoginError::Wait(self.wait(from, now)));
        }
        let account = self.0.store.account_of(address).await.map_err(LoginError::Fault)?;
        match account {
            Some(account) if self.check(&account, password, now).await => Ok(account),
            Some(_) => Err(self.refuse(from, wrong_so_far).await),
            None => {
                self.compute(self.0.nobody.clone(), password).await;
                Err(self.refuse(from, wrong_so_far).await)
            }
        }
    }

    async fn check(&self, account: &Account, password: &Secret, now: Time) -> bool {
        let Some(hash) = account.password.clone() else { return false };
        let mark = self.mark(&hash, password);
        let known = lock(&self.0.known).get(&account.id).is_some_and(|(m, until)| *until > now && same(m, &mark));
        if known {
            return true;
        }
        let right = self.compute(hash, password).await;
        if right {
            lock(&self.0.known).insert(account.id, (mark, now + KNOWN_FOR));
        }
        right
    }

    async fn compute(&self, hash: PasswordHash, password: &Secret) -> bool {
        let Ok(_permit) = self.0.computing.acquire().await else { return false };
        check_beside(hash, password.clone()).await
    }

    // Bound to the stored hash: a changed password is not known any more.
    fn mark(&self, hash: &PasswordHash, password: &Secret) -> Vec<u8> {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0.key) else { return Vec::new() };
        mac.update(&serde_json::to_vec(hash).unwrap_or_default());
        mac.update(password.reveal());
        mac.finalize().into_bytes().to_vec()
    }

    fn guesses(&self, from: IpAddr, now: Time) -> u32 {
        let table = lock(&self.0.guesses);
        table.get(&from).filter(|g| now.since(g.last) < REMEMBER).map_or(0, |g| g.count)
    }

    fn wait(&self, from: IpAddr, now: Time) -> Duration {
        lock(&self.0.guesses).get(&from).map_or(REMEMBER, |g| REMEMBER.saturating_sub(now.since(g.last)))
    }

    async fn refuse(&self, from: IpAddr, so_far: u32) -> LoginError {
        let now = self.0.world.now();
        {
            let mut table = lock(&self.0.guesses);
            if table.len() >= TABLE_MAX {
                table.retain(|_, g| now.since(g.last) < REMEMBER);
            }
            let fresh = Guesses { count: so_far, last: now };
            let guesses = table.entry(from).or_insert(fresh);
            if now.since(guesses.last) >= REMEMBER {
                *guesses = fresh;
            }
            guesses.count += 1;
            guesses.last = now;
        }
        let delay = DELAY_FIRST.saturating_mul(1 << so_far.min(10)).min(DELAY_LONGEST);
        self.0.world.sleep(delay).await;
        LoginError::Wrong
    }
}
