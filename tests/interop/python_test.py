"""Python's smtplib, imaplib and poplib: messages are kept byte for byte, and each protocol's basics
work.
"""

import datetime
import imaplib
import poplib
import re
import smtplib
import unittest

import harness
from harness import ok, quoted, raw_message, token, wait_for, without_trace

# An INTERNALDATE.
RECEIVED = datetime.datetime(2026, 11, 28, 12, 0, tzinfo=datetime.timezone.utc)

demo = None


def setUpModule():
    global demo
    demo = harness.Demo()
    unittest.addModuleCleanup(demo.close)
    demo.start()


def transfer(message, to="alice@glasspost.test"):
    """Delivers a message from another mail host."""
    with smtplib.SMTP("localhost", demo.port("smtp"), local_hostname="client.example", timeout=30) as link:
        link.sendmail("stranger@example.org", [to], message, mail_options=["BODY=8BITMIME"])


def pop(name, tls=True):
    link = poplib.POP3_SSL("localhost", demo.port("pop3s"), context=demo.tls(), timeout=30)
    address, password = demo.account(name)
    link.user(address)
    link.pass_(password)
    return link


def retrieve(link, number):
    # poplib strips line endings.
    return b"\r\n".join(link.retr(number)[1]) + b"\r\n"


class SmtpLib(unittest.TestCase):
    def test_a_message_is_kept_byte_for_byte_over_imap_and_pop3(self):
        mark = token()
        message = raw_message(mark)
        transfer(message)
        by_imap = demo.wait_for_message("alice", mark)
        self.assertTrue(without_trace(by_imap, message), by_imap)
        self.assertIn(b"Received:", by_imap[: len(by_imap) - len(message)])
        link = pop("alice")
        try:
            newest = link.stat()[0]
            self.assertEqual(retrieve(link, newest), by_imap)
        finally:
            link.quit()

    def test_ehlo_offers_the_documented_extensions(self):
        with smtplib.SMTP("localhost", demo.port("smtp"), timeout=30) as link:
            link.ehlo("client.example")
            for word in ("pipelining", "size", "8bitmime", "smtputf8", "enhancedstatuscodes", "starttls"):
                self.assertTrue(link.has_extn(word), word)
            self.assertFalse(link.has_extn("auth"))

    def test_a_declared_size_over_the_limit_is_rejected_at_mail(self):
        with smtplib.SMTP("localhost", demo.port("smtp"), timeout=30) as link:
            link.ehlo("client.example")
            limit = int(link.esmtp_features["size"])
            code, said = link.mail("stranger@example.org", [f"SIZE={limit + 1}"])
            self.assertEqual(code, 552, said)
            code, said = link.mail("stranger@example.org", [f"SIZE={limit}"])
            self.assertEqual(code, 250, said)

    def test_a_bare_line_feed_in_the_message_is_rejected(self):
        mark = token()
        with smtplib.SMTP("localhost", demo.port("smtp"), timeout=30) as link:
            link.ehlo("client.example")
            link.mail("stranger@example.org")
            link.rcpt("alice@glasspost.test")
            self.assertEqual(link.docmd("DATA")[0], 354)
            link.send(f"Subject: {mark}\r\n\r\nhello\n.\r\nMAIL FROM:<x@example.org>\r\n.\r\n".encode())
            code, said = link.getreply()
            self.assertGreaterEqual(code, 500, said)
        self.assertEqual(demo.messages("alice", mark), [])

    def test_an_internationalized_address_is_accepted(self):
        with smtplib.SMTP("localhost", demo.port("smtp"), timeout=30) as link:
            link.ehlo("client.example")
            link.send("MAIL FROM:<老师@example.org> SMTPUTF8\r\n".encode())
            code, said = link.getreply()
            self.assertEqual(code, 250, said)

    def test_commands_out_of_order_are_rejected_with_503(self):
        with smtplib.SMTP("localhost", demo.port("smtp"), timeout=30) as link:
            link.ehlo("client.example")
            self.assertEqual(link.docmd("RCPT TO:<alice@glasspost.test>")[0], 503)
            self.assertEqual(link.docmd("DATA")[0], 503)
            self.assertEqual(link.docmd("NOOP")[0], 250)
            self.assertEqual(link.docmd("RSET")[0], 250)


