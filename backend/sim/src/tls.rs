//! A model of TLS: a handshake of three short records over the connection, with the names and dates
//! of a certificate, and no cryptography. Later data passes unencrypted; the player shows it as
//! encrypted. Certificates can be expired, for another name, or untrusted.
//!
//! Failures: data other than a handshake record is rejected; a client that rejects the certificate
//! sends an alert and closes, and both sides get an error.

use crate::executor::lock;
use crate::tape::fnv1a;
use mail::Time;
use mail::dns::Record;
use mail::session::TlsInfo;
use std::io;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use world::{BoxFuture, CertificateFault, Clock, HandshakeFault, Stream, Tls, TlsCheck, Tlsa};

/// The name of the modelled cipher.
pub const CIPHER_MODELLED: &str = "TLS13_AES_256_GCM_SHA384 (modelled)";
const VERSION: &str = "TLS 1.3";

// RFC 8446 §5.1: the record types that the model uses.
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const RECORD_BYTES_MAX: usize = 16 * 1024;

/// A host's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The names it is valid for; `*.b.test` covers one more label.
    pub names: Vec<String>,
    /// Valid until this time, by the client's clock.
    pub until: Time,
    /// Whether it is signed by a trusted authority.
    pub trusted: bool,
}

impl Certificate {
    /// A valid certificate for a name, without an expiry date.
    pub fn good(name: impl Into<String>) -> Certificate {
        Certificate {
            names: vec![name.into()],
            until: Time(i64::MAX),
            trusted: true,
        }
    }

    /// The TLSA record: `3 1 1`, with a modelled digest of the first name and the date instead of
    /// the key; further names do not change it.
    pub fn tlsa(&self) -> Record {
        let name = self.names.first().map_or("", String::as_str);
        let text = format!("{name} {} {}", self.until.0, u8::from(self.trusted));
        let digest = (0..4)
            .flat_map(|i| fnv1a(format!("{i} {text}").as_bytes()).to_be_bytes())
            .collect();
        Record::Tlsa(3, 1, 1, digest)
    }

    // Why a client rejects the certificate, if it does.
    fn rejection(&self, check: &TlsCheck, name: &str, now: Time) -> Option<CertificateFault> {
        let fits = |n: &String| n.eq_ignore_ascii_case(name) || wildcard_fits(n, name);
        match (check, self) {
            (TlsCheck::Opportunistic, _) => None,
            (TlsCheck::Dane(dane), _) => {
                let own = Tlsa::of(&self.tlsa());
                (!dane.records.iter().any(|r| Some(r) == own.as_ref()))
                    .then_some(CertificateFault::NoTlsaFits)
            }
            (TlsCheck::Required, Certificate { trusted: false, .. }) => {
                Some(CertificateFault::Untrusted)
            }
            (TlsCheck::Required, Certificate { until, .. }) if *until < now => {
                Some(CertificateFault::Expired)
            }
            (TlsCheck::Required, Certificate { names, .. }) if !names.iter().any(fits) => {
                Some(CertificateFault::OtherName)
            }
            (TlsCheck::Required, _) => None,
        }
    }
}

// RFC 6125 §6.4.3: a wildcard stands for exactly one label, the leftmost.
fn wildcard_fits(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix("*."), name.split_once('.')) {
        (Some(parent), Some((_, rest))) => parent.eq_ignore_ascii_case(rest),
        _ => false,
    }
}

pub(crate) struct ModelledTls {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) certificate: Arc<Mutex<Option<Certificate>>>,
}

type Sealed = (Box<dyn Stream>, TlsInfo);

