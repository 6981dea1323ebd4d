//! What is checked of a client on port 25, and of the recipients it names: names, lists, rates,
//! greylisting, the score; relaying, mailboxes, quotas, limits.

use super::catalogue;
use crate::Check;
use mail::dns::Failure;
use std::net::IpAddr;

catalogue! {
    /// The client's name by reverse DNS.
    pub enum PtrReason {
        Missing { address: IpAddr } = "{address} has no PTR record" / "{address} 没有 PTR 记录";
        Confirmed { address: IpAddr, name: String } = "{address} is {name}, and {name} resolves to {address}" / "{address} 的名称是 {name}，{name} 也解析到 {address}";
        Unresolved { name: String } = "the address of {name} cannot be looked up" / "查不到 {name} 的地址";
        Unconfirmed { address: IpAddr, name: String } = "the PTR record of {address} is {name}, but {name} does not resolve to it" / "{address} 的 PTR 记录是 {name}，但 {name} 并不解析到它";
        Dns { address: IpAddr, failure: Failure } = "{address}: {failure}" / "{address}：{failure}";
    }
}

catalogue! {
    /// The name in HELO or EHLO.
    pub enum HeloReason {
        OwnName { name: String } = "{name} is this host's own name" / "{name} 是本机自己的名称";
        AddressLiteral { name: String } = "{name} is the client's address" / "{name} 就是客户端的地址";
        OtherLiteral { name: String, address: IpAddr } = "{name} is not the client's address {address}" / "{name} 不是客户端的地址 {address}";
        NotFullyQualified { name: String } = "“{name}” is not a fully qualified domain name" / "“{name}”不是完整的域名";
        OwnDomain { name: String, address: IpAddr } = "{name} is one of this host's domains, but does not resolve to {address}" / "{name} 是本机的域名，但不解析到 {address}";
        OtherAddress { name: String, address: IpAddr } = "{name} exists, but does not resolve to {address}" / "{name} 存在，但不解析到 {address}";
        DnsFailure { name: String } = "{name}: the name server does not answer" / "{name}：域名服务器没有应答";
        Unknown { name: String } = "{name} does not exist in DNS" / "DNS 中没有 {name}";
        Confirmed { name: String, address: IpAddr } = "{name} resolves to {address}" / "{name} 解析到 {address}";
    }
}

catalogue! {
    /// Allow lists, deny lists, and lists in DNS (RFC 5782).
    pub enum ListReason {
        // An entry of the host's own lists: `192.0.2.0/24`, `helo:x.test`.
        Entry { entry: String } = "{entry}" / "{entry}";
        EntryFor { name: String, entry: String } = "{name}: {entry}" / "{name}：{entry}";
        NotListed { subject: String, lists: Vec<String> } = "{subject} is not on {lists}" / "{subject} 未列入 {lists}";
        Listed { subject: String, list: String, answer: IpAddr } = "{subject} is on {list}: {answer}" / "{subject} 已列入 {list}：{answer}";
        ListedWithText { subject: String, list: String, answer: IpAddr, text: String } = "{subject} is on {list}: {answer} ({text})" / "{subject} 已列入 {list}：{answer}（“{text}”）";
        NoAnswer { lists: Vec<String> } = "no answer from {lists}" / "{lists} 没有应答";
    }
}

catalogue! {
    /// What a rate limit counts.
    pub enum RateUnit {
        Connections = "connections" / "连接";
        Messages = "messages" / "邮件";
        Recipients = "recipients" / "收件人";
        UnknownRecipients = "unknown recipients" / "不存在的收件人";
        Errors = "errors" / "错误";
        Bytes = "bytes" / "字节";
    }
}

catalogue! {
    /// A check and its part of a score.
    pub enum ScorePart {
        Points { check: Check, points: i32 } = "{check} {points:+}" / "{check} {points:+}";
    }
}

