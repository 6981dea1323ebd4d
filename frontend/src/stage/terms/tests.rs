//! Tests of terms of lines, fields and records.

use super::*;
use mail::dns::Record;

fn description(terms: &[Term]) -> String {
    let one = |p: &Term| {
        p.key
            .as_ref()
            .map_or(p.text.clone(), |k| format!("[{}|{k}]", p.text))
    };
    terms.iter().map(one).collect()
}

fn line(speaker: Speaker, explain: &'static str, text: &str) -> Event {
    Event {
        at: mail::Time(0),
        seq: 0,
        journey: None,
        span: mail::SpanId(1),
        parent: None,
        host: "a.test".into(),
        role: event::Role::Mta,
        before: "".into(),
        after: "".into(),
        explain: explain.into(),
        claimed: false,
        kind: Kind::Line {
            speaker,
            text: text.into(),
            sealed: false,
            redacted: false,
        },
    }
}

fn check(speaker: Speaker, explain: &'static str, text: &str, expected: &str) {
    let terms = line_terms(&line(speaker, explain, text));
    assert_eq!(
        terms
            .iter()
            .map(|l| description(l))
            .collect::<Vec<_>>()
            .join("\n"),
        expected
    );
    let whole: Vec<String> = terms
        .iter()
        .map(|l| l.iter().map(|p| p.text.as_str()).collect())
        .collect();
    assert_eq!(whole.join("\n"), text, "nothing is lost");
}

#[test]
fn each_word_of_a_command_has_its_own_explanation() {
    let client = Speaker::Client;
    check(
        client,
        "smtp.mail",
        "MAIL FROM:<a@a.test> SIZE=450 BODY=8BITMIME",
        "[MAIL|smtp.mail] [FROM:|smtp.mail][<a@a.test>|word.reverse-path] [SIZE=450|smtp.param.size] [BODY=8BITMIME|smtp.param.body]",
    );
    check(
        client,
        "smtp.rcpt",
        "RCPT TO: <b@b.test>",
        "[RCPT|smtp.rcpt] [TO:|smtp.rcpt] [<b@b.test>|word.forward-path]",
    );
    check(
        client,
        "smtp.auth",
        "AUTH PLAIN AGE=",
        "[AUTH|smtp.auth] [PLAIN|sasl.plain] [AGE=|word.base64]",
    );
    check(
        client,
        "smtp.bdat",
        "BDAT 450 LAST",
        "[BDAT|smtp.bdat] [450|word.octets] [LAST|smtp.bdat.last]",
    );
    check(
        client,
        "imap.uid-fetch",
        "a3 UID FETCH 14 (FLAGS BODY[])",
        "[a3|word.imap-tag] [UID|imap.uid-fetch] [FETCH|imap.uid-fetch] 14 [(FLAGS|imap.item.flags] [BODY[])|imap.item.body]",
    );
}

#[test]
fn each_word_of_a_reply_has_its_own_explanation() {
    let server = Speaker::Server;
    check(
        server,
        "smtp.reply.250",
        "250 2.1.5 Ok",
        "[250|smtp.reply.250] [2.1.5|enhanced.2.1.5] Ok",
    );
    check(
        server,
        "smtp.reply.250",
        "250-b.test greets\n250-SIZE 99\n250 AUTH PLAIN",
        "[250|smtp.reply.250][-|word.reply-goes-on]b.test greets\n[250|smtp.reply.250][-|word.reply-goes-on][SIZE|ehlo.size] 99\n[250|smtp.reply.250] [AUTH|ehlo.auth] [PLAIN|sasl.plain]",
    );
    check(
        server,
        "imap.reply.ok",
        "* 14 EXISTS",
        "[*|word.untagged] 14 [EXISTS|imap.data.exists]",
    );
    check(
        server,
        "pop3.reply.ok",
        "+OK 2 320",
        "[+OK|pop3.reply.ok] 2 320",
    );
}

#[test]
fn splits_fields_and_records_into_tags_and_terms() {
    let signature = "DKIM-Signature: v=1; a=ed25519-sha256;\r\n\td=a.test; b=xyz";
    let terms = field(signature);
    assert_eq!(
        description(&terms),
        "[DKIM-Signature:|header.dkim-signature] [v=1|dkim.v]; [a=ed25519-sha256|dkim.a];\r\n\t[d=a.test|dkim.d]; [b=xyz|dkim.b]"
    );
    let received = "Received: from a.test (a.test [192.0.2.1])\r\n\tby b.test with ESMTPS id 7; Mon, 2 Mar 2026 08:00:00 +0000";
    let terms = field(received);
    assert_eq!(
        terms.iter().map(|p| p.text.as_str()).collect::<String>(),
        received,
        "nothing is lost"
    );
    assert!(
        terms
            .iter()
            .any(|p| p.text == "ESMTPS" && p.key.as_deref() == Some("received.with.esmtps"))
    );
    let results = "Authentication-Results: b.test; spf=pass smtp.mailfrom=a.test; dkim=none";
    let terms = field(results);
    assert_eq!(
        terms.iter().map(|p| p.text.as_str()).collect::<String>(),
        results,
        "nothing is lost"
    );
    assert!(description(&terms).contains(
        "[b.test|results.host]; [spf=pass|check.spf] [smtp.mailfrom=a.test|results.smtp.mailfrom]"
    ));
    let spf = record(&Record::Txt("v=spf1 ip4:192.0.2.0/24 -all".into()));
    assert_eq!(
        description(&spf),
        "[v=spf1|spf.v] [ip4:192.0.2.0/24|spf.ip4] [-all|spf.all]"
    );
}
