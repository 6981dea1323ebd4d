//! The fields of hosts, users, events and settings. Names are those of the scenario file and of the
//! server configuration (`docs/CONFIG.md`).

use super::form::{Field, Kind, needed, optional};
use serde_json::{Value, json};

/// The fields of a host.
pub const HOST: [Field; 4] = [
    needed("name", Kind::Name),
    needed("address", Kind::Ip),
    needed("runs", Kind::Choice(&["glasspost", "nothing", "script"])),
    optional("domains", Kind::Names),
];

/// The fields of a user.
pub const PERSON: [Field; 4] = [
    needed("address", Kind::Mail),
    optional("name", Kind::Line),
    optional("password", Kind::Line),
    optional("quota", Kind::Number(1, 1 << 40)),
];

/// The fields of an alias.
pub const ALIAS: [Field; 2] = [needed("name", Kind::Line), needed("to", Kind::Mails)];

/// The fields of a DKIM key.
pub const DKIM_KEY: [Field; 3] = [
    needed("domain", Kind::Name),
    needed("selector", Kind::Line),
    needed("signs", Kind::Toggle),
];

/// One kind of step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepKind {
    /// The path of the step's own value: `submit`, `fault.link`.
    pub key: &'static str,
    /// Its fields, apart from the time.
    pub fields: &'static [Field],
    /// The JSON of a new step.
    pub fresh: &'static str,
}

/// The time of a step.
pub const AT: Field = needed("at", Kind::Span);

const CERTIFICATES: &[&str] = &["good", "expired", "other-name", "untrusted", "none"];
const DNS_ANSWERS: &[&str] = &["nxdomain", "servfail", "timeout", "none"];
const PORT: Kind = Kind::Number(1, 65_535);

// Builds a `StepKind`: key, JSON of a new step, and fields with their paths below the key.
macro_rules! step {
    ($key:literal, $fresh:literal; $($need:ident $path:literal $kind:expr),* $(,)?) => {
        StepKind { key: $key, fields: &[$($need(concat!($key, $path), $kind)),*], fresh: $fresh }
    };
}

