//! Sentences for the results of authentication.

use super::{Language, Locale};
use wire::{Authentication, AuthenticationMethod as Method, AuthenticationOutcome as Outcome};

impl Locale {
    /// The sentence for a result.
    pub fn authentication(self, of: &Authentication) -> String {
        match self.language() {
            Language::Chinese => chinese(of),
            Language::English => english(of),
        }
    }
}

fn english(of: &Authentication) -> String {
    let domain = if of.domain.is_empty() {
        "the sender’s domain"
    } else {
        &of.domain
    };
    match (of.method, of.outcome) {
        (Method::Submission, _) => "Sent by a signed-in user of this server".to_owned(),
        (Method::Dmarc, Outcome::Pass) => format!("Confirmed by {domain} (DMARC passed)"),
        (Method::Dmarc, Outcome::Fail) => format!("Not confirmed by {domain} (DMARC failed)"),
        (Method::Dmarc, Outcome::None) => format!("No DMARC policy published by {domain}"),
        (Method::Spf, Outcome::Pass) => {
            format!("Sent by a server that {domain} authorizes (SPF passed)")
        }
        (Method::Spf, Outcome::Fail) => {
            format!("Sent by a server that {domain} does not authorize (SPF failed)")
        }
        (Method::Spf, Outcome::None) => format!("No SPF statement by {domain} about this server"),
        (Method::Dkim, Outcome::Pass) => format!("Signed by {domain} and unchanged (DKIM passed)"),
        (Method::Dkim, Outcome::Fail) => {
            format!("The signature of {domain} is not valid (DKIM failed)")
        }
        (Method::Dkim, Outcome::None) => "Not signed (DKIM)".to_owned(),
        (method, Outcome::TempError) => {
            format!(
                "{} of {domain} could not be checked (temporary error)",
                name(method)
            )
        }
        (method, Outcome::PermError) => {
            format!(
                "{} of {domain} could not be evaluated (faulty record)",
                name(method)
            )
        }
    }
}

fn chinese(of: &Authentication) -> String {
    let domain = if of.domain.is_empty() {
        "发件域名"
    } else {
        &of.domain
    };
    match (of.method, of.outcome) {
        (Method::Submission, _) => "由本站已登录的用户发送".to_owned(),
        (Method::Dmarc, Outcome::Pass) => format!("{domain} 确认了这封邮件（DMARC 通过）"),
        (Method::Dmarc, Outcome::Fail) => format!("{domain} 不认可这封邮件（DMARC 未通过）"),
        (Method::Dmarc, Outcome::None) => format!("{domain} 没有发布 DMARC 策略"),
        (Method::Spf, Outcome::Pass) => format!("发信服务器已获 {domain} 授权（SPF 通过）"),
        (Method::Spf, Outcome::Fail) => format!("发信服务器未获 {domain} 授权（SPF 未通过）"),
        (Method::Spf, Outcome::None) => format!("{domain} 没有说明此服务器能否发信（SPF）"),
        (Method::Dkim, Outcome::Pass) => format!("有 {domain} 的有效签名（DKIM 通过）"),
        (Method::Dkim, Outcome::Fail) => format!("{domain} 的签名无效（DKIM 未通过）"),
        (Method::Dkim, Outcome::None) => "没有签名（DKIM）".to_owned(),
        (method, Outcome::TempError) => format!("暂时无法检查 {domain} 的 {}", name(method)),
        (method, Outcome::PermError) => {
            format!("{domain} 的 {} 记录有误，无法判断", name(method))
        }
    }
}

fn name(method: Method) -> &'static str {
    match method {
        Method::Submission => "",
        Method::Dmarc => "DMARC",
        Method::Spf => "SPF",
        Method::Dkim => "DKIM",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_result_has_its_own_sentence_in_both_languages() {
        let methods = [Method::Dmarc, Method::Spf, Method::Dkim];
        let outcomes = [
            Outcome::Pass,
            Outcome::Fail,
            Outcome::None,
            Outcome::TempError,
            Outcome::PermError,
        ];
        for say in [english, chinese] {
            let mut sentences = Vec::new();
            for (method, outcome) in methods.iter().flat_map(|m| outcomes.map(|o| (*m, o))) {
                let sentence = say(&Authentication {
                    method,
                    outcome,
                    domain: "m.test".into(),
                });
                assert!(sentence.contains(name(method)), "{sentence}");
                assert!(!sentences.contains(&sentence), "{sentence}");
                sentences.push(sentence);
            }
        }
    }
}
