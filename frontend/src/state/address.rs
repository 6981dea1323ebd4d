//! Email addresses: syntax errors, equality, display names, look-alike domains. Whether an address
//! exists is checked by the server.

use mail::{Address, AddressError};
use wire::Contact;

/// An error in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressFault {
    /// The `@` is missing.
    NoAt,
    /// The part before the `@` is invalid.
    LocalPart,
    /// The part after the `@` is invalid.
    Domain,
    /// It contains this invisible character.
    Invisible(char),
    /// The server does not accept it as a recipient.
    Refused,
    /// Its domain is a single label: unusual, but it may be sent to.
    Dotless,
}

/// Finds the error in an address, if any.
pub fn address_fault(address: &str) -> Option<AddressFault> {
    if let Some(hidden) = address.chars().find(|c| is_invisible(*c)) {
        return Some(AddressFault::Invisible(hidden));
    }
    match Address::parse(address.trim()) {
        Ok(parsed) => parsed
            .domain()
            .is_some_and(|domain| !is_possible(domain.as_str()))
            .then_some(AddressFault::Domain),
        Err(AddressError::NoAt) => Some(AddressFault::NoAt),
        Err(AddressError::Domain(_)) => Some(AddressFault::Domain),
        Err(_) => Some(AddressFault::LocalPart),
    }
}

/// Whether a domain can exist: its last label is not a number, as that of an IP address without
/// brackets is (RFC 3696 §2), and each `xn--` label stands for a U-label (RFC 5890 §2.3.2.1).
fn is_possible(domain: &str) -> bool {
    let is_number = |label: &str| label.bytes().all(|b| b.is_ascii_digit());
    let is_u_label = |encoded| decode_punycode(encoded).is_some_and(|text| !text.is_ascii());
    !domain.rsplit('.').next().is_some_and(is_number)
        && domain
            .split('.')
            .filter_map(|label| label.strip_prefix("xn--"))
            .all(is_u_label)
}

/// Whether the domain of a valid address is a single label and not that of one of `own`, the user's
/// addresses.
pub fn is_dotless(address: &str, own: &[String]) -> bool {
    let domain = |address: &str| {
        let key = key(address);
        key.rsplit_once('@').map(|(_, domain)| domain.to_owned())
    };
    domain(address).is_some_and(|single| {
        !single.contains(['.', '['])
            && !own
                .iter()
                .any(|mine| domain(mine).as_ref() == Some(&single))
    })
}

/// Characters without a glyph: soft hyphen, zero-width spaces and joiners, direction marks.
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

