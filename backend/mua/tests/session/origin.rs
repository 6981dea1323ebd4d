//! What a message says of its origin when its journey is no longer kept.

use super::deceit::{FORGED, dmarc, record};
use super::*;
use event::catalogue::authentication::AuthResult;
use wire::{
    AuthenticationMethod as Method, AuthenticationOutcome as Outcome, FailedCheck, Warning,
};

// Opens a message of which no journey is kept.
async fn open_delivered(host: &TestHost, prefix: &str, content: &str) -> wire::MessageView {
    let junk = host.special(host.alice.id, SpecialUse::Junk).await;
    let whole = (prefix.as_bytes(), content.as_bytes());
    let now = host.world.now();
    let id = host.deliver(&junk, whole, Flags::default(), now).await;
    writing::read(&mut host.tab(&host.alice).await, id).await
}

fn results_of(view: &wire::MessageView) -> Vec<(Method, Outcome, &str)> {
    let of = |a: &wire::Authentication| (a.method, a.outcome);
    let all = view.authentication.iter();
    all.map(|a| (of(a).0, of(a).1, a.domain.as_str())).collect()
}

#[tokio::test(start_paused = true)]
async fn the_results_stay_when_the_journey_is_no_longer_kept() {
    let host = TestHost::new().await;
    let prefix = "Return-Path: <b@b.test>\r\nDelivered-To: alice@here.test\r\nAuthentication-Results: mail.here.test;\r\n\tspf=none smtp.helo=mx.b.test;\r\n\tspf=softfail smtp.mailfrom=b.test;\r\n\tdkim=fail header.d=b.test header.s=s header.b=\"a/b\" header.a=rsa-sha256;\r\n\tdkim=permerror header.d=c.test;\r\n\tarc=pass header.d=d.test;\r\n\tdmarc=fail policy.dmarc=none header.from=here.test\r\nReceived: from mx.b.test ([192.0.2.1])\r\n\tby mail.here.test (Glasspost) with ESMTPS\r\n\tid 1; Sat, 21 Nov 2026 09:33:05 +0000\r\n";
    // Reading is an event too; it must not hide the results at the second time.
    for _ in 0..2 {
        let view = open_delivered(&host, prefix, FORGED).await;
        assert_eq!(
            results_of(&view),
            [
                (Method::Dmarc, Outcome::Fail, "here.test"),
                (Method::Spf, Outcome::Fail, "b.test"),
                (Method::Dkim, Outcome::Fail, "b.test"),
                (Method::Dkim, Outcome::PermError, "c.test"),
            ]
        );
        let domain = "here.test".to_owned();
        let failed = vec![FailedCheck::Dkim, FailedCheck::Dmarc];
        assert_eq!(
            view.warnings,
            [
                Warning::OwnDomainUnproven { domain },
                Warning::Junk { failed }
            ]
        );
    }
    // What the journey says counts as long as it is kept.
    record(&host, vec![dmarc("b.test", AuthResult::Pass, None)], false);
    let view = open_delivered(&host, prefix, FORGED).await;
    assert_eq!(
        results_of(&view),
        [(Method::Dmarc, Outcome::Pass, "b.test")]
    );
}

#[tokio::test(start_paused = true)]
async fn without_a_journey_a_submission_is_known_by_its_trace() {
    for (with, submitted) in [
        ("ESMTPSA", true),
        ("UTF8SMTPSA", true),
        ("HTTP", true),
        ("ESMTPS", false),
    ] {
        let host = TestHost::new().await;
        let prefix =
            format!("Received: by mail.here.test (Glasspost) with {with}\r\n\tid 1; x\r\n");
        let view = open_delivered(&host, &prefix, FORGED).await;
        let expected = [(Method::Submission, Outcome::Pass, "")];
        assert_eq!(results_of(&view) == expected, submitted, "{with}");
    }
}

#[tokio::test(start_paused = true)]
async fn results_that_this_host_did_not_put_on_top_prove_nothing() {
    let host = TestHost::new().await;
    let content = format!(
        "Authentication-Results: mail.here.test; dmarc=pass header.from=here.test\r\nReceived: by mail.here.test (Glasspost) with ESMTPSA id 1; x\r\n{FORGED}"
    );
    let prefix = "Received: from mx.b.test by mail.here.test (Glasspost) with ESMTP id 2; x\r\n";
    let view = open_delivered(&host, prefix, &content).await;
    assert!(view.authentication.is_empty(), "{:?}", view.authentication);
}
