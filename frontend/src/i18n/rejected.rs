//! Says which recipients of a message were rejected.

use super::Locale;
use crate::state::address::readable;
use wire::{RecipientProblem, RejectedRecipient};

impl Locale {
    /// Says which recipients cannot be used, and what to do: first those that do not exist.
    pub fn problem_recipients(self, rejected: &[RejectedRecipient]) -> String {
        let missing: Vec<String> = rejected
            .iter()
            .filter(|r| r.reason == RecipientProblem::NotFound)
            .map(|r| readable(&r.address))
            .collect();
        let others = rejected.iter().filter_map(|r| match &r.reason {
            RecipientProblem::Rejected(reply) => Some((readable(&r.address), reply.as_str())),
            RecipientProblem::NotFound => None,
        });
        let (others, replies): (Vec<String>, Vec<&str>) = others.unzip();
        let missing = match missing.as_slice() {
            [] => None,
            [address] => Some(self.problem_recipient_not_found(address)),
            several => Some(self.problem_recipients_not_found(&self.names(several))),
        };
        let others = match (others.as_slice(), replies.first()) {
            ([address], Some(reply)) => Some(self.problem_recipient_rejected(address, reply)),
            (several, Some(reply)) => {
                Some(self.problem_recipients_rejected(&self.names(several), reply))
            }
            (_, None) => None,
        };
        let between = if self.is_chinese() { "" } else { " " };
        let sentences: Vec<String> = missing.into_iter().chain(others).collect();
        sentences.join(between)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Language;
    use leptos::prelude::*;

    fn check(rejected: &[(&str, Option<&str>)], expected: [&str; 2]) {
        let rejected: Vec<RejectedRecipient> = rejected
            .iter()
            .map(|(address, reply)| RejectedRecipient {
                address: (*address).to_owned(),
                reason: reply.map_or(RecipientProblem::NotFound, |reply| {
                    RecipientProblem::Rejected(reply.to_owned())
                }),
            })
            .collect();
        Owner::new().with(|| {
            let text = |language| Locale(RwSignal::new(language)).problem_recipients(&rejected);
            assert_eq!(Language::ALL.map(text), expected);
        });
    }

    #[test]
    fn all_rejected_recipients_are_named() {
        check(
            &[("a@b.test", None)],
            [
                "收件人 a@b.test 不存在，邮件没有发给任何人。请更正或移除这个地址后重新发送。",
                "There is no mailbox a@b.test, so the message was not sent to anyone. Correct or remove this address, then send again.",
            ],
        );
        check(
            &[
                ("a@b.test", None),
                ("x@[192.0.2.1]", Some("550 5.1.2 No")),
                ("c@b.test", None),
            ],
            [
                "收件人 a@b.test、c@b.test 不存在，邮件没有发给任何人。请更正或移除这些地址后重新发送。服务器拒绝了收件人 x@[192.0.2.1]，邮件没有发给任何人。请移除这个地址后重新发送。（550 5.1.2 No）",
                "There are no mailboxes a@b.test, c@b.test, so the message was not sent to anyone. Correct or remove these addresses, then send again. x@[192.0.2.1] was rejected, so the message was not sent to anyone. Remove this address, then send again. (550 5.1.2 No)",
            ],
        );
    }
}
