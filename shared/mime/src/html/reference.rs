//! Character references in HTML text (HTML §13.2.5.72): named ones, with and without a semicolon,
//! and numeric ones. The names with their characters are those of `mail_parser`; this module has
//! the rules of where a reference ends, and what the table lacks.

use mail_parser::decoders::html::add_html_token;

/// The longest name: `CounterClockwiseContourIntegral`.
const NAME_BYTES_MAX: usize = 31;
/// The longest name in [`BARE`].
const BARE_BYTES_MAX: usize = 6;

/// Names that are references without a semicolon, too.
const BARE: [&str; 106] = [
    "AElig", "AMP", "Aacute", "Acirc", "Agrave", "Aring", "Atilde", "Auml", "COPY", "Ccedil",
    "ETH", "Eacute", "Ecirc", "Egrave", "Euml", "GT", "Iacute", "Icirc", "Igrave", "Iuml", "LT",
    "Ntilde", "Oacute", "Ocirc", "Ograve", "Oslash", "Otilde", "Ouml", "QUOT", "REG", "THORN",
    "Uacute", "Ucirc", "Ugrave", "Uuml", "Yacute", "aacute", "acirc", "acute", "aelig", "agrave",
    "amp", "aring", "atilde", "auml", "brvbar", "ccedil", "cedil", "cent", "copy", "curren", "deg",
    "divide", "eacute", "ecirc", "egrave", "eth", "euml", "frac12", "frac14", "frac34", "gt",
    "iacute", "icirc", "iexcl", "igrave", "iquest", "iuml", "laquo", "lt", "macr", "micro",
    "middot", "nbsp", "not", "ntilde", "oacute", "ocirc", "ograve", "ordf", "ordm", "oslash",
    "otilde", "ouml", "para", "plusmn", "pound", "quot", "raquo", "reg", "sect", "shy", "sup1",
    "sup2", "sup3", "szlig", "thorn", "times", "uacute", "ucirc", "ugrave", "uml", "uuml",
    "yacute", "yen", "yuml",
];

/// Names of two characters: the second one with the names. The first one is in the table.
const SECOND: [(char, &[&str]); 8] = [
    (
        '\u{338}',
        &[
            "NotEqualTilde",
            "NotGreaterFullEqual",
            "NotGreaterGreater",
            "NotGreaterSlantEqual",
            "NotHumpDownHump",
            "NotHumpEqual",
            "NotLeftTriangleBar",
            "NotLessLess",
            "NotLessSlantEqual",
            "NotNestedGreaterGreater",
            "NotNestedLessLess",
            "NotPrecedesEqual",
            "NotRightTriangleBar",
            "NotSquareSubset",
            "NotSquareSuperset",
            "NotSucceedsEqual",
            "NotSucceedsTilde",
            "nGg",
            "nGtv",
            "nLl",
            "nLtv",
            "napE",
            "napid",
            "nbump",
            "nbumpe",
            "ncongdot",
            "nedot",
            "nesim",
            "ngE",
            "ngeqq",
            "ngeqslant",
            "nges",
            "nlE",
            "nleqq",
            "nleqslant",
            "nles",
            "notinE",
            "notindot",
            "npart",
            "npre",
            "npreceq",
            "nrarrc",
            "nrarrw",
            "nsce",
            "nsubE",
            "nsubseteqq",
            "nsucceq",
            "nsupE",
            "nsupseteqq",
        ],
    ),
    (
        '\u{fe00}',
        &[
            "caps",
            "cups",
            "gesl",
            "gvertneqq",
            "gvnE",
            "lates",
            "lesg",
            "lvertneqq",
            "lvnE",
            "smtes",
            "sqcaps",
            "sqcups",
            "varsubsetneq",
            "varsubsetneqq",
            "varsupsetneq",
            "varsupsetneqq",
            "vsubnE",
            "vsubne",
            "vsupnE",
            "vsupne",
        ],
    ),
    (
        '\u{20d2}',
        &[
            "NotSubset",
            "NotSuperset",
            "nGt",
            "nLt",
            "nang",
            "nsubset",
            "nsupset",
            "nvap",
            "nvge",
            "nvgt",
            "nvle",
            "nvlt",
            "nvltrie",
            "nvrtrie",
            "nvsim",
            "vnsub",
            "vnsup",
        ],
    ),
    ('\u{20e5}', &["bne", "bnequiv", "nparsl"]),
    ('\u{333}', &["acE"]),
    ('j', &["fjlig"]),
    ('\u{331}', &["race"]),
    ('\u{200a}', &["ThickSpace"]),
];

/// What 128 to 159 stand for: characters of Windows-1252, as browsers read them (HTML §13.2.5.80).
const WINDOWS_1252: [char; 32] = [
    '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}',
    '\u{2c6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}', '\u{8f}',
    '\u{90}', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}',
    '\u{2dc}', '\u{2122}', '\u{161}', '\u{203a}', '\u{153}', '\u{9d}', '\u{17e}', '\u{178}',
];

/// Where a text stands: in an attribute, names without a semicolon are more restricted, because
/// addresses contain `&name=value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Between tags.
    Text,
    /// The value of an attribute.
    Attribute,
}