/// All kinds of step that have a form.
pub const STEPS: [StepKind; 21] = [
    step!("submit", r#"{"on":"","to-host":"","port":587,"from":"","to":[],"message":"Subject: \n\n"}"#;
        needed ".on" Kind::Host,
        needed ".to-host" Kind::Host,
        optional ".port" PORT,
        optional ".login" Kind::Mail,
        optional ".password" Kind::Line,
        optional ".from" Kind::Mail,
        needed ".to" Kind::Mails,
        needed ".message" Kind::Text,
    ),
    step!("type", r#"{"on":"","to-host":"","port":25,"tls":false,"lines":"< 220\n> EHLO me.test\n< 250 \n> QUIT\n/ listen\n"}"#;
        needed ".on" Kind::Host,
        needed ".to-host" Kind::Host,
        needed ".port" PORT,
        needed ".tls" Kind::Toggle,
        needed ".lines" Kind::Dialogue,
    ),
    step!("zone", r#"{"set":""}"#;
        needed ".set" Kind::Zone,
        optional ".remove" Kind::Lines,
    ),
    step!("fault.down", r#""""#; needed "" Kind::Host),
    step!("fault.up", r#""""#; needed "" Kind::Host),
    step!("fault.crash", r#""""#; needed "" Kind::Host),
    step!("fault.restart", r#""""#; needed "" Kind::Host),
    step!("fault.link", r#"{"between":["",""]}"#;
        needed ".between.0" Kind::Host,
        needed ".between.1" Kind::Host,
        optional ".latency" Kind::Span,
        optional ".bytes-per-second" Kind::Number(0, 1 << 40),
        optional ".lost-per-mille" Kind::Number(0, 1000),
        optional ".held" Kind::Choice(TRUTH),
        optional ".severed" Kind::Choice(TRUTH),
        optional ".blocked-ports" Kind::Ports,
    ),
    step!("fault.cut", r#"{"from":"","to":"","port":25,"after-bytes":100,"to-client":false,"reset":false}"#;
        needed ".from" Kind::Host,
        needed ".to" Kind::Host,
        needed ".port" PORT,
        needed ".after-bytes" Kind::Number(0, 1 << 40),
        needed ".to-client" Kind::Toggle,
        needed ".reset" Kind::Toggle,
    ),
    step!("fault.lost", r#"{"from":"","to":"","port":25,"command":".","nth":1}"#;
        needed ".from" Kind::Host,
        needed ".to" Kind::Host,
        needed ".port" PORT,
        needed ".command" Kind::Line,
        needed ".nth" Kind::Number(1, 1_000_000),
    ),
    step!("fault.reply", r#"{"to":"","port":25,"command":"RCPT","nth":1,"times":1,"reply":"450 4.2.1 Try again later"}"#;
        optional ".from" Kind::Host,
        needed ".to" Kind::Host,
        needed ".port" PORT,
        needed ".command" Kind::Line,
        needed ".nth" Kind::Number(1, 1_000_000),
        needed ".times" Kind::Number(1, 1_000_000),
        needed ".reply" Kind::Reply,
    ),
    step!("fault.rewrite", r#"{"from":"","to":"","port":25,"to-client":true,"find":"STARTTLS","put":"XXXXXXXX"}"#;
        needed ".from" Kind::Host,
        needed ".to" Kind::Host,
        needed ".port" PORT,
        needed ".to-client" Kind::Toggle,
        needed ".find" Kind::Line,
        needed ".put" Kind::Line,
    ),
    step!("fault.dns", r#"{"name":"","answer":"servfail"}"#;
        needed ".name" Kind::Line,
        needed ".answer" Kind::Choice(DNS_ANSWERS),
    ),
    step!("fault.stale", r#"{"host":"","name":"","kept":true}"#;
        needed ".host" Kind::Host,
        needed ".name" Kind::Line,
        needed ".kept" Kind::Toggle,
    ),
    step!("fault.disk", r#"{"host":"","full":true}"#;
        needed ".host" Kind::Host,
        needed ".full" Kind::Toggle,
    ),
    step!("fault.clock", r#"{"host":"","seconds":3600}"#;
        needed ".host" Kind::Host,
        needed ".seconds" Kind::Number(-315_360_000, 315_360_000),
    ),
    step!("fault.certificate", r#"{"host":"","kind":"expired"}"#;
        needed ".host" Kind::Host,
        needed ".kind" Kind::Choice(CERTIFICATES),
    ),
    step!("settings", r#"{"host":"","set":{"inbound":{"greylist":{"enabled":true}}}}"#;
        needed ".host" Kind::Host,
        needed ".set" Kind::Json,
    ),
    step!("alias", r#"{"host":"","name":"","to":[]}"#;
        needed ".host" Kind::Host,
        needed ".name" Kind::Line,
        needed ".to" Kind::Mails,
    ),
    step!("quota", r#"{"host":"","person":""}"#;
        needed ".host" Kind::Host,
        needed ".person" Kind::Mail,
        optional ".bytes" Kind::Number(0, 1 << 40),
    ),
    step!("dkim", r#"{"host":"","key":{"domain":"","selector":"s1","signs":true}}"#;
        needed ".host" Kind::Host,
        needed ".key.domain" Kind::Name,
        needed ".key.selector" Kind::Line,
        needed ".key.signs" Kind::Toggle,
    ),
];

/// The kind of a step, determined from its JSON.
pub fn kind_of(step: &Value) -> Option<&'static StepKind> {
    STEPS.iter().find(|kind| {
        kind.key
            .split('.')
            .try_fold(step, |value, key| value.get(key))
            .is_some()
    })
}

/// The JSON of a new step of this kind at the time `at`.
pub fn fresh(kind: &StepKind, at: &str) -> Value {
    let own: Value = serde_json::from_str(kind.fresh).unwrap_or_default();
    let value = kind
        .key
        .rsplit('.')
        .fold(own, |inner, key| json!({ key: inner }));
    let mut step = json!({ "at": at });
    if let (Value::Object(step), Value::Object(own)) = (&mut step, value) {
        step.extend(own);
    }
    step
}

const WEIGHTS: &[&str] = &["off", "note", "score", "reject"];
const MODES: &[&str] = &["off", "note", "enforce"];
const TRUTH: &[&str] = &["true", "false"];

/// The fields of a host's settings, by groups; an empty field means the server's default. Other
/// settings are edited as JSON.
pub const SETTINGS: [(&str, &[Field]); 5] = [
    (
        "inbound",
        &[
            optional("inbound.greylist.enabled", Kind::Choice(TRUTH)),
            optional("inbound.greylist.delay", Kind::Span),
            optional("inbound.greet_pause", Kind::Span),
            optional("inbound.checks.ptr_missing", Kind::Choice(WEIGHTS)),
            optional("inbound.checks.ptr_unconfirmed", Kind::Choice(WEIGHTS)),
            optional("inbound.checks.helo_syntax", Kind::Choice(WEIGHTS)),
            optional("inbound.checks.helo_unresolved", Kind::Choice(WEIGHTS)),
            optional("inbound.checks.early_talker", Kind::Choice(WEIGHTS)),
            optional("inbound.hops_max", Kind::Number(10, 200)),
        ],
    ),
    (
        "auth",
        &[
            optional("auth.spf", Kind::Choice(MODES)),
            optional("auth.dkim", Kind::Choice(&["off", "note"])),
            optional("auth.dmarc", Kind::Choice(MODES)),
            optional("auth.arc", Kind::Choice(MODES)),
        ],
    ),
    (
        "queue",
        &[
            optional("queue.first_retry", Kind::Span),
            optional("queue.longest_retry", Kind::Span),
            optional("queue.warn_after", Kind::Span),
            optional("queue.give_up_after", Kind::Span),
        ],
    ),
    (
        "outbound",
        &[
            optional("outbound.mta_sts", Kind::Choice(TRUTH)),
            optional(
                "outbound.mta_sts_mode",
                Kind::Choice(&["off", "testing", "enforce"]),
            ),
            optional("outbound.dane", Kind::Choice(TRUTH)),
            optional("outbound.srs", Kind::Choice(TRUTH)),
        ],
    ),
    (
        "limits",
        &[
            optional("limits.message_bytes_max", Kind::Number(65_536, 1 << 40)),
            optional("limits.plaintext_login", Kind::Choice(TRUTH)),
            optional("submission.directory", Kind::Choice(TRUTH)),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use sim::scenario::{Edits, HostSpec, StepSpec, edited, read};

    #[test]
    fn every_new_step_is_recognized_as_its_kind() {
        for kind in &STEPS {
            let step = fresh(kind, "1s");
            assert_eq!(kind_of(&step).map(|k| k.key), Some(kind.key));
            let spec: Result<StepSpec, _> = serde_json::from_value(step.clone());
            assert!(spec.is_ok(), "{}: {step} {spec:?}", kind.key);
            for field in kind.fields {
                assert!(
                    field.optional
                        || !matches!(field.kind, Kind::Number(..))
                        || field.check(&field.read(&step)).is_ok(),
                    "{}",
                    field.path
                );
            }
        }
    }

    #[test]
    fn an_unknown_step_has_no_kind() {
        assert_eq!(kind_of(&json!({"at": "1s", "dance": {}})), None);
    }

    // The server accepts every value that a field offers.
    #[test]
    fn the_server_accepts_every_setting() {
        let file = read(include_str!(
            "../../../../static/scenarios/01-first-message.toml"
        ))
        .unwrap();
        for field in SETTINGS.iter().flat_map(|(_, fields)| fields.iter()) {
            let words: Vec<&str> = match field.kind {
                Kind::Choice(words) => words.to_vec(),
                Kind::Span => vec!["10s"],
                _ => vec!["100000", "100"],
            };
            let accepted = words.iter().any(|word| {
                let mut host = serde_json::to_value(&file.hosts[1]).unwrap();
                host["settings"] = json!({});
                let mut settings = json!({});
                if field.write(&mut settings, word).is_err() {
                    return false;
                }
                if field.path == "queue.first_retry" || field.path == "queue.longest_retry" {
                    settings["queue"]["longest_retry"] = json!("1h");
                }
                host["settings"] = settings;
                let host: HostSpec = serde_json::from_value(host).unwrap();
                let edits = Edits {
                    hosts: vec![host],
                    ..Edits::of(&file)
                };
                edited(&file, &edits)
                    .inspect_err(|e| println!("{}: {e}", field.path))
                    .is_ok()
            });
            assert!(accepted, "{}", field.path);
        }
    }
}
