//! The places of the webmail and their URLs.

use super::percent::{escape, unescape};
use mail::StoredMessageId;

/// A place in the webmail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The sign-in page.
    SignIn,
    /// The settings.
    Settings,
    /// A list, possibly with an open message.
    Mail(Mail),
    /// A new message from this `mailto:` link.
    Compose(String),
    /// An unknown URL.
    NotFound,
}

/// A list and the open message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The URL name of the folder; `search` for a search.
    pub folder: String,
    /// The query of a search.
    pub query: Option<String>,
    /// The only folder to search.
    pub within: Option<String>,
    /// The open message.
    pub message: Option<StoredMessageId>,
    /// Whether its journey is shown.
    pub journey: bool,
}

/// The URL name of searches.
pub const SEARCH: &str = "search";

impl Mail {
    /// A folder's list.
    pub fn folder(slug: &str) -> Mail {
        Mail {
            folder: slug.to_owned(),
            query: None,
            within: None,
            message: None,
            journey: false,
        }
    }

    /// A search.
    pub fn search(query: &str, within: Option<String>) -> Mail {
        Mail {
            query: Some(query.to_owned()),
            within,
            ..Mail::folder(SEARCH)
        }
    }

    /// The same list with another open message, or none.
    pub fn at(&self, message: Option<StoredMessageId>) -> Mail {
        Mail {
            message,
            journey: false,
            ..self.clone()
        }
    }

    /// The URL.
    pub fn href(&self) -> String {
        let mut href = format!("/mail/{}", self.folder);
        if let Some(id) = self.message {
            href.push_str(&format!("/{id}"));
            if self.journey {
                href.push_str("/journey");
            }
        }
        if let Some(query) = &self.query {
            href.push_str(&format!("?q={}", escape(query)));
            if let Some(within) = &self.within {
                href.push_str(&format!("&in={}", escape(within)));
            }
        }
        href
    }
}

impl Place {
    /// Parses a URL.
    pub fn parse(path: &str, search: &str) -> Place {
        let steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
        let message = |text: &str| text.parse().ok().map(StoredMessageId);
        let mail = |folder: &str, id: Option<StoredMessageId>, journey| {
            let searching = folder == SEARCH;
            Place::Mail(Mail {
                folder: folder.to_owned(),
                query: searching.then(|| value(search, "q").unwrap_or_default()),
                within: value(search, "in").filter(|_| searching),
                message: id,
                journey,
            })
        };
        match steps.as_slice() {
            ["signin"] => Place::SignIn,
            ["settings"] => Place::Settings,
            ["compose"] => {
                Place::Compose(raw_value(search, "mailto").map_or_else(String::new, with_plus))
            }
            [] | ["mail"] => mail("inbox", None, false),
            ["mail", folder] => mail(folder, None, false),
            ["mail", folder, id] => {
                message(id).map_or(Place::NotFound, |id| mail(folder, Some(id), false))
            }
            ["mail", folder, id, "journey"] => {
                message(id).map_or(Place::NotFound, |id| mail(folder, Some(id), true))
            }
            _ => Place::NotFound,
        }
    }
}

fn value(search: &str, name: &str) -> Option<String> {
    raw_value(search, name).map(unescape)
}

/// Decodes a link given as a query parameter; `+` stays a plus, as in `mailto:` links (RFC 6068
/// §5).
fn with_plus(text: &str) -> String {
    unescape(&text.replace('+', "%2B"))
}

fn raw_value<'a>(search: &'a str, name: &str) -> Option<&'a str> {
    let pairs = search
        .trim_start_matches('?')
        .split('&')
        .filter_map(|pair| pair.split_once('='));
    pairs
        .into_iter()
        .find(|(key, _)| *key == name)
        .map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_round_trips_through_its_url() {
        let message = Mail::folder("inbox").at(Some(StoredMessageId(42)));
        let journey = Mail {
            journey: true,
            ..message.clone()
        };
        let search = Mail::search("from:林 a+b&c=d 50%", Some("sent".into()));
        for place in [
            Mail::folder("7"),
            message,
            journey,
            search.at(Some(StoredMessageId(3))),
            search,
        ] {
            let href = place.href();
            let (path, query) = href.split_once('?').unwrap_or((&href, ""));
            assert_eq!(Place::parse(path, query), Place::Mail(place), "{href}");
        }
    }

    #[test]
    fn unknown_url_is_not_found() {
        for path in ["/mail/inbox/x", "/mail/inbox/1/y", "/else"] {
            assert_eq!(Place::parse(path, ""), Place::NotFound);
        }
        assert_eq!(Place::parse("/", ""), Place::Mail(Mail::folder("inbox")));
        assert_eq!(
            Place::parse("/compose", "?mailto=mailto%3Aa%2Bb%40m.test"),
            Place::Compose("mailto:a+b@m.test".into())
        );
        // The form in which browsers call a registered handler.
        assert_eq!(
            Place::parse(
                "/compose",
                "?mailto=mailto%3Azhang%40m.test%3Fsubject%3Da%2526b+c"
            ),
            Place::Compose("mailto:zhang@m.test?subject=a%26b+c".into())
        );
        assert_eq!(
            Place::parse("/mail/search", "?q=a+b%zz%"),
            Place::Mail(Mail::search("a b%zz%", None))
        );
    }
}
