"""The Lab's exports before a stranger's eyes: tshark opens the packets of every scenario and finds nothing wrong with them.

`DESK` names the program that answers for the Lab's engine (default: target/debug/desk).
"""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DESK = os.environ.get("DESK", str(ROOT / "target/debug/desk"))
SCENARIOS = sorted((ROOT / "static/scenarios").glob("[0-9]*.toml"))
# Checksums are not looked at unless one asks for it.
STRICT = ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]
# What tshark calls wrong: what it cannot read, what it could not put together, and sums that do not fit.
WRONG = (
    "_ws.malformed || _ws.short || _ws.expert.group == 117440512 || _ws.expert.severity == 8388608"
    " || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0"
    " || tcp.analysis.retransmission || tcp.analysis.lost_segment || tcp.analysis.out_of_order || tcp.analysis.ack_lost_segment"
)  # fmt: skip


def asked(*requests):
    """The engine's answers."""
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run([DESK], input=lines, capture_output=True, text=True, timeout=300, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def tshark(file, *words):
    """What tshark prints, line by line."""
    done = subprocess.run(["tshark", "-n", "-r", str(file), *STRICT, *words], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout.splitlines()


@unittest.skipUnless(shutil.which("tshark"), "tshark is not installed")
class Packets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="glasspost-lab-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.files = {}
        requests = [{"pcapng": {"plan": {"scenario": path.read_text()}}} for path in SCENARIOS]
        for path, answer in zip(SCENARIOS, asked(*requests), strict=True):
            told = answer.get("pcapng")
            if told is None:
                raise AssertionError(f"{path.name}: {answer}")
            file = cls.folder / f"{path.stem}.pcapng"
            file.write_bytes(base64.b64decode(told["base64"]))
            cls.files[path.stem] = (file, told)

    def test_no_packet_of_any_scenario_is_malformed_and_every_sum_fits(self):
        for name, (file, told) in self.files.items():
            with self.subTest(name):
                self.assertTrue(told["whole"])
                self.assertEqual(len(tshark(file)), told["packets"])
                self.assertGreater(told["packets"], 0)
                self.assertEqual(tshark(file, "-Y", WRONG), [])

    def test_a_part_of_a_run_is_read_without_trouble_wherever_it_begins_and_ends(self):
        for path in SCENARIOS[::4]:
            plan = {"scenario": path.read_text()}
            (whole,) = asked({"play": plan})
            last = len(whole["played"]["events"]) - 1
            ranges = [{"first": last * n // 3, "last": last * (n + 1) // 3} for n in range(3)]
            parts = asked(*({"pcapng": {"plan": plan, "range": one}} for one in ranges))
            for one, answer in zip(ranges, parts, strict=True):
                with self.subTest(f"{path.stem} {one}"):
                    file = self.folder / "part.pcapng"
                    file.write_bytes(base64.b64decode(answer["pcapng"]["base64"]))
                    self.assertEqual(len(tshark(file)), answer["pcapng"]["packets"])
                    self.assertEqual(tshark(file, "-Y", WRONG), [])

    def test_every_protocol_is_recognised(self):
        seen = set()
        for file, _ in self.files.values():
            for line in tshark(file, "-T", "fields", "-e", "frame.protocols"):
                seen.update(line.split(":"))
        self.assertLessEqual({"eth", "ip", "tcp", "udp", "dns", "smtp", "imap", "pop", "tls", "imf"}, seen)

    def test_starttls_is_followed_and_the_handshake_names_the_host(self):
        file, _ = self.files["01-first-message"]
        self.assertIn("mail.b.test", tshark(file, "-T", "fields", "-e", "tls.handshake.extensions_server_name"))
        self.assertTrue(tshark(file, "-Y", "tcp.port == 25 && tls.app_data"))

    def test_dns_says_what_the_zone_says(self):
        file, _ = self.files["01-first-message"]
        self.assertIn("10\tmail.b.test", tshark(file, "-Y", "dns.mx.mail_exchange", "-T", "fields", "-e", "dns.mx.preference", "-e", "dns.mx.mail_exchange"))

    def test_times_are_those_of_the_virtual_clock(self):
        file, _ = self.files["01-first-message"]
        first = float(tshark(file, "-T", "fields", "-e", "frame.time_epoch")[0])
        self.assertTrue(1772438400 <= first < 1772438402, first)

    def test_the_same_run_gives_the_same_file(self):
        request = {"pcapng": {"plan": {"scenario": SCENARIOS[0].read_text()}}}
        one, other = asked(request, request)
        self.assertEqual(one, other)
        self.assertEqual(one["pcapng"], self.files[SCENARIOS[0].stem][1])


if __name__ == "__main__":
    unittest.main()
