//! `[outbound]`.

use node::settings::outbound::{MtaStsMode, Outbound};

fn check(text: &str, expected: Result<&str, &str>) {
    let outbound: Outbound = toml::from_str(text).unwrap();
    let made = outbound
        .check()
        .and_then(|()| outbound.with(&"mx.a.test".parse().unwrap(), &|_| Err("no files".into())));
    let relays = made.map(|c| {
        c.relays
            .iter()
            .map(|r| format!("{}:{} ", r.host, r.port))
            .collect::<String>()
    });
    assert_eq!(
        relays
            .as_ref()
            .map(|s| s.trim_end().to_owned())
            .map_err(ToString::to_string),
        expected.map(str::to_owned).map_err(str::to_owned),
        "{text}"
    );
}

#[test]
fn relays_have_default_ports_and_passwords_require_tls() {
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
    let without_tls =
        "outbound.smart_host: a password for b.test requires tls = \"required\" or \"implicit\"";
    check(
        "smart_host = { host = \"b.test\", tls = \"opportunistic\", user = \"a\", password = \"x\" }",
        Err(without_tls),
    );
    check(
        "smart_host = { host = \"b.test\", password = \"x\" }",
        Err("outbound.smart_host: the password for b.test requires a user"),
    );
    check(
        "tls_reports = true",
        Err("outbound.tls_reports requires outbound.report_contact"),
    );
    check(
        "connections_per_destination_max = 0",
        Err("outbound.connections_per_destination_max must be at least 1"),
    );
}

#[test]
fn writes_the_mta_sts_policy() {
    let text = MtaStsMode::Enforce.policy(&"mx.a.test".parse().unwrap());
    assert_eq!(
        text.as_deref(),
        Some("version: STSv1\r\nmode: enforce\r\nmx: mx.a.test\r\nmax_age: 604800\r\n")
    );
    assert_eq!(MtaStsMode::Off.policy(&"mx.a.test".parse().unwrap()), None);
}
