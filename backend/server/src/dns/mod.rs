//! What a mail host publishes in DNS: printed as a zone file, and compared with what is really
//! there, each difference in a sentence.

mod compare;
mod wanted;

use crate::accounts::{say, words};
use crate::config::Config;
use crate::host;
use clap::Subcommand;
use compare::{Finding, compare};
use std::path::PathBuf;
use std::sync::Arc;
use wanted::wanted;
use world::World;
use world::real::SystemClock;

/// `glasspost dns …`
#[derive(Subcommand)]
pub(crate) enum DnsCommand {
    /// Print the records that each of our domains should publish, as a zone file.
    Records {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Compare them with what is published.
    Check {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
}

/// Carries out `glasspost dns …`.
///
/// # Errors
/// A sentence; for a check, where something is not as it should be.
pub(crate) fn dns(command: &DnsCommand) -> Result<(), String> {
    let (DnsCommand::Records { config: file } | DnsCommand::Check { config: file }) = command;
    let config = Config::read(file)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(words)?;
    runtime.block_on(async {
        let store = host::open_store(&config.server.data, config.login.scram_iterations).await?;
        let domains = store.domains().await.map_err(words)?;
        if domains.is_empty() {
            return Err("this host has no domain yet; `glasspost domain add` makes one".into());
        }
        let keys = store.all_signing_keys().await.map_err(words)?;
        let mut wrong = 0;
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
            let wanted = wanted(&config, domain, &own);
            if matches!(command, DnsCommand::Records { .. }) {
                say(&wanted.to_zone());
                continue;
            }
            for Finding { good, sentence } in compare(&world, &wanted).await {
                wrong += usize::from(!good);
                say(&format!(
                    "{}{sentence}",
                    if good { "ok     " } else { "CHANGE " }
                ));
            }
        }
        if wrong > 0 {
            Err(format!("{wrong} things in DNS are not as they should be"))
        } else {
            Ok(())
        }
    })
}

/// The octets of one string of a TXT record (RFC 1035 §3.3).
const STRING_BYTES_MAX: usize = 255;

/// `name. TYPE data`, as a zone file has it.
pub(crate) fn zone_line(name: &str, kind: &str, data: &str) -> String {
    format!("{name}.\tIN\t{kind}\t{data}")
}

/// A text as the strings of a TXT record: quoted, and cut where one would be too long.
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
    fn a_text_of_255_bytes_is_one_string_and_a_longer_one_is_two() {
        assert_eq!(quoted(&"a".repeat(255)).matches(' ').count(), 0);
        assert_eq!(
            quoted(&"a".repeat(256)),
            format!("\"{}\" \"a\"", "a".repeat(255))
        );
        assert_eq!(quoted("a\"b"), "\"a\\\"b\"");
    }

    #[test]
    fn what_is_printed_can_be_read_as_a_zone() {
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
