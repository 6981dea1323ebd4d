//! Parses tag lists (RFC 6376 §3.2), the syntax of signatures, key records, seals and DMARC
//! records.

use event::catalogue::authentication::SignatureError;

/// The most tags of a list; genuine lists have less than a quarter of that.
pub(crate) const TAGS_MAX: usize = 64;

/// The tags of a list in their order. The values are trimmed, but keep their folding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tags<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Tags<'a> {
    /// `tag-list = tag-spec *( ";" tag-spec ) [ ";" ]`; `tag-spec = [FWS] tag-name [FWS] "=" [FWS]
    /// tag-value [FWS]`.
    ///
    /// # Errors
    /// Where the list breaks the grammar.
    pub(crate) fn parse(text: &'a str) -> Result<Tags<'a>, SignatureError> {
        let mut tags: Vec<(&str, &str)> = Vec::new();
        let mut specs = text.split(';').peekable();
        while let Some(spec) = specs.next() {
            if spec.trim().is_empty() && specs.peek().is_none() {
                break;
            }
            let (name, value) = spec
                .split_once('=')
                .ok_or_else(|| SignatureError::TagSyntax {
                    text: spec.trim().to_owned(),
                })?;
            let name = name.trim();
            // tag-name = ALPHA *ALNUMPUNC
            let good = name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if !good {
                return Err(SignatureError::TagName {
                    name: name.to_owned(),
                });
            }
            // "Tags with duplicate names MUST NOT occur"
            if tags.iter().any(|(n, _)| *n == name) {
                return Err(SignatureError::DuplicateTag {
                    tag: name.to_owned(),
                });
            }
            if tags.len() == TAGS_MAX {
                return Err(SignatureError::TooManyTags {
                    limit: TAGS_MAX as u32,
                });
            }
            tags.push((name, value.trim()));
        }
        Ok(Tags(tags))
    }

    /// The value of a tag.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(n, _)| *n == name).map(|(_, v)| *v)
    }

    /// The first tag.
    pub(crate) fn first(&self) -> Option<(&'a str, &'a str)> {
        self.0.first().copied()
    }

    /// All tags.
    pub(crate) fn into_pairs(self) -> Vec<(&'a str, &'a str)> {
        self.0
    }

    /// A value without white space: base64, lists, numbers.
    pub(crate) fn compact(&self, name: &str) -> Option<String> {
        self.get(name).map(|v| v.split_ascii_whitespace().collect())
    }

    /// The items of a value that is separated by colons.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<&'a str>> {
        self.get(name)
            .map(|v| v.split(':').map(str::trim).collect())
    }
}

/// Decodes base64, ignoring white space and missing padding.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let compact: String = text.split_ascii_whitespace().collect();
    GeneralPurpose::new(&base64::alphabet::STANDARD, lenient)
        .decode(compact)
        .ok()
}

/// Encodes a tag's value in base64.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&[(&str, &str)], SignatureError>) {
        assert_eq!(
            Tags::parse(text).map(|t| t.0),
            expected.map(<[_]>::to_vec),
            "{text:?}"
        );
    }

    #[test]
    fn reads_lists_with_folds_and_a_last_semicolon() {
        check(
            " v = 1 ;\r\n\t b=a b\r\n c=; x=;",
            Ok(&[("v", "1"), ("b", "a b\r\n c="), ("x", "")]),
        );
        check("", Ok(&[]));
        check("v=1; ", Ok(&[("v", "1")]));
    }

    #[test]
    fn a_list_has_sixty_four_tags_and_not_one_more() {
        let list = |many: usize| (0..many).map(|n| format!("t{n}=x;")).collect::<String>();
        assert_eq!(
            Tags::parse(&list(TAGS_MAX)).map(|t| t.0.len()),
            Ok(TAGS_MAX)
        );
        check(
            &list(TAGS_MAX + 1),
            Err(SignatureError::TooManyTags { limit: 64 }),
        );
    }

    #[test]
    fn says_what_is_wrong() {
        let syntax = |text: &str| SignatureError::TagSyntax { text: text.into() };
        check("v=1;;a=2", Err(syntax("")));
        check("v", Err(syntax("v")));
        check("1v=a", Err(SignatureError::TagName { name: "1v".into() }));
        check(
            "v=1; v=1",
            Err(SignatureError::DuplicateTag { tag: "v".into() }),
        );
    }
}
