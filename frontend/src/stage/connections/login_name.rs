//! Extracts the account that a client names when it signs in: from USER, APOP, LOGIN, or the base64
//! of a SASL exchange. The login need not succeed; redacted credentials yield no name.

use crate::stage::bytes::base64;

/// The account named in a client's line; `explain` is the key of the line's explanation.
pub(super) fn login_name(explain: &str, line: &str) -> Option<String> {
    let mut words = line.split_ascii_whitespace();
    let name = match explain {
        // RFC 1939 §7: `USER name`, `APOP name digest`.
        "pop3.user" | "pop3.apop" => words.nth(1)?.to_owned(),
        // RFC 9051 §6.2.3: `tag LOGIN name password`, either of which may be quoted.
        "imap.login" => words.nth(2)?.trim_matches('"').to_owned(),
        "smtp.auth" | "imap.authenticate" | "pop3.auth" | "smtp.auth.response"
        | "pop3.auth.response" => in_response(&base64(words.next_back()?)?)?,
        _ => return None,
    };
    let printable = !name.is_empty() && name.chars().all(|c| !c.is_control() && c != '•');
    printable.then_some(name)
}

/// The account in a decoded client response.
fn in_response(response: &str) -> Option<String> {
    // RFC 4616 §2: `[authzid] NUL authcid NUL passwd`.
    if let Some((_, rest)) = response.split_once('\0') {
        return rest.split('\0').next().map(str::to_owned);
    }
    // RFC 5802 §7: `n,,n=user,r=…`; the final message `c=…,r=…,p=…` contains no name.
    if let Some(name) = response.split(',').find_map(|part| part.strip_prefix("n=")) {
        return Some(name.replace("=2C", ",").replace("=3D", "="));
    }
    // RFC 2195 §2: the user name and 32 hexadecimal digits.
    let (name, digest) = response.rsplit_once(' ')?;
    let is_digest = digest.len() == 32 && digest.bytes().all(|b| b.is_ascii_hexdigit());
    is_digest.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_account_in_every_login_command() {
        for (explain, line, expected) in [
            ("pop3.user", "USER bob@b.test", Some("bob@b.test")),
            (
                "pop3.apop",
                "APOP bob c4c9334bac560ecc979e58001b3e22fb",
                Some("bob"),
            ),
            ("imap.login", "a1 LOGIN \"bob\" secret", Some("bob")),
            (
                "smtp.auth",
                "AUTH PLAIN AGFsaWNlAHNlc2FtZQ==",
                Some("alice"),
            ),
            ("smtp.auth", "AUTH PLAIN", None),
            ("smtp.auth", "AUTH PLAIN ••••", None),
            // `n,,n=alice,r=x`
            ("smtp.auth.response", "biwsbj1hbGljZSxyPXg=", Some("alice")),
            // `alice ` and a digest.
            (
                "smtp.auth.response",
                "YWxpY2UgYzRjOTMzNGJhYzU2MGVjYzk3OWU1ODAwMWIzZTIyZmI=",
                Some("alice"),
            ),
            ("smtp.mail", "MAIL FROM:<alice@a.test>", None),
        ] {
            assert_eq!(login_name(explain, line).as_deref(), expected, "{line}");
        }
    }
}
