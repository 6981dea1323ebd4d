//! The program on a data folder of version 0.1 (`tests/journeys/tests/data/v0.1`, made by its
//! `make.py`): the command line finds the accounts, aliases, app passwords, keys and queued
//! messages, and the large contents are in their present folder. The rows themselves are compared
//! in `tests/journeys/tests/upgrade.rs`.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

fn run(data: &Path, arguments: &[&str]) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_glasspost"))
        .args(arguments)
        .arg("--data")
        .arg(data)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{arguments:?}: {error}");
    String::from_utf8(done.stdout).unwrap()
}

fn check(data: &Path, arguments: &[&str], expected: &[&str]) {
    let output = run(data, arguments);
    for one in expected {
        assert!(output.contains(one), "{arguments:?}: {one} in {output}");
    }
}

#[test]
fn the_command_line_reads_a_data_folder_of_version_0_1() {
    let old = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/journeys/tests/data/v0.1"
    );
    let old = Path::new(old);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    fs::copy(old.join("mail.db"), data.join("mail.db")).unwrap();
    fs::create_dir_all(data.join("letters/0a")).unwrap();
    let large = "0a/000000090000000a";
    fs::copy(
        old.join("letters").join(large),
        data.join("letters").join(large),
    )
    .unwrap();
    check(
        data,
        &["account", "list"],
        &["alice@here.test", "Alice", "bob@here.test", "Bob 鲍勃"],
    );
    check(
        data,
        &["account", "app-password", "list", "alice@here.test"],
        &["phone"],
    );
    check(
        data,
        &["alias", "list"],
        &["team@here.test", "@here.test", "bob@here.test"],
    );
    check(data, &["domain", "list"], &["here.test"]);
    check(data, &["dkim", "list"], &["here.test", "ed25519-sha256"]);
    let queue = run(data, &["queue", "list"]);
    assert_eq!(queue.matches("friend@slow.test").count(), 2, "{queue}");
    assert!(queue.contains("Connection refused"), "{queue}");
    assert!(data.join("messages").join(large).exists());
    assert!(!data.join("letters").exists());
}
