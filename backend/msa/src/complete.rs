//! Completes a submitted header as RFC 6409 §8 allows: adds Date, Message-ID, From and Sender where
//! they are missing; removes Bcc and Return-Path; writes a From that is no mailbox list, and fields
//! with unencoded 8-bit text, in the form that other hosts accept. Changes nothing of the body and
//! nothing else that the author wrote.

use crate::SenderIdentity;
use crate::authorization::a_labels;
use event::Check;
use event::catalogue::inbound::PolicyReason;
use event::catalogue::submission::SubmissionReason;
use mail::{Address, Domain, JourneyId, Time};
use mime::{Edit, NameAddr, build};
use queue::intake::{HEADER_BYTES_MAX, RawHeader, Rejection, RejectionKind};
use store::Account;

/// More Received fields than this are a loop (RFC 5321 §6.3).
pub(crate) const RECEIVED_MAX: usize = 50;

/// The fields that hold addresses (RFC 5322 §3.6.2, §3.6.3).
const ADDRESS_FIELDS: [&str; 5] = ["From", "Sender", "Reply-To", "To", "Cc"];

/// Other fields whose text a reader sees (RFC 5322 §3.6.5).
const TEXT_FIELDS: [&str; 2] = ["Subject", "Comments"];

/// What a header is completed with.
pub(crate) struct HeaderCompletion<'a> {
    pub account: &'a Account,
    pub identity: SenderIdentity,
    /// The client announced an international header (RFC 6531 §3.4).
    pub smtputf8: bool,
    /// Domains of this host, which keep the form in which they were set up.
    pub local_domains: &'a [Domain],
    pub host: &'a str,
    pub journey: JourneyId,
    pub at: Time,
}

/// The edited header, and the fields to put before it.
pub(crate) struct CompletedHeader {
    pub header: Vec<u8>,
    pub added: String,
}

