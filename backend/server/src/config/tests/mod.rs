//! The whole file as people write it, rightly and wrongly.

use super::*;

mod auth;
mod door;
mod login;
mod outbound;

fn check(text: &str, expected: &str) {
    let told = match Config::parse(text) {
        Ok(_) => "ok".to_owned(),
        Err(e) => e.to_string(),
    };
    assert_eq!(told, expected, "{text}");
}

const HEAD: &str = "[server]\nhostname = \"mx.a.test\"\n";

#[test]
fn the_smallest_file_is_a_host_name() {
    check(HEAD, "ok");
    let config = Config::parse(HEAD).unwrap();
    assert_eq!(config.listen.smtp.addresses().len(), 1);
    assert_eq!(config.queue.give_up_after.0.as_secs(), 5 * 86_400);
}

#[test]
fn an_unknown_key_is_refused_with_its_place_and_the_nearest_name() {
    check(
        &format!("{HEAD}[limits]\nmesage_bytes_max = 1\n"),
        "4:1: unknown key `mesage_bytes_max`; did you mean `message_bytes_max`?",
    );
    check(
        &format!("{HEAD}[lisen]\n"),
        "3:2: unknown key `lisen`; did you mean `listen`?",
    );
    check(
        &format!("{HEAD}[log]\nzzz = 1\n"),
        "4:1: unknown key `zzz`; here may stand: `format`, `level`",
    );
}

#[test]
fn a_bad_value_is_refused_with_its_place() {
    for (text, place) in [
        ("[server]\nhostname = \"a b\"\n", "2:12: "),
        (
            "[server]\nhostname = \"mx.a.test\"\n[listen]\nsmtp = \"25\"\n",
            "4:8: ",
        ),
        (
            "[server]\nhostname = \"mx.a.test\"\n[journeys]\nkeep = \"for long\"\n",
            "4:8: ",
        ),
        (
            "[server]\nhostname = \"mx.a.test\"\n[queue]\nfirst_retry = \"soon\"\n",
            "4:15: ",
        ),
        (
            "[server]\nhostname = \"mx.a.test\"\n[limits]\nrecipients_max = -1\n",
            "4:18: ",
        ),
        ("[server\n", "1:8: "),
        ("", "1:1: "),
    ] {
        let told = Config::parse(text).unwrap_err().to_string();
        assert!(told.starts_with(place), "{told} for {text}");
    }
    check(
        &format!("{HEAD}[tls]\nkey = \"x\"\n"),
        "[tls] needs both certificate and key, or neither",
    );
}

#[test]
fn an_open_relay_is_refused() {
    check(
        &format!("{HEAD}[door]\nrelay = [\"10.0.0.0/8\", \"2001:db8::/16\"]\n"),
        "ok",
    );
    for network in ["0.0.0.0/0", "128.0.0.0/7", "::/0", "2000::/15"] {
        let told = format!("door.relay: {network} would make this host an open relay");
        check(&format!("{HEAD}[door]\nrelay = [\"{network}\"]\n"), &told);
    }
}

#[test]
fn listeners_are_moved_listed_or_switched_off() {
    let config = Config::parse(&format!(
        "{HEAD}[listen]\nsmtp = \"off\"\nimap = [\"127.0.0.1:1143\", \"[::1]:1143\"]\n"
    ))
    .unwrap();
    assert!(config.listen.smtp.addresses().is_empty());
    assert_eq!(config.listen.imap.addresses().len(), 2);
}

#[test]
fn every_key_is_documented_with_its_default() {
    let docs = include_str!("../../../../../docs/CONFIG.md");
    for key in [
        "hostname",
        "data",
        "smtp",
        "submission",
        "submissions",
        "imap",
        "imaps",
        "pop3",
        "pop3s",
        "http",
        "https",
        "certificate",
        "key",
        "trust",
        "servers",
        "zone_file",
        "dnssec",
        "trust_anchor",
        "message_bytes_max",
        "recipients_max",
        "connections_max",
        "connections_per_address_max",
        "plaintext_login",
        "port",
        "connections_per_destination_max",
        "messages_per_minute_max",
        "messages_per_connection_max",
        "mta_sts",
        "dane",
        "mta_sts_mode",
        "srs",
        "srs_domain",
        "tls_reports",
        "report_contact",
        "smart_host",
        "route",
        "password_file",
        "first_retry",
        "keep",
        "longest_retry",
        "warn_after",
        "give_up_after",
        "format",
        "level",
    ] {
        assert!(
            docs.contains(&format!("`{key}`")),
            "{key} is missing in docs/CONFIG.md"
        );
    }
}
