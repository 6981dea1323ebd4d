//! TLS by rustls on ring, and the self-made authority and certificate of a demonstration.
//!
//! Failures: a handshake that fails is an I/O error for the driver, which ends the connection; a
//! certificate file that cannot be read is told at start with its path.

use super::dane::DaneVerifier;
use crate::{BoxFuture, CertificateFault, Dane, Stream, Tls, TlsCheck};
use mail::session::TlsInfo;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, ServerConfig, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use std::io;
use std::sync::Arc;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// What is wrong with a certificate or key.
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

/// Our certificate, and whom we trust.
pub struct RustTls {
    acceptor: TlsAcceptor,
    strict: TlsConnector,
    lax: TlsConnector,
    provider: Arc<CryptoProvider>,
}

impl RustTls {
    /// From a PEM chain, its PEM key, and further authorities to trust beside the public ones.
    ///
    /// # Errors
    /// A sentence that says which part cannot be used.
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
        let strict = client()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let lax = client()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider.clone())))
            .with_no_client_auth();
        Ok(RustTls {
            acceptor: Arc::new(server).into(),
            strict: Arc::new(strict).into(),
            lax: Arc::new(lax).into(),
            provider,
        })
    }
}

impl RustTls {
    // Each host has records of its own, so each connection has a configuration of its own; sessions
    // are not resumed.
    fn by_dane(&self, dane: Arc<Dane>) -> io::Result<TlsConnector> {
        let verifier = DaneVerifier {
            provider: self.provider.clone(),
            dane,
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

// Which fault of the certificate it was, where it was one: reports tell it apart (RFC 8460 §4.3).
fn certificate_fault(error: io::Error, dane: bool) -> io::Error {
    use rustls::CertificateError as Bad;
    let Some(rustls::Error::InvalidCertificate(bad)) =
        error.get_ref().and_then(|e| e.downcast_ref())
    else {
        return error;
    };
    let fault = match bad {
        Bad::Expired
        | Bad::ExpiredContext { .. }
        | Bad::NotValidYet
        | Bad::NotValidYetContext { .. } => CertificateFault::Expired,
        Bad::NotValidForName | Bad::NotValidForNameContext { .. } => CertificateFault::OtherName,
        Bad::ApplicationVerificationFailure if dane => CertificateFault::NoTlsaFits,
        Bad::UnknownIssuer => CertificateFault::Untrusted,
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

// RFC 9266 §4.2: 32 octets under this label, with an empty context; only where the version is 1.3.
fn exporter<D>(connection: &rustls::ConnectionCommon<D>) -> Option<Vec<u8>> {
    let modern = connection.protocol_version() == Some(rustls::ProtocolVersion::TLSv1_3);
    let made = modern.then(|| {
        connection.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(b""))
    });
    made.and_then(Result::ok)
        .map(|value: [u8; 32]| value.to_vec())
}

fn info(common: &rustls::CommonState, server_name: Option<String>, verified: bool) -> TlsInfo {
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
            let told = TlsInfo {
                exporter: exporter(state),
                ..info(state, state.server_name().map(str::to_owned), false)
            };
            Ok((Box::new(stream) as Box<dyn Stream>, told))
        })
    }

    fn connect(
        &self,
        stream: Box<dyn Stream>,
        name: &str,
        check: TlsCheck,
    ) -> BoxFuture<'static, io::Result<(Box<dyn Stream>, TlsInfo)>> {
        let (proves, dane) = (check.proves(), matches!(check, TlsCheck::Dane(_)));
        let connector = match check {
            TlsCheck::Required => Ok(self.strict.clone()),
            TlsCheck::Opportunistic => Ok(self.lax.clone()),
            TlsCheck::Dane(dane) => self.by_dane(dane),
        };
        let name = name.to_owned();
        Box::pin(async move {
            let server = ServerName::try_from(name.clone())
                .map_err(|e| io::Error::new(io::ErrorKind::InvalidInput, e))?;
            let stream = connector?
                .connect(server, stream)
                .await
                .map_err(|e| certificate_fault(e, dane))?;
            let state = stream.get_ref().1;
            let told = TlsInfo {
                exporter: exporter(state),
                ..info(state, Some(name), proves)
            };
            Ok((Box::new(stream) as Box<dyn Stream>, told))
        })
    }
}

// Opportunistic TLS takes any certificate (RFC 7435 §3), but the peer must hold its key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// A new authority for a demonstration: its certificate and key as PEM.
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

// The same name gives the same issuer, so that an authority made earlier can sign again.
fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// A certificate for these names (and `localhost`, 127.0.0.1, ::1 where they are among them),
/// signed by the authority: chain and key as PEM.
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
    async fn a_made_certificate_is_trusted_by_who_trusts_its_authority_and_by_nobody_else() {
        let (ca, ca_key) = make_authority("test authority").unwrap();
        let (chain, key) =
            make_certificate("test authority", &ca, &ca_key, &["mail.a.test".into()]).unwrap();
        let ours = RustTls::new(chain.as_bytes(), key.as_bytes(), Some(ca.as_bytes())).unwrap();
        let stranger = RustTls::new(chain.as_bytes(), key.as_bytes(), None).unwrap();
        for (client, name, check, good) in [
            (&ours, "mail.a.test", TlsCheck::Required, true),
            (&ours, "mail.b.test", TlsCheck::Required, false),
            (&stranger, "mail.a.test", TlsCheck::Required, false),
            (&stranger, "mail.b.test", TlsCheck::Opportunistic, true),
        ] {
            let (a, b) = tokio::io::duplex(4096);
            let (server, client) = tokio::join!(
                ours.accept(Box::new(a)),
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
