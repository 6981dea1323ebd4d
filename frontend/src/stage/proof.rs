//! Verdicts as trees: each check unfolds into the answers of DNS that it rests on, in each answer
//! the term that decided, and the smallest change that would turn the verdict. Reads the `Check`
//! and `Dns` events with their typed reasons and proof steps; a reason of an earlier version is
//! shown as it was written.

mod flip;
mod steps;

use super::dns_text::{failure_word, question_text};
use super::i18n::{check_text, locale, say, verdict_text};
use super::model::{StepKind, Timeline};
use super::terms::{self, Term};
use crate::i18n::Language;
use event::catalogue::authentication::{ArcReason, DkimReason, SpfMatch, SpfReason};
use event::{Check, Event, Kind, Localize, ProofStep, Reason, Verdict};
use mail::dns::{Record, RecordType};

/// A branch of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProofNode {
    /// A sentence or a few words.
    pub text: String,
    /// A record or a field in its pieces.
    pub terms: Vec<Term>,
    /// The piece that decided.
    pub lit: Option<String>,
    /// How it came out.
    pub verdict: Option<Verdict>,
    /// Where on the timeline it was found out.
    pub at: Option<usize>,
    /// What it rests on.
    pub children: Vec<ProofNode>,
}

/// A verdict with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The step that tells it.
    pub at: usize,
    /// The check's name as recorded.
    pub name: String,
    /// The outcome.
    pub verdict: Verdict,
    /// The protocol's own word where there is one: `pass`, `softfail`, `permerror`.
    pub result: String,
    /// The reasons.
    pub root: ProofNode,
    /// The smallest change that would turn it; empty where none is known.
    pub flip: String,
}

/// Checks that are told as trees.
const PROVEN: [&str; 15] = [
    "spf",
    "dkim",
    "dmarc",
    "arc",
    "ptr",
    "helo",
    "dnsbl",
    "rhsbl",
    "dnswl",
    "greylist",
    "mta-sts",
    "dane",
    "mx",
    "dkim-sign",
    "score",
];
/// Includes that lead to includes are followed so far (RFC 7208 §4.6.4 allows ten lookups).
const DEPTH_MAX: usize = 10;

/// The verdicts about a message, and about the conversation that is open, up to a position; the
/// newest last.
pub fn proofs(
    timeline: &Timeline,
    message: Option<usize>,
    connection: Option<usize>,
    position: usize,
    language: Language,
) -> Vec<Proof> {
    let mut all = Vec::new();
    for i in 0..timeline.len().min(position + 1) {
        let step = &timeline.steps[i];
        let mine = (message.is_some() && step.message == message)
            || (connection.is_some() && step.connection == connection);
        let (true, StepKind::Event(number)) = (mine, step.kind) else {
            continue;
        };
        if let Kind::Check {
            check,
            verdict,
            reason,
            proof,
        } = &timeline.events[number].kind
            && PROVEN.contains(&check.name())
        {
            let case = CheckContext {
                timeline,
                at: i,
                event: &timeline.events[number],
                name: check.name(),
                verdict: *verdict,
                reason,
                proof,
                language,
            };
            all.push(case.proof());
        }
    }
    all
}

/// One check and what is known of it.
struct CheckContext<'a> {
    timeline: &'a Timeline,
    at: usize,
    event: &'a Event,
    name: &'a str,
    verdict: Verdict,
    reason: &'a Reason,
    proof: &'a [ProofStep],
    language: Language,
}

/// What an authentication check was about, and its result; both empty for other checks.
struct Outcome {
    subject: String,
    result: &'static str,
}

impl Outcome {
    fn of(reason: &Reason) -> Outcome {
        let (subject, result) = match reason {
            Reason::Spf {
                identity,
                domain,
                result,
                ..
            } => (format!("{} {domain}", identity.as_str()), result.as_str()),
            Reason::Dkim { domain, result, .. } | Reason::Dmarc { domain, result, .. } => {
                (domain.clone(), result.as_str())
            }
            Reason::Arc { result, .. } => (String::new(), result.as_str()),
            Reason::DkimUnsigned => (String::new(), "none"),
            Reason::DmarcNotEvaluated { .. } => (String::new(), "permerror"),
            _ => (String::new(), ""),
        };
        Outcome { subject, result }
    }
}

