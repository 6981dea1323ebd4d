//! The words for people in a notice, in the sender's language: what happened to whom, what the
//! other host said, what can be done. The fields for programs are `mime::build::report`'s.

use crate::advice::{Words, advice};
use crate::bounce::Success;
use crate::language::Language;
use mail::{Recipient, Reply, Time};

/// What a notice is about.
pub(crate) enum Told<'a> {
    /// Given up; the host that spoke.
    Failed(&'a [&'a (Recipient, Reply, Option<String>)]),
    /// Not yet; until when it is tried.
    Delayed(&'a [&'a (Recipient, Reply)], Time),
    /// As it was wanted.
    Succeeded(&'a [Success]),
}

/// The subject of a notice about a message.
pub(crate) fn subject(told: &Told<'_>, language: Language, about: &str) -> String {
    let (english, chinese) = match told {
        Told::Failed(_) => ("Undelivered", "退信：未能送达"),
        Told::Delayed(..) => ("Delayed", "延迟送达"),
        Told::Succeeded(_) => ("Delivered", "已送达"),
    };
    let about: String = about
        .chars()
        .filter(|c| !c.is_control())
        .take(SUBJECT_CHARS_MAX)
        .collect();
    let head = match language {
        Language::English => english.to_owned(),
        Language::Chinese => chinese.to_owned(),
        Language::Both => format!("{english} / {chinese}"),
    };
    if about.is_empty() {
        head
    } else {
        format!("{head}: {about}")
    }
}

// Of the message's own subject so much is repeated.
const SUBJECT_CHARS_MAX: usize = 120;

/// The text of a notice.
pub(crate) fn text(told: &Told<'_>, language: Language, host: &str) -> String {
    match language {
        Language::English => english(told, host),
        Language::Chinese => chinese(told, host),
        Language::Both => format!("{}\n----\n\n{}", english(told, host), chinese(told, host)),
    }
}

fn english(told: &Told<'_>, host: &str) -> String {
    let mut text =
        format!("This is the mail system of {host}; nobody reads answers to this message.\n\n");
    match told {
        Told::Failed(all) => {
            text.push_str("Your message could not be delivered to everybody. These receivers will not get it:\n\n");
            for (recipient, reply, host) in all.iter().map(|one| (&one.0, &one.1, one.2.as_deref()))
            {
                text.push_str(&format!("<{}>\n", recipient.address));
                let Words { what, todo } = advice(reply).english;
                let expired = if reply.code / 100 == 4 {
                    " It was tried again and again until the time was up."
                } else {
                    ""
                };
                text.push_str(&format!(
                    "  What happened: {what}{expired}\n  What to do: {todo}\n"
                ));
                text.push_str(&said(
                    "  The host {} said: ",
                    "  In the words of the protocol: ",
                    host,
                    reply,
                ));
            }
        }
        Told::Delayed(all, until) => {
            text.push_str("Your message has not been delivered yet. It is still being tried; you need do nothing.\n\n");
            for (recipient, reply) in all.iter().map(|one| (&one.0, &one.1)) {
                text.push_str(&format!(
                    "<{}>\n  What happened: {}\n  The last word was: {reply}\n\n",
                    recipient.address,
                    advice(reply).english.what
                ));
            }
            text.push_str(&format!(
                "It will be given up at {} UTC; then you are told once more.\n",
                minute(*until)
            ));
        }
        Told::Succeeded(all) => {
            text.push_str("You asked to be told when your message arrives.\n\n");
            for one in *all {
                text.push_str(&match &one.relayed_to {
                    None => format!("<{}>: it lies in the mailbox. Whether it was read, nobody can tell.\n", one.recipient.address),
                    Some((host, _)) => format!(
                        "<{}>: it was handed to {host}, which sends no such notices. You will hear again only if something goes wrong.\n",
                        one.recipient.address
                    ),
                });
            }
        }
    }
    text
}

fn chinese(told: &Told<'_>, host: &str) -> String {
    let mut text = format!("这是 {host} 的邮件系统自动发出的通知，无需回复。\n\n");
    match told {
        Told::Failed(all) => {
            text.push_str("您的邮件未能送达以下收件人：\n\n");
            for (recipient, reply, host) in all.iter().map(|one| (&one.0, &one.1, one.2.as_deref()))
            {
                text.push_str(&format!("<{}>\n", recipient.address));
                let Words { what, todo } = advice(reply).chinese;
                let expired = if reply.code / 100 == 4 {
                    "系统反复尝试，直到超过期限。"
                } else {
                    ""
                };
                text.push_str(&format!(
                    "  发生了什么：{what}{expired}\n  您可以做的：{todo}\n"
                ));
                text.push_str(&said("  主机 {} 的原话：", "  协议原话：", host, reply));
            }
        }
        Told::Delayed(all, until) => {
            text.push_str("您的邮件尚未送达，系统仍在继续尝试，您无需操作。\n\n");
            for (recipient, reply) in all.iter().map(|one| (&one.0, &one.1)) {
                text.push_str(&format!(
                    "<{}>\n  发生了什么：{}\n  最近一次应答：{reply}\n\n",
                    recipient.address,
                    advice(reply).chinese.what
                ));
            }
            text.push_str(&format!(
                "到 {}（UTC）仍未送达时将退回，并再次通知您。\n",
                minute(*until)
            ));
        }
        Told::Succeeded(all) => {
            text.push_str("您要求在邮件送达时得到通知。\n\n");
            for one in *all {
                text.push_str(&match &one.relayed_to {
                    None => format!("<{}>：已放入邮箱。对方是否读过，无从得知。\n", one.recipient.address),
                    Some((host, _)) => {
                        format!("<{}>：已交给 {host}，该主机不发送此类通知；只有出问题时您才会再收到消息。\n", one.recipient.address)
                    }
                });
            }
        }
    }
    text
}

// The other host's words as they are; ours where it said none.
fn said(theirs: &str, ours: &str, host: Option<&str>, reply: &Reply) -> String {
    match host {
        Some(host) => format!("{}{reply}\n\n", theirs.replace("{}", host)),
        None => format!("{ours}{reply}\n\n"),
    }
}

// `2026-11-21 09:33`
fn minute(at: Time) -> String {
    let text = at.rfc3339();
    text.get(..16).unwrap_or(&text).replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_quotes_the_other_host_and_says_what_to_do_in_each_language() {
        let failed = (
            Recipient::new("bob@b.test".parse().unwrap()),
            Reply::new(550, (5, 1, 1), "no bob here"),
            Some("mx.b.test".to_owned()),
        );
        let all = [&failed];
        let told = Told::Failed(&all);
        for (language, parts, absent) in [
            (
                Language::English,
                vec![
                    "There is no such mailbox.",
                    "What to do: Check",
                    "The host mx.b.test said: 550 5.1.1 no bob here",
                ],
                "退信",
            ),
            (
                Language::Chinese,
                vec![
                    "对方没有这个邮箱。",
                    "主机 mx.b.test 的原话：550 5.1.1 no bob here",
                ],
                "What",
            ),
            (Language::Both, vec!["What to do", "您可以做的"], "\r"),
        ] {
            let text = text(&told, language, "mx.a.test");
            for part in parts {
                assert!(text.contains(part), "{part} in {text}");
            }
            assert!(!text.contains(absent), "{absent} in {text}");
        }
        assert_eq!(
            subject(&told, Language::English, "hello\r\n"),
            "Undelivered: hello"
        );
    }
}
