//! Generates parts of a scenario: a domain with server, user and records; a computer; a message; a
//! mail retrieval.

use super::edits;
use super::zone::{self, Row};
use serde_json::json;
use sim::scenario::{Edits, HostSpec, Runs, Scenario, StepSpec};

/// The initial password of every generated user.
pub const DEFAULT_PASSWORD: &str = "open-sesame";

fn host(name: &str, address: &str, runs: Runs) -> Option<HostSpec> {
    serde_json::from_value(json!({ "name": name, "address": address, "runs": runs })).ok()
}

/// The first free address of the documentation ranges; last octets 10 to 249 are used.
pub fn free_address(taken: &[String]) -> Option<String> {
    let ranges = ["203.0.113", "198.51.100", "192.0.2"];
    let all = ranges
        .iter()
        .flat_map(|range| (10..250).map(move |last| format!("{range}.{last}")));
    all.into_iter().find(|address| !taken.contains(address))
}

fn addresses(file: &Scenario, edits: &Edits) -> Vec<String> {
    let mut all: Vec<String> = edits::hosts(file, edits)
        .into_iter()
        .map(|(host, _)| host.address)
        .collect();
    // Addresses in A records are taken as well.
    all.extend(
        zone::rows(edits::zone(file, edits))
            .into_iter()
            .filter(|row| row.kind == "A")
            .map(|row| row.data),
    );
    all
}

/// Adds a domain: its mail server `mail.<domain>`, a laptop, a user, and the DNS records. Returns
/// `false` if the domain or server exists already or no address is free.
pub fn domain(file: &Scenario, edits: &mut Edits, domain: &str, user: &str) -> bool {
    let domain = domain.trim_end_matches('.').to_lowercase();
    let (server, laptop) = (format!("mail.{domain}"), format!("laptop.{domain}"));
    let there = edits::hosts(file, edits);
    if there
        .iter()
        .any(|(host, _)| host.name == server || host.domains.contains(&domain))
    {
        return false;
    }
    let mut taken = addresses(file, edits);
    let Some(address) = free_address(&taken) else {
        return false;
    };
    taken.push(address.clone());
    let Some(laptop_address) = free_address(&taken) else {
        return false;
    };
    let person = json!({ "address": format!("{user}@{domain}"), "name": capital(user), "password": DEFAULT_PASSWORD });
    let server_spec = json!({ "name": server, "address": address, "runs": "glasspost", "domains": [domain], "person": [person] });
    let (Ok(server_spec), Some(laptop)) = (
        serde_json::from_value(server_spec),
        host(&laptop, &laptop_address, Runs::Nothing),
    ) else {
        return false;
    };
    edits::put_host(file, edits, server_spec);
    edits::put_host(file, edits, laptop);
    let mut text = edits::zone(file, edits).to_owned();
    let reverse = address.split('.').rev().collect::<Vec<_>>().join(".");
    let records = [
        (format!("{domain}."), "MX", format!("10 {server}.")),
        (format!("{server}."), "A", address),
        (
            format!("{reverse}.in-addr.arpa."),
            "PTR",
            format!("{server}."),
        ),
    ];
    for (name, kind, data) in records {
        text = zone::add(
            &text,
            &Row {
                line: 0,
                name,
                kind: kind.to_owned(),
                data,
            },
        );
    }
    edits::put_zone(file, edits, &text);
    true
}

fn capital(user: &str) -> String {
    let mut chars = user.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

/// Adds a computer on which no service runs. Returns `false` if it exists or no address is free.
pub fn machine(file: &Scenario, edits: &mut Edits, name: &str) -> bool {
    if edits::hosts(file, edits)
        .iter()
        .any(|(host, _)| host.name == name)
    {
        return false;
    }
    let fresh = free_address(&addresses(file, edits))
        .and_then(|address| host(name, &address, Runs::Nothing));
    fresh
        .map(|host| edits::put_host(file, edits, host))
        .is_some()
}

/// All users, each with their mail server and a computer, preferably of the same domain.
pub fn mail_users(file: &Scenario, edits: &Edits) -> Vec<MailUser> {
    let hosts = edits::hosts(file, edits);
    let mut all = Vec::new();
    for (server, _) in hosts
        .iter()
        .filter(|(host, _)| host.runs == Runs::Glasspost)
    {
        for person in &server.people {
            let domain = person.address.rsplit('@').next().unwrap_or_default();
            let near = hosts.iter().find(|(host, _)| {
                host.runs == Runs::Nothing && host.name.ends_with(&format!(".{domain}"))
            });
            let any = hosts.iter().find(|(host, _)| host.runs == Runs::Nothing);
            let machine = near.or(any).map_or(&server.name, |(host, _)| &host.name);
            all.push(MailUser {
                address: person.address.clone(),
                password: person.password.clone(),
                server: server.name.clone(),
                machine: machine.clone(),
            });
        }
    }
    all
}

/// A user with a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MailUser {
    /// The mail address.
    pub address: String,
    /// The password.
    pub password: String,
    /// The mail server of the mailbox.
    pub server: String,
    /// The computer that the user works on.
    pub machine: String,
}

