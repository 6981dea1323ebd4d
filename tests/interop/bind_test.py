"""BIND as the name server: MX and addresses, a null MX, a missing domain, and SERVFAIL."""

import email
import unittest

import foreign_host
from harness import token

pair = None


def setUpModule():
    global pair
    why = foreign_host.possible()
    if why:
        raise unittest.SkipTest(why)
    bind = foreign_host.Bind()
    unittest.addModuleCleanup(bind.close)
    bind.start()
    pair = foreign_host.Pair(dns=bind.setting)
    unittest.addModuleCleanup(pair.close)
    pair.start()


def notice(mark):
    """The text of the delivery status notification sent to alice."""

    def bounce(_):
        return [message for message in pair.alice_inbox("ndeliver") if mark.encode() in message]

    return email.message_from_bytes(pair.one(bounce, mark)).get_payload()[1].as_string()


class Bind(unittest.TestCase):
    def test_delivers_to_the_mx_that_bind_publishes(self):
        mark = token()
        pair.submit(mark, "bob@there.test")
        pair.one(pair.bob_inbox, mark)

    def test_a_null_mx_bounces_at_once(self):
        mark = token()
        pair.submit(mark, "someone@null.test")
        self.assertIn("Status: 5.1.10", notice(mark))

    def test_a_missing_domain_bounces_at_once(self):
        mark = token()
        pair.submit(mark, "someone@missing.there.test")
        self.assertIn("Status: 5.1.2", notice(mark))

    def test_servfail_is_retried_later(self):
        mark = token()
        pair.submit(mark, "someone@broken.test")
        with self.assertRaises(AssertionError):
            pair.one(lambda _: [x for x in pair.alice_inbox("ndeliver") if mark.encode() in x], mark, 4)
