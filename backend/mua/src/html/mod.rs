//! Sanitizes message HTML: only allow-listed elements, attributes, URL schemes and CSS properties
//! remain, nothing executes, and nothing is loaded from elsewhere unless requested. `ammonia`
//! parses and separates elements; attribute values are checked here. Links get a title with their
//! target (`links`).
//!
//! Architecture invariant: sanitizing is one layer of several; the output is shown in a sandboxed
//! frame under a CSP.

mod css;
mod frame;
pub(crate) mod images;
mod links;
mod normalize;

pub use frame::{Theme, frame};
pub use images::Images;
pub use links::MisleadingLink;
pub(crate) use links::is_same_place;

use ammonia::{Builder, UrlRelative};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use url::Url;
use world::lock;

/// Size limit of displayed HTML in bytes; longer bodies are cut.
pub const HTML_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Attribute length limit in bytes; `data:` images may be longer.
pub const ATTRIBUTE_BYTES_MAX: usize = 8 * 1024;

/// Returns the proxy URL of a remote image.
pub type Remote = Box<dyn Fn(&str) -> String + Send + Sync>;

/// Sanitized HTML.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SanitizedHtml {
    /// The content of the body element.
    pub html: String,
    /// It references remote images.
    pub has_remote: bool,
    /// It sets its own colours and needs a light background.
    pub has_colours: bool,
    /// Part paths of the message's images that it shows.
    pub shown: Vec<String>,
    /// The first link whose text names another host than its target.
    pub misleading: Option<MisleadingLink>,
}

/// Sanitizes HTML. `images` are the images of the message; `remote` rewrites the URLs of remote
/// images, which are removed if it is `None`.
pub fn sanitize(html: &str, images: Images, remote: Option<Remote>) -> SanitizedHtml {
    let mut page = clean(html, images, remote);
    (page.html, page.misleading) = links::mark(&page.html);
    page
}

/// Sanitizes HTML that is sent on: links and remote images stay as they are, except images that
/// show nothing and only report that the message is read.
pub fn for_forward(html: &str, images: Images) -> SanitizedHtml {
    let mut page = clean(html, images, Some(Box::new(str::to_owned)));
    page.html = links::without_trackers(&page.html);
    page
}

/// A text that a user wrote, as HTML.
pub fn from_text(text: &str) -> String {
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace("  ", " &nbsp;");
    escaped.replace('\n', "<br>\n")
}

fn clean(html: &str, images: Images, remote: Option<Remote>) -> SanitizedHtml {
    let (html, cut) = bounded(html);
    let state = Arc::new(Mutex::new(State {
        images,
        remote,
        has_remote: false,
        has_colours: false,
    }));
    let filter_attribute = state.clone();
    let mut builder = builder();
    builder.attribute_filter(move |element, attribute, value| {
        lock(&filter_attribute).filter_attribute(element, attribute, value)
    });
    let cleaned = builder.clean(&normalize::normalize_html(html)).to_string();
    let mut html = links::with_first_lines(&cleaned);
    drop(builder);
    if cut {
        html.push_str("<p>…</p>");
    }
    let mut state = lock(&state);
    SanitizedHtml {
        html,
        has_remote: state.has_remote,
        has_colours: state.has_colours,
        shown: std::mem::take(&mut state.images).into_shown(),
        misleading: None,
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

/// Elements that sanitized HTML can have.
pub const ELEMENTS: [&str; 71] = [
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

/// Elements removed together with their content.
const REMOVED_WITH_CONTENT: [&str; 22] = [
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

/// Attributes that each of them can have.
pub const GLOBAL_ATTRIBUTES: [&str; 11] = [
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

/// Attributes that some of them can have.
pub const ELEMENT_ATTRIBUTES: [(&str, &[&str]); 17] = [
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
        .clean_content_tags(HashSet::from(REMOVED_WITH_CONTENT))
        .generic_attributes(HashSet::from(GLOBAL_ATTRIBUTES))
        .tag_attributes(
            ELEMENT_ATTRIBUTES
                .into_iter()
                .map(|(element, names)| (element, names.iter().copied().collect()))
                .collect::<HashMap<_, _>>(),
        )
        .url_schemes(HashSet::from([
            "http", "https", "mailto", "tel", "cid", "data",
        ]))
        // A relative URL reaches `filter_attribute`, which decides.
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer"))
        .set_tag_attribute_value("a", "target", "_blank")
        .strip_comments(true);
    builder
}

struct State {
    images: Images,
    remote: Option<Remote>,
    has_remote: bool,
    has_colours: bool,
}

impl State {
    // Filters one attribute of an allowed element; `None` removes it.
    fn filter_attribute<'v>(
        &mut self,
        element: &str,
        attribute: &str,
        value: &'v str,
    ) -> Option<Cow<'v, str>> {
        match (element, attribute) {
            ("img", "src") => self.image_url(value).map(Cow::Owned),
            ("img", "srcset") => {
                // The `src` is enough. A `srcset` without it still counts as remote content.
                self.has_remote |= value.contains("//");
                None
            }
            (_, "background") => self.image_url(value).map(Cow::Owned),
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

    /// The URL of an image: of the message itself, or of the proxy if remote images are allowed.
    fn image_url(&mut self, address: &str) -> Option<String> {
        let address = strip_ignored(address);
        if let Some(id) = strip_scheme(&address, "cid:") {
            return self.images.by_content_id(id);
        }
        if strip_scheme(&address, "data:").is_some() {
            return self.images.data_url(&address);
        }
        let url = remote_url(&address)?;
        self.has_remote = true;
        self.remote.as_ref().map(|rewrite| rewrite(url.as_str()))
    }
}

impl css::StyleContext for State {
    fn image_url(&mut self, address: &str) -> Option<String> {
        State::image_url(self, address)
    }

    fn use_colour(&mut self) {
        self.has_colours = true;
    }
}

// Removes the characters that browsers ignore in URLs (WHATWG URL §4.4).
fn strip_ignored(address: &str) -> String {
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

/// Parses `http(s)://…` and protocol-relative URLs.
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

/// Returns the allowed target of a link: `http(s)`, `mailto` or `tel`.
fn link(address: &str) -> Option<String> {
    let address = strip_ignored(address);
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
