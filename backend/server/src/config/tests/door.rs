//! `[door]` as people write it, rightly and wrongly.

use crate::config::Config;
use node::door::{InboundPolicy, ListKind, Weigh};
use node::rate::Rate;

fn door(text: &str) -> Result<InboundPolicy, String> {
    let config = Config::parse(&format!("[server]\nhostname = \"mx.a.test\"\n{text}"))
        .map_err(|e| e.to_string())?;
    Ok(InboundPolicy::from(&config.door))
}

#[test]
fn nothing_said_is_the_usual_door() {
    assert_eq!(door(""), Ok(InboundPolicy::default()));
    assert_eq!(
        door("[door]\n[door.rates]\n[door.checks]\n[door.tarpit]\n[door.greylist]\n"),
        Ok(InboundPolicy::default())
    );
}

#[test]
fn everything_can_be_said() {
    let door = door(
        "[door]
allow = [\"192.0.2.7\", { match = \"ptr:partner.example\", reason = \"the partner\" }]
deny = [{ reason = \"sends only spam\", match = \"198.51.100.0/24\" }]
greet_pause = \"2s\"
[door.checks]
ptr_missing = \"refuse\"
helo_syntax = \"score:4\"
[[door.lists]]
zone = \"bl.example\"
answers = [\"127.0.0.2-127.0.0.4\", \"127.0.0.9\"]
[[door.lists]]
zone = \"wl.example\"
kind = \"welcome\"
weight = \"score:3\"
[door.greylist]
enabled = true
delay = \"1m\"
[door.rates]
connections = \"10/1m\"
messages = \"off\"
[door.tarpit]
step = \"0s\"
",
    )
    .unwrap();
    assert_eq!(door.allow.len(), 2);
    assert_eq!(door.deny[0].words(), "198.51.100.0/24 (sends only spam)");
    assert_eq!(
        (door.checks.ptr_missing, door.checks.helo_syntax),
        (Weigh::Refuse, Weigh::Score(4))
    );
    assert_eq!(
        (door.lists[0].answers.len(), door.lists[1].kind),
        (2, ListKind::Welcome)
    );
    assert_eq!(door.greylist.unwrap().delay.as_secs(), 60);
    assert_eq!(
        (door.rates.connections, door.rates.messages),
        (Some(Rate::new(10, 60)), None)
    );
    assert!(door.tarpit.delay(100).is_zero());
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    for (text, told) in [
        (
            "[door]\ndeny = [\"192.0.2\"]\n",
            "4:9: \"192.0.2\" is no address, no network and no domain",
        ),
        (
            "[door]\ntrusted = [\"192.0.2.0/40\"]\n",
            "4:11: an IPv4 network has 0 to 32 bits, an IPv6 network 0 to 128",
        ),
        (
            "[door]\nscore_junk = 11\n",
            "door.score_junk must not be above door.score_refuse",
        ),
        (
            "[door.rates]\nmessages = \"many\"\n",
            "4:11: \"many\" is no rate; write \"120/1m\" or \"off\"",
        ),
        (
            "[door.rates]\nmessages = \"0/1m\"\n",
            "4:11: \"0/1m\" is no rate; write \"120/1m\" or \"off\"",
        ),
        (
            "[door]\nhops_max = 9\n",
            "door.hops_max must be from 10 to 200",
        ),
        (
            "[door]\nhops_max = 201\n",
            "door.hops_max must be from 10 to 200",
        ),
        (
            "[door.greylist]\ndelay = \"2d\"\n",
            "door.greylist.delay must be shorter than door.greylist.expiry",
        ),
    ] {
        assert_eq!(door(text).err().as_deref(), Some(told), "{text}");
    }
}

#[test]
fn every_key_of_the_door_is_documented() {
    let docs = include_str!("../../../../../docs/CONFIG.md");
    let section = docs
        .split("## `[door]`")
        .nth(1)
        .unwrap()
        .split("\n## `[")
        .next()
        .unwrap();
    for key in "trusted allow deny relay hops_max refuse_at_connect greet_pause dns_wait score_junk score_refuse ptr_missing ptr_unconfirmed helo_syntax \
                helo_own helo_literal helo_unresolved early_talker zone kind weight answers enabled delay expiry keep connections messages \
                recipients unknown_recipients errors octets network_factor account_messages account_recipients account_octets after step \
                longest"
        .split(' ')
    {
        assert!(section.contains(&format!("`{key}`")), "{key} is missing in docs/CONFIG.md");
    }
}
