//! Reads the capabilities in the reply to EHLO (RFC 5321 §4.1.1.1). Unknown keywords are ignored.

use super::interface::Capabilities;
use mail::Reply;
use sasl::Mechanism;

impl Capabilities {
    /// `ehlo-line = ehlo-keyword *( SP ehlo-param )`, from the second line on.
    pub(super) fn read(reply: &Reply, in_tls: bool, verified: bool) -> Capabilities {
        let mut capabilities = Capabilities {
            extended: true,
            in_tls,
            verified,
            ..Capabilities::default()
        };
        for line in reply.lines.iter().skip(1) {
            let mut words = line.split_ascii_whitespace();
            match words
                .next()
                .unwrap_or_default()
                .to_ascii_uppercase()
                .as_str()
            {
                "PIPELINING" => capabilities.pipelining = true,
                "STARTTLS" => capabilities.starttls = !in_tls,
                "8BITMIME" => capabilities.eight_bit = true,
                "SMTPUTF8" => capabilities.smtputf8 = true,
                "CHUNKING" => capabilities.chunking = true,
                "BINARYMIME" => capabilities.binary = true,
                "DSN" => capabilities.dsn = true,
                // RFC 8689 §2: must not be offered outside TLS, and is ignored there.
                "REQUIRETLS" => capabilities.require_tls = in_tls,
                "LIMITS" => words.for_each(|w| capabilities.limit(w)),
                // RFC 1870 §4: no number, or 0, is no limit.
                "SIZE" => {
                    capabilities.bytes_max =
                        words.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
                }
                "AUTH" => words.for_each(|w| capabilities.mechanism(w)),
                // Sent by hosts older than RFC 2554.
                keyword => {
                    if let Some(first) = keyword.strip_prefix("AUTH=") {
                        capabilities.mechanism(first);
                        words.for_each(|w| capabilities.mechanism(w));
                    }
                }
            }
        }
        capabilities
    }

    fn mechanism(&mut self, name: &str) {
        if let Some(mechanism) = Mechanism::from_name(name) {
            self.auth.insert(mechanism);
        }
    }

    /// `limits-param = limit-name "=" limit-value` (RFC 9422 §3); 0 is no limit.
    fn limit(&mut self, word: &str) {
        let Some((name, value)) = word.split_once('=') else {
            return;
        };
        let value = value.parse().ok().filter(|n| *n > 0);
        if name.eq_ignore_ascii_case("RCPTMAX") {
            self.recipients_max = value;
        } else if name.eq_ignore_ascii_case("MAILMAX") {
            self.messages_max = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_keywords_in_any_case() {
        let lines = [
            "mx.a.test at your service",
            "size 1000",
            "Pipelining",
            "STARTTLS",
            "AUTH=LOGIN",
            "AUTH CRAM-MD5 plain",
            "XFOO",
            "Chunking",
            "BINARYMIME",
            "DSN",
            "REQUIRETLS",
            "LIMITS rcptmax=20 MAILMAX=0 X=1 y",
        ];
        let reply = Reply {
            code: 250,
            enhanced: None,
            lines: lines.map(str::to_owned).to_vec(),
        };
        let capabilities = Capabilities::read(&reply, false, false);
        assert!(
            capabilities.pipelining
                && capabilities.starttls
                && !capabilities.eight_bit
                && capabilities.chunking
                && capabilities.binary
                && capabilities.dsn
        );
        assert_eq!(capabilities.auth.to_string(), "CRAM-MD5 PLAIN LOGIN");
        assert_eq!(
            (
                capabilities.bytes_max,
                capabilities.recipients_max,
                capabilities.messages_max
            ),
            (Some(1000), Some(20), None)
        );
        assert!(!capabilities.require_tls);
        let in_tls = Capabilities::read(&reply, true, true);
        assert!(!in_tls.starttls && in_tls.require_tls && in_tls.verified);
    }
}
