//! `glasspost demo`: a complete server on loopback with accounts and sample messages, in a data
//! folder of its own.
//!
//! The sample messages arrive over loopback like any other mail: those of local users by
//! submission, the others on port 25. So each has a real journey.

mod seed;
mod summary;

use crate::config::{Config, Listen};
use crate::{host, serve};
use clap::Args;
use mail::{Secret, Service};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use world::Rng;
use world::real::SystemRng;

/// `glasspost demo …`
#[derive(Args)]
pub(crate) struct DemoArgs {
    /// Data folder
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    data: PathBuf,
    /// Delete the data folder first
    #[arg(long)]
    fresh: bool,
    /// Base of the port numbers; 0 for free ports
    #[arg(long, value_name = "PORT", default_value_t = 8000)]
    ports_from: u16,
}

/// Local domain of the demonstration.
pub(crate) const DOMAIN: &str = "glasspost.test";
const HOSTNAME: &str = "mail.glasspost.test";
const ACCOUNTS: [(&str, &str); 3] = [
    ("alice", "Alice"),
    ("bob", "Bob Chen"),
    ("teacher", "王老师 Ms Wang"),
];
// Added to the base for HTTP; mail services add their registered port: 8025 for SMTP.
const HTTP_OFFSET: u16 = 80;

// The DNS of the demonstration. nomail.test accepts no mail (RFC 7505); the host of asleep.test
// does not answer.
const ZONE: &str = "\
$ORIGIN test.
glasspost MX 10 mail.glasspost
mail.glasspost A 127.0.0.1
nomail MX 0 .
asleep MX 10 mx.asleep
mx.asleep A 127.0.0.2
";

/// Runs `glasspost demo`.
///
/// # Errors
/// A message for the user.
pub(crate) fn demo(args: &DemoArgs) -> Result<(), String> {
    if args.fresh {
        delete(&args.data)?;
    }
    std::fs::create_dir_all(&args.data).map_err(|e| format!("{}: {e}", args.data.display()))?;
    let zone = args.data.join("zone");
    std::fs::write(&zone, ZONE).map_err(|e| format!("{}: {e}", zone.display()))?;
    let config = config(args, &zone)?;
    serve::run(config, async |running| {
        let accounts = accounts(&args.data)?;
        let first_time = running
            .store()
            .domains()
            .await
            .map_err(|e| e.to_string())?
            .is_empty();
        if first_time {
            for (name, password) in &accounts {
                let display_name = ACCOUNTS
                    .iter()
                    .find(|(n, _)| n == name)
                    .map_or("", |(_, display_name)| display_name);
                let address = format!("{name}@{DOMAIN}")
                    .parse()
                    .map_err(|e| format!("{e}"))?;
                crate::accounts::add(
                    running.store(),
                    address,
                    display_name.to_owned(),
                    Secret::new(password.as_str()),
                )
                .await?;
            }
            seed::send_messages(running, &accounts).await?;
        }
        summary::write_json(&args.data, running, &accounts)?;
        summary::print(running, &accounts);
        Ok(())
    })
}

// Deletes a data folder only if a demonstration created it, or if it is empty.
fn delete(data: &Path) -> Result<(), String> {
    if !data.exists() {
        return Ok(());
    }
    let ours = data.join("zone").exists() && data.join("mail.db").exists();
    let empty = std::fs::read_dir(data).is_ok_and(|mut d| d.next().is_none());
    if !ours && !empty {
        return Err(format!(
            "{} was not created by `glasspost demo`; not deleted",
            data.display()
        ));
    }
    let lock = host::lock(data)?;
    std::fs::remove_dir_all(data).map_err(|e| format!("{}: {e}", data.display()))?;
    drop(lock);
    Ok(())
}

fn config(args: &DemoArgs, zone: &Path) -> Result<Config, String> {
    let text = format!(
        "[server]\nhostname = \"{HOSTNAME}\"\n[limits]\nplaintext_login = true\nconnections_per_address_max = 5000\n[log]\nlevel = \"warn\"\n"
    );
    let mut config = Config::parse(&text).map_err(|e| e.to_string())?;
    config.server.data.clone_from(&args.data);
    config.demo_addresses = ACCOUNTS
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

// Passwords are created once and stored, so that they are the same at the next start.
fn accounts(data: &Path) -> Result<Vec<(String, String)>, String> {
    let path = data.join("passwords.json");
    if let Ok(text) = std::fs::read_to_string(&path) {
        return serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()));
    }
    let created: Vec<(String, String)> = ACCOUNTS
        .iter()
        .map(|(name, _)| ((*name).to_owned(), new_password(name)))
        .collect();
    let text = serde_json::to_string_pretty(&created).map_err(|e| e.to_string())?;
    std::fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(created)
}

fn new_password(name: &str) -> String {
    const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let rng = SystemRng::default();
    let suffix: String = (0..6)
        .map(|_| ALPHABET[rng.below(ALPHABET.len() as u64) as usize] as char)
        .collect();
    format!("{name}-{suffix}")
}
