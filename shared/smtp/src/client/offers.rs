//! What the reply to EHLO offers (RFC 5321 §4.1.1.1). Unknown keywords are passed over.

use super::words::Offers;
use mail::Reply;

impl Offers {
    /// `ehlo-line = ehlo-keyword *( SP ehlo-param )`, from the second line on.
    pub(super) fn read(reply: &Reply, in_tls: bool) -> Offers {
        let mut offers = Offers { extended: true, in_tls, ..Offers::default() };
        for line in reply.lines.iter().skip(1) {
            let mut words = line.split_ascii_whitespace();
            match words.next().unwrap_or_default().to_ascii_uppercase().as_str() {
                "PIPELINING" => offers.pipelining = true,
                "STARTTLS" => offers.starttls = !in_tls,
                "8BITMIME" => offers.eight_bit = true,
                "SMTPUTF8" => offers.smtputf8 = true,
                // RFC 1870 §4: none or 0 is no limit told.
                "SIZE" => offers.octets_max = words.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0),
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
        self.auth_plain |= name.eq_ignore_ascii_case("PLAIN");
        self.auth_login |= name.eq_ignore_ascii_case("LOGIN");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_offered_in_any_case() {
        let lines = ["mx.a.test at your service", "size 1000", "Pipelining", "STARTTLS", "AUTH=LOGIN", "AUTH CRAM-MD5 plain", "XFOO"];
        let reply = Reply { code: 250, enhanced: None, lines: lines.map(str::to_owned).to_vec() };
        let offers = Offers::read(&reply, false);
        assert!(offers.pipelining && offers.starttls && offers.auth_login && offers.auth_plain && !offers.eight_bit);
        assert_eq!(offers.octets_max, Some(1000));
        assert!(!Offers::read(&reply, true).starttls);
    }
}
