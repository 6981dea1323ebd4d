//! The DNS answers that a check is based on, as branches of its proof tree.

use super::super::dns_text::{failure_word, question_text};
use super::super::i18n::say;
use super::super::{terms, topology};
use super::{CheckContext, ProofNode};
use event::{Event, Kind, Verdict};
use mail::dns::RecordType;

impl CheckContext<'_> {
    /// The client's address, which SPF, PTR and the block lists are queried for.
    pub(super) fn client(&self) -> Option<String> {
        let connection = self.timeline.steps[self.at].connection?;
        Some(topology::bare_address(
            &self.timeline.connections[connection].client.address,
        ))
    }

    /// DNS lookups made on the same connection (or in the same attempt) before the check.
    pub(super) fn asked(&self) -> impl Iterator<Item = (usize, &Event)> {
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
    pub(super) fn answer(&self, name: &str, record: RecordType) -> Option<(usize, &Event)> {
        let fits = |e: &Event| matches!(&e.kind, Kind::Dns { question, .. } if question.record == record && question.name.eq_ignore_ascii_case(name));
        self.asked().filter(|(_, e)| fits(e)).last()
    }

    /// The answers that match this check, as branches. For simple checks: those since the previous
    /// check.
    pub(super) fn answers(&self, fits: &dyn Fn(&str, RecordType) -> bool) -> Vec<ProofNode> {
        let since = (0..self.at)
            .rev()
            .find(|i| {
                self.timeline.event(*i).is_some_and(|e| {
                    e.span == self.event.span && matches!(e.kind, Kind::Check { .. })
                })
            })
            .unwrap_or(0);
        let mine = |e: &Event| matches!(&e.kind, Kind::Dns { question, .. } if fits(&question.name, question.record) && self.uses_name(&question.name));
        self.asked()
            .filter(|(i, e)| *i >= since && mine(e))
            .map(|(i, e)| self.branch(i, e, &[]))
            .collect()
    }

    /// Whether a simple check uses a name, by its kind.
    fn uses_name(&self, name: &str) -> bool {
        let reverse = name.ends_with(".in-addr.arpa") || name.ends_with(".ip6.arpa");
        match self.name {
            "helo" => !reverse,
            "mta-sts" => name.starts_with("_mta-sts."),
            "dane" => name.starts_with("_25._tcp."),
            _ => true,
        }
    }

    /// A question with its answer: each record split into terms, the deciding term highlighted.
    pub(super) fn branch(&self, at: usize, event: &Event, terms: &[&str]) -> ProofNode {
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

    /// The A and AAAA answers for a name.
    pub(super) fn addresses(&self, name: &str) -> Vec<ProofNode> {
        [RecordType::A, RecordType::Aaaa]
            .iter()
            .filter_map(|r| self.answer(name, *r))
            .map(|(at, e)| self.branch(at, e, &[]))
            .collect()
    }
}
