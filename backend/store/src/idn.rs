//! International domains: a name and its form for DNS (RFC 5890 §2.3.2.1: U-labels and A-labels)
//! are the same domain, whichever of them the directory holds.

use crate::Store;
use crate::engine::Fault;
use mail::{Address, Domain, Host};
use std::borrow::Cow;

/// The same domain in the other form; `None` where it has one form only.
fn other_form(domain: &Domain) -> Option<Domain> {
    let name = domain.as_str();
    let other = if domain.is_international() {
        idna::domain_to_ascii(name).ok()?
    } else if name.split('.').any(|label| label.starts_with("xn--")) {
        let (name, fault) = idna::domain_to_unicode(name);
        fault.ok()?;
        name
    } else {
        return None;
    };
    Domain::new(&other).ok().filter(|other| other != domain)
}

impl Store {
    /// The domain as the directory holds it; `None` if it is not local. May be a moment old.
    ///
    /// # Errors
    /// As the engine.
    pub async fn local_domain<'a>(
        &self,
        domain: &'a Domain,
    ) -> Result<Option<Cow<'a, Domain>>, Fault> {
        if self.is_listed(domain).await? {
            return Ok(Some(Cow::Borrowed(domain)));
        }
        match other_form(domain) {
            Some(other) if self.is_listed(&other).await? => Ok(Some(Cow::Owned(other))),
            _ => Ok(None),
        }
    }

    /// All local domains, international ones in both forms.
    ///
    /// # Errors
    /// As the engine.
    pub async fn local_domain_forms(&self) -> Result<Vec<Domain>, Fault> {
        let mut all = self.domains().await?;
        let others: Vec<Domain> = all.iter().filter_map(other_form).collect();
        all.extend(others);
        Ok(all)
    }

    /// The address with its domain as the directory holds it; unchanged if that is not local.
    ///
    /// # Errors
    /// As the engine.
    pub async fn local_form<'a>(&self, address: &'a Address) -> Result<Cow<'a, Address>, Fault> {
        let Some(domain) = address.domain().filter(|d| other_form(d).is_some()) else {
            return Ok(Cow::Borrowed(address));
        };
        Ok(match self.local_domain(domain).await? {
            Some(Cow::Owned(domain)) => {
                let local = address.local().clone();
                Cow::Owned(Address::new(local, Host::Domain(domain)))
            }
            _ => Cow::Borrowed(address),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AliasName, NewAccount, PasswordCost, Target};
    use mail::{Secret, Time};

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    #[test]
    fn a_domain_has_another_form_only_where_it_is_international() {
        let other = |name: &str| other_form(&Domain::new(name).unwrap()).map(String::from);
        assert_eq!(other("例子.test").as_deref(), Some("xn--fsqu00a.test"));
        assert_eq!(other("xn--fsqu00a.test").as_deref(), Some("例子.test"));
        assert_eq!(other("example.test"), None);
        assert_eq!(other("xn--0.test"), None, "not an A-label");
    }

    #[tokio::test]
    async fn mail_to_either_form_of_a_local_domain_is_local() {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        for (configured, used) in [
            ("例子.test", "xn--fsqu00a.test"),
            ("xn--bcher-kva.test", "bücher.test"),
        ] {
            store
                .add_domain(&Domain::new(configured).unwrap())
                .await
                .unwrap();
            let li = address(&format!("li@{configured}"));
            let new = NewAccount {
                address: li.clone(),
                name: "Li".to_owned(),
                password: Secret::new("password"),
            };
            let account = store.add_account(new, [1; 16], Time(0)).await.unwrap();
            let sales = AliasName::Address(address(&format!("sales@{configured}")));
            store
                .add_targets(&sales, std::slice::from_ref(&li))
                .await
                .unwrap();
            for domain in [configured, used] {
                assert!(store.is_local(&Domain::new(domain).unwrap()).await.unwrap());
                for user in ["li", "Li+lists", "postmaster", "sales"] {
                    let targets = store
                        .targets(&address(&format!("{user}@{domain}")))
                        .await
                        .unwrap();
                    assert!(
                        matches!(&targets[..], [Target::Local(..)]),
                        "{user}@{domain}: {targets:?}"
                    );
                }
                let found = store.account_of(&address(&format!("li@{domain}"))).await;
                assert_eq!(found.unwrap().map(|a| a.id), Some(account.id), "{domain}");
            }
        }
        let other = Domain::new("xn--zckzah.test").unwrap();
        assert!(!store.is_local(&other).await.unwrap());
    }
}
