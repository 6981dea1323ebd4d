"""Inbound policy on port 25: swaks connects from several untrusted loopback addresses, and DNS is a
zone file with good and bad entries.
"""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest

from harness import ROOT, is_open, run, token, wait_for

GOOD, LISTED, DENIED, NEW, HASTY = "127.0.0.11", "127.0.0.12", "127.0.0.13", "127.0.1.14", "127.0.0.15"
ZONE = """
11.0.0.127.in-addr.arpa.  PTR good.example.
good.example.             A 127.0.0.11
12.0.0.127.bl.example.    A 127.0.0.2
12.0.0.127.bl.example.    TXT "seen sending spam"
"""
CONFIG = """
[inbound]
trusted = []
allow = ["127.0.0.11"]
deny = [{ match = "127.0.0.13", reason = "sends only spam" }, "sender:spam.example"]
[[inbound.lists]]
zone = "bl.example"
weight = "reject"
[inbound.greylist]
enabled = true
delay = "2s"
[inbound.rates]
unknown_recipients = "2/10m"
[inbound.tarpit]
step = "0s"
"""

host = None


class Host:
    """`glasspost serve` for here.test with this policy."""

    def __init__(self):
        self.program = os.environ.get("GLASSPOST", str(ROOT / "target/release/glasspost"))
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="glasspost-interop-"))
        self.data = self.folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (self.folder / "zone").write_text(ZONE)
        names = ("submission", "submissions", "imap", "imaps", "pop3", "pop3s", "http", "https")
        off = "".join(f'{name} = "off"\n' for name in names)
        (self.folder / "config.toml").write_text(
            f'[server]\nhostname = "mx.here.test"\ndata = "{self.data}"\n[listen]\nsmtp = "127.0.0.1:{self.port}"\n{off}'
            f'[dns]\nzone_file = "{self.folder / "zone"}"\n{CONFIG}'
        )
        self.ask("account", "add", "alice@here.test", "--password", "an honest password")
        self.ask("alias", "add", "team@here.test", "alice@here.test")
        with open(self.folder / "log", "ab") as log:
            words = [self.program, "serve", "--config", str(self.folder / "config.toml")]
            self.child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(lambda: is_open(self.port), "port 25's stand-in", 30)

    def ask(self, *words):
        done = subprocess.run([self.program, *words, "--data", str(self.data)], capture_output=True, text=True, check=False, timeout=60)
        if done.returncode != 0:
            raise AssertionError(f"glasspost {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def close(self):
        self.child.kill()
        self.child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def setUpModule():
    global host
    host = Host()
    unittest.addModuleCleanup(host.close)


class InboundPolicy(unittest.TestCase):
    def swaks(self, source, to="alice@here.test", *words, sender="stranger@example.org"):
        return run(
            "swaks", "--server", "127.0.0.1", "--port", host.port, "--local-interface", source, "--helo", "client.example",
            "--from", sender, "--to", to, "--header", f"Subject: {token()}", "--timeout", "30", *words,
        )  # fmt: skip

    def accepted(self, result):
        code, said = result
        self.assertEqual(code, 0, said)

    def refused(self, result, reply):
        code, said = result
        self.assertNotEqual(code, 0, said)
        self.assertRegex(said, rf"<(\*\*|~\*) +{reply}", said)

    def test_an_allowed_address_skips_scoring_and_greylisting(self):
        self.accepted(self.swaks(GOOD))
        self.accepted(self.swaks(GOOD, "team@here.test"))

    def test_a_denied_address_gets_554_instead_of_the_greeting(self):
        self.refused(self.swaks(DENIED), r"554 5\.7\.1 not accepted here: sends only spam")

    def test_a_denied_sender_is_rejected_at_mail(self):
        self.refused(self.swaks(NEW, sender="x@mail.spam.example"), r"550 5\.7\.1")

    def test_a_dnsbl_rejection_names_the_list(self):
        self.refused(self.swaks(LISTED), r"550 5\.7\.1 rejected: 127\.0\.0\.12 is on bl\.example: 127\.0\.0\.2 \(seen sending spam\)")

    def test_greylisting_defers_once_and_accepts_the_retry(self):
        self.refused(self.swaks(NEW), r"451 4\.7\.1")
        wait_for(lambda: self.swaks(NEW)[0] == 0, "the greylist lets it through", 20)
        self.accepted(self.swaks(NEW, sender="somebody-else@example.org"))

    def test_address_harvesting_ends_the_session(self):
        self.refused(self.swaks(HASTY, "a@here.test"), r"550 5\.1\.1")
        self.refused(self.swaks(HASTY, "b@here.test"), r"421 4\.7\.0")
        self.refused(self.swaks(HASTY, "alice@here.test"), r"421 4\.7\.0")

    def test_quota_and_aliases_are_managed_by_command(self):
        self.assertIn("quota 1048576 bytes", host.ask("account", "quota", "alice@here.test", "1M"))
        self.assertIn("team@here.test\talice@here.test", host.ask("alias", "list"))
        self.assertIn("no quota", host.ask("account", "quota", "alice@here.test", "none"))


if __name__ == "__main__":
    unittest.main()
