//! The smallest change that would reverse a verdict, for checks that did not record one.

use super::super::i18n::say;
use crate::i18n::Language;
use event::catalogue::authentication::{ArcReason, DkimReason, SpfReason};
use event::{Reason, Verdict};

/// The required change; empty if none can be given.
pub(super) fn smallest(
    name: &str,
    verdict: Verdict,
    domain: &str,
    result: &str,
    reason: &Reason,
    client: Option<&str>,
    language: Language,
) -> String {
    let ip = client.unwrap_or("…");
    match name {
        "spf" => spf(result, domain, ip, reason, language),
        "dkim" | "arc" => dkim(result, domain, reason, language),
        "dmarc" => dmarc(result, domain, language),
        _ => small(name, verdict, ip, language),
    }
}

fn needs_too_many_lookups(reason: &Reason) -> bool {
    let Reason::Spf { reason: first, .. } = reason else {
        return false;
    };
    let mut next = first;
    while let SpfReason::Redirect { reason, .. } | SpfReason::Include { reason, .. } = next {
        next = reason;
    }
    matches!(next, SpfReason::TooManyLookups { .. })
}

fn dkim_reason(reason: &Reason) -> Option<&DkimReason> {
    match reason {
        Reason::Dkim { reason, .. }
        | Reason::Arc {
            reason: ArcReason::MessageSignature { reason, .. } | ArcReason::Seal { reason, .. },
            ..
        } => Some(reason),
        _ => None,
    }
}

fn pair(language: Language, zh: String, en: String) -> String {
    match language {
        Language::Chinese => zh,
        Language::English => en,
    }
}

fn spf(result: &str, domain: &str, ip: &str, reason: &Reason, language: Language) -> String {
    let term = if ip.contains(':') { "ip6" } else { "ip4" };
    match result {
        "pass" => pair(
            language,
            format!("同一封邮件若从别的地址发出，或 {domain} 从记录里去掉这一项，就不再通过。"),
            format!(
                "The same message from another address, or {domain} without this term in its record, would not pass."
            ),
        ),
        "none" => pair(
            language,
            format!("{domain} 只要发布一条 TXT 记录：v=spf1 {term}:{ip} -all，就会通过。"),
            format!("One TXT record at {domain} would do: v=spf1 {term}:{ip} -all."),
        ),
        "permerror" if needs_too_many_lookups(reason) => pair(
            language,
            "少一个要查 DNS 的项（include、a、mx、ptr、exists、redirect）：上限是十个。".to_owned(),
            "One term less that asks DNS (include, a, mx, ptr, exists, redirect): ten are allowed."
                .to_owned(),
        ),
        "permerror" => pair(
            language,
            format!("改正 {domain} 的记录：只留一条，且每一项都合语法。"),
            format!("A record at {domain} that is the only one and obeys the grammar."),
        ),
        "temperror" => pair(
            language,
            "等待域名服务器恢复应答：这只是暂时的。".to_owned(),
            "A DNS server that answers; the failure is temporary.".to_owned(),
        ),
        _ => pair(
            language,
            format!("在 {domain} 的记录里、all 之前加上 {term}:{ip}，就会通过。"),
            format!("{term}:{ip} in the record of {domain}, before “all”, would make it pass."),
        ),
    }
}

