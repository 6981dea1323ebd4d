//! The resolver against BIND: existing, missing, failing and signed names.
//! Skipped, with a message, where BIND is not installed.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![allow(clippy::print_stdout, reason = "a skipped test says so")]
#![cfg(not(target_arch = "wasm32"))]

use mail::dns::{Failure, Question, Record, RecordType};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use world::Resolver;
use world::real::{Dnssec, SystemDns};

struct Bind {
    child: Child,
    folder: PathBuf,
    at: SocketAddr,
    key: PathBuf,
    other_key: PathBuf,
}

impl Drop for Bind {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn run(program: &str, words: &[&str], folder: &Path) -> String {
    let done = Command::new(program)
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

const ZONE: &str = "$TTL 60\n@ SOA ns root 1 60 60 60 30\n@ NS ns\nns A 127.0.0.1\nhost A 192.0.2.7\nalias CNAME host\ntext TXT \"one\" \"two\"\n";

impl Bind {
    fn start() -> Option<Bind> {
        if !Path::new("/usr/sbin/named").exists()
            || Command::new("dnssec-signzone").arg("-V").output().is_err()
        {
            println!("skipped: BIND is not installed");
            return None;
        }
        let port = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let folder =
            std::env::temp_dir().join(format!("glasspost-bind-{}-{port}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let keygen = || {
            run(
                "dnssec-keygen",
                &["-q", "-a", "ECDSAP256SHA256", "-f", "KSK", "signed.test"],
                &folder,
            )
        };
        let (key, other_key) = (keygen(), keygen());
        let public = fs::read_to_string(folder.join(format!("{key}.key"))).unwrap();
        fs::write(folder.join("plain.test"), ZONE).unwrap();
        fs::write(folder.join("signed.test"), format!("{ZONE}{public}")).unwrap();
        run(
            "dnssec-signzone",
            &["-z", "-o", "signed.test", "signed.test", &key],
            &folder,
        );
        let text = folder.display();
        let conf = format!(
            "options {{ directory \"{text}\"; pid-file \"{text}/pid\"; session-keyfile \"{text}/session\"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};\n\
             recursion no; dnssec-validation no; }};\ncontrols {{}};\n\
             zone \"plain.test\" {{ type primary; file \"{text}/plain.test\"; }};\n\
             zone \"signed.test\" {{ type primary; file \"{text}/signed.test.signed\"; }};\n\
             zone \"broken.test\" {{ type secondary; file \"{text}/none\"; primaries {{ 127.0.0.99; }}; }};\n"
        );
        fs::write(folder.join("named.conf"), conf).unwrap();
        let conf = folder.join("named.conf");
        let child = Command::new("/usr/sbin/named")
            .arg("-g")
            .arg("-c")
            .arg(&conf)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let key = |name: &str| folder.join(format!("{name}.key"));
        Some(Bind {
            child,
            at,
            key: anchor(&key(&key_name(&folder, &public))),
            other_key: anchor(&key(&other_key)),
            folder,
        })
    }

    async fn resolver(&self, dnssec: &Dnssec) -> SystemDns {
        world::poll::until("the first answer of BIND", || async {
            let resolver = SystemDns::servers(&[self.at], &Dnssec::Off).unwrap();
            let question = Question::new("host.plain.test", RecordType::A);
            resolver.ask(question).await.ok()
        })
        .await;
        SystemDns::servers(&[self.at], dnssec).unwrap()
    }
}

// The base name of the key file with this text.
fn key_name(folder: &Path, public: &str) -> String {
    let files = fs::read_dir(folder).unwrap().map(|f| f.unwrap().path());
    let file = files
        .filter(|f| f.extension().is_some_and(|e| e == "key"))
        .find(|f| fs::read_to_string(f).unwrap() == public)
        .unwrap();
    file.file_stem().unwrap().to_str().unwrap().to_owned()
}

// The record alone: remarks are not everybody's.
fn anchor(key: &Path) -> PathBuf {
    let text = fs::read_to_string(key).unwrap();
    let line = text.lines().find(|l| !l.starts_with(';')).unwrap();
    let file = key.with_extension("anchor");
    fs::write(&file, format!("{line}\n")).unwrap();
    file
}

async fn ask(
    resolver: &SystemDns,
    name: &str,
    record: RecordType,
) -> Result<(Vec<Record>, bool), Failure> {
    resolver
        .ask(Question::new(name, record))
        .await
        .map(|a| (a.records, a.secure))
}

const HOST: Record = Record::A(Ipv4Addr::new(192, 0, 2, 7));

#[tokio::test]
async fn distinguishes_answers_and_whether_they_are_secure() {
    let Some(bind) = Bind::start() else { return };
    let off = bind.resolver(&Dnssec::Off).await;
    assert_eq!(
        ask(&off, "host.signed.test", RecordType::A).await,
        Ok((vec![HOST], false)),
        "not validated"
    );
    assert_eq!(
        ask(&off, "text.plain.test", RecordType::Txt).await,
        Ok((vec![Record::Txt("onetwo".into())], false))
    );
    assert_eq!(
        ask(&off, "alias.plain.test", RecordType::A).await,
        Ok((vec![HOST], false))
    );
    assert_eq!(
        ask(&off, "host.plain.test", RecordType::Mx).await,
        Ok((vec![], false)),
        "the name is there, the record is not"
    );
    assert_eq!(
        ask(&off, "none.plain.test", RecordType::A).await,
        Err(Failure::NoSuchName)
    );
    assert_eq!(
        ask(&off, "broken.test", RecordType::A).await,
        Err(Failure::ServerFailure)
    );
    // A server that says nothing of the root hands on no signatures.
    let auto = bind.resolver(&Dnssec::Auto).await;
    assert_eq!(
        ask(&auto, "host.signed.test", RecordType::A).await,
        Ok((vec![HOST], false))
    );
    let validating = bind.resolver(&Dnssec::Anchor(bind.key.clone())).await;
    assert_eq!(
        ask(&validating, "host.signed.test", RecordType::A).await,
        Ok((vec![HOST], true))
    );
    assert_eq!(
        ask(&validating, "alias.signed.test", RecordType::A).await,
        Ok((vec![HOST], true))
    );
    assert_eq!(
        ask(&validating, "none.signed.test", RecordType::A).await,
        Err(Failure::NoSuchName)
    );
    let wrong = bind.resolver(&Dnssec::Anchor(bind.other_key.clone())).await;
    assert_eq!(
        ask(&wrong, "host.signed.test", RecordType::A).await,
        Err(Failure::ServerFailure),
        "signed by another key"
    );
}

#[tokio::test]
async fn caches_positive_and_negative_answers_and_falls_back_to_a_second_server() {
    let Some(mut bind) = Bind::start() else {
        return;
    };
    let resolver = bind.resolver(&Dnssec::Off).await;
    for (name, expected) in [
        ("host.plain.test", Ok((vec![HOST], false))),
        ("none.plain.test", Err(Failure::NoSuchName)),
    ] {
        assert_eq!(ask(&resolver, name, RecordType::A).await, expected);
    }
    // No server listens at the first address.
    let dead = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
    let two = SystemDns::servers(&[dead, bind.at], &Dnssec::Off).unwrap();
    assert_eq!(
        ask(&two, "host.plain.test", RecordType::A).await,
        Ok((vec![HOST], false))
    );
    bind.child.kill().unwrap();
    bind.child.wait().unwrap();
    for (name, expected) in [
        ("host.plain.test", Ok((vec![HOST], false))),
        ("none.plain.test", Err(Failure::NoSuchName)),
    ] {
        assert_eq!(
            ask(&resolver, name, RecordType::A).await,
            expected,
            "from the cache"
        );
    }
    assert!(
        ask(&resolver, "other.plain.test", RecordType::A)
            .await
            .is_err()
    );
}
