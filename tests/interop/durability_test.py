"""Durability: the server is killed (SIGKILL) repeatedly under load; every message acknowledged with
250 must be stored exactly once.

Ten rounds, or as many as GLASSPOST_KILLS says; `cargo xtask test --long` runs a thousand. GLASSPOST_SEED
repeats the moments of the kills.
"""

import collections
import os
import random
import re
import smtplib
import threading
import unittest

import harness
from harness import ok

ROUNDS = int(os.environ.get("GLASSPOST_KILLS", 10))
CLIENTS = 8
# The server is killed before so many messages of a round.
MESSAGES_MAX = 150
PEOPLE = ("alice", "bob")


class Load:
    """Clients that deliver messages until the server is killed."""

    def __init__(self, demo, number):
        self.demo, self.number = demo, number
        self.begun, self.kept = [], []
        self.lock, self.progress = threading.Lock(), harness.Progress()
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
                    self.progress.report("begun")
                    link.sendmail("load@example.org", [f"{person}@glasspost.test"], message)
                    with self.lock:
                        self.kept.append(name)
                    self.progress.report("kept")
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
        seed = harness.seed()
        rng = random.Random(seed)
        demo = harness.Demo()
        self.addCleanup(demo.close)
        demo.start()
        kept_ever, uid_from = [], {}
        for number in range(ROUNDS):
            with self.subTest(round=number, seed=seed):
                load = Load(demo, number)
                # At the beginning of a message or at the end of one, while seven others are on the way.
                event, count = rng.choice(["begun", "kept"]), rng.randrange(21, MESSAGES_MAX)
                load.progress.await_that(lambda counts, event=event, count=count: counts["kept"] > 20 and counts[event] >= count, f"{count} messages {event}", 60)
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
