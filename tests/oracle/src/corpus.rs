//! Where the messages for comparisons are: the test messages that `mail-parser` publishes, in
//! cargo's registry; the suites that `cargo xtask setup test` fetches, or the corpus beside the
//! checkout; the field cases beside it. What is absent is left out.

use std::path::{Path, PathBuf};

/// Suites with messages, by their names in tests/suites.
const SUITES: [&str; 15] = [
    "mime/mail-parser-issues",
    "mime/mail-parser-legacy",
    "mime/mail-parser-malformed",
    "mime/mail-parser-regressions",
    "mime/mail-parser-rfc",
    "mime/mail-parser-thirdparty",
    "mime/cpython-email",
    "mime/gmime-data",
    "mime/mime4j-testmsgs",
    "mime/mime4j-mimetools-testmsgs",
    "mime/mimekit",
    "mime/ruby-mail",
    "tnef-uu/mimekit-yenc",
    "dkim/mail-dkim-corpus",
    "dkim/mimekit-dkim",
];

/// A message with its line ends as CRLF, as it would be stored.
pub struct Message {
    /// Its file, relative to the collection.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A set of messages.
pub struct Collection {
    /// Its name for tables.
    pub name: &'static str,
    /// Its messages; empty where it is not on this machine.
    pub messages: Vec<Message>,
}

/// Every collection of messages, absent ones empty; the one that is on every machine is first.
pub fn collections() -> Vec<Collection> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/field/cases");
    let suites = SUITES
        .iter()
        .map(|name| (*name, suites::find(name).ok().map(|data| data.folder)));
    std::iter::once(("mail-parser 0.11", mail_parser_resources()))
        .chain(suites)
        .chain([("field cases", Some(cases))])
        .map(|(name, folder)| Collection {
            name,
            messages: folder.map(|f| messages_below(&f)).unwrap_or_default(),
        })
        .collect()
}

/// The folder of the test messages in the source of `mail-parser`, which cargo has unpacked.
fn mail_parser_resources() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))?;
    let mut registries: Vec<PathBuf> = std::fs::read_dir(home.join("registry/src"))
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .flat_map(|registry| std::fs::read_dir(registry).into_iter().flatten())
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.starts_with("mail-parser-0.11"))
        })
        .map(|path| path.join("resources"))
        .filter(|path| path.is_dir())
        .collect();
    registries.sort();
    registries.pop()
}

fn messages_below(folder: &Path) -> Vec<Message> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(here) = open.pop() {
        for entry in std::fs::read_dir(here).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if let Some(bytes) = message(&path) {
                let name = path.strip_prefix(folder).unwrap_or(&path);
                found.push(Message {
                    name: name.display().to_string(),
                    bytes,
                });
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// The file as a message; `None` where its name or its content says that it is another thing.
fn message(path: &Path) -> Option<Vec<u8>> {
    let name = path.file_name()?.to_str()?;
    let ending = path.extension().and_then(|e| e.to_str());
    if !matches!(ending, Some("eml" | "msg" | "txt")) || name.contains("_decoded") {
        return None;
    }
    let bytes = suites::crlf(&std::fs::read(path).ok()?);
    let is_mail = mime::fields(&bytes).any(|f| {
        ["From", "To", "Subject", "Date", "Content-Type", "Received"]
            .iter()
            .any(|n| f.is(n))
    });
    is_mail.then_some(bytes)
}
