//! What an account has learned in the Lab: one document per account, which goes with it. Does not
//! know what is in it.

use crate::engine::{self, Batch, Fault, Space};
use crate::{Store, keys};
use mail::AccountId;

impl Store {
    /// The document, if there is one.
    ///
    /// # Errors
    /// As the engine.
    pub async fn progress(&self, account: AccountId) -> Result<Option<Vec<u8>>, Fault> {
        self.engine()
            .get(Space::Directory, &keys::progress(account))
            .await
    }

    /// Puts a document in the place of the one that was read before; `former` is that one.
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
        // An account that is being removed must not get a document that nobody would ever remove.
        let row = self
            .engine()
            .get(Space::Directory, &keys::account(account))
            .await?;
        if row.is_none() {
            return Err(Fault::Conflict);
        }
        let mut batch = Batch::default();
        batch
            .asserts
            .push((Space::Directory, keys::account(account), row));
        batch
            .asserts
            .push((Space::Directory, keys::progress(account), former));
        batch.put(Space::Directory, keys::progress(account), document);
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
    async fn a_document_is_changed_by_whoever_read_it_last_and_goes_with_its_account() {
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
            "another was first"
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
