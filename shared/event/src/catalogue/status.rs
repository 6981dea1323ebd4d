//! The meaning of enhanced status codes (RFC 3463, RFC 5248 and the IANA registry), to explain the
//! replies of other hosts.

use crate::locale::Locale;
use mail::EnhancedCode;

/// The meaning of a code without regard to its class; `None` where it is not listed.
pub fn status_meaning(code: EnhancedCode, locale: Locale) -> Option<&'static str> {
    let EnhancedCode(_, subject, detail) = code;
    let (english, chinese) = match (subject, detail) {
        (1, 1) => ("no such mailbox", "没有这个邮箱"),
        (1, 2) => ("no such destination host", "没有这台目的主机"),
        (1, 3) => ("invalid recipient address", "收件人地址无效"),
        (1, 4) => ("ambiguous recipient address", "收件人地址不明确"),
        (1, 6) => ("the mailbox has moved", "邮箱已迁移"),
        (1, 7) => ("invalid sender address", "发件人地址无效"),
        (1, 8) => ("bad sender host", "发件人的主机有误"),
        (1, 10) => ("the domain does not accept mail", "该域名不接收邮件"),
        (2, 1) => ("the mailbox is disabled", "邮箱已停用"),
        (2, 2) => ("the mailbox is full", "邮箱已满"),
        (2, 3) => (
            "the message is too large for the mailbox",
            "邮件超过该邮箱的限制",
        ),
        (2, 4) => ("mailing list expansion failed", "邮件列表展开失败"),
        (3, 1) => ("the mail system is full", "邮件系统空间不足"),
        (3, 2) => ("the system accepts no mail now", "系统暂不接收邮件"),
        (3, 3) => (
            "a required feature is not supported",
            "对方不支持所需的功能",
        ),
        (3, 4) => ("the message is too large", "邮件过大"),
        (3, 5) => ("the system is misconfigured", "系统配置有误"),
        (4, 1) => ("no answer from the host", "主机没有应答"),
        (4, 2) => ("the connection was lost", "连接中断"),
        (4, 3) => ("DNS failed", "DNS 查询失败"),
        (4, 4) => ("no route to the host", "没有通往该主机的路由"),
        (4, 5) => ("the mail system is congested", "邮件系统繁忙"),
        (4, 6) => ("the message loops", "邮件在循环投递"),
        (4, 7) => ("delivery took too long", "投递超时"),
        (5, 0 | 1) => ("invalid command", "命令无效"),
        (5, 2) => ("syntax error", "语法错误"),
        (5, 3) => ("too many recipients", "收件人过多"),
        (5, 4) => ("invalid arguments", "命令参数无效"),
        (6, 1) => ("the media type is not supported", "不支持该媒体类型"),
        (6, 7) => (
            "non-ASCII addresses are not permitted",
            "不允许非 ASCII 地址",
        ),
        (7, 0 | 1) => ("rejected by policy", "因策略被拒"),
        (7, 2) => (
            "posting to the mailing list is not permitted",
            "不允许向该邮件列表发送邮件",
        ),
        (7, 5) => ("transport security failed", "传输安全检查失败"),
        (7, 8) => ("authentication failed", "身份验证失败"),
        (7, 10) => ("encryption is needed", "需要加密"),
        (7, 11) => (
            "encryption is required for authentication",
            "身份验证需要加密",
        ),
        (7, 20..=22) => ("no acceptable DKIM signature", "没有可接受的 DKIM 签名"),
        (7, 23) => ("SPF validation failed", "SPF 验证未通过"),
        (7, 24) => ("SPF validation error", "SPF 验证出错"),
        (7, 25) => ("reverse DNS validation failed", "反向 DNS 验证未通过"),
        (7, 26) => (
            "multiple authentication checks failed",
            "多项身份验证未通过",
        ),
        (7, 27) => (
            "the sender's domain does not accept mail",
            "发件人的域名不接收邮件",
        ),
        (7, 28) => ("too much mail from this source", "该来源的邮件过多"),
        (7, 29) => ("ARC validation failed", "ARC 验证未通过"),
        (7, 30) => ("REQUIRETLS cannot be satisfied", "无法满足 REQUIRETLS"),
        _ => return None,
    };
    Some(match locale {
        Locale::English => english,
        Locale::Chinese => chinese,
    })
}
