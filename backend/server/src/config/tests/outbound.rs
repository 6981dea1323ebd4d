//! `[outbound]` as people write it.

use node::settings::outbound::{Outbound, OwnMode};

fn check(text: &str, expected: Result<&str, &str>) {
    let outbound: Outbound = toml::from_str(text).unwrap();
    let made = outbound
        .check()
        .and_then(|()| outbound.with(&"mx.a.test".parse().unwrap(), &|_| Err("no files".into())));
    let told = made.map(|c| {
        c.relays
            .iter()
            .map(|r| format!("{}:{} ", r.host, r.port))
            .collect::<String>()
    });
    assert_eq!(
        told.as_ref().map(|s| s.trim_end()).map_err(String::as_str),
        expected,
        "{text}"
    );
}

#[test]
fn ways_get_the_port_that_fits_and_passwords_travel_safely() {
    check("", Ok(""));
    check(
        "smart_host = { host = \"smtp.b.test\", user = \"a\", password = \"x\" }",
        Ok("smtp.b.test:587"),
    );
    check(
        "smart_host = { host = \"smtp.b.test\", tls = \"implicit\" }",
        Ok("smtp.b.test:465"),
    );
    check(
        "smart_host = { host = \"[192.0.2.1]\", tls = \"never\" }\n[[route]]\ndomain = \"c.test\"\nhost = \"gate.c.test\"",
        Ok("[192.0.2.1]:25 gate.c.test:25"),
    );
    let unsafe_way =
        "outbound: a password goes to b.test only with tls = \"required\" or \"implicit\"";
    check(
        "smart_host = { host = \"b.test\", tls = \"opportunistic\", user = \"a\", password = \"x\" }",
        Err(unsafe_way),
    );
    check(
        "smart_host = { host = \"b.test\", password = \"x\" }",
        Err("outbound: the password for b.test lacks its user"),
    );
    check(
        "tls_reports = true",
        Err("outbound.tls_reports needs outbound.report_contact"),
    );
    check(
        "connections_per_destination_max = 0",
        Err("outbound: the limits must be at least 1; leave messages_per_minute_max out for none"),
    );
}

#[test]
fn our_own_policy_is_what_others_can_read() {
    let text = OwnMode::Enforce.policy(&"mx.a.test".parse().unwrap());
    assert_eq!(
        text.as_deref(),
        Some("version: STSv1\r\nmode: enforce\r\nmx: mx.a.test\r\nmax_age: 604800\r\n")
    );
    assert_eq!(OwnMode::Off.policy(&"mx.a.test".parse().unwrap()), None);
}
