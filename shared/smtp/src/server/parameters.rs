//! Parses the arguments of MAIL and RCPT: a path, then parameters (RFC 5321 §4.1.1.11, §4.1.2).

use super::interface::{MailParameters, RcptParameters};
use super::replies;
use crate::xtext;
use mail::{AddressError, BodyKind, Duration, Notify, Path, Reply, ReturnMode, Time, split_angle};

/// `"FROM:" Reverse-path [SP Mail-parameters]` or `"TO:" Forward-path [SP Rcpt-parameters]` without
/// the verb: gives the path and the parameters' text. Two
/// common deviations are accepted: spaces after the colon, and an address without angle brackets.
/// `None` where the argument is malformed; otherwise the parsed path or its error.
pub(super) fn path<'a>(
    argument: &'a str,
    keyword: &str,
) -> Option<(Result<Path, AddressError>, &'a str)> {
    let tail = argument
        .get(..keyword.len())
        .filter(|k| k.eq_ignore_ascii_case(keyword))
        .map(|_| &argument[keyword.len()..])?;
    let tail = tail.trim_start_matches(' ');
    if tail.is_empty() {
        return None;
    }
    if !tail.starts_with('<') {
        let (address, rest) = tail.split_once(' ').unwrap_or((tail, ""));
        return Some((Path::parse(&format!("<{address}>")), rest));
    }
    match split_angle(tail) {
        Ok((_, rest)) if !rest.is_empty() && !rest.starts_with(' ') => {
            Some((Err(AddressError::Brackets), ""))
        }
        Ok((_, rest)) => Some((Path::parse(&tail[..tail.len() - rest.len()]), rest)),
        Err(e) => Some((Err(e), "")),
    }
}

/// `esmtp-param *(SP esmtp-param)`; `esmtp-param = esmtp-keyword ["=" esmtp-value]` (RFC 5321
/// §4.1.2). Each keyword once.
///
/// # Errors
/// 501 5.5.4 where a parameter is malformed.
pub(super) fn split(text: &str) -> Result<Vec<(&str, Option<&str>)>, Reply> {
    let mut found: Vec<(&str, Option<&str>)> = Vec::new();
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        let (name, value) = word
            .split_once('=')
            .map_or((word, None), |(n, v)| (n, Some(v)));
        let good_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && name.starts_with(|c: char| c.is_ascii_alphanumeric());
        // esmtp-value = 1*(%d33-60 / %d62-126), and UTF-8 (RFC 6531 §3.3). RFC 3461 §4.4 has an
        // xtext for ENVID, which may be empty (§4.1).
        let may_be_empty = name.eq_ignore_ascii_case("ENVID");
        let good_value = value.is_none_or(|v| (may_be_empty || !v.is_empty()) && !v.contains('='));
        let again = found.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
        if !good_name || !good_value || again {
            return Err(replies::parameter_syntax());
        }
        found.push((name, value));
    }
    Ok(found)
}

/// The parameters of MAIL that are offered on this connection only.
pub(super) struct OfferedParameters {
    /// AUTH is offered.
    pub auth: bool,
    /// The connection is in TLS: REQUIRETLS.
    pub tls: bool,
    /// FUTURERELEASE: the current time, and the longest interval.
    pub hold: Option<(Time, Duration)>,
}

/// The longest ENVID in bytes of xtext (RFC 3461 §4.4).
const ENVELOPE_ID_BYTES_MAX: usize = 100;
/// The longest ORCPT in bytes with its type (RFC 3461 §4.2).
const ORIGINAL_BYTES_MAX: usize = 500;

/// The parameters of MAIL that EHLO offers: SIZE, BODY, SMTPUTF8, RET, ENVID; in TLS REQUIRETLS;
/// for users AUTH, HOLDFOR, HOLDUNTIL.
///
/// # Errors
/// 501 or 555 with 5.5.4.
pub(super) fn of_mail(text: &str, offered: &OfferedParameters) -> Result<MailParameters, Reply> {
    let mut parameters = MailParameters::default();
    for (name, value) in split(text)? {
        let keyword = name.to_ascii_uppercase();
        let bad = || replies::parameter_value(&keyword);
        match (keyword.as_str(), value) {
            ("SIZE", Some(v)) => parameters.size = Some(size(v).ok_or_else(bad)?),
            ("BODY", Some(v)) => parameters.body = body(v).ok_or_else(bad)?,
            ("SMTPUTF8", None) => parameters.smtputf8 = true,
            // RFC 3461 §4.3
            ("RET", Some(v)) if v.eq_ignore_ascii_case("FULL") => {
                parameters.return_mode = Some(ReturnMode::Full);
            }
            ("RET", Some(v)) if v.eq_ignore_ascii_case("HDRS") => {
                parameters.return_mode = Some(ReturnMode::Headers);
            }
            ("ENVID", Some(v)) if v.len() <= ENVELOPE_ID_BYTES_MAX => {
                parameters.envelope_id = Some(xtext::decode(v).ok_or_else(bad)?);
            }
            ("REQUIRETLS", None) if offered.tls => parameters.require_tls = true,
            // Accepted and ignored: the submitter is authenticated already (RFC 4954 §5).
            ("AUTH", Some(v)) if offered.auth => auth_parameter(v).then_some(()).ok_or_else(bad)?,
            ("HOLDFOR" | "HOLDUNTIL", Some(v)) if let Some(hold) = offered.hold => {
                if parameters.hold_until.is_some() {
                    return Err(replies::parameter_syntax());
                }
                parameters.hold_until = Some(hold_until(&keyword, v, hold)?);
            }
            ("SIZE" | "BODY" | "SMTPUTF8" | "RET" | "ENVID", _) => return Err(bad()),
            ("AUTH", _) if offered.auth => return Err(bad()),
            ("REQUIRETLS", _) if offered.tls => return Err(bad()),
            ("HOLDFOR" | "HOLDUNTIL", _) if offered.hold.is_some() => return Err(bad()),
            _ => return Err(replies::parameter_unknown(shown(name))),
        }
    }
    // A time in the past does not delay the message (RFC 4865 §4.2).
    parameters.hold_until = parameters
        .hold_until
        .filter(|at| offered.hold.is_some_and(|(now, _)| *at > now));
    Ok(parameters)
}

