//! From a configuration to a host: its store, its world.

use crate::config::{Config, Dns, DnssecMode};
use crate::tls;
use mail::Duration;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::engine::sqlite::Sqlite;
use store::{Files, PasswordCost, Store};
use world::real::{Dnssec, SystemChance, SystemClock, SystemDns, TcpNetwork, TokioTasks};
use world::zone::Zones;
use world::{Resolver, World};

/// Opens the store of a data folder, which is made where it is missing, for a command.
///
/// # Errors
/// With the path at fault.
pub(crate) async fn open_store(data: &Path, scram_iterations: u32) -> Result<Store, String> {
    open_with(data, scram_iterations, |_| {}).await
}

/// Opens it for a server, which writes for long.
///
/// # Errors
/// With the path at fault.
pub(crate) async fn open_for_long(data: &Path, scram_iterations: u32) -> Result<Store, String> {
    open_with(data, scram_iterations, Sqlite::settle_in).await
}

async fn open_with(
    data: &Path,
    scram_iterations: u32,
    prepare: impl FnOnce(&Sqlite),
) -> Result<Store, String> {
    use std::os::unix::fs::DirBuilderExt;
    let fault = |e: &dyn std::fmt::Display| format!("{}: {e}", data.display());
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .map_err(|e| fault(&e))?;
    let engine = Sqlite::open(&data.join("mail.db")).map_err(|e| fault(&e))?;
    prepare(&engine);
    let blobs =
        Files::open(&contents_folder(data).map_err(|e| fault(&e))?).map_err(|e| fault(&e))?;
    let cost = PasswordCost {
        scram_iterations,
        ..PasswordCost::USUAL
    };
    Store::open(Arc::new(engine), Arc::new(blobs), cost)
        .await
        .map_err(|e| fault(&e))
}

// The folder of large contents. Version 0.1 named it `letters`.
fn contents_folder(data: &Path) -> std::io::Result<PathBuf> {
    let (folder, former) = (data.join("messages"), data.join("letters"));
    if former.exists() && !folder.exists() {
        fs::rename(&former, &folder)?;
    }
    Ok(folder)
}

/// Held while a server works on a data folder.
pub(crate) struct Lock(
    #[expect(dead_code, reason = "the lock lives as long as the file is open")] File,
);

/// Makes sure that no other server works on the folder; waits a moment for one that is just ending.
///
/// # Errors
/// Where another one does.
pub(crate) fn lock(data: &Path) -> Result<Lock, String> {
    let path = data.join("lock");
    fs::create_dir_all(data).map_err(|e| format!("{}: {e}", data.display()))?;
    let file = File::create(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(_) => Err(format!("another glasspost works on {}", data.display())),
    }
}

/// Whether a server works on a data folder now.
pub(crate) fn server_runs(data: &Path) -> bool {
    File::open(data.join("lock")).is_ok_and(|file| file.try_lock().is_err())
}

/// The real world, as configured.
///
/// # Errors
/// With what cannot be used.
pub(crate) fn world(config: &Config) -> Result<World, String> {
    Ok(World {
        clock: Arc::new(SystemClock),
        rng: Arc::new(SystemChance::default()),
        network: Arc::new(TcpNetwork),
        resolver: resolver(&config.dns)?,
        tasks: Arc::new(TokioTasks(tokio::runtime::Handle::current())),
        tls: Arc::new(tls::load(config)?),
        sequence: event::Sequence::default(),
    })
}

/// DNS, as configured.
///
/// # Errors
/// With what cannot be used.
pub(crate) fn resolver(dns: &Dns) -> Result<Arc<dyn Resolver>, String> {
    if let Some(path) = &dns.zone_file {
        return Ok(Arc::new(read_zone(path)?));
    }
    let dnssec = match (dns.dnssec, &dns.trust_anchor) {
        (_, Some(file)) => Dnssec::Anchor(file.clone()),
        (DnssecMode::Auto, None) => Dnssec::Auto,
        (DnssecMode::Off, None) => Dnssec::Off,
    };
    let system = if dns.servers.is_empty() {
        SystemDns::system(&dnssec)
    } else {
        SystemDns::servers(&dns.servers, &dnssec)
    };
    system
        .map(|s| Arc::new(s) as Arc<dyn Resolver>)
        .map_err(|e| format!("DNS: {e}"))
}

fn read_zone(path: &Path) -> Result<Zones, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Zones::read(&text).map_err(|e| format!("{}: {e}", path.display()))
}

/// Looks at the files that a configuration names.
///
/// # Errors
/// With the path at fault.
pub(crate) fn check_files(config: &Config) -> Result<(), String> {
    if let Some(path) = &config.dns.zone_file {
        read_zone(path)?;
    }
    if config.tls.certificate.is_some() {
        tls::load(config)?;
    }
    Ok(())
}

/// How long conversations get to end when the server is told to stop.
pub(crate) const CLOSING_MAX: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_large_contents_of_version_0_1_to_their_folder() {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir(data.path().join("letters")).unwrap();
        fs::write(data.path().join("letters/a"), b"content").unwrap();
        for _ in 0..2 {
            let folder = contents_folder(data.path()).unwrap();
            assert_eq!(fs::read(folder.join("a")).unwrap(), b"content");
        }
    }
}
