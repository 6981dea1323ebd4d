//! Makes a stranger's HTML harmless: only elements, attributes, addresses and properties that are
//! known to be, nothing that runs, nothing that loads from elsewhere unless it was asked for.
//! Parsing and the walls between elements are `ammonia`'s; what stands in attributes is decided
//! here. Does not judge what a message says, but shows where its links lead ([`links`]).
//!
//! Architecture invariant: what comes out is one more wall, not the only one: it is shown in a
//! sandboxed frame under a CSP.

mod css;
mod frame;
mod links;
pub(crate) mod pictures;
mod tame;

pub use frame::{Theme, frame};
pub use pictures::Pictures;

use ammonia::{Builder, Url, UrlRelative};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use world::lock;

/// The most HTML that is shown, in octets; a longer message is cut, and its source can be had whole.
pub const HTML_BYTES_MAX: usize = 2 * 1024 * 1024;
/// The longest attribute that is kept, in octets; pictures in the message itself may be longer.
pub const ATTRIBUTE_BYTES_MAX: usize = 8 * 1024;

/// Gives the server's own address for a remote picture.
pub type Remote = Box<dyn Fn(&str) -> String + Send + Sync>;

/// Harmless HTML.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clean {
    /// What stands in the body.
    pub html: String,
    /// It wants pictures from elsewhere.
    pub has_remote: bool,
    /// It chooses colours of its own, so it wants a white ground.
    pub has_colours: bool,
    /// Paths of the pictures of the message that it shows.
    pub shown: Vec<String>,
}

/// Sanitizes. `pictures` are those that came with the message; `remote` rewrites addresses of
/// others, and without it they are taken out.
pub fn clean(html: &str, pictures: Pictures, remote: Option<Remote>) -> Clean {
    let (html, cut) = bounded(html);
    let state = Arc::new(Mutex::new(State {
        pictures,
        remote,
        has_remote: false,
        has_colours: false,
    }));
    let judge = state.clone();
    let mut builder = builder();
    builder.attribute_filter(move |element, attribute, value| {
        lock(&judge).judge(element, attribute, value)
    });
    let mut html = links::mark(&builder.clean(&tame::tame(html)).to_string());
    drop(builder);
    if cut {
        html.push_str("<p>…</p>");
    }
    let mut state = lock(&state);
    Clean {
        html,
        has_remote: state.has_remote,
        has_colours: state.has_colours,
        shown: std::mem::take(&mut state.pictures).into_shown(),
    }
}

fn bounded(html: &str) -> (&str, bool) {
    if html.len() <= HTML_BYTES_MAX {
        return (html, false);
    }
    let mut end = HTML_BYTES_MAX;
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    (&html[..end], true)
}

const ELEMENTS: [&str; 71] = [
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "nav",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "wbr",
];

/// Elements that go with all that is in them: it is no text for readers.
const SWALLOWED: [&str; 22] = [
    "script",
    "style",
    "title",
    "textarea",
    "select",
    "option",
    "iframe",
    "noembed",
    "noframes",
    "noscript",
    "xmp",
    "plaintext",
    "template",
    "math",
    "svg",
    "object",
    "embed",
    "applet",
    "frameset",
    "datalist",
    "canvas",
    "portal",
];

const EVERYWHERE: [&str; 11] = [
    "style",
    "title",
    "dir",
    "lang",
    "align",
    "valign",
    "bgcolor",
    "color",
    "width",
    "height",
    "background",
];

const SOME: [(&str, &[&str]); 17] = [
    ("a", &["href"]),
    (
        "img",
        &["src", "srcset", "alt", "border", "hspace", "vspace"],
    ),
    (
        "table",
        &[
            "border",
            "cellpadding",
            "cellspacing",
            "rules",
            "frame",
            "bordercolor",
        ],
    ),
    ("td", &["colspan", "rowspan", "nowrap", "abbr", "scope"]),
    ("th", &["colspan", "rowspan", "nowrap", "abbr", "scope"]),
    ("tr", &["char"]),
    ("col", &["span"]),
    ("colgroup", &["span"]),
    ("font", &["face", "size"]),
    ("ol", &["start", "type", "reversed"]),
    ("ul", &["type"]),
    ("li", &["value", "type"]),
    ("hr", &["size", "noshade"]),
    ("br", &["clear"]),
    ("blockquote", &["type"]),
    ("del", &["datetime"]),
    ("ins", &["datetime"]),
];

