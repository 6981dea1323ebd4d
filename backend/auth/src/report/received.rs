//! Reads received reports: DMARC aggregate (RFC 9990), TLS (RFC 8460), abuse and authentication
//! failures (RFC 5965, RFC 6591). `mail_auth` parses them; this module detects them and limits how
//! much is decompressed.

use mail_auth::report::tlsrpt::TlsReport;
use mail_auth::report::{Feedback, Report};

/// The largest message that is read, and the largest decompressed report, in bytes.
pub const REPORT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// A report that could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    /// `dmarc`, `tls` or `arf`
    pub kind: &'static str,
    /// The domain that it is about, where given.
    pub about: String,
    /// The whole report as JSON.
    pub report: serde_json::Value,
}

/// Whether a message may contain a report, by its header; cheap enough for every message.
pub fn looks_like_one(head: &[u8]) -> bool {
    let text = |name: &str| {
        mime::header_text(head, name)
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let content_type = text("Content-Type");
    let typed = [
        "application/tlsrpt",
        "report-type=tlsrpt",
        "report-type=\"tlsrpt\"",
        "feedback-report",
    ];
    // RFC 9990 §3.5.1: "Report Domain: … Submitter: … Report-ID: …"; some senders prefix it.
    let named = text("Subject").contains("report domain:");
    let packed = [
        "application/gzip",
        "application/zip",
        "application/x-zip",
        "application/x-gzip",
    ];
    typed.iter().any(|t| content_type.contains(t))
        || named
        || packed.iter().any(|t| content_type.starts_with(t))
}

/// Reads the report in a message.
pub fn read(message: &[u8]) -> Option<Received> {
    if message.len() > REPORT_BYTES_MAX {
        return None;
    }
    if let Ok(report) = Report::parse_rfc5322(message, REPORT_BYTES_MAX) {
        let about = report.domain().to_owned();
        return Some(Received {
            kind: "dmarc",
            about,
            report: serde_json::to_value(report).ok()?,
        });
    }
    if let Ok(report) = TlsReport::parse_rfc5322(message, REPORT_BYTES_MAX) {
        let about = report
            .policies
            .first()
            .map(|p| p.policy.policy_domain.clone())
            .unwrap_or_default();
        return Some(Received {
            kind: "tls",
            about,
            report: serde_json::to_value(report).ok()?,
        });
    }
    let report = Feedback::parse_rfc5322(message).ok()?;
    let about = report
        .reported_domain
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    Some(Received {
        kind: "arf",
        about,
        report: serde_json::to_value(report).ok()?,
    })
}
