//! DNS through the system's or configured servers. The library caches and retries; this module sets
//! its limits and tells whether an answer was validated.
//!
//! Answers are validated by DNSSEC (RFC 4035) where the servers return signatures, which is tested
//! once with a question for the root; otherwise no answer is secure. A configured trust anchor is
//! always used.
//!
//! Failures: no answer within [`ANSWER_MAX`] is a timeout; an answer with invalid signatures is a
//! server failure (RFC 4035 §5.5).

use crate::{BoxFuture, Resolver};
use hickory_proto::dnssec::Proof;
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{RData, Record as WireRecord, RecordType as Wire};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use mail::Domain;
use mail::dns::{Answer, Failure, Question, Record, RecordType};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

/// The longest time for one question.
pub const ANSWER_MAX: Duration = Duration::from_secs(12);
// The longest time for one attempt.
const SERVER_MAX: Duration = Duration::from_secs(4);
// Further attempts per question.
const RETRIES: usize = 2;
// The most cached answers, each until its TTL expires (negative ones: RFC 2308).
const CACHE_ANSWERS: u64 = 16_384;
// The longest TTL that is honoured.
const KEPT_MAX: Duration = Duration::from_secs(86_400);
// The longest TTL of a negative answer that is honoured.
const KEPT_NO_MAX: Duration = Duration::from_secs(3600);

/// Whether answers are validated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Dnssec {
    /// Where the servers return signatures.
    #[default]
    Auto,
    /// Never: no answer is secure.
    Off,
    /// Always, with the trust anchors in this file.
    Anchor(PathBuf),
}

/// A resolver that asks the system's or configured servers.
pub struct SystemDns {
    plain: TokioResolver,
    validating: Option<TokioResolver>,
    /// Whether the servers return signatures; tested once.
    can_validate: OnceCell<bool>,
}

impl SystemDns {
    /// Asks the system's servers (`/etc/resolv.conf`).
    ///
    /// # Errors
    /// Where the system's configuration cannot be read.
    pub fn system(dnssec: &Dnssec) -> Result<SystemDns, String> {
        let (config, options) =
            hickory_resolver::system_conf::read_system_conf().map_err(|e| e.to_string())?;
        SystemDns::new(&config, options, dnssec)
    }

    /// Asks these servers.
    ///
    /// # Errors
    /// Where the list is empty or the library refuses it.
    pub fn servers(servers: &[SocketAddr], dnssec: &Dnssec) -> Result<SystemDns, String> {
        if servers.is_empty() {
            return Err("no name server is configured".into());
        }
        let named = servers.iter().map(|s| {
            let mut config = NameServerConfig::udp_and_tcp(s.ip());
            for connection in &mut config.connections {
                connection.port = s.port();
            }
            config
        });
        let config = ResolverConfig::from_parts(None, Vec::new(), named.collect::<Vec<_>>());
        SystemDns::new(&config, ResolverOpts::default(), dnssec)
    }

    fn new(
        config: &ResolverConfig,
        options: ResolverOpts,
        dnssec: &Dnssec,
    ) -> Result<SystemDns, String> {
        let plain = build(config, options.clone(), None)?;
        let (validating, can_validate) = match dnssec {
            Dnssec::Off => (None, OnceCell::new()),
            Dnssec::Auto => (Some(build(config, options, Some(None))?), OnceCell::new()),
            // A configured trust anchor is always used.
            Dnssec::Anchor(file) => (
                Some(build(config, options, Some(Some(file)))?),
                OnceCell::new_with(Some(true)),
            ),
        };
        Ok(SystemDns {
            plain,
            validating,
            can_validate,
        })
    }

    // The validating resolver where it can validate the root, otherwise the plain one.
    async fn resolver(&self) -> &TokioResolver {
        let Some(validating) = &self.validating else {
            return &self.plain;
        };
        let can_validate = self.can_validate.get_or_init(|| async {
            let root = tokio::time::timeout(ANSWER_MAX, validating.lookup(".", Wire::NS)).await;
            let able = matches!(&root, Ok(Ok(found)) if is_secure(found.answers().iter()));
            tracing::info!(
                able,
                "DNSSEC: {}",
                if able {
                    "answers are validated"
                } else {
                    "the name servers return no signatures"
                }
            );
            able
        });
        if *can_validate.await {
            validating
        } else {
            &self.plain
        }
    }
}

fn build(
    config: &ResolverConfig,
    mut options: ResolverOpts,
    validate: Option<Option<&Path>>,
) -> Result<TokioResolver, String> {
    options.timeout = SERVER_MAX;
    options.attempts = RETRIES;
    options.cache_size = CACHE_ANSWERS;
    options.positive_max_ttl = Some(KEPT_MAX);
    options.negative_max_ttl = Some(KEPT_NO_MAX);
    options.edns0 = true;
    // Keys and policies may exceed a datagram (RFC 7766).
    options.try_tcp_on_error = true;
    options.validate = validate.is_some();
    let mut builder =
        TokioResolver::builder_with_config(config.clone(), TokioRuntimeProvider::default())
            .with_tls_config(tls()?);
    if let Some(Some(file)) = validate {
        let anchors = hickory_proto::dnssec::TrustAnchors::from_file(file)
            .map_err(|e| format!("{}: {e}", file.display()))?;
        builder = builder.with_trust_anchor(Arc::new(anchors));
    }
    builder
        .with_options(options)
        .build()
        .map_err(|e| e.to_string())
}

