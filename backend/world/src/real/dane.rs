//! Verifies a certificate chain by TLSA records (DANE, RFC 6698 and RFC 7672). Trusted authorities
//! do not count. The caller must have validated the records by DNSSEC.

use crate::tls::{Dane, Tlsa, TlsaMatching, TlsaSelector, TlsaUsage};
use ring::digest;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::sync::Arc;

/// Verifies a chain by the records of its host.
///
/// # Errors
/// `ApplicationVerificationFailure` where no record matches; the error of the chain where a DANE-TA
/// record matches an authority in it.
pub(super) fn verify(
    dane: &Dane,
    provider: &Arc<CryptoProvider>,
    end_entity: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    now: UnixTime,
) -> Result<ServerCertVerified, rustls::Error> {
    let mut error =
        rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure);
    for record in &dane.records {
        match record.usage {
            // RFC 7672 §3.1.1: neither names nor dates are checked; DNS says which key is valid,
            // and until when.
            TlsaUsage::DaneEe if matches(record, end_entity) => {
                return Ok(ServerCertVerified::assertion());
            }
            TlsaUsage::DaneEe => {}
            TlsaUsage::DaneTa => {
                for authority in intermediates.iter().filter(|c| matches(record, c)) {
                    match verify_chain(dane, provider, authority, end_entity, intermediates, now) {
                        Ok(verified) => return Ok(verified),
                        Err(rejected) => error = rejected,
                    }
                }
            }
        }
    }
    Err(error)
}

// RFC 7672 §3.1.2: with an authority that matches a record, the rest of the chain, the dates and
// the name are checked as usual.
fn verify_chain(
    dane: &Dane,
    provider: &Arc<CryptoProvider>,
    authority: &CertificateDer<'_>,
    end_entity: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    now: UnixTime,
) -> Result<ServerCertVerified, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.clone().into_owned())?;
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|e| rustls::Error::General(e.to_string()))?;
    let mut error = rustls::Error::InvalidCertificate(CertificateError::NotValidForName);
    for name in &dane.names {
        let Ok(name) = ServerName::try_from(name.as_str()) else {
            continue;
        };
        match verifier.verify_server_cert(end_entity, intermediates, &name, &[], now) {
            Ok(verified) => return Ok(verified),
            Err(rejected) => error = rejected,
        }
    }
    Err(error)
}

fn matches(record: &Tlsa, certificate: &CertificateDer<'_>) -> bool {
    let selected = match record.selector {
        TlsaSelector::Cert => certificate.as_ref().to_vec(),
        TlsaSelector::Spki => match ParsedCertificate::try_from(certificate) {
            Ok(parsed) => parsed.subject_public_key_info().as_ref().to_vec(),
            Err(_) => return false,
        },
    };
    match record.matching {
        TlsaMatching::Full => selected == record.data,
        TlsaMatching::Sha256 => digest::digest(&digest::SHA256, &selected).as_ref() == record.data,
        TlsaMatching::Sha512 => digest::digest(&digest::SHA512, &selected).as_ref() == record.data,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{RustTls, make_authority, make_certificate};
    use super::*;
    use crate::{CertificateFault, Tls, TlsCheck};
    use mail::dns::Record;
    use rustls_pki_types::pem::PemObject;

    struct Host {
        tls: RustTls,
        chain: Vec<CertificateDer<'static>>,
    }

    fn host(name: &str) -> Host {
        let (ca, ca_key) = make_authority("an authority").unwrap();
        let (chain, key) =
            make_certificate("an authority", &ca, &ca_key, &[name.to_owned()]).unwrap();
        let tls = RustTls::new(chain.as_bytes(), key.as_bytes(), None).unwrap();
        Host {
            tls,
            chain: CertificateDer::pem_slice_iter(chain.as_bytes())
                .map(Result::unwrap)
                .collect(),
        }
    }

    fn record(usage: u8, selector: u8, matching: u8, certificate: &CertificateDer<'_>) -> Tlsa {
        let selected = match selector {
            0 => certificate.as_ref().to_vec(),
            _ => ParsedCertificate::try_from(certificate)
                .unwrap()
                .subject_public_key_info()
                .as_ref()
                .to_vec(),
        };
        let data = match matching {
            0 => selected,
            1 => digest::digest(&digest::SHA256, &selected).as_ref().to_vec(),
            _ => digest::digest(&digest::SHA512, &selected).as_ref().to_vec(),
        };
        Tlsa::of(&Record::Tlsa(usage, selector, matching, data)).unwrap()
    }

    async fn check(
        host: &Host,
        records: Vec<Tlsa>,
        names: &[&str],
        expected: Result<(), CertificateFault>,
    ) {
        let shown = format!("{records:?} {names:?}");
        let dane = Dane {
            records,
            names: names.iter().map(|n| (*n).to_owned()).collect(),
        };
        let (a, b) = tokio::io::duplex(8192);
        let connect = host
            .tls
            .connect(Box::new(b), "mx.b.test", TlsCheck::Dane(Arc::new(dane)));
        let (_, client) = tokio::join!(host.tls.accept(Box::new(a)), connect);
        let got = client
            .map(|(_, info)| assert!(info.verified))
            .map_err(|e| CertificateFault::of(&e).unwrap_or(CertificateFault::Unusable));
        assert_eq!(got, expected, "{shown}");
    }

    #[tokio::test]
    async fn matches_the_hosts_own_certificate_or_key_whatever_its_name() {
        let (host, other) = (host("mx.b.test"), host("mx.b.test"));
        for (selector, matching) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)] {
            check(
                &host,
                vec![record(3, selector, matching, &host.chain[0])],
                &["elsewhere.test"],
                Ok(()),
            )
            .await;
            check(
                &host,
                vec![record(3, selector, matching, &other.chain[0])],
                &["mx.b.test"],
                Err(CertificateFault::NoTlsaFits),
            )
            .await;
        }
        // During a key rollover both keys have records.
        check(
            &host,
            vec![
                record(3, 1, 1, &other.chain[0]),
                record(3, 1, 1, &host.chain[0]),
            ],
            &["mx.b.test"],
            Ok(()),
        )
        .await;
    }

    #[tokio::test]
    async fn an_authority_is_accepted_for_the_right_name_only() {
        let (host, other) = (host("mx.b.test"), host("mx.b.test"));
        check(
            &host,
            vec![record(2, 1, 1, &host.chain[1])],
            &["mx.b.test", "b.test"],
            Ok(()),
        )
        .await;
        check(
            &host,
            vec![record(2, 0, 1, &host.chain[1])],
            &["b.test"],
            Err(CertificateFault::OtherName),
        )
        .await;
        check(
            &host,
            vec![record(2, 0, 1, &other.chain[1])],
            &["mx.b.test"],
            Err(CertificateFault::NoTlsaFits),
        )
        .await;
        // The host's own certificate is not an authority.
        check(
            &host,
            vec![record(2, 1, 1, &host.chain[0])],
            &["mx.b.test"],
            Err(CertificateFault::NoTlsaFits),
        )
        .await;
    }
}
