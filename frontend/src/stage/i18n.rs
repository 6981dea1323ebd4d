//! Labels of the stage in both languages, and a short caption for each kind of event. Full
//! sentences are in `sentences`.

use super::model::{CopyStatus, PostmarkKind};
use super::model::{Host, Side};
use crate::i18n::Language;
use event::{Event, Kind, Locale, Localize, Protocol, Reason, Role, Verdict, describe_reply};
use mail::session::Speaker;
use mail::{Duration, Reply, Time};

/// The text in the given language.
pub fn say(language: Language, zh: &'static str, en: &'static str) -> &'static str {
    match language {
        Language::Chinese => zh,
        Language::English => en,
    }
}

/// A role's abbreviation as in the RFCs.
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Mua => "MUA",
        Role::Msa => "MSA",
        Role::Mta => "MTA",
        Role::Mda => "MDA",
        Role::Mra => "MRA",
        Role::Dns => "DNS",
    }
}

/// A role's task in a word or two.
pub fn role_task(language: Language, role: Role) -> &'static str {
    match role {
        Role::Mua => say(language, "邮件客户端", "mail client"),
        Role::Msa => say(language, "提交", "submission"),
        Role::Mta => say(language, "传输", "transfer"),
        Role::Mda => say(language, "投递", "delivery"),
        Role::Mra => say(language, "收取", "retrieval"),
        Role::Dns => say(language, "域名服务器", "name server"),
    }
}

/// The colour class of a role; the colours themselves are tokens.
pub fn role_class(role: Role) -> &'static str {
    match role {
        Role::Mua => "role-mua",
        Role::Msa => "role-msa",
        Role::Mta => "role-mta",
        Role::Mda => "role-mda",
        Role::Mra => "role-mra",
        Role::Dns => "role-dns",
    }
}

/// The name shown on a host's frame.
pub fn host_name(language: Language, host: &Host) -> String {
    match host.person {
        Some(Side::Writes) if host.name.is_empty() => say(language, "发件人", "sender").to_owned(),
        Some(Side::Reads) if host.name.is_empty() => {
            say(language, "收件人", "recipient").to_owned()
        }
        // A person's frame is narrow; the full address is shown on the envelope.
        Some(_) => host.label.clone(),
        None => host.ehlo_name.clone().unwrap_or_else(|| host.name.clone()),
    }
}

/// The small note beside a host's name.
pub fn host_note(language: Language, host: &Host) -> String {
    match (host.person, &host.ehlo_name) {
        (Some(Side::Writes), _) => say(language, "发件人", "sender").to_owned(),
        (Some(Side::Reads), _) => say(language, "收件人", "recipient").to_owned(),
        (None, Some(_)) => format!("{} {}", host.name, say(language, "自称", "claimed name")),
        (None, None) if host.claimed => say(language, "据称", "claimed").to_owned(),
        (None, None) => String::new(),
    }
}

/// The note on a host that the last attempt could not reach.
pub fn unreachable_note(language: Language) -> &'static str {
    say(language, "无法连接", "unreachable")
}

/// A protocol's name.
pub fn protocol_name(language: Language, protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Smtp => "SMTP",
        Protocol::Submission => say(language, "SMTP 提交", "SMTP submission"),
        Protocol::Imap => "IMAP",
        Protocol::Pop3 => "POP3",
        Protocol::Web => say(language, "网页", "web"),
    }
}

/// A postmark's label.
pub fn postmark_text(language: Language, stamp: PostmarkKind) -> &'static str {
    match stamp {
        PostmarkKind::Accepted => say(language, "已接收", "accepted"),
        PostmarkKind::Deferred => say(language, "等待重试", "deferred"),
        PostmarkKind::Delivered => say(language, "已送达", "delivered"),
        PostmarkKind::Bounced => say(language, "已退信", "bounced"),
    }
}

/// The label of a postmark: what happened, then when; in two lines where there is room for one word
/// only. A time alone could be an arrival, a departure or a duration.
pub fn postmark_lines(
    language: Language,
    stamp: PostmarkKind,
    time: &str,
    one_line: bool,
) -> Vec<String> {
    let word = postmark_text(language, stamp);
    if one_line {
        vec![format!("{word} {time}")]
    } else {
        vec![word.to_owned(), time.to_owned()]
    }
}