// For DNS over TLS, which the system's configuration may request. Without it the library would load
// the system's certificate store.
fn tls() -> Result<rustls::ClientConfig, String> {
    let roots = rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn is_secure<'a>(records: impl Iterator<Item = &'a WireRecord>) -> bool {
    let mut some = false;
    for record in records {
        some = true;
        if record.proof != Proof::Secure {
            return false;
        }
    }
    some
}

impl Resolver for SystemDns {
    fn ask(&self, question: Question) -> BoxFuture<'_, Result<Answer, Failure>> {
        Box::pin(async move {
            let name = format!("{}.", question.name);
            let resolver = self.resolver().await;
            match tokio::time::timeout(
                ANSWER_MAX,
                resolver.lookup(name, wire_type(question.record)),
            )
            .await
            {
                Ok(Ok(found)) => Ok(answer(&found, question.record)),
                Ok(Err(NetError::Dns(DnsError::NoRecordsFound(none)))) => {
                    match none.response_code {
                        ResponseCode::NXDomain => Err(Failure::NoSuchName),
                        ResponseCode::NoError => Ok(Answer {
                            records: Vec::new(),
                            ttl_secs: none.negative_ttl.unwrap_or(60),
                            secure: false,
                        }),
                        _ => Err(Failure::ServerFailure),
                    }
                }
                // A signed denial of existence (RFC 4035 §5.4), or an unsigned zone.
                Ok(Err(NetError::Dns(DnsError::Nsec {
                    response, proof, ..
                }))) if proof != Proof::Bogus => match response.response_code {
                    ResponseCode::NXDomain => Err(Failure::NoSuchName),
                    ResponseCode::NoError => Ok(Answer {
                        records: Vec::new(),
                        ttl_secs: 60,
                        secure: proof == Proof::Secure,
                    }),
                    _ => Err(Failure::ServerFailure),
                },
                Err(_) | Ok(Err(NetError::Timeout)) => Err(Failure::Timeout),
                Ok(Err(_)) => Err(Failure::ServerFailure),
            }
        })
    }
}

fn answer(found: &Lookup, record: RecordType) -> Answer {
    let matching: Vec<_> = found
        .answers()
        .iter()
        .filter(|r| r.record_type() == wire_type(record))
        .collect();
    Answer {
        records: matching
            .iter()
            .filter_map(|r| self::record(&r.data))
            .collect(),
        ttl_secs: matching.iter().map(|r| r.ttl).min().unwrap_or(60),
        // CNAME records that led there must be secure as well.
        secure: !matching.is_empty()
            && is_secure(
                found
                    .answers()
                    .iter()
                    .filter(|r| r.record_type() != Wire::RRSIG),
            ),
    }
}

fn wire_type(record: RecordType) -> Wire {
    match record {
        RecordType::A => Wire::A,
        RecordType::Aaaa => Wire::AAAA,
        RecordType::Mx => Wire::MX,
        RecordType::Txt => Wire::TXT,
        RecordType::Ptr => Wire::PTR,
        RecordType::Cname => Wire::CNAME,
        RecordType::Tlsa => Wire::TLSA,
        RecordType::Srv => Wire::SRV,
        RecordType::Ns => Wire::NS,
    }
}

fn domain(name: &hickory_proto::rr::Name) -> Option<Domain> {
    Domain::new(name.to_string().trim_end_matches('.')).ok()
}

// `None` for a record with a name that is not a valid host name: it is ignored.
fn record(data: &RData) -> Option<Record> {
    Some(match data {
        RData::A(a) => Record::A(a.0),
        RData::AAAA(a) => Record::Aaaa(a.0),
        RData::MX(mx) if mx.exchange.is_root() => Record::Mx(mx.preference, None),
        RData::MX(mx) => Record::Mx(mx.preference, Some(domain(&mx.exchange)?)),
        RData::TXT(txt) => {
            let bytes: Vec<u8> = txt
                .txt_data
                .iter()
                .flat_map(|s| s.iter().copied())
                .collect();
            Record::Txt(String::from_utf8_lossy(&bytes).into_owned())
        }
        RData::PTR(name) => Record::Ptr(domain(&name.0)?),
        RData::CNAME(name) => Record::Cname(domain(&name.0)?),
        RData::NS(name) => Record::Ns(domain(&name.0)?),
        RData::SRV(srv) => Record::Srv(srv.priority, srv.weight, srv.port, domain(&srv.target)?),
        RData::TLSA(t) => Record::Tlsa(
            t.cert_usage.into(),
            t.selector.into(),
            t.matching.into(),
            t.cert_data.clone(),
        ),
        _ => return None,
    })
}
