//! DKIM and ARC: the signatures in the header, the deciding tag, and the keys (RFC 6376 §3.5).

use super::super::i18n::say;
use super::super::terms;
use super::outcome::Outcome;
use super::{CheckContext, ProofNode};
use event::catalogue::authentication::{ArcReason, DkimReason};
use event::{Event, Kind, Reason};
use mail::dns::RecordType;

impl CheckContext<'_> {
    pub(super) fn dkim(&self, outcome: &Outcome<'_>) -> Vec<ProofNode> {
        let mut nodes = Vec::new();
        let signer = outcome.domain;
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

    /// The signature tag that decided the result.
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

    /// The signatures of the message, as far as a host recorded its header when it was accepted.
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
