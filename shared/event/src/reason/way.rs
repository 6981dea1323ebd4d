//! Reasons on a message's way: no host, no connection, no TLS; what the queue decides. And what
//! every other reason rests on: failures of DNS and of the network.

use super::phrase::{Phrase, phrase};

/// What a host says of itself and of nobody's behalf; no other host ever said it to this one.
pub(super) const OWN: &[Phrase] = &[
    phrase(
        "own.unreachable",
        "{w} cannot be reached: {e}",
        "连不上 {0}：{1}",
    ),
    phrase(
        "own.handshake-with",
        "the TLS handshake with {w} failed: {e}",
        "与 {0} 的 TLS 握手失败：{1}",
    ),
    phrase("own.handshake", "the TLS handshake failed", "TLS 握手失败"),
    phrase(
        "own.no-host",
        "no host of the domain was called",
        "这个域的主机一台也没有联系上",
    ),
    phrase(
        "own.lost-at",
        "the connection was lost at: {r}",
        "连接断了：{0}",
    ),
    phrase("own.lost", "the connection was lost", "连接断了"),
    phrase(
        "own.silent-at",
        "the other host did not answer in time at: {r}",
        "对方没有及时回答：{0}",
    ),
    phrase(
        "own.no-reply",
        "what the other host sent is no SMTP reply",
        "对方发来的不是 SMTP 应答",
    ),
    phrase(
        "own.unfitting",
        "the other host gave a reply that does not fit: {t}",
        "对方的应答与所问不符：“{0}”",
    ),
    phrase(
        "own.unasked",
        "the other host spoke without being asked",
        "没有问，对方就说话了",
    ),
    phrase(
        "own.no-domain-part",
        "the address has no domain",
        "这个地址没有域",
    ),
    phrase("own.no-domain", "there is no domain {w}", "没有 {0} 这个域"),
    phrase("own.dns", "DNS for {w}: {r}", "查询 {0} 的 DNS：{1}"),
    phrase("own.no-address", "{w} has no address", "{0} 没有地址记录"),
    phrase(
        "own.loops-back",
        "mail for {w} loops back to this host",
        "寄往 {0} 的信会绕回这台主机",
    ),
    phrase(
        "own.null-mx",
        "{w} takes no mail (null MX)",
        "{0} 声明不收信（空 MX）",
    ),
    phrase(
        "own.tlsa",
        "the TLSA record of {w} cannot be asked for: {r}",
        "查不到 {0} 的 TLSA 记录：{1}",
    ),
    phrase(
        "own.sts-name",
        "the policy of {w} does not name {w} as a host for its mail",
        "{0} 的策略没有把 {1} 列为收信主机",
    ),
    phrase(
        "own.requiretls-mx",
        "the message requires TLS, and nothing proves that {w} takes mail for {w}",
        "这封信要求 TLS，却没有什么能证明 {0} 替 {1} 收信",
    ),
    phrase(
        "own.tls-required",
        "TLS is required, and the other host does not offer it",
        "必须用 TLS，而对方没有提供",
    ),
    phrase(
        "own.login-clear",
        "the login is not said without TLS",
        "没有 TLS，不说登录口令",
    ),
    phrase(
        "own.login-none",
        "the other host offers no login that is spoken here",
        "对方提供的登录方式这里都不会",
    ),
    phrase(
        "own.login-unproven",
        "the other host could not prove that it knows the password",
        "对方证明不了自己知道密码",
    ),
    phrase(
        "own.unreadable",
        "the message could not be read",
        "这封信读不出来",
    ),
    phrase(
        "own.too-many",
        "more recipients than the other host takes with one message",
        "收件人太多，对方一封信收不下",
    ),
    phrase(
        "own.requiretls",
        "the message requires TLS all the way, which the other host does not promise",
        "这封信要求全程 TLS，对方不作此保证",
    ),
    phrase(
        "own.needs",
        "the message needs {w}, which the other host does not offer",
        "这封信需要 {0}，而对方没有提供",
    ),
    phrase(
        "own.too-large",
        "the message is larger than the other host takes",
        "这封信超过了对方接收的大小",
    ),
    phrase(
        "own.disk",
        "no space is left on this host",
        "这台主机没有空间了",
    ),
    phrase(
        "own.store",
        "this host's store failed",
        "这台主机的存储出了错",
    ),
    phrase(
        "own.never-free",
        "the way to the other host was never free",
        "通往对方的线路一直没有空",
    ),
    phrase(
        "own.by-hand",
        "taken out of the queue by hand",
        "由人工移出队列",
    ),
    phrase("own.no-way", "no way leads to {w}", "没有路通向 {0}"),
    phrase(
        "own.no-answer",
        "the delivery gave no answer",
        "投递没有给出结果",
    ),
    phrase(
        "own.too-long",
        "the attempt took too long and was broken off",
        "这次尝试太久，已中止",
    ),
    phrase(
        "own.no-mailbox",
        "<{w}> has no mailbox here",
        "<{0}> 在这里没有邮箱",
    ),
    phrase(
        "own.mailbox-full",
        "the mailbox of <{w}> is full",
        "<{0}> 的邮箱满了",
    ),
    phrase("own.hand", "by hand", "由人工"),
];

