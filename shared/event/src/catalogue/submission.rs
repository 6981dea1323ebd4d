//! Logins, sender rights and transfer encodings at submission.

use super::catalogue;

catalogue! {
    /// What a login was proven with.
    pub enum Credential {
        Password = "the account's password" / "账户密码";
        AppPassword { label: String } = "the app password “{label}”" / "应用密码“{label}”";
        SharedSecret = "the account's shared secret" / "账户的共享密钥";
        AccessToken = "an access token" / "访问令牌";
    }
}

catalogue! {
    /// What some hosts would not take in a message.
    pub enum UnfitContent {
        EightBit = "8-bit text" / "8 位字符";
        LongLines { limit: u64 } = "lines of more than {limit} characters" / "超过 {limit} 个字符的行";
        Binary = "binary content" / "二进制内容";
    }
}

catalogue! {
    /// How a message was made fit for every host.
    pub enum RecodedAs {
        QuotedPrintable = "encoded as quoted-printable" / "改用 quoted-printable 编码";
        Base64 = "encoded as base64" / "改用 base64 编码";
        HeaderFolded = "long header fields folded" / "过长的邮件头字段已折行";
        OuterTextReplaced = "characters outside of the parts replaced" / "各部分以外的字符已替换";
    }
}

catalogue! {
    /// Login, sender rights and transfer encodings at submission.
    pub enum SubmissionReason {
        Login { account: String, mechanism: String, credential: Credential } = "{account} signed in by {mechanism} with {credential}" / "{account} 用{credential}登录（{mechanism}）";
        NotOwnAddress { address: String, account: String } = "{address} is not an address of {account}" / "{address} 不是 {account} 的地址";
        ClientNetwork { address: String, network: String } = "{address} from {network}" / "{address}，来自 {network}";
        RelayForUser { user: String, domain: String } = "{user} has signed in, so mail for {domain} is relayed" / "{user} 已登录，可以发往 {domain}";
        Recoded { found: Vec<UnfitContent>, changes: Vec<RecodedAs> } = "{found}: {changes}" / "{found}：{changes}";
    }
}
