"""Authentication at submission: swaks for the mechanisms it supports, small Python clients (and
`openssl s_client` for channel binding) for the others. Also BDAT, BINARYMIME, relaying by client
network, and what VRFY and EXPN disclose.
"""

import base64
import hashlib
import hmac
import http.server
import imaplib
import json
import os
import pathlib
import re
import secrets
import shutil
import smtplib
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

from harness import ROOT, is_open, run, token, wait_for

PASSWORD = "an honest password"
SHARED = "a secret for one mechanism"
ALICE, BOB = "alice@here.test", "bob@here.test"
server = None


def free_ports(count):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


class Issuer(http.server.BaseHTTPRequestHandler):
    """Token introspection endpoint (RFC 7662) that accepts one token, belonging to alice."""

    asked = []

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.asked.append((self.path, self.headers.get("Authorization"), form))
        good = form.get("token") == ["alices+token"]
        answer = {"active": True, "username": ALICE, "scope": "openid mail"} if good else {"active": False}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server:
    """`glasspost serve` for here.test with the accounts alice and bob, and a token issuer."""

    def __init__(self):
        self.program = os.environ.get("GLASSPOST", str(ROOT / "target/release/glasspost"))
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="glasspost-auth-"))
        self.data = self.folder / "data"
        names = ("smtp", "submission", "submissions", "trusted", "imap", "issuer")
        self.ports = dict(zip(names, free_ports(len(names)), strict=True))
        self.certificate()
        self.issuer = http.server.ThreadingHTTPServer(("127.0.0.1", self.ports["issuer"]), Issuer)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "cert.pem", self.folder / "key.pem")
        self.issuer.socket = context.wrap_socket(self.issuer.socket, server_side=True)
        threading.Thread(target=self.issuer.serve_forever, daemon=True).start()
        (self.folder / "zone").write_text("id.here.test. A 127.0.0.1\nhere.test. MX 10 mx.here.test.\n")
        off = "".join(f'{name} = "off"\n' for name in ("imaps", "pop3", "pop3s", "http", "https"))
        at = "".join(f'{name} = "127.0.0.1:{self.ports[name]}"\n' for name in ("smtp", "submissions", "imap"))
        # The second submission address is for the trusted client network.
        both = f'submission = ["127.0.0.1:{self.ports["submission"]}", "127.0.0.41:{self.ports["trusted"]}"]\n'
        (self.folder / "config.toml").write_text(
            f'[server]\nhostname = "mx.here.test"\ndata = "{self.data}"\n[listen]\n{at}{both}{off}'
            f'[dns]\nzone_file = "{self.folder / "zone"}"\n[tls]\ntrust = "{self.folder / "cert.pem"}"\n[limits]\nplaintext_login = true\n'
            '[login]\nmechanisms = ["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"]\nchannel_binding = true\n'
            f'introspection_url = "https://id.here.test:{self.ports["issuer"]}/introspect"\nintrospection_client = "mail"\n'
            'introspection_secret = "s:cret"\nintrospection_scope = "mail"\n'
            '[submission]\nnetworks = ["127.0.0.41"]\ndirectory = true\nhold_max = "1h"\n'
        )
        for address in (ALICE, BOB):
            self.ask("account", "add", address, "--password", PASSWORD)
        self.ask("account", "shared-secret", ALICE, "--secret", SHARED)
        self.app = self.ask("account", "app-password", "add", ALICE, "phone").strip()
        with open(self.folder / "log", "ab") as log:
            words = [self.program, "serve", "--config", str(self.folder / "config.toml")]
            self.child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(lambda: is_open(self.ports["imap"]), "our server", 30)

    def certificate(self):
        words = "req -x509 -newkey rsa:2048 -nodes -days 3 -subj /CN=id.here.test".split()
        more = ["-addext", "subjectAltName=DNS:id.here.test", "-addext", "basicConstraints=critical,CA:FALSE"]
        files = ["-keyout", self.folder / "key.pem", "-out", self.folder / "cert.pem"]
        subprocess.run(["openssl", *words, *more, *files], check=True, capture_output=True, timeout=60)

    def ask(self, *words):
        done = subprocess.run(
            [self.program, *map(str, words), "--config", str(self.folder / "config.toml")], capture_output=True, text=True, check=False, timeout=60
        )
        if done.returncode != 0:
            raise AssertionError(f"glasspost {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def close(self):
        self.child.terminate()
        self.child.wait(timeout=20)
        self.issuer.shutdown()
        shutil.rmtree(self.folder, ignore_errors=True)

    def smtp(self, sealed=True):
        """An SMTP connection after STARTTLS and EHLO."""
        link = smtplib.SMTP("127.0.0.1", self.ports["submission"], local_hostname="client.example", timeout=60)
        link.ehlo()
        if sealed:
            link.starttls(context=trusting())
            link.ehlo()
        return link


def trusting():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def setUpModule():
    global server
    server = Server()
    unittest.addModuleCleanup(server.close)


def encoded(raw):
    return base64.b64encode(raw if isinstance(raw, bytes) else raw.encode()).decode()


class Scram:
    """SCRAM client (RFC 5802): builds both client messages and checks the server signature."""

    def __init__(self, name, user, password, binding=None):
        self.hash = "sha256" if "256" in name else "sha1"
        self.password = password
        self.header = b"p=tls-exporter,," if binding else b"n,,"
        self.bound = self.header + (binding or b"")
        self.nonce = secrets.token_hex(12)
        self.bare = f"n={user},r={self.nonce}"

    def first(self):
        return self.header + self.bare.encode()

    def last(self, server_first):
        parts = dict(part.split("=", 1) for part in server_first.decode().split(","))
        assert parts["r"].startswith(self.nonce) and len(parts["r"]) > len(self.nonce)
        assert int(parts["i"]) >= 10000
        salted = hashlib.pbkdf2_hmac(self.hash, self.password.encode(), base64.b64decode(parts["s"]), int(parts["i"]))
        client = hmac.digest(salted, b"Client Key", self.hash)
        without = f"c={encoded(self.bound)},r={parts['r']}"
        said = ",".join([self.bare, server_first.decode(), without]).encode()
        signature = hmac.digest(hashlib.new(self.hash, client).digest(), said, self.hash)
        self.expected = b"v=" + base64.b64encode(hmac.digest(hmac.digest(salted, b"Server Key", self.hash), said, self.hash))
        return f"{without},p={encoded(bytes(a ^ b for a, b in zip(client, signature, strict=True)))}".encode()


def scram(link, name, user=ALICE, password=PASSWORD):
    """Runs a SCRAM exchange over an SMTP connection and returns the final reply."""
    exchange = Scram(name, user, password)
    code, said = link.docmd("AUTH", f"{name} {encoded(exchange.first())}")
    if code != 334:
        return code, said
    code, said = link.docmd(encoded(exchange.last(base64.b64decode(said))))
    if code != 334:
        return code, said
    assert base64.b64decode(said) == exchange.expected, "the server does not know the password"
    return link.docmd("")


class Swaks(unittest.TestCase):
    def swaks(self, kind, secret, *words, user=ALICE):
        return run(
            "swaks", "--server", "127.0.0.1", "--port", server.ports["submission"], "--helo", "client.example", "--from", ALICE, "--to", BOB,
            "--header", f"Subject: {token()}", "--body", "A message by swaks.", "--timeout", "30", "--tls",
            "--auth", kind, "--auth-user", user, "--auth-password", secret, *words,
        )  # fmt: skip

    def test_swaks_submits_with_each_mechanism(self):
        for kind, secret in [("PLAIN", PASSWORD), ("LOGIN", PASSWORD), ("CRAM-MD5", SHARED)]:
            with self.subTest(kind):
                code, said = self.swaks(kind, secret)
                self.assertEqual(code, 0, said)
                self.assertRegex(said, r"235 2\.7\.0")

    def test_mechanisms_not_offered_are_rejected(self):
        for kind in ("CRAM-SHA1", "DIGEST-MD5", "NTLM"):
            with self.subTest(kind):
                code, said = self.swaks(kind, PASSWORD)
                self.assertNotEqual(code, 0, said)

    def test_a_wrong_secret_is_rejected_by_every_mechanism(self):
        for kind, secret in [("PLAIN", SHARED), ("LOGIN", "x"), ("CRAM-MD5", PASSWORD)]:
            with self.subTest(kind):
                code, said = self.swaks(kind, secret)
                self.assertNotEqual(code, 0, said)
                self.assertRegex(said, r"535 5\.7\.8")

    def test_cram_md5_requires_a_shared_secret(self):
        code, said = self.swaks("CRAM-MD5", PASSWORD, user=BOB)
        self.assertNotEqual(code, 0, said)
        self.assertRegex(said, r"535 5\.7\.8")

    def test_an_app_password_works_for_submission_and_imap(self):
        self.assertRegex(server.app, r"^([a-z2-9]{4}-){4}[a-z2-9]{4}$")
        for kind in ("PLAIN", "LOGIN"):
            code, said = self.swaks(kind, server.app)
            self.assertEqual(code, 0, said)
        link = imaplib.IMAP4("127.0.0.1", server.ports["imap"], timeout=60)
        self.assertEqual(link.login(ALICE, server.app)[0], "OK")
        link.logout()
        listed = server.ask("account", "app-password", "list", ALICE)
        self.assertRegex(listed, r"^phone\t2\d{3}-")
        made = server.ask("account", "app-password", "add", ALICE, "for a moment").strip()
        self.assertEqual(self.swaks("PLAIN", made)[0], 0)
        server.ask("account", "app-password", "remove", ALICE, "for a moment")
        self.assertNotEqual(self.swaks("PLAIN", made)[0], 0)


class Mechanisms(unittest.TestCase):
    def test_configured_mechanisms_are_offered_only_within_tls(self):
        with server.smtp(sealed=False) as link:
            self.assertFalse(link.has_extn("auth"))
        with server.smtp() as link:
            offered = "SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN OAUTHBEARER XOAUTH2"
            self.assertEqual(link.esmtp_features["auth"].strip(), offered)
            for name in ("requiretls", "dsn", "chunking", "binarymime", "limits", "futurerelease"):
                self.assertTrue(link.has_extn(name), name)

    def test_scram_authenticates_client_and_server(self):
        for name in ("SCRAM-SHA-1", "SCRAM-SHA-256"):
            with self.subTest(name), server.smtp() as link:
                self.assertEqual(scram(link, name)[0], 235)
                self.assertEqual(link.sendmail(ALICE, [BOB], f"Subject: {token()}\r\n\r\nx\r\n"), {})

    def test_scram_does_not_disclose_which_accounts_exist(self):
        def ask(user):
            with server.smtp() as link:
                exchange = Scram("SCRAM-SHA-256", user, "x")
                code, said = link.docmd("AUTH", f"SCRAM-SHA-256 {encoded(exchange.first())}")
                self.assertEqual(code, 334)
                link.docmd("*")
                parts = dict(part.split("=", 1) for part in base64.b64decode(said).decode().split(","))
                return parts["s"], parts["i"]

        self.assertEqual(ask("nobody@here.test"), ask("nobody@here.test"))
        self.assertEqual((len(ask("nobody@here.test")[0]), ask("nobody@here.test")[1]), (len(ask(ALICE)[0]), ask(ALICE)[1]))
        for user in (ALICE, "nobody@here.test"):
            with server.smtp() as link:
                self.assertEqual(scram(link, "SCRAM-SHA-256", user, "wrong")[0], 535)

    def test_channel_binding_matches_the_key_material_exported_by_openssl(self):
        for name, forge, expected in [("SCRAM-SHA-256-PLUS", False, "235"), ("SCRAM-SHA-1-PLUS", False, "235"), ("SCRAM-SHA-256-PLUS", True, "501")]:
            with self.subTest(name, forged=forge):
                self.assertEqual(self.bound(name, forge)[:3], expected)

    def bound(self, name, forge):
        words = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.ports['submissions']}", "-tls1_3", "-ign_eof", "-crlf"]
        words += ["-keymatexport", "EXPORTER-Channel-Binding", "-keymatexportlen", "32"]
        pipe = subprocess.PIPE
        with subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as child:
            self.addCleanup(child.kill)

            def hear(pattern):
                for line in child.stdout:
                    found = re.search(pattern, line)
                    if found:
                        return found
                raise AssertionError(f"openssl never said {pattern}")

            def say(text):
                child.stdin.write(text + "\n")
                child.stdin.flush()

            exported = bytes.fromhex(hear(r"Keying material: ([0-9A-F]{64})").group(1))
            exchange = Scram(name, ALICE, PASSWORD, b"\0" * 32 if forge else exported)
            hear("^220 ")
            say("EHLO client.example")
            hear("^250 ")
            say(f"AUTH {name} {encoded(exchange.first())}")
            challenge = hear("^334 (.*)").group(1).strip()
            say(encoded(exchange.last(base64.b64decode(challenge))))
            answer = hear(r"^(\d\d\d .*)").group(1)
            if answer.startswith("334"):
                self.assertEqual(base64.b64decode(answer[4:].strip()), exchange.expected)
                say("")
                answer = hear(r"^(\d\d\d .*)").group(1)
            say("QUIT")
            child.stdin.close()
            return answer

    def test_tokens_are_verified_by_introspection(self):
        def messages(secret):
            yield "XOAUTH2", f"user={ALICE}\x01auth=Bearer {secret}\x01\x01"
            yield "OAUTHBEARER", f"n,a={ALICE},\x01host=mx.here.test\x01port=587\x01auth=Bearer {secret}\x01\x01"

        for name, message in messages("alices+token"):
            with self.subTest(name), server.smtp() as link:
                self.assertEqual(link.docmd("AUTH", f"{name} {encoded(message)}")[0], 235)
                self.assertEqual(link.sendmail(ALICE, [BOB], f"Subject: {token()}\r\n\r\nx\r\n"), {})
        path, who, form = Issuer.asked[-1]
        self.assertEqual((path, form["token"]), ("/introspect", ["alices+token"]))
        self.assertEqual(base64.b64decode(who.removeprefix("Basic ")), b"mail:s%3Acret")
        for name, message in messages("stolen"):
            with self.subTest(name, token="stolen"), server.smtp() as link:
                code, said = link.docmd("AUTH", f"{name} {encoded(message)}")
                self.assertEqual((code, json.loads(base64.b64decode(said))["status"]), (334, "invalid_token"))
                self.assertEqual(link.docmd(encoded(b"\x01"))[0], 535)
        with server.smtp() as link:
            forged = f"user={BOB}\x01auth=Bearer alices+token\x01\x01"
            self.assertEqual(link.docmd("AUTH", f"XOAUTH2 {encoded(forged)}")[0], 334)
            self.assertEqual(link.docmd("")[0], 535)


