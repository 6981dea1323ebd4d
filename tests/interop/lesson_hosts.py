"""A private Postfix and a private Dovecot as reference servers for a host of a lesson, with its
domains, accounts and ports, each on a loopback address. Needs root for port 25.
"""

import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

from foreign_host import MASTER, open_at
from harness import wait_for

POST, BOX, GUEST = "127.0.0.41", "127.0.0.42", "127.0.0.43"
SASL_PORT = 12041
MAIL_PORTS, BOX_PORTS = (25, 587, 465), (110, 143, 993, 995)


def possible():
    """The reason these tests cannot run on this machine, or None."""
    if os.geteuid() != 0:
        return "port 25, Postfix and Dovecot need root"
    for program in ("/usr/sbin/postfix", "/usr/sbin/dovecot", "/usr/lib/dovecot/imap", "/usr/lib/dovecot/pop3"):
        if not pathlib.Path(program).exists():
            return f"{program} is not installed"
    return None


def end(child, pid_file):
    """Stops a program and all its processes."""
    group = None
    with contextlib.suppress(FileNotFoundError, ProcessLookupError, ValueError):
        group = os.getpgid(int(pid_file.read_text()))
    if group is not None and group != os.getpgid(0):
        os.killpg(group, signal.SIGTERM)
    elif child.poll() is None:
        child.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(timeout=10)
    if group is not None and group != os.getpgid(0):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
    child.wait(timeout=20)


class Host:
    """Postfix and Dovecot for one host of a lesson."""

    def __init__(self, name, domains, people):
        self.name, self.people = name, people
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="glasspost-lesson-"))
        self.folder.chmod(0o755)
        self.children = []
        words = f"req -x509 -newkey rsa:2048 -nodes -days 3 -subj /CN={name} -addext subjectAltName=DNS:{name}".split()
        self.cert, self.key = self.folder / "cert.pem", self.folder / "key.pem"
        subprocess.run(["openssl", *words, "-keyout", self.key, "-out", self.cert], check=True, capture_output=True, timeout=60)
        self.postfix(domains)
        self.dovecot()

    def postfix(self, domains):
        at, nobody, postfix = self.folder / "post", pwd.getpwnam("nobody"), pwd.getpwnam("postfix")
        for folder in ("config", "queue", "data"):
            (at / folder).mkdir(parents=True)
        os.chown(at / "data", postfix.pw_uid, -1)
        own = ", ".join(f"{{ {person} = {person} }}" for person in self.people)
        (at / "config/main.cf").write_text(
            f"""compatibility_level = 3.6
queue_directory = {at}/queue
data_directory = {at}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {at}/log
maillog_file_prefixes = {at}
myhostname = {self.name}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 192.0.2.255
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = {" ".join(domains)}
virtual_mailbox_maps = inline:{{ {own} }}
virtual_mailbox_base = {at}
virtual_uid_maps = static:{nobody.pw_uid}
virtual_gid_maps = static:{nobody.pw_gid}
default_transport = discard:
relay_transport = discard:
virtual_transport = discard:
smtpd_helo_required = yes
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_tls_cert_file = {self.cert}
smtpd_tls_key_file = {self.key}
smtpd_tls_security_level = may
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:{BOX}:{SASL_PORT}
smtpd_sender_login_maps = inline:{{ {own} }}
"""
        )
        users = "".join(
            f" -o {setting}"
            for setting in (
                "smtpd_sasl_auth_enable=yes",
                "smtpd_tls_auth_only=yes",
                "smtpd_delay_reject=no",
                "smtpd_sender_restrictions=reject_sender_login_mismatch,permit_sasl_authenticated,reject",
            )
        )
        (at / "config/master.cf").write_text(
            MASTER.replace("ADDRESS", POST)
            + f"{POST}:587 inet n - n - - smtpd -o smtpd_tls_security_level=encrypt{users}\n"
            + f"{POST}:465 inet n - n - - smtpd -o smtpd_tls_wrappermode=yes{users}\n"
        )

    def dovecot(self):
        at, nobody = self.folder / "box", pwd.getpwnam("nobody")
        for folder in ("run", "state", "mail"):
            (at / folder).mkdir(parents=True)
        os.chown(at / "mail", nobody.pw_uid, nobody.pw_gid)
        (at / "users").write_text("".join(f"{person}:{{PLAIN}}{word}::::::\n" for person, word in self.people.items()))
        (at / "config").write_text(
            f"""base_dir = {at}/run
state_dir = {at}/state
log_path = {at}/log
protocols = imap pop3
listen = {BOX}
ssl = yes
ssl_cert = <{self.cert}
ssl_key = <{self.key}
disable_plaintext_auth = yes
auth_mechanisms = plain login
auth_failure_delay = 0
first_valid_uid = 1
first_valid_gid = 1
default_internal_user = nobody
default_internal_group = nogroup
default_login_user = nobody
mail_location = maildir:{at}/mail/%u
pop3_lock_session = yes
mail_max_lock_timeout = 1 secs
passdb {{
  driver = passwd-file
  args = {at}/users
}}
userdb {{
  driver = static
  args = uid={nobody.pw_uid} gid={nobody.pw_gid} home={at}/mail/%u
}}
service auth {{
  inet_listener {{
    address = {BOX}
    port = {SASL_PORT}
  }}
}}
"""
        )

    def start(self):
        self.run(["/usr/sbin/dovecot", "-F", "-c", str(self.folder / "box/config")], self.folder / "box/run/master.pid")
        self.run(["/usr/sbin/postfix", "-c", str(self.folder / "post/config"), "start-fg"], self.folder / "post/queue/pid/master.pid")
        for address, ports in ((POST, MAIL_PORTS), (BOX, (*BOX_PORTS, SASL_PORT))):
            for port in ports:
                try:
                    wait_for(lambda address=address, port=port: open_at(address, port), f"port {port}", 15)
                except AssertionError as why:
                    raise AssertionError(f"{why}\n{self.log_tail()}") from why
        return self

    def run(self, words, pid_file):
        with open(self.folder / "start", "ab") as log:
            child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.children.append((child, pid_file))

    def close(self):
        for child, pid_file in self.children:
            end(child, pid_file)
        shutil.rmtree(self.folder, ignore_errors=True)

    def log_tail(self):
        logs = [self.folder / "start", self.folder / "post/log", self.folder / "box/log"]
        return "\n".join("\n".join(log.read_text(errors="replace").splitlines()[-15:]) for log in logs if log.exists())

    def deliver(self, person, number):
        """Puts a message into an account's INBOX."""
        nobody = pwd.getpwnam("nobody")
        box = self.folder / "box/mail" / person
        for folder in (box, box / "tmp", box / "new", box / "cur"):
            if not folder.exists():
                folder.mkdir(parents=True)
                os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        message = box / "tmp" / f"{1772438400 + number}.{number}.lesson"
        message.write_bytes(b"From: Alice <alice@a.test>\nSubject: a message of a lesson\n\nIts text is of no importance here.\n")
        os.chown(message, nobody.pw_uid, nobody.pw_gid)
        message.rename(box / "new" / message.name)
