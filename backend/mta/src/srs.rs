//! The sender rewriting scheme (SRS): forwarded mail gets a sender address of this host that
//! contains the original address and a MAC. So SPF passes at the next host, and bounces can be
//! returned. There is no RFC; this is the form in common use: `SRS0=HHHH=TT=domain=local` and,
//! where another host has rewritten the address before, `SRS1=HHHH=first-host==rest`. Pure: the
//! time is an argument.

use hmac::{Hmac, Mac};
use mail::{Address, Domain, Host, LocalPart, Secret, Time};
use sha2::Sha256;
use std::fmt;

/// How long a rewritten address accepts bounces, in days.
pub const DAYS_MAX: u16 = 21;
// Days are encoded in ten bits: two characters of base32.
const DAYS_MODULUS: u16 = 1024;
// Characters of the MAC, five bits each. More would leave no room for the address in the 64 bytes
// of a local part.
const MAC_CHARS: usize = 6;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The scheme of one host.
#[derive(Clone)]
pub struct Srs {
    secret: Secret,
    domain: Domain,
}

impl fmt::Debug for Srs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Srs({})", self.domain)
    }
}

/// Why an address cannot be reversed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SrsFault {
    /// Not a rewritten address of this host.
    Foreign,
    /// The MAC is wrong.
    Forged,
    /// Older than [`DAYS_MAX`].
    Expired,
}

impl fmt::Display for SrsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SrsFault::Foreign => "not a rewritten address",
            SrsFault::Forged => "this host did not issue the address",
            SrsFault::Expired => "the address has expired",
        })
    }
}

impl std::error::Error for SrsFault {}

impl Srs {
    /// `secret` is the key of the MAC; rewritten addresses are in `domain`, one of this host's
    /// domains.
    pub fn new(secret: Secret, domain: Domain) -> Srs {
        Srs { secret, domain }
    }

    /// The domain of rewritten addresses.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The sender of a forwarded message. None where it does not fit into a local part (RFC 5321
    /// §4.5.3.1.1): then the sender stays unchanged.
    pub fn forward(&self, sender: &Address, now: Time) -> Option<Address> {
        let (local, host) = (sender.local().as_str(), sender.host().to_string());
        let rewritten = match (tagged(local, "SRS0"), tagged(local, "SRS1")) {
            // Rewritten by another host: only the first host is kept, so that the address does not
            // grow with each hop.
            (Some(rest), _) => {
                let body = format!("{host}=={rest}");
                format!("SRS1={}={body}", self.mac(&body))
            }
            (None, Some(rest)) => {
                let body = rest.split_once('=')?.1;
                format!("SRS1={}={body}", self.mac(body))
            }
            (None, None) => {
                let body = format!("{}={host}={local}", stamp(now));
                format!("SRS0={}={body}", self.mac(&body))
            }
        };
        Some(Address::new(
            local_part(&rewritten)?,
            Host::Domain(self.domain.clone()),
        ))
    }

    /// The original address of a rewritten one.
    ///
    /// # Errors
    /// [`SrsFault`].
    pub fn reverse(&self, address: &Address, now: Time) -> Result<Address, SrsFault> {
        if address.domain() != Some(&self.domain) {
            return Err(SrsFault::Foreign);
        }
        let local = address.local().as_str();
        let split = |rest: &str| {
            rest.split_once('=')
                .map(|(mac, body)| (mac.to_owned(), body.to_owned()))
                .ok_or(SrsFault::Foreign)
        };
        if let Some(rest) = tagged(local, "SRS0") {
            let (mac, body) = split(rest)?;
            self.check(&mac, &body)?;
            let (time, rest) = body.split_once('=').ok_or(SrsFault::Forged)?;
            let (host, local) = rest.split_once('=').ok_or(SrsFault::Forged)?;
            if !is_recent(time, now) {
                return Err(SrsFault::Expired);
            }
            return join(local, host);
        }
        let rest = tagged(local, "SRS1").ok_or(SrsFault::Foreign)?;
        let (mac, body) = split(rest)?;
        self.check(&mac, &body)?;
        let (host, rest) = body.split_once('=').ok_or(SrsFault::Forged)?;
        let first = join(&format!("SRS0{rest}"), host)?;
        // A forwarding cycle: this host rewrote the address first.
        if first.domain() == Some(&self.domain) && tagged(first.local().as_str(), "SRS0").is_some()
        {
            return self.reverse(&first, now);
        }
        Ok(first)
    }

