//! Sentences as hosts write them, and what they are in Chinese.

use super::*;
use std::collections::BTreeSet;

fn check(why: &str, expected: &str) {
    assert_eq!(in_chinese(why), expected);
}

#[test]
fn a_reason_is_said_in_chinese_and_its_words_stay() {
    check(
        "192.0.2.25 has no name (PTR): +2 points",
        "192.0.2.25 没有名字（PTR）：+2 分",
    );
    check(
        "192.0.2.25 is mail.a.test, and mail.a.test is 192.0.2.25",
        "192.0.2.25 的名字是 mail.a.test，mail.a.test 也指回 192.0.2.25",
    );
    check("mail.a.test is 192.0.2.25", "mail.a.test 就是 192.0.2.25");
    check(
        "192.0.2.0/24, <>, <bob@b.test>: to come back in 300 s",
        "192.0.2.0/24, <>, <bob@b.test>：请 300 秒后再来",
    );
    check(
        "192.0.2.25 is on bl.example: 127.0.0.2 (open relay, see it)",
        "192.0.2.25 在 bl.example 上：127.0.0.2（“open relay, see it”）",
    );
    check(
        "alice@a.test by PLAIN with the app password “my old phone”",
        "alice@a.test 用 PLAIN 登录，凭应用密码“my old phone”",
    );
    check(
        "more than 20 unknown recipients in 60 s from 192.0.2.0/24",
        "来自 192.0.2.0/24 的不存在的收件人在 60 秒内超过 20",
    );
    check(
        "3 points: ptr +2, helo +1; Junk from 5, refused from 10",
        "合计 3 分（ptr +2, helo +1）；5 分起放进垃圾邮件，10 分起拒收",
    );
    check(
        "https://mta-sts.b.test/.well-known/mta-sts.txt: no connection: timed out",
        "https://mta-sts.b.test/.well-known/mta-sts.txt：连不上：超时",
    );
}

#[test]
fn a_record_within_a_sentence_is_quoted_and_a_sentence_within_a_sentence_is_said() {
    check(
        "MAIL FROM a.test: pass – “include:c.test” of a.test passes: “ip4:192.0.2.0/24” of c.test covers 192.0.2.25; its record: v=spf1 ip4:192.0.2.0/24 -all; its record: v=spf1 include:c.test -all",
        "MAIL FROM a.test：pass，a.test 的“include:c.test”通过：c.test 的“ip4:192.0.2.0/24”涵盖 192.0.2.25；它的记录：“v=spf1 ip4:192.0.2.0/24 -all”；它的记录：“v=spf1 include:c.test -all”",
    );
    check(
        "a.test: fail – DKIM verified c.test, SPF verified d.test, which does not speak for a.test; p=reject at _dmarc.a.test: v=DMARC1; p=reject; t=y; t=y makes that quarantine",
        "a.test：fail，DKIM 证实了 c.test，SPF 证实了 d.test，但那不能替 a.test 作保；_dmarc.a.test 写着 p=reject：“v=DMARC1; p=reject; t=y”；t=y 把它减轻为 quarantine",
    );
    check(
        "none – the message is not signed\n> flip any",
        "none，信没有签名",
    );
}

#[test]
fn what_is_no_sentence_of_ours_is_quoted_and_what_is_no_prose_is_left_alone() {
    check("something else went wrong", "“something else went wrong”");
    check(
        "own: something else went wrong",
        "“own: something else went wrong”",
    );
    check(
        "dead.b.test cannot be reached: the moon is full",
        "连不上 dead.b.test：“the moon is full”",
    );
    check("alice@a.test", "alice@a.test");
    check(
        "info@old.test → staff@inside.old.test",
        "info@old.test → staff@inside.old.test",
    );
    check(
        "mail.b.test: 3 1 1 32a809a8…",
        "mail.b.test: 3 1 1 32a809a8…",
    );
    check("", "");
}

#[test]
fn a_reply_of_our_own_is_said_in_chinese_and_another_hosts_is_quoted() {
    let said = |enhanced, text: &str| reply_in_chinese(&Reply::new(451, enhanced, text));
    assert_eq!(
        said((4, 4, 1), "mail.b.test cannot be reached: timed out"),
        "451 4.4.1 连不上 mail.b.test：超时"
    );
    let wait = "you are new here; please try again in 60 seconds";
    assert_eq!(
        said((4, 7, 1), wait),
        format!("451 4.7.1 “{wait}”（您是第一次来，请 60 秒后再试）")
    );
    assert_eq!(
        said((4, 2, 0), "The mailbox is busy"),
        "451 4.2.0 “The mailbox is busy”"
    );
    assert_eq!(said((4, 2, 0), ""), "451 4.2.0");
}

#[test]
fn a_sentence_at_the_limit_is_taken_apart_and_one_byte_more_is_foreign() {
    let of = |bytes: usize| {
        format!(
            "{} has no address",
            "x".repeat(bytes - " has no address".len())
        )
    };
    assert_eq!(
        Reason::read(&of(REASON_BYTES_MAX)).map(|r| r.key),
        Some("own.no-address")
    );
    assert_eq!(Reason::read(&of(REASON_BYTES_MAX + 1)), None);
}

// An own key each, gaps that both sentences have, and a sentence that is read as what it is.
#[test]
fn every_phrase_is_whole_and_is_found_under_its_own_key() {
    let (mut keys, mut hidden) = (BTreeSet::new(), Vec::new());
    for phrase in TABLES.iter().flat_map(|t| t.iter()) {
        assert!(keys.insert(phrase.key), "{} stands twice", phrase.key);
        let gaps = phrase.english.matches('{').count();
        assert_eq!(phrase.chinese.matches('{').count(), gaps, "{}", phrase.key);
        assert!(
            (0..gaps).all(|n| phrase.chinese.contains(&format!("{{{n}}}"))),
            "{}",
            phrase.key
        );
        let chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        assert!(
            gaps > 0 || phrase.chinese.contains(chinese),
            "{}",
            phrase.key
        );
        let sample =
            ["{w}", "{t}", "{r}", "{e}"]
                .iter()
                .zip(["x1", "some text", "timed out", "timed out"]);
        let said = sample.fold(phrase.english.to_owned(), |said, (gap, word)| {
            said.replace(gap, word)
        });
        let read = Reason::read(&said).map(|r| r.key);
        if read != Some(phrase.key) {
            hidden.push(format!("{}: “{said}” is read as {read:?}", phrase.key));
        }
    }
    assert_eq!(hidden, Vec::<String>::new());
}
