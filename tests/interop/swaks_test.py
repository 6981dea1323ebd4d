"""swaks as a client on port 25 and both submission ports."""

import unittest

import harness
from harness import run, token

demo = None


def setUpModule():
    global demo
    demo = harness.Demo()
    unittest.addModuleCleanup(demo.close)
    demo.start()


class Swaks(unittest.TestCase):
    def swaks(self, port, to, mark, *words, sender="stranger@example.org"):
        return run(
            "swaks", "--server", "127.0.0.1", "--port", demo.port(port), "--helo", "client.example", "--from", sender, "--to", to,
            "--header", f"Subject: {mark}", "--body", "A message by swaks.", "--timeout", "30", *words,
        )  # fmt: skip

    def signed_in(self, name, kind="PLAIN"):
        address, password = demo.account(name)
        return ["--auth", kind, "--auth-user", address, "--auth-password", password]

    def accepted(self, result):
        code, said = result
        self.assertEqual(code, 0, said)
        return said

    def refused(self, result, reply):
        code, said = result
        self.assertNotEqual(code, 0, said)
        self.assertRegex(said, rf"<(\*\*|~\*) +{reply}", said)

    def test_port_25_accepts_a_message_for_a_local_user(self):
        mark = token()
        said = self.accepted(self.swaks("smtp", "alice@glasspost.test", mark))
        self.assertRegex(said, r"<-  250 2\.")
        self.assertIn(b"A message by swaks.", demo.wait_for_message("alice", mark))

    def test_port_25_accepts_a_message_over_starttls(self):
        mark = token()
        self.accepted(self.swaks("smtp", "alice@glasspost.test", mark, "--tls"))
        demo.wait_for_message("alice", mark)

    def test_port_25_supports_pipelining(self):
        mark = token()
        self.accepted(self.swaks("smtp", "alice@glasspost.test,bob@glasspost.test", mark, "--pipeline"))
        demo.wait_for_message("alice", mark)
        demo.wait_for_message("bob", mark)

    def test_port_25_refuses_to_relay(self):
        self.refused(self.swaks("smtp", "somebody@example.net", token()), "5[57]")

    def test_port_25_rejects_an_unknown_recipient(self):
        self.refused(self.swaks("smtp", "nobody-of-that-name@glasspost.test", token()), "550")

    def test_submission_587_accepts_a_message_over_starttls_with_auth_plain(self):
        mark = token()
        self.accepted(self.swaks("submission", "bob@glasspost.test", mark, "--tls", *self.signed_in("alice"), sender="alice@glasspost.test"))
        demo.wait_for_message("bob", mark)

    def test_submission_587_accepts_a_message_over_starttls_with_auth_login(self):
        mark = token()
        words = ["--tls", *self.signed_in("alice", "LOGIN")]
        self.accepted(self.swaks("submission", "bob@glasspost.test", mark, *words, sender="alice@glasspost.test"))
        demo.wait_for_message("bob", mark)

    def test_submissions_465_accepts_a_message_with_auth(self):
        mark = token()
        words = ["--tls-on-connect", *self.signed_in("alice")]
        self.accepted(self.swaks("submissions", "bob@glasspost.test", mark, *words, sender="alice@glasspost.test"))
        demo.wait_for_message("bob", mark)

    def test_submission_587_offers_no_auth_before_tls(self):
        code, said = self.swaks("submission", "bob@glasspost.test", token(), *self.signed_in("alice"), sender="alice@glasspost.test")
        self.assertNotEqual(code, 0, said)
        self.assertNotRegex(said, r"<-  250[- ]AUTH")

    def test_submission_587_rejects_a_message_without_auth(self):
        self.refused(self.swaks("submission", "bob@glasspost.test", token(), "--tls", sender="alice@glasspost.test"), "5")

    def test_submission_587_rejects_a_wrong_password(self):
        words = ["--tls", "--auth", "PLAIN", "--auth-user", "alice@glasspost.test", "--auth-password", "not-the-password"]
        self.refused(self.swaks("submission", "bob@glasspost.test", token(), *words, sender="alice@glasspost.test"), "535")

    def test_submission_587_rejects_another_users_sender_address(self):
        words = ["--tls", *self.signed_in("alice")]
        self.refused(self.swaks("submission", "bob@glasspost.test", token(), *words, sender="teacher@glasspost.test"), "5")


if __name__ == "__main__":
    unittest.main()
