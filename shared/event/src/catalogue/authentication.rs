//! Message authentication: what SPF, DKIM, DMARC and ARC found, and why.

use super::catalogue;
use mail::dns::Failure;
use std::net::IpAddr;

/// A result as Authentication-Results words it (RFC 8601 §2.7); the same in every language.
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident { $($variant:ident = $word:literal;)+ }) => {
        catalogue! {
            $(#[$meta])*
            pub enum $name { $($variant = $word / $word;)+ }
        }

        impl Copy for $name {}

        impl $name {
            /// The word.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $word),+
                }
            }

            /// The value of a word.
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some($name::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

words! {
    /// The result of a method (RFC 8601 §2.7).
    pub enum AuthResult {
        None = "none";
        Neutral = "neutral";
        Pass = "pass";
        Fail = "fail";
        SoftFail = "softfail";
        Policy = "policy";
        TempError = "temperror";
        PermError = "permerror";
    }
}

words! {
    /// Which identity SPF was asked about (RFC 7208 §2.3, §2.4).
    pub enum SpfIdentity {
        Helo = "HELO";
        MailFrom = "MAIL FROM";
    }
}

words! {
    /// A method that verifies a domain.
    pub enum AuthMethod {
        Spf = "SPF";
        Dkim = "DKIM";
    }
}

words! {
    /// `p=`, `sp=`, `np=` of a DMARC record (RFC 9989 §4.7).
    pub enum DmarcDisposition {
        None = "none";
        Quarantine = "quarantine";
        Reject = "reject";
    }
}

words! {
    /// `adkim=`, `aspf=` of a DMARC record.
    pub enum AlignmentMode {
        Relaxed = "relaxed";
        Strict = "strict";
    }
}

catalogue! {
    /// How a term of an SPF record matched.
    pub enum SpfMatch {
        All = "matches every host" / "适用于所有主机";
        Network { address: IpAddr } = "covers {address}" / "涵盖 {address}";
        Address { found: IpAddr, address: IpAddr } = "resolves to {found}, which covers {address}" / "解析到 {found}，涵盖 {address}";
        Exchanger { host: String, found: IpAddr, address: IpAddr } = "names {host} [{found}], which covers {address}" / "指向 {host} [{found}]，涵盖 {address}";
        Ptr { name: String, address: IpAddr } = "matches {name}, the name of {address}" / "与 {address} 的名称 {name} 相符";
        Exists { name: String } = "finds {name}" / "查到了 {name}";
        Include = "passes" / "通过";
        IncludeBecause { reason: Box<SpfReason> } = "passes: {reason}" / "通过：{reason}";
    }
}

catalogue! {
    /// What decided SPF (RFC 7208).
    pub enum SpfReason {
        NotADomain { name: String } = "“{name}” is not a domain that can publish a record" / "“{name}”不是可以发布记录的域名";
        NoSuchDomain { domain: String } = "{domain} does not exist" / "{domain} 不存在";
        Dns { name: String, record: String, failure: Failure } = "{name} {record}: {failure}" / "查询 {name} {record}：{failure}";
        NoRecord { domain: String } = "{domain} publishes no SPF record" / "{domain} 没有发布 SPF 记录";
        SeveralRecords { domain: String } = "{domain} publishes more than one SPF record" / "{domain} 发布了不止一条 SPF 记录";
        Syntax { term: String, domain: String, record: String } = "the term “{term}” of {domain} is not valid: {record}" / "{domain} 的记录里“{term}”一项不合语法：{record}";
        TooManyLookups { term: String, domain: String, limit: u32 } = "“{term}” of {domain} exceeds the limit of {limit} terms that need DNS lookups" / "{domain} 的“{term}”超出了需查询 DNS 的项的上限（{limit} 个）";
        Matched { term: String, domain: String, how: SpfMatch, record: String } = "“{term}” of {domain} {how}; its record: {record}" / "{domain} 的“{term}”{how}；它的记录：{record}";
        NoMatch { domain: String, address: IpAddr, record: String } = "no term of {domain} matches {address}; its record: {record}" / "{domain} 的记录没有一项与 {address} 相符；它的记录：{record}";
        Redirect { domain: String, target: String, reason: Box<SpfReason> } = "{domain} redirects to {target}: {reason}" / "{domain} 重定向到 {target}：{reason}";
        RedirectWithoutRecord { domain: String, target: String, reason: Box<SpfReason> } = "{domain} redirects to {target}, but {reason}" / "{domain} 重定向到 {target}，但{reason}";
        Include { domain: String, target: String, reason: Box<SpfReason> } = "{domain} includes {target}: {reason}" / "{domain} 引用了 {target}：{reason}";
        TooManyExchangers { domain: String, limit: u32 } = "{domain} has more than {limit} MX records" / "{domain} 的 MX 记录超过 {limit} 条";
        TooManyVoidLookups { name: String, limit: u32 } = "the lookup of {name} exceeds the limit of {limit} lookups without an answer" / "查询 {name} 没有结果，已超出空结果的上限（{limit} 次）";
        TooManyVoidReverseLookups { address: IpAddr, limit: u32 } = "the reverse lookup of {address} exceeds the limit of {limit} lookups without an answer" / "反向查询 {address} 没有结果，已超出空结果的上限（{limit} 次）";
    }
}

catalogue! {
    /// What is wrong with a tag list (RFC 6376 §3.2) or with a signature in that form.
    pub enum SignatureError {
        TagName { name: String } = "“{name}” is not a tag name" / "“{name}”不是标签名";
        TagSyntax { text: String } = "“{text}” is not a tag" / "“{text}”不是标签";
        DuplicateTag { tag: String } = "the tag {tag}= occurs twice" / "标签 {tag}= 出现了两次";
        TooManyTags { limit: u32 } = "there are more than {limit} tags" / "标签超过 {limit} 个";
        Missing { tag: String } = "{tag}= is missing" / "缺少 {tag}=";
        MissingOrNotBase64 { tag: String } = "{tag}= is missing or not base64" / "缺少 {tag}=，或它不是 base64";
        NotANumber { tag: String, text: String } = "{tag}={text} is not a number" / "{tag}={text} 不是数字";
        Version { version: String } = "v={version} is not the version of RFC 6376" / "v={version} 不是 RFC 6376 的版本";
        QueryMethod { text: String } = "the key query method q={text} is not supported" / "不支持查询公钥的方法 q={text}";
        FromNotSigned = "h= does not name From" / "h= 没有列出 From";
        SealSigned = "h= names ARC-Seal" / "h= 列出了 ARC-Seal";
        EmptyFieldName = "h= has an empty name" / "h= 里有空的字段名";
        Identity { identity: String, domain: String } = "i=…@{identity} is not within d={domain}" / "i=…@{identity} 不在 d={domain} 之内";
        Times { expires: u64, created: u64 } = "x={expires} is not after t={created}" / "x={expires} 不晚于 t={created}";
        NotDomainNames { domain: String, selector: String } = "d={domain} and s={selector} are not domain names" / "d={domain} 和 s={selector} 不是域名";
        Instance { text: String } = "i={text} is not an instance number" / "i={text} 不是实例编号";
        Canonicalization { text: String } = "the canonicalization c={text} is not supported" / "不支持规范化方式 c={text}";
        Algorithm { name: String } = "the algorithm a={name} is not supported" / "不支持算法 a={name}";
        ArcVersion = "an ARC-Message-Signature must not have v=" / "ARC-Message-Signature 不应有 v=";
        SealFields = "an ARC-Seal must not have h=" / "ARC-Seal 不应有 h=";
    }
}

catalogue! {
    /// What is wrong with a public key record (RFC 6376 §3.6.1).
    pub enum KeyRecordError {
        Tags(error: SignatureError) = "{error}" / "{error}";
        Version { version: String } = "v={version} is not “DKIM1” at the beginning" / "v={version} 不是开头的“DKIM1”";
        KeyType { found: String, algorithm: String } = "the key is k={found}, but the signature is {algorithm}" / "公钥是 k={found}，签名却是 {algorithm}";
        Hash { hash: String, allowed: String } = "the key is not for {hash}: h={allowed}" / "公钥不用于 {hash}：h={allowed}";
        Service { services: String } = "the key is not for mail: s={services}" / "公钥不用于邮件：s={services}";
        Revoked = "the key was revoked: p= is empty" / "公钥已作废：p= 为空";
        NotBase64 = "p= is not base64" / "p= 不是 base64";
        Ed25519Length { bytes: u64 } = "an Ed25519 key has 32 bytes, not {bytes}" / "Ed25519 公钥应有 32 字节，而不是 {bytes}";
        NotRsa = "p= holds no RSA key" / "p= 里不是 RSA 公钥";
        Unusable { text: String } = "the key cannot be used: {text}" / "公钥无法使用：“{text}”";
    }
}

catalogue! {
    /// What decided about one DKIM signature (RFC 6376).
    pub enum DkimReason {
        Malformed(error: SignatureError) = "{error}" / "{error}";
        BodyChanged { form: String, bytes: u64, computed: String, stated: String } = "the body was changed: its {form} form of {bytes} bytes hashes to {computed}, bh= is {stated}" / "正文被改动过：它的 {form} 形式（{bytes} 字节）的摘要是 {computed}，bh= 是 {stated}";
        LengthBeyondBody { bytes: u64 } = "l= is more than the {bytes} bytes of the body" / "l= 大于正文的 {bytes} 字节";
        PartOfBody { bytes: u64, reason: Box<DkimReason> } = "{bytes} bytes at the end of the body are not signed (l=); {reason}" / "正文末尾有 {bytes} 字节没有签名（l=）；{reason}";
        Expired { at: String, reason: Box<DkimReason> } = "the signature expired at {at}; {reason}" / "签名已于 {at} 过期；{reason}";
        Verified { value: Box<DkimReason>, fields: String, bytes: u64, digest: String } = "{value}; h={fields}; the body of {bytes} bytes hashes to {digest}" / "{value}；h={fields}；正文 {bytes} 字节，摘要是 {digest}";
        Dns { name: String, failure: Failure } = "{name}: {failure}" / "查询 {name}：{failure}";
        NoKey { name: String } = "no key is published at {name}" / "{name} 没有发布公钥";
        BadKey { name: String, error: KeyRecordError } = "the record at {name} cannot be used: {error}" / "{name} 的记录无法使用：{error}";
        StrictKey { name: String, identity: String, domain: String } = "the key at {name} has t=s, but i=…@{identity} is not d={domain}" / "{name} 的公钥注明 t=s，但 i=…@{identity} 不等于 d={domain}";
        ShortKey { name: String, bits: u64, minimum: u64 } = "the key at {name} has {bits} bits; at least {minimum} are required (RFC 8301)" / "{name} 的公钥只有 {bits} 位，至少需要 {minimum} 位（RFC 8301）";
        ValueWrong { algorithm: String, name: String } = "b= is not the {algorithm} signature of this header by the key at {name}" / "b= 不是 {name} 的公钥对这些邮件头的 {algorithm} 签名";
        ValueRight { algorithm: String, name: String } = "b= is the {algorithm} signature of this header by the key at {name}" / "b= 是 {name} 的公钥对这些邮件头的 {algorithm} 签名";
        ValueRightRsa { algorithm: String, name: String, bits: u64 } = "b= is the {algorithm} signature of this header by the key of {bits} bits at {name}" / "b= 是 {name} 的 {bits} 位公钥对这些邮件头的 {algorithm} 签名";
        Sha1 { name: String } = "the signature matches the key at {name}, but rsa-sha1 is obsolete (RFC 8301)" / "签名与 {name} 的公钥相符，但 rsa-sha1 已废弃（RFC 8301）";
        Testing { reason: Box<DkimReason> } = "{reason} (the domain is testing: t=y)" / "{reason}（该域正在试用：t=y）";
    }
}

catalogue! {
    /// Why a message was or was not signed here.
    pub enum SigningReason {
        Signed { algorithm: String, domain: String, key: String, fields: String, digest: String } = "{algorithm} for d={domain} by the key at {key}; h={fields}; the body hashes to {digest}" / "用 {key} 的密钥为 d={domain} 签名（{algorithm}）；h={fields}；正文的摘要是 {digest}";
        NoFrom = "a message without From is not signed (RFC 6376 §5.4)" / "没有 From 的邮件不签名（RFC 6376 §5.4）";
        KeyUnusable { text: String } = "the key cannot be used: {text}" / "密钥无法使用：“{text}”";
    }
}

catalogue! {
    /// A domain that a method verified.
    pub enum VerifiedDomain {
        By { method: AuthMethod, domain: String } = "{method} verified {domain}" / "{method} 验证了 {domain}";
    }
}

catalogue! {
    /// What decided DMARC (RFC 9989).
    pub enum DmarcReason {
        TooManyAuthors { limit: u32 } = "From names more than {limit} domains" / "From 里的域名超过 {limit} 个";
        NoAuthor = "From names no domain that can be looked up" / "From 里没有可以查询的域名";
        Dns { name: String, failure: Failure } = "{name}: {failure}" / "查询 {name}：{failure}";
        NoRecord { domain: String } = "neither {domain} nor a domain above it publishes a DMARC record" / "{domain} 和它的上级域都没有发布 DMARC 记录";
        Aligned { method: AuthMethod, verified: String, domain: String } = "{method} verified {verified}, which is aligned with {domain}" / "{method} 验证了 {verified}，它与 {domain} 一致";
        NotAligned { verified: Vec<VerifiedDomain>, domain: String } = "{verified}, not aligned with {domain}" / "{verified}，但与 {domain} 不一致";
        NothingVerified { domain: String } = "neither SPF nor DKIM verified any domain, so none is aligned with {domain}" / "SPF 和 DKIM 没有验证任何域名，因此没有与 {domain} 一致的";
        DkimUndecided { domain: String } = "the signature of {domain} cannot be verified for now" / "{domain} 的签名暂时无法验证";
        SpfUndecided { domain: String } = "SPF of {domain} cannot be decided for now" / "{domain} 的 SPF 暂时没有结论";
        WithRecord { reason: Box<DmarcReason>, tag: String, policy: DmarcDisposition, name: String, record: String } = "{reason}; {tag}={policy} at {name}: {record}" / "{reason}；{name} 的策略是 {tag}={policy}：{record}";
        Testing { reason: Box<DmarcReason>, applied: DmarcDisposition } = "{reason}; t=y makes that {applied}" / "{reason}；t=y 使它减轻为 {applied}";
        Overridden { reason: Box<DmarcReason> } = "{reason}; accepted because a trusted host sealed that it passed there (ARC)" / "{reason}；受信任主机的 ARC 签名证明邮件此前已通过验证，因此接收";
        UnknownPolicy { name: String, policy: String } = "the record at {name} cannot be used: p={policy} is none of none, quarantine and reject" / "{name} 的记录无法使用：p={policy} 不是 none、quarantine 或 reject";
        WrongBeginning { name: String, beginning: String } = "the record at {name} cannot be used: it must begin with “v=DMARC1;”, not with “{beginning}”" / "{name} 的记录无法使用：应以“v=DMARC1;”开头，而不是“{beginning}”";
        MissingPolicy { name: String } = "the record at {name} cannot be used: it states no policy (p=)" / "{name} 的记录无法使用：没有写明策略（p=）";
    }
}

catalogue! {
    /// What decided about a chain of ARC sets (RFC 8617).
    pub enum ArcReason {
        NotSealed = "no earlier host has sealed the message" / "之前没有主机对邮件添加 ARC 签名";
        Valid { sealers: Vec<String> } = "every seal is valid, and so is the newest message signature: {sealers}" / "所有 ARC 签名和最新的邮件签名都有效：{sealers}";
        ChainValue { instance: u32, found: String, expected: String } = "the seal i={instance} has cv={found}, not {expected}" / "ARC 签名 i={instance} 的 cv={found}，应为 {expected}";
        MessageSignature { instance: u32, reason: DkimReason } = "the newest ARC-Message-Signature (i={instance}): {reason}" / "最新的 ARC-Message-Signature（i={instance}）：{reason}";
        Seal { instance: u32, reason: DkimReason } = "the ARC-Seal i={instance}: {reason}" / "ARC-Seal i={instance}：{reason}";
        Malformed { field: String, error: SignatureError } = "an {field} cannot be used: {error}" / "有一个 {field} 无法使用：{error}";
        TooManySets { limit: u32 } = "there are more than {limit} sets" / "ARC 签名超过 {limit} 组";
        Incomplete { seals: u64, signatures: u64, results: u64 } = "the sets are incomplete: {seals} seals, {signatures} message signatures, {results} results" / "ARC 集不完整：{seals} 个 ARC-Seal，{signatures} 个邮件签名，{results} 个结果";
        Numbering { instance: u32 } = "the sets are not numbered 1, 2, 3 …: i={instance} is missing or occurs twice" / "ARC 签名没有按 1、2、3……编号：i={instance} 缺少或重复";
    }
}
