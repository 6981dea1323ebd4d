//! `glasspost demo`: a complete server on loopback with accounts and messages worth looking at, kept
//! in a folder of its own.
//!
//! The messages are brought by the ordinary doors, over loopback: users' by submission, strangers'
//! by port 25. So each has a journey that happened.

mod seed;
mod tell;

use crate::config::{Config, Listen};
use crate::{accounts, host, serve};
use clap::Args;
use mail::{Secret, Service};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use world::Rng;
use world::real::SystemChance;

/// `glasspost demo …`
#[derive(Args)]
pub(crate) struct DemoArgs {
    /// Where everything is kept and found again.
    #[arg(long, default_value = "data/demo")]
    data: PathBuf,
    /// Begin anew: forget what the folder holds.
    #[arg(long)]
    fresh: bool,
    /// The first port; 0 lets the system pick free ones.
    #[arg(long, default_value_t = 8000)]
    ports_from: u16,
}

/// The demonstration's domain.
pub(crate) const DOMAIN: &str = "glasspost.test";
const HOSTNAME: &str = "mail.glasspost.test";
const PEOPLE: [(&str, &str); 3] = [
    ("alice", "Alice"),
    ("bob", "Bob Chen"),
    ("teacher", "王老师 Ms Wang"),
];
// Offset of the HTTP port from the first port.
const HTTP_OFFSET: u16 = 80;

// All the DNS that the demonstration knows. nomail.test says that it takes no mail (RFC 7505);
// asleep.test's host does not answer.
const ZONE: &str = "\
$ORIGIN test.
glasspost MX 10 mail.glasspost
mail.glasspost A 127.0.0.1
nomail MX 0 .
asleep MX 10 mx.asleep
mx.asleep A 127.0.0.2
";

/// Runs the demonstration.
///
/// # Errors
/// A sentence.
pub(crate) fn demo(args: &DemoArgs) -> Result<(), String> {
    if args.fresh {
        forget(&args.data)?;
    }
    std::fs::create_dir_all(&args.data).map_err(|e| format!("{}: {e}", args.data.display()))?;
    let zone = args.data.join("zone");
    std::fs::write(&zone, ZONE).map_err(|e| format!("{}: {e}", zone.display()))?;
    let config = config(args, &zone)?;
    serve::run(config, async |running| {
        let people = people(&args.data)?;
        let first_time = running
            .store()
            .domains()
            .await
            .map_err(|e| e.to_string())?
            .is_empty();
        if first_time {
            for (name, password) in &people {
                let full = PEOPLE
                    .iter()
                    .find(|(n, _)| n == name)
                    .map_or("", |(_, full)| full);
                let address = format!("{name}@{DOMAIN}")
                    .parse()
                    .map_err(|e| format!("{e}"))?;
                accounts::add(
                    running.store(),
                    address,
                    full.to_owned(),
                    Secret::new(password.as_str()),
                )
                .await?;
            }
            seed::bring_messages(running, &people).await?;
        }
        tell::write_json(&args.data, running, &people)?;
        tell::print(running, &people);
        Ok(())
    })
}

// Only a folder that a demonstration made is removed: it holds a database of ours, or nothing.
fn forget(data: &Path) -> Result<(), String> {
    if !data.exists() {
        return Ok(());
    }
    let ours = data.join("zone").exists() && data.join("mail.db").exists();
    let empty = std::fs::read_dir(data).is_ok_and(|mut d| d.next().is_none());
    if !ours && !empty {
        return Err(format!(
            "{} was not made by a demonstration; it is left alone",
            data.display()
        ));
    }
    let held = host::lock(data)?;
    std::fs::remove_dir_all(data).map_err(|e| format!("{}: {e}", data.display()))?;
    drop(held);
    Ok(())
}

fn config(args: &DemoArgs, zone: &Path) -> Result<Config, String> {
    let text = format!(
        "[server]\nhostname = \"{HOSTNAME}\"\n[limits]\nplaintext_login = true\nconnections_per_address_max = 5000\n[log]\nlevel = \"warn\"\n"
    );
    let mut config = Config::parse(&text).map_err(|e| e.to_string())?;
    config.server.data.clone_from(&args.data);
    config.demo_addresses = PEOPLE
        .iter()
        .map(|(name, _)| format!("{name}@{DOMAIN}"))
        .collect();
    config.dns.zone_file = Some(zone.to_owned());
    let at = |offset: u16| -> Result<Listen, String> {
        let port = if args.ports_from == 0 {
            0
        } else {
            args.ports_from
                .checked_add(offset)
                .ok_or("--ports-from is too high: ports end at 65535")?
        };
        Ok(Listen::at(SocketAddr::from((Ipv4Addr::LOCALHOST, port))))
    };
    let listen = &mut config.listen;
    listen.http = at(HTTP_OFFSET)?;
    // Each port ends in the digits of the registered one.
    for (listen, service) in [
        (&mut listen.smtp, Service::Smtp),
        (&mut listen.submission, Service::Submission),
        (&mut listen.submissions, Service::Submissions),
        (&mut listen.imap, Service::Imap),
        (&mut listen.imaps, Service::Imaps),
        (&mut listen.pop3, Service::Pop3),
        (&mut listen.pop3s, Service::Pop3s),
    ] {
        *listen = at(service.port())?;
    }
    listen.https = Listen::off();
    Ok(config)
}

// Passwords are made once and kept beside the data, so that they are the same at the next start.
fn people(data: &Path) -> Result<Vec<(String, String)>, String> {
    let path = data.join("passwords.json");
    if let Ok(text) = std::fs::read_to_string(&path) {
        return serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()));
    }
    let made: Vec<(String, String)> = PEOPLE
        .iter()
        .map(|(name, _)| ((*name).to_owned(), new_password(name)))
        .collect();
    let text = serde_json::to_string_pretty(&made).map_err(|e| e.to_string())?;
    std::fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(made)
}

fn new_password(name: &str) -> String {
    const MESSAGES: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let rng = SystemChance::default();
    let word: String = (0..6)
        .map(|_| MESSAGES[rng.below(MESSAGES.len() as u64) as usize] as char)
        .collect();
    format!("{name}-{word}")
}
