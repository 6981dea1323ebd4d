//! Data that a host of a scenario publishes: the records of its signing keys and of its
//! certificate, written in zones as `{dkim:selector@domain}` and `{tlsa:host}`, and its MTA-STS
//! policy, served over (modelled) HTTPS.

use crate::error::{Problem, RunProblem, ZoneProblem};
use crate::rng::Seeded;
use crate::tls::Certificate;
use auth::dkim::{Algorithm, PrivateKey};
use mail::dns::Record;
use node::settings::outbound::MtaStsMode;
use std::fmt::Write;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use world::{Connection, Rng, World};

/// A signing key.
pub(super) struct Key {
    pub(super) algorithm: String,
    pub(super) private: Vec<u8>,
    pub(super) record: String,
}

/// Draws 32 bytes that depend only on the scenario's seed and a name.
pub(super) fn draw(seed: u64, name: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    Seeded::new(seed, name).fill(&mut bytes);
    bytes
}

/// Derives the key of this name, `selector@domain`, from the scenario's seed: zone and host have
/// the same key in every run.
pub(super) fn key(seed: u64, name: &str) -> Result<Key, Problem> {
    let private = PrivateKey::ed25519_der(&draw(seed, &format!("dkim {name}")));
    let made = PrivateKey::from_der(Algorithm::Ed25519Sha256, &private)
        .map_err(|e| RunProblem::Failed(e.to_string()))?;
    Ok(Key {
        algorithm: Algorithm::Ed25519Sha256.as_str().to_owned(),
        private,
        record: made.record(),
    })
}

/// Replaces the placeholders of a zone's text with records.
pub(super) fn zone_text(seed: u64, text: &str) -> Result<String, Problem> {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        // Other braces belong to SPF macros.
        let ours = ["{dkim:", "{tlsa:"]
            .iter()
            .any(|opening| from.starts_with(opening));
        let end = from.find('}').filter(|_| ours);
        whole.push_str(before);
        match end {
            Some(end) => {
                whole.push_str(&record(seed, &from[1..end])?);
                rest = &from[end + 1..];
            }
            None => {
                whole.push('{');
                rest = &from[1..];
            }
        }
    }
    whole.push_str(rest);
    Ok(whole)
}

fn record(seed: u64, words: &str) -> Result<String, Problem> {
    let (kind, name) = words.split_once(':').unwrap_or((words, ""));
    match kind {
        "dkim" if name.contains('@') => Ok(format!("\"{}\"", key(seed, name)?.record)),
        "dkim" => Err(ZoneProblem::NoSelector(words.to_owned()).into()),
        _ => match Certificate::good(name).tlsa() {
            Record::Tlsa(usage, selector, matching, digest) => {
                let mut text = format!("{usage} {selector} {matching} ");
                for byte in digest {
                    // Writing into a string cannot fail.
                    let _ = write!(text, "{byte:02x}");
                }
                Ok(text)
            }
            _ => Err(ZoneProblem::NoRecord(words.to_owned()).into()),
        },
    }
}

/// The names for which the certificate of a policy server must be valid (RFC 8461 §3.3).
pub(super) fn policy_names(host: &str, domains: &[String]) -> Vec<String> {
    std::iter::once(host.to_owned())
        .chain(domains.iter().map(|d| format!("mta-sts.{d}")))
        .collect()
}

const REQUEST_BYTES_MAX: usize = 16 * 1024;

/// Serves the policy on port 443.
///
/// # Errors
/// If the host cannot listen on the port.
pub(super) async fn serve_policy(
    world: World,
    mode: MtaStsMode,
    host: mail::Domain,
) -> std::io::Result<()> {
    let Some(policy) = mode.policy(&host) else {
        return Ok(());
    };
    let mut listener = world
        .network
        .listen(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 443))
        .await?;
    let tasks = world.tasks.clone();
    tasks.spawn(Box::pin(async move {
        while let Ok(connection) = listener.accept().await {
            let (beside, policy) = (world.clone(), policy.clone());
            world.tasks.spawn(Box::pin(async move {
                // A client that fails to fetch the policy records it itself.
                drop(answer(&beside, connection, &policy).await);
            }));
        }
    }));
    Ok(())
}

async fn answer(world: &World, connection: Connection, policy: &str) -> std::io::Result<()> {
    let (mut stream, _) = world.tls.accept(connection.stream).await?;
    let mut request = Vec::new();
    while !request.windows(4).any(|w| w == b"\r\n\r\n") && request.len() < REQUEST_BYTES_MAX {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let found = request.starts_with(b"GET /.well-known/mta-sts.txt ");
    let (status, body) = if found {
        ("200 OK", policy)
    } else {
        ("404 Not Found", "")
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await?;
    stream.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use world::zone::Zones;

    #[test]
    fn replaces_placeholders_with_the_records_of_hosts() {
        let text = "s._domainkey.a.test. TXT {dkim:s@a.test}\n_25._tcp.mx.a.test. TLSA {tlsa:mx.a.test}\na.test. TXT \"v=spf1 exists:%{i}.a.test\"";
        let made = zone_text(7, text).unwrap();
        assert!(
            made.contains("TXT \"v=DKIM1; k=ed25519; p=")
                && made.contains("TLSA 3 1 1 ")
                && made.contains("%{i}.a.test"),
            "{made}"
        );
        assert!(Zones::read(&made).is_ok(), "{made}");
        assert_eq!(made, zone_text(7, text).unwrap());
        assert_ne!(
            made,
            zone_text(8, text).unwrap(),
            "another seed, another key"
        );
        assert!(zone_text(7, "{dkim:s}").is_err());
        assert_eq!(zone_text(7, "a { b").unwrap(), "a { b");
    }
}
