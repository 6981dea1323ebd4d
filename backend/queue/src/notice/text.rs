//! The human-readable part of a notice, in the sender's language: what happened for whom, the other
//! host's reply, and what can be done. The machine-readable part is `mime::build::report`'s.

use super::advice::{Advice, Sentences, advice};
use super::language::Language;
use crate::outcomes::{DeferredRecipient, FailedRecipient, Success};

use event::{Diagnostic, Locale, Localize};
use mail::Time;
use std::fmt::Write;

/// What a notice reports.
pub(crate) enum Subject<'a> {
    /// Recipients that will not get the message.
    Failed(&'a [&'a FailedRecipient]),
    /// Recipients that do not have it yet, and until when it is tried.
    Delayed(&'a [&'a DeferredRecipient], Time),
    /// Recipients that have it.
    Succeeded(&'a [Success]),
}

// How much of the message's own subject is repeated.
const SUBJECT_CHARS_MAX: usize = 120;

/// The subject of a notice about a message with the subject `original`.
pub(crate) fn subject(about: &Subject<'_>, language: Language, original: &str) -> String {
    let (english, chinese) = match about {
        Subject::Failed(_) => ("Undelivered", "退信：未能送达"),
        Subject::Delayed(..) => ("Delayed", "延迟送达"),
        Subject::Succeeded(_) => ("Delivered", "已送达"),
    };
    let original: String = original
        .chars()
        .filter(|c| !c.is_control())
        .take(SUBJECT_CHARS_MAX)
        .collect();
    let head = match language {
        // A subject in two languages is read by nobody in a list; the text has both.
        Language::English | Language::Both => english,
        Language::Chinese => chinese,
    };
    if original.is_empty() {
        head.to_owned()
    } else {
        format!("{head}: {original}")
    }
}

/// The text of a notice from `host`.
pub(crate) fn text(about: &Subject<'_>, language: Language, host: &str) -> String {
    match language {
        Language::English => english(about, host),
        Language::Chinese => chinese(about, host),
        Language::Both => format!("{}\n----\n\n{}", english(about, host), chinese(about, host)),
    }
}

fn english(about: &Subject<'_>, host: &str) -> String {
    let mut text = format!(
        "This is an automatic notice from the mail system at {host}. Replies to it are not read.\n\n"
    );
    let end = match about {
        Subject::Failed(failed) => {
            text.push_str("Your message could not be delivered to these recipients:\n\n");
            for one in *failed {
                english_failure(&mut text, one);
            }
            String::new()
        }
        Subject::Delayed(delayed, until) => {
            text.push_str(
                "Your message has not been delivered yet. Delivery is still being attempted; you do not need to do anything.\n\n",
            );
            for one in *delayed {
                let Sentences { what, .. } = advice(&one.diagnostic).english;
                push(
                    &mut text,
                    format_args!(
                        "<{}>\n  What happened: {what}\n  Details: {}\n\n",
                        one.recipient.address,
                        details(&one.diagnostic, Locale::English)
                    ),
                );
            }
            format!(
                "If it cannot be delivered until {} UTC, it will be returned to you.\n",
                minute(*until)
            )
        }
        Subject::Succeeded(successes) => {
            text.push_str("You asked for a notice when your message is delivered.\n\n");
            for one in *successes {
                let address = &one.recipient.address;
                match &one.relayed_to {
                    None => push(
                        &mut text,
                        format_args!(
                            "<{address}>: delivered to the mailbox. This does not mean that it has been read.\n"
                        ),
                    ),
                    Some((host, _)) => push(
                        &mut text,
                        format_args!(
                            "<{address}>: handed over to {host}, which does not send delivery notices. You will hear again only if delivery fails.\n"
                        ),
                    ),
                }
            }
            String::new()
        }
    };
    text + &end
}

fn english_failure(text: &mut String, failed: &FailedRecipient) {
    let Advice { english, .. } = advice(&failed.diagnostic);
    let expired = if failed.expired {
        " Delivery was attempted repeatedly until the time limit."
    } else {
        ""
    };
    push(
        text,
        format_args!(
            "<{}>\n  What happened: {}{expired}\n  What you can do: {}\n",
            failed.recipient.address, english.what, english.todo
        ),
    );
    let details = details(&failed.diagnostic, Locale::English);
    match &failed.host {
        Some(host) => push(text, format_args!("  {host} replied: {details}\n\n")),
        None => push(text, format_args!("  Details: {details}\n\n")),
    }
}

