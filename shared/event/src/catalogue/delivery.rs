//! A message's way to the next host or into a mailbox: routing, connections, transport security,
//! the queue.

use super::catalogue;
use super::network::{FetchError, NetworkError};
use mail::dns::Failure;

catalogue! {
    /// Where in a dialogue a client was.
    pub enum SmtpStage {
        Greeting = "greeting" / "等待问候语";
        Ehlo = "EHLO" / "EHLO";
        StartTls = "STARTTLS" / "STARTTLS";
        Auth = "AUTH" / "登录";
        Mail = "MAIL FROM" / "MAIL FROM";
        Rcpt = "RCPT TO" / "RCPT TO";
        Data = "DATA" / "传输邮件内容";
        EndOfData = "end of data" / "等待内容之后的应答";
    }
}

catalogue! {
    /// Which hosts take a domain's mail, and what was done to reach them.
    pub enum RouteReason {
        Hosts { hosts: Vec<String> } = "{hosts}" / "{hosts}";
        SmartHost { host: String } = "{host}" / "{host}";
        ConnectionReused { host: String } = "{host}" / "{host}";
        DestinationBusy { destination: String } = "{destination}" / "{destination}";
        NoDomain = "the address has no domain" / "地址中没有域名";
        NoSuchDomain { domain: String } = "the domain {domain} does not exist" / "域名 {domain} 不存在";
        Dns { name: String, failure: Failure } = "DNS lookup of {name}: {failure}" / "查询 {name} 的 DNS：{failure}";
        NoAddress { host: String } = "{host} has no address record" / "{host} 没有地址记录";
        LoopsBack { domain: String } = "mail for {domain} loops back to this host" / "发往 {domain} 的邮件会回到本机";
        NullMx { domain: String } = "{domain} does not accept mail (null MX)" / "{domain} 声明不接收邮件（空 MX）";
        NoHostTried = "no host of the domain was tried" / "没有尝试连接该域的任何主机";
        NoTransport { host: String } = "there is no route to {host}" / "没有通往 {host} 的路由";
    }
}

catalogue! {
    /// Why the other host did not take a message, as far as this host can tell by itself.
    pub enum TransportReason {
        Unreachable { peer: String, error: NetworkError } = "cannot connect to {peer}: {error}" / "无法连接 {peer}：{error}";
        HandshakeFailed { host: String, error: NetworkError } = "the TLS handshake with {host} failed: {error}" / "与 {host} 的 TLS 握手失败：{error}";
        HandshakeFailedUnknown = "the TLS handshake failed" / "TLS 握手失败";
        ConnectionLostAt { stage: SmtpStage } = "the connection was lost at: {stage}" / "连接中断，当时的步骤：{stage}";
        ConnectionLost = "the connection was lost" / "连接中断";
        TimeoutAt { stage: SmtpStage } = "the other host did not answer in time at: {stage}" / "对方没有及时应答，当时的步骤：{stage}";
        NotSmtp = "the other host sent something that is not an SMTP reply" / "对方发来的不是 SMTP 应答";
        UnexpectedReply { text: String } = "the other host gave an unexpected reply: {text}" / "对方的应答不符合预期：“{text}”";
        UnsolicitedReply = "the other host sent a reply without being asked" / "对方在没有命令时发来了应答";
        TlsNotOffered = "TLS is required, but the other host does not offer it" / "要求使用 TLS，但对方不提供";
        LoginWithoutTls = "credentials are not sent without TLS" / "没有 TLS 时不发送登录凭据";
        NoLoginMechanism = "the other host offers no login mechanism that is supported here" / "对方提供的登录方式本机都不支持";
        ServerNotAuthenticated = "the other host could not prove that it knows the password" / "对方无法证明它知道密码";
        MessageUnreadable = "the message could not be read from the spool" / "无法从队列中读取邮件";
        TooManyRecipients = "the other host accepts fewer recipients per message" / "对方不接受一封邮件有这么多收件人";
        RequireTlsNotOffered = "the message requires TLS on the whole path (REQUIRETLS), which the other host does not offer" / "邮件要求全程 TLS（REQUIRETLS），对方不支持";
        ExtensionNotOffered { extension: String } = "the message needs {extension}, which the other host does not offer" / "邮件需要 {extension}，对方不支持";
        TooLarge = "the message is larger than the other host accepts" / "邮件超过对方接受的大小";
    }
}

