"""Sending to a foreign host, a small SMTP server in Python: nothing is lost when our server is killed
(SIGKILL) at random moments of queueing and sending; the queue is listed and managed while the
server runs; ten thousand queued messages use little memory.

Ten kills, or as many as GLASSPOST_KILLS says; `cargo xtask test --long` runs a thousand. GLASSPOST_SEED
repeats the moments of the kills and the replies.
"""

import collections
import os
import pathlib
import random
import re
import shutil
import signal
import smtplib
import socket
import socketserver
import subprocess
import tempfile
import threading
import unittest

import harness

ROUNDS = int(os.environ.get("GLASSPOST_KILLS", 10))
CLIENTS = 4
# The server is killed before so many messages of a round are acknowledged.
ROUND_MESSAGES_MAX = 300
# A round begins when the sink has taken all but so many, so that it keeps up with a thousand rounds.
BACKLOG_MAX = 500
# The messages that the sink accepted last before a kill may be sent again: their outcome may not be
# durable yet. There are no more of them than are on the way at a time.
UNSETTLED_MAX = 500
QUEUED = 10_000
QUEUED_MIB_MAX = 48
MESSAGES_PER_CONNECTION = 500


def free_ports(count):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


class Sink(socketserver.ThreadingTCPServer):
    """Accepts messages and records their subjects. `behave(name)` selects the reply: `take` (250),
    `later` (451), `lose` (accepts, then drops the connection before the 250)."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port=0):
        self.behave = lambda name: "take"
        self.taken, self.lost = collections.defaultdict(list), set()
        self.connections, self.messages, self.lock = 0, 0, threading.Lock()
        self.progress = harness.Progress()
        super().__init__(("127.0.0.1", port), Conversation)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def handle_error(self, request, client_address):
        """Ignores errors: the client is killed on purpose."""


class Conversation(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        sink = self.server
        with sink.lock:
            sink.connections += 1
        self.say("220 sink.test")
        while line := self.rfile.readline():
            verb = line.split(b" ")[0].strip().upper()
            if verb == b"EHLO":
                self.say("250-sink.test\r\n250-PIPELINING\r\n250 8BITMIME")
            elif verb == b"DATA":
                self.say("354 go on")
                if not self.message():
                    return
            elif verb == b"QUIT":
                return self.say("221 bye")
            else:
                self.say("250 ok")

    def message(self):
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line)
        name = re.search(rb"^Subject: (\S+)", b"".join(lines), re.M).group(1).decode()
        behaviour = self.server.behave(name)
        if behaviour == "later":
            self.say("451 4.7.1 greylisted, come again")
            return True
        with self.server.lock:
            self.server.messages += 1
            self.server.taken[name].append(self.server.messages)
            if len(self.server.taken[name]) == 1:
                self.server.progress.report("taken")
            if behaviour == "lose":
                self.server.lost.add(name)
                return False
        self.say("250 2.0.0 taken")
        return True


class Host:
    """`glasspost serve` for here.test that sends all outbound mail to the sink."""

    def __init__(self, sink_port, first_retry="1s"):
        self.program = os.environ.get("GLASSPOST", str(harness.ROOT / "target/release/glasspost"))
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="glasspost-outbound-"))
        self.submission, self.log, self.child = free_ports(1)[0], self.folder / "log", None
        (self.folder / "zone").write_text("sink.test. MX 10 mx.sink.test.\nmx.sink.test. A 127.0.0.1\n")
        off = "".join(f'{name} = "off"\n' for name in ("smtp", "submissions", "imap", "imaps", "pop3", "pop3s", "http", "https"))
        (self.folder / "config.toml").write_text(
            f"""[server]
