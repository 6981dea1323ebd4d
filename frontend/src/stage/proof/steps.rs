//! Turns the recorded steps of a proof into a tree, in the reader's language.

use super::super::i18n::{locale, say};
use super::ProofNode;
use crate::i18n::Language;
use crate::stage::terms::{self, Term};
use event::catalogue::authentication::DmarcDisposition;
use event::{Localize, ProofFact, ProofStep, TermOutcome, Verdict};

/// Maximum depth of a node; deeper ones are shown at this depth.
const DEPTH_MAX: u32 = 24;

/// The proof steps as a tree, and the changes that would reverse the verdict. `at` finds the
/// timeline position of the lookup of a name.
pub(super) fn tree(
    steps: &[ProofStep],
    language: Language,
    at: &dyn Fn(&str) -> Option<usize>,
) -> (Vec<ProofNode>, Vec<String>) {
    let mut flips = Vec::new();
    let mut flat: Vec<(u32, ProofNode)> = Vec::new();
    for step in steps {
        match &step.fact {
            ProofFact::Flip(change) => flips.push(change.sentence(locale(language))),
            ProofFact::LegacyFlip { text } => flips.push(text.clone()),
            fact => flat.push((step.depth.min(DEPTH_MAX), branch(fact, language, at))),
        }
    }
    (nested(&mut flat.into_iter().peekable(), 0), flips)
}

fn nested(
    flat: &mut std::iter::Peekable<std::vec::IntoIter<(u32, ProofNode)>>,
    depth: u32,
) -> Vec<ProofNode> {
    let mut nodes: Vec<ProofNode> = Vec::new();
    while let Some((here, _)) = flat.peek() {
        if *here < depth {
            break;
        }
        if *here > depth {
            let children = nested(flat, depth + 1);
            match nodes.last_mut() {
                Some(above) => above.children.extend(children),
                None => nodes.extend(children),
            }
            continue;
        }
        if let Some((_, node)) = flat.next() {
            nodes.push(node);
        }
    }
    nodes
}

fn text_node(text: impl Into<String>) -> ProofNode {
    ProofNode {
        text: text.into(),
        ..ProofNode::default()
    }
}

fn with_verdict(node: ProofNode, verdict: Verdict) -> ProofNode {
    ProofNode {
        verdict: Some(verdict),
        ..node
    }
}

fn branch(fact: &ProofFact, language: Language, at: &dyn Fn(&str) -> Option<usize>) -> ProofNode {
    let sentence = || text_node(fact.sentence(locale(language)));
    match fact {
        ProofFact::Record { name, text }
        | ProofFact::Key { name, text }
        | ProofFact::PolicyRecord { name, text } => ProofNode {
            text: format!("{name} TXT"),
            terms: terms::text(text),
            at: at(name),
            ..ProofNode::default()
        },
        ProofFact::NoSpfRecord { name, .. } | ProofFact::NoKey { name, .. } => with_verdict(
            ProofNode {
                at: at(name),
                ..sentence()
            },
            Verdict::Neutral,
        ),
        ProofFact::NoPolicyRecord { name } => ProofNode {
            at: at(name),
            ..sentence()
        },
        ProofFact::Term {
            term,
            outcome,
            lookups,
            void_lookups,
        } => term_branch(term, outcome, [*lookups, *void_lookups], language),
        ProofFact::Field {
            name,
            bytes,
            digest,
            text,
        } => ProofNode {
            text: match language {
                Language::Chinese => format!("覆盖的字段 {name}（{bytes} 字节，摘要 {digest}）"),
                Language::English => format!("Covers {name} ({bytes} bytes, digest {digest})"),
            },
            terms: vec![Term {
                text: text.clone(),
                key: Some(format!("header.{name}")),
            }],
            ..ProofNode::default()
        },
        ProofFact::BodyVerified {
            form,
            bytes,
            computed,
            stated,
        } => body(form, *bytes, [computed, stated], language),
        ProofFact::ValueRight | ProofFact::Identifier { .. } => {
            with_verdict(sentence(), Verdict::Pass)
        }
        ProofFact::ValueWrong | ProofFact::UnalignedIdentifier { .. } => {
            with_verdict(sentence(), Verdict::Fail)
        }
        ProofFact::NoIdentifier { .. } => with_verdict(sentence(), Verdict::Neutral),
        ProofFact::Policy {
            tag,
            stated,
            applied,
        } => policy(tag, *stated, *applied, language),
        _ => sentence(),
    }
}

fn term_branch(
    term: &str,
    outcome: &TermOutcome,
    [lookups, void_lookups]: [u32; 2],
    language: Language,
) -> ProofNode {
    let lookup_counts = match language {
        Language::Chinese => format!("（查询 {lookups}/10，空结果 {void_lookups}/2）"),
        Language::English => format!(" (lookups {lookups}/10, empty {void_lookups}/2)"),
    };
    ProofNode {
        text: format!("{}{lookup_counts}", outcome.sentence(locale(language))),
        lit: (*outcome != TermOutcome::NoMatch).then(|| term.to_owned()),
        terms: terms::text(&format!("v=spf1 {term}"))
            .into_iter()
            .skip(2)
            .collect(),
        verdict: matches!(outcome, TermOutcome::Error { .. }).then_some(Verdict::Fail),
        ..ProofNode::default()
    }
}

fn body(form: &str, bytes: u64, [computed, stated]: [&str; 2], language: Language) -> ProofNode {
    let same = computed == stated;
    let mut node = text_node(match (language, same) {
        (Language::Chinese, true) => format!("正文（{form}，{bytes} 字节）的摘要与 bh= 相同"),
        (Language::Chinese, false) => {
            format!("正文（{form}，{bytes} 字节）的摘要与 bh= 不同：正文被改过")
        }
        (Language::English, true) => {
            format!("The body ({form}, {bytes} bytes) hashes to what bh= says")
        }
        (Language::English, false) => format!(
            "The body ({form}, {bytes} bytes) does not hash to what bh= says: it was changed"
        ),
    });
    node.children = vec![
        text_node(format!(
            "{} {computed}",
            say(language, "算出：", "computed:")
        )),
        text_node(format!("bh=  {stated}")),
    ];
    with_verdict(node, if same { Verdict::Pass } else { Verdict::Fail })
}

fn policy(
    tag: &str,
    stated: DmarcDisposition,
    applied: DmarcDisposition,
    language: Language,
) -> ProofNode {
    let applied_word = applied.as_str();
    ProofNode {
        text: match (language, stated == applied) {
            (Language::Chinese, true) => "域名所有者要求的处理".to_owned(),
            (Language::Chinese, false) => {
                format!("域名所有者要求的处理；t=y 使它减轻为 {applied_word}")
            }
            (Language::English, true) => "What the domain asks for".to_owned(),
            (Language::English, false) => {
                format!("What the domain asks for; t=y makes it {applied_word}")
            }
        },
        terms: vec![Term {
            text: format!("{tag}={}", stated.as_str()),
            key: Some(format!("dmarc.{tag}")),
        }],
        ..ProofNode::default()
    }
}
