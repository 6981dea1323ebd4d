//! DNS through the system's or named servers. Caching, time limits and several servers are the library's work.

use crate::{BoxFuture, Resolver};
use hickory_proto::rr::{RData, RecordType as Wire};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use mail::Domain;
use mail::dns::{Answer, Failure, Question, Record, RecordType};
use std::net::SocketAddr;

/// A resolver of the system.
pub struct SystemDns(TokioResolver);

impl SystemDns {
    /// The servers that the system names (`/etc/resolv.conf`).
    ///
    /// # Errors
    /// Where the system's configuration cannot be read.
    pub fn system() -> Result<SystemDns, String> {
        let builder = TokioResolver::builder_tokio().map_err(|e| e.to_string())?;
        builder.build().map(SystemDns).map_err(|e| e.to_string())
    }

    /// These servers.
    ///
    /// # Errors
    /// Where the list is empty or the library refuses it.
    pub fn servers(servers: &[SocketAddr]) -> Result<SystemDns, String> {
        if servers.is_empty() {
            return Err("no name server is named".into());
        }
        let named = servers.iter().map(|s| {
            let mut config = NameServerConfig::udp_and_tcp(s.ip());
            for connection in &mut config.connections {
                connection.port = s.port();
            }
            config
        });
        let config = ResolverConfig::from_parts(None, Vec::new(), named.collect::<Vec<_>>());
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        builder.build().map(SystemDns).map_err(|e| e.to_string())
    }
}

impl Resolver for SystemDns {
    fn ask(&self, question: Question) -> BoxFuture<'_, Result<Answer, Failure>> {
        Box::pin(async move {
            let name = format!("{}.", question.name);
            match self.0.lookup(name, wire_type(question.record)).await {
                Ok(found) => {
                    let answers = found.answers();
                    let fitting: Vec<_> = answers.iter().filter(|r| r.record_type() == wire_type(question.record)).collect();
                    Ok(Answer {
                        records: fitting.iter().filter_map(|r| record(&r.data)).collect(),
                        ttl_secs: fitting.iter().map(|r| r.ttl).min().unwrap_or(60),
                        secure: false,
                    })
                }
                Err(NetError::Dns(DnsError::NoRecordsFound(none))) if none.response_code == hickory_proto::op::ResponseCode::NXDomain => {
                    Err(Failure::NoSuchName)
                }
                Err(NetError::Dns(DnsError::NoRecordsFound(none))) if none.response_code == hickory_proto::op::ResponseCode::NoError => {
                    Ok(Answer { records: Vec::new(), ttl_secs: none.negative_ttl.unwrap_or(60), secure: false })
                }
                Err(NetError::Timeout) => Err(Failure::Timeout),
                Err(_) => Err(Failure::ServerFailure),
            }
        })
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

// A record whose names no mail host can have is left out, as if it were not there.
fn record(data: &RData) -> Option<Record> {
    Some(match data {
        RData::A(a) => Record::A(a.0),
        RData::AAAA(a) => Record::Aaaa(a.0),
        RData::MX(mx) if mx.exchange.is_root() => Record::Mx(mx.preference, None),
        RData::MX(mx) => Record::Mx(mx.preference, Some(domain(&mx.exchange)?)),
        RData::TXT(txt) => {
            let bytes: Vec<u8> = txt.txt_data.iter().flat_map(|s| s.iter().copied()).collect();
            Record::Txt(String::from_utf8_lossy(&bytes).into_owned())
        }
        RData::PTR(name) => Record::Ptr(domain(&name.0)?),
        RData::CNAME(name) => Record::Cname(domain(&name.0)?),
        RData::NS(name) => Record::Ns(domain(&name.0)?),
        RData::SRV(srv) => Record::Srv(srv.priority, srv.weight, srv.port, domain(&srv.target)?),
        RData::TLSA(t) => Record::Tlsa(t.cert_usage.into(), t.selector.into(), t.matching.into(), t.cert_data.clone()),
        _ => return None,
    })
}
