//! An account's progress in the Lab: one opaque document per account, removed with it.

use crate::engine::{self, Batch, Fault, Keyspace};
use crate::{Store, keys};
use mail::AccountId;

impl Store {
    /// The document, if there is one.
    ///
    /// # Errors
    /// As the engine.
    pub async fn progress(&self, account: AccountId) -> Result<Option<Vec<u8>>, Fault> {
        self.engine()
            .get(Keyspace::Directory, &keys::progress(account))
            .await
    }

    /// Replaces the document; `former` is the one that was read before.
    ///
    /// # Errors
    /// [`Fault::Conflict`] where another was written meanwhile or the account is gone; else as the
    /// engine.
    pub async fn keep_progress(
        &self,
        account: AccountId,
        former: Option<Vec<u8>>,
        document: Vec<u8>,
    ) -> Result<(), Fault> {
        // Asserted below, so that a removed account does not get a document that is never removed.
        let row = self
            .engine()
            .get(Keyspace::Directory, &keys::account(account))
            .await?;
        if row.is_none() {
            return Err(Fault::Conflict);
        }
        let mut batch = Batch::default();
        batch
            .asserts
            .push((Keyspace::Directory, keys::account(account), row));
        batch
            .asserts
            .push((Keyspace::Directory, keys::progress(account), former));
        batch.put(Keyspace::Directory, keys::progress(account), document);
        engine::commit(self.engine().as_ref(), batch).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NewAccount, PasswordCost};
    use mail::Secret;
    use world::still::world;

    #[tokio::test]
    async fn replaces_only_the_document_that_was_read_and_removes_it_with_the_account() {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        store
            .add_domain(&"here.test".parse().unwrap())
            .await
            .unwrap();
        let new = NewAccount {
            address: "a@here.test".parse().unwrap(),
            name: String::new(),
            password: Secret::new("wonder"),
        };
        let account = store
            .add_account(new, [1; 16], world().now())
            .await
            .unwrap();
        assert_eq!(store.progress(account.id).await, Ok(None));
        assert_eq!(
            store.keep_progress(account.id, None, b"one".to_vec()).await,
            Ok(())
        );
        assert_eq!(
            store.keep_progress(account.id, None, b"two".to_vec()).await,
            Err(Fault::Conflict),
            "another one was written first"
        );
        assert_eq!(
            store
                .keep_progress(account.id, Some(b"one".to_vec()), b"two".to_vec())
                .await,
            Ok(())
        );
        assert_eq!(store.progress(account.id).await, Ok(Some(b"two".to_vec())));
        store.remove_account(&account.address).await.unwrap();
        assert_eq!(store.progress(account.id).await, Ok(None));
        assert_eq!(
            store
                .keep_progress(account.id, None, b"late".to_vec())
                .await,
            Err(Fault::Conflict)
        );
    }
}
