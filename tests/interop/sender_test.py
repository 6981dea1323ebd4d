"""Sender authentication: dkimpy verifies our signatures, and we verify those of dkimpy; pyspf reaches
the same results from the same records.

Needs the Python modules dkim (dkimpy), nacl and spf (pyspf); skipped without them.
"""

import base64
import imaplib
import os
import pathlib
import re
import shutil
import smtplib
import socket
import ssl
import subprocess
import tempfile
import unittest

from harness import ROOT, is_open, ok, token, wait_for

try:
    import dkim
    import nacl.signing
    import spf
except ImportError as missing:
    dkim = spf = None
    WHY = f"{missing.name} is not installed for Python"

PASSWORD = "an honest password"
ADDRESS = "127.0.0.1"
# Domains and their records; the client is ADDRESS.
SPF = {
    "pass.test": "v=spf1 ip4:127.0.0.0/8 -all",
    "fail.test": "v=spf1 ip4:192.0.2.0/24 -all",
    "soft.test": "v=spf1 ~all",
    "neutral.test": "v=spf1 ?all",
    "a.test": "v=spf1 a:host.test -all",
    "mx.test": "v=spf1 mx:hosts.test/24 -all",
    "include.test": "v=spf1 include:pass.test -all",
    "redirect.test": "v=spf1 redirect=fail.test",
    "exists.test": "v=spf1 exists:%{ir}.list.test -all",
    "macro.test": "v=spf1 exists:%{l}.%{o}.users.test -all",
    "syntax.test": "v=spf1 ip4:127.0.0.1/33 -all",
    "unknown.test": "v=spf1 foo:bar -all",
    "loop.test": "v=spf1 include:loop.test -all",
    "gone.test": "v=spf1 include:nowhere.test -all",
    "void.test": "v=spf1 a:n1.test a:n2.test a:n3.test +all",
    "six.test": "v=spf1 ip6:::1 -all",
    "case.test": "V=SPF1 IP4:127.0.0.1 -ALL",
    "none.test": "something else",
}
ADDRESSES = {"host.test": ADDRESS, "mail.hosts.test": "127.0.0.77", "1.0.0.127.list.test": "127.0.0.2", "user.macro.test.users.test": "127.0.0.2"}

world = None


def setUpModule():
    global world
    if dkim is None:
        raise unittest.SkipTest(WHY)
    world = World()
    unittest.addModuleCleanup(world.close)
    world.start()


def free_port():
    with socket.socket() as one:
        one.bind((ADDRESS, 0))
        return one.getsockname()[1]


