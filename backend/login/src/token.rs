//! Access tokens (RFC 6750): asks the issuer for the owner of a token by introspection (RFC 7662).
//! Issues and keeps no tokens.
//!
//! Failures: a token that is inactive, expired, without a name or without the required scope is
//! [`TokenError::Rejected`]; an issuer that does not answer is [`TokenError::Unavailable`], which
//! is not counted as a failed attempt.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail::{Domain, Secret};
use serde::Deserialize;
use std::fmt;
use world::http_client::{Form, post};
use world::{BoxFuture, World};

/// Why a token is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// The token is not valid for this host.
    Rejected(TokenRejection),
    /// The issuer did not give a usable answer; the reason, for the log.
    Unavailable(String),
}

/// Why a token is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenRejection {
    /// The issuer does not know it, or it was revoked.
    Inactive,
    /// Its time is over.
    Expired,
    /// It lacks the required scope.
    Scope,
    /// The issuer's answer names no owner.
    Anonymous,
}

impl fmt::Display for TokenRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TokenRejection::Inactive => "the token is not active",
            TokenRejection::Expired => "the token has expired",
            TokenRejection::Scope => "the token lacks the required scope",
            TokenRejection::Anonymous => "the token names no owner",
        })
    }
}

/// Finds the owner of an access token.
pub trait TokenVerifier: Send + Sync {
    /// The login name of the token's owner: an address, or a local part where the host has only one
    /// domain.
    fn owner<'a>(
        &'a self,
        world: &'a World,
        token: &'a Secret,
    ) -> BoxFuture<'a, Result<String, TokenError>>;
}

/// A token introspection endpoint (RFC 7662).
#[derive(Clone, Debug)]
pub struct Introspection {
    /// The issuer's host.
    pub host: Domain,
    /// Its port, usually 443.
    pub port: u16,
    /// The path: `/oauth2/introspect`.
    pub path: String,
    /// The client name with which this host authenticates (RFC 7662 §2.1, HTTP Basic).
    pub client: String,
    /// The client's password.
    pub secret: Secret,
    /// The scope that a token must have, if any.
    pub scope: Option<String>,
}

/// The introspection response (RFC 7662 §2.2), as far as it is used.
#[derive(Deserialize)]
struct IntrospectionResponse {
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
    fn read(&self, body: &[u8], now_secs: i64) -> Result<String, TokenError> {
        let response: IntrospectionResponse = serde_json::from_slice(body).map_err(|_| {
            TokenError::Unavailable("the answer is not an introspection response".into())
        })?;
        if !response.active {
            return Err(TokenError::Rejected(TokenRejection::Inactive));
        }
        if response.exp.is_some_and(|exp| exp <= now_secs) {
            return Err(TokenError::Rejected(TokenRejection::Expired));
        }
        let granted = response.scope.unwrap_or_default();
        if self
            .scope
            .as_ref()
            .is_some_and(|wanted| !granted.split(' ').any(|one| one == wanted))
        {
            return Err(TokenError::Rejected(TokenRejection::Scope));
        }
        // An address is unambiguous; `sub` is often an opaque number and counts only with an `@`.
        let names = [
            response.email,
            response.username,
            response.sub.filter(|s| s.contains('@')),
        ];
        names
            .into_iter()
            .flatten()
            .find(|name| !name.is_empty())
            .ok_or(TokenError::Rejected(TokenRejection::Anonymous))
    }
}

impl TokenVerifier for Introspection {
    fn owner<'a>(
        &'a self,
        world: &'a World,
        token: &'a Secret,
    ) -> BoxFuture<'a, Result<String, TokenError>> {
        Box::pin(async move {
            let pair = [
                form_encoded(self.client.as_bytes()),
                form_encoded(self.secret.reveal()),
            ]
            .join(":");
            let authorization = format!("Basic {}", STANDARD.encode(pair));
            let body = format!(
                "token={}&token_type_hint=access_token",
                form_encoded(token.reveal())
            );
            let form = Form {
                authorization: Some(&authorization),
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
                Err(error) => Err(TokenError::Unavailable(error.to_string())),
            }
        })
    }
}

// Encodes a value as `application/x-www-form-urlencoded`.
fn form_encoded(bytes: &[u8]) -> String {
    form_urlencoded::byte_serialize(bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: Result<&str, TokenError>) {
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
    fn accepts_only_an_active_token_with_scope_and_owner() {
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
            Err(TokenError::Rejected(TokenRejection::Inactive)),
        );
        check(r#"{}"#, Err(TokenError::Rejected(TokenRejection::Inactive)));
        check(
            r#"{"active":true,"scope":"mail","username":"alice","exp":1000}"#,
            Err(TokenError::Rejected(TokenRejection::Expired)),
        );
        check(
            r#"{"active":true,"scope":"email","username":"alice"}"#,
            Err(TokenError::Rejected(TokenRejection::Scope)),
        );
        check(
            r#"{"active":true,"scope":"mail","sub":"4711"}"#,
            Err(TokenError::Rejected(TokenRejection::Anonymous)),
        );
        check(
            "<html>",
            Err(TokenError::Unavailable(
                "the answer is not an introspection response".into(),
            )),
        );
    }

    #[test]
    fn encodes_a_token_so_that_it_stays_one_form_field() {
        assert_eq!(form_encoded(b"a&b=c d\r\n%"), "a%26b%3Dc+d%0D%0A%25");
    }
}
