//! Whole configuration files, valid and invalid.

use super::*;

mod auth;
mod inbound;
mod login;
mod outbound;

fn check(text: &str, expected: &str) {
    let result = match Config::parse(text) {
        Ok(_) => "ok".to_owned(),
        Err(e) => e.to_string(),
    };
    assert_eq!(result, expected, "{text}");
}

const HEAD: &str = "[server]\nhostname = \"mx.a.test\"\n";

#[test]
fn a_host_name_is_enough() {
    check(HEAD, "ok");
    let config = Config::parse(HEAD).unwrap();
    assert_eq!(config.listen.smtp.addresses().len(), 1);
    assert_eq!(config.queue.give_up_after.0.as_secs(), 5 * 86_400);
}

#[test]
fn rejects_unknown_keys_with_position_and_nearest_name() {
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
        "4:1: unknown key `zzz`; valid keys: `format`, `level`",
    );
}

#[test]
fn rejects_bad_values_with_their_position() {
    for (text, position) in [
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
        let message = Config::parse(text).unwrap_err().to_string();
        assert!(message.starts_with(position), "{message} for {text}");
    }
    check(
        &format!("{HEAD}[tls]\nkey = \"x\"\n"),
        "3:2: [tls] requires both certificate and key, or neither",
    );
}

#[test]
fn rejects_values_of_the_wrong_type() {
    for (text, message) in [
        (
            "[limits]\nplaintext_login = 1\n",
            "4:19: expected true or false, found an integer",
        ),
        (
            "[limits]\nrecipients_max = \"many\"\n",
            "4:18: expected an integer, found a string",
        ),
        (
            "[limits]\nrecipients_max = -1\n",
            "4:18: -1 is out of range",
        ),
        (
            "[log]\nformat = \"jsn\"\n",
            "4:10: unknown value \"jsn\"; did you mean \"json\"?",
        ),
        (
            "[auth]\ndkim = \"enforce\"\n",
            "4:8: unknown value \"enforce\"; valid values: off, note",
        ),
        (
            "[dns]\nservers = 5\n",
            "4:11: expected an array, found an integer",
        ),
        (
            "limits = 5\n",
            "3:1: unknown key `limits`; valid keys: `hostname`, `data`",
        ),
        (
            "[[outbound.route]]\nhost = \"b.test\"\n",
            "3:1: the key `domain` is required",
        ),
    ] {
        check(&format!("{HEAD}{text}"), message);
    }
}

// Written for the version that called the section `[door]` and messages letters.
const OLD_FILE: &str = include_str!("old_keys.toml");

#[test]
fn accepts_old_keys_with_a_warning() {
    let config = Config::parse(OLD_FILE).unwrap();
    let warnings: Vec<String> = config
        .renamed_keys
        .iter()
        .map(|warning| format!("{}: {warning}", warning.position))
        .collect();
    assert_eq!(
        warnings,
        [
            "5:2: `[door]` was renamed to `[inbound]`",
            "12:1: `inbound.rates.letters` was renamed to `inbound.rates.messages`",
            "13:1: `inbound.rates.octets` was renamed to `inbound.rates.bytes`",
            "14:1: `inbound.rates.account_letters` was renamed to `inbound.rates.account_messages`",
            "15:1: `inbound.rates.account_octets` was renamed to `inbound.rates.account_bytes`",
            "18:1: `outbound.letters_per_minute_max` was renamed to `outbound.messages_per_minute_max`",
            "19:1: `outbound.letters_per_connection_max` was renamed to `outbound.messages_per_connection_max`",
            "22:1: `journeys.with_letter` was renamed to `journeys.with_message`",
        ]
    );
    assert_eq!(
        warnings.len(),
        RENAMED_KEYS.len(),
        "one warning per renamed key"
    );
    assert_eq!(config.inbound.score_junk, 4);
    assert_eq!(config.inbound.rates.messages.0.map(|r| r.count), Some(7));
    assert_eq!(
        config.inbound.rates.account_bytes.0.map(|r| r.count),
        Some(10)
    );
    assert_eq!(config.outbound.messages_per_minute_max, Some(11));
    assert!(config.journeys.with_message);
}