class World:
    """`glasspost serve` for ours.test with DKIM keys, and a zone file with the foreign domains."""

    def __init__(self):
        self.program = os.environ.get("GLASSPOST", str(ROOT / "target/release/glasspost"))
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="glasspost-sender-"))
        self.data = self.folder / "data"
        self.ports = {name: free_port() for name in ("smtp", "submission", "imap")}
        self.child = None
        listen = "".join(f'{name} = "{ADDRESS}:{port}"\n' for name, port in self.ports.items())
        off = "".join(f'{name} = "off"\n' for name in ("submissions", "imaps", "pop3", "pop3s", "http", "https"))
        checks = "".join(f'{name} = "off"\n' for name in ("ptr_missing", "ptr_unconfirmed", "helo_syntax", "helo_own", "helo_literal", "helo_unresolved"))
        (self.folder / "config.toml").write_text(
            f'[server]\nhostname = "mx.ours.test"\ndata = "{self.data}"\n[listen]\n{listen}{off}'
            f'[dns]\nzone_file = "{self.folder / "zone"}"\n[limits]\nplaintext_login = true\n'
            f'[inbound]\ntrusted = []\n[inbound.checks]\n{checks}[auth]\ndmarc = "note"\n'
        )
        (self.folder / "zone").write_text("")
        self.ask("account", "add", "alice@ours.test", "--password", PASSWORD, "--data", self.data)
        self.published = self.ask("dkim", "make", "--data", self.data)
        self.rsa = self.folder / "rsa.pem"
        subprocess.run(["openssl", "genrsa", "-traditional", "-out", self.rsa, "2048"], check=True, capture_output=True)
        public = subprocess.run(["openssl", "rsa", "-in", self.rsa, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
        self.seed = nacl.signing.SigningKey.generate()
        self.texts = {
            "rsa._domainkey.theirs.test": "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode(),
            "ed._domainkey.theirs.test": "v=DKIM1; k=ed25519; p=" + base64.b64encode(self.seed.verify_key.encode()).decode(),
            **SPF,
        }

    def ask(self, *words):
        done = subprocess.run([self.program, *map(str, words)], capture_output=True, text=True, check=False, timeout=120)
        if done.returncode != 0:
            raise AssertionError(f"glasspost {' '.join(map(str, words))}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self):
        quoted = lambda text: " ".join(f'"{text[i:i + 255]}"' for i in range(0, len(text), 255))
        lines = [f"{name}. TXT {quoted(text)}" for name, text in self.texts.items()]
        lines += [f"{name}. A {address}" for name, address in ADDRESSES.items()] + ["hosts.test. MX 10 mail.hosts.test."]
        lines += [line.replace("\tIN\t", " ") for line in self.published.splitlines()]
        (self.folder / "zone").write_text("\n".join(lines) + "\n")
        with open(self.folder / "log", "ab") as log:
            words = [self.program, "serve", "--config", str(self.folder / "config.toml")]
            self.child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for port in self.ports.values():
            wait_for(lambda port=port: is_open(port), f"port {port}", 30)

    def close(self):
        if self.child and self.child.poll() is None:
            self.child.terminate()
            self.child.wait(timeout=20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def submit(self, message):
        with smtplib.SMTP(ADDRESS, self.ports["submission"], timeout=30) as link:
            link.starttls(context=ssl._create_unverified_context())
            link.login("alice@ours.test", PASSWORD)
            link.sendmail("alice@ours.test", ["alice@ours.test"], message)

    def deliver(self, sender, message):
        """Delivers a message from another mail host."""
        with smtplib.SMTP(ADDRESS, self.ports["smtp"], local_hostname="client.test", timeout=30) as link:
            link.sendmail(sender, ["alice@ours.test"], message)

    def message(self, mark):
        def look():
            link = imaplib.IMAP4(ADDRESS, self.ports["imap"], timeout=30)
            try:
                link.login("alice@ours.test", PASSWORD)
                ok(link.select("INBOX", readonly=True))
                uids = ok(link.uid("SEARCH", "SUBJECT", mark))[0].split()
                return ok(link.uid("FETCH", uids[0].decode(), "(BODY.PEEK[])"))[0][1] if uids else None
            finally:
                link.logout()

        return wait_for(look, f"the message {mark}", 20)

    def txt(self, name, timeout=5):
        """Answers DNS lookups of dkimpy from our published records and the foreign ones."""
        name = (name.decode() if isinstance(name, bytes) else name).rstrip(".")
        for line in self.published.splitlines():
            if line.startswith(name + "."):
                return "".join(re.findall(r'"([^"]*)"', line)).encode()
        text = self.texts.get(name)
        return text.encode() if text else None


def message(mark, sender, body="Dear Alice,\r\n.\r\n\r\ntwo  blanks \t \r\nyours\r\n\r\n\r\n"):
    head = f"From: Someone <{sender}>\r\nTo: alice@ours.test\r\nSubject: {mark}\r\n  folded\r\nDate: Sat, 21 Nov 2026 09:33:05 +0000\r\n"
    return f"{head}Message-ID: <{mark}@x.test>\r\nMIME-Version: 1.0\r\n\r\n{body}".encode()


def results(stored):
    """Our Authentication-Results field, unfolded."""
    head = stored.split(b"\r\n\r\n")[0].decode()
    found = re.findall(r"^Authentication-Results: (mx\.ours\.test(?:.|\r\n\s)*?)\r\n(?=\S|$)", head + "\r\n", re.M)
    assert len(found) == 1, head
    return re.sub(r"\s+", " ", found[0])


class Dkim(unittest.TestCase):
    def test_dkimpy_verifies_both_our_signatures(self):
        for body in ("short\r\n", "Dear Alice,\r\nblanks  \r\n\r\n\r\n", ""):
            mark = token()
            world.submit(message(mark, "alice@ours.test", body))
            stored = world.message(mark)
            self.assertEqual(stored.count(b"\r\nDKIM-Signature:"), 2, stored)
            for index in range(2):
                self.assertTrue(dkim.DKIM(stored).verify(idx=index, dnsfunc=world.txt), (index, stored))
            changed = stored.replace(b"Someone", b"Another")
            self.assertFalse(dkim.DKIM(changed).verify(idx=0, dnsfunc=world.txt))

    def test_we_verify_dkimpy_signatures_in_every_canonicalization(self):
        rsa, seed = world.rsa.read_bytes(), base64.b64encode(world.seed.encode())
        for header in (b"simple", b"relaxed"):
            for body in (b"simple", b"relaxed"):
                for selector, key, algorithm in ((b"rsa", rsa, b"rsa-sha256"), (b"ed", seed, b"ed25519-sha256")):
                    mark = token()
                    plain = message(mark, "bob@theirs.test")
                    signature = dkim.sign(plain, selector, b"theirs.test", key, canonicalize=(header, body), signature_algorithm=algorithm)
                    world.deliver("bob@theirs.test", signature + plain)
                    said = results(world.message(mark))
                    self.assertIn(f"dkim=pass header.d=theirs.test header.s={selector.decode()}", said, (header, body, algorithm))
                    mark = token()
                    plain = message(mark, "bob@theirs.test")
                    signature = dkim.sign(plain, selector, b"theirs.test", key, canonicalize=(header, body), signature_algorithm=algorithm)
                    world.deliver("bob@theirs.test", signature + plain.replace(b"yours", b"hours"))
                    self.assertIn("dkim=fail header.d=theirs.test", results(world.message(mark)), (header, body, algorithm))


class Spf(unittest.TestCase):
    def test_pyspf_reaches_the_same_results(self):
        def lookup(name, kind, strict=True, timeout=None):
            name = name.lower().rstrip(".")
            found = []
            if kind == "TXT" and name in world.texts:
                found.append((world.texts[name].encode(),))
            if kind == "A" and name in ADDRESSES:
                found.append(ADDRESSES[name])
            if kind == "MX" and name == "hosts.test":
                found.append((10, "mail.hosts.test"))
            return [((name, kind), value) for value in found]

        before, spf.DNSLookup = spf.DNSLookup, lookup
        self.addCleanup(lambda: setattr(spf, "DNSLookup", before))
        for domain in SPF:
            theirs = spf.query(i=ADDRESS, s=f"user@{domain}", h="client.test", strict=True).check()[0]
            mark = token()
            world.deliver(f"user@{domain}", message(mark, f"user@{domain}"))
            said = results(world.message(mark))
            ours = re.search(r"spf=(\w+) smtp\.mailfrom=", said).group(1)
            self.assertEqual(ours, theirs, domain)


if __name__ == "__main__":
    unittest.main()
