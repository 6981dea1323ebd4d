//! Tests of proof trees.

use super::*;
use crate::stage::samples::{Script, party};
use event::catalogue::authentication::{
    AuthResult, DmarcDisposition, DmarcReason, SpfIdentity, SpfMatch, SpfReason,
};
use event::{Flip, ProofFact, Protocol, Role, TermOutcome};
use mail::dns::{Failure, Record};

fn outline(node: &ProofNode, depth: usize, into: &mut Vec<String>) {
    let text: String = if node.terms.is_empty() {
        node.text.clone()
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

fn spf(result: AuthResult, reason: SpfReason) -> Reason {
    Reason::Spf {
        identity: SpfIdentity::MailFrom,
        domain: "a.test".into(),
        result,
        reason,
    }
}

type Response = Result<Vec<Record>, Failure>;

fn check(
    name: &str,
    verdict: Verdict,
    (reason, proof): (Reason, Vec<ProofStep>),
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
    s.push(Kind::Check {
        check: name.into(),
        verdict,
        reason,
        proof,
    });
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
fn spf_shows_each_record_and_highlights_the_deciding_term() {
    let txt = |text: &str| Ok(vec![Record::Txt(text.into())]);
    check(
        "spf",
        Verdict::Pass,
        (
            spf(
                AuthResult::Pass,
                SpfReason::Matched {
                    term: "include:c.test".into(),
                    domain: "a.test".into(),
                    how: SpfMatch::IncludeBecause {
                        reason: Box::new(SpfReason::Matched {
                            term: "ip4:192.0.2.0/24".into(),
                            domain: "c.test".into(),
                            how: SpfMatch::Network {
                                address: "192.0.2.25".parse().unwrap(),
                            },
                            record: "v=spf1 ip4:192.0.2.0/24 -all".into(),
                        }),
                    },
                    record: "v=spf1 include:c.test -all".into(),
                },
            ),
            Vec::new(),
        ),
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
            "What decided",
            "  “include:c.test” of a.test passes: “ip4:192.0.2.0/24” of c.test covers 192.0.2.25; its record: v=spf1 ip4:192.0.2.0/24 -all; its record: v=spf1 include:c.test -all",
        ],
        "another address",
    );
}

#[test]
fn reason_of_an_earlier_version_is_shown_as_written() {
    check(
        "ptr",
        Verdict::Fail,
        (Reason::legacy("no such thing"), Vec::new()),
        &[],
        &["What decided", "  no such thing"],
        "PTR",
    );
}

#[test]
fn dmarc_shows_the_policy_that_was_found() {
    check(
        "dmarc",
        Verdict::Fail,
        (
            Reason::Dmarc {
                domain: "a.test".into(),
                result: AuthResult::Fail,
                reason: DmarcReason::WithRecord {
                    reason: Box::new(DmarcReason::NothingVerified {
                        domain: "a.test".into(),
                    }),
                    tag: "p".into(),
                    policy: DmarcDisposition::Reject,
                    name: "_dmarc.a.test".into(),
                    record: "v=DMARC1; p=reject".into(),
                },
            },
            Vec::new(),
        ),
        &[(
            "_dmarc.a.test",
            RecordType::Txt,
            Ok(vec![Record::Txt("v=DMARC1; p=reject".into())]),
        )],
        &[
            "The question: does a verified domain speak for a.test, the domain in From?",
            "_dmarc.a.test TXT",
            "  v=DMARC1; p=reject",
            "What decided",
            "  neither SPF nor DKIM verified any domain, so none is aligned with a.test; p=reject at _dmarc.a.test: v=DMARC1; p=reject",
        ],
        "d=a.test",
    );
}

#[test]
fn recorded_proof_steps_form_the_tree() {
    let term = |term: &str, outcome| ProofFact::Term {
        term: term.into(),
        outcome,
        lookups: 1,
        void_lookups: 0,
    };
    let record = |name: &str, text: &str| ProofFact::Record {
        name: name.into(),
        text: text.into(),
    };
    let all = TermOutcome::Match { how: SpfMatch::All };
    let facts = [
        (
            0,
            ProofFact::Client {
                address: "192.0.2.25".parse().unwrap(),
            },
        ),
        (0, record("a.test", "v=spf1 include:c.test -all")),
        (0, term("include:c.test", TermOutcome::NoMatch)),
        (1, record("c.test", "v=spf1 -all")),
        (0, term("-all", all)),
        (
            0,
            ProofFact::Flip(Flip::AddTerm {
                term: "ip4:192.0.2.25".into(),
                domain: "a.test".into(),
            }),
        ),
    ];
    let proof = facts
        .map(|(depth, fact)| ProofStep { depth, fact })
        .to_vec();
    let reason = SpfReason::NoRecord {
        domain: "a.test".into(),
    };
    check(
        "spf",
        Verdict::Fail,
        (spf(AuthResult::Fail, reason), proof),
        &[],
        &[
            "the client's address is 192.0.2.25",
            "v=spf1 include:c.test -all",
            "include:c.test",
            "  v=spf1 -all",
            "-all ← -all",
            "What decided",
            "  a.test publishes no SPF record",
        ],
        "ip4:192.0.2.25 added to the record of a.test",
    );
}
