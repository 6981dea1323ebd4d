//! What comes from Debian's archive: the foreign mail programs and the browser that the tests use,
//! and, where rustup can fetch nothing, a compiler for the browser's target. Mail servers are
//! installed so that they do not start.
//!
//! Failures: without root, or without apt, the exact line to type is named and set-up stops.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::project::{Project, on_path};
use crate::terminal;

/// A package and a file that shows that it is there.
struct Package {
    name: &'static str,
    probe: &'static str,
}

const fn package(name: &'static str, probe: &'static str) -> Package {
    Package { name, probe }
}

const TESTS: [Package; 18] = [
    package("chromium", "/usr/bin/chromium"),
    package("chromium-driver", "/usr/bin/chromedriver"),
    package("fonts-noto-cjk", "/usr/share/fonts/opentype/noto"),
    package("dovecot-imapd", "/usr/lib/dovecot/imap"),
    package("dovecot-lmtpd", "/usr/lib/dovecot/lmtp"),
    package("dovecot-pop3d", "/usr/lib/dovecot/pop3"),
    package("postfix", "/usr/sbin/postfix"),
    package("bind9", "/usr/sbin/named"),
    package("swaks", "/usr/bin/swaks"),
    // Without it swaks has no TLS.
    package(
        "libnet-ssleay-perl",
        "/usr/share/doc/libnet-ssleay-perl/copyright",
    ),
    package("curl", "/usr/bin/curl"),
    package("isync", "/usr/bin/mbsync"),
    package("mutt", "/usr/bin/mutt"),
    package("python3", "/usr/bin/python3"),
    // They judge our signatures and our SPF.
    package(
        "python3-dkim",
        "/usr/lib/python3/dist-packages/dkim/__init__.py",
    ),
    package(
        "python3-nacl",
        "/usr/lib/python3/dist-packages/nacl/__init__.py",
    ),
    package("python3-spf", "/usr/lib/python3/dist-packages/spf.py"),
    // It judges the packets that the Lab exports.
    package("tshark", "/usr/bin/tshark"),
];

const WASM: [Package; 4] = [
    package("rustc-web", "/usr/bin/rustc"),
    package("cargo-web", "/usr/bin/cargo"),
    package("rust-web-src", "/var/lib/dpkg/info/rust-web-src.list"),
    package("lld-19", "/usr/bin/wasm-ld-19"),
];

/// A C compiler: SQLite is built from its source.
pub fn compiler() -> Result<(), String> {
    if on_path("cc").is_some() {
        return Ok(());
    }
    Err("a C compiler is needed (SQLite is built from its source). On Debian: apt-get install build-essential".to_owned())
}

/// The foreign programs that the tests need.
pub fn test_programs(project: &Project) -> Result<(), String> {
    ensure(project, &TESTS, "foreign mail programs and a browser")
}

/// pip, which fetches published test data.
pub fn pip(project: &Project) -> Result<(), String> {
    let pip = package("python3-pip", "/usr/lib/python3/dist-packages/pip");
    ensure(project, &[pip], "pip")
}

/// Debian's own compiler with the standard library's source, and a linker for wasm.
pub fn wasm_compiler(project: &Project) -> Result<(), String> {
    ensure(project, &WASM, "a compiler for wasm32-unknown-unknown")
}

fn ensure(project: &Project, packages: &[Package], what: &str) -> Result<(), String> {
    let missing: Vec<&str> = packages
        .iter()
        .filter(|p| !Path::new(p.probe).exists())
        .map(|p| p.name)
        .collect();
    if missing.is_empty() {
        terminal::line(&format!("{what}: there"));
        return Ok(());
    }
    let line = format!(
        "apt-get install --no-install-recommends {}",
        missing.join(" ")
    );
    if on_path("apt-get").is_none() {
        return Err(format!(
            "{what}: not here, and this is no Debian. On Debian they would come by\n\n    {line}"
        ));
    }
    if terminal::output(project.command("id").arg("-u")).as_deref() != Some("0") {
        return Err(format!(
            "{what}: packages are missing, and only root can install them. Please run\n\n    sudo {line}\n\nand start again."
        ));
    }
    let kept_still = KeptStill::begin();
    let installed = install(project, what, &missing);
    drop(kept_still);
    installed?;
    for (package, service) in [
        ("postfix", "postfix"),
        ("dovecot", "dovecot"),
        ("bind9", "named"),
    ] {
        // Where systemd rules, a freshly installed mail server would start at the next boot.
        if Path::new("/run/systemd/system").exists()
            && missing.iter().any(|name| name.starts_with(package))
        {
            let _ = terminal::output(
                project
                    .command("systemctl")
                    .args(["disable", "--now", service]),
            );
        }
    }
    Ok(())
}

fn install(project: &Project, what: &str, missing: &[&str]) -> Result<(), String> {
    if missing.contains(&"postfix") {
        // No /etc/postfix/main.cf is written: the benches start an instance of their own.
        let answer = "postfix postfix/main_mailer_type select No configuration";
        let _ = terminal::output(
            project
                .command("sh")
                .args(["-c", &format!("echo '{answer}' | debconf-set-selections")]),
        );
    }
    let attempt = |title: &str| {
        let mut command = project.command("apt-get");
        command
            .args(["install", "-y", "--no-install-recommends"])
            .args(missing)
            .env("DEBIAN_FRONTEND", "noninteractive");
        terminal::run_logged(
            title,
            &project.tools().join("log/apt-install.log"),
            &mut command,
        )
    };
    let title = format!("{what}: apt-get install {}", missing.join(" "));
    let lists = fs::read_dir("/var/lib/apt/lists").is_ok_and(|mut dir| {
        dir.any(|entry| entry.is_ok_and(|e| e.file_name().to_string_lossy().contains("_Packages")))
    });
    if lists && attempt(&title).is_ok() {
        return Ok(());
    }
    let mut update = project.command("apt-get");
    update.arg("update");
    terminal::run_logged(
        "apt-get update",
        &project.tools().join("log/apt-update.log"),
        &mut update,
    )?;
    attempt(&title)
}

/// While this lives, packages that are installed start no service (Debian policy manual,
/// policy-rc.d).
struct KeptStill {
    ours: bool,
}

impl KeptStill {
    const FILE: &'static str = "/usr/sbin/policy-rc.d";

    fn begin() -> Self {
        let ours = !Path::new(Self::FILE).exists()
            && fs::write(Self::FILE, "#!/bin/sh\nexit 101\n").is_ok()
            && fs::set_permissions(Self::FILE, fs::Permissions::from_mode(0o755)).is_ok();
        Self { ours }
    }
}

impl Drop for KeptStill {
    fn drop(&mut self) {
        if self.ours {
            let _ = fs::remove_file(Self::FILE);
        }
    }
}
