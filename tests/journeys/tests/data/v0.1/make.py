#!/usr/bin/env python3
"""Makes the data folder of this directory with a `glasspost` program of version 0.1.

    make.py /path/to/glasspost OUTPUT_DIRECTORY

The program was built from commit 69a327f. The script starts it on loopback with a zone file in
place of DNS, makes accounts, aliases, app passwords and DKIM keys, sends messages (one of them
larger than a row, one to a host that does not answer), changes flags by IMAP, stops the server
with SIGTERM and writes `mail.db` (copied by `VACUUM INTO`, so that every row is as that version wrote
it), `letters/` (the large content), and `app-password` (the app password, as it was printed).
"""

import imaplib, os, pathlib, shutil, signal, smtplib, sqlite3, ssl, subprocess, sys, tempfile
import time

PORT = 24000
ZONE = """\
$ORIGIN test.
here.test.    3600 IN MX 10 mail.here.test.
mail.here.test. 3600 IN A 127.0.0.1
slow.test.    3600 IN MX 10 mx.slow.test.
mx.slow.test. 3600 IN A 127.0.0.99
"""
CONFIG = """\
[server]
hostname = "mail.here.test"
data = "{data}"
[listen]
smtp = "127.0.0.1:{smtp}"
submission = "127.0.0.1:{submission}"
submissions = "off"
imap = "127.0.0.1:{imap}"
imaps = "off"
pop3 = "off"
pop3s = "off"
http = "127.0.0.1:{http}"
https = "off"
[limits]
plaintext_login = true
[dns]
zone_file = "{zone}"
dnssec = "off"
[journeys]
with_letter = {with_letter}
"""


def message(n, sender, recipient, body):
    return (
        f"From: {sender}\r\nTo: {recipient}\r\nSubject: Message {n}\r\n"
        f"Date: Sat, 28 Nov 2026 12:00:{n:02} +0000\r\nMessage-ID: <{n}@here.test>\r\n"
        f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
    ).encode()


def serve(program, config):
    server = subprocess.Popen([program, "serve", "--config", config])
    for _ in range(100):
        try:
            smtplib.SMTP("127.0.0.1", PORT).quit()
            return server
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server does not start")


def submit(sender, password, recipients, data):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with smtplib.SMTP("127.0.0.1", PORT + 1) as smtp:
        smtp.starttls(context=context)
        smtp.login(sender, password)
        smtp.sendmail(sender, recipients, data)


def session(program, config, first):
    server = serve(program, config)
    with smtplib.SMTP("127.0.0.1", PORT) as smtp:
        for n in range(first, first + 3):
            smtp.sendmail(
                "friend@slow.test",
                ["alice@here.test", "team@here.test"],
                message(n, "friend@slow.test", "alice@here.test", "Hello. 你好。"),
            )
    n = first + 3
    submit("alice@here.test", "wonder", ["bob@here.test"],
           message(n, "alice@here.test", "bob@here.test", "Within the host."))
    n += 1
    submit("bob@here.test", "builder", ["friend@slow.test", "alice@here.test"],
           message(n, "bob@here.test", "friend@slow.test", "Waits in the queue."))
    return server


def main():
    program, output = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])
    work = pathlib.Path(tempfile.mkdtemp())
    data, zone = work / "data", work / "zone"
    zone.write_text(ZONE)
    config = str(work / "glasspost.toml")

    def configure(with_letter):
        pathlib.Path(config).write_text(CONFIG.format(
            data=data, smtp=PORT, submission=PORT + 1, imap=PORT + 2, http=PORT + 3, zone=zone,
            with_letter=with_letter))

    def run(*arguments):
        done = subprocess.run([program, *arguments, "--config", config], check=True,
                              capture_output=True, text=True)
        return done.stdout

    configure("false")
    run("account", "add", "alice@here.test", "--name", "Alice", "--password", "wonder")
    run("account", "add", "bob@here.test", "--name", "Bob 鲍勃", "--password", "builder")
    run("account", "quota", "bob@here.test", "500M")
    run("account", "shared-secret", "alice@here.test", "--secret", "cram")
    app_password = run("account", "app-password", "add", "alice@here.test", "phone")
    run("alias", "add", "team@here.test", "alice@here.test", "bob@here.test")
    run("alias", "add", "@here.test", "bob@here.test")
    run("dkim", "make", "--domain", "here.test")

    # Journeys in bundles of their own, then journeys within the accepting write.
    server = session(program, config, 1)
    with smtplib.SMTP("127.0.0.1", PORT) as smtp:
        large = message(20, "friend@slow.test", "alice@here.test", "A large body.\r\n" * 3600)
        smtp.sendmail("friend@slow.test", ["alice@here.test"], large)
    imap = imaplib.IMAP4("127.0.0.1", PORT + 2)
    imap.login("alice@here.test", "wonder")
    imap.select("INBOX")
    imap.store("1", "+FLAGS", r"(\Seen \Flagged $Forwarded)")
    imap.create("Projects")
    imap.copy("2", "Projects")
    imap.store("3", "+FLAGS", r"(\Deleted)")
    imap.expunge()
    imap.append("Drafts", r"(\Draft \Seen)", None,
                message(30, "alice@here.test", "bob@here.test", "A draft."))
    imap.subscribe("Projects")
    imap.logout()
    time.sleep(2)
    server.send_signal(signal.SIGTERM)
    server.wait()
    configure("true")
    server = session(program, config, 10)
    time.sleep(2)
    server.send_signal(signal.SIGTERM)
    server.wait()

    output.mkdir(parents=True, exist_ok=True)
    (output / "mail.db").unlink(missing_ok=True)
    connection = sqlite3.connect(data / "mail.db")
    connection.execute("VACUUM INTO ?", (str(output / "mail.db"),))
    connection.close()
    for large in data.glob("letters/??/*"):
        target = output / large.relative_to(data)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(large, target)
    (output / "app-password").write_text(app_password.strip() + "\n")
    print("the whole folder:", work)


main()