class ImapLib(unittest.TestCase):
    def setUp(self):
        self.link = demo.imap("bob")
        self.addCleanup(self.link.logout)

    def test_append_and_fetch_return_the_same_bytes(self):
        mark = token()
        message = raw_message(mark)
        ok(self.link.append("INBOX", r"(\Seen \Flagged)", imaplib.Time2Internaldate(RECEIVED), message))
        ok(self.link.select("INBOX"))
        uid = ok(self.link.uid("SEARCH", "SUBJECT", quoted(mark)))[0].decode()
        answer = ok(self.link.uid("FETCH", uid, "(FLAGS RFC822.SIZE BODY.PEEK[])"))
        self.assertEqual(answer[0][1], message)
        self.assertIn(f"RFC822.SIZE {len(message)}".encode(), answer[0][0])
        self.assertIn(rb"\Flagged", answer[0][0] + answer[1])

    def test_folders_have_their_special_use(self):
        listed = b"\n".join(ok(self.link.list()))
        for use in (rb"\Sent", rb"\Drafts", rb"\Trash", rb"\Junk"):
            self.assertIn(use, listed)

    def test_a_folder_with_a_chinese_name_is_created_renamed_and_deleted(self):
        # Modified UTF-7 of 课程 and 作业 (RFC 3501 §5.1.3).
        ok(self.link.create('"&i,56Cw-"'))
        ok(self.link.rename('"&i,56Cw-"', '"&T1xOGg-"'))
        self.assertIn(b"&T1xOGg-", b"\n".join(ok(self.link.list())))
        ok(self.link.delete('"&T1xOGg-"'))
        self.assertNotIn(b"&T1xOGg-", b"\n".join(ok(self.link.list())))

    def test_flags_copy_move_and_expunge(self):
        mark = token()
        ok(self.link.create(mark))
        for number in range(3):
            ok(self.link.append(mark, None, None, raw_message(f"{mark}-{number}")))
        ok(self.link.select(mark))
        ok(self.link.store("1", "+FLAGS", r"(\Deleted)"))
        ok(self.link.copy("2", "INBOX"))
        status, _ = self.link._simple_command("MOVE", "3", "Trash")
        self.assertEqual(status, "OK")
        ok(self.link.expunge())
        self.assertEqual(ok(self.link.search(None, "ALL")), [b"1"])
        self.assertEqual(len(demo.messages("bob", f"{mark}-1")), 1)
        self.assertEqual(len(demo.messages("bob", f"{mark}-2", "Trash")), 1)
        self.assertEqual(demo.messages("bob", f"{mark}-0"), [])

    def test_idle_reports_a_new_message(self):
        ok(self.link.select("INBOX"))
        self.link.send(b"x1 IDLE\r\n")
        self.assertTrue(self.link.readline().startswith(b"+"))
        transfer(raw_message(token(), to="bob@glasspost.test"), to="bob@glasspost.test")
        while not re.match(rb"\* \d+ EXISTS", self.link.readline()):
            pass
        self.link.send(b"DONE\r\n")
        while not self.link.readline().startswith(b"x1 OK"):
            pass

    def test_starttls_is_offered_and_works(self):
        link = imaplib.IMAP4("localhost", demo.port("imap"), timeout=30)
        self.assertIn("STARTTLS", link.capabilities)
        ok(link.starttls(demo.tls()))
        link.login(*demo.account("bob"))
        link.logout()

    def test_a_wrong_password_is_refused(self):
        link = imaplib.IMAP4_SSL("localhost", demo.port("imaps"), ssl_context=demo.tls(), timeout=30)
        with self.assertRaises(imaplib.IMAP4.error):
            link.login("bob@glasspost.test", "not-the-password")
        link.logout()


class PopLib(unittest.TestCase):
    def test_stat_list_uidl_top_agree(self):
        link = pop("teacher")
        count, octets = link.stat()
        sizes = [int(line.split()[1]) for line in link.list()[1]]
        names = [line.split()[1] for line in link.uidl()[1]]
        self.assertEqual((len(sizes), sum(sizes)), (count, octets))
        self.assertEqual(len(set(names)), count)
        self.assertGreater(count, 0)
        self.assertEqual(len(retrieve(link, 1)), sizes[0])
        head = link.top(1, 0)[1]
        self.assertEqual(head, link.retr(1)[1][: len(head)])
        link.quit()

    def test_a_message_is_deleted_only_when_the_session_ends_with_quit(self):
        mark = token()
        transfer(raw_message(mark, to="teacher@glasspost.test"), to="teacher@glasspost.test")
        demo.wait_for_message("teacher", mark)
        link = pop("teacher")
        count = link.stat()[0]
        link.dele(count)
        link.close()

        def again():
            # The dropped session may hold the maildrop lock for a moment.
            try:
                return pop("teacher")
            except poplib.error_proto:
                return None

        link = wait_for(again, "the maildrop", 10)
        self.assertEqual(link.stat()[0], count)
        link.dele(count)
        link.rset()
        self.assertEqual(link.stat()[0], count)
        link.dele(count)
        link.quit()
        self.assertEqual(demo.messages("teacher", mark), [])

    def test_stls_is_offered_and_works(self):
        link = poplib.POP3("localhost", demo.port("pop3"), timeout=30)
        self.assertIn("STLS", link.capa())
        link.stls(demo.tls())
        address, password = demo.account("teacher")
        link.user(address)
        link.pass_(password)
        link.quit()

    def test_a_wrong_password_is_refused(self):
        link = poplib.POP3_SSL("localhost", demo.port("pop3s"), context=demo.tls(), timeout=30)
        link.user("teacher@glasspost.test")
        with self.assertRaises(poplib.error_proto):
            link.pass_("not-the-password")
        link.close()


if __name__ == "__main__":
    unittest.main()