impl HeaderCompletion<'_> {
    /// The edit for the spooler; `added` receives the fields to put before the message.
    pub(crate) fn edit(
        &self,
        header: &RawHeader<'_>,
        added: &mut String,
    ) -> Result<Option<Vec<u8>>, Rejection> {
        if header.overlong {
            let limit = HEADER_BYTES_MAX as u64;
            let kind = RejectionKind::HeaderTooLarge { limit };
            let reason = PolicyReason::HeaderTooLarge { limit };
            return Err(Rejection::new(kind, Check::Header, reason));
        }
        let completed = self.complete(header.bytes)?;
        *added = completed.added;
        Ok(Some(completed.header))
    }

    /// Completes `head`: the header with its empty line, where it has one.
    pub(crate) fn complete(&self, head: &[u8]) -> Result<CompletedHeader, Rejection> {
        if mime::count_received(head) > RECEIVED_MAX {
            let limit = RECEIVED_MAX as u64;
            let reason = PolicyReason::ReceivedLimit { limit };
            return Err(Rejection::new(
                RejectionKind::TooManyHops,
                Check::Loop,
                reason,
            ));
        }
        let mut added = String::new();
        let mut edit = Edit::new(head)
            .remove("Bcc")
            .remove("Resent-Bcc")
            .remove("Return-Path");
        // RFC 6409 §8.2 and §8.3
        if mime::find(head, "Date").is_none() {
            added.push_str(&format!("Date: {}\r\n", self.at.rfc5322()));
        }
        if mime::find(head, "Message-ID").is_none() {
            added.push_str(&format!("Message-ID: <{}@{}>\r\n", self.journey, self.host));
        }
        let authors = addresses_of(head, "From");
        self.check_authors(&authors)?;
        if !self.is_from_valid(head) {
            edit = edit.remove("From");
            added.push_str(&self.valid_from(head));
        }
        // RFC 5322 §3.6.2 and RFC 6409 §8.1: Sender is needed where the author is another person,
        // or there are several.
        let senders = addresses_of(head, "Sender");
        let own_sender = senders.first().is_some_and(|s| self.owns(s));
        if !senders.is_empty() && !own_sender {
            edit = edit.remove("Sender");
        }
        let authors: Vec<_> = authors.iter().filter(|a| is_address(a)).collect();
        let own_author = authors.is_empty() || (authors.len() == 1 && self.owns(authors[0]));
        if !own_author && !own_sender {
            added.push_str(&format!("Sender: <{}>\r\n", self.account.address));
        }
        let mut header = self.with_encoded_words(self.with_a_labels(edit.finish()));
        // In a message without a header, the added fields must not swallow the first line.
        if mime::header_end(&header) == 0 {
            header.splice(..0, *b"\r\n");
        }
        Ok(CompletedHeader { header, added })
    }

    /// Writes domains of other hosts as A-labels where only the domain needs it: then the message
    /// may pass hosts without SMTPUTF8.
    fn with_a_labels(&self, header: Vec<u8>) -> Vec<u8> {
        if !self.smtputf8 || header.is_ascii() {
            return header;
        }
        let convert = |domain: &str| {
            let own = Domain::new(domain).is_ok_and(|d| self.local_domains.contains(&d));
            a_labels(domain).filter(|_| !own)
        };
        let mut out = Vec::with_capacity(header.len());
        let mut copied = 0;
        for field in mime::fields(&header) {
            if !ADDRESS_FIELDS.iter().any(|name| field.is(name)) {
                continue;
            }
            // The value is the rest of the field after its name.
            let field_bytes = &header[field.range.clone()];
            if let Some(mapped) = mime::map_domains(field_bytes, convert) {
                out.extend_from_slice(&header[copied..field.range.start]);
                out.extend_from_slice(&mapped);
                copied = field.range.end;
            }
        }
        out.extend_from_slice(&header[copied..]);
        out
    }

    /// Writes unencoded 8-bit text in encoded words (RFC 2047), unless the client announced it as
    /// RFC 6532 permits. What cannot be written so is kept, and so is a signed header.
    fn with_encoded_words(&self, header: Vec<u8>) -> Vec<u8> {
        if self.smtputf8 || header.is_ascii() || mime::find(&header, "DKIM-Signature").is_some() {
            return header;
        }
        let mut out = Vec::with_capacity(header.len());
        let mut copied = 0;
        for field in mime::fields(&header) {
            let Some(encoded) = encoded_field(&field).filter(|_| !field.value.is_ascii()) else {
                continue;
            };
            out.extend_from_slice(&header[copied..field.range.start]);
            out.extend_from_slice(encoded.as_bytes());
            copied = field.range.end;
        }
        out.extend_from_slice(&header[copied..]);
        out
    }

    /// One From that is a mailbox list (RFC 5322 §3.6.2) of complete addresses.
    fn is_from_valid(&self, head: &[u8]) -> bool {
        let mut fields = mime::fields(head).filter(|f| f.is("From"));
        let (Some(field), None) = (fields.next(), fields.next()) else {
            return false;
        };
        mime::is_mailbox_list(field.value, self.smtputf8)
            && mime::addresses(field.value)
                .iter()
                .all(|a| is_address(&a.address))
    }

    /// From in the form of RFC 5322 §3.4, with the authors that can be read from the header;
    /// without any, the account, under the name that stands there.
    fn valid_from(&self, head: &[u8]) -> String {
        let written: Vec<NameAddr> = mime::fields(head)
            .filter(|f| f.is("From"))
            .flat_map(|f| mime::addresses(f.value))
            .map(|author| NameAddr::new(without_controls(&author.name), author.address))
            .collect();
        let mut authors: Vec<NameAddr> = written
            .iter()
            .filter(|author| is_address(&author.address))
            .cloned()
            .collect();
        authors.dedup_by(|a, b| a.address == b.address);
        let own = self.account.address.to_string();
        if authors.is_empty() {
            let name = written
                .iter()
                .flat_map(|author| [&author.name, &author.address])
                .find(|word| !word.is_empty() && !word.contains("=?") && !word.contains('@'))
                .cloned();
            authors.push(NameAddr::new(name.unwrap_or_default(), own.clone()));
        }
        match &authors[..] {
            [only] if only.name.is_empty() => format!("From: <{}>\r\n", only.address),
            _ => build::address_field("From", &authors)
                .unwrap_or_else(|_| format!("From: <{own}>\r\n")),
        }
    }

    /// Rejects an author in whose name the account may not write.
    fn check_authors(&self, authors: &[String]) -> Result<(), Rejection> {
        let is_permitted = |author: &&String| match self.identity {
            SenderIdentity::Any => true,
            SenderIdentity::Own => self.owns(author),
            SenderIdentity::Domain => {
                let domain = Address::parse(author)
                    .ok()
                    .and_then(|a| a.domain().cloned());
                domain.is_some_and(|d| self.account.addresses().any(|a| a.domain() == Some(&d)))
            }
        };
        match authors.iter().find(|author| !is_permitted(author)) {
            None => Ok(()),
            Some(author) => {
                let kind = RejectionKind::NotYourAuthor {
                    address: author.clone(),
                };
                let reason = SubmissionReason::NotOwnAddress {
                    address: author.clone(),
                    account: self.account.address.to_string(),
                };
                Err(Rejection::new(kind, Check::SenderRight, reason))
            }
        }
    }

    fn owns(&self, address: &str) -> bool {
        Address::parse(address).is_ok_and(|a| self.account.owns(&a))
    }
}

