//! Rewrites domains in address fields, and leaves every other octet as it is. Knows nothing of
//! international domains: the caller converts.

/// Replaces domains of addresses whose local part is ASCII by what `convert` returns for them.
/// `None` where nothing changes. Domains in quoted strings and comments stay.
pub fn map_domains(value: &[u8], convert: impl Fn(&str) -> Option<String>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(value.len());
    let (mut copied, mut at) = (0, 0);
    let (mut is_quoted, mut depth, mut is_ascii) = (false, 0_usize, true);
    while let Some(&b) = value.get(at) {
        at += 1;
        match b {
            b'\\' if is_quoted || depth > 0 => at += 1,
            b'"' if depth == 0 => is_quoted = !is_quoted,
            b'(' if !is_quoted => depth += 1,
            b')' if !is_quoted => depth = depth.saturating_sub(1),
            b'@' if !is_quoted && depth == 0 => {
                let rest = &value[at..];
                let length = rest
                    .iter()
                    .position(|b| b" \t\r\n,;:<>()[]\"@".contains(b))
                    .unwrap_or(rest.len());
                let domain = std::str::from_utf8(&rest[..length]).ok();
                if is_ascii && let Some(new) = domain.and_then(&convert) {
                    out.extend_from_slice(&value[copied..at]);
                    out.extend_from_slice(new.as_bytes());
                    copied = at + length;
                }
                at += length;
            }
            b' ' | b'\t' | b'\r' | b'\n' | b',' | b';' | b':' | b'<' | b'>'
                if !is_quoted && depth == 0 =>
            {
                is_ascii = true;
            }
            _ if depth == 0 => is_ascii &= b.is_ascii(),
            _ => {}
        }
    }
    (copied > 0).then(|| {
        out.extend_from_slice(&value[copied..]);
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expected: Option<&str>) {
        let convert = |domain: &str| (domain == "例子.test").then(|| "xn--fsqu00a.test".to_owned());
        let got = map_domains(value.as_bytes(), convert).map(|v| String::from_utf8(v).unwrap());
        assert_eq!(got.as_deref(), expected, "{value}");
    }

    #[test]
    fn only_domains_of_ascii_local_parts_change() {
        check(
            " 李 <li@例子.test>,\r\n \"a b\"@例子.test (at home)",
            Some(" 李 <li@xn--fsqu00a.test>,\r\n \"a b\"@xn--fsqu00a.test (at home)"),
        );
        check("Team: li@例子.test;", Some("Team: li@xn--fsqu00a.test;"));
        check("\"li@例子.test\" <li@there.test>", None);
        check("li@there.test (li@例子.test)", None);
        check("李@例子.test", None);
        check(
            "<李@例子.test>, li@例子.test",
            Some("<李@例子.test>, li@xn--fsqu00a.test"),
        );
        check("\"\\", None);
        check("li@", None);
    }
}
