//! The labels of the fields, looked up by the end of their path.

use super::in_language;
use frontend::i18n::Language;

/// The label of a field, looked up by the end of its path.
pub fn field(language: Language, path: &str) -> String {
    let words = FIELDS
        .iter()
        .chain(&MORE_FIELDS)
        .find(|(end, ..)| path == *end || path.ends_with(&format!(".{end}")));
    match words {
        Some((_, zh, en)) => in_language(language, zh, en),
        None => path.rsplit('.').next().unwrap_or(path).to_owned(),
    }
}

// Longer path ends come first.
const FIELDS: [(&str, &str, &str); 72] = [
    ("greylist.enabled", "灰名单", "Greylisting"),
    (
        "greylist.delay",
        "灰名单：重试间隔",
        "Greylisting: retry after",
    ),
    ("inbound.greet_pause", "问候语延迟", "Greeting delay"),
    (
        "checks.ptr_missing",
        "没有反向解析（PTR）",
        "No reverse DNS (PTR)",
    ),
    (
        "checks.ptr_unconfirmed",
        "反向解析不一致",
        "Reverse DNS not confirmed",
    ),
    (
        "checks.helo_syntax",
        "HELO 不是完整域名",
        "HELO is not fully qualified",
    ),
    (
        "checks.helo_unresolved",
        "HELO 无法解析",
        "HELO does not resolve",
    ),
    (
        "checks.early_talker",
        "抢先发送（early talker）",
        "Early talker",
    ),
    (
        "inbound.hops_max",
        "Received 字段上限",
        "Maximum number of hops",
    ),
    ("auth.spf", "SPF", "SPF"),
    ("auth.dkim", "DKIM", "DKIM"),
    ("auth.dmarc", "DMARC", "DMARC"),
    ("auth.arc", "ARC", "ARC"),
    ("queue.first_retry", "首次重试间隔", "First retry after"),
    (
        "queue.longest_retry",
        "最长重试间隔",
        "Longest retry interval",
    ),
    ("queue.warn_after", "延迟通知时间", "Delay warning after"),
    ("queue.give_up_after", "放弃时间", "Give up after"),
    (
        "outbound.mta_sts",
        "遵循对方的 MTA-STS",
        "Follow MTA-STS of other domains",
    ),
    (
        "outbound.mta_sts_mode",
        "自己的 MTA-STS",
        "Own MTA-STS policy",
    ),
    ("outbound.dane", "使用 DANE", "Use DANE"),
    (
        "outbound.srs",
        "转发时改写发件人（SRS）",
        "Rewrite senders of forwarded mail (SRS)",
    ),
    (
        "limits.message_bytes_max",
        "邮件大小上限（字节）",
        "Maximum message size (bytes)",
    ),
    (
        "limits.plaintext_login",
        "允许 IMAP、POP3 明文登录",
        "Allow IMAP and POP3 logins without TLS",
    ),
    (
        "submission.directory",
        "登录后允许 VRFY",
        "Allow VRFY after sign-in",
    ),
    ("between.0", "一端", "One end"),
    ("between.1", "另一端", "The other end"),
    ("bytes-per-second", "每秒字节数", "Bytes per second"),
    ("lost-per-mille", "丢包率（‰）", "Packet loss (per mille)"),
    ("blocked-ports", "封锁的端口", "Blocked ports"),
    ("after-bytes", "断开前传输的字节数", "After bytes"),
    (
        "to-client",
        "按服务器发送计数",
        "Count data from the server",
    ),
    ("key.domain", "签名域名", "Signing domain"),
    ("key.selector", "选择器", "Selector"),
    ("key.signs", "启用签名", "Sign messages"),
    ("to-host", "连到主机", "To the host"),
    ("quota.bytes", "配额（字节）", "Quota (bytes)"),
    ("quota.person", "邮箱", "Mailbox"),
    ("fault.down", "主机", "Host"),
    ("fault.up", "主机", "Host"),
    ("fault.crash", "主机", "Host"),
    ("fault.restart", "主机", "Host"),
    (
        "submit.from",
        "信封发件人（留空为 <>）",
        "Envelope sender (empty: <>)",
    ),
    ("submit.to", "信封收件人", "Envelope recipients"),
    ("alias.to", "转发到", "Forwards to"),
    ("alias.name", "别名", "Alias"),
    ("dns.name", "域名", "Name"),
    ("stale.name", "域名", "Name"),
    ("rewrite.put", "替换为", "Replace with"),
    (
        "settings.set",
        "要修改的设置（JSON）",
        "Settings to change (JSON)",
    ),
    ("zone.set", "新的记录", "New records"),
    (
        "zone.remove",
        "删除的记录（每行：名称 类型）",
        "Records to remove (name and type, one per line)",
    ),
    ("domain", "签名域名", "Signing domain"),
    ("address", "地址", "Address"),
    ("name", "名字", "Name"),
    ("runs", "运行的程序", "Runs"),
    ("domains", "收件域名", "Accepts mail for"),
    ("password", "密码", "Password"),
    ("quota", "配额（字节）", "Quota (bytes)"),
    ("at", "时间", "When"),
    ("on", "执行主机", "On the machine"),
    ("port", "端口", "Port"),
    (
        "login",
        "登录名（留空则不登录）",
        "Sign in as (empty: no login)",
    ),
    ("message", "邮件", "Message"),
    ("tls", "直接使用 TLS", "Implicit TLS"),
    ("lines", "对话", "Dialogue"),
    ("latency", "单程延迟", "One-way latency"),
    ("from", "源主机", "From the host"),
    ("to", "目标主机", "To the host"),
    (
        "command",
        "命令（. 表示邮件结尾）",
        "Command (. is the end of the message)",
    ),
    ("nth", "第几次出现", "Occurrence"),
    ("times", "重复次数", "Repeat"),
    ("host", "主机", "Host"),
];

const MORE_FIELDS: [(&str, &str, &str); 12] = [
    ("held", "暂停传输（不丢失）", "Hold traffic without loss"),
    ("severed", "断开", "Disconnected"),
    ("reset", "双方收到 RST", "Both sides receive RST"),
    ("reply", "应答", "The reply"),
    ("find", "查找内容", "Find"),
    ("answer", "DNS 应答", "DNS answer"),
    ("kept", "保留旧缓存", "Keep the cached answer"),
    ("full", "已满", "Full"),
    (
        "seconds",
        "快多少秒（负数为慢）",
        "Seconds ahead (negative: behind)",
    ),
    ("kind", "证书状态", "Certificate"),
    ("selector", "选择器", "Selector"),
    ("signs", "启用签名", "Sign messages"),
];
