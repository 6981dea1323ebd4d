"""Replays the dialogues of the Lab's lessons to Postfix and Dovecot and compares the replies. SMTP:
the first digit, or the whole code where RFC 5321 leaves no choice. POP3: the status. IMAP: the
status, the number of messages, and which are read.

`EVENTS` is the path of the program that prints the events of a lesson (the example `events` of the
package sim); without it, cargo builds and runs it.
"""

import json
import os
import re
import socket
import ssl
import subprocess
import tomllib
import unittest

import lesson_hosts
from harness import ROOT
from lesson_hosts import BOX, BOX_PORTS, GUEST, POST

LESSONS = {
    1: "the first message, and the phone that fetches it",
    2: "local delivery",
    3: "envelope and header",
    4: "hidden recipients",
    5: "a message with dots, typed by hand",
    7: "commands out of order",
    8: "a message with forged trace lines",
    11: "AUTH PLAIN and LOGIN",
    13: "signing in refused",
    14: "STARTTLS and TLS at once",
    17: "every port",
    20: "a sender that is not one's own",
    50: "an unknown user",
    53: "one of three recipients unknown",
    65: "a POP3 session, and a second one beside it",
    67: "POP3 and IMAP",
    68: "IDLE",
    70: "a message that was passed on, read by IMAP",
}
# Replies compared by their whole code: each has a single success code (RFC 5321 §4.2.2, §4.3.2);
# likewise the steps of AUTH and a wrong password (RFC 4954 §4, §6), the step of DATA, and a command
# out of order (RFC 5321 §4.1.4).
WHOLE = {"220", "221", "235", "334", "354", "503", "535"}
# (lesson, line, our code, their code): why both are valid.
EXCEPTIONS = {
    (7, "DATA", "503", "554"): "RFC 5321 §3.3: without a recipient, “503 out of sequence” or “554 no valid recipients”",
}
# (lesson, line): why the reply may be missing.
SILENT = {
    (65, "QUIT"): "RFC 1939 §4: after a negative status for a maildrop that cannot be opened “the server may close the connection”",
}


class Closed(AssertionError):
    """The reference server has closed the connection."""


def lesson(number):
    (path,) = (ROOT / "static/scenarios").glob(f"{number:02}-*.toml")
    program = os.environ.get("EVENTS")
    words = [program] if program else ["cargo", "run", "-q", "-p", "sim", "--example", "events", "--"]
    said = subprocess.run([*words, str(path)], cwd=ROOT, capture_output=True, check=True, timeout=900)
    with open(path, "rb") as file:
        return tomllib.load(file), [json.loads(line) for line in said.stdout.splitlines()[:-1]]


class Line:
    """One connection of a lesson, replayed to the reference server."""

    def __init__(self, port):
        self.socket = socket.create_connection((BOX if port in BOX_PORTS else POST, port), timeout=15, source_address=(GUEST, 0))
        self.heard = b""
        self.port = port

    def seal(self):
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        self.socket = trusting.wrap_socket(self.socket, server_hostname="lesson.test")

    def say(self, octets):
        self.socket.sendall(octets)

    def line(self):
        while b"\n" not in self.heard:
            more = self.socket.recv(65536)
            if not more:
                raise Closed(f"the stand-in closed the connection after {self.heard!r}")
            self.heard += more
        line, self.heard = self.heard.split(b"\n", 1)
        return line.decode("utf-8", "replace").rstrip("\r")

    def until(self, last):
        """Reads lines up to and including the first for which `last` is true."""
        lines = [self.line()]
        while not last(lines[-1]):
            lines.append(self.line())
        return lines


def status(words):
    return next((word for word in words if word in ("OK", "NO", "BAD", "BYE", "PREAUTH")), "")


def seen(lines):
    """The sequence numbers in a FETCH response, and whether each has \\Seen."""
    flags = (re.match(r"\* (\d+) FETCH .*FLAGS \(([^)]*)\)", line) for line in lines)
    return {found[1]: "\\Seen" in found[2] for found in flags if found}


