//! `[login]` and `[submission]`.

use crate::config::Config;

fn check(text: &str, expected: Result<&str, &str>) {
    let text = format!("[server]\nhostname = \"mx.a.test\"\n{text}\n");
    let got = Config::parse(&text)
        .map(|c| c.login.with(&c.submission).mechanisms.to_string())
        .map_err(|e| e.to_string());
    assert_eq!(got.as_deref().map_err(String::as_str), expected, "{text}");
}

#[test]
fn reads_mechanisms_and_adds_plus_variants() {
    check("", Ok("SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN"));
    check(
        "[login]\nmechanisms = [\"plain\", \"CRAM-MD5\"]\nchannel_binding = true",
        Ok("CRAM-MD5 PLAIN"),
    );
    let all = "SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-1 PLAIN LOGIN";
    check("[login]\nchannel_binding = true", Ok(all));
    check(
        "[login]\nmechanisms = [\"DIGEST-MD5\"]",
        Err("4:1: login.mechanisms: DIGEST-MD5 is not supported"),
    );
    let plus = "4:1: login.mechanisms: SCRAM-SHA-1-PLUS cannot be listed; it is offered when login.channel_binding is true";
    check("[login]\nmechanisms = [\"SCRAM-SHA-1-PLUS\"]", Err(plus));
    check(
        "[login]\nmechanisms = [\"XOAUTH2\"]",
        Err(
            "4:1: login.mechanisms: XOAUTH2 cannot be listed; it is offered when login.introspection_url is set",
        ),
    );
    check(
        "[login]\nscram_iterations = 9999",
        Err("4:1: login.scram_iterations must be at least 10000"),
    );
    check(
        "[login]\nscram_iterations = 10000",
        Ok("SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN"),
    );
}

#[test]
fn reads_the_introspection_url() {
    let read = |url: &str| {
        let text =
            format!("[server]\nhostname = \"mx.a.test\"\n[login]\nintrospection_url = \"{url}\"\n");
        let config = Config::parse(&text).map_err(|e| e.to_string())?;
        let endpoint = config
            .login
            .with(&config.submission)
            .introspection
            .ok_or("none")?;
        Ok::<_, String>(format!(
            "{} {} {}",
            endpoint.host, endpoint.port, endpoint.path
        ))
    };
    assert_eq!(
        read("https://id.a.test/oauth2/introspect").as_deref(),
        Ok("id.a.test 443 /oauth2/introspect")
    );
    assert_eq!(
        read("https://id.a.test:8443").as_deref(),
        Ok("id.a.test 8443 /")
    );
    for bad in [
        "http://id.a.test/",
        "https://id.a.test:x/",
        "https://a b/",
        "https://id.a.test/a b",
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
}

#[test]
fn reads_submission() {
    let text = "[server]\nhostname = \"mx.a.test\"\n[submission]\nnetworks = [\"192.0.2.0/24\"]\ndirectory = true\nhold_max = \"0s\"\n";
    let config = Config::parse(text).unwrap();
    let submission = config.login.with(&config.submission);
    assert!(
        submission.networks[0].contains("192.0.2.7".parse().unwrap())
            && submission.directory
            && submission.hold_max.is_none()
    );
    assert!(Config::parse(&text.replace("/24", "/33")).is_err());
    assert_eq!(submission.sender_identity, node::SenderIdentity::Own);
    let any = Config::parse(&format!("{text}sender_identity = \"any\"\n")).unwrap();
    let submission = any.login.with(&any.submission);
    assert_eq!(submission.sender_identity, node::SenderIdentity::Any);
    assert!(Config::parse(&format!("{text}sender_identity = \"all\"\n")).is_err());
}