    fn check(&self, mac: &str, body: &str) -> Result<(), SrsFault> {
        let right = self.mac(body);
        // Ignores case, which other hosts may have changed; in constant time.
        let differs = right
            .bytes()
            .zip(mac.bytes())
            .fold(right.len() ^ mac.len(), |d, (a, b)| {
                d | usize::from(a ^ b.to_ascii_uppercase())
            });
        if differs == 0 {
            Ok(())
        } else {
            Err(SrsFault::Forged)
        }
    }

    fn mac(&self, body: &str) -> String {
        // HMAC takes keys of any length.
        let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(self.secret.reveal()) else {
            return String::new();
        };
        hmac.update(body.to_lowercase().as_bytes());
        let digest = hmac.finalize().into_bytes();
        digest
            .iter()
            .take(MAC_CHARS)
            .map(|b| char::from(BASE32[usize::from(b & 31)]))
            .collect()
    }
}

// The part after the tag: of `SRS0=…` and `SRS1=…`.
fn tagged<'a>(local: &'a str, tag: &str) -> Option<&'a str> {
    let (head, rest) = local.split_at_checked(tag.len())?;
    if !head.eq_ignore_ascii_case(tag) {
        return None;
    }
    match (tag, rest.as_bytes().first()?) {
        ("SRS0" | "SRS1", b'=') => Some(&rest[1..]),
        _ => None,
    }
}

fn join(local: &str, host: &str) -> Result<Address, SrsFault> {
    let host = Host::new(host).map_err(|_| SrsFault::Forged)?;
    local_part(local)
        .map(|local| Address::new(local, host))
        .ok_or(SrsFault::Forged)
}

// Quoted only where necessary.
fn local_part(text: &str) -> Option<LocalPart> {
    let quoted = || format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    LocalPart::parse(text)
        .or_else(|_| LocalPart::parse(&quoted()))
        .ok()
}

fn day(now: Time) -> u16 {
    u16::try_from(
        now.secs()
            .div_euclid(86_400)
            .rem_euclid(i64::from(DAYS_MODULUS)),
    )
    .unwrap_or_default()
}

fn stamp(now: Time) -> String {
    let day = usize::from(day(now));
    [day >> 5, day & 31]
        .iter()
        .map(|i| char::from(BASE32[*i]))
        .collect()
}

