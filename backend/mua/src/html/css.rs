//! Filters the `style` attribute, declaration by declaration: properties that affect only their
//! element, and values without functions other than colours and `calc`. Allowed declarations are
//! serialized from their tokens, so that no escape or comment of the original survives.

use cssparser::{Delimiter, ParseError, Parser, ToCss, Token};

/// Callbacks into the sanitizer of the message.
pub(super) trait StyleContext {
    /// Returns the URL from which an image may be loaded.
    fn image_url(&mut self, address: &str) -> Option<String>;
    /// Notes that a colour is set.
    fn use_colour(&mut self);
}

/// Style length limit in bytes, and the nesting limit of functions.
const STYLE_BYTES_MAX: usize = 16 * 1024;
const DEPTH_MAX: usize = 4;

/// Allowed property families: the name itself and names that continue with a dash.
const FAMILIES: [&str; 12] = [
    "margin",
    "padding",
    "border",
    "font",
    "text",
    "list-style",
    "background",
    "outline",
    "column",
    "word",
    "min",
    "max",
];

const PROPERTIES: [&str; 24] = [
    "color",
    "width",
    "height",
    "display",
    "float",
    "clear",
    "line-height",
    "letter-spacing",
    "white-space",
    "vertical-align",
    "table-layout",
    "caption-side",
    "empty-cells",
    "direction",
    "unicode-bidi",
    "overflow-wrap",
    "overflow",
    "opacity",
    "visibility",
    "hyphens",
    "tab-size",
    "quotes",
    "object-fit",
    "box-sizing",
];

const FUNCTIONS: [&str; 5] = ["rgb", "rgba", "hsl", "hsla", "calc"];

/// Returns the allowed declarations.
pub(super) fn filter(style: &str, context: &mut dyn StyleContext) -> String {
    let mut out = String::with_capacity(style.len().min(STYLE_BYTES_MAX));
    if style.len() > STYLE_BYTES_MAX {
        return out;
    }
    let mut parser = Parser::new(style);
    loop {
        let declaration = parser.parse_until_before::<_, _, ()>(Delimiter::Semicolon, |input| {
            declaration(input, context)
        });
        if let Ok(Some(declaration)) = declaration {
            if !out.is_empty() {
                out.push(';');
            }
            out.push_str(&declaration);
        }
        // The semicolon, or the end.
        if parser.next().is_err() {
            return out;
        }
    }
}

/// `declaration = ident ":" value [ "!" "important" ]` (CSS Syntax 3 §5.4.6).
fn declaration(
    input: &mut Parser<'_>,
    context: &mut dyn StyleContext,
) -> Result<Option<String>, ParseError<()>> {
    let name = input.expect_ident()?.to_ascii_lowercase();
    input.expect_colon()?;
    if !allowed(&name) {
        return Ok(None);
    }
    let mut value = String::new();
    let images_allowed = matches!(name.as_str(), "background" | "background-image");
    if !write_value(input, &mut value, context, images_allowed, 0) {
        return Ok(None);
    }
    let value = value.trim();
    if value.is_empty() {
        return Ok(None);
    }
    if name == "color" || name.starts_with("background") {
        context.use_colour();
    }
    Ok(Some(format!("{name}:{value}")))
}

