//! TLS by rustls with ring, and self-signed authorities and certificates for demonstrations.
//!
//! Failures: a failed handshake is an I/O error with a [`HandshakeFault`]; a certificate or key
//! that cannot be used is a [`TlsSetupError`] at start.

use super::verifier::{CertificateVerifier, Policy};
use crate::{BoxFuture, CertificateFault, Dane, HandshakeFault, Stream, Tls, TlsCheck};
use mail::session::TlsInfo;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::fmt;
use std::io;
use std::sync::Arc;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// A certificate or key that cannot be used or made, with the library's reason.
#[derive(Debug)]
pub enum TlsSetupError {
    /// The private key cannot be read.
    Key(pem::Error),
    /// A certificate cannot be read.
    Certificate(pem::Error),
    /// A file of certificates contains none.
    NoCertificate,
    /// The certificate and the key do not belong together, or are of an unsupported kind.
    CertificateAndKey(rustls::Error),
    /// A trusted authority cannot be used.
    TrustedAuthority(rustls::Error),
    /// The library supports none of the required protocol versions.
    Versions(rustls::Error),
    /// A key cannot be generated.
    NewKey(rcgen::Error),
    /// A new authority cannot be made.
    NewAuthority(rcgen::Error),
    /// The authority's key cannot be read.
    AuthorityKey(rcgen::Error),
    /// A name or address cannot stand in a certificate.
    Names(rcgen::Error),
    /// A new certificate cannot be signed.
    NewCertificate(rcgen::Error),
}

impl fmt::Display for TlsSetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use TlsSetupError as E;
        match self {
            E::Key(e) => write!(f, "the TLS key cannot be read: {e}"),
            E::Certificate(e) => write!(f, "the TLS certificate cannot be read: {e}"),
            E::NoCertificate => f.write_str("the file contains no TLS certificate"),
            E::CertificateAndKey(e) => write!(f, "the TLS certificate and key: {e}"),
            E::TrustedAuthority(e) => write!(f, "the trusted authority: {e}"),
            E::Versions(e) => write!(f, "TLS versions: {e}"),
            E::NewKey(e) => write!(f, "a new key: {e}"),
            E::NewAuthority(e) => write!(f, "a new authority: {e}"),
            E::AuthorityKey(e) => write!(f, "the authority's key: {e}"),
            E::Names(e) => write!(f, "the names of a certificate: {e}"),
            E::NewCertificate(e) => write!(f, "a new certificate: {e}"),
        }
    }
}

impl std::error::Error for TlsSetupError {}

/// The TLS configuration of a host: its certificate and trusted authorities.
pub struct RustTls {
    acceptor: TlsAcceptor,
    verifying: TlsConnector,
    opportunistic: TlsConnector,
    provider: Arc<CryptoProvider>,
}

