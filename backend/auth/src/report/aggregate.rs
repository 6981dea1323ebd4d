//! Writes the aggregate report of a day for one domain (RFC 9990), and checks that the addresses in
//! the domain's record accept it.

use super::tally::DomainTally;
use crate::dkim::tags::to_base64;
use crate::dmarc::{Alignment, DmarcRecord, organizational, walk};
use crate::dns::{DnsLookups, to_ascii};
use flate2::Compression;
use flate2::write::GzEncoder;
use mail::Time;
use std::fmt::Write as _;
use std::io::Write as _;

/// The host that reports.
#[derive(Clone, Debug)]
pub struct Submitter {
    /// This host's name.
    pub host: String,
    /// The contact address.
    pub email: String,
}

/// A report and its recipients.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// The domain that published the record.
    pub domain: String,
    /// Its Report-ID, unique for this host.
    pub id: String,
    /// The first and the last second of the day.
    pub period: (Time, Time),
    /// The addresses that accept it.
    pub addresses: Vec<String>,
    /// The XML.
    pub xml: String,
}

const DAY_SECS: i64 = 86_400;

impl Aggregate {
    /// The report of a day; none where no address accepts it.
    pub async fn new(
        dns: &mut DnsLookups<'_>,
        by: &Submitter,
        domain: &str,
        day: u32,
        tally: &DomainTally,
    ) -> Option<Aggregate> {
        let record = DmarcRecord::parse(&tally.record)?;
        let addresses = willing(dns, domain, &record).await;
        if addresses.is_empty() || tally.rows.is_empty() {
            return None;
        }
        let begin = Time::from_secs(i64::from(day) * DAY_SECS);
        let period = (begin, Time::from_secs((i64::from(day) + 1) * DAY_SECS - 1));
        let id = format!("{day}.{domain}");
        let xml = write(by, domain, &id, period, &record, tally);
        Some(Aggregate {
            domain: domain.to_owned(),
            id,
            period,
            addresses,
            xml,
        })
    }

    /// The message with the report (RFC 9990 §3.5).
    pub fn message(&self, by: &Submitter, now: Time) -> Vec<u8> {
        let Aggregate {
            domain,
            id,
            period: (begin, end),
            addresses,
            xml,
        } = self;
        let host = &by.host;
        let file = format!("{host}!{domain}!{}!{}.xml.gz", begin.secs(), end.secs());
        let packed = gzip(xml.as_bytes());
        let lines: Vec<String> = to_base64(&packed)
            .as_bytes()
            .chunks(76)
            .map(|c| String::from_utf8_lossy(c).into_owned())
            .collect();
        let boundary = format!(
            "report-{:016x}",
            begin.secs().unsigned_abs() ^ packed.len() as u64
        );
        let to = addresses
            .iter()
            .map(|a| format!("<{a}>"))
            .collect::<Vec<_>>()
            .join(",\r\n\t");
        format!(
            "From: DMARC reports <{email}>\r\nTo: {to}\r\nSubject: Report Domain: {domain}\r\n\tSubmitter: {host}\r\n\tReport-ID: <{id}>\r\n\
             Date: {date}\r\nMessage-ID: <dmarc.{id}@{host}>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n\
             --{boundary}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\
             This is the DMARC aggregate report (RFC 9990) of {host}\r\nabout mail that claimed to come from {domain}.\r\n\r\n\
             --{boundary}\r\nContent-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment;\r\n\tfilename=\"{file}\"\r\n\r\n{body}\r\n--{boundary}--\r\n",
            email = by.email,
            date = now.rfc5322(),
            body = lines.join("\r\n"),
        )
        .into_bytes()
    }
}

// RFC 9990 §4: a domain outside of the organization must publish that it accepts reports about this
// domain.
async fn willing(dns: &mut DnsLookups<'_>, domain: &str, record: &DmarcRecord) -> Vec<String> {
    let mut addresses = Vec::new();
    for report in &record.aggregate {
        let Some((_, host)) = report.address.rsplit_once('@') else {
            continue;
        };
        let host = to_ascii(host);
        let good =
            report.address.is_ascii() && !report.address.contains(['<', '>', ',', '\r', '\n', '"']);
        if good
            && (host == domain
                || same_organization(dns, domain, &host).await
                || says_so(dns, domain, &host).await)
        {
            addresses.push(report.address.clone());
        }
    }
    addresses
}