fn allowed(name: &str) -> bool {
    PROPERTIES.contains(&name)
        || FAMILIES.iter().any(|family| {
            name.strip_prefix(family)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
}

// Serializes the tokens of a value; returns false if one is not allowed.
fn write_value(
    input: &mut Parser<'_>,
    out: &mut String,
    context: &mut dyn StyleContext,
    images_allowed: bool,
    depth: usize,
) -> bool {
    while let Ok(token) = input.next_including_whitespace().cloned() {
        let known = match &token {
            Token::WhiteSpace(_) => {
                out.push(' ');
                continue;
            }
            Token::UnquotedUrl(address) => {
                if !write_image(address, out, context, images_allowed) {
                    return false;
                }
                continue;
            }
            Token::Function(name) if name.eq_ignore_ascii_case("url") => {
                let address = input
                    .parse_nested_block::<_, _, ()>(|inner| Ok(inner.expect_string()?.to_string()));
                if !address.is_ok_and(|address| write_image(&address, out, context, images_allowed))
                {
                    return false;
                }
                continue;
            }
            Token::Function(name) => {
                let name = name.to_ascii_lowercase();
                if depth >= DEPTH_MAX || !FUNCTIONS.contains(&name.as_str()) {
                    return false;
                }
                out.push_str(&name);
                out.push('(');
                let inner = input.parse_nested_block::<_, _, ()>(|inner| {
                    Ok(write_value(inner, out, context, false, depth + 1))
                });
                if !inner.unwrap_or(false) {
                    return false;
                }
                out.push(')');
                continue;
            }
            Token::Ident(_)
            | Token::Hash(_)
            | Token::IDHash(_)
            | Token::QuotedString(_)
            | Token::Number { .. }
            | Token::Percentage { .. }
            | Token::Dimension { .. }
            | Token::Comma => true,
            Token::Delim(c) => matches!(c, '/' | '!' | '+' | '-' | '*'),
            _ => false,
        };
        let start = out.len();
        // A serialized escape stands for a control character or a delimiter in a name or string.
        if !known || token.to_css(out).is_err() || out[start..].contains('\\') {
            return false;
        }
    }
    true
}

fn write_image(
    address: &str,
    out: &mut String,
    context: &mut dyn StyleContext,
    images_allowed: bool,
) -> bool {
    // Also asked where images are not allowed, so that remote content is detected.
    match context.image_url(address).filter(|_| images_allowed) {
        Some(address) => {
            out.push_str("url(");
            let written = Token::QuotedString(address.as_str().into()).to_css(out);
            out.push(')');
            written.is_ok()
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct NoImages;

    impl StyleContext for NoImages {
        fn image_url(&mut self, address: &str) -> Option<String> {
            address.strip_prefix("cid:").map(|id| format!("data:{id}"))
        }
        fn use_colour(&mut self) {}
    }

    fn check(style: &str, expected: &str) {
        assert_eq!(filter(style, &mut NoImages), expected, "{style}");
    }

    #[test]
    fn keeps_harmless_declarations() {
        check(
            "color: RED; font: bold 12px/1.5 \"Segoe UI\", sans-serif",
            "color:RED;font:bold 12px/1.5 \"Segoe UI\", sans-serif",
        );
        check(
            "margin:0 auto!important;padding:-1px",
            "margin:0 auto!important;padding:-1px",
        );
        check(
            "background:#fff url(cid:a) no-repeat",
            "background:#fff url(\"data:a\") no-repeat",
        );
        check(
            "color:rgb(1, 2 ,3);width:calc(100% - 2px)",
            "color:rgb(1, 2 ,3);width:calc(100% - 2px)",
        );
        check("color:red;;;  ; width:1px;", "color:red;width:1px");
    }

    #[test]
    fn removes_declarations_that_load_run_or_reposition() {
        for bad in [
            "background:url(http://x.test/a)",
            "background-image:\\75rl(http://x.test/a)",
            "background:u/**/rl(x)",
            "background:image-set('http://x.test/a' 1x)",
            "list-style-image:url(cid:a)",
            "width:expression(alert(1))",
            "width:exp/**/ression(alert(1))",
            "behavior:url(x)",
            "-moz-binding:url(x)",
            "position:fixed",
            "z-index:9",
            "@import 'x'",
            "@\\69mport url(x)",
            "content:'x'",
            "filter:progid:x()",
            "color:var(--x)",
            "color:red}body{color:blue",
            "color:{red}",
            "animation:x 1s",
            "transform:scale(9)",
            "cursor:url(x),auto",
            "font-family:'a\u{1}b'",
            "font-family:'a\\1 b'",
            "font-family:a\\1 b",
            "font-family:'a\\\"b'",
            "font-family:url(x)",
            "src:url(x)",
            "--x:red",
            "color:",
            "color",
            "",
        ] {
            check(bad, "");
        }
        check("position:fixed;color:red;behavior:url(x)", "color:red");
    }

    #[test]
    fn drops_style_over_the_length_limit() {
        let style = |n: usize| format!("color:{}", "a".repeat(n - 6));
        assert_eq!(
            filter(&style(STYLE_BYTES_MAX), &mut NoImages).len(),
            STYLE_BYTES_MAX
        );
        check(&style(STYLE_BYTES_MAX + 1), "");
    }
}