/// The terms of SPF records that decided, from the outermost inwards.
fn deciding_terms(reason: &Reason) -> Vec<&str> {
    let mut terms = Vec::new();
    let mut next = match reason {
        Reason::Spf { reason, .. } => Some(reason),
        _ => None,
    };
    while let Some(reason) = next {
        next = match reason {
            SpfReason::Matched { term, how, .. } => {
                terms.push(term.as_str());
                match how {
                    SpfMatch::IncludeBecause { reason } => Some(reason),
                    _ => None,
                }
            }
            SpfReason::Redirect { reason, .. }
            | SpfReason::RedirectWithoutRecord { reason, .. }
            | SpfReason::Include { reason, .. } => Some(reason),
            SpfReason::Syntax { term, .. } | SpfReason::TooManyLookups { term, .. } => {
                terms.push(term.as_str());
                None
            }
            _ => None,
        };
    }
    terms
}

impl CheckContext<'_> {
    fn proof(&self) -> Proof {
        let outcome = Outcome::of(self.reason);
        let mut root = ProofNode {
            text: self.headline(&outcome),
            verdict: Some(self.verdict),
            at: Some(self.at),
            ..ProofNode::default()
        };
        let asked = |name: &str| self.answer(name, RecordType::Txt).map(|(at, _)| at);
        let (steps, flips) = steps::tree(self.proof, self.language, &asked);
        root.children = match self.name {
            _ if !steps.is_empty() => steps,
            "spf" => self.spf(&outcome),
            "dkim" | "arc" => self.dkim(&outcome),
            "dmarc" => self.dmarc(&outcome),
            _ => self.answers(&|_, _| true),
        };
        root.children.extend(self.noted());
        let flip = if flips.is_empty() {
            flip::smallest(
                self.name,
                self.verdict,
                &outcome.subject,
                outcome.result,
                self.reason,
                self.client().as_deref(),
                self.language,
            )
        } else {
            flips.join(say(self.language, "；或者：", "; or: "))
        };
        Proof {
            at: self.at,
            name: self.name.to_owned(),
            verdict: self.verdict,
            result: outcome.result.to_owned(),
            flip,
            root,
        }
    }

    fn headline(&self, outcome: &Outcome) -> String {
        let name = check_text(self.language, self.name);
        let word = if outcome.result.is_empty() {
            verdict_text(self.language, self.verdict)
        } else {
            outcome.result
        };
        if outcome.subject.is_empty() {
            format!("{name}: {word}")
        } else {
            format!("{name} · {}: {word}", outcome.subject)
        }
    }

    /// The client's address, which SPF, PTR and the lists ask about.
    fn client(&self) -> Option<String> {
        let connection = self.timeline.steps[self.at].connection?;
        Some(super::topology::bare_address(
            &self.timeline.connections[connection].client.address,
        ))
    }

    /// What decided, as a sentence.
    fn noted(&self) -> Vec<ProofNode> {
        let locale = locale(self.language);
        let sentence = match self.reason {
            Reason::Spf { reason, .. } => reason.sentence(locale),
            Reason::Dkim { reason, .. } => reason.sentence(locale),
            Reason::Dmarc { reason, .. } | Reason::DmarcNotEvaluated { reason } => {
                reason.sentence(locale)
            }
            Reason::Arc { reason, .. } => reason.sentence(locale),
            other => other.sentence(locale),
        };
        if sentence.is_empty() {
            return Vec::new();
        }
        vec![ProofNode {
            text: say(self.language, "判定依据", "What decided").to_owned(),
            children: vec![ProofNode {
                text: sentence,
                ..ProofNode::default()
            }],
            ..ProofNode::default()
        }]
    }

    /// Questions that were asked in the same conversation (or attempt) before the check.
    fn asked(&self) -> impl Iterator<Item = (usize, &Event)> {
        let connection = self.timeline.steps[self.at].connection;
        let mine = move |i: &usize| {
            let event = self.timeline.event(*i);
            event.is_some_and(|e| {
                e.host == self.event.host
                    && (e.span == self.event.span
                        || (connection.is_some()
                            && self.timeline.steps[*i].connection == connection))
            })
        };
        (0..self.at)
            .filter(mine)
            .filter_map(|i| self.timeline.event(i).map(|e| (i, e)))
    }

    /// The latest answer to a question.
    fn answer(&self, name: &str, record: RecordType) -> Option<(usize, &Event)> {
        let fits = |e: &Event| matches!(&e.kind, Kind::Dns { question, .. } if question.record == record && question.name.eq_ignore_ascii_case(name));
        self.asked().filter(|(_, e)| fits(e)).last()
    }

    /// Answers to the questions that fit this check, as branches. For the small checks: those since
    /// the check before.
    fn answers(&self, fits: &dyn Fn(&str, RecordType) -> bool) -> Vec<ProofNode> {
        let since = (0..self.at)
            .rev()
            .find(|i| {
                self.timeline.event(*i).is_some_and(|e| {
                    e.span == self.event.span && matches!(e.kind, Kind::Check { .. })
                })
            })
            .unwrap_or(0);
        let mine = |e: &Event| matches!(&e.kind, Kind::Dns { question, .. } if fits(&question.name, question.record) && self.speaks_of(&question.name));
        self.asked()
            .filter(|(i, e)| *i >= since && mine(e))
            .map(|(i, e)| self.branch(i, e, &[]))
            .collect()
    }

    /// A small check rests on the questions whose names its own kind asks for.
    fn speaks_of(&self, name: &str) -> bool {
        let reverse = name.ends_with(".in-addr.arpa") || name.ends_with(".ip6.arpa");
        match self.name {
            "helo" => !reverse,
            "mta-sts" => name.starts_with("_mta-sts."),
            "dane" => name.starts_with("_25._tcp."),
            _ => true,
        }
    }

    /// A question with its answer: each record in its pieces, the term that decided lit.
    fn branch(&self, at: usize, event: &Event, terms: &[&str]) -> ProofNode {
        let Kind::Dns {
            question, answer, ..
        } = &event.kind
        else {
            return ProofNode::default();
        };
        let mut node = ProofNode {
            text: question_text(question),
            at: Some(at),
            ..ProofNode::default()
        };
        match answer {
            Ok(records) if records.is_empty() => {
                node.children.push(ProofNode {
                    text: say(self.language, "没有这种记录", "no such record").to_owned(),
                    ..ProofNode::default()
                });
            }
            Ok(records) => node.children.extend(records.iter().map(|r| {
                let pieces = terms::record(r);
                let lit = pieces
                    .iter()
                    .find(|p| terms.iter().any(|t| *t == p.text))
                    .map(|p| p.text.clone());
                ProofNode {
                    terms: pieces,
                    lit,
                    ..ProofNode::default()
                }
            })),
            Err(why) => node.children.push(ProofNode {
                text: failure_word(*why).to_owned(),
                verdict: Some(Verdict::Fail),
                ..ProofNode::default()
            }),
        }
        node
    }

    fn spf(&self, outcome: &Outcome) -> Vec<ProofNode> {
        let domain = outcome.subject.rsplit(' ').next().unwrap_or_default();
        let from_mail = outcome.subject.starts_with("MAIL FROM");
        let mut nodes = Vec::new();
        let ip = self.client().unwrap_or_default();
        let asks = match (self.language, from_mail) {
            (Language::Chinese, true) => {
                format!(
                    "要检查的是：{ip} 是否有权以 MAIL FROM 中的域名 {domain} 发送邮件？（不看邮件头的 From）"
                )
            }
            (Language::Chinese, false) => {
                format!("要检查的是：{ip} 是否有权在 HELO 中自称 {domain}？")
            }
            (Language::English, true) => {
                format!(
                    "The question: may {ip} send for {domain}, the domain in MAIL FROM? (From in the header does not count.)"
                )
            }
            (Language::English, false) => {
                format!("The question: may {ip} call itself {domain} in HELO?")
            }
        };
        nodes.push(ProofNode {
            text: asks,
            ..ProofNode::default()
        });
        nodes.extend(self.spf_record(domain, &deciding_terms(self.reason), &mut Vec::new()));
        nodes
    }

    /// A domain's record, and below it whatever its terms led to.
    fn spf_record(
        &self,
        domain: &str,
        terms: &[&str],
        seen: &mut Vec<String>,
    ) -> Option<ProofNode> {
        if seen.len() > DEPTH_MAX || seen.iter().any(|s| s.eq_ignore_ascii_case(domain)) {
            return None;
        }
        seen.push(domain.to_owned());
        let (at, event) = self.answer(domain, RecordType::Txt)?;
        let mut node = self.branch(at, event, terms);
        let Kind::Dns {
            answer: Ok(records),
            ..
        } = &event.kind
        else {
            return Some(node);
        };
        let policy = records.iter().find_map(|r| match r {
            Record::Txt(text) if text.to_ascii_lowercase().starts_with("v=spf1") => {
                Some(text.as_str())
            }
            _ => None,
        });
        for term in policy.unwrap_or_default().split_whitespace().skip(1) {
            let bare = term.trim_start_matches(['+', '-', '~', '?']);
            let (name, target) = bare.split_once([':', '=']).unwrap_or((bare, domain));
            let target = target.split('/').next().unwrap_or_default();
            match name
                .split('/')
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase()
                .as_str()
            {
                "include" | "redirect" => {
                    node.children.extend(self.spf_record(target, terms, seen));
                }
                "a" | "exists" => node.children.extend(self.addresses(target)),
                "mx" => {
                    let found = self.answer(target, RecordType::Mx);
                    node.children
                        .extend(found.map(|(at, event)| self.branch(at, event, &[])));
                }
                _ => {}
            }
        }
        Some(node)
    }

    fn addresses(&self, name: &str) -> Vec<ProofNode> {
        [RecordType::A, RecordType::Aaaa]
            .iter()
            .filter_map(|r| self.answer(name, *r))
            .map(|(at, e)| self.branch(at, e, &[]))
            .collect()
    }

    fn dkim(&self, outcome: &Outcome) -> Vec<ProofNode> {
        let mut nodes = Vec::new();
        let signer = outcome.subject.as_str();
        for text in self.signatures() {
            let value = text.split_once(':').map_or("", |(_, v)| v);
            if signer.is_empty() || tag(value, "d").eq_ignore_ascii_case(signer) {
                let lit = self.deciding_tag().and_then(|name| {
                    terms::field(&text)
                        .into_iter()
                        .find(|p| p.key.as_deref() == Some(name))
                });
                nodes.push(ProofNode {
                    text: say(
                        self.language,
                        "邮件头中的签名",
                        "The signature in the header",
                    )
                    .to_owned(),
                    terms: terms::field(&text),
                    lit: lit.map(|p| p.text),
                    ..ProofNode::default()
                });
            }
        }
        let key = |name: &str, record: RecordType| {
            record == RecordType::Txt && name.contains("._domainkey.") && name.ends_with(signer)
        };
        let asked: Vec<(usize, &Event)> = self.asked().collect();
        for (at, event) in asked {
            if let Kind::Dns { question, .. } = &event.kind
                && key(&question.name, question.record)
            {
                nodes.push(self.branch(at, event, &[]));
            }
        }
        nodes
    }

    /// Which tag of the signature decided.
    fn deciding_tag(&self) -> Option<&'static str> {
        let reason = match self.reason {
            Reason::Dkim { reason, .. } => reason,
            Reason::Arc {
                reason: ArcReason::MessageSignature { reason, .. } | ArcReason::Seal { reason, .. },
                ..
            } => reason,
            _ => return None,
        };
        match reason {
            DkimReason::BodyChanged { .. } => Some("dkim.bh"),
            DkimReason::LengthBeyondBody { .. } | DkimReason::PartOfBody { .. } => Some("dkim.l"),
            DkimReason::Expired { .. } => Some("dkim.x"),
            DkimReason::NoKey { .. } => Some("dkim.s"),
            DkimReason::Verified { .. }
            | DkimReason::ValueRight { .. }
            | DkimReason::ValueRightRsa { .. }
            | DkimReason::ValueWrong { .. } => Some("dkim.b"),
            _ => None,
        }
    }

    /// The signatures of the message, as far as anybody showed its header by the end of the step's
    /// conversation.
    fn signatures(&self) -> Vec<String> {
        let Some(message) = self.timeline.steps[self.at].message else {
            return Vec::new();
        };
        let field = if self.name == "arc" {
            "arc-seal:"
        } else {
            "dkim-signature:"
        };
        let mut found = Vec::new();
        for i in 0..self.timeline.len() {
            if self.timeline.steps[i].message != Some(message) {
                continue;
            }
            if let Some(Kind::Accepted { added, .. }) = self.timeline.event(i).map(|e| &e.kind) {
                found = added
                    .iter()
                    .filter(|f| f.to_ascii_lowercase().starts_with(field))
                    .cloned()
                    .collect();
                if i >= self.at {
                    break;
                }
            }
        }
        found
    }

    fn dmarc(&self, outcome: &Outcome) -> Vec<ProofNode> {
        let mut nodes = Vec::new();
        let domain = outcome.subject.as_str();
        if !domain.is_empty() {
            let text = match self.language {
                Language::Chinese => {
                    format!("要检查的是：已验证的域是否与邮件头 From 中的 {domain} 一致？")
                }
                Language::English => format!(
                    "The question: does a verified domain speak for {domain}, the domain in From?"
                ),
            };
            nodes.push(ProofNode {
                text,
                ..ProofNode::default()
            });
        }
        nodes.extend(self.earlier("spf"));
        nodes.extend(self.earlier("dkim"));
        let asked: Vec<(usize, &Event)> = self.asked().collect();
        for (at, event) in asked {
            if matches!(&event.kind, Kind::Dns { question, .. } if question.name.starts_with("_dmarc."))
            {
                nodes.push(self.branch(at, event, &[]));
            }
        }
        nodes
    }

    /// What the check before found: DMARC stands on SPF and DKIM.
    fn earlier(&self, name: &str) -> Option<ProofNode> {
        let connection = self.timeline.steps[self.at].connection;
        (0..self.at)
            .rev()
            .filter(|i| self.timeline.steps[*i].connection == connection)
            .find_map(|i| match self.timeline.event(i).map(|e| &e.kind) {
                Some(Kind::Check {
                    check,
                    verdict,
                    reason,
                    ..
                }) if *check == Check::from(name) => {
                    let outcome = Outcome::of(reason);
                    let text = format!(
                        "{} · {}: {}",
                        check_text(self.language, name),
                        outcome.subject,
                        outcome.result
                    );
                    Some(ProofNode {
                        text,
                        verdict: Some(*verdict),
                        at: Some(i),
                        ..ProofNode::default()
                    })
                }
                _ => None,
            })
    }
}

/// A tag's value in a tag list (RFC 6376 §3.2).
fn tag<'a>(list: &'a str, name: &str) -> &'a str {
    let of = |spec: &'a str| {
        spec.split_once('=')
            .filter(|(n, _)| n.trim() == name)
            .map(|(_, v)| v.trim())
    };
    list.split(';').find_map(of).unwrap_or_default()
}

#[cfg(test)]
mod tests;
