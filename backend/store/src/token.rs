//! Access tokens (RFC 6750): who they belong to is asked of whoever issued them, by introspection
//! (RFC 7662). Issues none and keeps none.
//!
//! Failures: a token that is not active, expired, without a name or without the scope that is
//! wanted is [`TokenFault::Refused`]; an issuer that does not answer is
//! [`TokenFault::Unavailable`], and nobody is counted as a guesser for it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail::{Domain, Secret};
use serde::Deserialize;
use world::https::{Form, post};
use world::{BoxFuture, World};

/// Why a token does not let anybody in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// It is not good, or not for this.
    Refused(&'static str),
    /// Nobody can say.
    Unavailable(String),
}

/// Knows whose a token is.
pub trait Tokens: Send + Sync {
    /// The name that the token's owner signs in with: an address, or a name of the only domain.
    fn owner<'a>(
        &'a self,
        world: &'a World,
        token: &'a Secret,
    ) -> BoxFuture<'a, Result<String, TokenFault>>;
}

/// Asks the issuer's introspection endpoint (RFC 7662).
#[derive(Clone, Debug)]
pub struct Introspection {
    /// The issuer's host.
    pub host: Domain,
    /// Its port; 443.
    pub port: u16,
    /// Where: `/oauth2/introspect`.
    pub path: String,
    /// As whom we ask (RFC 7662 §2.1, HTTP Basic).
    pub client: String,
    /// Our password there.
    pub secret: Secret,
    /// A scope that the token must have.
    pub scope: Option<String>,
}

/// `introspection response` (RFC 7662 §2.2), what of it is of use here.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    active: bool,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    sub: Option<String>,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    exp: Option<i64>,
}

impl Introspection {
    fn read(&self, body: &[u8], now_secs: i64) -> Result<String, TokenFault> {
        let told: Told = serde_json::from_slice(body)
            .map_err(|_| TokenFault::Unavailable("the answer is no introspection".into()))?;
        if !told.active {
            return Err(TokenFault::Refused("the token is not active"));
        }
        if told.exp.is_some_and(|exp| exp <= now_secs) {
            return Err(TokenFault::Refused("the token has expired"));
        }
        let granted = told.scope.unwrap_or_default();
        if self
            .scope
            .as_ref()
            .is_some_and(|wanted| !granted.split(' ').any(|one| one == wanted))
        {
            return Err(TokenFault::Refused("the token is not for mail"));
        }
        // An address is the surest name; `sub` is one only where the issuer says so by an @.
        let names = [
            told.email,
            told.username,
            told.sub.filter(|s| s.contains('@')),
        ];
        names
            .into_iter()
            .flatten()
            .find(|name| !name.is_empty())
            .ok_or(TokenFault::Refused("the token names nobody"))
    }
}

impl Tokens for Introspection {
    fn owner<'a>(
        &'a self,
        world: &'a World,
        token: &'a Secret,
    ) -> BoxFuture<'a, Result<String, TokenFault>> {
        Box::pin(async move {
            let pair = [
                form_encoded(self.client.as_bytes()),
                form_encoded(self.secret.reveal()),
            ]
            .join(":");
            let who = format!("Basic {}", STANDARD.encode(pair));
            let body = format!(
                "token={}&token_type_hint=access_token",
                form_encoded(token.reveal())
            );
            let form = Form {
                authorization: Some(&who),
                body: &body,
            };
            match post(
                world,
                &self.host,
                self.port,
                &self.path,
                form,
                "application/json",
            )
            .await
            {
                Ok(answer) => self.read(&answer, world.now().secs()),
                Err(fault) => Err(TokenFault::Unavailable(fault.to_string())),
            }
        })
    }
}

// `application/x-www-form-urlencoded`: what is not plain becomes %HH.
fn form_encoded(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for b in bytes {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(*b))
            }
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: Result<&str, TokenFault>) {
        let issuer = Introspection {
            host: "id.here.test".parse().unwrap(),
            port: 443,
            path: "/introspect".into(),
            client: "mail".into(),
            secret: Secret::new("x"),
            scope: Some("mail".into()),
        };
        assert_eq!(
            issuer.read(body.as_bytes(), 1000).as_deref(),
            expected.as_ref().map(|s| *s),
            "{body}"
        );
    }

    #[test]
    fn only_an_active_token_for_mail_names_its_owner() {
        check(
            r#"{"active":true,"scope":"openid mail","username":"alice","exp":1001}"#,
            Ok("alice"),
        );
        check(
            r#"{"active":true,"scope":"mail","username":"alice","email":"alice@here.test"}"#,
            Ok("alice@here.test"),
        );
        check(
            r#"{"active":true,"scope":"mail","sub":"alice@here.test"}"#,
            Ok("alice@here.test"),
        );
        check(
            r#"{"active":false}"#,
            Err(TokenFault::Refused("the token is not active")),
        );
        check(r#"{}"#, Err(TokenFault::Refused("the token is not active")));
        check(
            r#"{"active":true,"scope":"mail","username":"alice","exp":1000}"#,
            Err(TokenFault::Refused("the token has expired")),
        );
        check(
            r#"{"active":true,"scope":"email","username":"alice"}"#,
            Err(TokenFault::Refused("the token is not for mail")),
        );
        check(
            r#"{"active":true,"scope":"mail","sub":"4711"}"#,
            Err(TokenFault::Refused("the token names nobody")),
        );
        check(
            "<html>",
            Err(TokenFault::Unavailable(
                "the answer is no introspection".into(),
            )),
        );
    }

    #[test]
    fn a_token_cannot_break_out_of_the_form() {
        assert_eq!(form_encoded(b"a&b=c d\r\n%"), "a%26b%3Dc%20d%0D%0A%25");
    }
}
