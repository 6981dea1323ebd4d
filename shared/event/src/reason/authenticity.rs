//! Reasons of SPF, DKIM, ARC and DMARC. What the words of these protocols are called (`pass`,
//! `fail`, `bh=`) is the same in both languages.

use super::phrase::{Phrase, phrase};

pub(super) const PHRASES: &[Phrase] = &[
    // `subject: result – reason`
    phrase("verdict.of", "{t}: {w} – {e}", "{0}：{1}，{2}"),
    phrase("verdict", "{w} – {e}", "{0}，{1}"),
    phrase(
        "arc.let-pass",
        "{r}; let pass because a trusted host sealed that it passed there (ARC)",
        "{0}；但受信任的主机封签证明它在那里通过了（ARC），所以放行",
    ),
    phrase(
        "dmarc.testing",
        "{r}; {w} at _dmarc.{w}: {t}; t=y makes that {w}",
        "{0}；_dmarc.{2} 写着 {1}：“{3}”；t=y 把它减轻为 {4}",
    ),
    phrase(
        "dmarc.record",
        "{r}; {w} at _dmarc.{w}: {t}",
        "{0}；_dmarc.{2} 写着 {1}：“{3}”",
    ),
    phrase(
        "dmarc.many",
        "From names more than {w} domains",
        "From 里的域超过 {0} 个",
    ),
    phrase(
        "dmarc.no-author",
        "From names no domain that could be asked",
        "From 里没有可以查问的域",
    ),
    phrase(
        "dmarc.none",
        "neither {w} nor a domain above it publishes a DMARC record",
        "{0} 和它的上级域都没有公布 DMARC 记录",
    ),
    phrase(
        "dmarc.aligned",
        "{w} verified {w}, which speaks for {w}",
        "{0} 证实了 {1}，它能替 {2} 作保",
    ),
    phrase(
        "dmarc.unaligned",
        "{r}, which does not speak for {w}",
        "{0}，但那不能替 {1} 作保",
    ),
    phrase(
        "dmarc.verified-more",
        "{w} verified {w}, {r}",
        "{0} 证实了 {1}，{2}",
    ),
    phrase("dmarc.verified", "{w} verified {w}", "{0} 证实了 {1}"),
    phrase(
        "dmarc.nothing",
        "neither SPF nor DKIM verified any domain, so none speaks for {w}",
        "SPF 和 DKIM 没有证实任何域，所以没有谁能替 {0} 作保",
    ),
    phrase(
        "dmarc.dkim-later",
        "the signature of {w} could not be verified for now",
        "{0} 的签名暂时无法验证",
    ),
    phrase(
        "dmarc.spf-later",
        "SPF of {w} could not be decided for now",
        "{0} 的 SPF 暂时没有结论",
    ),
    phrase(
        "spf.no-domain",
        "“{t}” is no domain that could publish a record",
        "“{0}”不是能公布记录的域",
    ),
    phrase(
        "spf.grammar",
        "the term “{t}” of {w} breaks the grammar: {t}",
        "{1} 的记录里，“{0}”一项不合语法：“{2}”",
    ),
    phrase(
        "spf.eleventh",
        "“{t}” of {w} would be the eleventh term that asks DNS; {w} are allowed",
        "{1} 的“{0}”是第十一个要查 DNS 的项，最多允许 {2} 个",
    ),
    phrase(
        "spf.decided",
        "“{t}” of {w} {r}; its record: {t}",
        "{1} 的“{0}”{2}；它的记录：“{3}”",
    ),
    phrase("spf.decided-short", "“{t}” of {w} {r}", "{1} 的“{0}”{2}"),
    phrase("spf.all", "fits every host", "适用于所有主机"),
    phrase("spf.covers", "covers {w}", "涵盖 {0}"),
    phrase(
        "spf.host-covers",
        "leads to {w} [{w}], which covers {w}",
        "指向 {0} [{1}]，涵盖 {2}",
    ),
    phrase(
        "spf.leads",
        "leads to {w}, which covers {w}",
        "指向 {0}，涵盖 {1}",
    ),
    phrase(
        "spf.name",
        "fits {w}, the name of {w}",
        "符合 {1} 的名字 {0}",
    ),
    phrase("spf.finds", "finds {w}", "查到了 {0}"),
    phrase("spf.passes-by", "passes: {r}", "通过：{0}"),
    phrase("spf.passes", "passes", "通过"),
    phrase(
        "spf.redirects-but",
        "{w} redirects to {w}, but {r}",
        "{0} 转到 {1}，可是{2}",
    ),
    phrase(
        "spf.redirects",
        "{w} redirects to {w}: {r}",
        "{0} 转到 {1}：{2}",
    ),
    phrase(
        "spf.default",
        "no term of {w} speaks of {w}; its record: {t}",
        "{0} 的记录没有一项提到 {1}；它的记录：“{2}”",
    ),
    phrase(
        "spf.includes",
        "{w} includes {w}: {r}",
        "{0} 引用了 {1}：{2}",
    ),
    phrase(
        "spf.many-mx",
        "{w} has more than {w} MX records",
        "{0} 的 MX 记录超过 {1} 条",
    ),
    phrase(
        "spf.void",
        "the question for {w} is the third that comes to nothing; {w} are allowed",
        "查询 {0} 是第三次落空，最多允许 {1} 次",
    ),
    phrase("spf.missing", "{w} does not exist", "{0} 不存在"),
    phrase(
        "spf.none",
        "{w} publishes no SPF record",
        "{0} 没有公布 SPF 记录",
    ),
    phrase(
        "spf.several",
        "{w} publishes more than one SPF record",
        "{0} 公布了不止一条 SPF 记录",
    ),
    phrase("dkim.none", "the message is not signed", "信没有签名"),
    phrase(
        "dkim.body",
        "the body was changed: its {w} form of {w} octets hashes to {w}, bh= says {w}",
        "正文被改过：它的 {0} 形式（{1} 字节）摘要是 {2}，bh= 写的是 {3}",
    ),
    phrase(
        "dkim.l-long",
        "l= is more than the {w} octets that there are",
        "l= 比正文的 {0} 字节还多",
    ),
    phrase(
        "dkim.l-short",
        "{w} octets at the end of the body are not signed (l=); {r}",
        "正文末尾有 {0} 字节没有签名（l=）；{1}",
    ),
    phrase(
        "dkim.expired",
        "the signature expired at {w}; {r}",
        "签名已于 {0} 过期；{1}",
    ),
    phrase(
        "dkim.holds",
        "{r}; h={w}; the body of {w} octets hashes to {w}",
        "{0}；h={1}；正文 {2} 字节，摘要是 {3}",
    ),
    phrase(
        "dkim.no-key",
        "no key is published at {w}",
        "{0} 没有公布公钥",
    ),
    phrase(
        "dkim.key-useless",
        "the record at {w} is no use: {e}",
        "{0} 的记录没有用：{1}",
    ),
    phrase(
        "dkim.key-strict",
        "the key at {w} has t=s, but i={w} is not d={w}",
        "{0} 的公钥注明 t=s，而 i={1} 不等于 d={2}",
    ),
    phrase(
        "dkim.key-short",
        "the key at {w} has {w} bits; fewer than {w} prove nothing (RFC 8301)",
        "{0} 的公钥只有 {1} 位；少于 {2} 位什么也证明不了（RFC 8301）",
    ),
    phrase(
        "dkim.testing",
        "{r} (the domain is only testing: t=y)",
        "{0}（该域只是在试用：t=y）",
    ),
    phrase(
        "dkim.not-value",
        "b= is not the {w} signature of this header by the key at {w}",
        "b= 不是用 {1} 的公钥能验证的、对这些信头的 {0} 签名",
    ),
    phrase(
        "dkim.value-bits",
        "b= is the {w} signature of this header by the key of {w} bits at {w}",
        "b= 正是对这些信头的 {0} 签名，由 {2} 的 {1} 位公钥证实",
    ),
    phrase(
        "dkim.value",
        "b= is the {w} signature of this header by the key at {w}",
        "b= 正是对这些信头的 {0} 签名，由 {1} 的公钥证实",
    ),
    phrase(
        "dkim.sha1",
        "the signature fits the key at {w}, but rsa-sha1 proves nothing any more (RFC 8301)",
        "签名与 {0} 的公钥相符，但 rsa-sha1 已经证明不了什么（RFC 8301）",
    ),
    phrase(
        "dkim.signed",
        "{w} for d={w} by the key at {w}; h={w}; the body hashes to {w}",
        "用 {2} 的密钥为 d={1} 签名（{0}）；h={3}；正文的摘要是 {4}",
    ),
    phrase(
        "dkim.no-from",
        "a message without From is not signed (RFC 6376 §5.4)",
        "没有 From 的信不签名（RFC 6376 §5.4）",
    ),
    phrase(
        "dkim.version",
        "v={w} is not the version of RFC 6376",
        "v={0} 不是 RFC 6376 的版本",
    ),
    phrase(
        "dkim.query",
        "q={t} is no way to find the key that is known here",
        "q={0} 这种找公钥的办法这里不认得",
    ),
    phrase("dkim.h-from", "h= does not name From", "h= 没有列出 From"),
    phrase("dkim.h-seal", "h= names ARC-Seal", "h= 列出了 ARC-Seal"),
    phrase(
        "dkim.h-empty",
        "h= has an empty name",
        "h= 里有一个空的名字",
    ),
    phrase(
        "dkim.identity",
        "i={w} is not within d={w}",
        "i={0} 不在 d={1} 之内",
    ),
    phrase(
        "dkim.times",
        "x={w} is not after t={w}",
        "x={0} 不晚于 t={1}",
    ),
    phrase(
        "dkim.no-names",
        "d={w} and s={w} are no names",
        "d={0} 和 s={1} 不是名字",
    ),
    phrase("dkim.instance", "i={t} is no instance", "i={0} 不是序号"),
    phrase(
        "dkim.form",
        "c={t} is no form that is known here",
        "c={0} 这种形式这里不认得",
    ),
    phrase(
        "dkim.algorithm",
        "{w} is no algorithm that is known here",
        "{0} 这种算法这里不认得",
    ),
    phrase(
        "dkim.missing-or",
        "{w} is missing or no base64",
        "缺少 {0}，或它不是 base64",
    ),
    phrase("dkim.missing", "{w} is missing", "缺少 {0}"),
    phrase("dkim.no-base64", "{w} is no base64", "{0} 不是 base64"),
    phrase("dkim.no-number", "{w} is no number", "{0} 不是数"),
    phrase("tags.name", "“{t}” is no name of a tag", "“{0}”不是标签名"),
    phrase("tags.tag", "“{t}” is no tag", "“{0}”不是标签"),
    phrase(
        "tags.twice",
        "the tag {w} occurs twice",
        "标签 {0} 出现了两次",
    ),
    phrase(
        "tags.many",
        "there are more than {w} tags",
        "标签超过 {0} 个",
    ),
    phrase(
        "key.version",
        "v={w} is not “DKIM1” at the beginning",
        "v={0} 不是开头的“DKIM1”",
    ),
    phrase(
        "key.kind",
        "the key is k={w}, but the signature is {w}",
        "公钥是 k={0}，签名却是 {1}",
    ),
    phrase(
        "key.hash",
        "the key is not for {w}: h={t}",
        "公钥不用于 {0}：h={1}",
    ),
    phrase(
        "key.service",
        "the key is not for mail: s={t}",
        "公钥不用于邮件：s={0}",
    ),
    phrase(
        "key.revoked",
        "the key was revoked: p= is empty",
        "公钥已作废：p= 是空的",
    ),
    phrase(
        "key.ed25519",
        "an Ed25519 key has 32 octets, not {w}",
        "Ed25519 公钥有 32 字节，不是 {0}",
    ),
    phrase("key.rsa", "p= holds no RSA key", "p= 里不是 RSA 公钥"),
    phrase(
        "key.unusable",
        "the key cannot be used: {e}",
        "公钥不能用：{0}",
    ),
    phrase(
        "arc.none",
        "no earlier host has sealed the message",
        "前面没有主机给信封签",
    ),
    phrase(
        "arc.holds",
        "every seal holds, and the newest message signature fits: {t}",
        "每一道封签都成立，最新的信件签名也相符：{0}",
    ),
    phrase(
        "arc.cv",
        "the seal {w} says {w}, not {w}",
        "封签 {0} 写着 {1}，不是 {2}",
    ),
    phrase(
        "arc.message",
        "the newest ARC-Message-Signature ({w}): {e}",
        "最新的 ARC-Message-Signature（{0}）：{1}",
    ),
    phrase("arc.seal", "the ARC-Seal {w}: {e}", "ARC-Seal {0}：{1}"),
    phrase(
        "arc.useless",
        "an {w} is no use: {e}",
        "有一个 {0} 没有用：{1}",
    ),
    phrase(
        "arc.many",
        "there are more than {w} sets",
        "封签超过 {0} 组",
    ),
    phrase(
        "arc.unwhole",
        "the sets are not whole: {t}",
        "封签不成套：“{0}”",
    ),
    phrase(
        "arc.numbers",
        "the sets are not numbered 1, 2, 3 …: {w} is missing or stands twice",
        "封签没有按 1、2、3……编号：{0} 缺少或重复",
    ),
    phrase(
        "arc.no-version",
        "an ARC-Message-Signature has no v=",
        "ARC-Message-Signature 不该有 v=",
    ),
    phrase("arc.no-h", "an ARC-Seal has no h=", "ARC-Seal 不该有 h="),
    // Said of a name and an address; so plain that everything else is tried before.
    phrase("is", "{w} is {w}", "{0} 就是 {1}"),
];
