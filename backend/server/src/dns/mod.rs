//! `glasspost dns`: prints the DNS records of the local domains as a zone file, and compares them
//! with what is published.

mod compare;
mod expected;

use crate::cli::{print_line, text};
use crate::config::Config;
use crate::host;
use clap::Subcommand;
use compare::{Finding, compare};
use expected::expected;
use std::path::PathBuf;
use std::sync::Arc;
use world::World;
use world::real::SystemClock;

/// `glasspost dns …`
#[derive(Subcommand)]
pub(crate) enum DnsCommand {
    /// Print the recommended DNS records as a zone file
    Records {
        /// Configuration file
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Compare the recommended records with the published ones
    Check {
        /// Configuration file
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

/// Runs `glasspost dns …`.
///
/// # Errors
/// A message for the user; for `check`, also if a record differs.
pub(crate) fn dns(command: &DnsCommand) -> Result<(), String> {
    let (DnsCommand::Records { config: file } | DnsCommand::Check { config: file }) = command;
    let config = Config::read(file)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(text)?;
    runtime.block_on(async {
        let store = host::open_store(&config.server.data, config.login.scram_iterations).await?;
        let domains = store.domains().await.map_err(text)?;
        if domains.is_empty() {
            return Err("there are no local domains; add one with `glasspost domain add`".into());
        }
        let keys = store.all_signing_keys().await.map_err(text)?;
        let mut problems = 0;
        let world = World {
            clock: Arc::new(SystemClock),
            resolver: host::resolver(&config.dns)?,
            ..world::still::world()
        };
        for domain in &domains {
            let own: Vec<_> = keys
                .iter()
                .filter(|k| k.domain == *domain)
                .cloned()
                .collect();
            let expected = expected(&config, domain, &own);
            if matches!(command, DnsCommand::Records { .. }) {
                print_line(&expected.to_zone());
                continue;
            }
            for Finding { ok, text } in compare(&world, &expected).await {
                problems += usize::from(!ok);
                print_line(&format!("{} {text}", if ok { "ok  " } else { "FAIL" }));
            }
        }
        if problems > 0 {
            let noun = if problems == 1 { "problem" } else { "problems" };
            Err(format!("{problems} {noun} in DNS"))
        } else {
            Ok(())
        }
    })
}

/// Longest character-string of a TXT record (RFC 1035 §3.3).
const STRING_BYTES_MAX: usize = 255;

/// One record in zone file syntax.
pub(crate) fn zone_line(name: &str, kind: &str, data: &str) -> String {
    format!("{name}.\tIN\t{kind}\t{data}")
}

/// The data of a TXT record: quoted, and split into strings of at most 255 bytes.
pub(crate) fn quoted(text: &str) -> String {
    let escaped = |piece: &[u8]| {
        String::from_utf8_lossy(piece)
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
    };
    let pieces: Vec<String> = text
        .as_bytes()
        .chunks(STRING_BYTES_MAX)
        .map(|p| format!("\"{}\"", escaped(p)))
        .collect();
    pieces.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_a_text_longer_than_255_bytes() {
        assert_eq!(quoted(&"a".repeat(255)).matches(' ').count(), 0);
        assert_eq!(
            quoted(&"a".repeat(256)),
            format!("\"{}\" \"a\"", "a".repeat(255))
        );
        assert_eq!(quoted("a\"b"), "\"a\\\"b\"");
    }

    #[test]
    fn printed_records_can_be_parsed() {
        let long = "v=DKIM1; p=".to_owned() + &"A".repeat(600);
        let zones =
            world::zone::Zones::read(&zone_line("s._domainkey.a.test", "TXT", &quoted(&long)))
                .unwrap();
        let world = World {
            resolver: Arc::new(zones),
            ..world::still::world()
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let got = runtime.block_on(auth::Asking::new(&world).texts("s._domainkey.a.test"));
        assert_eq!(got, Ok(vec![long]));
    }
}
