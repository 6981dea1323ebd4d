//! Prints the addresses, accounts and example commands of the demonstration, and writes them to
//! `demo.json` for programs.

use crate::demo::DOMAIN;
use crate::serve::RunningHost;
use crate::tls;
use serde_json::json;
use std::path::Path;

/// Writes `demo.json` atomically.
///
/// # Errors
/// A message that names the path.
pub(crate) fn write_json(
    data: &Path,
    running: &RunningHost,
    accounts: &[(String, String)],
) -> Result<(), String> {
    let ports: serde_json::Map<String, serde_json::Value> = running
        .listening()
        .iter()
        .map(|(service, address)| (service.clone(), json!(address.port())))
        .collect();
    let list: Vec<_> =
        accounts.iter().map(|(name, password)| json!({ "address": format!("{name}@{DOMAIN}"), "password": password })).collect();
    let ca = tls::authority_path(data);
    let ca = ca.canonicalize().unwrap_or(ca);
    let summary = json!({ "web": web(running), "ports": ports, "accounts": list, "ca": ca });
    let (new, path) = (data.join("demo.json.new"), data.join("demo.json"));
    let text = serde_json::to_string_pretty(&summary).map_err(|e| e.to_string())?;
    std::fs::write(&new, text)
        .and_then(|()| std::fs::rename(&new, &path))
        .map_err(|e| format!("{}: {e}", path.display()))
}

fn web(running: &RunningHost) -> String {
    running
        .address("web")
        .map(|a| format!("http://{a}"))
        .unwrap_or_default()
}

/// Prints how to use the demonstration.
#[expect(clippy::print_stdout, reason = "the output of the command")]
pub(crate) fn print(running: &RunningHost, accounts: &[(String, String)]) {
    let port = |name: &str| running.address(name).map_or(0, |a| a.port());
    println!("\nGlasspost 玻璃邮局 is running.\n\n  {}\n", web(running));
    for (name, password) in accounts {
        println!("  {name}@{DOMAIN:<16}  {password}");
    }
    println!(
        "\n  SMTP {}   submission {} (STARTTLS) {} (TLS)   IMAP {} / {} (TLS)   POP3 {} / {} (TLS)",
        port("smtp"),
        port("submission"),
        port("submissions"),
        port("imap"),
        port("imaps"),
        port("pop3"),
        port("pop3s")
    );
    let Some((_, password)) = accounts.first() else {
        return;
    };
    println!("\nTry these commands and watch the result in the browser:");
    println!(
        "  swaks --server 127.0.0.1:{} --from me@elsewhere.test --to alice@{DOMAIN} --header 'Subject: hello'",
        port("smtp")
    );
    println!(
        "  curl -k --url imaps://127.0.0.1:{}/INBOX --user 'alice@{DOMAIN}:{password}' -X 'FETCH 1:* FLAGS'",
        port("imaps")
    );
    println!(
        "  mutt -f 'imap://alice%40{DOMAIN}:{password}@127.0.0.1:{}/INBOX'",
        port("imap")
    );
    println!("\nPress Ctrl-C to stop; the data is kept for the next start.\n");
}
