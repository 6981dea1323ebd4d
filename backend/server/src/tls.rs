//! The host's certificate: from files, or issued by the host's own authority in the data folder.

use crate::config::Config;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use world::real::{RustTls, make_authority, make_certificate};

const AUTHORITY_NAME: &str = "Glasspost self-signed authority";

/// Path of the own authority's certificate, for clients that should trust it.
pub(crate) fn authority_path(data: &Path) -> PathBuf {
    data.join("tls/ca.pem")
}

/// Loads the certificate, or creates one.
///
/// # Errors
/// A message that names the path.
pub(crate) fn load(config: &Config) -> Result<RustTls, String> {
    let read = |path: &Path| fs::read(path).map_err(|e| format!("{}: {e}", path.display()));
    let trust = config.tls.trust.as_deref().map(read).transpose()?;
    let (chain, key) = match (&config.tls.certificate, &config.tls.key) {
        (Some(certificate), Some(key)) => (read(certificate)?, read(key)?),
        _ => own_certificate(&config.server.data, &config.server.hostname.to_string())?,
    };
    RustTls::new(&chain, &key, trust.as_deref()).map_err(|e| e.to_string())
}

// Created once and reused, so that clients keep trusting the authority.
fn own_certificate(data: &Path, hostname: &str) -> Result<(Vec<u8>, Vec<u8>), String> {
    let folder = data.join("tls");
    let (chain, key) = (folder.join("chain.pem"), folder.join("key.pem"));
    let named = folder.join("hostname");
    if fs::read_to_string(&named).ok().as_deref() != Some(hostname)
        || !chain.exists()
        || !key.exists()
    {
        fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let (ca, ca_key) = make_authority(AUTHORITY_NAME).map_err(|e| e.to_string())?;
        let names = [hostname, "localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let (new_chain, new_key) =
            make_certificate(AUTHORITY_NAME, &ca, &ca_key, &names).map_err(|e| e.to_string())?;
        write_private(&folder.join("ca.key.pem"), &ca_key)?;
        write_private(&key, &new_key)?;
        write_private(&authority_path(data), &ca)?;
        write_private(&chain, &new_chain)?;
        write_private(&named, hostname)?;
        tracing::info!(authority = %authority_path(data).display(), "created a certificate for {hostname}");
    }
    let read = |path: &Path| fs::read(path).map_err(|e| format!("{}: {e}", path.display()));
    Ok((read(&chain)?, read(&key)?))
}

fn write_private(path: &Path, text: &str) -> Result<(), String> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let write = || {
        let mut file = options.open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|e| format!("{}: {e}", path.display()))
}
