"""Mail exchange with Postfix in both directions, with and without TLS."""

import email
import unittest

import foreign_host
from foreign_host import HERE, THERE
from harness import as_submitted, run, token

class Pair(unittest.TestCase):
    """Base class with both hosts, started for each test class with its Postfix settings."""

    POSTFIX = ""
    pair = None

    @classmethod
    def setUpClass(cls):
        why = foreign_host.possible()
        if why or cls is Pair:
            raise unittest.SkipTest(why or "base class of the other tests")
        # A pooled connection would hide what the next test observes.
        cls.pair = foreign_host.Pair(here="[outbound]\nmessages_per_connection_max = 1\n", there=cls.POSTFIX)
        cls.addClassCleanup(cls.pair.close)
        cls.pair.start()


def through_postfix(mark, *words):
    """Sends a message from a user of there.test to alice through Postfix."""
    code, said = run(
        "swaks", "--server", THERE, "--local-interface", THERE, "--helo", "client.there.test", "--from", "bob@there.test",
        "--to", "alice@here.test", "--header", f"Subject: {mark}", "--body", "From Postfix's side.\n.\n..two dots", "--timeout", "30", *words,
    )  # fmt: skip
    if code:
        raise AssertionError(said)


def with_protocol(message):
    """The protocols in the Received fields (RFC 3848), newest first."""
    fields = email.message_from_bytes(message).get_all("Received")
    return [word for field in fields for word in field.replace("\n", " ").split() if word.startswith(("ESMTP", "SMTP", "UTF8SMTP"))]


class Outbound(Pair):
    def test_a_message_reaches_postfix_unchanged_over_starttls(self):
        mark = token()
        message = self.pair.submit(mark, "bob@there.test")
        arrived = self.pair.one(self.pair.bob_inbox, mark)
        # A Maildir has LF line ends.
        self.assertTrue(as_submitted(arrived.replace(b"\n", b"\r\n"), message), arrived[:2000])
        self.assertEqual(with_protocol(arrived)[0], "ESMTPS")

    def test_one_transaction_serves_both_recipients_and_the_unknown_one_bounces(self):
        mark = token()
        self.pair.submit(mark, "bob@there.test", "nobody@there.test")
        self.pair.one(self.pair.bob_inbox, mark)

        def bounce(_):
            return [message for message in self.pair.alice_inbox("ndeliver") if mark.encode() in message]

        notice = email.message_from_bytes(self.pair.one(bounce, mark))
        self.assertEqual(notice.get_content_type(), "multipart/report")
        status = notice.get_payload()[1].as_string()
        for part in ("nobody@there.test", "Status: 5.1.1", "mx.there.test", "550 5.1.1"):
            self.assertIn(part, status)
        self.assertNotIn("bob@there.test", status)


class Inbound(Pair):
    def test_postfix_delivers_a_message_with_leading_dots(self):
        mark = token()
        through_postfix(mark)
        arrived = self.pair.one(self.pair.alice_inbox, mark)
        self.assertIn(b"From Postfix's side.\r\n.\r\n..two dots", arrived)
        self.assertTrue(arrived.startswith(b"Return-Path: <bob@there.test>\r\n"), arrived[:300])

    def test_postfix_gets_550_for_an_unknown_recipient(self):
        mark = token()
        code, said = run(
            "swaks", "--server", HERE, "--local-interface", THERE, "--helo", "mx.there.test", "--from", "bob@there.test",
            "--to", "nobody@here.test", "--header", f"Subject: {mark}",
        )  # fmt: skip
        self.assertNotEqual(code, 0)
        self.assertRegex(said, r"<\*\* +550 5\.1\.1")


class TlsRequired(Pair):
    """Postfix requires TLS as client and as server."""

    POSTFIX = "smtp_tls_security_level = encrypt\nsmtpd_tls_security_level = encrypt\n"

    def test_postfix_delivers_over_tls(self):
        mark = token()
        through_postfix(mark, "--tls")
        self.assertEqual(with_protocol(self.pair.one(self.pair.alice_inbox, mark))[0], "ESMTPS")

    def test_delivers_to_postfix_over_tls(self):
        mark = token()
        self.pair.submit(mark, "bob@there.test")
        self.assertEqual(with_protocol(self.pair.one(self.pair.bob_inbox, mark))[0], "ESMTPS")


class TlsNever(Pair):
    """Postfix without TLS."""

    POSTFIX = "smtp_tls_security_level = none\nsmtpd_tls_security_level = none\n"

    def test_postfix_delivers_without_tls(self):
        mark = token()
        through_postfix(mark)
        self.assertEqual(with_protocol(self.pair.one(self.pair.alice_inbox, mark))[0], "ESMTP")

    def test_delivers_to_postfix_without_tls(self):
        mark = token()
        self.pair.submit(mark, "bob@there.test")
        self.assertEqual(with_protocol(self.pair.one(self.pair.bob_inbox, mark))[0], "ESMTP")
