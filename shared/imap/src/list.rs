//! LIST and LSUB (RFC 3501 §6.3.8, §6.3.9; RFC 3348, RFC 6154; syntax of RFC 5258): which mailboxes
//! match a pattern, and their attributes. The role supplies all its mailboxes; this module filters
//! them. Does not know the store.

use crate::write;
use mail::{MailboxName, SpecialUse};
use std::collections::BTreeMap;

/// A mailbox as the role knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// Its full name.
    pub name: MailboxName,
    /// It exists; false for a subscription whose mailbox was deleted.
    pub exists: bool,
    /// The user is subscribed to it.
    pub subscribed: bool,
    /// Its special use.
    pub special_use: Option<SpecialUse>,
}

/// A LIST or LSUB command. Patterns are UTF-8 with the reference put before them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// LSUB.
    pub lsub: bool,
    /// `LIST "" ""`: asks for the separator.
    pub asks_separator: bool,
    /// Patterns, of which at least one must match.
    pub patterns: Vec<String>,
    /// Selection option SUBSCRIBED.
    pub only_subscribed: bool,
    /// Selection option SPECIAL-USE (RFC 6154 §3).
    pub only_special: bool,
    /// Return option SUBSCRIBED.
    pub tell_subscribed: bool,
}

#[derive(Default)]
struct Entry {
    mailbox: Option<usize>,
    children: bool,
    subscribed_below: bool,
}

/// Writes the untagged responses.
pub fn respond(request: &Request, mailboxes: &[Mailbox], out: &mut Vec<u8>) {
    if request.asks_separator {
        out.extend_from_slice(b"* LIST (\\Noselect) \"/\" \"\"\r\n");
        return;
    }
    let mut tree: BTreeMap<&str, Entry> = BTreeMap::new();
    for (i, mailbox) in mailboxes.iter().enumerate() {
        let name = mailbox.name.as_str();
        tree.entry(name).or_default().mailbox = Some(i);
        // Parents that are no mailboxes themselves are listed as \Noselect.
        for (end, _) in name.match_indices('/') {
            let above = tree.entry(&name[..end]).or_default();
            above.children |= mailbox.exists;
            above.subscribed_below |= mailbox.subscribed;
        }
    }
    for (name, entry) in &tree {
        if request.patterns.iter().any(|p| matches(p, name)) {
            respond_one(
                request,
                name,
                entry,
                entry.mailbox.map(|i| &mailboxes[i]),
                out,
            );
        }
    }
}

fn respond_one(
    request: &Request,
    name: &str,
    entry: &Entry,
    mailbox: Option<&Mailbox>,
    out: &mut Vec<u8>,
) {
    let exists = mailbox.is_some_and(|m| m.exists);
    let subscribed = mailbox.is_some_and(|m| m.subscribed);
    let special_use = mailbox.filter(|m| m.exists).and_then(|m| m.special_use);
    let mut attributes: Vec<&str> = Vec::with_capacity(4);
    if request.lsub {
        if !subscribed {
            // RFC 3501 §6.3.9: with %, a name whose children are subscribed is listed as \Noselect,
            // unless they match themselves.
            let deeper = request
                .patterns
                .iter()
                .any(|p| p.contains('%') && !p.ends_with('*'));
            if !entry.subscribed_below || !deeper {
                return;
            }
            attributes.push("\\Noselect");
        }
    } else {
        let wanted = (!request.only_subscribed || subscribed)
            && (!request.only_special || special_use.is_some());
        if !wanted || (!exists && !entry.children && !request.only_subscribed) {
            return;
        }
        if !exists {
            // RFC 5258 §3.4 has \NonExistent; a client of rev1 knows \Noselect.
            attributes.push(if request.only_subscribed {
                "\\NonExistent"
            } else {
                "\\Noselect"
            });
        }
        if subscribed && (request.only_subscribed || request.tell_subscribed) {
            attributes.push("\\Subscribed");
        }
        // RFC 3348 §3
        attributes.push(if entry.children {
            "\\HasChildren"
        } else {
            "\\HasNoChildren"
        });
        attributes.extend(special_use.map(SpecialUse::attribute));
    }
    out.extend_from_slice(if request.lsub {
        b"* LSUB ("
    } else {
        b"* LIST ("
    });
    out.extend_from_slice(attributes.join(" ").as_bytes());
    out.extend_from_slice(b") \"/\" ");
    write::mailbox(out, name);
    out.extend_from_slice(b"\r\n");
}

