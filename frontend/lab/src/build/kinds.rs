//! Which fields a host, a person, each kind of step and a host's settings have. Data only; the names are those of the scenario's file and of the
//! server's configuration (`docs/CONFIG.md`).

use super::form::{Field, Kind, needed, optional};
use serde_json::{Value, json};

/// A host's own.
pub const HOST: [Field; 4] = [
    needed("name", Kind::Name),
    needed("address", Kind::Ip),
    needed("runs", Kind::Choice(&["glasspost", "nothing", "script"])),
    optional("domains", Kind::Names),
];

/// A person's.
pub const PERSON: [Field; 4] = [
    needed("address", Kind::Mail),
    optional("name", Kind::Line),
    optional("password", Kind::Line),
    optional("quota", Kind::Number(1, 1 << 40)),
];

/// One kind of step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepKind {
    /// `submit`, `fault.link`: where the step's own fields stand.
    pub key: &'static str,
    /// Its fields, behind the time.
    pub fields: &'static [Field],
    /// What a new one says.
    pub fresh: &'static str,
}

/// When it happens.
pub const AT: Field = needed("at", Kind::Span);

const CERTIFICATES: &[&str] = &["good", "expired", "other-name", "untrusted", "none"];
const DNS_ANSWERS: &[&str] = &["nxdomain", "servfail", "timeout", "none"];
const PORT: Kind = Kind::Number(1, 65_535);