/// A text with its invisible characters written as `[U+200B]`.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_invisible(c) {
            out.push_str(&format!("[U+{:04X}]", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// The display name, or else the address as [`readable`]. A name that shows another address is not
/// used.
pub fn shown(contact: &Contact) -> String {
    let name = contact.name.trim();
    if name.is_empty() || is_misleading(contact) {
        readable(&contact.address)
    } else {
        name.to_owned()
    }
}

/// The address with its domain in U-labels (RFC 5890 §2.3.2.1). A domain that may imitate another
/// one is left unchanged.
pub fn readable(address: &str) -> String {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return address.to_owned();
    };
    let decoded: Vec<String> = domain.split('.').map(u_label).collect();
    let decoded = decoded.join(".");
    if decoded == domain || looks_alike(&decoded) {
        address.to_owned()
    } else {
        format!("{local}@{decoded}")
    }
}

/// Decodes a label if it is an A-label of letters and digits; otherwise returns it unchanged.
fn u_label(label: &str) -> String {
    let lower = label.to_ascii_lowercase();
    let decoded = lower.strip_prefix("xn--").and_then(decode_punycode);
    decoded
        .filter(|text| !text.is_ascii() && nfc(text) == *text && text.chars().all(is_of_words))
        .unwrap_or_else(|| label.to_owned())
}

/// Whether a character may occur in a readable label: letters, digits, the hyphen, and the marks of
/// Indic scripts, which are not letters.
fn is_of_words(c: char) -> bool {
    c == '-' || c.is_alphanumeric() || ('\u{900}'..='\u{fff}').contains(&c)
}

/// Whether the display name shows another address than the contact's own.
pub fn is_misleading(contact: &Contact) -> bool {
    !contact.address.is_empty()
        && mail::display::other_address(&contact.name, &contact.address).is_some()
}

/// The avatar's character: the first letter or ideograph of the name.
pub fn initial(contact: &Contact) -> String {
    let first = shown(contact).chars().find(|c| c.is_alphanumeric());
    first.map_or_else(|| "·".to_owned(), |c| c.to_uppercase().collect())
}

/// Whether two addresses are equal, ignoring case, Unicode normalization, and whether a domain is
/// written in A-labels or U-labels (RFC 5890 §2.3.2.4).
pub fn same(a: &str, b: &str) -> bool {
    key(a) == key(b)
}

/// A form of an address that is the same for all equal addresses.
pub fn key(address: &str) -> String {
    let address = nfc(address.trim()).to_lowercase();
    let Some((local, domain)) = address.rsplit_once('@') else {
        return address;
    };
    let label = |label: &str| {
        let decoded = label.strip_prefix("xn--").and_then(decode_punycode);
        decoded.unwrap_or_else(|| label.to_owned())
    };
    let labels: Vec<String> = domain.split('.').map(label).collect();
    format!("{local}@{}", nfc(&labels.join(".")))
}

/// Unicode Normalization Form C.
#[cfg(target_arch = "wasm32")]
pub fn nfc(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    js_sys::JsString::from(text)
        .normalize("NFC")
        .as_string()
        .unwrap_or_default()
}

/// Unicode Normalization Form C.
#[cfg(not(target_arch = "wasm32"))]
pub fn nfc(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfc().collect()
}

/// Decodes Punycode (RFC 3492 §6.2), given the text after `xn--`.
fn decode_punycode(encoded: &str) -> Option<String> {
    const BASE: u32 = 36;
    let (basic, extended) = encoded.rsplit_once('-').unwrap_or(("", encoded));
    let mut out: Vec<char> = basic.chars().collect();
    let (mut n, mut i, mut bias) = (128_u32, 0_u32, 72_u32);
    let mut digits = extended.bytes().peekable();
    while digits.peek().is_some() {
        let (before, mut weight, mut k) = (i, 1_u32, BASE);
        loop {
            let digit = match digits.next()? {
                byte @ b'a'..=b'z' => u32::from(byte - b'a'),
                byte @ b'0'..=b'9' => u32::from(byte - b'0') + 26,
                _ => return None,
            };
            i = i.checked_add(digit.checked_mul(weight)?)?;
            let threshold = k.saturating_sub(bias).clamp(1, 26);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(BASE - threshold)?;
            k += BASE;
        }
        let length = u32::try_from(out.len()).ok()? + 1;
        let mut delta = (i - before) / if before == 0 { 700 } else { 2 };
        delta += delta / length;
        k = 0;
        while delta > 455 {
            delta /= BASE - 1;
            k += BASE;
        }
        bias = k + BASE * delta / (delta + 38);
        n = n.checked_add(i / length)?;
        i %= length;
        out.insert(i as usize, char::from_u32(n)?);
        i += 1;
    }
    Some(out.into_iter().collect())
}

/// Whether a domain may imitate another one: a label that mixes alphabets or consists only of
/// letters with look-alikes in another alphabet, or an A-label that cannot be decoded.
pub fn looks_alike(domain: &str) -> bool {
    domain.split('.').any(|label| {
        let label = u_label(label);
        let script = |range: fn(char) -> bool| label.chars().any(range);
        let latin = script(|c| c.is_ascii_alphabetic() || ('\u{c0}'..='\u{24f}').contains(&c));
        let cyrillic = script(|c| ('\u{400}'..='\u{52f}').contains(&c));
        let greek = script(|c| ('\u{370}'..='\u{3ff}').contains(&c));
        // A label entirely of Cyrillic or Greek letters with Latin look-alikes.
        let imitates_latin = label
            .chars()
            .all(|c| "асеорхуіјѕԛԝһӏοαν-0123456789".contains(c))
            && (cyrillic || greek);
        usize::from(latin) + usize::from(cyrillic) + usize::from(greek) > 1
            || imitates_latin
            || label.to_ascii_lowercase().starts_with("xn--")
    })
}

/// The host of a URL, or the domain of an address.
pub fn host(link: &str) -> &str {
    let rest = link.split_once("://").map_or(link, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    host.split(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_error_in_an_address() {
        for good in [
            "a@b",
            "林@例子.test",
            "a.b+c@d.e",
            "d'arcy@m.test",
            "k=v/w@m.test",
            "\"ann marsh\"@m.test",
            "$x@m.test",
            "a@[192.0.2.1]",
            "a@xn--fsqu00a.test",
            "a@1.2.3.4.test",
        ] {
            assert_eq!(address_fault(good), None, "{good}");
        }
        for (bad, expected) in [
            ("", AddressFault::NoAt),
            ("a", AddressFault::NoAt),
            ("@b", AddressFault::LocalPart),
            ("a b@c", AddressFault::LocalPart),
            ("a..b@c.test", AddressFault::LocalPart),
            ("a@@c.test", AddressFault::Domain),
            ("a@", AddressFault::Domain),
            ("a@b.", AddressFault::Domain),
            ("a@.b", AddressFault::Domain),
            ("a@b.test?x", AddressFault::Domain),
            ("a@xn--0.test", AddressFault::Domain),
            ("a@b.xn--abc-", AddressFault::Domain),
            ("a@1.2.3.4", AddressFault::Domain),
            ("a\u{200b}@b.test", AddressFault::Invisible('\u{200b}')),
            ("a@b\u{ad}c.test", AddressFault::Invisible('\u{ad}')),
        ] {
            assert_eq!(address_fault(bad), Some(expected), "{bad}");
        }
        assert_eq!(visible("a\u{200b}@b.test"), "a[U+200B]@b.test");
    }

    #[test]
    fn a_domain_without_a_dot_is_unusual_unless_it_is_the_users_own() {
        let own = ["lin@office".to_owned()];
        for (address, unusual) in [
            ("x@example", true),
            ("x@例子", true),
            ("bob@Office", false),
            ("x@example.test", false),
            ("x@[IPv6:2001:db8::1]", false),
        ] {
            assert_eq!(is_dotless(address, &own), unusual, "{address}");
        }
    }

    #[test]
    fn an_international_domain_is_shown_in_unicode() {
        for (address, expected) in [
            ("li@xn--fsqu00a.test", "li@例子.test"),
            ("info@xn--bcher-kva.test", "info@bücher.test"),
            ("a@XN--BCHER-KVA.test", "a@bücher.test"),
            ("a@b.test", "a@b.test"),
            ("李@例子.test", "李@例子.test"),
            // Look-alikes and invalid A-labels.
            ("pay@xn--pple-43d.com", "pay@xn--pple-43d.com"),
            ("a@xn--zzzzzz9.test", "a@xn--zzzzzz9.test"),
            ("nonsense", "nonsense"),
        ] {
            assert_eq!(readable(address), expected);
        }
        let contact = Contact {
            name: String::new(),
            address: "li@xn--fsqu00a.test".into(),
        };
        assert_eq!(shown(&contact), "li@例子.test");
    }

    #[test]
    fn a_name_that_shows_another_address_is_not_shown() {
        let contact = |name: &str| Contact {
            name: name.into(),
            address: "x@evil.test".into(),
        };
        assert_eq!(shown(&contact("pay@shop.test")), "x@evil.test");
        assert_eq!(shown(&contact("X@evil.test")), "X@evil.test");
        assert_eq!(shown(&contact("Shop")), "Shop");
    }

    #[test]
    fn equal_addresses_may_be_written_differently() {
        for (a, b) in [
            ("Ann@M.test", " ann@m.TEST"),
            ("wei@书店.test", "wei@xn--1jqq80b.test"),
            ("a@Bücher.test", "a@xn--bcher-kva.test"),
            ("a@bu\u{308}cher.test", "a@xn--bcher-kva.test"),
            ("mu\u{308}ller@m.test", "müller@m.test"),
        ] {
            assert!(same(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("ann@m.test", "ann@n.test"),
            // A local part is never punycode (RFC 6531 §3.3).
            ("xn--1jqq80b@m.test", "书店@m.test"),
        ] {
            assert!(!same(a, b), "{a} {b}");
        }
    }

    #[test]
    fn detects_look_alike_domains() {
        for bad in [
            "аpple.com",
            "xn--pple-43d.com",
            "XN--PPLE-43D.com",
            "аре.com",
            "xn--80ak6aa92e.com",
            "gοogle.test",
            "xn--zzzzzz9.test",
        ] {
            assert!(looks_alike(bad), "{bad}");
        }
        for good in [
            "apple.com",
            "例子.test",
            "почта.test",
            "müller.test",
            "xn--mller-kva.test",
            "xn--fsqu00a.test",
            "b.test",
        ] {
            assert!(!looks_alike(good), "{good}");
        }
        assert_eq!(
            (host("https://me@b.test:80/x"), host("lin@a.test")),
            ("b.test", "a.test")
        );
    }

    #[test]
    fn avatar_shows_first_character_of_the_name() {
        let of = |name: &str, address: &str| {
            initial(&Contact {
                name: name.into(),
                address: address.into(),
            })
        };
        assert_eq!(
            (of("林晓", ""), of("", "bob@b"), of("\"é", ""), of("", "")),
            ("林".into(), "B".into(), "É".into(), "·".into())
        );
    }
}
