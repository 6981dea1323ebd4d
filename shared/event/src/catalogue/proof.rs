//! The steps of a proof, which form a tree: each step has its depth, and the steps that support it
//! follow one level deeper. Steps contain text from messages and from DNS; `auth::proof` limits its
//! length.

use super::authentication::{
    AlignmentMode, AuthMethod, DkimReason, DmarcDisposition, SpfMatch, SpfReason,
};
use super::catalogue;
use super::codec::{self, Coded, Input, Malformed, Output};
use crate::locale::{Locale, Localize};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::net::IpAddr;

/// One step of a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofStep {
    /// The depth in the tree, from 0.
    pub depth: u32,
    /// What the step found.
    pub fact: ProofFact,
}

catalogue! {
    /// The outcome of a term of an SPF record.
    pub enum TermOutcome {
        Match { how: SpfMatch } = "{how}" / "{how}";
        NoMatch = "does not match" / "不相符";
        Error { reason: SpfReason } = "cannot be evaluated: {reason}" / "无法判断：{reason}";
    }
}

catalogue! {
    /// What a step found.
    pub enum ProofFact {
        // A step of an earlier version, shown as it was written.
        Legacy { text: String } = "{text}" / "{text}";
        // A step of an earlier version that said what would change the verdict.
        LegacyFlip { text: String } = "{text}" / "{text}";
        // SPF.
        Client { address: IpAddr } = "the client's address is {address}" / "客户端的地址是 {address}";
        Record { name: String, text: String } = "{name} TXT: {text}" / "{name} TXT：{text}";
        NoSpfRecord { name: String, reason: SpfReason } = "{name} TXT: {reason}" / "{name} TXT：{reason}";
        Term { term: String, outcome: TermOutcome, lookups: u32, void_lookups: u32 } = "{term} {outcome} (lookups {lookups}, without an answer {void_lookups})" / "{term} {outcome}（查询 {lookups} 次，空结果 {void_lookups} 次）";
        NoTermMatches = "no term matches: the result is neutral" / "没有一项相符：结果是 neutral";
        // DKIM.
        Signature { domain: String, selector: String, algorithm: String, canonicalization: String } = "the signature: d={domain}, s={selector}, a={algorithm}, c={canonicalization}" / "签名：d={domain}，s={selector}，a={algorithm}，c={canonicalization}";
        Field { name: String, bytes: u64, digest: String, text: String } = "covers {name} ({bytes} bytes, digest {digest}): {text}" / "覆盖字段 {name}（{bytes} 字节，摘要 {digest}）：{text}";
        AbsentFields { names: Vec<String> } = "h= names fields that are absent ({names}): none can be added" / "h= 还列了邮件里没有的字段（“{names}”）：以后也不能添加";
        BodyVerified { form: String, bytes: u64, computed: String, stated: String } = "the body ({form}, {bytes} bytes) hashes to {computed}; bh= is {stated}" / "正文（{form}，{bytes} 字节）的摘要是 {computed}；bh= 是 {stated}";
        BodySigned { form: String, digest: String } = "the body ({form}) hashes to {digest}" / "正文（{form}）的摘要是 {digest}";
        Key { name: String, text: String } = "{name} TXT: {text}" / "{name} TXT：{text}";
        NoKey { name: String, reason: DkimReason } = "{name} TXT: {reason}" / "{name} TXT：{reason}";
        ValueRight = "b= is the signature of these fields by this key" / "b= 是该公钥对这些字段的签名";
        ValueWrong = "b= is not the signature of these fields by this key" / "b= 不是该公钥对这些字段的签名";
        // DMARC.
        Author { domain: String } = "the domain in From: {domain}" / "From 里的域名：{domain}";
        PolicyRecord { name: String, text: String } = "{name} TXT: {text}" / "{name} TXT：{text}";
        NoPolicyRecord { name: String } = "{name} TXT: no record; one level up" / "{name} TXT：没有记录，再查上一级";
        Organization { domain: String } = "the organizational domain: {domain}" / "所属机构的域名：{domain}";
        Identifier { method: AuthMethod, domain: String, mode: AlignmentMode } = "{method} verified {domain}: aligned with From ({mode})" / "{method} 验证了 {domain}：与 From 一致（{mode}）";
        UnalignedIdentifier { method: AuthMethod, domain: String, mode: AlignmentMode } = "{method} verified {domain}: not aligned with From ({mode})" / "{method} 验证了 {domain}：与 From 不一致（{mode}）";
        NoIdentifier { method: AuthMethod } = "{method} verified no domain" / "{method} 没有验证任何域名";
        Policy { tag: String, stated: DmarcDisposition, applied: DmarcDisposition } = "{tag}={stated}: the domain asks for that; applied: {applied}" / "{tag}={stated}：域名所有者要求的处理；实际按 {applied} 处理";
        // The smallest change that would turn the verdict.
        Flip(change: Flip) = "{change}" / "{change}";
        // DMARC: what is wrong with p=.
        UnknownPolicy { policy: String } = "p={policy} is none of none, quarantine and reject; as the record asks for reports (rua=), it counts as p=none" / "p={policy} 不是 none、quarantine 或 reject；因为记录要求发送报告（rua=），按 p=none 处理";
        MissingPolicy = "the record states no policy (p=); as it asks for reports (rua=), it counts as p=none" / "记录没有写明策略（p=）；因为它要求发送报告（rua=），按 p=none 处理";
    }
}

