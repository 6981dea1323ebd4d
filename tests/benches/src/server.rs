//! A mail server under measurement, ours or the peer: its ports, accounts and processes. Ours is
//! started here, as `glasspost demo`.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// An account.
#[derive(Clone)]
pub struct Account {
    /// The complete address.
    pub address: String,
    /// In clear text.
    pub password: String,
}

/// A running server.
pub struct Server {
    /// Its name in the table.
    pub name: &'static str,
    /// The SMTP port (in place of 25).
    pub smtp: u16,
    /// The IMAP port, without TLS.
    pub imap: u16,
    /// At least two.
    pub accounts: Vec<Account>,
    /// Its processes, which are stopped when this value is dropped.
    pub programs: Vec<Running>,
}

/// A child process that is stopped when the value is dropped.
pub struct Running {
    child: Child,
    stop: Option<Command>,
}

impl Running {
    /// Starts a program with a limit on open files that suits a thousand connections, its output in
    /// `log`.
    pub fn start(command: &Command, log: &Path, stop: Option<Command>) -> Result<Self, String> {
        let shown = command.get_program().to_string_lossy().into_owned();
        let file = File::create(log).map_err(|e| format!("{}: {e}", log.display()))?;
        let twin = file
            .try_clone()
            .map_err(|e| format!("{}: {e}", log.display()))?;
        let mut shell = Command::new("sh");
        shell.args([
            "-c",
            "ulimit -n 65536 2>/dev/null || ulimit -n $(ulimit -H -n); exec \"$0\" \"$@\"",
        ]);
        shell.arg(command.get_program()).args(command.get_args());
        shell
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(twin)
            .process_group(0);
        let child = shell
            .spawn()
            .map_err(|e| format!("cannot start {shown}: {e}"))?;
        Ok(Self { child, stop })
    }

    /// The first process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Fails if it has ended already.
    pub fn check(&mut self, log: &Path) -> Result<(), String> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            _ => Err(format!(
                "it ended at once: {}",
                fs::read_to_string(log).unwrap_or_default().trim_end()
            )),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        match &mut self.stop {
            Some(stop) => drop(stop.stdout(Stdio::null()).stderr(Stdio::null()).status()),
            None => drop(
                Command::new("kill")
                    .arg(self.child.id().to_string())
                    .status(),
            ),
        }
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(8) {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts `glasspost demo` with fresh data in a folder.
    pub fn ours(program: &Path, data: &Path) -> Result<Self, String> {
        fs::create_dir_all(data).map_err(|e| format!("{}: {e}", data.display()))?;
        let log = data.with_extension("log");
        let mut command = Command::new(program);
        command
            .arg("demo")
            .arg("--data")
            .arg(data)
            .args(["--fresh", "--ports-from", "0"]);
        let mut running = Running::start(&command, &log, None)?;
        let accounts_file = data.join("demo.json");
        let text = wait_for(Duration::from_secs(20), || {
            running.check(&log)?;
            Ok(fs::read_to_string(&accounts_file)
                .ok()
                .filter(|text| text.trim_end().ends_with('}')))
        })?;
        let port = |key: &str| {
            number_after(&text, key).ok_or_else(|| format!("demo.json names no port {key}"))
        };
        let server = Self {
            name: "ours",
            smtp: port("smtp")?,
            imap: port("imap")?,
            accounts: accounts(&text),
            programs: vec![running],
        };
        if server.accounts.len() < 2 {
            return Err("demo.json names fewer than two accounts".to_owned());
        }
        server.wait_until_open()?;
        Ok(server)
    }

    /// Starts `glasspost serve` for glasspost.test with a zone file as DNS and more of
    /// configuration.
    pub fn start_guarded(
        program: &Path,
        folder: &Path,
        zone: &str,
        more: &str,
    ) -> Result<Self, String> {
        Self::guarded_at(program, folder, zone, None, more)
    }

    /// The same, with a port for submission.
    pub fn guarded_at(
        program: &Path,
        folder: &Path,
        zone: &str,
        submission: Option<u16>,
        more: &str,
    ) -> Result<Self, String> {
        let data = folder.join("data");
        fs::create_dir_all(&data).map_err(|e| format!("{}: {e}", data.display()))?;
        let write = |name: &str, text: &str| {
            fs::write(folder.join(name), text).map_err(|e| format!("{name}: {e}"))
        };
        write("zone", zone)?;
        let accounts = ["alice", "bob"].map(|name| Account {
            address: format!("{name}@glasspost.test"),
            password: "bench-password".to_owned(),
        });
        for account in &accounts {
            let mut command = Command::new(program);
            command
                .args([
                    "account",
                    "add",
                    &account.address,
                    "--password",
                    &account.password,
                    "--data",
                ])
                .arg(&data);
            let done = command
                .output()
                .map_err(|e| format!("cannot start {}: {e}", program.display()))?;
            if !done.status.success() {
                return Err(String::from_utf8_lossy(&done.stderr).trim_end().to_owned());
            }
        }
        let (smtp, imap) = (free_port()?, free_port()?);
        let off = ["submissions", "imaps", "pop3", "pop3s", "http", "https"]
            .map(|name| format!("{name} = \"off\"\n"))
            .concat();
        let submission =
            submission.map_or_else(|| "off".to_owned(), |port| format!("127.0.0.1:{port}"));
        let config = format!(
            "[server]\nhostname = \"mx.glasspost.test\"\ndata = \"{}\"\n[listen]\nsmtp = \"127.0.0.1:{smtp}\"\nimap = \"127.0.0.1:{imap}\"\nsubmission = \"{submission}\"\n{off}\
             [dns]\nzone_file = \"{}\"\n[limits]\nplaintext_login = true\n[log]\nlevel = \"warn\"\n{more}",
            data.display(),
            folder.join("zone").display()
        );
        write("config.toml", &config)?;
        let log = folder.join("log");
        let mut command = Command::new(program);
        command
            .arg("serve")
            .arg("--config")
            .arg(folder.join("config.toml"));
        let running = Running::start(&command, &log, None)?;
        let server = Self {
            name: "ours",
            smtp,
            imap,
            accounts: accounts.to_vec(),
            programs: vec![running],
        };
        server
            .wait_until_open()
            .map_err(|why| format!("{why}\n{}", fs::read_to_string(&log).unwrap_or_default()))?;
        Ok(server)
    }

    /// Waits until both ports accept connections.
    pub fn wait_until_open(&self) -> Result<(), String> {
        for port in [self.smtp, self.imap] {
            wait_for(Duration::from_secs(20), || {
                Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok())
            })?;
        }
        Ok(())
    }

