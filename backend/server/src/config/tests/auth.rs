//! `[auth]` and `[dmarc]`.

use crate::config::Config;

fn check(section: &str) -> Result<auth::Policies, String> {
    let text = format!("[server]\nhostname = \"mx.a.test\"\n[auth]\n{section}");
    Config::parse(&text)
        .map(|c| (&c.auth).into())
        .map_err(|e| e.to_string())
}

#[test]
fn the_defaults_are_those_of_the_role() {
    assert_eq!(check(""), Ok(auth::Policies::default()));
}

#[test]
fn reads_each_mode() {
    let policies =
        check("spf = \"enforce\"\ndkim = \"off\"\ndmarc = \"note\"\narc = \"enforce\"\ntrusted_sealers = [\"lists.test\"]\n").unwrap();
    use auth::Mode::{Enforce, Note, Off};
    assert_eq!(
        [policies.spf, policies.dkim, policies.dmarc, policies.arc],
        [Enforce, Off, Note, Enforce]
    );
    assert!(
        check("dkim = \"enforce\"\n").is_err(),
        "DKIM alone is never enforced"
    );
}