#[test]
fn present_keys_give_no_warning_and_both_names_are_an_error() {
    let text = format!("{HEAD}[inbound.rates]\nmessages = \"7/1m\"\n");
    assert_eq!(Config::parse(&text).unwrap().renamed_keys, []);
    let both = format!("{text}letters = \"7/1m\"\n");
    let error = Config::parse(&both).unwrap_err();
    assert_eq!(error.problem, ConfigProblem::DuplicateKey("messages"));
}

#[test]
fn errors_name_the_present_key_at_the_old_one() {
    check(
        &format!("{HEAD}[door]\nhops_max = 9\n"),
        "4:1: inbound.hops_max must be between 10 and 200",
    );
}

#[test]
fn rejects_an_open_relay() {
    check(
        &format!("{HEAD}[inbound]\nrelay = [\"10.0.0.0/8\", \"2001:db8::/16\"]\n"),
        "ok",
    );
    for network in ["0.0.0.0/0", "128.0.0.0/7", "::/0", "2000::/15"] {
        let message = format!("4:1: inbound.relay: {network} would make this host an open relay");
        check(
            &format!("{HEAD}[inbound]\nrelay = [\"{network}\"]\n"),
            &message,
        );
    }
}

#[test]
fn listeners_can_be_moved_listed_or_switched_off() {
    let config = Config::parse(&format!(
        "{HEAD}[listen]\nsmtp = \"off\"\nimap = [\"127.0.0.1:1143\", \"[::1]:1143\"]\n"
    ))
    .unwrap();
    assert!(config.listen.smtp.addresses().is_empty());
    assert_eq!(config.listen.imap.addresses().len(), 2);
}

/// The keys that a table may have, as [`Config::parse`] reports them; none where any key is allowed
/// or where a value that is not a table is expected.
fn keys_of(header: &str) -> &'static [&'static str] {
    let head = if header.is_empty() { "" } else { HEAD };
    match Config::parse(&format!("{head}{header}\nno_such_key = 1\n")) {
        Err(ConfigError {
            problem: ConfigProblem::UnknownKey { known, .. },
            ..
        }) => known,
        _ => &[],
    }
}

/// Collects all keys below a table, each with its path.
fn collect_keys(path: &mut Vec<&'static str>, keys: &[&'static str], found: &mut Vec<String>) {
    for key in keys {
        path.push(key);
        found.push(path.join("."));
        let name = path.join(".");
        let below = match path.as_slice() {
            // Written in HEAD already; it has no tables.
            ["server", ..] => &["hostname", "data"][..],
            _ => [format!("[{name}]"), format!("[[{name}]]")]
                .iter()
                .map(|header| keys_of(header))
                .find(|keys| !keys.is_empty())
                .unwrap_or(&[]),
        };
        if path.as_slice() == ["server"] || path.first() != Some(&"server") {
            collect_keys(path, below, found);
        }
        path.pop();
    }
}

#[test]
fn every_key_is_documented_in_its_section() {
    let docs = include_str!("../../../../../docs/CONFIG.md");
    let mut found = Vec::new();
    collect_keys(&mut Vec::new(), keys_of(""), &mut found);
    assert!(found.len() > 100, "{found:?}");
    for known in [
        "inbound.greylist.delay",
        "inbound.lists.zone",
        "outbound.route.domain",
        "limits.message_bytes_max",
    ] {
        assert!(found.iter().any(|key| key == known), "{known} in {found:?}");
    }
    for path in found {
        let (section, rest) = path.split_once('.').unwrap_or((&path, ""));
        let (parents, key) = rest.rsplit_once('.').unwrap_or(("", rest));
        let mut table: Vec<&str> = vec![section];
        table.extend(parents.split('.').filter(|part| !part.is_empty()));
        let renamed = current_key(&[], section) != section || current_key(&table, key) != key;
        if renamed {
            continue;
        }
        let text = docs
            .split_once(&format!("\n## `[{section}]`"))
            .map(|(_, text)| text.split("\n## ").next().unwrap())
            .unwrap_or_else(|| panic!("docs/CONFIG.md has no section [{section}]"));
        // In a table of keys, as a section of its own, or in an example.
        let documented = [
            format!("`{key}`"),
            format!(".{key}]`"),
            format!(".{key}]]`"),
            format!("{key} = "),
        ];
        assert!(
            key.is_empty() || documented.iter().any(|form| text.contains(form)),
            "{path} is missing in docs/CONFIG.md"
        );
    }
}
