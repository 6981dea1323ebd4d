"""A full disk: the data folder is a small tmpfs. New mail is refused with 452, nothing that was
acknowledged is lost, also not by SIGKILL, and users make room themselves.

The tmpfs is mounted in namespaces of its own, which needs no root; skipped where the system permits
that to nobody.
"""

import pathlib
import shutil
import smtplib
import subprocess
import unittest

import harness
from harness import ok

DISK_MEGABYTES = 96
TEXT_LINES = {"small": 20, "large": 12_000}


class SmallDisk:
    """A tmpfs that only processes in its namespaces see; others reach it under /proc."""

    def __init__(self, folder, megabytes):
        self.inside = folder / "disk"
        self.inside.mkdir()
        script = f'mount -t tmpfs -o size={megabytes}m tmpfs "$0" && echo mounted && exec sleep infinity'
        words = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, str(self.inside)]
        self.holder = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if self.holder.stdout.readline() != b"mounted\n":
            why = self.holder.communicate(timeout=20)[1].decode(errors="replace").strip()
            raise unittest.SkipTest(f"no tmpfs can be mounted: {why}")
        self.outside = pathlib.Path(f"/proc/{self.holder.pid}/root{self.inside}")

    def enter(self):
        """The words before a program that is to see the disk."""
        return ["nsenter", "--preserve-credentials", "--user", "--mount", "--target", str(self.holder.pid)]

    def close(self):
        self.holder.kill()
        self.holder.communicate(timeout=20)


def on_small_disk(test):
    """A demonstration whose data folder is on a small disk."""
    for program in ("unshare", "nsenter"):
        if not shutil.which(program):
            raise unittest.SkipTest(f"{program} is not installed")
    demo = harness.Demo()
    test.addCleanup(demo.close)
    disk = SmallDisk(demo.folder, DISK_MEGABYTES)
    test.addCleanup(disk.close)
    demo.enter, demo.data_word, demo.data = disk.enter(), str(disk.inside / "data"), disk.outside / "data"
    demo.start()
    return demo


def fill(demo, kind, kept):
    """Sends messages until one is refused, and returns the code of the refusal."""
    text = "A line of text that is not compressed by anybody, 0123456789.\r\n" * TEXT_LINES[kind]
    with smtplib.SMTP("127.0.0.1", demo.port("smtp"), local_hostname="client.example", timeout=60) as link:
        for number in range(20_000):
            name = f"full-{kind}-{len(kept)}"
            message = f"From: <load@example.org>\r\nTo: <alice@glasspost.test>\r\nSubject: {name}.\r\n\r\n{text}"
            try:
                link.sendmail("load@example.org", ["alice@glasspost.test"], message)
            except smtplib.SMTPResponseException as refused:
                return refused.smtp_code
            kept.append(name)
    raise AssertionError(f"the disk is not full after {number} messages")


def subjects(demo):
    link = demo.imap("alice")
    ok(link.select("INBOX", readonly=True))
    parts = ok(link.uid("FETCH", "1:*", "(UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
    link.logout()
    lines = [part[1].decode().strip() for part in parts if isinstance(part, tuple)]
    return sorted(line.removeprefix("Subject: ").rstrip(".") for line in lines if "full-" in line)


class FullDisk(unittest.TestCase):
    def test_a_full_disk_refuses_new_mail_keeps_the_rest_and_users_make_room(self):
        demo = on_small_disk(self)
        kept = []
        self.assertEqual(fill(demo, "large", kept), 452, demo.log_tail())
        self.assertEqual(fill(demo, "small", kept), 452, demo.log_tail())
        self.assertEqual(subjects(demo), sorted(kept))
        self.assertEqual(demo.log.read_text(errors="replace").count("new mail is refused"), 1, demo.log_tail())
        # What was acknowledged survives a kill; the full disk does not keep the server from starting.
        demo.kill()
        demo.start()
        self.assertEqual(subjects(demo), sorted(kept))
        link = demo.imap("alice")
        ok(link.select("INBOX"))
        ok(link.uid("STORE", "1:*", "+FLAGS.SILENT", r"(\Deleted)"))
        ok(link.expunge())
        link.logout()
        again = []

        def is_accepted():
            message = "From: <load@example.org>\r\nTo: <alice@glasspost.test>\r\nSubject: full-again.\r\n\r\nx\r\n"
            try:
                with smtplib.SMTP("127.0.0.1", demo.port("smtp"), local_hostname="client.example", timeout=60) as link:
                    link.sendmail("load@example.org", ["alice@glasspost.test"], message)
            except smtplib.SMTPResponseException:
                return False
            again.append("full-again")
            return True

        harness.wait_for(is_accepted, "room for new mail", 60)
        self.assertEqual(subjects(demo), again)


if __name__ == "__main__":
    unittest.main()
