"""Mail programs: mbsync mirrors a mailbox, mutt sends and reads."""

import os
import pathlib
import pty
import select
import subprocess
import tempfile
import unittest

import harness
from harness import raw_message, run, token, wait_for, without_trace

demo = None


def setUpModule():
    global demo
    demo = harness.Demo()
    unittest.addModuleCleanup(demo.close)
    demo.start()


class Mbsync(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="glasspost-mbsync-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "Mail").mkdir()

    def sync(self, name):
        address, password = demo.account(name)
        config = self.folder / "mbsyncrc"
        config.write_text(
            f"""IMAPAccount demo
Host localhost
Port {demo.port("imaps")}
User {address}
PassCmd "echo '{password}'"
SSLType IMAPS
SystemCertificates no
CertificateFile {demo.ca}

IMAPStore far
Account demo

MaildirStore near
Path {self.folder}/Mail/
Inbox {self.folder}/Mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
SyncState *
"""
        )
        code, said = run("mbsync", "-c", config, "all", timeout=120)
        self.assertEqual(code, 0, said)

    def kept(self, folder="INBOX"):
        return [file for place in ("new", "cur") for file in (self.folder / "Mail" / folder / place).glob("*")]

    def test_mirrors_the_mailbox_and_propagates_changes(self):
        mark = token()
        link = demo.imap("alice")
        harness.ok(link.append("INBOX", None, None, raw_message(mark)))
        count = int(harness.ok(link.select("INBOX"))[0])
        link.logout()
        self.sync("alice")
        self.assertEqual(len(self.kept()), count)
        # mbsync stores local copies with LF line ends and adds a header field.
        wanted = raw_message(mark).split(b"\r\n\r\n", 1)[1].replace(b"\r\n", b"\n")
        bodies = [file.read_bytes().split(b"\n\n", 1)[-1] for file in self.kept()]
        self.assertIn(wanted, bodies)
        self.sync("alice")
        self.assertEqual(len(self.kept()), count)
        # A message added to the local copy is uploaded; a message deleted locally is deleted on the
        # server.
        ours = token()
        (self.folder / "Mail/INBOX/new/1.from-here").write_bytes(f"From: <a@example.org>\nSubject: {ours}\n\nFrom here.\n".encode())
        next(file for file in self.kept() if mark.encode() in file.read_bytes()).unlink()
        self.sync("alice")
        self.assertEqual(len(demo.messages("alice", ours)), 1)
        self.assertEqual(demo.messages("alice", mark), [])


class Mutt(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="glasspost-mutt-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def settings(self, name):
        address, password = demo.account(name)
        user = address.replace("@", "%40")
        file = self.folder / "muttrc"
        file.write_text(
            f"""set from="{address}"
set realname="{name}"
set use_from=yes
set use_envelope_from=yes
set smtp_url="smtps://{user}@localhost:{demo.port("submissions")}/"
set smtp_pass="{password}"
set imap_user="{address}"
set imap_pass="{password}"
set certificate_file="{demo.ca}"
set ssl_force_tls=yes
set record="" copy=no
set wait_key=no
set quit=yes
set mail_check=1
set header_cache="" message_cachedir=""
set print_command=""
unset confirmappend
unset mark_old
"""
        )
        return file

    def test_sends_over_submissions(self):
        mark = token()
        message = "A message by mutt. 你好。\n"
        code, said = run("mutt", "-n", "-F", self.settings("alice"), "-s", mark, "--", "bob@glasspost.test", text=message.encode(), env={"TERM": "dumb", "LC_ALL": "C.UTF-8"})
        self.assertEqual(code, 0, said)
        self.assertIn(mark.encode(), demo.wait_for_message("bob", mark))

    def test_opens_the_mailbox_and_reads_a_message(self):
        mark = token()
        message = raw_message(mark)
        link = demo.imap("bob")
        harness.ok(link.append("INBOX", None, None, message))
        link.logout()
        out = self.folder / "message"
        keys = f"<limit>~s {mark}<enter><pipe-message>cat > {out}.part && mv {out}.part {out}<enter><exit>"
        words = ["mutt", "-n", "-F", str(self.settings("bob")), "-e", "unset pipe_decode", "-e", f"push '{keys}'", "-f", f"imaps://localhost:{demo.port('imaps')}/INBOX"]
        said = at_a_terminal(words, lambda: out.exists())
        self.assertTrue(out.exists(), said[-3000:])
        self.assertEqual(out.read_bytes().replace(b"\r\n", b"\n"), message.replace(b"\r\n", b"\n"))


def at_a_terminal(words, done, seconds=30):
    """Runs a program on a pseudo-terminal until `done` holds or it exits; returns its output."""
    near, far = pty.openpty()
    child = subprocess.Popen(words, stdin=far, stdout=far, stderr=far, start_new_session=True, env={**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8"})
    os.close(far)
    output = bytearray()

    def ended():
        # What it wrote is read, so that it does not wait for the terminal.
        while select.select([near], [], [], 0)[0]:
            try:
                output.extend(os.read(near, 65536))
            except OSError:
                return True
        return child.poll() is not None or done()

    try:
        harness.wait_for(ended, f"the end of {words[0]}", seconds)
    except AssertionError as late:
        raise AssertionError(f"{late}:\n{output.decode('utf-8', 'replace')[-3000:]}") from None
    finally:
        if child.poll() is None:
            child.terminate()
        child.wait(timeout=10)
        os.close(near)
    return output.decode("utf-8", "replace")


if __name__ == "__main__":
    unittest.main()