/// `list-wildcards`: `%` matches anything within a level, `*` anything. INBOX as first level is
/// case-insensitive (RFC 3501 §5.1).
pub fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, bytes) = (pattern.as_bytes(), name.as_bytes());
    let caseless = if name == "INBOX" || name.starts_with("INBOX/") {
        5
    } else {
        0
    };
    // fits[i]: the pattern so far matches the first i octets of the name. One row suffices, so
    // hostile patterns cost length × length.
    let mut fits = vec![false; bytes.len() + 1];
    fits[0] = true;
    for &p in pattern {
        match p {
            b'*' => {
                let first = fits.iter().position(|f| *f).unwrap_or(fits.len());
                fits[first..].fill(true);
            }
            b'%' => {
                for i in 1..fits.len() {
                    fits[i] |= fits[i - 1] && bytes[i - 1] != b'/';
                }
            }
            _ => {
                for i in (1..fits.len()).rev() {
                    let b = bytes[i - 1];
                    fits[i] =
                        fits[i - 1] && (b == p || (i <= caseless && b.eq_ignore_ascii_case(&p)));
                }
                fits[0] = false;
            }
        }
    }
    fits[bytes.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailboxes() -> Vec<Mailbox> {
        let names = [
            ("INBOX", true, true),
            ("Sent", true, true),
            ("a", true, false),
            ("a/b", true, true),
            ("x/y/z", true, true),
            ("gone", false, true),
            ("课程", true, false),
        ];
        let one = |(name, exists, subscribed): &(&str, bool, bool)| Mailbox {
            name: MailboxName::new(name).unwrap(),
            exists: *exists,
            subscribed: *subscribed,
            special_use: SpecialUse::from_attribute(&format!("\\{name}")),
        };
        names.iter().map(one).collect()
    }

    fn check(request: Request, expected: &[&str]) {
        let mut out = Vec::new();
        respond(&request, &mailboxes(), &mut out);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().map(|l| &l[2..]).collect::<Vec<_>>(), expected);
    }

    fn pattern(p: &str) -> Request {
        Request {
            patterns: vec![p.into()],
            ..Request::default()
        }
    }

    #[test]
    fn percent_matches_one_level_and_lists_parents() {
        check(
            pattern("%"),
            &[
                "LIST (\\HasNoChildren) \"/\" INBOX",
                "LIST (\\HasNoChildren \\Sent) \"/\" Sent",
                "LIST (\\HasChildren) \"/\" a",
                "LIST (\\Noselect \\HasChildren) \"/\" x",
                "LIST (\\HasNoChildren) \"/\" &i,56Cw-",
            ],
        );
        check(pattern("a/%"), &["LIST (\\HasNoChildren) \"/\" a/b"]);
        check(pattern("inbox"), &["LIST (\\HasNoChildren) \"/\" INBOX"]);
        check(pattern("*z"), &["LIST (\\HasNoChildren) \"/\" x/y/z"]);
    }

    #[test]
    fn lsub_lists_subscriptions_of_deleted_mailboxes() {
        let lsub = |p| Request {
            lsub: true,
            ..pattern(p)
        };
        check(
            lsub("*"),
            &[
                "LSUB () \"/\" INBOX",
                "LSUB () \"/\" Sent",
                "LSUB () \"/\" a/b",
                "LSUB () \"/\" gone",
                "LSUB () \"/\" x/y/z",
            ],
        );
        check(
            lsub("%"),
            &[
                "LSUB () \"/\" INBOX",
                "LSUB () \"/\" Sent",
                "LSUB (\\Noselect) \"/\" a",
                "LSUB () \"/\" gone",
                "LSUB (\\Noselect) \"/\" x",
            ],
        );
    }

    #[test]
    fn selection_options_filter() {
        check(
            Request {
                only_special: true,
                ..pattern("*")
            },
            &["LIST (\\HasNoChildren \\Sent) \"/\" Sent"],
        );
        check(
            Request {
                only_subscribed: true,
                ..pattern("g*")
            },
            &["LIST (\\NonExistent \\Subscribed \\HasNoChildren) \"/\" gone"],
        );
        check(
            Request {
                asks_separator: true,
                ..Request::default()
            },
            &["LIST (\\Noselect) \"/\" \"\""],
        );
    }

    #[test]
    fn hostile_pattern_costs_linear_time() {
        assert!(!matches(&"*a".repeat(2000), &"a".repeat(512)));
        assert!(matches(&"%*".repeat(2000), &"a/".repeat(200)));
    }
}