hostname = "mx.here.test"
data = "{self.folder / 'data'}"
[listen]
{off}submission = "127.0.0.1:{self.submission}"
[dns]
zone_file = "{self.folder / 'zone'}"
[submission]
networks = ["127.0.0.0/8"]
[inbound.rates]
messages = "off"
recipients = "off"
account_messages = "off"
account_recipients = "off"
[outbound]
port = {sink_port}
[queue]
first_retry = "{first_retry}"
longest_retry = "{first_retry}"
"""
        )
        self.command("account", "add", "alice@here.test", "--password", "x", "--data", str(self.folder / "data"))

    def command(self, *words):
        code, said = harness.run(self.program, *words)
        if code != 0:
            raise AssertionError(f"{words}: {said}")
        return said

    def queue(self, *words):
        return self.command("queue", *words, "--config", str(self.folder / "config.toml"))

    def start(self):
        with open(self.log, "ab") as log:
            words = [self.program, "serve", "--config", str(self.folder / "config.toml")]
            self.child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

        def stands():
            if self.child.poll() is not None:
                raise AssertionError(f"the server ended:\n{self.log.read_text(errors='replace')[-3000:]}")
            return harness.is_open(self.submission)

        harness.wait_for(stands, "the submission port", 30)

    def kill(self):
        self.child.kill()
        self.child.wait(timeout=20)

    def close(self):
        if self.child and self.child.poll() is None:
            self.child.send_signal(signal.SIGKILL)
            self.child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def rss_mib(self):
        status = pathlib.Path(f"/proc/{self.child.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024

    def is_empty(self):
        return "queue is empty" in self.queue("list")


def submit(port, names, body="A line of text.\r\n" * 20, progress=None):
    """Submits messages, a few hundred per connection; returns those acknowledged with 250, each of
    which it reports to `progress` as well."""
    kept = []
    try:
        for first in range(0, len(names), MESSAGES_PER_CONNECTION):
            with smtplib.SMTP("127.0.0.1", port, local_hostname="client.here.test", timeout=20) as link:
                for name in names[first : first + MESSAGES_PER_CONNECTION]:
                    message = f"From: <alice@here.test>\r\nTo: <bob@sink.test>\r\nSubject: {name} x\r\n\r\n{body}"
                    link.sendmail("alice@here.test", ["bob@sink.test"], message)
                    kept.append(name)
                    if progress:
                        progress.report("kept")
    except (OSError, smtplib.SMTPException):
        pass
    return kept


class Outbound(unittest.TestCase):
    def host(self, sink_port, **more):
        host = Host(sink_port, **more)
        self.addCleanup(host.close)
        host.start()
        return host

    def test_a_killed_server_loses_nothing_and_repeats_only_unsettled_messages(self):
        seed = harness.seed()
        rng = random.Random(seed)
        sink = Sink()
        self.addCleanup(sink.server_close)
        self.addCleanup(sink.shutdown)
        fate = random.Random(seed + 1)
        sink.behave = lambda name: fate.choices(["take", "later", "lose"], [90, 7, 3])[0]
        host = self.host(sink.port)
        kept, kills = [], []
        for number in range(ROUNDS):
            lists = [[f"k{number}-{client}-{count}" for count in range(10_000)] for client in range(CLIENTS)]
            acknowledged = [[] for _ in range(CLIENTS)]
            progress = harness.Progress()
            threads = [
                threading.Thread(target=lambda i=i: acknowledged[i].extend(submit(host.submission, lists[i], progress=progress)), daemon=True)
                for i in range(CLIENTS)
            ]
            for thread in threads:
                thread.start()
            count = rng.randrange(1, ROUND_MESSAGES_MAX)
            progress.await_that(lambda counts: counts["kept"] >= count, f"message {count} of round {number}", 60)
            host.kill()
            kills.append(sink.messages)
            for thread in threads:
                thread.join(timeout=30)
            kept.extend(name for names in acknowledged for name in names)
            host.start()
            sink.progress.await_that(lambda counts: len(kept) - counts["taken"] < BACKLOG_MAX, "the delivery of the backlog", 120)
        sink.behave = lambda name: "take"
        try:
            harness.wait_for(host.is_empty, "an empty queue", 300)
        except AssertionError as late:
            raise AssertionError(f"{late} (seed {seed}); still there:\n{host.queue('list')[:4000]}") from None
        with self.subTest(seed=seed):
            self.assertGreater(len(kept), ROUNDS * 10)
            self.assertEqual([name for name in kept if name not in sink.taken], [], "acknowledged with 250 but never delivered")
            twice = [name for name, times in sink.taken.items() if len(times) > 1 and name not in sink.lost]
            unsettled = lambda at: any(at <= kill < at + UNSETTLED_MAX for kill in kills)
            self.assertEqual([name for name in twice if not any(map(unsettled, sink.taken[name]))], [], "delivered twice without reason")

    def test_the_queue_is_listed_and_managed_while_the_server_runs(self):
        sink = Sink()
        self.addCleanup(sink.server_close)
        self.addCleanup(sink.shutdown)
        sink.behave = lambda name: "later"
        host = self.host(sink.port, first_retry="1h")
        self.assertEqual(submit(host.submission, ["one", "two"]), ["one", "two"])
        harness.wait_for(lambda: host.queue("list").count("greylisted") == 2, "two messages that wait", 20)
        numbers = re.findall(r"^(\w+)\tnext attempt", host.queue("list"), re.M)
        self.assertEqual(len(numbers), 2, host.queue("list"))
        # Attempt details are stored shortly after the decision.
        harness.wait_for(lambda: "S: 451" in host.queue("show", numbers[0]), "the dialogue", 10)
        shown = host.queue("show", numbers[0])
        for part in ("C: MAIL FROM:<alice@here.test>", "S: 451 4.7.1 greylisted, come again", "attempt 1 to sink.test", "to bob@sink.test: 451"):
            self.assertIn(part, shown)
        self.assertIn("on hold", host.queue("hold", numbers[0]))
        sink.behave = lambda name: "take"
        self.assertIn("on hold; release it first", host.queue("retry", numbers[0]))
        self.assertIn("due now", host.queue("retry", numbers[1]))
        harness.wait_for(lambda: sink.messages == 1, "the message that was retried", 10)
        self.assertIn("on hold", host.queue("list"))
        self.assertIn("released", host.queue("release", "all"))
        harness.wait_for(lambda: sink.messages == 2, "the message that was released", 10)
        harness.wait_for(host.is_empty, "an empty queue", 10)
        sink.behave = lambda name: "later"
        submit(host.submission, ["three"])
        harness.wait_for(lambda: "greylisted" in host.queue("list"), "a message that waits", 20)
        host.kill()
        self.assertIn("it is not running", host.queue("drop", "all"))
        host.start()
        harness.wait_for(host.is_empty, "an empty queue", 10)
        self.assertEqual(sink.messages, 2)

    def test_messages_to_one_host_share_connections(self):
        sink = Sink()
        self.addCleanup(sink.server_close)
        self.addCleanup(sink.shutdown)
        host = self.host(sink.port)
        submit(host.submission, [f"s{i}" for i in range(300)])
        harness.wait_for(lambda: sink.messages == 300, "all messages", 30)
        self.assertLess(sink.connections, 100)

    def test_ten_thousand_queued_messages_use_little_memory(self):
        # No server listens on this port.
        host = self.host(free_ports(1)[0], first_retry="1h")
        submit(host.submission, [f"w{i}" for i in range(200)])
        harness.wait_for(lambda: "200 messages" in host.queue("list"), "two hundred messages", 60)
        before = host.rss_mib()
        threads = [
            threading.Thread(target=submit, args=(host.submission, [f"m{client}-{i}" for i in range(QUEUED // CLIENTS)])) for client in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=300)
        harness.wait_for(lambda: f"{QUEUED + 200} messages" in host.queue("list"), "ten thousand messages", 60)
        grown = host.rss_mib() - before
        print(f"{QUEUED} waiting messages: {before:.0f} MiB and {grown:.0f} more")
        self.assertLess(grown, QUEUED_MIB_MAX, f"from {before:.0f} MiB")


if __name__ == "__main__":
    unittest.main()
