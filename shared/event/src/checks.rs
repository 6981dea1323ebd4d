//! Which explanation a check has: the name that the role gives it, and the key of `static/explain`.
//! A check that is not listed is explained as a check in general. Decides nothing.

/// Names of checks that have an explanation of their own, with its key; sorted by name.
const KEYS: &[(&str, &str)] = &[
    ("alias", "check.alias"),
    ("allow-list", "check.allow-list"),
    ("arc", "check.arc"),
    ("client-network", "check.client-network"),
    ("connection-reused", "check.connection-reused"),
    ("dane", "check.dane"),
    ("deny-list", "check.deny-list"),
    ("destination-busy", "check.destination-busy"),
    ("dkim", "check.dkim"),
    ("dkim-sign", "check.dkim-sign"),
    ("dmarc", "check.dmarc"),
    ("dnsbl", "check.dnsbl"),
    ("dnswl", "check.dnswl"),
    ("early-talker", "check.early-talker"),
    ("greylist", "check.greylist"),
    ("helo", "check.helo"),
    ("login", "check.login"),
    ("mta-sts", "check.mta-sts"),
    ("mx", "check.mx"),
    ("null-sender", "check.null-sender"),
    ("ptr", "check.ptr"),
    ("queue-drop", "check.queue-drop"),
    ("queue-hold", "check.queue-hold"),
    ("queue-release", "check.queue-release"),
    ("queue-retry", "check.queue-retry"),
    ("quota", "check.quota"),
    ("rate", "check.rate"),
    ("relay", "check.relay"),
    ("requiretls", "check.requiretls"),
    ("rhsbl", "check.rhsbl"),
    ("score", "check.score"),
    ("smart-host", "check.smart-host"),
    ("spf", "check.spf"),
    ("tarpit", "check.tarpit"),
    ("tls-fallback", "check.tls-fallback"),
    ("tls-report", "check.tls-report"),
];

/// The explanation key of a check.
pub(crate) fn key(name: &str) -> &'static str {
    KEYS.binary_search_by_key(&name, |(name, _)| name)
        .map_or("check", |i| KEYS[i].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_check_is_found_and_an_unlisted_one_is_a_check() {
        assert!(
            KEYS.windows(2).all(|two| two[0].0 < two[1].0),
            "sorted, each once"
        );
        for (name, expected) in KEYS {
            assert_eq!(key(name), *expected);
        }
        assert_eq!(key("recipient"), "check");
    }
}