/// What says little by itself, and is tried last.
pub(super) const GENERAL: &[Phrase] = &[
    phrase("net.refused", "connection refused", "连接被拒绝"),
    phrase("net.timeout", "timed out", "超时"),
    phrase("net.reset", "connection reset", "连接被对方重置"),
    phrase("net.pipe", "broken pipe", "连接已经断开"),
    phrase("net.eof", "unexpected end of file", "连接提前结束"),
    phrase("net.no-network", "network unreachable", "没有路由通到那里"),
    phrase("net.no-host", "host unreachable", "主机不可达"),
    phrase("net.write", "write zero", "一个字节也写不出去"),
    phrase(
        "net.os.refused",
        "Connection refused (os error {w})",
        "连接被拒绝（系统错误 {0}）",
    ),
    phrase(
        "net.os.timeout",
        "Connection timed out (os error {w})",
        "超时（系统错误 {0}）",
    ),
    phrase(
        "net.os.reset",
        "Connection reset by peer (os error {w})",
        "连接被对方重置（系统错误 {0}）",
    ),
    phrase(
        "net.os.pipe",
        "Broken pipe (os error {w})",
        "连接已经断开（系统错误 {0}）",
    ),
    phrase(
        "net.os.no-network",
        "Network is unreachable (os error {w})",
        "没有路由通到那里（系统错误 {0}）",
    ),
    phrase(
        "net.os.no-host",
        "No route to host (os error {w})",
        "主机不可达（系统错误 {0}）",
    ),
    phrase("cert.expired", "the certificate has expired", "证书过期了"),
    phrase(
        "cert.other-name",
        "the certificate is for another name",
        "证书是给别的名字的",
    ),
    phrase(
        "cert.untrusted",
        "the certificate is signed by nobody who is trusted",
        "给证书签名的不是受信任的机构",
    ),
    phrase(
        "cert.no-tlsa",
        "no TLSA record fits the certificate",
        "没有一条 TLSA 记录与证书相符",
    ),
    phrase(
        "cert.unusable",
        "the certificate cannot be used",
        "证书不能用",
    ),
    phrase(
        "cert.unreadable",
        "the certificate cannot be read",
        "证书读不出来",
    ),
    phrase(
        "tls.none",
        "this host has no certificate",
        "这台主机没有证书",
    ),
    phrase(
        "tls.no-handshake",
        "this is no TLS handshake",
        "这不是 TLS 握手",
    ),
    phrase(
        "tls.order",
        "a TLS handshake out of order",
        "TLS 握手的次序不对",
    ),
    phrase(
        "dns.nxdomain",
        "no such domain (NXDOMAIN)",
        "没有这个域名（NXDOMAIN）",
    ),
    phrase(
        "dns.servfail",
        "the name server failed (SERVFAIL)",
        "域名服务器出错（SERVFAIL）",
    ),
    phrase(
        "dns.timeout",
        "the name server did not answer in time",
        "域名服务器没有及时回答",
    ),
    phrase("fetch.no-address", "no address: {e}", "没有地址：{0}"),
    phrase(
        "fetch.no-record",
        "no A or AAAA record",
        "没有 A 或 AAAA 记录",
    ),
    phrase("fetch.no-connection", "no connection: {e}", "连不上：{0}"),
    phrase("fetch.tls", "TLS: {e}", "TLS：{0}"),
    phrase("fetch.status", "the answer is {w}", "答复是 {0}"),
    phrase(
        "fetch.type",
        "the answer is of type {t}, not {w}",
        "答复的类型是“{0}”，不是 {1}",
    ),
    phrase(
        "fetch.no-http",
        "the answer is no HTTP/1.1",
        "答复不是 HTTP/1.1",
    ),
    phrase("fetch.large", "the answer is too large", "答复太大"),
    phrase(
        "sts.recent",
        "it could not be fetched a moment ago",
        "刚才没有取到",
    ),
    phrase("sts.utf8", "it is not UTF-8", "它不是 UTF-8"),
    phrase("sts.version", "the version is not STSv1", "版本不是 STSv1"),
    phrase("sts.no-mx", "no mx is named", "没有列出 mx"),
    phrase("sts.many-mx", "too many mx are named", "列出的 mx 太多"),
    phrase("sts.line", "the line {t} has no colon", "“{0}”一行没有冒号"),
    phrase("sts.mode", "the mode {w} is unknown", "没有 {0} 这种模式"),
    phrase(
        "sts.age",
        "max_age {w} is no number",
        "max_age 的 {0} 不是数",
    ),
    phrase("sts.policy", "version: STSv1, {t}", "策略：“{0}”"),
    phrase(
        "sts.not-named",
        "{w} is not named by the policy: {t}",
        "策略没有列出 {0}，只有：“{1}”",
    ),
    phrase(
        "dane.unusable",
        "{w}: no usable record; TLS with any certificate",
        "{0}：没有能用的记录；用 TLS，证书不论",
    ),
    phrase(
        "requiretls.unproven",
        "{w}: neither DANE nor MTA-STS proves this host",
        "{0}：DANE 和 MTA-STS 都不能证明这台主机",
    ),
    phrase("fallback", "{w}: the handshake failed", "{0}：握手失败"),
    phrase("report", "{w}: {w}, under {w}", "{0}：{1}（依据：{2}）"),
    phrase("store.full", "no space is left", "没有空间了"),
    phrase(
        "store.conflict",
        "somebody else changed it first",
        "别人先改了它",
    ),
    phrase("store.broken", "the store failed: {e}", "存储出了错：{0}"),
    phrase("stage.greeting", "greeting", "在等对方问候时"),
    phrase("stage.hello", "hello", "在 EHLO 之后"),
    phrase("stage.tls", "tls", "在 TLS 握手时"),
    phrase("stage.auth", "auth", "在登录时"),
    phrase("stage.mail", "mail", "在 MAIL FROM 之后"),
    phrase("stage.rcpt", "rcpt", "在 RCPT TO 之后"),
    phrase("stage.data", "data", "在传送内容时"),
    phrase("stage.end", "end", "在信传完、等最后的答复时"),
    phrase("dns.about-record", "{w} {w}: {r}", "查询 {0} {1}：{2}"),
    phrase("about", "{w}: {r}", "{0}：{1}"),
];
