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
