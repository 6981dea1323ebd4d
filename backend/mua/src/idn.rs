//! Addresses with international domains: the same domain as A-labels and as U-labels (RFC 5890
//! §2.3.2.1). The local part is never encoded (RFC 6531 §3.3).

/// An address with its domain in A-labels and in U-labels; `None` where both are the same.
pub(crate) fn forms(address: &str) -> Option<(String, String)> {
    let (local, domain) = address.rsplit_once('@')?;
    let encoded = domain.split('.').any(|label| {
        label
            .get(..4)
            .is_some_and(|p| p.eq_ignore_ascii_case("xn--"))
    });
    if domain.is_ascii() && !encoded {
        return None;
    }
    let ascii = idna::domain_to_ascii(domain).ok()?;
    let (unicode, fault) = idna::domain_to_unicode(&ascii);
    (fault.is_ok() && unicode != ascii)
        .then(|| (format!("{local}@{ascii}"), format!("{local}@{unicode}")))
}

/// The form under which an address is known, equal for all that are the same: the domain in
/// U-labels, Unicode Normalization Form C, without regard to case.
pub(crate) fn key(address: &str) -> String {
    let unicode = forms(address).map(|(_, unicode)| unicode);
    mime::fold(unicode.as_deref().unwrap_or(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn international_domains_have_two_forms() {
        let both = Some(("li@xn--fsqu00a.test".to_owned(), "li@例子.test".to_owned()));
        for address in ["li@例子.test", "li@xn--fsqu00a.test", "li@XN--FSQU00A.test"] {
            assert_eq!(forms(address), both, "{address}");
        }
        for address in [
            "a@b.test",
            "李@b.test",
            "nonsense",
            "a@xn--.test",
            "a@xn--zzzzzz9.test",
        ] {
            assert_eq!(forms(address), None, "{address}");
        }
    }

    #[test]
    fn equal_addresses_have_one_key() {
        for (a, b) in [
            ("li@例子.test", "LI@xn--fsqu00a.TEST"),
            ("info@bücher.test", "info@bu\u{308}cher.test"),
            ("info@BÜCHER.test", "info@xn--bcher-kva.test"),
            ("jo\u{301}se@b.test", "jóse@b.test"),
        ] {
            assert_eq!(key(a), key(b), "{a} {b}");
        }
        assert_ne!(key("a@b.test"), key("a@c.test"));
    }
}
