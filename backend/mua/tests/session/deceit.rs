//! What a message pretends to be, and what the reader is shown of it.

use super::*;
use event::catalogue::authentication::{
    AuthResult, DkimReason, DmarcReason, SpfIdentity, SpfReason,
};
use event::{Check, Event, Party, Protocol, Reason, Sink, Verdict};
use wire::{AuthenticationMethod as Method, AuthenticationOutcome as Outcome, FailedCheck};
use wire::{InvitationMethod, Warning};

async fn open(host: &TestHost, message: &str) -> wire::MessageView {
    host.put(&host.alice, message.as_bytes()).await;
    let mut tab = host.tab(&host.alice).await;
    let inbox = host.store.inbox(host.alice.id).await.unwrap().id;
    let request = Request::List {
        folder: inbox,
        offset: 0,
        count: 1,
        order: ListOrder::Newest,
    };
    let Ok(Response::Window(window)) = tab.call(request).await else {
        panic!("no window")
    };
    match tab
        .call(Request::Message {
            id: window.rows[0].id,
        })
        .await
    {
        Ok(Response::Message(view)) => *view,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn shows_the_real_address_beside_a_name_that_is_another() {
    let host = TestHost::new().await;
    let view = open(
        &host,
        "From: =?utf-8?q?pay=40shop.test=00=E2=80=AE(moc)?= <=?utf-8?q?pay=40shop.test?=@mailer.test>\r\n\
         Reply-To: =?utf-8?q?Shop_=3Cpay=40shop.test=3E?= <collect@mailer.test>\r\n\
         Subject: =?utf-8?q?Pay=0D=0ABcc:_x=E2=81=A6?=\r\nSender: list@mailer.test\r\n\r\nx\r\n",
    )
    .await;
    assert_eq!(
        view.from[0].address,
        "=?utf-8?q?pay=40shop.test?=@mailer.test"
    );
    assert_eq!(view.from[0].name, "pay@shop.test (moc)");
    assert_eq!(view.row.who, view.from[0]);
    assert_eq!(view.row.subject, "Pay Bcc: x");
    assert_eq!(view.reply_to[0].address, "collect@mailer.test");
    assert_eq!(view.sender.unwrap().address, "list@mailer.test");
    let shown = "pay@shop.test".to_owned();
    assert_eq!(view.warnings, [Warning::OtherAddressInName { shown }]);
    let from = view
        .headers
        .iter()
        .find(|(name, _)| name == "From")
        .unwrap();
    assert!(
        !from.1.contains('\u{202e}') && !from.1.contains('\0'),
        "{}",
        from.1
    );
}

#[tokio::test(start_paused = true)]
async fn a_message_without_a_text_says_so_and_names_its_event() {
    let host = TestHost::new().await;
    let view = open(
        &host,
        "From: b@b.test\r\nSubject: x\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\n \r\n\
         --b\r\nContent-Type: text/html\r\n\r\n<html><body></body></html>\r\n\
         --b\r\nContent-Type: text/calendar; method=request\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n\
         SUMMARY:Review\r\nDTSTART:20260310T180000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n--b--\r\n",
    )
    .await;
    assert!(!view.has_html && view.text.trim().is_empty());
    assert_eq!(view.attachments[0].name, "invite.ics");
    let event = view.invitation.unwrap();
    assert_eq!(
        (event.method, &*event.summary),
        (InvitationMethod::Request, "Review")
    );
    let start = wire::EventTime::Moment(mail::Time::from_civil(2026, 3, 10, 18, 0, 0));
    assert_eq!(event.start, Some(start));
    let alone = open(
        &host,
        "From: b@b.test\r\nSubject: x\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n\
         BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Alone\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    )
    .await;
    assert_eq!(alone.invitation.unwrap().summary, "Alone");
    assert!(alone.text.trim().is_empty() && alone.attachments.len() == 1);
}

/// The journey of every message that [`TestHost::put`] stores.
const JOURNEY: JourneyId = JourneyId(0xabc);

pub(super) fn record(host: &TestHost, kinds: Vec<Kind>, claimed: bool) {
    for (seq, kind) in kinds.into_iter().enumerate() {
        host.store.journeys().emit(Event {
            at: host.world.now(),
            seq: seq as u64 + 100 * u64::from(claimed),
            journey: Some(JOURNEY),
            span: mail::SpanId(1),
            parent: None,
            host: "mail.here.test".into(),
            role: Role::Mta,
            before: "".into(),
            after: "".into(),
            explain: "".into(),
            claimed,
            kind,
        });
    }
}

fn check(check: Check, verdict: Verdict, reason: Reason) -> Kind {
    Kind::Check {
        check,
        verdict,
        reason,
        proof: Vec::new(),
    }
}

fn spf(identity: SpfIdentity, domain: &str, result: AuthResult) -> Kind {
    let verdict = if result == AuthResult::Pass {
        Verdict::Pass
    } else {
        Verdict::Fail
    };
    let reason = SpfReason::NoRecord {
        domain: domain.into(),
    };
    let reason = Reason::Spf {
        identity,
        domain: domain.into(),
        result,
        reason,
    };
    check(Check::Spf, verdict, reason)
}

fn dkim(domain: &str, result: AuthResult) -> Kind {
    let verdict = if result == AuthResult::Pass {
        Verdict::Pass
    } else {
        Verdict::Fail
    };
    let reason = DkimReason::NoKey {
        name: domain.into(),
    };
    let reason = Reason::Dkim {
        domain: domain.into(),
        result,
        reason,
    };
    check(Check::Dkim, verdict, reason)
}

pub(super) fn dmarc(domain: &str, result: AuthResult, points: Option<i32>) -> Kind {
    let verdict = if result == AuthResult::Pass {
        Verdict::Pass
    } else {
        Verdict::Fail
    };
    let reason = Reason::Dmarc {
        domain: domain.into(),
        result,
        reason: DmarcReason::NothingVerified {
            domain: domain.into(),
        },
    };
    let reason = match points {
        Some(points) => Reason::Weighed {
            reason: Box::new(reason),
            points,
        },
        None => reason,
    };
    check(Check::Dmarc, verdict, reason)
}

fn connect(protocol: Protocol) -> Kind {
    let party = |role| Party {
        role,
        address: "192.0.2.1:25".into(),
        name: None,
    };
    Kind::Connect {
        protocol,
        client: party(Role::Mua),
        server: party(Role::Mta),
    }
}

pub(super) const FORGED: &str = "From: Alice <alice@here.test>\r\nSubject: x\r\n\r\nx\r\n";

#[tokio::test(start_paused = true)]
async fn a_message_of_the_own_domain_without_proof_has_a_warning() {
    let unproven = vec![Warning::OwnDomainUnproven {
        domain: "here.test".into(),
    }];
    let smtp = || connect(Protocol::Smtp);
    for (events, warnings) in [
        (
            vec![smtp(), dmarc("here.test", AuthResult::Fail, None)],
            &unproven,
        ),
        (
            vec![
                smtp(),
                spf(SpfIdentity::MailFrom, "evil.test", AuthResult::Pass),
            ],
            &unproven,
        ),
        (
            vec![smtp(), dkim("evilhere.test", AuthResult::Pass)],
            &unproven,
        ),
        (
            vec![smtp(), dmarc("here.test", AuthResult::Pass, None)],
            &Vec::new(),
        ),
        (
            vec![smtp(), dkim("mail.here.test", AuthResult::Pass)],
            &Vec::new(),
        ),
        // Written here by a user who had signed in; or never checked.
        (
            vec![
                connect(Protocol::Submission),
                dkim("x.test", AuthResult::Fail),
            ],
            &Vec::new(),
        ),
        (vec![smtp()], &Vec::new()),
    ] {
        let host = TestHost::new().await;
        record(&host, events.clone(), false);
        assert_eq!(&open(&host, FORGED).await.warnings, warnings, "{events:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_international_own_domain_is_recognised_in_both_forms() {
    for form in ["例子.test", "xn--fsqu00a.test"] {
        for (result, warned) in [(AuthResult::Fail, true), (AuthResult::Pass, false)] {
            let host = TestHost::new().await;
            host.store
                .add_domain(&"例子.test".parse().unwrap())
                .await
                .unwrap();
            // DNS and thus DMARC know the A-label.
            let checked = dmarc("xn--fsqu00a.test", result, None);
            record(&host, vec![connect(Protocol::Smtp), checked], false);
            let message = format!("From: Boss <boss@{form}>\r\nSubject: x\r\n\r\nx\r\n");
            let warnings = open(&host, &message).await.warnings;
            let expected = Warning::OwnDomainUnproven {
                domain: form.to_owned(),
            };
            assert_eq!(warnings == [expected], warned, "{form}: {warnings:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_another_host_claims_proves_nothing() {
    let host = TestHost::new().await;
    let claims = vec![
        connect(Protocol::Submission),
        dmarc("here.test", AuthResult::Pass, None),
    ];
    record(&host, claims, true);
    record(
        &host,
        vec![dmarc("here.test", AuthResult::Fail, None)],
        false,
    );
    let view = open(&host, FORGED).await;
    assert_eq!(view.warnings.len(), 1);
    assert_eq!(view.authentication.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_message_in_junk_says_which_checks_failed() {
    for (events, failed) in [
        (
            vec![
                spf(SpfIdentity::MailFrom, "b.test", AuthResult::Fail),
                dmarc("b.test", AuthResult::Fail, Some(5)),
            ],
            vec![FailedCheck::Spf, FailedCheck::Dmarc],
        ),
        (vec![dmarc("b.test", AuthResult::Pass, None)], vec![]),
    ] {
        let host = TestHost::new().await;
        record(&host, events, false);
        let junk = host.special(host.alice.id, SpecialUse::Junk).await;
        let now = host.world.now();
        let message = b"From: b@b.test\r\nSubject: x\r\n\r\nx\r\n";
        let id = host.put_into(&junk, message, Flags::default(), now).await;
        let view = writing::read(&mut host.tab(&host.alice).await, id).await;
        assert_eq!(view.warnings, [Warning::Junk { failed }]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_head_has_the_results_of_all_checks_of_the_origin() {
    let host = TestHost::new().await;
    let events = vec![
        connect(Protocol::Smtp),
        spf(SpfIdentity::Helo, "mx.b.test", AuthResult::None),
        spf(SpfIdentity::MailFrom, "b.test", AuthResult::SoftFail),
        dkim("b.test", AuthResult::Pass),
        dkim("b.test", AuthResult::Pass),
        dkim("c.test", AuthResult::PermError),
        dmarc("b.test", AuthResult::Pass, Some(-1)),
    ];
    record(&host, events, false);
    let view = open(&host, "From: b@b.test\r\n\r\nx\r\n").await;
    let results: Vec<_> = view
        .authentication
        .iter()
        .map(|a| (a.method, a.outcome, a.domain.as_str()))
        .collect();
    assert_eq!(
        results,
        [
            (Method::Dmarc, Outcome::Pass, "b.test"),
            (Method::Spf, Outcome::Fail, "b.test"),
            (Method::Dkim, Outcome::Pass, "b.test"),
            (Method::Dkim, Outcome::PermError, "c.test"),
        ]
    );
    // Nothing is known of a message without a journey, and a user who had signed in is named.
    let host = TestHost::new().await;
    assert!(open(&host, FORGED).await.authentication.is_empty());
    let host = TestHost::new().await;
    record(&host, vec![connect(Protocol::Web)], false);
    let view = open(&host, FORGED).await;
    assert_eq!(view.authentication[0].method, Method::Submission);
}

#[tokio::test(start_paused = true)]
async fn a_link_that_names_another_host_than_its_target_has_a_warning() {
    let message = |from: &str| {
        format!(
            "From: {from}\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n\
             <p><a href=\"https://elsewhere.test/login\">https://www.shop.test/confirm</a></p>\r\n"
        )
    };
    let proven = |domain| {
        vec![
            connect(Protocol::Smtp),
            dmarc(domain, AuthResult::Pass, None),
        ]
    };
    for (from, events, warned) in [
        ("pay@sh0p.test", Vec::new(), true),
        ("pay@sh0p.test", proven("sh0p.test"), true),
        // The shop's name alone proves nothing; its own newsletter counts clicks.
        ("pay@shop.test", Vec::new(), true),
        ("pay@shop.test", proven("shop.test"), false),
    ] {
        let host = TestHost::new().await;
        record(&host, events, false);
        let expected = Warning::MisleadingLink {
            shown: "www.shop.test".into(),
            target: "elsewhere.test".into(),
        };
        let warnings = open(&host, &message(from)).await.warnings;
        assert_eq!(
            warnings,
            Vec::from_iter(warned.then_some(expected)),
            "{from}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn recognises_a_hidden_recipient_but_none_of_a_list_or_an_alias() {
    let me = "Delivered-To: alice@here.test\r\n";
    for (fields, hidden) in [
        (format!("{me}To: bob@b.test\r\n"), true),
        (format!("{me}To: Staff@here.test\r\n"), false),
        (format!("{me}To: undisclosed-recipients:;\r\n"), true),
        (
            format!("{me}To: bob@b.test\r\nCc: Alice@here.test\r\n"),
            false,
        ),
        (
            format!("{me}To: list@b.test\r\nList-Id: <list.b.test>\r\n"),
            false,
        ),
        (
            format!("{me}Delivered-To: Team@here.test\r\nTo: team@here.test\r\n"),
            false,
        ),
        (
            format!("{me}X-Original-To: al@old.test\r\nTo: al@old.test\r\n"),
            false,
        ),
        // A message that was never delivered, but imported.
        ("To: bob@b.test\r\n".to_owned(), false),
    ] {
        let host = TestHost::new().await;
        let staff = "staff@here.test".parse::<store::AliasName>().unwrap();
        let targets = ["alice@here.test", "bob@here.test"].map(host::address);
        host.store.add_targets(&staff, &targets).await.unwrap();
        let message = format!("{fields}From: carol@c.test\r\nSubject: x\r\n\r\nx\r\n");
        assert_eq!(open(&host, &message).await.blind_copy, hidden, "{fields}");
    }
    let host = TestHost::new().await;
    let own = format!("{me}From: alice@here.test\r\nTo: bob@b.test\r\n\r\nx\r\n");
    assert!(!open(&host, &own).await.blind_copy);
}