/// All kinds that have a form of their own.
pub const STEPS: [StepKind; 21] = [
    StepKind {
        key: "submit",
        fields: &[
            needed("submit.on", Kind::Host),
            needed("submit.to-host", Kind::Host),
            optional("submit.port", PORT),
            optional("submit.login", Kind::Mail),
            optional("submit.password", Kind::Line),
            optional("submit.from", Kind::Mail),
            needed("submit.to", Kind::Mails),
            needed("submit.letter", Kind::Text),
        ],
        fresh: r#"{"on":"","to-host":"","port":587,"from":"","to":[],"letter":"Subject: \n\n"}"#,
    },
    StepKind {
        key: "type",
        fields: &[
            needed("type.on", Kind::Host),
            needed("type.to-host", Kind::Host),
            needed("type.port", PORT),
            needed("type.tls", Kind::Toggle),
            needed("type.lines", Kind::Dialogue),
        ],
        fresh: r#"{"on":"","to-host":"","port":25,"tls":false,"lines":"< 220\n> EHLO me.test\n< 250 \n> QUIT\n/ listen\n"}"#,
    },
    StepKind { key: "zone", fields: &[needed("zone.set", Kind::Zone)], fresh: r#"{"set":""}"# },
    StepKind { key: "fault.down", fields: &[needed("fault.down", Kind::Host)], fresh: r#""""# },
    StepKind { key: "fault.up", fields: &[needed("fault.up", Kind::Host)], fresh: r#""""# },
    StepKind { key: "fault.crash", fields: &[needed("fault.crash", Kind::Host)], fresh: r#""""# },
    StepKind { key: "fault.restart", fields: &[needed("fault.restart", Kind::Host)], fresh: r#""""# },
    StepKind {
        key: "fault.link",
        fields: &[
            needed("fault.link.between.0", Kind::Host),
            needed("fault.link.between.1", Kind::Host),
            optional("fault.link.latency", Kind::Span),
            optional("fault.link.octets-per-second", Kind::Number(0, 1 << 40)),
            optional("fault.link.lost-per-mille", Kind::Number(0, 1000)),
            optional("fault.link.held", Kind::Choice(&["true", "false"])),
            optional("fault.link.severed", Kind::Choice(&["true", "false"])),
            optional("fault.link.blocked-ports", Kind::Ports),
        ],
        fresh: r#"{"between":["",""]}"#,
    },
    StepKind {
        key: "fault.cut",
        fields: &[
            needed("fault.cut.from", Kind::Host),
            needed("fault.cut.to", Kind::Host),
            needed("fault.cut.port", PORT),
            needed("fault.cut.after-octets", Kind::Number(0, 1 << 40)),
            needed("fault.cut.to-client", Kind::Toggle),
            needed("fault.cut.told", Kind::Toggle),
        ],
        fresh: r#"{"from":"","to":"","port":25,"after-octets":100,"to-client":false,"told":false}"#,
    },
    StepKind {
        key: "fault.lost",
        fields: &[
            needed("fault.lost.from", Kind::Host),
            needed("fault.lost.to", Kind::Host),
            needed("fault.lost.port", PORT),
            needed("fault.lost.command", Kind::Line),
            needed("fault.lost.nth", Kind::Number(1, 1_000_000)),
        ],
        fresh: r#"{"from":"","to":"","port":25,"command":".","nth":1}"#,
    },
    StepKind {
        key: "fault.reply",
        fields: &[
            optional("fault.reply.from", Kind::Host),
            needed("fault.reply.to", Kind::Host),
            needed("fault.reply.port", PORT),
            needed("fault.reply.command", Kind::Line),
            needed("fault.reply.nth", Kind::Number(1, 1_000_000)),
            needed("fault.reply.times", Kind::Number(1, 1_000_000)),
            needed("fault.reply.reply", Kind::Reply),
        ],
        fresh: r#"{"to":"","port":25,"command":"RCPT","nth":1,"times":1,"reply":"450 4.2.1 Try again later"}"#,
    },
    StepKind {
        key: "fault.rewrite",
        fields: &[
            needed("fault.rewrite.from", Kind::Host),
            needed("fault.rewrite.to", Kind::Host),
            needed("fault.rewrite.port", PORT),
            needed("fault.rewrite.to-client", Kind::Toggle),
            needed("fault.rewrite.find", Kind::Line),
            needed("fault.rewrite.put", Kind::Line),
        ],
        fresh: r#"{"from":"","to":"","port":25,"to-client":true,"find":"STARTTLS","put":"XXXXXXXX"}"#,
    },
    StepKind {
        key: "fault.dns",
        fields: &[needed("fault.dns.name", Kind::Line), needed("fault.dns.answer", Kind::Choice(DNS_ANSWERS))],
        fresh: r#"{"name":"","answer":"servfail"}"#,
    },
    StepKind {
        key: "fault.stale",
        fields: &[needed("fault.stale.host", Kind::Host), needed("fault.stale.name", Kind::Line), needed("fault.stale.kept", Kind::Toggle)],
        fresh: r#"{"host":"","name":"","kept":true}"#,
    },
    StepKind {
        key: "fault.disk",
        fields: &[needed("fault.disk.host", Kind::Host), needed("fault.disk.full", Kind::Toggle)],
        fresh: r#"{"host":"","full":true}"#,
    },
    StepKind {
        key: "fault.clock",
        fields: &[needed("fault.clock.host", Kind::Host), needed("fault.clock.seconds", Kind::Number(-315_360_000, 315_360_000))],
        fresh: r#"{"host":"","seconds":3600}"#,
    },
    StepKind {
        key: "fault.certificate",
        fields: &[needed("fault.certificate.host", Kind::Host), needed("fault.certificate.kind", Kind::Choice(CERTIFICATES))],
        fresh: r#"{"host":"","kind":"expired"}"#,
    },
    StepKind {
        key: "settings",
        fields: &[needed("settings.host", Kind::Host), needed("settings.set", Kind::Json)],
        fresh: r#"{"host":"","set":{"door":{"greylist":{"enabled":true}}}}"#,
    },
    StepKind {
        key: "alias",
        fields: &[needed("alias.host", Kind::Host), needed("alias.name", Kind::Line), needed("alias.to", Kind::Mails)],
        fresh: r#"{"host":"","name":"","to":[]}"#,
    },
    StepKind {
        key: "quota",
        fields: &[needed("quota.host", Kind::Host), needed("quota.person", Kind::Mail), optional("quota.octets", Kind::Number(0, 1 << 40))],
        fresh: r#"{"host":"","person":""}"#,
    },
    StepKind {
        key: "dkim",
        fields: &[
            needed("dkim.host", Kind::Host),
            needed("dkim.key.domain", Kind::Name),
            needed("dkim.key.selector", Kind::Line),
            needed("dkim.key.signs", Kind::Toggle),
        ],
        fresh: r#"{"host":"","key":{"domain":"","selector":"s1","signs":true}}"#,
    },
];

/// Of which kind a step is, by its JSON.
pub fn kind_of(step: &Value) -> Option<&'static StepKind> {
    STEPS.iter().find(|kind| kind.key.split('.').try_fold(step, |value, key| value.get(key)).is_some())
}

/// A new step of a kind.
pub fn fresh(kind: &StepKind, at: &str) -> Value {
    let own: Value = serde_json::from_str(kind.fresh).unwrap_or_default();
    let value = kind.key.rsplit('.').fold(own, |inner, key| json!({ key: inner }));
    let mut step = json!({ "at": at });
    if let (Value::Object(step), Value::Object(own)) = (&mut step, value) {
        step.extend(own);
    }
    step
}

const WEIGHTS: &[&str] = &["off", "note", "score", "refuse"];
const MODES: &[&str] = &["off", "note", "enforce"];
const TRUTH: &[&str] = &["true", "false"];

/// What of a host's settings has a field of its own, by groups; what is left empty is as the server comes. All else is in the JSON beside.
pub const SETTINGS: [(&str, &[Field]); 5] = [
    (
        "door",
        &[
            optional("door.greylist.enabled", Kind::Choice(TRUTH)),
            optional("door.greylist.delay", Kind::Span),
            optional("door.greet_pause", Kind::Span),
            optional("door.checks.ptr_missing", Kind::Choice(WEIGHTS)),
            optional("door.checks.ptr_unconfirmed", Kind::Choice(WEIGHTS)),
            optional("door.checks.helo_syntax", Kind::Choice(WEIGHTS)),
            optional("door.checks.helo_unresolved", Kind::Choice(WEIGHTS)),
            optional("door.checks.early_talker", Kind::Choice(WEIGHTS)),
            optional("door.hops_max", Kind::Number(10, 200)),
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
            optional("outbound.mta_sts_mode", Kind::Choice(&["off", "testing", "enforce"])),
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
    fn every_kind_of_step_begins_as_one_and_is_known_again() {
        for kind in &STEPS {
            let step = fresh(kind, "1s");
            assert_eq!(kind_of(&step).map(|k| k.key), Some(kind.key));
            let spec: Result<StepSpec, _> = serde_json::from_value(step.clone());
            assert!(spec.is_ok(), "{}: {step} {spec:?}", kind.key);
            for field in kind.fields {
                assert!(
                    field.optional || !matches!(field.kind, Kind::Number(..)) || field.check(&field.read(&step)).is_ok(),
                    "{}",
                    field.path
                );
            }
        }
    }

    #[test]
    fn a_step_without_a_form_is_none_of_them() {
        assert_eq!(kind_of(&json!({"at": "1s", "dance": {}})), None);
    }

    // What each field may say is understood by the server.
    #[test]
    fn every_setting_is_one_of_the_servers() {
        let file = read(include_str!("../../../../static/scenarios/01-first-letter.toml")).unwrap();
        for field in SETTINGS.iter().flat_map(|(_, fields)| fields.iter()) {
            let words: Vec<&str> = match field.kind {
                Kind::Choice(words) => words.to_vec(),
                Kind::Span => vec!["10s"],
                _ => vec!["100000", "100"],
            };
            let said = words.iter().any(|word| {
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
                let edits = Edits { hosts: vec![host], ..Edits::of(&file) };
                edited(&file, &edits).inspect_err(|e| println!("{}: {e}", field.path)).is_ok()
            });
            assert!(said, "{}", field.path);
        }
    }
}
