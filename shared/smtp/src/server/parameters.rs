//! The tail of MAIL and RCPT: a path, then parameters (RFC 5321 §4.1.1.11, §4.1.2). Reads; the handlers judge.

use super::says;
use super::words::MailParameters;
use mail::{AddressError, BodyKind, Path, Reply, split_angle};

/// `"FROM:" Reverse-path [SP Mail-parameters]` or `"TO:" Forward-path [SP Rcpt-parameters]` without the verb: gives the path and the
/// parameters' text. Two things of the field are forgiven: spaces behind the colon, and an address without its angle brackets.
/// `None` where it has not this form; otherwise the path's own verdict.
pub(super) fn path<'a>(argument: &'a str, keyword: &str) -> Option<(Result<Path, AddressError>, &'a str)> {
    let tail = argument.get(..keyword.len()).filter(|k| k.eq_ignore_ascii_case(keyword)).map(|_| &argument[keyword.len()..])?;
    let tail = tail.trim_start_matches(' ');
    if tail.is_empty() {
        return None;
    }
    if !tail.starts_with('<') {
        let (address, rest) = tail.split_once(' ').unwrap_or((tail, ""));
        return Some((Path::parse(&format!("<{address}>")), rest));
    }
    match split_angle(tail) {
        Ok((_, rest)) if !rest.is_empty() && !rest.starts_with(' ') => Some((Err(AddressError::Brackets), "")),
        Ok((_, rest)) => Some((Path::parse(&tail[..tail.len() - rest.len()]), rest)),
        Err(e) => Some((Err(e), "")),
    }
}

/// `esmtp-param *(SP esmtp-param)`; `esmtp-param = esmtp-keyword ["=" esmtp-value]` (RFC 5321 §4.1.2). Each keyword once.
///
/// # Errors
/// 501 5.5.4 where a word has not this form.
pub(super) fn split(text: &str) -> Result<Vec<(&str, Option<&str>)>, Reply> {
    let mut found: Vec<(&str, Option<&str>)> = Vec::new();
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        let (name, value) = word.split_once('=').map_or((word, None), |(n, v)| (n, Some(v)));
        let good_name =
            name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && name.starts_with(|c: char| c.is_ascii_alphanumeric());
        // esmtp-value = 1*(%d33-60 / %d62-126), and UTF-8 (RFC 6531 §3.3)
        let good_value = value.is_none_or(|v| !v.is_empty() && !v.contains('='));
        let again = found.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
        if !good_name || !good_value || again {
            return Err(says::parameter_syntax());
        }
        found.push((name, value));
    }
    Ok(found)
}

/// The parameters of MAIL that EHLO offers: SIZE, BODY, SMTPUTF8, and AUTH where `auth` is offered.
///
/// # Errors
/// 501 or 555 with 5.5.4.
pub(super) fn of_mail(text: &str, auth: bool) -> Result<MailParameters, Reply> {
    let mut parameters = MailParameters::default();
    for (name, value) in split(text)? {
        let is = |keyword: &str| name.eq_ignore_ascii_case(keyword);
        match value {
            Some(v) if is("SIZE") => parameters.size = Some(size(v).ok_or_else(|| says::parameter_value("SIZE"))?),
            Some(v) if is("BODY") => parameters.body = body(v).ok_or_else(|| says::parameter_value("BODY"))?,
            None if is("SMTPUTF8") => parameters.smtputf8 = true,
            // Understood and ignored: whoever may submit is known already (RFC 4954 §5).
            Some(v) if is("AUTH") && auth => auth_parameter(v).then_some(()).ok_or_else(|| says::parameter_value("AUTH"))?,
            None if is("SIZE") || is("BODY") || (is("AUTH") && auth) => return Err(says::parameter_value(name)),
            Some(_) if is("SMTPUTF8") => return Err(says::parameter_value(name)),
            _ => return Err(says::parameter_unknown(shown(name))),
        }
    }
    Ok(parameters)
}

