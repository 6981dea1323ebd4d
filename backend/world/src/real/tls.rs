//! TLS by rustls with ring, and self-signed authorities and certificates for demonstrations.
//!
//! Failures: a failed handshake is an I/O error, whose source is a [`CertificateFault`] where the
//! certificate was rejected; a certificate or key that cannot be used is a [`TlsError`] at start.

use super::verifier::{CertificateVerifier, Policy};
use crate::{BoxFuture, CertificateFault, Dane, Stream, Tls, TlsCheck};
use mail::session::TlsInfo;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::io;
use std::sync::Arc;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// A certificate or key that cannot be used. Displayed with the part and the library's reason.
#[derive(Debug)]
pub struct TlsError(pub String);

impl std::fmt::Display for TlsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TlsError {}

fn fault(what: &'static str) -> impl Fn(&dyn std::fmt::Display) -> TlsError {
    move |e| TlsError(format!("{what}: {e}"))
}

/// The TLS configuration of a host: its certificate and trusted authorities.
pub struct RustTls {
    acceptor: TlsAcceptor,
    verifying: TlsConnector,
    opportunistic: TlsConnector,
    provider: Arc<CryptoProvider>,
}

impl RustTls {
    /// Loads a certificate chain and its key in PEM, and authorities to trust in addition to the public
    /// ones.
    ///
    /// # Errors
    /// The part that cannot be used, and why.
    pub fn new(
        chain_pem: &[u8],
        key_pem: &[u8],
        trusted_pem: Option<&[u8]>,
    ) -> Result<RustTls, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let chain = certificates(chain_pem)?;
        let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|e| fault("the TLS key")(&e))?;
        let server = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|e| fault("TLS versions")(&e))?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|e| fault("the TLS certificate and key")(&e))?;
        let mut roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        if let Some(pem) = trusted_pem {
            for certificate in certificates(pem)? {
                roots
                    .add(certificate)
                    .map_err(|e| fault("the trusted authority")(&e))?;
            }
        }
        let client = || {
            ClientConfig::builder_with_provider(provider.clone())
                .with_safe_default_protocol_versions()
                .map_err(|e| fault("TLS versions")(&e))
        };
        let verifying = client()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let opportunistic = client()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(CertificateVerifier {
                provider: provider.clone(),
                policy: Policy::AcceptAny,
            }))
            .with_no_client_auth();
        Ok(RustTls {
            acceptor: Arc::new(server).into(),
            verifying: Arc::new(verifying).into(),
            opportunistic: Arc::new(opportunistic).into(),
            provider,
        })
    }
}

impl RustTls {
    // A configuration per connection, since each host has its own records. Sessions are not resumed.
    fn dane_connector(&self, dane: Arc<Dane>) -> io::Result<TlsConnector> {
        let verifier = CertificateVerifier {
            provider: self.provider.clone(),
            policy: Policy::Dane(dane),
        };
        let config = ClientConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(Arc::new(config).into())
    }
}

// Replaces a certificate error of rustls by a `CertificateFault`, which TLS reports distinguish (RFC
// 8460 §4.3).
fn classify(error: io::Error, dane: bool) -> io::Error {
    use rustls::CertificateError;
    let Some(rustls::Error::InvalidCertificate(rejected)) =
        error.get_ref().and_then(|e| e.downcast_ref())
    else {
        return error;
    };
    let fault = match rejected {
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => CertificateFault::Expired,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateFault::OtherName
        }
        CertificateError::ApplicationVerificationFailure if dane => CertificateFault::NoTlsaFits,
        CertificateError::UnknownIssuer => CertificateFault::Untrusted,
        _ => CertificateFault::Broken,
    };
    fault.into_io()
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let all = all.map_err(|e| fault("the TLS certificate")(&e))?;
    if all.is_empty() {
        Err(TlsError(
            "the TLS certificate: no certificate in the file".into(),
        ))
    } else {
        Ok(all)
    }
}

// The `tls-exporter` channel binding (RFC 9266 §4.2): 32 bytes under this label with an empty context,
// in TLS 1.3 only.
fn exporter<D>(connection: &rustls::ConnectionCommon<D>) -> Option<Vec<u8>> {
    let is_tls13 = connection.protocol_version() == Some(rustls::ProtocolVersion::TLSv1_3);
    let made = is_tls13.then(|| {
        connection.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(b""))
    });
    made.and_then(Result::ok)
        .map(|value: [u8; 32]| value.to_vec())
}

fn session_info(
    common: &rustls::CommonState,
    server_name: Option<String>,
    verified: bool,
) -> TlsInfo {
    let version = match common.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
        other => format!("{other:?}"),
    };
    let cipher = common
        .negotiated_cipher_suite()
        .map(|s| format!("{:?}", s.suite()))
        .unwrap_or_default();
    TlsInfo {
        version,
        cipher,
        server_name,
        verified,
        exporter: None,
    }
}