    /// The first process of each program.
    pub fn pids(&self) -> Vec<u32> {
        self.programs.iter().map(Running::pid).collect()
    }
}

/// Repeats a check every 50 ms until it returns a value.
pub fn wait_for<T>(
    patience: Duration,
    mut ask: impl FnMut() -> Result<Option<T>, String>,
) -> Result<T, String> {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        if started.elapsed() > patience {
            return Err(format!("nothing came within {} s", patience.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A free port on loopback.
pub fn free_port() -> Result<u16, String> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|e| format!("no free port: {e}"))?;
    listener
        .local_addr()
        .map(|address| address.port())
        .map_err(|e| format!("no free port: {e}"))
}

/// The number after `"key":`.
fn number_after(text: &str, key: &str) -> Option<u16> {
    let (_, rest) = text.split_once(&format!("\"{key}\""))?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start();
    rest.split(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

/// The pairs of `"address": "…"` and `"password": "…"`.
fn accounts(text: &str) -> Vec<Account> {
    let parts = text.split("\"address\"").skip(1);
    parts
        .filter_map(|part| {
            Some(Account {
                address: first_string(part)?,
                password: first_string(part.split_once("\"password\"")?.1)?,
            })
        })
        .collect()
}

fn first_string(text: &str) -> Option<String> {
    text.trim_start()
        .strip_prefix(':')?
        .trim_start()
        .strip_prefix('"')?
        .split('"')
        .next()
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_demo_writes() {
        let text = r#"{"web":"http://127.0.0.1:8080","ports":{"smtps": 1, "smtp": 2525,"imap":1143},
            "accounts":[{"address":"alice@glasspost.test","password":"a-b"},{"address":"bob@glasspost.test","password":"c"}]}"#;
        assert_eq!(number_after(text, "smtp"), Some(2525));
        assert_eq!(number_after(text, "imap"), Some(1143));
        let read: Vec<String> = accounts(text)
            .into_iter()
            .map(|a| format!("{} {}", a.address, a.password))
            .collect();
        assert_eq!(read, ["alice@glasspost.test a-b", "bob@glasspost.test c"]);
    }
}
