//! Writes the Received field that each host puts on top of a message it accepts (RFC 5321 §4.4, RFC
//! 3848). Reading Received fields of other hosts is `mime`'s.

use mail::session::TlsInfo;
use mail::{Address, Time};
use std::fmt::Write;
use std::net::IpAddr;

/// How the message was received; determines the `with` keyword (RFC 3848, RFC 6531 §4.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransmissionType {
    /// With EHLO.
    pub extended: bool,
    /// In TLS.
    pub tls: bool,
    /// After AUTH.
    pub auth: bool,
    /// With SMTPUTF8.
    pub utf8: bool,
    /// By the webmail, without SMTP.
    pub web: bool,
}

impl TransmissionType {
    /// `ESMTPSA` and its variants.
    pub fn word(self) -> &'static str {
        match (self.web, self.utf8, self.extended, self.tls, self.auth) {
            (true, ..) => "HTTP",
            (_, true, _, false, false) => "UTF8SMTP",
            (_, true, _, true, false) => "UTF8SMTPS",
            (_, true, _, false, true) => "UTF8SMTPA",
            (_, true, _, true, true) => "UTF8SMTPSA",
            (_, _, false, false, false) => "SMTP",
            (_, _, _, false, false) => "ESMTP",
            (_, _, _, true, false) => "ESMTPS",
            (_, _, _, false, true) => "ESMTPA",
            (_, _, _, true, true) => "ESMTPSA",
        }
    }
}

/// The content of the field.
#[derive(Clone, Debug)]
pub struct Received<'a> {
    /// The client's HELO name; none for the webmail.
    pub from: Option<&'a str>,
    /// The client's address.
    pub address: Option<IpAddr>,
    /// This host.
    pub by: &'a str,
    /// How.
    pub with: TransmissionType,
    /// The TLS handshake, written as a comment.
    pub tls: Option<&'a TlsInfo>,
    /// The id of the message on this host.
    pub id: &'a str,
    /// The recipient, only where there is no other: recipients are not disclosed to each other (RFC
    /// 5321 §7.6).
    pub recipient: Option<&'a Address>,
    /// When.
    pub at: Time,
}

impl Received<'_> {
    /// `Time-stamp-line = "Received:" FWS From-domain FWS By-domain [Opt-info] ";" FWS date-time`
    /// with its CRLF, folded.
    pub fn to_field(&self) -> String {
        let mut out = String::with_capacity(256);
        out.push_str("Received: ");
        // Writing to a String cannot fail.
        if let Some(name) = self.from {
            let name = if is_plain_name(name) { name } else { "unknown" };
            let _ = write!(out, "from {name}");
            match self.address {
                Some(IpAddr::V4(a)) => {
                    let _ = write!(out, " ([{a}])");
                }
                Some(IpAddr::V6(a)) => {
                    let _ = write!(out, " ([IPv6:{a}])");
                }
                None => {}
            }
            out.push_str("\r\n\t");
        }
        let _ = write!(out, "by {} (Glasspost) with {}", self.by, self.with.word());
        if let Some(tls) = self.tls {
            let _ = write!(
                out,
                "\r\n\t({} {})",
                comment(&tls.version),
                comment(&tls.cipher)
            );
        }
        let _ = write!(out, "\r\n\tid {}", self.id);
        if let Some(address) = self
            .recipient
            .filter(|a| self.with.utf8 || !a.is_international())
        {
            let _ = write!(out, "\r\n\tfor <{address}>");
        }
        let _ = write!(out, ";\r\n\t{}\r\n", self.at.rfc5322());
        out
    }
}

// The HELO name is unverified input: only what looks like a name is written into a header.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
}

fn comment(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || " ._-".contains(*c))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(from: Option<&str>, with: TransmissionType) -> String {
        let recipient: Address = "bob@here.test".parse().unwrap();
        let tls = TlsInfo {
            version: "TLS 1.3".into(),
            cipher: "X(\r\n)Y".into(),
            server_name: None,
            verified: false,
            exporter: None,
        };
        let address = Some("192.0.2.1".parse().unwrap());
        let tls = with.tls.then_some(&tls);
        Received {
            from,
            address,
            by: "mx.here.test",
            with,
            tls,
            id: "01",
            recipient: Some(&recipient),
            at: Time(0),
        }
        .to_field()
    }

    #[test]
    fn tells_who_gave_the_message_and_how() {
        let with = TransmissionType {
            extended: true,
            tls: true,
            auth: true,
            ..TransmissionType::default()
        };
        assert_eq!(
            line(Some("c.test"), with),
            "Received: from c.test ([192.0.2.1])\r\n\tby mx.here.test (Glasspost) with ESMTPSA\r\n\t(TLS 1.3 XY)\r\n\tid 01\r\n\tfor <bob@here.test>;\r\n\tThu, 1 Jan 1970 00:00:00 +0000\r\n"
        );
        assert!(
            line(
                None,
                TransmissionType {
                    web: true,
                    ..TransmissionType::default()
                }
            )
            .starts_with("Received: by mx.here.test (Glasspost) with HTTP\r\n")
        );
        assert!(line(Some("c"), TransmissionType::default()).contains(" with SMTP\r\n"));
    }

    #[test]
    fn a_name_cannot_forge_a_header() {
        for bad in ["", "a b", "a(b", "a;b", "a\r\nX: y", "例子"] {
            assert!(
                line(Some(bad), TransmissionType::default())
                    .starts_with("Received: from unknown ([192.0.2.1])"),
                "{bad:?}"
            );
        }
    }
}
