//! Reads the formats that test data comes in. A file that cannot be read or parsed is a fault of
//! the test data, so these functions panic with its path.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use yaml_rust2::{Yaml, YamlLoader};

/// Longest text of a case that becomes part of its name.
const LABEL_CHARS_MAX: usize = 40;

/// A file's bytes.
pub fn bytes(file: &Path) -> Vec<u8> {
    fs::read(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

/// A file's text; bytes that are not UTF-8 are replaced.
pub fn text(file: &Path) -> String {
    String::from_utf8_lossy(&bytes(file)).into_owned()
}

/// A JSON file.
pub fn json(file: &Path) -> Value {
    serde_json::from_slice(&bytes(file)).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

/// The items of a JSON file that is an array, as cases. A case is named after the file, its place
/// and its first text, as in `date::12-Tue-1-Jul-2003`.
pub fn table(file: &Path) -> Vec<(String, Value)> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let Value::Array(items) = json(file) else {
        panic!("{}: not an array", file.display());
    };
    let name = |(i, item): (usize, Value)| {
        let label = label(first_text(&item).unwrap_or_default());
        let dash = if label.is_empty() { "" } else { "-" };
        (format!("{stem}::{}{dash}{label}", i + 1), item)
    };
    items.into_iter().enumerate().map(name).collect()
}

fn first_text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Array(all) => all.iter().find_map(first_text),
        Value::Object(all) => ["name", "description", "input", "header"]
            .iter()
            .find_map(|key| all.get(*key)?.as_str())
            .or_else(|| all.values().find_map(first_text)),
        _ => None,
    }
}

/// The documents of a YAML text as JSON values. Keys become texts, and so do numbers with a
/// fraction, so that `1.10` keeps its digits. Panics with `name` on a syntax error.
pub fn yaml(name: &str, text: &str) -> Vec<Value> {
    let documents = YamlLoader::load_from_str(text).unwrap_or_else(|e| panic!("{name}: {e}"));
    documents.iter().map(from_yaml).collect()
}

fn from_yaml(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Integer(n) => Value::from(*n),
        Yaml::Real(text) | Yaml::String(text) => Value::from(text.as_str()),
        Yaml::Boolean(b) => Value::from(*b),
        Yaml::Array(items) => items.iter().map(from_yaml).collect(),
        Yaml::Hash(map) => {
            let key = |key: &Yaml| match from_yaml(key) {
                Value::String(text) => text,
                other => other.to_string(),
            };
            let pairs = map.iter().map(|(k, v)| (key(k), from_yaml(v)));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        Yaml::Alias(_) | Yaml::Null | Yaml::BadValue => Value::Null,
    }
}

/// The lines of a file with their numbers, without empty ones and without comments, which begin
/// with `comment`.
pub fn lines(file: &Path, comment: &str) -> Vec<(usize, String)> {
    text(file)
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with(comment))
        .map(|(i, line)| (i + 1, line.to_owned()))
        .collect()
}

/// All files below a folder whose names have one of these extensions, in the order of their paths;
/// all files if no extension is given.
pub fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        for entry in entries {
            let path = entry
                .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
                .path();
            let extension = path.extension().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                open.push(path);
            } else if extensions.is_empty() || extensions.contains(&&*extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A text as part of a case's name: letters and digits, `-` for the rest, at most 40 characters.
pub fn label(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if out.chars().count() == LABEL_CHARS_MAX {
            break;
        }
        if c.is_alphanumeric() || matches!(c, '_' | '.' | '@') {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.truncate(out.trim_end_matches('-').len());
    out
}

/// LF line ends as CRLF, as messages have them on the wire; CRLF stays.
pub fn crlf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(body) => {
                out.extend_from_slice(body.strip_suffix(b"\r").unwrap_or(body));
                out.extend_from_slice(b"\r\n");
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}

/// The bytes of hexadecimal digits; `None` if there are other characters or half a byte.
pub fn hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok())
        .collect()
}

/// The bytes of a value in a table: a text, or `{"hex": …}` where the bytes are not UTF-8.
pub fn bytes_of(value: &Value) -> Vec<u8> {
    match value.as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => value["hex"]
            .as_str()
            .and_then(hex)
            .unwrap_or_else(|| panic!("neither text nor hex: {value}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lf_becomes_crlf_and_crlf_stays() {
        assert_eq!(crlf(b"a\nb\r\n\nc"), b"a\r\nb\r\n\r\nc");
    }

    #[test]
    fn hex_is_read_in_whole_bytes_only() {
        assert_eq!(hex("00ff"), Some(vec![0, 255]));
        assert_eq!(hex("0"), None);
        assert_eq!(hex("0g"), None);
        assert_eq!(bytes_of(&json!({"hex": "80"})), [0x80]);
        assert_eq!(bytes_of(&json!("a")), b"a");
    }

    #[test]
    fn yaml_keeps_the_digits_of_numbers() {
        let documents = yaml("test", "a: 1.10\nb: [1, yes, {1.2.3.4: x}]\n---\nc: ~\n");
        assert_eq!(
            documents,
            [
                json!({"a": "1.10", "b": [1, "yes", {"1.2.3.4": "x"}]}),
                json!({"c": null})
            ]
        );
    }

    #[test]
    fn labels_are_short_and_have_no_spaces() {
        assert_eq!(label(" Tue, 1 Jul 2003!"), "Tue-1-Jul-2003");
        assert_eq!(label(&"é".repeat(100)).chars().count(), LABEL_CHARS_MAX);
        assert_eq!(label("<>"), "");
    }
}
