"""curl as a client over SMTP, IMAP and POP3."""

import unittest

import harness
from harness import as_submitted, raw_message, run, token

demo = None


def setUpModule():
    global demo
    demo = harness.Demo()
    unittest.addModuleCleanup(demo.close)
    demo.start()


class Curl(unittest.TestCase):
    def curl(self, name, *words, text=None):
        user = ":".join(demo.account(name))
        code, said = run("curl", "--silent", "--show-error", "--cacert", demo.ca, "--user", user, "--max-time", "30", *words, text=text)
        self.assertEqual(code, 0, said)
        return said

    def send(self, url, mark, *words):
        message = raw_message(mark, sender="alice@glasspost.test", to="bob@glasspost.test")
        self.curl("alice", url, "--mail-from", "alice@glasspost.test", "--mail-rcpt", "bob@glasspost.test", "--upload-file", "-", *words, text=message)
        arrived = demo.wait_for_message("bob", mark)
        self.assertTrue(as_submitted(arrived, message), arrived[-2000:])

    def test_sends_over_submissions(self):
        self.send(f"smtps://localhost:{demo.port('submissions')}", token())

    def test_sends_over_submission_with_starttls(self):
        self.send(f"smtp://localhost:{demo.port('submission')}", token(), "--ssl-reqd")

    def test_lists_folders_and_fetches_by_imaps(self):
        mark = token()
        self.send(f"smtps://localhost:{demo.port('submissions')}", mark)
        server = f"imaps://localhost:{demo.port('imaps')}"
        self.assertRegex(self.curl("bob", server + "/"), r'(?im)^\* LIST .*"?INBOX"?')
        found = self.curl("bob", f"{server}/INBOX?SUBJECT%20{mark}")
        uid = found.split()[-1]
        self.assertIn(mark, self.curl("bob", f"{server}/INBOX;MAILINDEX={uid};SECTION=HEADER.FIELDS%20(SUBJECT)"))

    def test_fetches_over_imap_with_starttls(self):
        self.assertIn("EXISTS", self.curl("bob", f"imap://localhost:{demo.port('imap')}/", "--ssl-reqd", "--request", "EXAMINE INBOX"))

    def test_lists_and_fetches_by_pop3s_and_pop3_with_stls(self):
        for url, words in (
            (f"pop3s://localhost:{demo.port('pop3s')}", []),
            (f"pop3://localhost:{demo.port('pop3')}", ["--ssl-reqd"]),
        ):
            with self.subTest(url=url):
                first = self.curl("alice", url + "/", *words).split()[0]
                self.assertEqual(first, "1")
                self.assertIn("Subject:", self.curl("alice", url + "/1", *words))


if __name__ == "__main__":
    unittest.main()