fn chinese(about: &Subject<'_>, host: &str) -> String {
    let mut text = format!("此邮件由 {host} 邮件系统自动发送，请勿直接回复。\n\n");
    let end = match about {
        Subject::Failed(failed) => {
            text.push_str("你的邮件未能送达以下收件人：\n\n");
            for one in *failed {
                chinese_failure(&mut text, one);
            }
            String::new()
        }
        Subject::Delayed(delayed, until) => {
            text.push_str("你的邮件尚未送达，系统仍在继续尝试，你无需操作。\n\n");
            for one in *delayed {
                let Sentences { what, .. } = advice(&one.diagnostic).chinese;
                push(
                    &mut text,
                    format_args!(
                        "<{}>\n  原因：{what}\n  详细信息：{}\n\n",
                        one.recipient.address,
                        details(&one.diagnostic, Locale::Chinese)
                    ),
                );
            }
            format!("到 {}（UTC）仍未送达时，邮件将被退回。\n", minute(*until))
        }
        Subject::Succeeded(successes) => {
            text.push_str("你设置了送达回执，投递结果如下：\n\n");
            for one in *successes {
                let address = &one.recipient.address;
                match &one.relayed_to {
                    None => push(
                        &mut text,
                        format_args!("<{address}>：已投递到邮箱，但不代表对方已经阅读。\n"),
                    ),
                    Some((host, _)) => push(
                        &mut text,
                        format_args!(
                            "<{address}>：已转交 {host}，该主机不发送送达通知；只有投递失败时你才会再收到通知。\n"
                        ),
                    ),
                }
            }
            String::new()
        }
    };
    text + &end
}

fn chinese_failure(text: &mut String, failed: &FailedRecipient) {
    let Advice { chinese, .. } = advice(&failed.diagnostic);
    let expired = if failed.expired {
        "系统多次尝试投递，已超过期限。"
    } else {
        ""
    };
    push(
        text,
        format_args!(
            "<{}>\n  原因：{}{expired}\n  建议：{}\n",
            failed.recipient.address, chinese.what, chinese.todo
        ),
    );
    let details = details(&failed.diagnostic, Locale::Chinese);
    match &failed.host {
        Some(host) => push(text, format_args!("  {host} 的应答：{details}\n\n")),
        None => push(text, format_args!("  详细信息：{details}\n\n")),
    }
}

// A remote reply as it is; this host's own reason in the language of the notice.
fn details(diagnostic: &Diagnostic, locale: Locale) -> String {
    match diagnostic.cause {
        Some(_) => diagnostic.sentence(locale),
        None => diagnostic.reply.to_string(),
    }
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String does not fail.
    let _ = text.write_fmt(arguments);
}

// `2026-11-21 09:33`
fn minute(at: Time) -> String {
    let text = at.rfc3339();
    text.get(..16).unwrap_or(&text).replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use event::catalogue::delivery::QueueReason;
    use mail::{Recipient, Reply};

    #[test]
    fn own_reason_is_in_the_language_of_the_notice() {
        let failed = FailedRecipient {
            recipient: Recipient::new("bob@b.test".parse().unwrap()),
            diagnostic: Diagnostic::own(451, (4, 4, 2), QueueReason::AttemptTimeout),
            host: None,
            expired: true,
        };
        let all = [&failed];
        let about = Subject::Failed(&all);
        let english = text(&about, Language::English, "mx.a.test");
        assert!(english.contains("Details: 451 4.4.2 the delivery attempt"));
        let chinese = text(&about, Language::Chinese, "mx.a.test");
        assert!(
            chinese.contains("详细信息：451 4.4.2 这次投递"),
            "{chinese}"
        );
        assert!(chinese.contains("已超过期限"));
    }

    #[test]
    fn failure_notice_quotes_the_reply_and_gives_advice_in_each_language() {
        let failed = FailedRecipient {
            recipient: Recipient::new("bob@b.test".parse().unwrap()),
            diagnostic: Reply::new(550, (5, 1, 1), "no bob here").into(),
            host: Some("mx.b.test".to_owned()),
            expired: false,
        };
        let all = [&failed];
        let about = Subject::Failed(&all);
        for (language, parts, absent) in [
            (
                Language::English,
                vec![
                    "The mailbox does not exist.",
                    "What you can do: Check",
                    "mx.b.test replied: 550 5.1.1 no bob here",
                ],
                "退信",
            ),
            (
                Language::Chinese,
                vec![
                    "收件人的邮箱不存在。",
                    "mx.b.test 的应答：550 5.1.1 no bob here",
                ],
                "What",
            ),
            (Language::Both, vec!["What you can do", "建议："], "\r"),
        ] {
            let text = text(&about, language, "mx.a.test");
            for part in parts {
                assert!(text.contains(part), "{part} in {text}");
            }
            assert!(!text.contains(absent), "{absent} in {text}");
        }
        assert_eq!(
            subject(&about, Language::English, "hello\r\n"),
            "Undelivered: hello"
        );
        assert_eq!(
            subject(&about, Language::Both, "hello"),
            "Undelivered: hello"
        );
        assert_eq!(
            subject(&about, Language::Chinese, "你好"),
            "退信：未能送达: 你好"
        );
    }
}
