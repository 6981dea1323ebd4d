//! Logins and sender rights at submission.

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
    /// Login and sender rights at submission.
    pub enum SubmissionReason {
        Login { account: String, mechanism: String, credential: Credential } = "{account} signed in by {mechanism} with {credential}" / "{account} 用{credential}登录（{mechanism}）";
        NotOwnAddress { address: String, account: String } = "{address} is not an address of {account}" / "{address} 不是 {account} 的地址";
        ClientNetwork { address: String, network: String } = "{address} from {network}" / "{address}，来自 {network}";
        RelayForUser { user: String, domain: String } = "{user} has signed in, so mail for {domain} is relayed" / "{user} 已登录，可以发往 {domain}";
    }
}