/// A field in 7-bit form; `None` where it has none. The charset of what is not UTF-8 could only be
/// guessed, which readers do too.
fn encoded_field(field: &mime::Field<'_>) -> Option<String> {
    std::str::from_utf8(field.value).ok()?;
    let named = |names: &[&'static str]| names.iter().find(|name| field.is(name)).copied();
    let encoded = if let Some(name) = named(&TEXT_FIELDS) {
        build::text_field(name, &without_controls(&field.text()))
    } else {
        let name = named(&ADDRESS_FIELDS)?;
        let list: Vec<NameAddr> = mime::addresses(field.value)
            .into_iter()
            .map(|a| NameAddr::new(without_controls(&a.name), a.address))
            .collect();
        // A group, or what is no address, would be lost.
        let is_whole =
            mime::is_mailbox_list(field.value, true) && list.iter().all(|a| is_address(&a.address));
        if !is_whole {
            return None;
        }
        build::address_field(name, &list)
    };
    encoded.ok().filter(|field| field.is_ascii())
}

fn is_address(text: &str) -> bool {
    Address::parse(text).is_ok_and(|a| a.domain().is_some())
}

fn without_controls(text: &str) -> String {
    let text = text.replace(char::is_control, " ");
    text.trim().to_owned()
}

fn addresses_of(head: &[u8], name: &str) -> Vec<String> {
    mime::fields(head)
        .filter(|f| f.is(name))
        .flat_map(|f| mime::addresses(f.value))
        .map(|c| c.address)
        .filter(|a| !a.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail::AccountId;

    fn check(head: &str, header: &str, added: &str) {
        let got = complete(head, SenderIdentity::Any).unwrap();
        assert_eq!(
            (
                String::from_utf8_lossy(&got.header).as_ref(),
                got.added.as_str()
            ),
            (header, added),
            "{head:?}"
        );
    }

    fn complete(head: &str, identity: SenderIdentity) -> Result<CompletedHeader, Rejection> {
        complete_with(head, identity, false)
    }

    fn complete_bytes(head: &[u8], smtputf8: bool) -> Vec<u8> {
        with_completion(SenderIdentity::Any, smtputf8, |completion| {
            completion.complete(head).unwrap().header
        })
    }

    fn complete_with(
        head: &str,
        identity: SenderIdentity,
        smtputf8: bool,
    ) -> Result<CompletedHeader, Rejection> {
        with_completion(identity, smtputf8, |completion| {
            completion.complete(head.as_bytes())
        })
    }

    fn with_completion<T>(
        identity: SenderIdentity,
        smtputf8: bool,
        then: impl FnOnce(&HeaderCompletion<'_>) -> T,
    ) -> T {
        let account = Account {
            id: AccountId(1),
            address: "alice@here.test".parse().unwrap(),
            name: "Alice".into(),
            aliases: vec!["al@here.test".parse().unwrap()],
            password: None,
            quota_bytes: None,
            created: Time(0),
        };
        let completion = HeaderCompletion {
            account: &account,
            identity,
            smtputf8,
            local_domains: &["书店.test".parse().unwrap()],
            host: "mx.here.test",
            journey: JourneyId(1),
            at: Time(0),
        };
        then(&completion)
    }

    #[test]
    fn names_as_author_only_whom_the_setting_permits() {
        use SenderIdentity::{Any, Domain, Own};
        for (from, permitted) in [
            ("Alice <alice@here.test>", &[Own, Domain, Any][..]),
            ("al+x@here.test", &[Own, Domain, Any]),
            ("bob@here.test", &[Domain, Any]),
            ("alice@here.test, bob@here.test", &[Domain, Any]),
            ("boss@there.test", &[Any]),
            ("\"alice@here.test\" <boss@there.test>", &[Any]),
            ("Alice <=?utf-8?q?alice=40here.test?=>", &[Any]),
            ("alice", &[Any]),
        ] {
            for identity in [Own, Domain, Any] {
                let head = format!("{WHOLE}From: {from}\r\n\r\n");
                let result = complete(&head, identity);
                assert_eq!(
                    result.is_ok(),
                    permitted.contains(&identity),
                    "{from} {identity:?}"
                );
                if let Err(rejection) = result {
                    assert_eq!(
                        (rejection.reply.code, rejection.check),
                        (550, Check::SenderRight)
                    );
                }
            }
        }
    }

    const WHOLE: &str = "Date: x\r\nMessage-ID: <1@x>\r\n";

    #[test]
    fn adds_only_missing_fields() {
        let whole = format!("{WHOLE}From: Alice <alice@here.test>\r\n\r\n");
        check(&whole, &whole, "");
        check(
            "Subject: x\r\n\r\n",
            "Subject: x\r\n\r\n",
            "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\nMessage-ID: <0000000000000001@mx.here.test>\r\nFrom: <alice@here.test>\r\n",
        );
    }

    #[test]
    fn writes_a_from_that_is_no_mailbox_list_in_valid_form() {
        for (from, expected) in [
            (
                "2.OG Drucker al@here.test",
                "\"2.OG Drucker\" <al@here.test>",
            ),
            (
                "2.OG Drucker <al@here.test>",
                "\"2.OG Drucker\" <al@here.test>",
            ),
            (
                "al@here.test <al@here.test>",
                "\"al@here.test\" <al@here.test>",
            ),
            ("Scanner <al@here.test", "Scanner <al@here.test>"),
            (
                "J\u{f6}rg <al@here.test>",
                "=?utf-8?B?SsO2cmc=?= <al@here.test>",
            ),
            ("al@here.test;", "<al@here.test>"),
            ("Staff: al@here.test;", "<al@here.test>"),
            ("alice", "alice <alice@here.test>"),
            ("Scanner", "Scanner <alice@here.test>"),
            ("Scanner 2", "Scanner 2 <alice@here.test>"),
            ("", "<alice@here.test>"),
            ("al@here.test\r\nFrom: al@here.test", "<al@here.test>"),
        ] {
            let head = format!("{WHOLE}From: {from}\r\n\r\n");
            let got = complete(&head, SenderIdentity::Any).unwrap();
            let field = mime::find(got.added.as_bytes(), "From").unwrap();
            let value = String::from_utf8(field.unfolded().into_owned()).unwrap();
            assert_eq!(value, expected, "{from}");
            assert_eq!(mime::count(&got.header, "From"), 0);
        }
    }

    #[test]
    fn writes_domains_of_other_hosts_as_a_labels() {
        let head =
            |to: &str| format!("{WHOLE}From: al@here.test\r\nTo: {to}\r\nSubject: é\r\n\r\n");
        for (to, expected) in [
            ("Li <li@例子.test>", "Li <li@xn--fsqu00a.test>"),
            ("李@例子.test", "李@例子.test"),
            ("wei@书店.test", "wei@书店.test"),
        ] {
            let got = complete_with(&head(to), SenderIdentity::Any, true).unwrap();
            assert_eq!(String::from_utf8(got.header).unwrap(), head(expected));
        }
    }

    #[test]
    fn unencoded_text_is_written_in_encoded_words() {
        let header = |field: &[u8], added: &str| {
            let head = format!("{WHOLE}From: al@here.test\r\n{added}");
            [head.as_bytes(), field, b"\r\n\r\n"].concat()
        };
        let edited = |field: &[u8], smtputf8: bool, added: &str| {
            complete_bytes(&header(field, added), smtputf8)
        };
        for (field, expected) in [
            (
                "Subject: Gr\u{fc}\u{df}e".as_bytes(),
                "Subject: =?utf-8?B?R3LDvMOfZQ==?=",
            ),
            (
                "To: J\u{f6}rg <j@b.test>, k@b.test".as_bytes(),
                "To: =?utf-8?B?SsO2cmc=?= <j@b.test>, k@b.test",
            ),
        ] {
            let got = edited(field, false, "");
            assert_eq!(
                String::from_utf8_lossy(&got),
                String::from_utf8_lossy(&header(expected.as_bytes(), ""))
            );
            assert_eq!(edited(field, true, ""), header(field, ""), "announced");
            let signed = "DKIM-Signature: v=1\r\n";
            assert_eq!(
                edited(field, false, signed),
                header(field, signed),
                "signed"
            );
        }
        for kept in [
            "To: M\u{e4}nner: j@b.test;",
            "To: j\u{f6}rg@b.test",
            "X-Note: \u{e4}",
        ] {
            let field = kept.as_bytes();
            assert_eq!(edited(field, false, ""), header(field, ""), "{kept}");
        }
        let latin1 = b"Subject: Gr\xfc\xdfe";
        assert_eq!(edited(latin1, false, ""), header(latin1, ""));
    }

    #[test]
    fn removes_bcc_and_return_path() {
        let head = format!(
            "Return-Path: <x@y>\r\n{WHOLE}Bcc: secret@there.test,\r\n other@there.test\r\nFrom: al+x@here.test\r\nbcc: b@c\r\n\r\n"
        );
        check(&head, &format!("{WHOLE}From: al+x@here.test\r\n\r\n"), "");
    }

    #[test]
    fn adds_sender_where_the_author_is_another() {
        let sender = "Sender: <alice@here.test>\r\n";
        for from in ["boss@there.test", "alice@here.test, bob@here.test"] {
            let head = format!("{WHOLE}From: {from}\r\n\r\n");
            check(&head, &head, sender);
        }
        let own = format!("{WHOLE}From: boss@there.test\r\nSender: al@here.test\r\n\r\n");
        check(&own, &own, "");
        let forged = format!("{WHOLE}From: boss@there.test\r\nSender: boss@there.test\r\n\r\n");
        check(
            &forged,
            &format!("{WHOLE}From: boss@there.test\r\n\r\n"),
            sender,
        );
    }

    #[test]
    fn keeps_the_first_line_of_a_message_without_header() {
        let added = "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\nMessage-ID: <0000000000000001@mx.here.test>\r\nFrom: <alice@here.test>\r\n";
        check("hello\r\nthere\r\n", "\r\nhello\r\nthere\r\n", added);
        check("\r\nhello\r\n", "\r\nhello\r\n", added);
        check("", "\r\n", added);
    }

    #[test]
    fn rejects_more_than_fifty_received_fields() {
        let account_head = |n: usize| {
            format!(
                "{}{WHOLE}From: alice@here.test\r\n\r\n",
                "Received: x\r\n".repeat(n)
            )
        };
        let head = account_head(RECEIVED_MAX);
        check(&head, &head, "");
        let account = Account {
            id: AccountId(1),
            address: "alice@here.test".parse().unwrap(),
            name: String::new(),
            aliases: vec![],
            password: None,
            quota_bytes: None,
            created: Time(0),
        };
        let completion = HeaderCompletion {
            account: &account,
            identity: SenderIdentity::Own,
            smtputf8: false,
            local_domains: &[],
            host: "h",
            journey: JourneyId(1),
            at: Time(0),
        };
        let rejection = completion
            .complete(account_head(RECEIVED_MAX + 1).as_bytes())
            .err()
            .unwrap();
        assert_eq!(
            rejection.reply.to_string(),
            "554 5.4.6 too many hops: the message loops"
        );
    }
}
