//! A quota on the command line.

/// A quota: a number of bytes, with an optional suffix k, M, G or T for powers of 1024; or `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quota(pub(super) Option<u64>);

/// Why a text is not a [`Quota`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QuotaError {
    /// Neither a number with a suffix nor `none`.
    Syntax,
    /// More bytes than 64 bits can count.
    TooLarge,
}

impl std::fmt::Display for QuotaError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            QuotaError::Syntax => "a quota is a number of bytes, such as 500M or 2G, or none",
            QuotaError::TooLarge => "the quota is too large",
        })
    }
}

impl std::error::Error for QuotaError {}

impl std::str::FromStr for Quota {
    type Err = QuotaError;

    fn from_str(text: &str) -> Result<Quota, QuotaError> {
        if text == "none" {
            return Ok(Quota(None));
        }
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let power = match &text[digits.len()..] {
            "" => 0,
            "k" | "K" => 1,
            "M" => 2,
            "G" => 3,
            "T" => 4,
            _ => return Err(QuotaError::Syntax),
        };
        let number: u64 = digits.parse().map_err(|_| QuotaError::Syntax)?;
        number
            .checked_mul(1 << (10 * power))
            .map(|bytes| Quota(Some(bytes)))
            .ok_or(QuotaError::TooLarge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_quotas() {
        for (text, bytes) in [
            ("none", Some(None)),
            ("500", Some(Some(500))),
            ("2k", Some(Some(2048))),
            ("500M", Some(Some(500 << 20))),
            ("2G", Some(Some(2 << 30))),
            ("2GB", None),
            ("-1", None),
            ("", None),
            ("99999999T", None),
        ] {
            assert_eq!(text.parse::<Quota>().ok().map(|q| q.0), bytes, "{text}");
        }
    }
}