catalogue! {
    /// The other checks of the inbound policy.
    pub enum PolicyReason {
        EarlyTalker { text: String } = "the client sent “{text}” before the greeting" / "客户端在收到问候语之前就发送了“{text}”";
        GreylistKnown { network: String } = "{network} has retried before" / "{network} 此前已通过灰名单";
        GreylistPassed { network: String, sender: String, recipient: String, seconds: u64 } = "{network}, <{sender}>, <{recipient}>: retried after {seconds} s" / "{network}，<{sender}>，<{recipient}>：{seconds} 秒后重试";
        GreylistWait { network: String, sender: String, recipient: String, seconds: u64 } = "{network}, <{sender}>, <{recipient}>: must retry after {seconds} s" / "{network}，<{sender}>，<{recipient}>：须在 {seconds} 秒后重试";
        Tarpit { refusals: u64, seconds: u64 } = "{refusals} rejections: the next reply is delayed by {seconds} s" / "已拒绝 {refusals} 次，下一次应答推迟 {seconds} 秒";
        RateExceeded { limit: u64, unit: RateUnit, seconds: u64, subject: String } = "more than {limit} {unit} in {seconds} s from {subject}" / "来自 {subject} 的{unit}在 {seconds} 秒内超过 {limit}";
        Score { points: i32, parts: Vec<ScorePart>, junk: i32, reject: i32 } = "{points} points ({parts}); Junk from {junk}, rejected from {reject}" / "合计 {points} 分（{parts}）；{junk} 分起归入垃圾邮件，{reject} 分起拒收";
        ScoreRejected { points: i32, parts: Vec<ScorePart>, reject: i32 } = "{points} points ({parts}); rejected from {reject}" / "合计 {points} 分（{parts}）；{reject} 分起拒收";
        NoScore { points: i32, junk: i32, reject: i32 } = "{points} points; Junk from {junk}, rejected from {reject}" / "合计 {points} 分；{junk} 分起归入垃圾邮件，{reject} 分起拒收";
        ReceivedLimit { limit: u64 } = "more than {limit} Received fields" / "Received 字段超过 {limit} 个";
        HeaderTooLarge { limit: u64 } = "the header may have at most {limit} bytes" / "邮件头最多 {limit} 字节";
        MessageTooLarge { limit: u64 } = "a message may have at most {limit} bytes" / "邮件最多 {limit} 字节";
        TooManyRecipients { limit: u64 } = "a message may have at most {limit} recipients" / "一封邮件最多 {limit} 个收件人";
        RelayPermitted { address: IpAddr, network: String, domain: String } = "{address} is in {network}, so mail for {domain} is relayed" / "{address} 属于 {network}，因此中继发往 {domain} 的邮件";
        OverQuota { bytes: u64, quota: u64 } = "the message has {bytes} bytes, the quota is {quota}" / "邮件有 {bytes} 字节，配额是 {quota} 字节";
        QuotaUsed { used: u64, quota: u64 } = "{used} of {quota} bytes are used" / "{quota} 字节的配额已用 {used} 字节";
        SrsInvalid = "this host did not issue the address" / "该地址不是由本机生成的";
        SrsExpired = "the address has expired" / "该地址已过期";
    }
}

