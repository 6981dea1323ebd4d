//! The sender rewriting scheme: mail that is only passed on bears an address of our own in its
//! envelope, which holds the original one and proves that we wrote it. So SPF holds at the next
//! host, and a bounce that comes to it finds the way back. There is no RFC; this is the form
//! that is in use, `SRS0=HHHH=TT=domain=local` and, where somebody rewrote it before us,
//! `SRS1=HHHH=first-host==rest`. Pure: the time is given.

use hmac::{Hmac, Mac};
use mail::{Address, Domain, Host, LocalPart, Secret, Time};
use sha2::Sha256;
use std::fmt;

/// How long an address is good for a bounce.
pub const DAYS_MAX: u16 = 21;
// Days are counted in so many bits: two signs of base32.
const DAYS_MODULUS: u16 = 1024;
// Signs of the proof, five bits each. More would leave no room for the address in the 64 octets of
// a local part.
const PROOF_SIGNS: usize = 6;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// One host's scheme.
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

/// Why an address leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SrsFault {
    /// It is no such address.
    Foreign,
    /// It looks like one, but we did not write it.
    Forged,
    /// It is too old.
    Expired,
}

impl fmt::Display for SrsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SrsFault::Foreign => "this is no rewritten address",
            SrsFault::Forged => "this host did not write the address",
            SrsFault::Expired => "the address was for bounces and is too old",
        })
    }
}

impl std::error::Error for SrsFault {}

impl Srs {
    /// With a secret that nobody else has; addresses are written in `domain`, for which this host
    /// takes mail.
    pub fn new(secret: Secret, domain: Domain) -> Srs {
        Srs { secret, domain }
    }

    /// The domain of rewritten addresses.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The sender under which a message is passed on. None where it does not fit into a local part
    /// (RFC 5321 §4.5.3.1.1): then it stays as it is.
    pub fn forward(&self, sender: &Address, now: Time) -> Option<Address> {
        let (local, host) = (sender.local().as_str(), sender.host().to_string());
        let rewritten = match (tagged(local, "SRS0"), tagged(local, "SRS1")) {
            // Somebody else's: only the first host's name is added, so that it never grows.
            (Some(rest), _) => {
                let body = format!("{host}=={rest}");
                format!("SRS1={}={body}", self.proof(&body))
            }
            (None, Some(rest)) => {
                let body = rest.split_once('=')?.1;
                format!("SRS1={}={body}", self.proof(body))
            }
            (None, None) => {
                let body = format!("{}={host}={local}", stamp(now));
                format!("SRS0={}={body}", self.proof(&body))
            }
        };
        Some(Address::new(
            local_part(&rewritten)?,
            Host::Domain(self.domain.clone()),
        ))
    }

    /// Where a bounce to a rewritten address goes.
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
                .map(|(proof, body)| (proof.to_owned(), body.to_owned()))
                .ok_or(SrsFault::Foreign)
        };
        if let Some(rest) = tagged(local, "SRS0") {
            let (proof, body) = split(rest)?;
            self.check(&proof, &body)?;
            let (time, rest) = body.split_once('=').ok_or(SrsFault::Forged)?;
            let (host, local) = rest.split_once('=').ok_or(SrsFault::Forged)?;
            if !is_young(time, now) {
                return Err(SrsFault::Expired);
            }
            return join(local, host);
        }
        let rest = tagged(local, "SRS1").ok_or(SrsFault::Foreign)?;
        let (proof, body) = split(rest)?;
        self.check(&proof, &body)?;
        let (host, rest) = body.split_once('=').ok_or(SrsFault::Forged)?;
        let first = join(&format!("SRS0{rest}"), host)?;
        // A message came back to us on its way round: the first host that rewrote it was this one.
        if first.domain() == Some(&self.domain) && tagged(first.local().as_str(), "SRS0").is_some()
        {
            return self.reverse(&first, now);
        }
        Ok(first)
    }

    fn check(&self, proof: &str, body: &str) -> Result<(), SrsFault> {
        let right = self.proof(body);
        // Hosts on the way may have changed the case. In a time that does not depend on where they
        // differ.
        let differs = right
            .bytes()
            .zip(proof.bytes())
            .fold(right.len() ^ proof.len(), |d, (a, b)| {
                d | usize::from(a ^ b.to_ascii_uppercase())
            });
        if differs == 0 {
            Ok(())
        } else {
            Err(SrsFault::Forged)
        }
    }

    fn proof(&self, body: &str) -> String {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.secret.reveal()) else {
            return String::new();
        };
        mac.update(body.to_lowercase().as_bytes());
        let digest = mac.finalize().into_bytes();
        digest
            .iter()
            .take(PROOF_SIGNS)
            .map(|b| char::from(BASE32[usize::from(b & 31)]))
            .collect()
    }
}

// What follows the tag, its separator included where another host's is kept: `SRS0=…`, `SRS0+…`,
// `SRS0-…`.
fn tagged<'a>(local: &'a str, tag: &str) -> Option<&'a str> {
    let (head, rest) = local.split_at_checked(tag.len())?;
    if !head.eq_ignore_ascii_case(tag) {
        return None;
    }
    match (tag, rest.as_bytes().first()?) {
        // Ours begins with `=`; in an SRS1 the first host's separator is kept.
        ("SRS0", b'=') => Some(&rest[1..]),
        ("SRS1", b'=') => Some(&rest[1..]),
        _ => None,
    }
}

fn join(local: &str, host: &str) -> Result<Address, SrsFault> {
    let host = Host::new(host).map_err(|_| SrsFault::Forged)?;
    local_part(local)
        .map(|local| Address::new(local, host))
        .ok_or(SrsFault::Forged)
}

// Written without quotes; what needs them gets them.
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

fn is_young(time: &str, now: Time) -> bool {
    let mut written = 0;
    for sign in time.bytes() {
        let Some(value) = BASE32.iter().position(|b| *b == sign.to_ascii_uppercase()) else {
            return false;
        };
        written = (written * 32 + value as u16) % DAYS_MODULUS;
    }
    let age = (day(now) + DAYS_MODULUS - written) % DAYS_MODULUS;
    // A clock may have been a day ahead.
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
    fn a_bounce_finds_the_way_back() {
        check("alice@a.test");
        check("a.b+c=d@x.a.test");
        check("\"first last\"@a.test");
        check("a@[192.0.2.1]");
    }

    #[test]
    fn what_somebody_rewrote_before_keeps_its_first_host_and_never_grows() {
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
    fn what_went_round_in_a_circle_finds_home_at_once() {
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
    fn forged_old_and_foreign_addresses_lead_nowhere() {
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
    fn what_does_not_fit_stays_as_it_is() {
        let srs = host("b.test");
        // SRS0= HHHHHH= TT= a.test= : 22 octets before the local part.
        let fits: Address = format!("{}@a.test", "x".repeat(64 - 22)).parse().unwrap();
        let too_long: Address = format!("{}@a.test", "x".repeat(64 - 21)).parse().unwrap();
        assert!(srs.forward(&fits, NOW).is_some() && srs.forward(&too_long, NOW).is_none());
    }

    proptest! {
        #[test]
        fn no_address_makes_it_panic(local in "[!-~]{1,60}") {
            if let Ok(address) = format!("SRS0={local}@b.test").parse::<Address>() {
                let _ = host("b.test").reverse(&address, NOW);
                let _ = host("c.test").forward(&address, NOW);
            }
        }
    }
}
