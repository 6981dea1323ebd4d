//! Opens a host's store and world from its configuration.

use crate::config::{ByteSize, Config, Dns, DnssecMode};
use crate::tls;
use mail::Duration;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::engine::sqlite::Sqlite;
use store::{DataVolume, Files, PasswordCost, Space, Store};
use world::real::{Dnssec, SystemClock, SystemDns, SystemRng, TcpNetwork, TokioTasks};
use world::zone::Zones;
use world::{Resolver, World};

/// Opens the store of a data folder for a command. Creates the folder if it is missing.
///
/// # Errors
/// A message that names the path.
pub(crate) async fn open_store(data: &Path, scram_iterations: u32) -> Result<Store, String> {
    open_with(data, scram_iterations, |_| Space::unlimited()).await
}

/// Opens the store for a server, tuned for continuous writing.
///
/// # Errors
/// A message that names the path.
pub(crate) async fn open_store_for_server(
    data: &Path,
    scram_iterations: u32,
    reserve: ByteSize,
) -> Result<Store, String> {
    let prepare = |engine: &Sqlite| {
        engine.optimize_for_serving();
        let volume = DataVolume::new(data);
        engine.set_ballast(volume.ballast());
        Space::with_reserve(Arc::new(volume), reserve.0)
    };
    open_with(data, scram_iterations, prepare).await
}

async fn open_with(
    data: &Path,
    scram_iterations: u32,
    prepare: impl FnOnce(&Sqlite) -> Space,
) -> Result<Store, String> {
    use std::os::unix::fs::DirBuilderExt;
    let fault = |e: &dyn std::fmt::Display| format!("{}: {e}", data.display());
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .map_err(|e| fault(&e))?;
    let engine = Sqlite::open(&data.join("mail.db")).map_err(|e| fault(&e))?;
    let space = prepare(&engine);
    let blobs =
        Files::open(&contents_folder(data).map_err(|e| fault(&e))?).map_err(|e| fault(&e))?;
    let cost = PasswordCost {
        scram_iterations,
        ..PasswordCost::USUAL
    };
    Store::open_within(Arc::new(engine), Arc::new(blobs), cost, space)
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

/// Exclusive lock on a data folder, held by a running server.
pub(crate) struct DataLock(
    #[expect(dead_code, reason = "the lock lives as long as the file is open")] File,
);

/// Locks a data folder.
///
/// # Errors
/// Another server has locked it.
pub(crate) fn lock(data: &Path) -> Result<DataLock, String> {
    let path = data.join("lock");
    fs::create_dir_all(data).map_err(|e| format!("{}: {e}", data.display()))?;
    let file = File::create(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(DataLock(file)),
        Err(_) => Err(format!(
            "{} is in use by another glasspost process",
            data.display()
        )),
    }
}

/// True if a server has locked the data folder.
pub(crate) fn server_runs(data: &Path) -> bool {
    File::open(data.join("lock")).is_ok_and(|file| file.try_lock().is_err())
}

/// Clock, network, DNS and TLS of the operating system, as configured.
///
/// # Errors
/// A message that names what cannot be used.
pub(crate) fn world(config: &Config) -> Result<World, String> {
    Ok(World {
        clock: Arc::new(SystemClock),
        rng: Arc::new(SystemRng::default()),
        network: Arc::new(TcpNetwork),
        resolver: resolver(&config.dns)?,
        tasks: Arc::new(TokioTasks(tokio::runtime::Handle::current())),
        tls: Arc::new(tls::load(config)?),
        sequence: event::Sequence::default(),
    })
}

/// The DNS resolver, as configured.
///
/// # Errors
/// A message that names what cannot be used.
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

/// Checks the files that a configuration names.
///
/// # Errors
/// A message that names the file.
pub(crate) fn check_files(config: &Config) -> Result<(), String> {
    if let Some(path) = &config.dns.zone_file {
        read_zone(path)?;
    }
    if config.tls.certificate.is_some() {
        tls::load(config)?;
    }
    Ok(())
}

/// How long sessions may take to end when the server shuts down.
pub(crate) const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

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
