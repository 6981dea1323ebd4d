//! Sentences about the queue, delivery and retrieval.

use crate::i18n::Language;
use crate::stage::i18n::{protocol_name, reply_text, say};
use event::{Event, Kind, Reason};
use mail::Reply;

/// The sentence of an event of the queue, of delivery or of retrieval.
pub(super) fn sentence(event: &Event, here: &str, language: Language) -> String {
    let zh = language == Language::Chinese;
    let quoted = |reply: &Reply, cause: Option<&Reason>| reply_text(language, reply, cause);
    match &event.kind {
        Kind::Accepted {
            recipients, bytes, ..
        } => accepted(here, recipients, *bytes, language),
        Kind::Attempt {
            number,
            domain,
            recipients,
        } => {
            let to = recipients.join(", ");
            if zh {
                format!("{here} 第 {number} 次尝试投递到 {domain}（收件人 {to}）。")
            } else {
                format!("{here} starts delivery attempt {number} to {domain} for {to}.")
            }
        }
        Kind::Deferred {
            recipient,
            reply,
            cause,
            ..
        } => {
            let reply = quoted(reply, cause.as_ref());
            if zh {
                format!("给 {recipient} 的邮件暂时无法投递：{reply}；留在队列里，稍后重试。")
            } else {
                format!(
                    "Delivery to {recipient} is deferred: {reply}. The message stays in the queue and is retried."
                )
            }
        }
        Kind::Relayed {
            recipient,
            host,
            reply,
        } if zh => format!(
            "{host} 接收了给 {recipient} 的邮件：{}。",
            quoted(reply, None)
        ),
        Kind::Relayed {
            recipient,
            host,
            reply,
        } => format!(
            "{host} has accepted the message for {recipient}: {}.",
            quoted(reply, None)
        ),
        Kind::Delivered {
            recipient,
            mailbox,
            uid,
        } if zh => format!("给 {recipient} 的邮件已投递到文件夹 {mailbox}（UID {uid}）。"),
        Kind::Delivered {
            recipient,
            mailbox,
            uid,
        } => format!("The message for {recipient} is delivered to mailbox {mailbox} (UID {uid})."),
        Kind::Bounced {
            recipient,
            reply,
            cause,
            notice,
        } => {
            let reply = quoted(reply, cause.as_ref());
            bounced(recipient, &reply, notice.is_some(), language)
        }
        _ => reading(event, language),
    }
}

fn accepted(here: &str, recipients: &[String], bytes: u64, language: Language) -> String {
    let to = recipients.join(", ");
    match language {
        Language::Chinese => {
            format!("{here} 已把邮件写入磁盘，从此由它负责（{bytes} 字节，收件人 {to}）。")
        }
        Language::English => format!(
            "{here} has stored the message and is now responsible for it ({bytes} bytes, for {to})."
        ),
    }
}

fn bounced(recipient: &str, reply: &str, notified: bool, language: Language) -> String {
    let description = if notified {
        say(
            language,
            "已向发件人发送退信通知",
            "a bounce message is sent to the sender",
        )
    } else {
        say(
            language,
            "没有可通知的发件人",
            "there is no sender to notify",
        )
    };
    match language {
        Language::Chinese => format!("给 {recipient} 的邮件无法投递：{reply}；{description}。"),
        Language::English => {
            format!("Delivery to {recipient} failed: {reply}; {description}.")
        }
    }
}

// Sentences about retrieval, and about the end of a connection.
fn reading(event: &Event, language: Language) -> String {
    let zh = language == Language::Chinese;
    match &event.kind {
        Kind::Fetched { by, what, protocol } => {
            let protocol = protocol_name(language, *protocol);
            let what = if what == "message" {
                say(language, "整封邮件", "the message")
            } else {
                what
            };
            if zh {
                format!("{by} 通过 {protocol} 收取了内容（{what}）。")
            } else {
                format!("{by} retrieves the content ({what}) over {protocol}.")
            }
        }
        Kind::Pushed { to, .. } if zh => format!("{to} 的已打开的会话立即收到新邮件通知。"),
        Kind::Pushed { to, .. } => format!("The open session of {to} is notified at once."),
        Kind::Closed { after } => {
            let ms = after.as_millis();
            if zh {
                format!("连接结束，历时 {ms} 毫秒。")
            } else {
                format!("The connection is closed after {ms} ms.")
            }
        }
        _ if zh => "此版本无法识别的事件。".to_owned(),
        _ => "An event unknown to this version.".to_owned(),
    }
}
