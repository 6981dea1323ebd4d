//! Verdicts as trees, by example.

use super::*;
use crate::stage::samples::{Script, party};
use event::{Protocol, Role};
use mail::dns::Failure;

fn outline(node: &ProofNode, depth: usize, into: &mut Vec<String>) {
    let text: String = if node.terms.is_empty() {
        node.said.clone()
    } else {
        node.terms.iter().map(|p| p.text.as_str()).collect()
    };
    let lit = node
        .lit
        .as_ref()
        .map(|l| format!(" ← {l}"))
        .unwrap_or_default();
    into.push(format!("{}{text}{lit}", "  ".repeat(depth)));
    for child in &node.children {
        outline(child, depth + 1, into);
    }
}

type Response = Result<Vec<Record>, Failure>;

fn check(
    name: &str,
    verdict: Verdict,
    why: &str,
    asked: &[(&str, RecordType, Response)],
    expected: &[&str],
    flip: &str,
) {
    let mut s = Script::new();
    s.span("mx.b.test", Role::Mta, 1, None);
    s.connect(
        Protocol::Smtp,
        party(Role::Mta, "192.0.2.25:4000", None),
        party(Role::Mta, "192.0.2.9:25", Some("mx.b.test")),
    );
    for (name, record, answer) in asked {
        s.dns(name, *record, answer.clone());
    }
    s.check(name, verdict, why);
    let t = Timeline::from_events(s.events);
    let all = proofs(&t, Some(0), None, t.last(), Language::English);
    let mut description = Vec::new();
    all[0]
        .root
        .children
        .iter()
        .for_each(|c| outline(c, 0, &mut description));
    assert_eq!(description, expected);
    assert!(all[0].flip.contains(flip), "{}", all[0].flip);
}

#[test]
fn spf_unfolds_into_each_record_and_the_term_that_decided_is_lit() {
    let txt = |text: &str| Ok(vec![Record::Txt(text.into())]);
    check(
        "spf",
        Verdict::Pass,
        "MAIL FROM a.test: pass – “include:c.test” of a.test passes: “ip4:192.0.2.0/24” of c.test covers 192.0.2.25; its record: v=spf1 ip4:192.0.2.0/24 -all; its record: v=spf1 include:c.test -all",
        &[
            ("a.test", RecordType::Txt, txt("v=spf1 include:c.test -all")),
            (
                "c.test",
                RecordType::Txt,
                txt("v=spf1 ip4:192.0.2.0/24 -all"),
            ),
        ],
        &[
            "The question: may 192.0.2.25 send for a.test, the domain in MAIL FROM? (From in the header does not count.)",
            "a.test TXT",
            "  v=spf1 include:c.test -all ← include:c.test",
            "  c.test TXT",
            "    v=spf1 ip4:192.0.2.0/24 -all ← ip4:192.0.2.0/24",
            "What the host wrote down",
            "  “include:c.test” of a.test passes: “ip4:192.0.2.0/24” of c.test covers 192.0.2.25",
        ],
        "another address",
    );
}

#[test]
fn a_reason_in_words_that_are_not_known_is_shown_as_it_is() {
    check(
        "ptr",
        Verdict::Fail,
        "no such thing",
        &[],
        &["What the host wrote down", "  no such thing"],
        "PTR",
    );
}

#[test]
fn dmarc_stands_on_the_policy_that_was_found() {
    check(
        "dmarc",
        Verdict::Fail,
        "a.test: fail – neither SPF nor DKIM verified any domain, so none speaks for a.test; p=reject at _dmarc.a.test: v=DMARC1; p=reject",
        &[(
            "_dmarc.a.test",
            RecordType::Txt,
            Ok(vec![Record::Txt("v=DMARC1; p=reject".into())]),
        )],
        &[
            "The question: does a verified domain speak for a.test, the domain in From?",
            "_dmarc.a.test TXT",
            "  v=DMARC1; p=reject",
            "What the host wrote down",
            "  neither SPF nor DKIM verified any domain, so none speaks for a.test",
            "  p=reject at _dmarc.a.test: v=DMARC1",
            "  p=reject",
        ],
        "d=a.test",
    );
}

#[test]
fn the_judges_own_steps_are_the_tree_where_there_are_any() {
    let why = "MAIL FROM a.test: fail – “-all” of a.test fits every host; its record: v=spf1 include:c.test -all\n> client 192.0.2.25\n> record a.test v=spf1 include:c.test -all\n> term include:c.test no 1/10 0/2\n>> record c.test v=spf1 -all\n> term -all match 1/10 0/2 fits every host\n> flip add ip4:192.0.2.25 a.test";
    check(
        "spf",
        Verdict::Fail,
        why,
        &[],
        &[
            "Asked about the address 192.0.2.25",
            "v=spf1 include:c.test -all",
            "include:c.test",
            "  v=spf1 -all",
            "-all ← -all",
            "What the host wrote down",
            "  “-all” of a.test fits every host",
        ],
        "ip4:192.0.2.25 added to the record of a.test",
    );
}