/// A step in which a user submits a message.
pub fn message(from: &MailUser, to: &str, at: &str, subject: &str, text: &str) -> Option<StepSpec> {
    let message = format!(
        "From: {}\nTo: {to}\nSubject: {subject}\n\n{}\n",
        from.address,
        text.trim_end()
    );
    let submit = json!({
        "on": from.machine, "to-host": from.server, "port": 587, "login": from.address,
        "from": from.address, "to": [to], "message": message,
    });
    serde_json::from_value(json!({ "at": at, "submit": submit })).ok()
}

/// A step in which a user fetches all messages of the inbox.
pub fn fetch(reader: &MailUser, at: &str) -> Option<StepSpec> {
    let MailUser {
        address, password, ..
    } = reader;
    let lines = format!(
        "< * OK\n> a LOGIN {address} {password}\n< a OK\n> b SELECT INBOX\n< b OK\n> c FETCH 1:* (FLAGS BODY[])\n< c OK\n> d LOGOUT\n/ listen\n"
    );
    let typed = json!({ "on": reader.machine, "to-host": reader.server, "port": 993, "tls": true, "lines": lines });
    serde_json::from_value(json!({ "at": at, "type": typed })).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::scenario::{edited, read, run};

    fn file() -> Scenario {
        read(include_str!(
            "../../../../static/scenarios/01-first-message.toml"
        ))
        .unwrap()
    }

    #[test]
    fn a_new_domain_exchanges_messages_with_the_existing_ones() {
        let (file, mut edits) = (file(), Edits::of(&file()));
        assert!(domain(&file, &mut edits, "C.test", "carol"));
        assert!(!domain(&file, &mut edits, "c.test", "dave"), "it is there");
        let all = mail_users(&file, &edits);
        let names: Vec<&str> = all.iter().map(|user| user.address.as_str()).collect();
        assert_eq!(names, ["alice@a.test", "bob@b.test", "carol@c.test"]);
        assert_eq!(
            (all[0].machine.as_str(), all[2].machine.as_str()),
            ("laptop.a.test", "laptop.c.test")
        );
        edits
            .steps
            .push(message(&all[0], "carol@c.test", "2m", "Welcome", "Hello").unwrap());
        edits
            .steps
            .push(message(&all[2], "bob@b.test", "3m", "Hi", "Hello").unwrap());
        edits.steps.push(fetch(&all[2], "4m").unwrap());
        let played = run(&edited(&file, &edits).unwrap(), &[]).unwrap();
        let kinds: Vec<&str> = played
            .events
            .iter()
            .map(|e| e.explain.as_ref())
            .filter(|x| *x == "mra.fetched" || *x == "mda.delivered")
            .collect();
        assert_eq!(
            kinds,
            [
                "mda.delivered",
                "mda.delivered",
                "mda.delivered",
                "mra.fetched",
                "mra.fetched"
            ]
        );
    }

    #[test]
    fn machines_get_free_addresses_until_none_is_left() {
        let (file, mut edits) = (file(), Edits::of(&file()));
        assert!(
            machine(&file, &mut edits, "phone.a.test")
                && !machine(&file, &mut edits, "phone.a.test")
        );
        assert_eq!(edits.hosts[0].address, "203.0.113.10");
        let mut taken = Vec::new();
        while let Some(address) = free_address(&taken) {
            taken.push(address);
        }
        assert_eq!(taken.len(), 720);
    }
}