class Play:
    """One host of a lesson, replayed to its reference server in the order of the events."""

    def __init__(self, number, host, spec, stand_in):
        self.number, self.host, self.address, self.stand_in = number, host, spec["address"], stand_in
        self.lines, self.asked, self.compared, self.faults, self.messages = {}, {}, 0, [], 0

    def event(self, event):
        (kind, details), span = next(iter(event["k"].items())), event["s"]
        if kind == "delivered":
            self.messages += 1
            self.stand_in.deliver(details["recipient"], self.messages)
        elif kind == "connect" and details["server"]["address"].rpartition(":")[0] == self.address:
            self.lines[span] = Line(int(details["server"]["address"].rpartition(":")[2]))
        elif kind == "tls" and span in self.lines:
            self.lines[span].seal()
        elif kind == "line" and span in self.lines:
            protocol = event["x"].split(".")[0]
            act = self.client if details["speaker"] == "client" else getattr(self, protocol)
            try:
                act(self.lines[span], span, event["x"], details["text"])
            except Closed:
                if (self.number, self.asked.get(span, "")) not in SILENT:
                    raise

    def client(self, line, span, explain, text):
        words = text.split(" ")
        if explain == "smtp.message":
            line.say(self.message(int(text), self.asked.get(span, "")))
        elif "••••" in words:
            # Events redact the password; it is taken from the lesson's accounts.
            place = words.index("••••")
            person = words[place - 1] if words[place - 1] in self.stand_in.people else next(iter(self.stand_in.people))
            line.say((" ".join([*words[:place], self.stand_in.people[person]]) + "\r\n").encode())
        else:
            line.say(text.encode() + b"\r\n")
        if explain not in ("smtp.message", "smtp.dot"):
            self.asked[span] = text

    @staticmethod
    def message(octets, command):
        head = b"Subject: of a lesson\r\n\r\n"
        if command.upper().startswith("BDAT"):
            return head + b"x" * (octets - len(head) - 2) + b"\r\n"
        return head + b"The text is of no importance here.\r\n"

    def differs(self, span, ours, theirs):
        self.faults.append(f"{self.number} {self.host}: after {self.asked.get(span, '(the greeting)')!r}: {ours!r}, and there {theirs!r}")

    def smtp(self, line, span, _, text):
        ours, theirs = text[:3], line.until(lambda said: said[3:4] != "-")[-1]
        self.compared += 1
        alike = ours == theirs[:3] if ours in WHOLE else ours[0] == theirs[:1]
        known = (self.number, self.asked.get(span, ""), ours, theirs[:3]) in EXCEPTIONS
        if not alike and not known:
            self.differs(span, text, theirs)

    def pop3(self, line, span, _, text):
        many = text.endswith("\n.")
        theirs = line.line()
        self.compared += 1
        if text.split(" ")[0] != theirs.split(" ")[0]:
            self.differs(span, text, theirs)
        elif many:
            line.until(lambda said: said == ".")

    def imap(self, line, span, _, text):
        ours = text.split("\n")
        tag = ours[-1].split(" ")[0]
        if tag == "*":
            wanted = "EXISTS" if "EXISTS" in text else ours[-1].split(" ")[1]
            theirs = line.until(lambda said: wanted in said)
        else:
            theirs = line.until(lambda said: said.startswith(f"{tag} ") or said == tag)
        self.compared += 1
        count = [said.split(" ")[1] for said in ours if said.endswith(" EXISTS")]
        their_count = [said.split(" ")[1] for said in theirs if said.endswith(" EXISTS")]
        same = status(ours[-1].split(" ")) == status(theirs[-1].split(" ")) and count == their_count[-len(count) :]
        if not same or (seen(ours) and seen(ours) != seen(theirs)):
            self.differs(span, text, theirs)


class Dialogues(unittest.TestCase):
    def setUp(self):
        why = lesson_hosts.possible()
        if why:
            raise unittest.SkipTest(why)

    def test_a_differing_reply_is_reported(self):
        spec, events = lesson(7)
        for event in events:
            if event["x"] == "smtp.reply.503":
                event["k"]["line"]["text"] = event["k"]["line"]["text"].replace("503", "250")
        _, faults = self.played(7, spec, events)
        self.assertEqual(len(faults), 5, "\n".join(faults))

    def check(self, number):
        compared, faults = self.played(number, *lesson(number))
        self.assertEqual(faults, [], "\n".join(faults))
        self.assertGreater(compared, 5, f"lesson {number} compared {compared} answers")

    def played(self, number, lesson_spec, events):
        compared, faults = 0, []
        for spec in lesson_spec["host"]:
            own = [event for event in events if event["h"] == spec["name"]]
            if spec["runs"] != "glasspost" or not own:
                continue
            people = {person["address"]: person.get("password", "open-sesame") for person in spec.get("person", [])}
            stand_in = lesson_hosts.Host(spec["name"], spec["domains"], people)
            play = Play(number, spec["name"], spec, stand_in)
            try:
                stand_in.start()
                for event in own:
                    try:
                        play.event(event)
                    except (AssertionError, OSError) as why:
                        raise AssertionError(f"{number} {spec['name']}: at {event}: {why}\n{play.faults}\n{stand_in.log_tail()}") from why
                compared, faults = compared + play.compared, faults + play.faults
            finally:
                stand_in.close()
                for line in play.lines.values():
                    line.socket.close()
        return compared, faults


def comparison_test(number):
    def test(self):
        self.check(number)

    return test


for _number, _what in LESSONS.items():
    setattr(Dialogues, f"test_{_number:02}_" + re.sub(r"[^a-z0-9]+", "_", _what.lower()).strip("_"), comparison_test(_number))


if __name__ == "__main__":
    unittest.main()