catalogue! {
    /// The smallest change that would turn a verdict.
    pub enum Flip {
        AddTerm { term: String, domain: String } = "{term} added to the record of {domain}" / "在 {domain} 的记录里加上 {term}";
        RemoveTerm { term: String, domain: String } = "{term} removed from the record of {domain}" / "从 {domain} 的记录里去掉 {term}";
        ReplaceTerm { new: String, term: String, domain: String } = "{new} in place of {term} in the record of {domain}" / "在 {domain} 的记录里用 {new} 代替 {term}";
        PublishRecord { domain: String, text: String } = "a TXT record at {domain}: {text}" / "在 {domain} 发布 TXT 记录：{text}";
        RestoreBody = "the body as it was when it was signed" / "正文与签名时一字不差";
        RestoreHeader = "the covered fields as they were when they were signed" / "签名覆盖的字段与签名时一样";
        PublishKey { name: String } = "the key published at {name}" / "在 {name} 重新发布公钥";
        AnyChange = "any change to what the signature covers" / "签名覆盖的内容有任何改动，就不再通过";
        Align = "a verified domain that is aligned with From" / "让已验证的域名与 From 的域名一致";
        Sign { domain: String } = "a DKIM signature with d={domain}" / "用 {domain} 的密钥签名（DKIM d={domain}）";
        Unalign = "a verified domain that is not aligned with From" / "让已验证的域名不再与 From 一致";
    }
}

impl ProofStep {
    /// Calls `edit` for every text in the step, to redact it.
    pub fn edit_texts(&mut self, mut edit: impl FnMut(&mut String)) {
        self.fact.edit_texts(&mut edit);
    }
}

impl Localize for ProofStep {
    fn write(&self, locale: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fact.write(locale, f)
    }
}

impl Coded for ProofStep {
    fn put(&self, out: &mut dyn Output) {
        self.depth.put(out);
        self.fact.put(out);
    }

    fn take(input: &mut dyn Input) -> Result<ProofStep, Malformed> {
        Ok(ProofStep {
            depth: u32::take(input)?,
            fact: ProofFact::take(input)?,
        })
    }

    fn edit_texts(&mut self, edit: &mut dyn FnMut(&mut String)) {
        self.fact.edit_texts(edit);
    }

    #[cfg(test)]
    fn samples() -> Vec<ProofStep> {
        let step = |fact| ProofStep { depth: 1, fact };
        ProofFact::samples().into_iter().map(step).collect()
    }
}

impl Serialize for ProofStep {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        codec::serialize(|out| self.put(out), s)
    }
}

impl<'de> Deserialize<'de> for ProofStep {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<ProofStep, D::Error> {
        codec::deserialize(d)
    }
}
