"""The Lab's packet captures read by tshark: no scenario has a malformed packet or a wrong checksum.

`LAB_API` is the path of the program that runs the Lab's engine (default: target/debug/lab-api).
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
LAB_API = os.environ.get("LAB_API", str(ROOT / "target/debug/lab-api"))
SCENARIOS = sorted((ROOT / "static/scenarios").glob("[0-9]*.toml"))
# tshark checks no checksums by default.
STRICT = ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]
# What counts as wrong: malformed packets, failed reassembly, bad checksums.
WRONG = (
    "_ws.malformed || _ws.short || _ws.expert.group == 117440512 || _ws.expert.severity == 8388608"
    " || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0"
    " || tcp.analysis.retransmission || tcp.analysis.lost_segment || tcp.analysis.out_of_order || tcp.analysis.ack_lost_segment"
)  # fmt: skip


def asked(*requests):
    """The engine's responses, one per request."""
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run([LAB_API], input=lines, capture_output=True, text=True, timeout=300, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def tshark(file, *words):
    """The lines that tshark prints."""
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
            capture = answer.get("pcapng")
            if capture is None:
                raise AssertionError(f"{path.name}: {answer}")
            file = cls.folder / f"{path.stem}.pcapng"
            file.write_bytes(base64.b64decode(capture["base64"]))
            cls.files[path.stem] = (file, capture)

    def test_no_packet_is_malformed_and_every_checksum_is_correct(self):
        for name, (file, capture) in self.files.items():
            with self.subTest(name):
                self.assertTrue(capture["whole"])
                self.assertEqual(len(tshark(file)), capture["packets"])
                self.assertGreater(capture["packets"], 0)
                self.assertEqual(tshark(file, "-Y", WRONG), [])

    def test_any_range_of_a_run_is_a_valid_capture(self):
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

    def test_tshark_follows_starttls_and_reads_sni(self):
        file, _ = self.files["01-first-message"]
        self.assertIn("mail.b.test", tshark(file, "-T", "fields", "-e", "tls.handshake.extensions_server_name"))
        self.assertTrue(tshark(file, "-Y", "tcp.port == 25 && tls.app_data"))

    def test_dns_answers_match_the_zone(self):
        file, _ = self.files["01-first-message"]
        self.assertIn("10\tmail.b.test", tshark(file, "-Y", "dns.mx.mail_exchange", "-T", "fields", "-e", "dns.mx.preference", "-e", "dns.mx.mail_exchange"))

    def test_timestamps_come_from_the_virtual_clock(self):
        file, _ = self.files["01-first-message"]
        first = float(tshark(file, "-T", "fields", "-e", "frame.time_epoch")[0])
        self.assertTrue(1772438400 <= first < 1772438402, first)

    def test_the_same_run_gives_an_identical_file(self):
        request = {"pcapng": {"plan": {"scenario": SCENARIOS[0].read_text()}}}
        one, other = asked(request, request)
        self.assertEqual(one, other)
        self.assertEqual(one["pcapng"], self.files[SCENARIOS[0].stem][1])


if __name__ == "__main__":
    unittest.main()
