"""Fixtures: two mail hosts on loopback, each on port 25 of its own address: `glasspost serve` for
here.test and a private Postfix for there.test, with one zone file as DNS. Needs root for port 25.
"""

import contextlib
import imaplib
import os
import pathlib
import pwd
import shutil
import signal
import smtplib
import ssl
import subprocess
import tempfile

from harness import ROOT, is_open, ok, raw_message, wait_for

HERE, THERE = "127.0.0.31", "127.0.0.32"
ZONE = f"""
here.test.      MX 10 mx.here.test.
mx.here.test.   A {HERE}
there.test.     MX 10 mx.there.test.
mx.there.test.  A {THERE}
"""
PASSWORD = "an honest password"


def possible():
    """The reason these tests cannot run on this machine, or None."""
    if os.geteuid() != 0:
        return "port 25 and Postfix need root"
    for program in ("/usr/sbin/postfix", "/usr/sbin/named"):
        if not pathlib.Path(program).exists():
            return f"{program} is not installed"
    return None


class Here:
    """`glasspost serve` for here.test, with one account, alice."""

    def __init__(self, folder, more="", dns=None):
        self.program = os.environ.get("GLASSPOST", str(ROOT / "target/release/glasspost"))
        self.folder = folder / "here"
        self.folder.mkdir()
        self.data = self.folder / "data"
        self.ports = {"submission": 2587, "imap": 2143}
        (self.folder / "zone").write_text(ZONE)
        dns = dns or f'zone_file = "{self.folder / "zone"}"'
        off = "".join(f'{name} = "off"\n' for name in ("submissions", "imaps", "pop3", "pop3s", "http", "https"))
        (self.folder / "config.toml").write_text(
            f'[server]\nhostname = "mx.here.test"\ndata = "{self.data}"\n'
            f'[listen]\nsmtp = "{HERE}:25"\nsubmission = "{HERE}:{self.ports["submission"]}"\nimap = "{HERE}:{self.ports["imap"]}"\n{off}'
            f'[dns]\n{dns}\n[limits]\nplaintext_login = true\n[queue]\nfirst_retry = "1s"\n{more}'
        )
        self.ask("account", "add", "alice@here.test", "--password", PASSWORD, "--data", self.data)
        self.child = None

    def ask(self, *words):
        """Runs a subcommand and returns its standard output."""
        done = subprocess.run([self.program, *map(str, words)], capture_output=True, text=True, check=False, timeout=60)
        if done.returncode != 0:
            raise AssertionError(f"glasspost {' '.join(map(str, words))}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self):
        with open(self.folder / "log", "ab") as log:
            words = [self.program, "serve", "--config", str(self.folder / "config.toml")]
            self.child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(lambda: open_at(HERE, 25), "our port 25", 30)
        return self

    def stop(self):
        if self.child and self.child.poll() is None:
            self.child.terminate()
            self.child.wait(timeout=20)

    def log_tail(self):
        return "\n".join((self.folder / "log").read_text(errors="replace").splitlines()[-20:])


class There:
    """A private Postfix for there.test that stores bob's messages in a Maildir."""

    def __init__(self, folder, more=""):
        self.folder = folder / "there"
        for name in ("config", "queue", "data", "mail"):
            (self.folder / name).mkdir(parents=True)
        nobody, postfix = pwd.getpwnam("nobody"), pwd.getpwnam("postfix")
        os.chown(self.folder / "mail", nobody.pw_uid, nobody.pw_gid)
        os.chown(self.folder / "data", postfix.pw_uid, -1)
        for path in (self.folder, folder):
            path.chmod(0o755)
        self.certificate()
        (self.folder / "config/main.cf").write_text(self.main(nobody.pw_uid) + more)
        (self.folder / "config/master.cf").write_text(MASTER.replace("ADDRESS", THERE))
        self.child = None

    def certificate(self):
        words = "req -x509 -newkey rsa:2048 -nodes -days 3 -subj /CN=mx.there.test -addext subjectAltName=DNS:mx.there.test".split()
        self.cert, self.key = self.folder / "cert.pem", self.folder / "key.pem"
        subprocess.run(["openssl", *words, "-keyout", self.key, "-out", self.cert], check=True, capture_output=True, timeout=60)

    def main(self, uid):
        at = self.folder
        return f"""compatibility_level = 3.6
queue_directory = {at}/queue
data_directory = {at}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {at}/log
maillog_file_prefixes = {at}
myhostname = mx.there.test
mydestination =
inet_interfaces = 127.0.0.1
smtp_bind_address = {THERE}
inet_protocols = ipv4
mynetworks = {THERE}
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = there.test
virtual_mailbox_maps = inline:{{ {{ bob@there.test = bob/ }} }}
virtual_mailbox_base = {at}/mail
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{uid}
transport_maps = inline:{{ {{ here.test = smtp:[{HERE}]:25 }} }}
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_tls_cert_file = {at}/cert.pem
smtpd_tls_key_file = {at}/key.pem
smtp_tls_loglevel = 1
smtpd_tls_security_level = may
smtp_tls_security_level = may
minimal_backoff_time = 5s
queue_run_delay = 5s
"""

    def postfix(self, word):
        return ["/usr/sbin/postfix", "-c", str(self.folder / "config"), word]

    def start(self):
        with open(self.folder / "start", "ab") as log:
            self.child = subprocess.Popen(self.postfix("start-fg"), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        wait_for(lambda: open_at(THERE, 25), "Postfix's port 25", 8)
        return self

    def stop(self):
        """Stops Postfix and all its processes. Does not use `postfix stop`, which can hang when the log
        daemon is gone."""
        if self.child is None:
            return
        pid_file = self.folder / "queue/pid/master.pid"
        if pid_file.exists():
            group = os.getpgid(int(pid_file.read_text()))
            os.killpg(group, signal.SIGTERM)
            self.child.wait(timeout=20)
            # Kill processes that ignored SIGTERM.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        self.child.wait(timeout=20)

    def messages(self):
        """The messages in bob's Maildir."""
        return [path.read_bytes() for path in sorted((self.folder / "mail/bob/new").glob("*"))]

    def log_tail(self):
        logs = [path.read_text(errors="replace") for path in (self.folder / "start", self.folder / "log") if path.exists()]
        return "\n".join("\n".join(logs).splitlines()[-20:])


class Pair:
    """Both hosts in one temporary folder, removed by `close`."""

    def __init__(self, here="", there="", dns=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="glasspost-foreign-"))
        self.here, self.there = Here(self.folder, here, dns), There(self.folder, there)

    def start(self):
        self.there.start()
        self.here.start()
        return self

    def close(self):
        self.here.stop()
        self.there.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log_tail(self):
        return f"{self.here.log_tail()}\n{self.there.log_tail()}"

    def submit(self, mark, *recipients):
        """Submits a message as alice and returns it as submitted."""
        message = raw_message(mark, "alice@here.test", recipients[0])
        with smtplib.SMTP(HERE, self.here.ports["submission"], timeout=30) as link:
            trusting = ssl.create_default_context()
            trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
            link.starttls(context=trusting)
            link.login("alice@here.test", PASSWORD)
            link.sendmail("alice@here.test", recipients, message, mail_options=["BODY=8BITMIME"])
        return message

    def alice_inbox(self, mark):
        """The messages in alice's INBOX whose subject contains the mark."""
        link = imaplib.IMAP4(HERE, self.here.ports["imap"], timeout=30)
        try:
            link.login("alice@here.test", PASSWORD)
            ok(link.select("INBOX", readonly=True))
            numbers = ok(link.search(None, "HEADER", "Subject", mark))[0].split()
            return [ok(link.fetch(number.decode(), "(BODY.PEEK[])"))[0][1] for number in numbers]
        finally:
            link.logout()

    def bob_inbox(self, mark):
        """The messages in bob's Maildir that contain the mark."""
        return [message for message in self.there.messages() if mark.encode() in message]

    def one(self, ask, mark, seconds=30):
        """Waits until exactly one message is found and returns it."""
        found = wait_for(lambda: ask(mark), f"the message {mark}\n{self.log_tail()}", seconds)
        if len(found) != 1:
            raise AssertionError(f"{len(found)} messages {mark}")
        return found[0]


class Bind:
    """A private BIND on a loopback port that serves both domains and answers SERVFAIL for
    broken.test."""

    ADDRESS, PORT = "127.0.0.1", 5353

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="glasspost-bind-"))
        self.folder.chmod(0o755)
        zones = {"here.test": f"@ MX 10 mx\nmx A {HERE}\n", "there.test": f"@ MX 10 mx\nmx A {THERE}\n", "null.test": "@ MX 0 .\n"}
        declared = ""
        for name, records in zones.items():
            (self.folder / name).write_text(f"$TTL 60\n@ SOA ns. root. 1 60 60 60 60\n@ NS ns.{name}.\nns A {HERE}\n{records}")
            declared += f'zone "{name}" {{ type primary; file "{self.folder / name}"; }};\n'
        # A secondary without its zone answers SERVFAIL.
        declared += f'zone "broken.test" {{ type secondary; file "{self.folder / "none"}"; primaries {{ 127.0.0.99; }}; }};\n'
        (self.folder / "named.conf").write_text(
            f'options {{ directory "{self.folder}"; pid-file "{self.folder / "pid"}"; listen-on port {self.PORT} {{ {self.ADDRESS}; }};'
            f" listen-on-v6 {{ none; }}; recursion no; dnssec-validation no; }};\ncontrols {{}};\n{declared}"
        )
        self.child = None

    @property
    def setting(self):
        return f'servers = ["{self.ADDRESS}:{self.PORT}"]'

    def start(self):
        with open(self.folder / "log", "ab") as log:
            words = ["/usr/sbin/named", "-g", "-c", str(self.folder / "named.conf")]
            self.child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(lambda: open_at(self.ADDRESS, self.PORT), "BIND", 30)
        return self

    def close(self):
        if self.child and self.child.poll() is None:
            self.child.terminate()
            self.child.wait(timeout=20)
        shutil.rmtree(self.folder, ignore_errors=True)


def open_at(address, port):
    return is_open(port, address)


MASTER = """ADDRESS:25 inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 5 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