impl RustTls {
    /// Loads a certificate chain and its key in PEM, and authorities to trust in addition to the
    /// public ones.
    ///
    /// # Errors
    /// The part that cannot be used, and why.
    pub fn new(
        chain_pem: &[u8],
        key_pem: &[u8],
        trusted_pem: Option<&[u8]>,
    ) -> Result<RustTls, TlsSetupError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let chain = certificates(chain_pem)?;
        let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(TlsSetupError::Key)?;
        let server = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(TlsSetupError::Versions)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(TlsSetupError::CertificateAndKey)?;
        let mut roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        if let Some(pem) = trusted_pem {
            for certificate in certificates(pem)? {
                roots
                    .add(certificate)
                    .map_err(TlsSetupError::TrustedAuthority)?;
            }
        }
        let client = || {
            ClientConfig::builder_with_provider(provider.clone())
                .with_safe_default_protocol_versions()
                .map_err(TlsSetupError::Versions)
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
    // A configuration per connection, since each host has its own records. Sessions are not
    // resumed.
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

// Replaces an error of rustls by its `HandshakeFault`; other errors are those of the connection.
fn classify(error: io::Error) -> io::Error {
    match error.get_ref().and_then(|e| e.downcast_ref()) {
        Some(error) => handshake_fault(error).into(),
        None => error,
    }
}

fn handshake_fault(error: &rustls::Error) -> HandshakeFault {
    use rustls::Error as E;
    match error {
        E::InvalidCertificate(rejected) => certificate_fault(rejected).into(),
        E::InvalidMessage(_) => HandshakeFault::NotTls,
        E::InappropriateMessage { .. } | E::InappropriateHandshakeMessage { .. } => {
            HandshakeFault::OutOfOrder
        }
        E::AlertReceived(alert) => HandshakeFault::Alert(alert_name(*alert)),
        E::PeerIncompatible(_) | E::NoApplicationProtocol => HandshakeFault::Incompatible,
        E::PeerMisbehaved(_)
        | E::NoCertificatesPresented
        | E::DecryptError
        | E::PeerSentOversizedRecord => HandshakeFault::Misbehaved,
        other => HandshakeFault::Other(other.to_string()),
    }
}

// TLS reports distinguish these (RFC 8460 §4.3).
fn certificate_fault(error: &rustls::CertificateError) -> CertificateFault {
    use rustls::CertificateError as E;
    match error {
        E::Expired | E::ExpiredContext { .. } => CertificateFault::Expired,
        E::NotValidYet | E::NotValidYetContext { .. } => CertificateFault::NotYetValid,
        E::NotValidForName | E::NotValidForNameContext { .. } => CertificateFault::OtherName,
        E::UnknownIssuer => CertificateFault::Untrusted,
        // Only `dane::verify` gives this error.
        E::ApplicationVerificationFailure => CertificateFault::NoTlsaFits,
        E::Revoked => CertificateFault::Revoked,
        E::BadEncoding => CertificateFault::Unreadable,
        _ => CertificateFault::Unusable,
    }
}

// The name of RFC 8446 §6, in its snake case: rustls writes `HandshakeFailure`.
fn alert_name(alert: rustls::AlertDescription) -> String {
    let mut name = String::new();
    for c in format!("{alert:?}").chars() {
        if c.is_ascii_uppercase() && !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsSetupError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let all = all.map_err(TlsSetupError::Certificate)?;
    if all.is_empty() {
        Err(TlsSetupError::NoCertificate)
    } else {
        Ok(all)
    }
}

// The `tls-exporter` channel binding (RFC 9266 §4.2): 32 bytes under this label with an empty
// context, in TLS 1.3 only.
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
            let stream = handshake.await.map_err(classify)?;
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
        let authenticated = check.proves();
        let connector = match check {
            TlsCheck::Required => Ok(self.verifying.clone()),
            TlsCheck::Opportunistic => Ok(self.opportunistic.clone()),
            TlsCheck::Dane(dane) => self.dane_connector(dane),
        };
        let name = name.to_owned();
        Box::pin(async move {
            let server = ServerName::try_from(name.clone())
                .map_err(|e| io::Error::new(io::ErrorKind::InvalidInput, e))?;
            let stream = connector?.connect(server, stream).await.map_err(classify)?;
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
pub fn make_authority(name: &str) -> Result<(String, String), TlsSetupError> {
    let key = KeyPair::generate().map_err(TlsSetupError::NewKey)?;
    let params = authority_params(name);
    let certificate = params
        .self_signed(&key)
        .map_err(TlsSetupError::NewAuthority)?;
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

/// Makes a certificate for these names and addresses, signed by the authority: chain and key in
/// PEM.
///
/// # Errors
/// Where a name or the authority cannot be used.
pub fn make_certificate(
    authority_name: &str,
    authority_pem: &str,
    authority_key_pem: &str,
    names: &[String],
) -> Result<(String, String), TlsSetupError> {
    let authority_key =
        KeyPair::from_pem(authority_key_pem).map_err(TlsSetupError::AuthorityKey)?;
    let issuer = Issuer::new(authority_params(authority_name), authority_key);
    let key = KeyPair::generate().map_err(TlsSetupError::NewKey)?;
    let mut params = CertificateParams::new(names.to_vec()).map_err(TlsSetupError::Names)?;
    params.distinguished_name.push(
        DnType::CommonName,
        names.first().map_or("glasspost", String::as_str),
    );
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    let certificate = params
        .signed_by(&key, &issuer)
        .map_err(TlsSetupError::NewCertificate)?;
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