/// `HOLDFOR=1*9DIGIT` in seconds, or `HOLDUNTIL=date-time` of RFC 3339 (RFC 4865 §4).
fn hold_until(keyword: &str, value: &str, (now, max): (Time, Duration)) -> Result<Time, Reply> {
    let until = if keyword == "HOLDFOR" {
        let digits =
            !value.is_empty() && value.len() <= 9 && value.bytes().all(|b| b.is_ascii_digit());
        digits
            .then(|| value.parse().ok())
            .flatten()
            .map(|secs| now + Duration::from_secs(secs))
    } else {
        Time::from_rfc3339(value)
    };
    let until = until.ok_or_else(|| replies::parameter_value(keyword))?;
    if until.since(now) > max {
        Err(replies::hold_too_long(max.as_secs()))
    } else {
        Ok(until)
    }
}

/// The parameters of RCPT: NOTIFY and ORCPT (RFC 3461 §4.1, §4.2).
///
/// # Errors
/// 501 or 555 with 5.5.4.
pub(super) fn of_rcpt(text: &str) -> Result<RcptParameters, Reply> {
    let mut parameters = RcptParameters::default();
    for (name, value) in split(text)? {
        let keyword = name.to_ascii_uppercase();
        let bad = || replies::parameter_value(&keyword);
        match (keyword.as_str(), value) {
            ("NOTIFY", Some(v)) => parameters.notify = Some(notify(v).ok_or_else(bad)?),
            ("ORCPT", Some(v)) => parameters.original = Some(original(v).ok_or_else(bad)?),
            ("NOTIFY" | "ORCPT", None) => return Err(bad()),
            _ => return Err(replies::parameter_unknown(shown(name))),
        }
    }
    Ok(parameters)
}

/// `notify-esmtp-value = "NEVER" / 1#notify-list-element`; each of SUCCESS, FAILURE, DELAY once
/// (RFC 3461 §4.1).
fn notify(value: &str) -> Option<Notify> {
    if value.eq_ignore_ascii_case("NEVER") {
        return Some(Notify::NEVER);
    }
    let mut notify = Notify::NEVER;
    for word in value.split(',') {
        let slot = match word.to_ascii_uppercase().as_str() {
            "SUCCESS" => &mut notify.success,
            "FAILURE" => &mut notify.failure,
            "DELAY" => &mut notify.delay,
            _ => return None,
        };
        if std::mem::replace(slot, true) {
            return None;
        }
    }
    Some(notify)
}

/// `original-recipient-address = addr-type ";" xtext` (RFC 3461 §4.2).
fn original(value: &str) -> Option<String> {
    let (kind, address) = value
        .split_once(';')
        .filter(|_| value.len() <= ORIGINAL_BYTES_MAX)?;
    let good = !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let address = xtext::decode(address).filter(|a| good && !a.is_empty())?;
    Some(format!("{kind};{address}"))
}

// The beginning of an unknown parameter, for the reply.
fn shown(name: &str) -> &str {
    name.get(..32).unwrap_or(name)
}

/// `size-value = 1*20DIGIT` (RFC 1870 §5).
fn size(value: &str) -> Option<u64> {
    let digits = value.len() <= 20 && value.bytes().all(|b| b.is_ascii_digit());
    // Twenty digits may exceed 2^64; that is too large in any case.
    digits.then(|| value.parse().unwrap_or(u64::MAX))
}

/// `body-value = "7BIT" / "8BITMIME" / "BINARYMIME"` (RFC 6152 §2, RFC 3030 §3).
fn body(value: &str) -> Option<BodyKind> {
    if value.eq_ignore_ascii_case("7BIT") {
        Some(BodyKind::SevenBit)
    } else if value.eq_ignore_ascii_case("8BITMIME") {
        Some(BodyKind::EightBit)
    } else if value.eq_ignore_ascii_case("BINARYMIME") {
        Some(BodyKind::Binary)
    } else {
        None
    }
}

/// `"AUTH=" ( xtext of addr-spec / "<>" )` (RFC 4954 §5); `xtext` of RFC 3461 §4.
fn auth_parameter(value: &str) -> bool {
    value == "<>" || (!value.is_empty() && xtext::decode(value).is_some())
}

#[cfg(test)]
mod tests;