catalogue! {
    /// The text of a reply by which this host rejects a command or a message.
    pub enum Rejection {
        Refused { reason: Box<crate::Reason> } = "rejected: {reason}" / "拒收：{reason}";
        DeniedWithText { text: String } = "not accepted here: {text}" / "本机不接受：“{text}”";
        Denied = "not accepted here by local policy" / "根据本服务器的策略拒绝接收";
        EarlyTalker = "wait for the greeting before sending commands" / "请在收到问候语之后再发送命令";
        Greylisted { seconds: u64 } = "greylisted; please try again in {seconds} seconds" / "灰名单：请 {seconds} 秒后再试";
        RateLimited { unit: RateUnit, seconds: u64 } = "too many {unit}; try again in {seconds} seconds" / "{unit}数量超出限制，请 {seconds} 秒后再试";
        NoSuchMailbox { address: String } = "<{address}>: no such mailbox here" / "<{address}>：收件人不存在";
        MailboxTooSmall { address: String } = "<{address}>: the message is larger than the mailbox quota" / "<{address}>：邮件大于整个邮箱的配额";
        MailboxFull { address: String } = "<{address}>: the mailbox is full" / "<{address}>：邮箱已满";
        BadRecipient { address: String, reason: PolicyReason } = "<{address}>: {reason}" / "<{address}>：{reason}";
        TooManyHops = "too many hops: the message loops" / "经过的主机过多：邮件在循环投递";
        AliasLoop = "the message has already passed this alias: it loops" / "邮件已经过这个别名：邮件在循环投递";
        RelayDenied { domain: String } = "relaying to {domain} is denied" / "拒绝向 {domain} 中继";
        SourceRouteDenied = "relaying by the local part is denied" / "拒绝按地址的用户名部分中继";
        BounceRecipients = "a message from <> must have exactly one recipient" / "发件人为 <> 的邮件只能有一个收件人";
        NotYourAddress { address: String } = "<{address}> is not one of your addresses" / "<{address}> 不是你的地址";
        NoSpace = "insufficient storage; try again later" / "存储空间不足，请稍后再试";
        StoreFailure = "the message cannot be stored now; try again later" / "暂时无法保存邮件，请稍后再试";
        SpfFail { domain: String } = "{domain} does not authorize this host to send its mail (SPF)" / "{domain} 未授权这台主机发送它的邮件（SPF）";
        SpfFailExplained { domain: String, text: String } = "{domain} does not authorize this host to send its mail (SPF); {domain} explains: {text}" / "{domain} 未授权这台主机发送它的邮件（SPF）；{domain} 的说明：“{text}”";
        DmarcReject { domain: String } = "the message fails DMARC, and {domain} asks for such messages to be rejected" / "邮件未通过 DMARC，{domain} 要求拒收此类邮件";
        NullRecipient = "the null path is not a recipient" / "空路径不能作为收件人";
        NoDomainHere = "this host has no mail domain yet" / "本机还没有邮件域名";
        AddressLiteral = "mail is sent to domains, not to address literals" / "邮件只能发往域名，不能发往 IP 地址";
        LocalOnly { address: String } = "<{address}>: only addresses of this server are accepted from the Lab console" / "<{address}>：在实验室控制台中只能发给本服务器的地址";
        ConsoleSender { address: String } = "<{address}> is not one of your addresses; the Lab console sends under your own" / "<{address}> 不是你的地址，在实验室控制台中只能用自己的地址发送邮件";
        NetworkSender { address: String } = "<{address}>: clients of this network must send from an address of this server" / "<{address}>：该网络的客户端只能用本服务器的地址发送邮件";
        HeaderTooLarge { limit: u64 } = "the header exceeds the maximum size of {limit} bytes" / "邮件头超过 {limit} 字节的上限";
        MessageTooLarge { limit: u64 } = "the message exceeds the maximum size of {limit} bytes" / "邮件超过 {limit} 字节的上限";
        TooManyRecipients { limit: u64 } = "a message may have at most {limit} recipients" / "一封邮件最多 {limit} 个收件人";
        NoRecipients = "the message has no recipients" / "邮件没有收件人";
        SenderWithoutDomain = "the sender address needs a domain" / "发件人地址必须带域名";
        ContainsNul = "the message contains a NUL character" / "邮件中含有空字符（NUL）";
        NotYourAuthor { address: String } = "<{address}> in From is not one of your addresses" / "From 中的 <{address}> 不是您的地址";
        LineTooLong { limit: u64 } = "a line of the header or of a signed part is longer than {limit} characters, which mail does not permit" / "邮件头或已签名的部分中有一行超过 {limit} 个字符，不符合邮件标准";
    }
}