impl Tls for RustTls {
    fn accept(
        &self,
        stream: Box<dyn Stream>,
    ) -> BoxFuture<'static, io::Result<(Box<dyn Stream>, TlsInfo)>> {
        let handshake = self.acceptor.accept(stream);
        Box::pin(async move {
            let stream = handshake.await?;
            let state = stream.get_ref().1;
            let info = TlsInfo {
                exporter: exporter(state),
                ..session_info(state, state.server_name().map(str::to_owned), false)
            };
            Ok((Box::new(stream) as Box<dyn Stream>, info))
        })
    }

    fn connect(
        &self,
        stream: Box<dyn Stream>,
        name: &str,
        check: TlsCheck,
    ) -> BoxFuture<'static, io::Result<(Box<dyn Stream>, TlsInfo)>> {
        let (authenticated, dane) = (check.proves(), matches!(check, TlsCheck::Dane(_)));
        let connector = match check {
            TlsCheck::Required => Ok(self.verifying.clone()),
            TlsCheck::Opportunistic => Ok(self.opportunistic.clone()),
            TlsCheck::Dane(dane) => self.dane_connector(dane),
        };
        let name = name.to_owned();
        Box::pin(async move {
            let server = ServerName::try_from(name.clone())
                .map_err(|e| io::Error::new(io::ErrorKind::InvalidInput, e))?;
            let stream = connector?
                .connect(server, stream)
                .await
                .map_err(|e| classify(e, dane))?;
            let state = stream.get_ref().1;
            let info = TlsInfo {
                exporter: exporter(state),
                ..session_info(state, Some(name), authenticated)
            };
            Ok((Box::new(stream) as Box<dyn Stream>, info))
        })
    }
}

/// Makes an authority for a demonstration: its certificate and key in PEM.
///
/// # Errors
/// Where the library fails.
pub fn make_authority(name: &str) -> Result<(String, String), TlsError> {
    let key = KeyPair::generate().map_err(|e| fault("a new key")(&e))?;
    let params = authority_params(name);
    let certificate = params
        .self_signed(&key)
        .map_err(|e| fault("a new authority")(&e))?;
    Ok((certificate.pem(), key.serialize_pem()))
}

// The same name gives the same issuer, so that an authority that was made earlier can sign again.
fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// Makes a certificate for these names and addresses, signed by the authority: chain and key in PEM.
///
/// # Errors
/// Where a name or the authority cannot be used.
pub fn make_certificate(
    authority_name: &str,
    authority_pem: &str,
    authority_key_pem: &str,
    names: &[String],
) -> Result<(String, String), TlsError> {
    let authority_key =
        KeyPair::from_pem(authority_key_pem).map_err(|e| fault("the authority's key")(&e))?;
    let issuer = Issuer::new(authority_params(authority_name), authority_key);
    let key = KeyPair::generate().map_err(|e| fault("a new key")(&e))?;
    let mut params =
        CertificateParams::new(names.to_vec()).map_err(|e| fault("a certificate's names")(&e))?;
    params.distinguished_name.push(
        DnType::CommonName,
        names.first().map_or("glasspost", String::as_str),
    );
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    let certificate = params
        .signed_by(&key, &issuer)
        .map_err(|e| fault("a new certificate")(&e))?;
    Ok((
        format!("{}{authority_pem}", certificate.pem()),
        key.serialize_pem(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_certificate_is_trusted_only_by_clients_that_trust_its_authority() {
        let (ca, ca_key) = make_authority("test authority").unwrap();
        let (chain, key) =
            make_certificate("test authority", &ca, &ca_key, &["mail.a.test".into()]).unwrap();
        let trusting = RustTls::new(chain.as_bytes(), key.as_bytes(), Some(ca.as_bytes())).unwrap();
        let other = RustTls::new(chain.as_bytes(), key.as_bytes(), None).unwrap();
        for (client, name, check, good) in [
            (&trusting, "mail.a.test", TlsCheck::Required, true),
            (&trusting, "mail.b.test", TlsCheck::Required, false),
            (&other, "mail.a.test", TlsCheck::Required, false),
            (&other, "mail.b.test", TlsCheck::Opportunistic, true),
        ] {
            let (a, b) = tokio::io::duplex(4096);
            let (server, client) = tokio::join!(
                trusting.accept(Box::new(a)),
                client.connect(Box::new(b), name, check.clone())
            );
            assert_eq!(client.is_ok(), good, "{name} {check:?}");
            if let (Ok((_, server)), Ok((_, client))) = (server, client) {
                assert_eq!(
                    (server.server_name.as_deref(), client.version.as_str()),
                    (Some(name), "TLS 1.3")
                );
                assert!(
                    server.exporter.as_ref().is_some_and(|e| e.len() == 32)
                        && server.exporter == client.exporter
                );
            }
        }
    }
}
