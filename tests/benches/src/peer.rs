//! The peer: Postfix delivers to Dovecot by LMTP, and Dovecot serves IMAP from Maildir. Both run
//! with a configuration, queue and folders of their own, on high ports of loopback. Their settings
//! are the packages' defaults, except for what this requires, for raised limits on connections, and
//! for a few IMAP processes started in advance, so that their start does not slow down signing in.
//! fsync is on, as by default in both.

use std::fs;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;

use crate::server::{Account, Running, Server, free_port};

const POSTFIX: &str = "/usr/sbin/postfix";
const DOVECOT: &str = "/usr/sbin/dovecot";
const PASSWORD: &str = "bench-password";
/// The user `nobody` of Debian, who owns the mail.
const NOBODY: u32 = 65_534;

/// Starts Dovecot, and Postfix in front of it.
pub fn start(folder: &Path) -> Result<Server, String> {
    start_with(folder, "")
}

/// The same with additional Postfix configuration, which overrides earlier lines.
pub fn start_with(folder: &Path, more: &str) -> Result<Server, String> {
    let log = |name: &str| folder.join(format!("{name}.log"));
    let (smtp, imap) = (free_port()?, free_port()?);
    let home = folder.join("mail");
    for dir in [
        folder.to_path_buf(),
        home.clone(),
        folder.join("run"),
        folder.join("state"),
        folder.join("data"),
        folder.join("queue"),
        folder.join("postfix"),
    ] {
        fs::create_dir_all(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    }
    chown(&home, Some(NOBODY), Some(NOBODY)).map_err(|e| format!("the peer needs root: {e}"))?;
    let uid =
        number_of_user("postfix").ok_or("there is no user postfix; is the package installed?")?;
    chown(folder.join("data"), Some(uid), None)
        .map_err(|e| format!("{}: {e}", folder.display()))?;

    let dovecot_conf = folder.join("dovecot.conf");
    write(&dovecot_conf, &dovecot(folder, imap))?;
    let mut command = Command::new(DOVECOT);
    command.arg("-F").arg("-c").arg(&dovecot_conf);
    let dovecot = Running::start(&command, &log("dovecot-start"), None)?;

    let config = folder.join("postfix");
    write(&config.join("main.cf"), &(postfix_main(folder) + more))?;
    write(&config.join("master.cf"), &postfix_master(smtp))?;
    let postfix = |word: &str| {
        let mut command = Command::new(POSTFIX);
        command.arg("-c").arg(&config).arg(word);
        command
    };
    let postfix = Running::start(
        &postfix("start-fg"),
        &log("postfix-start"),
        Some(postfix("stop")),
    )?;

    let account = |name: &str| Account {
        address: format!("{name}@glasspost.test"),
        password: PASSWORD.to_owned(),
    };
    let server = Server {
        name: "Postfix → Dovecot",
        smtp,
        imap,
        accounts: vec![account("alice"), account("bob")],
        programs: vec![dovecot, postfix],
    };
    server.wait_until_open().map_err(|why| {
        let log_text = |name: &str| fs::read_to_string(log(name)).unwrap_or_default();
        format!(
            "the peer did not start: {why}\n{}{}",
            log_text("dovecot-start"),
            log_text("postfix-start")
        )
    })?;
    Ok(server)
}

fn dovecot(folder: &Path, imap: u16) -> String {
    let at = folder.display();
    format!(
        "base_dir = {at}/run
state_dir = {at}/state
log_path = {at}/dovecot.log
protocols = imap lmtp
ssl = no
disable_plaintext_auth = no
mail_location = maildir:~/Maildir
mail_max_userip_connections = 5000
default_client_limit = 8192
auth_mechanisms = plain login
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={NOBODY} gid={NOBODY} home={at}/mail/%u
}}
service imap-login {{
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
  service_count = 0
  process_min_avail = 2
}}
service imap {{
  process_limit = 4096
  process_min_avail = 4
}}
service lmtp {{
  unix_listener lmtp {{
    mode = 0666
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@glasspost.test
}}
"
    )
}

fn postfix_main(folder: &Path) -> String {
    let at = folder.display();
    format!(
        "compatibility_level = 3.6
queue_directory = {at}/queue
data_directory = {at}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {at}/postfix.log
maillog_file_prefixes = {at}
myhostname = mx.glasspost.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = glasspost.test
virtual_mailbox_maps = inline:{{ {{ alice@glasspost.test = ok }}, {{ bob@glasspost.test = ok }} }}
virtual_transport = lmtp:unix:{at}/run/lmtp
smtpd_relay_restrictions = reject_unauth_destination
smtpd_client_connection_count_limit = 0
smtputf8_enable = no
"
    )
}

fn postfix_master(smtp: u16) -> String {
    let service =
        |name: &str, kind: &str, private: &str, wakeup: &str, most: &str, command: &str| {
            format!("{name} {kind} {private} - n {wakeup} {most} {command}\n")
        };
    [
        service(&format!("127.0.0.1:{smtp}"), "inet", "n", "-", "-", "smtpd"),
        service("pickup", "unix", "n", "60", "1", "pickup"),
        service("cleanup", "unix", "n", "-", "0", "cleanup"),
        service("qmgr", "unix", "n", "300", "1", "qmgr"),
        service("rewrite", "unix", "-", "-", "-", "trivial-rewrite"),
        service("bounce", "unix", "-", "-", "0", "bounce"),
        service("defer", "unix", "-", "-", "0", "bounce"),
        service("trace", "unix", "-", "-", "0", "bounce"),
        service("verify", "unix", "-", "-", "1", "verify"),
        service("flush", "unix", "n", "1000?", "0", "flush"),
        service("proxymap", "unix", "-", "-", "-", "proxymap"),
        service("smtp", "unix", "-", "-", "-", "smtp"),
        service("relay", "unix", "-", "-", "-", "smtp"),
        service("showq", "unix", "n", "-", "-", "showq"),
        service("error", "unix", "-", "-", "-", "error"),
        service("retry", "unix", "-", "-", "-", "error"),
        service("discard", "unix", "-", "-", "-", "discard"),
        service("local", "unix", "-", "-", "-", "local"),
        service("virtual", "unix", "-", "-", "-", "virtual"),
        service("lmtp", "unix", "-", "-", "-", "lmtp"),
        service("anvil", "unix", "-", "-", "1", "anvil"),
        service("scache", "unix", "-", "-", "1", "scache"),
        service("postlog", "unix-dgram", "n", "-", "1", "postlogd"),
    ]
    .concat()
}

fn number_of_user(name: &str) -> Option<u32> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let line = users
        .lines()
        .find(|line| line.split(':').next() == Some(name))?;
    line.split(':').nth(2)?.parse().ok()
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    fs::write(file, text).map_err(|e| format!("{}: {e}", file.display()))
}