async fn same_organization(dns: &mut DnsLookups<'_>, one: &str, other: &str) -> bool {
    match (walk(dns, one).await, walk(dns, other).await) {
        (Ok(one), Ok(other)) => organizational(&one) == organizational(&other),
        _ => false,
    }
}

async fn says_so(dns: &mut DnsLookups<'_>, domain: &str, host: &str) -> bool {
    let texts = dns
        .texts(&format!("{domain}._report._dmarc.{host}"))
        .await
        .unwrap_or_default();
    texts.iter().any(|t| {
        t.split(';')
            .next()
            .is_some_and(|v| v.split_whitespace().collect::<String>() == "v=DMARC1")
    })
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to a vector does not fail.
    let _ = packer.write_all(bytes);
    packer.finish().unwrap_or_default()
}

// The form of RFC 9990 §3.1 and its schema (appendix A).
fn write(
    by: &Submitter,
    domain: &str,
    id: &str,
    period: (Time, Time),
    record: &DmarcRecord,
    tally: &DomainTally,
) -> String {
    let alignment = |a: Alignment| if a == Alignment::Strict { "s" } else { "r" };
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">\n<version>1.0</version>\n",
    );
    let _ = write!(
        xml,
        "<report_metadata>\n<org_name>{host}</org_name>\n<email>{email}</email>\n<report_id>{id}</report_id>\n\
         <date_range><begin>{}</begin><end>{}</end></date_range>\n<generator>Glasspost</generator>\n</report_metadata>\n",
        period.0.secs(),
        period.1.secs(),
        host = escaped(&by.host),
        email = escaped(&by.email),
        id = escaped(id),
    );
    let _ = write!(
        xml,
        "<policy_published>\n<domain>{}</domain>\n<discovery_method>treewalk</discovery_method>\n<p>{}</p>\n<sp>{}</sp>\n<np>{}</np>\n\
         <fo>{}</fo>\n<adkim>{}</adkim>\n<aspf>{}</aspf>\n<testing>{}</testing>\n</policy_published>\n",
        escaped(domain),
        record.policy,
        record.subdomains,
        record.nonexistent,
        escaped(&record.failure_options),
        alignment(record.dkim),
        alignment(record.spf),
        if record.testing { "y" } else { "n" },
    );
    for (row, count) in &tally.rows {
        let result = |aligned: bool| if aligned { "pass" } else { "fail" };
        let reason = row
            .reason
            .as_ref()
            .map(|r| format!("<reason><type>{}</type></reason>\n", escaped(r)))
            .unwrap_or_default();
        let _ = write!(
            xml,
            "<record>\n<row>\n<source_ip>{}</source_ip>\n<count>{count}</count>\n<policy_evaluated>\n<disposition>{}</disposition>\n\
             <dkim>{}</dkim>\n<spf>{}</spf>\n{reason}</policy_evaluated>\n</row>\n<identifiers>\n<header_from>{}</header_from>\n\
             <envelope_from>{}</envelope_from>\n</identifiers>\n<auth_results>\n",
            row.ip,
            escaped(&row.disposition),
            result(row.dkim_aligned),
            result(row.spf_aligned),
            escaped(&row.header_from),
            escaped(&row.envelope_from),
        );
        for (signer, selector, verdict) in &row.dkim {
            let _ = writeln!(
                xml,
                "<dkim><domain>{}</domain><selector>{}</selector><result>{}</result></dkim>",
                escaped(signer),
                escaped(selector),
                escaped(verdict)
            );
        }
        if let Some((sender, verdict)) = &row.spf {
            let scope = if row.envelope_from.is_empty() {
                "helo"
            } else {
                "mfrom"
            };
            let _ = writeln!(
                xml,
                "<spf><domain>{}</domain><scope>{scope}</scope><result>{}</result></spf>",
                escaped(sender),
                escaped(verdict)
            );
        }
        xml.push_str("</auth_results>\n</record>\n");
    }
    xml.push_str("</feedback>\n");
    xml
}

// Text from messages must not break the XML, which may not contain control characters.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push('?'),
            c => out.push(c),
        }
    }
    out
}