class Extensions(unittest.TestCase):
    def signed_in(self):
        link = server.smtp()
        self.addCleanup(link.close)
        link.login(ALICE, PASSWORD)
        return link

    def bdat(self, link, octets, last=False):
        link.send(f"BDAT {len(octets)}{' LAST' if last else ''}\r\n".encode() + octets)
        return link.getreply()

    def test_bdat_chunks_are_stored_unchanged(self):
        link = self.signed_in()
        mark = token()
        message = f"Subject: {mark}\r\n\r\n.\r\n..\r\n".encode() + b"QUIT\r\nRCPT TO:<nobody@here.test>\r\n"
        link.docmd("MAIL", f"FROM:<{ALICE}>")
        link.docmd("RCPT", f"TO:<{BOB}> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;{BOB}")
        self.assertEqual(self.bdat(link, message[:10])[0], 250)
        self.assertEqual(self.bdat(link, b"")[0], 250)
        self.assertEqual(link.docmd("DATA")[0], 503)
        self.assertEqual(link.docmd("MAIL", f"FROM:<{ALICE}>")[0], 503)
        self.assertEqual(self.bdat(link, message[10:])[0], 250)
        self.assertEqual(self.bdat(link, b"", last=True)[0], 250)
        self.assertEqual(link.docmd("NOOP")[0], 250)

    def test_binarymime_requires_bdat(self):
        link = self.signed_in()
        for body, expected in [("BINARYMIME", 250), ("8BITMIME", 554)]:
            self.assertEqual(link.docmd("MAIL", f"FROM:<{ALICE}> BODY={body}")[0], 250)
            self.assertEqual(link.docmd("RCPT", f"TO:<{BOB}>")[0], 250)
            if body == "BINARYMIME":
                self.assertEqual(link.docmd("DATA")[0], 503)
            self.assertEqual(self.bdat(link, b"Subject: x\r\n\r\n\0\n\r.\n.\n\xff", last=True)[0], expected)

    def test_a_chunk_out_of_sequence_is_discarded_completely(self):
        link = self.signed_in()
        smuggled = f"MAIL FROM:<{ALICE}>\r\nRCPT TO:<{BOB}>\r\nDATA\r\n".encode()
        self.assertEqual(self.bdat(link, smuggled, last=True)[0], 503)
        self.assertEqual(link.docmd("NOOP")[0], 250)
        self.assertEqual(link.docmd("DATA")[0], 503)

    def test_malformed_esmtp_parameters_are_rejected(self):
        link = self.signed_in()
        for words, expected in [
            ("RET=HDRS ENVID=a+2Bb REQUIRETLS", 250), ("RET=SOME", 501), ("ENVID=+", 501), ("HOLDFOR=60", 250), ("HOLDFOR=3601", 501),
            ("HOLDUNTIL=2001-01-01T00:00:00Z", 250), ("HOLDFOR=1 HOLDUNTIL=2001-01-01T00:00:00Z", 501), ("FROP=1", 555),
        ]:  # fmt: skip
            with self.subTest(words):
                self.assertEqual(link.docmd("MAIL", f"FROM:<{ALICE}> {words}")[0], expected)
                link.docmd("RSET")

    def test_vrfy_and_expn_answer_authenticated_users_only(self):
        link = self.signed_in()
        self.assertEqual(link.docmd("VRFY", "bob")[0], 250)
        self.assertEqual(link.docmd("EXPN", "bob")[0], 250)
        self.assertEqual(link.docmd("VRFY", "nobody")[0], 550)
        with smtplib.SMTP("127.0.0.1", server.ports["smtp"], local_hostname="client.example", timeout=60) as stranger:
            stranger.ehlo()
            for name in ("bob", "nobody"):
                self.assertEqual(stranger.docmd("VRFY", name)[0], 252)
                self.assertEqual(stranger.docmd("EXPN", name)[0], 550)

    def test_help_and_obsolete_commands_are_answered(self):
        link = self.signed_in()
        self.assertEqual(link.docmd("HELP")[0], 214)
        code, said = link.docmd("HELP", "BDAT")
        self.assertEqual((code, b"LAST" in said), (214, True))
        for word in ("SEND", "SOML", "SAML", "TURN", "ETRN"):
            self.assertEqual(link.docmd(word, "x")[0], 502)


class Networks(unittest.TestCase):
    def link(self):
        link = smtplib.SMTP("127.0.0.41", server.ports["trusted"], local_hostname="printer.here.test", timeout=60, source_address=("127.0.0.41", 0))
        self.addCleanup(link.close)
        link.ehlo()
        return link

    def test_a_trusted_network_submits_without_tls_or_auth(self):
        link = self.link()
        self.assertEqual(link.sendmail("printer@here.test", [BOB], f"Subject: {token()}\r\n\r\nno toner\r\n"), {})

    def test_a_trusted_network_may_only_use_local_sender_domains(self):
        link = self.link()
        self.assertEqual(link.docmd("MAIL", "FROM:<printer@elsewhere.test>")[0], 553)

    def test_other_networks_require_tls_and_auth(self):
        with server.smtp(sealed=False) as link:
            self.assertEqual(link.docmd("MAIL", f"FROM:<{ALICE}>")[0], 530)
        with server.smtp() as link:
            self.assertEqual(link.docmd("MAIL", f"FROM:<{ALICE}>")[0], 530)


if __name__ == "__main__":
    unittest.main()