fn dkim(result: &str, domain: &str, reason: &Reason, language: Language) -> String {
    let (zh, en) = match result {
        "pass" => (
            "正文中改动一个字符，或改动 h= 列出的任何一个字段，就不再通过。",
            "Any change to the body, or to a field that h= names, and it no longer passes.",
        ),
        "none" => (
            "让发出这封邮件的主机签名（DKIM-Signature），并在 DNS 里发布公钥。",
            "The sending host would have to sign it (DKIM-Signature) and publish its key in DNS.",
        ),
        "fail" if matches!(dkim_reason(reason), Some(DkimReason::BodyChanged { .. })) => (
            "让途中的主机不动正文：正文与签名时一字不差，bh= 就对得上。",
            "A body as it was when it was signed: nobody on the way may touch it, then bh= fits.",
        ),
        "fail" => (
            "让签名覆盖的字段与签名时一样，b= 就对得上。",
            "Signed fields as they were when they were signed, then b= fits.",
        ),
        "permerror" if matches!(dkim_reason(reason), Some(DkimReason::NoKey { .. })) => (
            "在 DNS 里重新公布这个选择器的公钥。",
            "The key of this selector, published again in DNS.",
        ),
        "temperror" => ("等待域名服务器恢复应答。", "A DNS server that answers."),
        _ => (
            "使用合规的签名：密钥够长、没有过期、覆盖整个正文。",
            "A signature that counts: a key long enough, not expired, over the whole body.",
        ),
    };
    let change = say(language, zh, en);
    if domain.is_empty() || result == "none" {
        change.to_owned()
    } else {
        format!("{domain}: {change}")
    }
}

fn dmarc(result: &str, domain: &str, language: Language) -> String {
    match result {
        "pass" => pair(
            language,
            format!(
                "如果已验证的域与 {domain} 不属于同一机构，就不再通过。但“通过”只说明邮件来自 {domain}，不代表内容可信。"
            ),
            format!(
                "If the domain that vouches were not aligned with {domain}, it would fail. Note: a pass says that the message is from {domain}, not that {domain} is honest."
            ),
        ),
        "none" => pair(
            language,
            format!(
                "{domain} 发布 _dmarc.{domain} TXT \"v=DMARC1; p=reject\"，伪造的邮件就会被拒绝。"
            ),
            format!(
                "With _dmarc.{domain} TXT \"v=DMARC1; p=reject\" a forged message would be rejected."
            ),
        ),
        "temperror" | "permerror" => say(
            language,
            "等待记录可以查询并且格式正确。",
            "A record that can be looked up and parsed.",
        )
        .to_owned(),
        _ => pair(
            language,
            format!(
                "两者有其一即可：用 {domain} 的密钥签名（DKIM 的 d= 与 From 一致），或让 MAIL FROM 用 {domain} 的地址并通过 SPF。"
            ),
            format!(
                "Either would do: a DKIM signature with d={domain}, or a MAIL FROM in {domain} that passes SPF."
            ),
        ),
    }
}

fn small(name: &str, verdict: Verdict, ip: &str, language: Language) -> String {
    let good = verdict == Verdict::Pass;
    let (zh, en) = match (name, good) {
        ("ptr", false) => (
            "为这个地址设置主机名（PTR），并让该主机名解析回这个地址。",
            "A name for this address (PTR) that leads back to the same address.",
        ),
        ("ptr", true) => (
            "主机名不再解析回这个地址，就不通过。",
            "If the name led to another address, it would fail.",
        ),
        ("helo", false) => (
            "在 HELO 中使用 DNS 中存在、且解析到这个地址的主机名。",
            "A name in HELO that DNS knows and that leads to this address.",
        ),
        ("helo", true) => (
            "改用 localhost 或 DNS 中不存在的主机名，就不通过。",
            "With localhost, or a name that DNS does not know, it would fail.",
        ),
        ("dnsbl" | "rhsbl", false) => (
            "请名单的管理者将其移除。",
            "The operator of the list removes it.",
        ),
        ("dnsbl" | "rhsbl", true) => (
            "一旦列入名单，就会被拒绝。",
            "Once it is on the list, it is rejected.",
        ),
        ("greylist", false) => (
            "等待时间过后重试，就会被接收。",
            "The same client, once more, after the waiting time.",
        ),
        ("greylist", true) => (
            "更换客户端、发件人或收件人后，需要重新等待。",
            "Another client, sender or recipient would have to wait again.",
        ),
        ("mta-sts" | "dane", false) => (
            "让这台主机出示与公布的策略或证书相符的证明。",
            "A host whose certificate is what the domain has published.",
        ),
        _ => ("", ""),
    };
    say(language, zh, en).replace('…', ip)
}
