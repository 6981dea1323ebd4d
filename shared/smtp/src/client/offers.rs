//! What the reply to EHLO offers (RFC 5321 §4.1.1.1). Unknown keywords are passed over.

use super::words::Offers;
use mail::Reply;
use sasl::Mechanism;

impl Offers {
    /// `ehlo-line = ehlo-keyword *( SP ehlo-param )`, from the second line on.
    pub(super) fn read(reply: &Reply, in_tls: bool, verified: bool) -> Offers {
        let mut offers = Offers {
            extended: true,
            in_tls,
            verified,
            ..Offers::default()
        };
        for line in reply.lines.iter().skip(1) {
            let mut words = line.split_ascii_whitespace();
            match words
                .next()
                .unwrap_or_default()
                .to_ascii_uppercase()
                .as_str()
            {
                "PIPELINING" => offers.pipelining = true,
                "STARTTLS" => offers.starttls = !in_tls,
                "8BITMIME" => offers.eight_bit = true,
                "SMTPUTF8" => offers.smtputf8 = true,
                "CHUNKING" => offers.chunking = true,
                "BINARYMIME" => offers.binary = true,
                "DSN" => offers.dsn = true,
                // RFC 8689 §2: not to be offered outside of TLS, and not believed there.
                "REQUIRETLS" => offers.require_tls = in_tls,
                "LIMITS" => words.for_each(|w| offers.limit(w)),
                // RFC 1870 §4: none or 0 is no limit told.
                "SIZE" => {
                    offers.bytes_max = words.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0)
                }
                "AUTH" => words.for_each(|w| offers.mechanism(w)),
                // Said by hosts older than RFC 2554.
                keyword => {
                    if let Some(first) = keyword.strip_prefix("AUTH=") {
                        offers.mechanism(first);
                        words.for_each(|w| offers.mechanism(w));
                    }
                }
            }
        }
        offers
    }

    fn mechanism(&mut self, name: &str) {
        if let Some(mechanism) = Mechanism::from_name(name) {
            self.auth.insert(mechanism);
        }
    }

    /// `limits-param = limit-name "=" limit-value` (RFC 9422 §3); 0 is no limit told.
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
    fn reads_what_is_offered_in_any_case() {
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
        let offers = Offers::read(&reply, false, false);
        assert!(
            offers.pipelining
                && offers.starttls
                && !offers.eight_bit
                && offers.chunking
                && offers.binary
                && offers.dsn
        );
        assert_eq!(offers.auth.to_string(), "CRAM-MD5 PLAIN LOGIN");
        assert_eq!(
            (offers.bytes_max, offers.recipients_max, offers.messages_max),
            (Some(1000), Some(20), None)
        );
        assert!(!offers.require_tls);
        let sealed = Offers::read(&reply, true, true);
        assert!(!sealed.starttls && sealed.require_tls && sealed.verified);
    }
}
