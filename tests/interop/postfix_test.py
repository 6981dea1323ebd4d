"""Postfix as the other host: it delivers to us and takes from us, with TLS and without."""

import email
import unittest

import foreign
from foreign import HERE, THERE
from harness import run, token, without_trace

class Pair(unittest.TestCase):
    """Both hosts, fresh for each class, Postfix set up as its class wants it."""

    POSTFIX = ""
    pair = None

    @classmethod
    def setUpClass(cls):
        why = foreign.possible()
        if why or cls is Pair:
            raise unittest.SkipTest(why or "only what the others have in common")
        # A connection that rests would outlive what the next message wants to see.
        cls.pair = foreign.Pair(here="[outbound]\nmessages_per_connection_max = 1\n", there=cls.POSTFIX)
        cls.addClassCleanup(cls.pair.close)
        cls.pair.start()


def through_postfix(mark, *words):
    """A user of there.test sends to alice; Postfix takes the message and brings it."""
    code, said = run(
        "swaks", "--server", THERE, "--local-interface", THERE, "--helo", "client.there.test", "--from", "bob@there.test",
        "--to", "alice@here.test", "--header", f"Subject: {mark}", "--body", "From Postfix's side.\n.\n..two dots", "--timeout", "30", *words,
    )  # fmt: skip
    if code:
        raise AssertionError(said)


def with_protocol(message):
    """The protocols that the Received fields tell of (RFC 3848), newest first."""
    fields = email.message_from_bytes(message).get_all("Received")
    return [word for field in fields for word in field.replace("\n", " ").split() if word.startswith(("ESMTP", "SMTP", "UTF8SMTP"))]


class TakesFromUs(Pair):
    def test_a_message_reaches_postfix_over_starttls_unchanged(self):
        mark = token()
        message = self.pair.submit(mark, "bob@there.test")
        arrived = self.pair.one(self.pair.at_bobs, mark)
        # A Maildir has LF line ends.
        self.assertTrue(without_trace(arrived.replace(b"\n", b"\r\n"), message), arrived[:2000])
        self.assertEqual(with_protocol(arrived)[0], "ESMTPS")

    def test_two_recipients_of_one_domain_go_in_one_transaction_and_the_unknown_one_comes_back(self):
        mark = token()
        self.pair.submit(mark, "bob@there.test", "nobody@there.test")
        self.pair.one(self.pair.at_bobs, mark)

        def told(_):
            return [message for message in self.pair.at_alices("ndeliver") if mark.encode() in message]

        notice = email.message_from_bytes(self.pair.one(told, mark))
        self.assertEqual(notice.get_content_type(), "multipart/report")
        status = notice.get_payload()[1].as_string()
        for part in ("nobody@there.test", "Status: 5.1.1", "mx.there.test", "550 5.1.1"):
            self.assertIn(part, status)
        self.assertNotIn("bob@there.test", status)


class DeliversToUs(Pair):
    def test_postfix_brings_a_message_and_its_dots_are_right(self):
        mark = token()
        through_postfix(mark)
        arrived = self.pair.one(self.pair.at_alices, mark)
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


class TlsRequired(Pair):
    """Postfix that speaks with nobody but in TLS, on both of its sides."""

    POSTFIX = "smtp_tls_security_level = encrypt\nsmtpd_tls_security_level = encrypt\n"

    def test_postfix_brings_a_message_in_tls(self):
        mark = token()
        through_postfix(mark, "--tls")
        self.assertEqual(with_protocol(self.pair.one(self.pair.at_alices, mark))[0], "ESMTPS")

    def test_postfix_takes_a_message_in_tls(self):
        mark = token()
        self.pair.submit(mark, "bob@there.test")
        self.assertEqual(with_protocol(self.pair.one(self.pair.at_bobs, mark))[0], "ESMTPS")


class TlsNever(Pair):
    """Postfix without TLS."""

    POSTFIX = "smtp_tls_security_level = none\nsmtpd_tls_security_level = none\n"

    def test_postfix_brings_a_message_in_the_clear(self):
        mark = token()
        through_postfix(mark)
        self.assertEqual(with_protocol(self.pair.one(self.pair.at_alices, mark))[0], "ESMTP")

    def test_postfix_takes_a_message_in_the_clear(self):
        mark = token()
        self.pair.submit(mark, "bob@there.test")
        self.assertEqual(with_protocol(self.pair.one(self.pair.at_bobs, mark))[0], "ESMTP")
