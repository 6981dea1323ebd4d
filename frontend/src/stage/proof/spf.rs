//! SPF: the question, and the records from the domain's own to the included ones (RFC 7208 §4).

use super::outcome::{Outcome, deciding_terms};
use super::{CheckContext, ProofNode};
use crate::i18n::Language;
use event::Kind;
use event::catalogue::authentication::SpfIdentity;
use mail::dns::{Record, RecordType};

/// Maximum depth of nested includes (RFC 7208 §4.6.4 allows ten lookups).
const DEPTH_MAX: usize = 10;

impl CheckContext<'_> {
    pub(super) fn spf(&self, outcome: &Outcome<'_>) -> Vec<ProofNode> {
        let domain = outcome.domain;
        let from_mail = outcome.identity == Some(SpfIdentity::MailFrom);
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

    /// A domain's record with the lookups that its terms caused below it.
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
}
