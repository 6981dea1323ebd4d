"""Shared by all interop tests: a running `glasspost demo` on free ports with a fresh data folder, its
accounts, and helpers to run a foreign program and capture its output.

`GLASSPOST` is the path of the program (default: target/release/glasspost).
"""

import collections
import email
import imaplib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Responses for large mailboxes exceed imaplib's default line limit.
imaplib._MAXLINE = 10_000_000


class Demo:
    """A private `glasspost demo` whose data folder survives restarts."""

    def __init__(self):
        self.program = os.environ.get("GLASSPOST", str(ROOT / "target/release/glasspost"))
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="glasspost-interop-"))
        self.data = self.folder / "data"
        # As the program names it, and the words before the program; see full_disk_test.
        self.data_word, self.enter = str(self.data), []
        self.log = self.folder / "log"
        self.child = None
        self.info = {}

    def start(self):
        info_file = self.data / "demo.json"
        info_file.unlink(missing_ok=True)
        with open(self.log, "ab") as log:
            words = [*self.enter, self.program, "demo", "--data", self.data_word, "--ports-from", "0"]
            self.child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

        def read():
            if self.child.poll() is not None:
                raise AssertionError(f"the server exited with {self.child.returncode}:\n{self.log_tail()}")
            try:
                return json.loads(info_file.read_text())
            except (FileNotFoundError, ValueError):
                return None

        self.info = wait_for(read, "demo.json", 30)
        for name in ("smtp", "imap", "pop3"):
            wait_for(lambda port=self.port(name): is_open(port), f"port {name}", 30)
        return self

    def stop(self):
        """Stops the server with SIGTERM and returns its exit code."""
        self.child.send_signal(signal.SIGTERM)
        return self.child.wait(timeout=20)

    def kill(self):
        """Kills the server with SIGKILL."""
        self.child.kill()
        self.child.wait(timeout=20)

    def close(self):
        if self.child and self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log_tail(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def port(self, name):
        return self.info["ports"][name]

    @property
    def ca(self):
        path = pathlib.Path(self.info["ca"])
        if self.enter and path.is_absolute():
            path = path.relative_to(self.data_word)
        return str(self.data / path)

    def account(self, name):
        """The address and the password of an account."""
        for account in self.info["accounts"]:
            if account["address"].startswith(name + "@"):
                return account["address"], account["password"]
        raise AssertionError(f"there is no account {name}: {self.info['accounts']}")

    def tls(self):
        """A TLS context that trusts only the demo's certificate authority."""
        return ssl.create_default_context(cafile=self.ca)

    def imap(self, name):
        """A signed-in IMAP connection over TLS."""
        link = imaplib.IMAP4_SSL("localhost", self.port("imaps"), ssl_context=self.tls(), timeout=60)
        link.login(*self.account(name))
        return link

    def messages(self, name, token, mailbox="INBOX"):
        """The bytes of every message in the mailbox whose subject contains the token."""
        link = self.imap(name)
        try:
            ok(link.select(quoted(mailbox), readonly=True))
            uids = ok(link.uid("SEARCH", "SUBJECT", quoted(token)))[0].split()
            return [ok(link.uid("FETCH", uid.decode(), "(BODY.PEEK[])"))[0][1] for uid in uids]
        finally:
            link.logout()

    def wait_for_message(self, name, token, mailbox="INBOX"):
        """Waits for the one message with the token in its subject; fails if there are several."""
        found = wait_for(lambda: self.messages(name, token, mailbox), f"a message `{token}` for {name}", 20)
        if len(found) != 1:
            raise AssertionError(f"{len(found)} messages `{token}` for {name}")
        return found[0]


def ok(answer):
    """The data of an imaplib response; fails unless the status is OK."""
    status, data = answer
    if status != "OK":
        raise AssertionError(f"IMAP answered {status}: {data}")
    return data


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def token():
    """A unique word for a subject."""
    return "t" + uuid.uuid4().hex[:12]


def seed():
    """The seed of a test's random choices: GLASSPOST_SEED, or a new one, which is printed."""
    chosen = int(os.environ.get("GLASSPOST_SEED", random.randrange(1 << 30)))
    print(f"seed {chosen}; GLASSPOST_SEED={chosen} repeats it")
    return chosen


def is_open(port, address="127.0.0.1"):
    try:
        socket.create_connection((address, port), timeout=2).close()
        return True
    except OSError:
        return False


def wait_for(probe, what, seconds):
    """Polls until the result is true and returns it. For other programs, which give no event; within
    this process `Progress` does."""
    end = time.monotonic() + seconds
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.05)


class Progress:
    """Counts what threads report, and lets another thread await a count."""

    def __init__(self):
        self.changed, self.counts = threading.Condition(), collections.Counter()

    def report(self, what):
        with self.changed:
            self.counts[what] += 1
            self.changed.notify_all()

    def await_that(self, holds, what, seconds):
        """Waits until `holds(counts)`."""
        with self.changed:
            if not self.changed.wait_for(lambda: holds(self.counts), timeout=seconds):
                raise AssertionError(f"{what} did not happen within {seconds} s: {dict(self.counts)}")


def run(*words, text=None, env=None, timeout=60):
    """Runs a program and returns (exit code, output)."""
    done = subprocess.run(
        [str(word) for word in words],
        input=text,
        stdin=None if text is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(env or {})},
        timeout=timeout,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8", "replace")


def raw_message(mark, sender="stranger@example.org", to="alice@glasspost.test"):
    """A message that is easily damaged: leading dots, trailing spaces, a long line, 8-bit text, an empty
    last line."""
    lines = [
        f"From: Stranger <{sender}>",
        f"To: <{to}>",
        f"Subject: {mark}",
        f"Message-ID: <{mark}@example.org>",
        "Date: Mon, 02 Nov 2026 10:00:00 +0000",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "X-Folded: one",
        "\ttwo  ",
        "",
        ".",
        "..",
        ". a line that begins with a dot",
        "blanks at the end   ",
        "\ttab first",
        "玻璃邮局：信件的旅程 – Grüße",
        "x" * 998,
        "From the beginning of a line",
        "",
        "",
    ]
    return "\r\n".join(lines).encode()


def as_submitted(message, original):
    """Whether a message has the fields and text of the original; the transfer encoding may differ."""
    new, old = email.message_from_bytes(message), email.message_from_bytes(original)
    fields = [[field for field in one.items() if field[0] != "Content-Transfer-Encoding"] for one in (new, old)]
    kept = fields[0][-len(fields[1]) :] == fields[1]
    return kept and message.isascii() and new.get_payload(decode=True) == old.get_payload(decode=True)


def without_trace(message, original):
    """Whether the message is the original with only header fields prepended."""
    if not message.endswith(original):
        return False
    head = message[: len(message) - len(original)]
    return re.fullmatch(rb"([!-9;-~]+:[^\r\n]*\r\n([ \t][^\r\n]*\r\n)*)*", head) is not None