/// The status of a recipient's copy.
pub fn status_text(language: Language, status: &CopyStatus) -> String {
    match status {
        CopyStatus::InTransit => say(language, "传输中", "in transit").to_owned(),
        CopyStatus::Deferred(_) => say(language, "等待重试", "waiting to retry").to_owned(),
        CopyStatus::Forwarded(to) => {
            format!(
                "{} {}",
                say(language, "已转发给", "forwarded to"),
                to.join(", ")
            )
        }
        CopyStatus::Relayed(host) => format!("{} {host}", say(language, "已转交", "relayed to")),
        CopyStatus::Delivered(mailbox) => {
            format!("{} {mailbox}", say(language, "已送达", "delivered to"))
        }
        CopyStatus::Bounced(reply, _) => {
            let code = reply
                .enhanced
                .map_or_else(|| reply.code.to_string(), |e| format!("{} {e}", reply.code));
            format!("{} {code}", say(language, "已退信", "bounced"))
        }
        CopyStatus::Read => say(language, "已收取", "retrieved").to_owned(),
    }
}

/// A verdict's label.
pub fn verdict_text(language: Language, verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => say(language, "通过", "pass"),
        Verdict::Fail => say(language, "不通过", "fail"),
        Verdict::Neutral => say(language, "无结论", "neutral"),
    }
}

/// A check's label; an unknown check keeps its own name.
pub fn check_text(language: Language, name: &str) -> &str {
    match name {
        "recipient" => say(language, "收件人存在", "recipient exists"),
        "sender-right" => say(language, "有权用此发件地址", "may use this sender"),
        "size" => say(language, "大小在限制内", "size within the limit"),
        "relay" => say(language, "允许中继", "relaying allowed"),
        "loop" => say(language, "没有循环", "no loop"),
        "quota" => say(language, "邮箱未超出配额", "mailbox within quota"),
        "alias" => say(language, "别名", "alias"),
        "allow-list" => say(language, "在允许名单上", "on the allow list"),
        "deny-list" => say(language, "不在拒收名单上", "not on the deny list"),
        "ptr" => say(language, "反向解析（PTR）", "reverse DNS (PTR)"),
        "helo" => say(language, "HELO 主机名", "HELO name"),
        "dnsbl" | "rhsbl" => say(language, "DNS 黑名单", "DNS block list"),
        "dnswl" => say(language, "DNS 白名单", "DNS allow list"),
        "early-talker" => say(language, "等待问候语", "waits for the greeting"),
        "greylist" => say(language, "灰名单", "greylisting"),
        "null-sender" => say(language, "退信只有一个收件人", "bounce has one recipient"),
        "rate" => say(language, "频率在限制内", "within the rate limit"),
        "spf" => "SPF",
        "dkim" => "DKIM",
        "dkim-sign" => say(language, "DKIM 签名", "DKIM signature"),
        "dmarc" => "DMARC",
        "recode" => say(language, "7 位格式", "7-bit form"),
        "arc" => "ARC",
        "login" => say(language, "登录", "login"),
        "header" => say(language, "邮件头符合规定", "valid header"),
        "client-network" => say(language, "来自受信任的网络", "trusted network"),
        "score" => say(language, "合计分数", "score"),
        "tarpit" => say(language, "延迟应答", "tarpit"),
        "mx" => say(language, "目标主机顺序", "MX hosts"),
        "mta-sts" => say(language, "MTA-STS 策略", "MTA-STS policy"),
        "dane" => say(language, "DANE", "DANE"),
        "requiretls" => say(language, "必须全程加密", "REQUIRETLS"),
        "connection-reused" => say(language, "复用连接", "connection reused"),
        "destination-busy" => say(language, "目标繁忙", "destination busy"),
        "smart-host" => say(language, "经由智能主机", "smart host"),
        "tls-report" => say(language, "记入 TLS 报告", "TLS report"),
        "tls-fallback" => say(language, "改用明文重试", "retry without TLS"),
        "queue-hold" => say(language, "管理员暂停", "held by administrator"),
        "queue-release" => say(language, "管理员恢复", "released by administrator"),
        "queue-retry" => say(language, "管理员重试", "retried by administrator"),
        "queue-drop" => say(language, "管理员移除", "removed by administrator"),
        other => other,
    }
}