fn is_recent(time: &str, now: Time) -> bool {
    let mut written = 0;
    for sign in time.bytes() {
        let Some(value) = BASE32.iter().position(|b| *b == sign.to_ascii_uppercase()) else {
            return false;
        };
        written = (written * 32 + value as u16) % DAYS_MODULUS;
    }
    let age = (day(now) + DAYS_MODULUS - written) % DAYS_MODULUS;
    // Allows for a clock that was a day ahead.
    time.len() == 2 && (age <= DAYS_MAX || age == DAYS_MODULUS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Time = Time::from_secs(1_795_253_585);

    fn host(domain: &str) -> Srs {
        Srs::new(
            Secret::new(format!("secret of {domain}")),
            domain.parse().unwrap(),
        )
    }

    fn days(n: i64) -> Time {
        Time::from_secs(NOW.secs() + n * 86_400)
    }

    fn check(sender: &str) {
        let (srs, sender): (Srs, Address) = (host("b.test"), sender.parse().unwrap());
        let rewritten = srs.forward(&sender, NOW).unwrap();
        assert_eq!(rewritten.domain().unwrap().as_str(), "b.test");
        assert_eq!(
            srs.reverse(&rewritten, NOW),
            Ok(sender.clone()),
            "{rewritten}"
        );
        let folded: Address = rewritten.to_string().to_lowercase().parse().unwrap();
        assert_eq!(
            srs.reverse(&folded, NOW).map(|a| a.key()),
            Ok(sender.key()),
            "a host on the way folded the case"
        );
    }

    #[test]
    fn reverses_a_rewritten_address() {
        check("alice@a.test");
        check("a.b+c=d@x.a.test");
        check("\"first last\"@a.test");
        check("a@[192.0.2.1]");
    }

    #[test]
    fn keeps_the_first_host_and_does_not_grow() {
        let sender: Address = "alice@a.test".parse().unwrap();
        let (first, second, third) = (host("b.test"), host("c.test"), host("d.test"));
        let once = first.forward(&sender, NOW).unwrap();
        let twice = second.forward(&once, NOW).unwrap();
        let thrice = third.forward(&twice, NOW).unwrap();
        assert!(
            twice.to_string().starts_with("SRS1=")
                && thrice.to_string().len() == twice.to_string().len(),
            "{twice} {thrice}"
        );
        // d's bounce goes to b at once, past c.
        let back = third.reverse(&thrice, NOW).unwrap();
        assert_eq!(back, once);
        assert_eq!(first.reverse(&back, NOW), Ok(sender));
    }

    #[test]
    fn reverses_a_forwarding_cycle_at_once() {
        let sender: Address = "alice@a.test".parse().unwrap();
        let (ours, theirs) = (host("b.test"), host("c.test"));
        let once = ours.forward(&sender, NOW).unwrap();
        let back = ours
            .forward(&theirs.forward(&once, NOW).unwrap(), NOW)
            .unwrap();
        assert!(back.to_string().starts_with("SRS1="), "{back}");
        assert_eq!(ours.reverse(&back, NOW), Ok(sender));
        assert_eq!(ours.reverse(&back, days(22)), Err(SrsFault::Expired));
    }

    #[test]
    fn rejects_forged_expired_and_foreign_addresses() {
        let srs = host("b.test");
        let rewritten = srs.forward(&"alice@a.test".parse().unwrap(), NOW).unwrap();
        assert!(
            srs.reverse(&rewritten, days(21)).is_ok() && srs.reverse(&rewritten, days(-1)).is_ok()
        );
        assert_eq!(srs.reverse(&rewritten, days(22)), Err(SrsFault::Expired));
        let forged: Address = rewritten
            .to_string()
            .replace("alice", "mallory")
            .parse()
            .unwrap();
        assert_eq!(srs.reverse(&forged, NOW), Err(SrsFault::Forged));
        assert_eq!(
            host("c.test").reverse(&rewritten, NOW),
            Err(SrsFault::Foreign)
        );
        for text in [
            "alice@b.test",
            "SRS0@b.test",
            "SRS0=@b.test",
            "srs1=x@b.test",
            "SRS0=AAAAAA=AA=a.test=alice@b.test",
        ] {
            assert!(srs.reverse(&text.parse().unwrap(), NOW).is_err(), "{text}");
        }
    }

    #[test]
    fn leaves_a_too_long_sender_unchanged() {
        let srs = host("b.test");
        // SRS0= HHHHHH= TT= a.test= : 22 octets before the local part.
        let fits: Address = format!("{}@a.test", "x".repeat(64 - 22)).parse().unwrap();
        let too_long: Address = format!("{}@a.test", "x".repeat(64 - 21)).parse().unwrap();
        assert!(srs.forward(&fits, NOW).is_some() && srs.forward(&too_long, NOW).is_none());
    }

    proptest! {
        #[test]
        fn never_panics(local in "[!-~]{1,60}") {
            if let Ok(address) = format!("SRS0={local}@b.test").parse::<Address>() {
                let _ = host("b.test").reverse(&address, NOW);
                let _ = host("c.test").forward(&address, NOW);
            }
        }
    }
}
