"""Durability: the server is killed (SIGKILL) repeatedly under load; every message acknowledged with
250 must be stored exactly once.

Ten rounds; a hundred with GLASSPOST_LONG=1.
"""

import collections
import os
import random
import re
import smtplib
import threading
import time
import unittest

import harness
from harness import ok

ROUNDS = 100 if os.environ.get("GLASSPOST_LONG") else 10
CLIENTS = 8
PEOPLE = ("alice", "bob")


class Load:
    """Clients that deliver messages until the server is killed."""

    def __init__(self, demo, number):
        self.demo, self.number = demo, number
        self.begun, self.kept = [], []
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.work, args=(client,), daemon=True) for client in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def work(self, client):
        count = 0
        try:
            with smtplib.SMTP("127.0.0.1", self.demo.port("smtp"), local_hostname="client.example", timeout=20) as link:
                while True:
                    name = f"kill-{self.number}-{client}-{count}"
                    person = PEOPLE[count % 2]
                    count += 1
                    message = f"From: <load@example.org>\r\nTo: <{person}@glasspost.test>\r\nSubject: {name}.\r\n\r\n{'A line of text.' * 100}\r\n"
                    with self.lock:
                        self.begun.append(name)
                    link.sendmail("load@example.org", [f"{person}@glasspost.test"], message)
                    with self.lock:
                        self.kept.append(name)
        except (OSError, smtplib.SMTPException):
            return

    def join(self):
        for thread in self.threads:
            thread.join(timeout=30)


def found(demo, uid_from):
    """The number of copies stored of each message of the load, and the next UID of each mailbox."""
    counts = collections.Counter()
    following = {}
    for person in PEOPLE:
        link = demo.imap(person)
        ok(link.select("INBOX", readonly=True))
        first = uid_from.get(person, 1)
        following[person] = first
        for part in ok(link.uid("FETCH", f"{first}:*", "(UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])")):
            if isinstance(part, tuple):
                uid = int(re.search(rb"UID (\d+)", part[0]).group(1))
                name = re.search(rb"(kill-\d+-\d+-\d+)\.", part[1])
                if name and uid >= first:
                    counts[name.group(1).decode()] += 1
                following[person] = max(following[person], uid + 1)
        link.logout()
    return counts, following


class Durability(unittest.TestCase):
    def test_every_acknowledged_message_survives_kill_9_exactly_once(self):
        seed = random.randrange(1 << 30)
        rng = random.Random(seed)
        demo = harness.Demo()
        self.addCleanup(demo.close)
        demo.start()
        kept_ever, uid_from = [], {}
        for number in range(ROUNDS):
            with self.subTest(round=number, seed=seed):
                load = Load(demo, number)
                harness.wait_for(lambda load=load: len(load.kept) > 20, "the first messages of the load", 20)
                time.sleep(rng.uniform(0.0, 0.6))
                demo.kill()
                load.join()
                demo.start()
                counts, uid_from = found(demo, uid_from)
                kept_ever.extend(load.kept)
                self.assertEqual([name for name in load.kept if counts[name] == 0], [], "acknowledged with 250 but lost")
                self.assertEqual([name for name in load.begun if counts[name] > 1], [], "stored more than once")
        counts, _ = found(demo, {})
        self.assertEqual([name for name in kept_ever if counts[name] != 1], [], "after all rounds")
        self.assertGreater(len(kept_ever), ROUNDS * 20)

    def test_sigterm_shuts_down_cleanly_and_keeps_every_message(self):
        demo = harness.Demo()
        self.addCleanup(demo.close)
        demo.start()
        link = demo.imap("alice")
        before = ok(link.select("INBOX"))
        link.logout()
        self.assertEqual(demo.stop(), 0, demo.log_tail())
        demo.start()
        link = demo.imap("alice")
        self.assertEqual(ok(link.select("INBOX")), before)
        link.logout()


if __name__ == "__main__":
    unittest.main()