/// The message catalogue's locale for a language.
pub fn locale(language: Language) -> Locale {
    match language {
        Language::Chinese => Locale::Chinese,
        Language::English => Locale::English,
    }
}

/// A reason as a sentence in the reader's language.
pub fn reason_text(language: Language, reason: &Reason) -> String {
    reason.sentence(locale(language))
}

/// A reply as the queue shows it: its codes, and who said what.
pub fn reply_text(language: Language, reply: &Reply, cause: Option<&Reason>) -> String {
    describe_reply(reply, cause, locale(language))
}

/// A duration in its largest unit, abbreviated: `5 min`.
pub fn duration_text(language: Language, d: Duration) -> String {
    let (n, [zh, short, ..]) = largest_unit(d);
    format!("{n} {}", say(language, zh, short))
}

/// A duration as in a sentence: `5 minutes`, `1 hour`.
pub fn duration_words(language: Language, d: Duration) -> String {
    let (n, [zh, _, one, many]) = largest_unit(d);
    format!("{n} {}", say(language, zh, if n == 1 { one } else { many }))
}

// The amount of the largest unit, and the unit's names: Chinese, abbreviation, singular and plural.
fn largest_unit(d: Duration) -> (u64, [&'static str; 4]) {
    let secs = d.as_secs();
    match secs {
        0..60 => (secs, ["秒", "s", "second", "seconds"]),
        60..3600 => (secs / 60, ["分钟", "min", "minute", "minutes"]),
        3600..86_400 => (secs / 3600, ["小时", "h", "hour", "hours"]),
        _ => (secs / 86_400, ["天", "d", "day", "days"]),
    }
}

/// A time of day, `10:00:03` or `10:00:03.214`, at an offset of minutes east of UTC.
pub fn clock(at: Time, east_minutes: i32, thousandths: bool) -> String {
    let local = local(at, east_minutes);
    let (_, _, _, h, m, s) = local.civil();
    let ms = local.0.rem_euclid(1_000_000) / 1000;
    if thousandths {
        format!("{h:02}:{m:02}:{s:02}.{ms:03}")
    } else {
        format!("{h:02}:{m:02}:{s:02}")
    }
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// [`clock`] with the date before it: `2 Mar 10:00:03`, `3月2日 10:00:03`.
pub fn dated_clock(language: Language, at: Time, east_minutes: i32, thousandths: bool) -> String {
    let (_, month, day, ..) = local(at, east_minutes).civil();
    let time = clock(at, east_minutes, thousandths);
    match language {
        Language::Chinese => format!("{month}月{day}日 {time}"),
        Language::English => format!("{day} {} {time}", MONTHS[(month as usize - 1) % 12]),
    }
}

/// Local time at an offset of minutes east of UTC.
pub(super) fn local(at: Time, east_minutes: i32) -> Time {
    Time(at.0 + i64::from(east_minutes) * 60_000_000)
}

/// The short caption of an event: what crosses the wire, or what happens in the agent.
pub fn caption(language: Language, event: &Event, port: Option<u16>) -> String {
    match &event.kind {
        Kind::Connect { protocol, .. } => {
            let port = port.map(|p| format!(" · {p}")).unwrap_or_default();
            format!(
                "{} · {}{port}",
                say(language, "连接", "connects"),
                protocol_name(language, *protocol)
            )
        }
        Kind::Unreachable { peer, .. } => {
            format!("{} {peer}", say(language, "无法连接", "cannot reach"))
        }
        Kind::Tls(tls) => format!(
            "{} · {}",
            tls.version,
            say(language, "此后加密", "encrypted from here on")
        ),
        Kind::Line { text, .. } => {
            let first = text.lines().next().unwrap_or_default();
            if is_content_line(&event.explain, text) {
                format!("“{first}”")
            } else {
                line_text(language, &event.explain, first)
            }
        }
        Kind::Dns { question, .. } => super::dns_text::question_text(question),
        Kind::Check { check, verdict, .. } => {
            format!(
                "{} {}",
                check_mark(*verdict),
                check_text(language, check.name())
            )
        }
        Kind::Accepted { .. } => {
            say(language, "已写入磁盘并接收", "accepted and stored").to_owned()
        }
        Kind::Attempt { number, domain, .. } => match language {
            Language::Chinese => format!("第 {number} 次尝试 → {domain}"),
            Language::English => format!("attempt {number} → {domain}"),
        },
        Kind::Deferred { reply, cause, .. } | Kind::Bounced { reply, cause, .. } => {
            reply_text(language, reply, cause.as_ref())
        }
        Kind::Relayed { host, .. } => format!("{host} {}", say(language, "已接收", "accepted it")),
        Kind::Delivered { mailbox, uid, .. } => format!("{mailbox} · UID {uid}"),
        Kind::Fetched { what, .. } if what == "message" => {
            say(language, "收取整封邮件", "retrieves the message").to_owned()
        }
        Kind::Fetched { what, .. } => format!("{} {what}", say(language, "收取", "retrieves")),
        Kind::Pushed { .. } => say(language, "新邮件", "new mail").to_owned(),
        Kind::Closed { .. } => say(language, "断开连接", "disconnects").to_owned(),
        Kind::Unknown => say(language, "未知事件", "unknown event").to_owned(),
    }
}

/// Whether a line only states the size of a message whose content was not recorded.
pub fn is_content_size(explain: &str, text: &str) -> bool {
    explain == "smtp.message" && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a line is message content, sent between DATA and the final dot, and thus not a command
/// even if it looks like one.
pub fn is_content_line(explain: &str, text: &str) -> bool {
    explain == "smtp.message" && !is_content_size(explain, text)
}

/// A line's text for display; for a message whose content was not recorded, its size.
pub fn line_text(language: Language, explain: &str, text: &str) -> String {
    match (is_content_size(explain, text), language) {
        (false, _) => text.to_owned(),
        (true, Language::Chinese) => format!("（邮件内容，{text} 字节）"),
        (true, Language::English) => format!("(message content, {text} bytes)"),
    }
}

/// A verdict's symbol, so that colour is never the only indication.
pub fn check_mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓",
        Verdict::Fail => "✗",
        Verdict::Neutral => "○",
    }
}

/// A speaker's label.
pub fn speaker_text(language: Language, speaker: Speaker) -> &'static str {
    match speaker {
        Speaker::Client => say(language, "客户端", "Client"),
        Speaker::Server => say(language, "服务器", "Server"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_postmark_says_what_its_time_means_also_in_a_narrow_diagram() {
        for (one_line, lines) in [
            (true, vec!["accepted 10:00"]),
            (false, vec!["accepted", "10:00"]),
        ] {
            let label =
                postmark_lines(Language::English, PostmarkKind::Accepted, "10:00", one_line);
            assert_eq!(label, lines);
        }
    }

    #[test]
    fn clock_shows_the_local_time() {
        let t = Time::from_civil(2026, 11, 20, 23, 59, 58) + Duration::from_millis(7);
        assert_eq!(clock(t, 0, false), "23:59:58");
        assert_eq!(clock(t, 480, true), "07:59:58.007");
        assert_eq!(clock(t, -90, false), "22:29:58");
        let dated = |language, east| dated_clock(language, t, east, false);
        assert_eq!(dated(Language::English, 0), "20 Nov 23:59:58");
        assert_eq!(dated(Language::Chinese, 480), "11月21日 07:59:58");
    }

    #[test]
    fn durations_use_their_largest_unit() {
        let description = |secs| duration_text(Language::English, Duration::from_secs(secs));
        assert_eq!(
            [
                description(59),
                description(60),
                description(3600),
                description(200_000)
            ],
            ["59 s", "1 min", "1 h", "2 d"]
        );
        assert_eq!(
            duration_text(Language::Chinese, Duration::from_secs(300)),
            "5 分钟"
        );
        let words = |secs| duration_words(Language::English, Duration::from_secs(secs));
        assert_eq!(
            [words(1), words(120), words(3600), words(432_000)],
            ["1 second", "2 minutes", "1 hour", "5 days"]
        );
        assert_eq!(
            duration_words(Language::Chinese, Duration::from_secs(3600)),
            "1 小时"
        );
    }
}