catalogue! {
    /// Why an MTA-STS policy is not usable (RFC 8461 §3.2).
    pub enum StsError {
        Fetch { error: FetchError } = "{error}" / "{error}";
        FailedRecently = "fetching it failed a moment ago" / "刚才获取失败";
        NotUtf8 = "it is not UTF-8" / "内容不是 UTF-8";
        BadVersion = "the version is not STSv1" / "版本不是 STSv1";
        NoMode = "it has no mode" / "没有 mode";
        BadMode { mode: String } = "the mode “{mode}” is unknown" / "未知的 mode“{mode}”";
        NoMaxAge = "it has no max_age" / "没有 max_age";
        BadMaxAge { value: String } = "max_age “{value}” is not a number" / "max_age“{value}”不是数字";
        NoMx = "it names no mx" / "没有列出 mx";
        TooManyMx = "it names too many mx" / "列出的 mx 过多";
        BadMx { value: String } = "mx “{value}” is not a host name" / "mx“{value}”不是主机名";
        BadLine { line: String } = "the line “{line}” has no colon" / "“{line}”一行没有冒号";
        BadDomain { domain: String } = "{domain} is not a domain name" / "{domain} 不是域名";
    }
}

catalogue! {
    /// Transport security between hosts: DANE (RFC 7672), MTA-STS (RFC 8461), REQUIRETLS (RFC
    /// 8689), reports (RFC 8460).
    pub enum SecurityReason {
        DaneRecords { host: String, records: Vec<String> } = "{host}: {records}" / "{host}：{records}";
        DaneUnusable { host: String } = "{host}: no usable TLSA record; TLS with any certificate" / "{host}：没有可用的 TLSA 记录；使用 TLS，不验证证书";
        DaneDns { host: String, failure: Failure } = "{host}: {failure}" / "{host}：{failure}";
        TlsaUnavailable { host: String, failure: Failure } = "the TLSA record of {host} cannot be looked up: {failure}" / "无法查询 {host} 的 TLSA 记录：{failure}";
        StsPolicy { lines: Vec<String> } = "policy: {lines}" / "策略：“{lines}”";
        StsUnavailable { url: String, error: StsError } = "{url}: {error}" / "{url}：{error}";
        StsHostNotListed { host: String, hosts: Vec<String> } = "{host} is not listed in the policy: {hosts}" / "策略没有列出 {host}，只有：{hosts}";
        StsHostRejected { domain: String, host: String } = "the MTA-STS policy of {domain} does not list {host}" / "{domain} 的 MTA-STS 策略没有列出 {host}";
        RequireTlsUnproven { host: String } = "{host}: neither DANE nor MTA-STS authenticates this host" / "{host}：DANE 和 MTA-STS 都不能证明这台主机的身份";
        RequireTlsNoRoute { host: String, domain: String } = "the message requires TLS, and nothing authenticates {host} as a mail host of {domain}" / "邮件要求 TLS，但无法证明 {host} 是 {domain} 的邮件主机";
        TlsFallback { host: String } = "{host}: the handshake failed" / "{host}：握手失败";
        // `result` is a result type of RFC 8460 §4.3.
        TlsReport { host: String, result: String, policy: String } = "{host}: {result}, under {policy}" / "{host}：{result}（策略：{policy}）";
    }
}

catalogue! {
    /// What the queue and local delivery decide.
    pub enum QueueReason {
        AliasExpanded { alias: String, target: String } = "{alias} → {target}" / "{alias} → {target}";
        ByOperator = "by an administrator" / "由管理员操作";
        Removed = "removed from the queue by an administrator" / "由管理员移出队列";
        DiskFull = "no disk space is left on this host" / "本机磁盘空间不足";
        StoreFailure = "the store of this host failed" / "本机存储出错";
        DestinationBusy = "no connection to the other host became free" / "通往对方的连接一直没有空闲";
        NoResult = "the delivery agent gave no result" / "投递没有给出结果";
        AttemptTimeout = "the delivery attempt took too long and was aborted" / "这次投递耗时过长，已中止";
        NoMailbox { address: String } = "<{address}> has no mailbox here" / "<{address}> 在本机没有邮箱";
        MailboxFull { address: String } = "the mailbox of <{address}> is full" / "<{address}> 的邮箱已满";
        AliasLoop = "the message has already passed this alias: it loops" / "邮件已经过这个别名：邮件在循环投递";
        SpaceExhausted = "no space is left" / "没有空间了";
        Conflict = "it was changed concurrently" / "数据同时被其他操作修改";
        StoreError { text: String } = "the store failed: {text}" / "存储出错：“{text}”";
        ScriptFailed { text: String } = "the Sieve script failed: {text}" / "Sieve 脚本出错：“{text}”";
    }
}