impl Tls for ModelledTls {
    fn accept(&self, mut stream: Box<dyn Stream>) -> BoxFuture<'static, io::Result<Sealed>> {
        let certificate = lock(&self.certificate).clone();
        Box::pin(async move {
            let asked = receive(stream.as_mut(), "ClientHello ").await?;
            let Some(certificate) = certificate else {
                send(stream.as_mut(), ALERT, "handshake_failure").await?;
                return Err(HandshakeFault::NoCertificate.into());
            };
            let Certificate {
                names,
                until,
                trusted,
            } = certificate;
            let shown = format!(
                "ServerHello {} {} {}",
                names.join(","),
                until.0,
                u8::from(trusted)
            );
            send(stream.as_mut(), HANDSHAKE, &shown).await?;
            receive(stream.as_mut(), "Finished").await?;
            Ok((stream, info(Some(asked).filter(|n| !n.is_empty()), false)))
        })
    }

    fn connect(
        &self,
        mut stream: Box<dyn Stream>,
        name: &str,
        check: TlsCheck,
    ) -> BoxFuture<'static, io::Result<Sealed>> {
        let (name, clock) = (name.to_owned(), self.clock.clone());
        Box::pin(async move {
            send(stream.as_mut(), HANDSHAKE, &format!("ClientHello {name}")).await?;
            let certificate = read_certificate(&receive(stream.as_mut(), "ServerHello ").await?)?;
            if let Some(fault) = certificate.rejection(&check, &name, clock.now()) {
                send(stream.as_mut(), ALERT, alert(fault)).await?;
                return Err(HandshakeFault::from(fault).into());
            }
            send(stream.as_mut(), HANDSHAKE, "Finished").await?;
            Ok((stream, info(Some(name), check.proves())))
        })
    }
}

fn info(server_name: Option<String>, verified: bool) -> TlsInfo {
    TlsInfo {
        version: VERSION.into(),
        cipher: CIPHER_MODELLED.into(),
        server_name,
        verified,
        exporter: None,
    }
}

fn read_certificate(text: &str) -> io::Result<Certificate> {
    let mut words = text.split(' ');
    let (Some(names), Some(until), Some(trusted)) = (
        words.next(),
        words.next().and_then(|w| w.parse().ok()),
        words.next(),
    ) else {
        return Err(HandshakeFault::from(CertificateFault::Unreadable).into());
    };
    Ok(Certificate {
        names: names.split(',').map(str::to_owned).collect(),
        until: Time(until),
        trusted: trusted == "1",
    })
}

// The alert that a client sends when it rejects a certificate (RFC 8446 §6.2).
fn alert(fault: CertificateFault) -> &'static str {
    match fault {
        CertificateFault::Expired | CertificateFault::NotYetValid => "certificate_expired",
        CertificateFault::Untrusted => "unknown_ca",
        CertificateFault::Revoked => "certificate_revoked",
        CertificateFault::Unreadable => "decode_error",
        CertificateFault::OtherName | CertificateFault::NoTlsaFits | CertificateFault::Unusable => {
            "bad_certificate"
        }
    }
}

async fn send(stream: &mut dyn Stream, kind: u8, text: &str) -> io::Result<()> {
    let length = u16::try_from(text.len().min(RECORD_BYTES_MAX))
        .unwrap_or(u16::MAX)
        .to_be_bytes();
    let mut record = vec![kind, 3, 3, length[0], length[1]];
    record.extend_from_slice(&text.as_bytes()[..text.len().min(RECORD_BYTES_MAX)]);
    stream.write_all(&record).await?;
    stream.flush().await
}

// Reads exactly one record, because later bytes belong to the session.
async fn receive(stream: &mut dyn Stream, opening: &str) -> io::Result<String> {
    let mut head = [0; 5];
    stream.read_exact(&mut head).await?;
    let length = usize::from(u16::from_be_bytes([head[3], head[4]]));
    if !matches!(head[0], ALERT | HANDSHAKE) || head[1] != 3 || length > RECORD_BYTES_MAX {
        return Err(HandshakeFault::NotTls.into());
    }
    let mut text = vec![0; length];
    stream.read_exact(&mut text).await?;
    let text = String::from_utf8(text).map_err(|_| HandshakeFault::NotTls)?;
    match (head[0], text.strip_prefix(opening)) {
        (HANDSHAKE, Some(rest)) => Ok(rest.to_owned()),
        (ALERT, _) => Err(HandshakeFault::Alert(text).into()),
        _ => Err(HandshakeFault::OutOfOrder.into()),
    }
}
