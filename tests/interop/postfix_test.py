"""Postfix as the other host: it delivers to us and takes from us, with TLS and without."""

import email
import unittest

import foreign
from foreign import HERE, THERE
from harness import run, token, without_trace

pair = None


def setUpModule():
    global pair
    why = foreign.possible()
    if why:
        raise unittest.SkipTest(why)
    pair = foreign.Pair()
    unittest.addModuleCleanup(pair.close)
    pair.start()


def through_postfix(mark, *words):
    """A user of there.test sends to alice; Postfix takes the letter and brings it."""
    code, said = run(
        "swaks", "--server", THERE, "--local-interface", THERE, "--helo", "client.there.test", "--from", "bob@there.test",
        "--to", "alice@here.test", "--header", f"Subject: {mark}", "--body", "From Postfix's side.\n.\n..two dots", "--timeout", "30", *words,
    )  # fmt: skip
    if code:
        raise AssertionError(said)


def with_protocol(letter):
    """The protocols that the Received fields tell of (RFC 3848), newest first."""
    fields = email.message_from_bytes(letter).get_all("Received")
    return [word for field in fields for word in field.replace("\n", " ").split() if word.startswith(("ESMTP", "SMTP", "UTF8SMTP"))]


class TakesFromUs(unittest.TestCase):
    def test_a_letter_reaches_postfix_over_starttls_unchanged(self):
        mark = token()
        letter = pair.submit(mark, "bob@there.test")
        arrived = pair.one(pair.at_bobs, mark)
        # A Maildir has LF line ends.
        self.assertTrue(without_trace(arrived.replace(b"\n", b"\r\n"), letter), arrived[:2000])
        self.assertEqual(with_protocol(arrived)[0], "ESMTPS")

    def test_two_recipients_of_one_domain_go_in_one_transaction_and_the_unknown_one_comes_back(self):
        mark = token()
        pair.submit(mark, "bob@there.test", "nobody@there.test")
        pair.one(pair.at_bobs, mark)

        def told(_):
            return [letter for letter in pair.at_alices("ndeliver") if mark.encode() in letter]

        notice = email.message_from_bytes(pair.one(told, mark))
        self.assertEqual(notice.get_content_type(), "multipart/report")
        status = notice.get_payload()[1].as_string()
        for part in ("nobody@there.test", "Status: 5.1.1", "mx.there.test", "550 5.1.1"):
            self.assertIn(part, status)
        self.assertNotIn("bob@there.test", status)


class DeliversToUs(unittest.TestCase):
    def test_postfix_brings_a_letter_and_its_dots_are_right(self):
        mark = token()
        through_postfix(mark)
        arrived = pair.one(pair.at_alices, mark)
        self.assertIn(b"From Postfix's side.\r\n.\r\n..two dots", arrived)
        self.assertTrue(arrived.startswith(b"Return-Path: <bob@there.test>\r\n"), arrived[:300])

    def test_postfix_learns_at_once_that_nobody_is_here_by_that_name(self):
        mark = token()
        code, said = run(
            "swaks", "--server", HERE, "--local-interface", THERE, "--helo", "mx.there.test", "--from", "bob@there.test",
            "--to", "nobody@here.test", "--header", f"Subject: {mark}",
        )  # fmt: skip
        self.assertNotEqual(code, 0)
        self.assertRegex(said, r"<\*\* +550 5\.1\.1")


class TlsRequired(unittest.TestCase):
    """Postfix that speaks with nobody but in TLS, on both of its sides."""

    @classmethod
    def setUpClass(cls):
        config = pair.there.folder / "config/main.cf"
        cls.addClassCleanup(config.write_text, config.read_text())
        config.write_text(config.read_text() + "smtp_tls_security_level = encrypt\nsmtpd_tls_security_level = encrypt\n")
        run(*pair.there.postfix("reload"))
        cls.addClassCleanup(run, *pair.there.postfix("reload"))

    def test_postfix_brings_a_letter_in_tls(self):
        mark = token()
        through_postfix(mark, "--tls")
        self.assertEqual(with_protocol(pair.one(pair.at_alices, mark))[0], "ESMTPS")

    def test_postfix_takes_a_letter_in_tls(self):
        mark = token()
        pair.submit(mark, "bob@there.test")
        self.assertEqual(with_protocol(pair.one(pair.at_bobs, mark))[0], "ESMTPS")


class TlsNever(unittest.TestCase):
    """Postfix without TLS."""

    @classmethod
    def setUpClass(cls):
        config = pair.there.folder / "config/main.cf"
        cls.addClassCleanup(config.write_text, config.read_text())
        config.write_text(config.read_text() + "smtp_tls_security_level = none\nsmtpd_tls_security_level = none\n")
        run(*pair.there.postfix("reload"))
        cls.addClassCleanup(run, *pair.there.postfix("reload"))

    def test_postfix_brings_a_letter_in_the_clear(self):
        mark = token()
        through_postfix(mark)
        self.assertEqual(with_protocol(pair.one(pair.at_alices, mark))[0], "ESMTP")

    def test_postfix_takes_a_letter_in_the_clear(self):
        mark = token()
        pair.submit(mark, "bob@there.test")
        self.assertEqual(with_protocol(pair.one(pair.at_bobs, mark))[0], "ESMTP")
