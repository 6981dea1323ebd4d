//! `[inbound]`: valid and invalid values.

use crate::config::Config;
use node::policy::{InboundPolicy, ListKind, Weight};
use node::rate::Rate;

fn read(text: &str) -> Result<InboundPolicy, String> {
    let config = Config::parse(&format!("[server]\nhostname = \"mx.a.test\"\n{text}"))
        .map_err(|e| e.to_string())?;
    Ok(InboundPolicy::from(&config.inbound))
}

#[test]
fn empty_sections_are_the_defaults() {
    assert_eq!(read(""), Ok(InboundPolicy::default()));
    assert_eq!(
        read(
            "[inbound]\n[inbound.rates]\n[inbound.checks]\n[inbound.tarpit]\n[inbound.greylist]\n"
        ),
        Ok(InboundPolicy::default())
    );
}

#[test]
fn reads_every_kind_of_value() {
    let policy = read(
        "[inbound]
allow = [\"192.0.2.7\", { match = \"ptr:partner.example\", reason = \"the partner\" }]
deny = [{ reason = \"sends only spam\", match = \"198.51.100.0/24\" }]
greet_pause = \"2s\"
[inbound.checks]
ptr_missing = \"refuse\"
helo_syntax = \"score:4\"
[[inbound.lists]]
zone = \"bl.example\"
answers = [\"127.0.0.2-127.0.0.4\", \"127.0.0.9\"]
[[inbound.lists]]
zone = \"wl.example\"
kind = \"welcome\"
weight = \"score:3\"
[inbound.greylist]
enabled = true
delay = \"1m\"
[inbound.rates]
connections = \"10/1m\"
messages = \"off\"
[inbound.tarpit]
step = \"0s\"
",
    )
    .unwrap();
    assert_eq!(policy.allow.len(), 2);
    assert_eq!(
        policy.deny[0].to_string(),
        "198.51.100.0/24 (sends only spam)"
    );
    assert_eq!(
        (policy.checks.ptr_missing, policy.checks.helo_syntax),
        (Weight::Reject, Weight::Score(4))
    );
    assert_eq!(
        (policy.lists[0].answers.len(), policy.lists[1].kind),
        (2, ListKind::Welcome)
    );
    assert_eq!(policy.greylist.unwrap().delay.as_secs(), 60);
    assert_eq!(
        (policy.rates.connections, policy.rates.messages),
        (Some(Rate::new(10, 60)), None)
    );
    assert!(policy.tarpit.delay(100).is_zero());
}

#[test]
fn rejects_bad_values_with_their_position() {
    for (text, message) in [
        (
            "[inbound]\ndeny = [\"192.0.2\"]\n",
            "4:9: \"192.0.2\" is not an address, a network or a domain",
        ),
        (
            "[inbound]\ntrusted = [\"192.0.2.0/40\"]\n",
            "4:12: an IPv4 network has 0 to 32 bits, an IPv6 network 0 to 128",
        ),
        (
            "[inbound]\nscore_junk = 11\n",
            "4:1: inbound.score_junk must not be greater than inbound.score_refuse",
        ),
        (
            "[inbound.rates]\nmessages = \"many\"\n",
            "4:12: \"many\" is not a rate; write \"120/1m\" or \"off\"",
        ),
        (
            "[inbound.rates]\nmessages = \"0/1m\"\n",
            "4:12: \"0/1m\" is not a rate; write \"120/1m\" or \"off\"",
        ),
        (
            "[inbound]\nhops_max = 9\n",
            "4:1: inbound.hops_max must be between 10 and 200",
        ),
        (
            "[inbound]\nhops_max = 201\n",
            "4:1: inbound.hops_max must be between 10 and 200",
        ),
        (
            "[inbound.greylist]\ndelay = \"2d\"\n",
            "4:1: inbound.greylist.delay must be shorter than inbound.greylist.expiry",
        ),
    ] {
        assert_eq!(read(text).err().as_deref(), Some(message), "{text}");
    }
}
