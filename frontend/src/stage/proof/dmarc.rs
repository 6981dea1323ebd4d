//! DMARC: the question, the SPF and DKIM results that it is based on, and the policy record.

use super::super::i18n::check_text;
use super::outcome::Outcome;
use super::{CheckContext, ProofNode};
use crate::i18n::Language;
use event::{Check, Event, Kind};

impl CheckContext<'_> {
    pub(super) fn dmarc(&self, outcome: &Outcome<'_>) -> Vec<ProofNode> {
        let mut nodes = Vec::new();
        let domain = outcome.domain;
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

    /// The result of an earlier check: DMARC is based on SPF and DKIM.
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
                        outcome.subject(),
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