fn builder() -> Builder<'static> {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(ELEMENTS))
        .clean_content_tags(HashSet::from(SWALLOWED))
        .generic_attributes(HashSet::from(EVERYWHERE))
        .tag_attributes(
            SOME.into_iter()
                .map(|(element, names)| (element, names.iter().copied().collect()))
                .collect::<HashMap<_, _>>(),
        )
        .url_schemes(HashSet::from([
            "http", "https", "mailto", "tel", "cid", "data",
        ]))
        // An address without a scheme comes to `judge`, which knows what to make of it.
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer"))
        .set_tag_attribute_value("a", "target", "_blank")
        .strip_comments(true);
    builder
}

struct State {
    pictures: Pictures,
    remote: Option<Remote>,
    has_remote: bool,
    has_colours: bool,
}

impl State {
    // Decides about one attribute of an element that may stay.
    fn judge<'v>(
        &mut self,
        element: &str,
        attribute: &str,
        value: &'v str,
    ) -> Option<Cow<'v, str>> {
        match (element, attribute) {
            ("img", "src") => self.picture(value).map(Cow::Owned),
            ("img", "srcset") => {
                // A choice of sizes; the picture's src serves. Where there is none, at least it is
                // told that there is something.
                self.has_remote |= value.contains("//");
                None
            }
            (_, "background") => self.picture(value).map(Cow::Owned),
            ("a", "href") => link(value).map(Cow::Owned),
            (_, "style") => {
                let style = css::filter(value, self);
                (!style.is_empty()).then_some(Cow::Owned(style))
            }
            (_, "bgcolor" | "color" | "bordercolor") => {
                self.has_colours = true;
                (value.len() <= 64).then_some(Cow::Borrowed(value))
            }
            _ => (value.len() <= ATTRIBUTE_BYTES_MAX).then_some(Cow::Borrowed(value)),
        }
    }

    /// The address under which a picture may be loaded: from the message itself, or through the
    /// server where that was asked for.
    fn picture(&mut self, address: &str) -> Option<String> {
        let address = tidy(address);
        if let Some(id) = strip_scheme(&address, "cid:") {
            return self.pictures.by_content_id(id);
        }
        if strip_scheme(&address, "data:").is_some() {
            return self.pictures.given_inline(&address);
        }
        let url = remote_url(&address)?;
        self.has_remote = true;
        self.remote.as_ref().map(|rewrite| rewrite(url.as_str()))
    }
}

impl css::Values for State {
    fn picture(&mut self, address: &str) -> Option<String> {
        State::picture(self, address)
    }

    fn colour(&mut self) {
        self.has_colours = true;
    }
}

// As a browser reads an address: without the control characters that it ignores (WHATWG URL §4.4).
fn tidy(address: &str) -> String {
    let kept: String = address
        .chars()
        .filter(|c| !matches!(c, '\t' | '\n' | '\r'))
        .collect();
    kept.trim_matches(|c: char| c <= ' ').to_owned()
}

fn strip_scheme<'a>(address: &'a str, scheme: &str) -> Option<&'a str> {
    address
        .get(..scheme.len())
        .filter(|s| s.eq_ignore_ascii_case(scheme))
        .map(|_| &address[scheme.len()..])
}

/// `http(s)://…`, also without its scheme, as pages write it.
fn remote_url(address: &str) -> Option<Url> {
    let full = if address.starts_with("//") || address.starts_with("\\\\") {
        format!("https:{address}")
    } else {
        address.to_owned()
    };
    let url = Url::parse(&full)
        .ok()
        .filter(|u| full.len() <= ATTRIBUTE_BYTES_MAX && matches!(u.scheme(), "http" | "https"))?;
    url.has_host().then_some(url)
}

/// Where a link may lead: another page, a message, a telephone.
fn link(address: &str) -> Option<String> {
    let address = tidy(address);
    if let Some(url) = remote_url(&address) {
        return Some(url.to_string());
    }
    let url = Url::parse(&address)
        .ok()
        .filter(|_| address.len() <= ATTRIBUTE_BYTES_MAX)?;
    matches!(url.scheme(), "mailto" | "tel").then(|| url.to_string())
}

#[cfg(test)]
mod tests;