/// Reads the reference at the beginning of `text`, which is `&`. Returns the characters that it
/// stands for and its length in bytes; `None` if the `&` is only that.
pub(super) fn read(text: &str, place: Place) -> Option<(String, usize)> {
    let body = text.strip_prefix('&')?;
    match body.strip_prefix('#') {
        Some(number) => numeric(number).map(|(c, len)| (c.to_string(), len + 2)),
        None => named(body, place).map(|(characters, len)| (characters, len + 1)),
    }
}

/// `#` digits, or `#x` hexadecimal digits, and a semicolon that may be missing.
fn numeric(text: &str) -> Option<(char, usize)> {
    let hex = text.strip_prefix(['x', 'X']);
    let (digits, radix, before) = hex.map_or((text, 10, 0), |hex| (hex, 16, 1));
    let len = digits
        .find(|c: char| !c.is_digit(radix))
        .unwrap_or(digits.len());
    if len == 0 {
        return None;
    }
    let code = digits[..len].chars().fold(0_u32, |code, digit| {
        let digit = digit.to_digit(radix).unwrap_or_default();
        code.saturating_mul(radix).saturating_add(digit)
    });
    let c = match code {
        0 => char::REPLACEMENT_CHARACTER,
        0x80..=0x9f => WINDOWS_1252[code as usize - 0x80],
        code => char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    let semicolon = usize::from(digits[len..].starts_with(';'));
    Some((c, before + len + semicolon))
}

fn named(text: &str, place: Place) -> Option<(String, usize)> {
    let bytes = text.as_bytes();
    let window = &bytes[..bytes.len().min(NAME_BYTES_MAX + 1)];
    let is_name = |b: &u8| b.is_ascii_alphanumeric();
    let len = window.iter().take_while(|b| is_name(b)).count();
    if bytes.get(len) == Some(&b';')
        && let Some(characters) = characters(&text[..len])
    {
        return Some((characters, len + 1));
    }
    let len = (2..=len.min(BARE_BYTES_MAX))
        .rev()
        .find(|len| BARE.binary_search(&&text[..*len]).is_ok())?;
    let goes_on = bytes.get(len).is_some_and(|b| is_name(b) || *b == b'=');
    if place == Place::Attribute && goes_on {
        return None;
    }
    Some((characters(&text[..len])?, len))
}

/// The characters of a name; `None` if there is no such name.
fn characters(name: &str) -> Option<String> {
    let token = format!("&{name};");
    let mut characters = String::new();
    add_html_token(&mut characters, token.as_bytes(), false);
    if characters.is_empty() || characters == token {
        return None;
    }
    let second = SECOND
        .iter()
        .find(|(_, names)| names.binary_search(&name).is_ok());
    characters.extend(second.map(|(c, _)| *c));
    Some(characters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(&str, usize)>) {
        let expected = expected.map(|(characters, len)| (characters.to_owned(), len));
        assert_eq!(read(text, Place::Text), expected, "{text}");
    }

    #[test]
    fn names_end_with_a_semicolon_or_by_themselves() {
        check("&amp;lt;", Some(("&", 5)));
        check("&euro;", Some(("\u{20ac}", 6)));
        check("&copy 2026", Some(("\u{a9}", 5)));
        check("&notit;", Some(("\u{ac}", 4)));
        check("&notin;", Some(("\u{2209}", 7)));
        for text in [
            "&",
            "& b",
            "&;",
            "&euro 5",
            "&CounterClockwiseContourIntegralX;",
        ] {
            check(text, None);
        }
        check("&nothing;", Some(("\u{ac}", 4)));
    }

    #[test]
    fn numbers_are_code_points_or_windows_1252() {
        check("&#8217;s", Some(("\u{2019}", 7)));
        check("&#146;s", Some(("\u{2019}", 6)));
        check("&#x1F600;", Some(("\u{1f600}", 9)));
        check("&#97a", Some(("a", 4)));
        for code in ["0", "xD800", "1114112", "99999999999"] {
            let text = format!("&#{code};");
            check(&text, Some(("\u{fffd}", text.len())));
        }
        check("&#;", None);
        check("&#xg;", None);
    }

    #[test]
    fn a_name_of_two_characters_keeps_its_overlay() {
        check("&NotGreaterFullEqual;", Some(("\u{2267}\u{338}", 21)));
        check("&fjlig;", Some(("fj", 7)));
    }

    #[test]
    fn addresses_keep_their_parameters() {
        for text in ["&copy=1", "&copyright=1", "&lang=en"] {
            assert_eq!(read(text, Place::Attribute), None, "{text}");
        }
        let amp = Some(("&".to_owned(), 5));
        assert_eq!(read("&amp;copy=1", Place::Attribute), amp);
    }

    #[test]
    fn tables_are_sorted_and_known() {
        assert!(BARE.is_sorted());
        for name in BARE {
            assert!(
                name.len() <= BARE_BYTES_MAX && characters(name).is_some(),
                "{name}"
            );
        }
        for (_, names) in SECOND {
            assert!(names.is_sorted());
            for name in names {
                assert!(characters(name).is_some(), "{name}");
            }
        }
    }
}
