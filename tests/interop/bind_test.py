"""BIND as the name server: MX and addresses, a null MX, a name that is not there, and a server that fails."""

import email
import unittest

import foreign
from harness import token

pair = None


def setUpModule():
    global pair
    why = foreign.possible()
    if why:
        raise unittest.SkipTest(why)
    bind = foreign.Bind()
    unittest.addModuleCleanup(bind.close)
    bind.start()
    pair = foreign.Pair(dns=bind.setting)
    unittest.addModuleCleanup(pair.close)
    pair.start()


def notice(mark):
    """What alice is told of a message that came back."""

    def told(_):
        return [message for message in pair.at_alices("ndeliver") if mark.encode() in message]

    return email.message_from_bytes(pair.one(told, mark)).get_payload()[1].as_string()


class Bind(unittest.TestCase):
    def test_the_mx_that_bind_names_gets_the_message(self):
        mark = token()
        pair.submit(mark, "bob@there.test")
        pair.one(pair.at_bobs, mark)

    def test_a_domain_with_a_null_mx_takes_nothing_and_alice_hears_so_at_once(self):
        mark = token()
        pair.submit(mark, "someone@null.test")
        self.assertIn("Status: 5.1.10", notice(mark))

    def test_a_domain_that_is_not_there_is_told_at_once(self):
        mark = token()
        pair.submit(mark, "someone@missing.there.test")
        self.assertIn("Status: 5.1.2", notice(mark))

    def test_a_server_that_fails_is_asked_again_later(self):
        mark = token()
        pair.submit(mark, "someone@broken.test")
        with self.assertRaises(AssertionError):
            pair.one(lambda _: [x for x in pair.at_alices("ndeliver") if mark.encode() in x], mark, 4)
