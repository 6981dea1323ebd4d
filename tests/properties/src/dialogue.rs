//! Seeds from the dialogue files of the protocol crates: what one side sends, as one input.

use std::fs;
use std::path::Path;

/// The lines of one side of each `*.dialogue` file in a folder of the checkout, with CRLF after
/// each. `side` is the beginning of its lines: `C: `.
///
/// # Panics
/// The folder has no such file.
pub(crate) fn lines_of(folder: &str, side: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "dialogue"));
    files.sort();
    assert!(!files.is_empty(), "{} has no dialogues", folder.display());
    let read = |file: &std::path::PathBuf| {
        let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let lines = text.lines().filter_map(|line| line.strip_prefix(side));
        lines
            .flat_map(|line| [line.as_bytes(), b"\r\n"].concat())
            .collect()
    };
    files.iter().map(read).collect()
}

/// Puts the bytes that choose a variant before each input.
pub(crate) fn with_choices(choices: &[[u8; 2]], inputs: &[Vec<u8>]) -> Vec<Vec<u8>> {
    choices
        .iter()
        .flat_map(|choice| {
            inputs
                .iter()
                .map(move |input| [&choice[..], input].concat())
        })
        .collect()
}
