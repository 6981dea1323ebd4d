//! Parsing of typed and pasted recipients, display names, and look-alike domains. Whether an
//! address exists is for the server to check.

use wire::Contact;

/// Splits a text into recipients: `Name <a@b>` or `a@b`, separated by commas, semicolons (also
/// full-width ones) or line ends.
pub fn recipients(text: &str) -> Vec<Contact> {
    let mut found = Vec::new();
    let (mut quoted, mut angled, mut current) = (false, false, String::new());
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '<' => angled = true,
            '>' => angled = false,
            _ => {}
        }
        if matches!(c, ',' | ';' | '，' | '；' | '、' | '\n') && !quoted && !angled {
            found.extend(recipient(&std::mem::take(&mut current)));
        } else {
            current.push(c);
        }
    }
    found.extend(recipient(&current));
    found
}

fn recipient(text: &str) -> Option<Contact> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if let Some((name, rest)) = text.rsplit_once('<') {
        let address = rest.trim_end_matches('>').trim().to_owned();
        let name = name.trim().trim_matches('"').trim().to_owned();
        return Some(Contact { name, address });
    }
    Some(Contact {
        name: String::new(),
        address: text.to_owned(),
    })
}

/// Whether a text looks like an address: a local part, one `@`, a domain. The server checks more.
pub fn plausible(address: &str) -> bool {
    address.rsplit_once('@').is_some_and(|(local, domain)| {
        let spaced =
            |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '<' | '>');
        !local.is_empty()
            && !domain.is_empty()
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !address.contains(spaced)
    })
}

/// The display name, or else the address.
pub fn shown(contact: &Contact) -> &str {
    let name = contact.name.trim();
    if name.is_empty() {
        &contact.address
    } else {
        name
    }
}

/// The avatar's character: the first letter or ideograph of the name.
pub fn initial(contact: &Contact) -> String {
    let first = shown(contact).chars().find(|c| c.is_alphanumeric());
    first.map_or_else(|| "·".to_owned(), |c| c.to_uppercase().collect())
}

/// Whether two addresses are equal without regard to case.
pub fn same(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

/// Whether a domain may imitate another one: several alphabets in one label, or a label in its
/// encoded form.
pub fn looks_alike(domain: &str) -> bool {
    domain.split('.').any(|label| {
        let script = |range: fn(char) -> bool| label.chars().any(range);
        let latin = script(|c| c.is_ascii_alphabetic() || ('\u{c0}'..='\u{24f}').contains(&c));
        let cyrillic = script(|c| ('\u{400}'..='\u{52f}').contains(&c));
        let greek = script(|c| ('\u{370}'..='\u{3ff}').contains(&c));
        // A label entirely of Cyrillic or Greek letters that have Latin doubles.
        let doubles = label
            .chars()
            .all(|c| "асеорхуіјѕԛԝһӏοαν-0123456789".contains(c))
            && (cyrillic || greek);
        usize::from(latin) + usize::from(cyrillic) + usize::from(greek) > 1
            || doubles
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
    fn splits_typed_recipients() {
        let pairs = |text: &str| {
            recipients(text)
                .into_iter()
                .map(|c| (c.name, c.address))
                .collect::<Vec<_>>()
        };
        let pair = |n: &str, a: &str| (n.to_owned(), a.to_owned());
        assert_eq!(pairs(" bob@b.test "), [pair("", "bob@b.test")]);
        assert_eq!(
            pairs("林晓 <lin@a.test>，\"Chen, Bob\" <bob@b.test>; c@c.test\n"),
            [
                pair("林晓", "lin@a.test"),
                pair("Chen, Bob", "bob@b.test"),
                pair("", "c@c.test")
            ]
        );
        assert_eq!(pairs(" , ;"), []);
        assert_eq!(pairs("half <bob@b"), [pair("half", "bob@b")]);
    }

    #[test]
    fn rejects_implausible_addresses() {
        for good in ["a@b", "林@例子.test", "a.b+c@d.e"] {
            assert!(plausible(good), "{good}");
        }
        for bad in ["", "a", "@b", "a@", "a b@c", "a@b.", "a@.b"] {
            assert!(!plausible(bad), "{bad}");
        }
    }

    #[test]
    fn detects_look_alike_domains() {
        for bad in ["аpple.com", "xn--pple-43d.com", "аре.com", "gοogle.test"] {
            assert!(looks_alike(bad), "{bad}");
        }
        for good in [
            "apple.com",
            "例子.test",
            "почта.test",
            "müller.test",
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
    fn avatar_shows_first_letter_of_the_name() {
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