// Enough of a foreign word to recognize it.
fn shown(name: &str) -> &str {
    name.get(..32).unwrap_or(name)
}

/// `size-value = 1*20DIGIT` (RFC 1870 §5).
fn size(value: &str) -> Option<u64> {
    let digits = value.len() <= 20 && value.bytes().all(|b| b.is_ascii_digit());
    // Twenty digits may pass 2^64; that is too big in any case.
    digits.then(|| value.parse().unwrap_or(u64::MAX))
}

/// `body-value = "7BIT" / "8BITMIME"` (RFC 6152 §2).
fn body(value: &str) -> Option<BodyKind> {
    if value.eq_ignore_ascii_case("7BIT") {
        Some(BodyKind::SevenBit)
    } else if value.eq_ignore_ascii_case("8BITMIME") {
        Some(BodyKind::EightBit)
    } else {
        None
    }
}

/// `"AUTH=" ( xtext of addr-spec / "<>" )` (RFC 4954 §5); `xtext` of RFC 3461 §4.
fn auth_parameter(value: &str) -> bool {
    let mut bytes = value.bytes();
    if value == "<>" {
        return true;
    }
    while let Some(b) = bytes.next() {
        let good = match b {
            b'+' => {
                let upper_hex = |d: Option<u8>| d.is_some_and(|d| d.is_ascii_digit() || (b'A'..=b'F').contains(&d));
                upper_hex(bytes.next()) && upper_hex(bytes.next())
            }
            b'=' => false,
            _ => b.is_ascii_graphic(),
        };
        if !good {
            return false;
        }
    }
    !value.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_path_as_the_field_writes_it() {
        for (argument, shown, rest) in [
            ("FROM:<a@b.test>", "<a@b.test>", ""),
            ("from: <a@b.test> SIZE=1", "<a@b.test>", " SIZE=1"),
            ("FROM:a@b.test SIZE=1", "<a@b.test>", "SIZE=1"),
            ("FROM:<>", "<>", ""),
            ("FROM:<\"a> b\"@c.test> X", "<\"a> b\"@c.test>", " X"),
        ] {
            let (got, tail) = path(argument, "FROM:").unwrap();
            assert_eq!((got.unwrap().to_string().as_str(), tail), (shown, rest), "{argument}");
        }
        for bad in ["", "FROM", "FROM:", "FROM: ", "TO:<a@b.test>", "用户"] {
            assert!(path(bad, "FROM:").is_none(), "{bad}");
        }
        for bad in ["FROM:<a@b.test>SIZE=1", "FROM:<a@b.test", "FROM:<a@b.test>>", "FROM:<@x.test:a@b.test>", "FROM:<pepe>"] {
            assert!(path(bad, "FROM:").unwrap().0.is_err(), "{bad}");
        }
    }

    fn check(text: &str, expected: Result<MailParameters, u16>) {
        assert_eq!(of_mail(text, true).map_err(|r| r.code), expected, "{text}");
    }

    #[test]
    fn reads_the_parameters_of_mail() {
        let none = MailParameters::default();
        check("", Ok(none));
        check(" size=12  BODY=8bitmime SMTPUTF8", Ok(MailParameters { size: Some(12), body: BodyKind::EightBit, smtputf8: true }));
        check(" AUTH=<>", Ok(none));
        check(" AUTH=e+3Dmc2@example.com", Ok(none));
        check(" SIZE=99999999999999999999", Ok(MailParameters { size: Some(u64::MAX), ..none }));
        for bad in
            [" SIZE", " SIZE=", " SIZE=-1", " SIZE=1x", " SIZE=1 SIZE=2", " BODY=BINARYMIME", " SMTPUTF8=1", " =1", " A=B=C", " AUTH=+3"]
        {
            check(bad, Err(501));
        }
        for unknown in [" RET=FULL", " FROP=friep", " X"] {
            check(unknown, Err(555));
        }
        assert_eq!(of_mail(" AUTH=<>", false).unwrap_err().code, 555);
    }
}
