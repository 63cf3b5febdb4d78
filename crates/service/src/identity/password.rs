//! Passwords: Argon2id, off the async threads.

use std::sync::Arc;
use std::thread::available_parallelism;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::Error;

/// Hashes and verifies. Each hash takes 19 MiB and a core for a while: one core is left to those who are signed in already,
/// so that many who sign in at once wait for each other and not everybody for them.
#[derive(Clone)]
pub(crate) struct Passwords {
    slots: Arc<Semaphore>,
    /// How much work a new hash is. A hash carries its own parameters, so they can be raised later.
    work: Params,
}

impl Passwords {
    /// With Argon2's default parameters, which are OWASP's minimum: 19 MiB, 2 passes.
    pub(crate) fn new() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self { slots: Arc::new(Semaphore::new(slots(cores))), work: Params::DEFAULT }
    }

    /// The same with the least work that Argon2 allows: for tests, which hash thousands that guard nothing.
    pub(crate) fn with_least_work(self) -> Result<Self, Error> {
        let work =
            Params::new(Params::MIN_M_COST, Params::MIN_T_COST, Params::MIN_P_COST, None).map_err(unable)?;
        Ok(Self { work, ..self })
    }

    /// The password's PHC string.
    pub(crate) async fn hash(&self, password: SecretString) -> Result<String, Error> {
        let work = self.work.clone();
        self.run(move || hash(&password, work)).await?
    }

    /// Whether the password is the one of the PHC string. Without one it takes as long and is `false`, so that an
    /// unknown address cannot be told from a wrong password by the time it takes.
    pub(crate) async fn verify(&self, password: SecretString, known: Option<String>) -> Result<bool, Error> {
        let work = self.work.clone();
        self.run(move || {
            let Some(known) = known else {
                hash(&password, work)?;
                return Ok(false);
            };
            let parsed = PasswordHash::new(&known)
                .map_err(|error| Error::Internal(format!("a stored password hash is unreadable: {error}")))?;
            Ok(Argon2::default().verify_password(password.expose_secret().as_bytes(), &parsed).is_ok())
        })
        .await?
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let stopped = |_| Error::Internal("password hashing has stopped".to_owned());
        let slot = self.slots.clone().acquire_owned().await.map_err(stopped)?;
        tokio::task::spawn_blocking(move || {
            let _slot = slot;
            work()
        })
        .await
        .map_err(|error| Error::Internal(format!("password hashing failed: {error}")))
    }
}

/// How many are hashed at once.
fn slots(cores: usize) -> usize {
    cores.saturating_sub(1).max(1)
}

fn hash(password: &SecretString, work: Params) -> Result<String, Error> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, work)
        .hash_password(password.expose_secret().as_bytes())
        .map(|hash| hash.to_string())
        .map_err(unable)
}

fn unable(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("a password cannot be hashed: {error}"))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn hashing_leaves_a_core_to_others_where_there_are_two() {
        assert_eq!([1, 2, 4].map(slots), [1, 1, 3]);
    }

    #[tokio::test]
    async fn only_the_right_password_verifies() {
        let passwords = Passwords::new();
        let right = SecretString::from("correct horse battery".to_owned());
        let hash = passwords.hash(right.clone()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify(right.clone(), Some(hash.clone())).await.unwrap());
        let wrong = SecretString::from("correct horse batterz".to_owned());
        assert!(!passwords.verify(wrong, Some(hash)).await.unwrap());
        assert!(!passwords.verify(right, None).await.unwrap());
    }

    #[tokio::test(flavor = "current_thread")]
    async fn others_get_their_turn_on_the_only_thread_while_a_password_is_hashed_or_verified() {
        let turns = Arc::new(AtomicU32::new(0));
        let counting = Arc::clone(&turns);
        tokio::spawn(async move {
            loop {
                counting.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        });
        let passwords = Passwords::new();
        let password = SecretString::from("correct horse battery".to_owned());
        let mut before = 0;
        let mut others_had_turns = || {
            let now = turns.load(Ordering::Relaxed);
            std::mem::replace(&mut before, now) < now
        };
        let hash = passwords.hash(password.clone()).await.unwrap();
        assert!(others_had_turns());
        for known in [Some(hash), None] {
            passwords.verify(password.clone(), known).await.unwrap();
            assert!(others_had_turns());
        }
    }
}
