//! Sending, rejections and drafts.

use super::*;

pub(super) async fn send(tab: &mut host::Tab, draft: Draft) -> wire::Sent {
    match tab.call(Request::Send { draft }).await {
        Ok(Response::Sent(sent)) => sent,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn save(tab: &mut host::Tab, draft: &Draft) -> StoredMessageId {
    let draft = draft.clone();
    match tab.call(Request::Save { draft }).await {
        Ok(Response::Draft(saved)) => saved.id,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn read(tab: &mut host::Tab, id: StoredMessageId) -> wire::MessageView {
    match tab.call(Request::Message { id }).await {
        Ok(Response::Message(message)) => *message,
        other => panic!("{other:?}"),
    }
}

/// A message from Alice to Bob, and to Carol as a Bcc recipient, and the tabs of both.
struct SentToBob {
    alice: host::Tab,
    bob: host::Tab,
    sent: wire::Sent,
    row: wire::Row,
}

impl SentToBob {
    async fn new(host: &TestHost) -> SentToBob {
        let (mut alice, mut bob) = (host.tab(&host.alice).await, host.tab(&host.bob).await);
        let inbox = host.folder(host.bob.id, "INBOX").await;
        bob.list(inbox.id).await;
        let draft = Draft {
            to: vec![Contact {
                name: "Bob".into(),
                address: "bob@here.test".into(),
            }],
            bcc: to("carol@here.test"),
            subject: "你好".into(),
            text: "First line\n.dot\nFrom here\n".into(),
            ..Draft::default()
        };
        let sent = send(&mut alice, draft).await;
        let changed = hear_folder(&mut bob).await;
        let Notification::Arrived { row, .. } = bob.hear().await else {
            panic!()
        };
        assert_eq!(changed.rows[0].id, row.id);
        SentToBob {
            alice,
            bob,
            sent,
            row,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_sent_message_names_the_language_of_the_interface() {
    let host = TestHost::new().await;
    let mut alice = host.tab(&host.alice).await;
    for (language, expected) in [("zh-CN", Some("zh-CN")), ("", None), ("a\r\nB: c", None)] {
        let draft = Draft {
            to: vec![Contact {
                address: "bob@here.test".into(),
                ..Contact::default()
            }],
            subject: "x".into(),
            language: language.into(),
            ..Draft::default()
        };
        let sent = send(&mut alice, draft).await;
        let copy = read(&mut alice, sent.id.unwrap()).await;
        let named = copy.headers.iter().find(|(n, _)| n == "Content-Language");
        assert_eq!(named.map(|(_, value)| value.as_str()), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn sends_message_and_shows_bcc_only_to_its_sender() {
    let host = TestHost::new().await;
    let SentToBob {
        mut alice,
        mut bob,
        sent,
        row,
    } = SentToBob::new(&host).await;
    assert_eq!(
        (row.subject.as_str(), row.who.address.as_str()),
        ("你好", "alice@here.test")
    );
    // The sender's copy is seen and lists the Bcc recipient; Bob's copy does not.
    let copy = read(&mut alice, sent.id.unwrap()).await;
    assert_eq!(
        (
            copy.row.flags.system,
            copy.row.who.name.as_str(),
            copy.journey
        ),
        (flags::SEEN, "Bob", Some(sent.journey))
    );
    assert!(
        copy.headers
            .iter()
            .any(|(name, value)| name == "Bcc" && value.contains("carol@here.test"))
    );
    let hidden: Vec<&str> = copy.bcc.iter().map(|c| c.address.as_str()).collect();
    assert_eq!(hidden, ["carol@here.test"]);
    let got = read(&mut bob, row.id).await;
    assert!(got.bcc.is_empty() && got.headers.iter().all(|(name, _)| name != "Bcc"));
    assert_eq!(
        (got.text.trim_end(), got.message_id == copy.message_id),
        ("First line\n.dot\nFrom here", true)
    );
    let roles: Vec<Role> = got.stations.iter().map(|(role, _)| *role).collect();
    assert_eq!(
        roles.iter().filter(|r| **r == Role::Mua).count(),
        1,
        "{roles:?}"
    );
    assert!(
        roles.contains(&Role::Msa) && roles.contains(&Role::Mda) && roles[0] == Role::Mua,
        "{roles:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_reading_of_a_bcc_recipient_is_no_station_for_other_recipients() {
    let host = TestHost::new().await;
    let SentToBob {
        mut alice,
        mut bob,
        sent,
        row,
    } = SentToBob::new(&host).await;
    let known = host.store.journeys().read(sent.journey).await.unwrap();
    let delivered = known.iter().find(|e| e.role == Role::Mda).unwrap().clone();
    let fetched = |by: &str| event::Event {
        role: Role::Mra,
        seq: delivered.seq + 1000,
        kind: Kind::Fetched {
            protocol: event::Protocol::Imap,
            by: by.into(),
            what: "BODY[]".into(),
        },
        ..delivered.clone()
    };
    event::Sink::emit(host.store.journeys(), fetched("carol@here.test"));
    let is_read = |view: &wire::MessageView| view.stations.iter().any(|(r, _)| *r == Role::Mra);
    assert!(!is_read(&read(&mut bob, row.id).await));
    assert!(is_read(&read(&mut alice, sent.id.unwrap()).await));
}

fn is_delivery_to_carol(event: &event::Event) -> bool {
    matches!(&event.kind, Kind::Delivered { recipient, .. } if recipient == "carol@here.test")
}

#[tokio::test(start_paused = true)]
async fn sender_and_recipient_follow_the_journey_of_a_message() {
    let host = TestHost::new().await;
    let SentToBob {
        mut alice,
        mut bob,
        sent,
        row,
    } = SentToBob::new(&host).await;
    read(&mut alice, sent.id.unwrap()).await;
    read(&mut bob, row.id).await;
    // Both follow it; Bob does not see the Bcc recipient.
    let Ok(Response::Journey {
        journey, events, ..
    }) = bob.call(Request::Follow { id: row.id }).await
    else {
        panic!()
    };
    assert_eq!(journey, sent.journey);
    let events = events.events().unwrap();
    assert!(
        events
            .iter()
            .any(|e| matches!(&e.kind, Kind::Fetched { by, .. } if by == "bob@here.test"))
    );
    assert!(
        events
            .iter()
            .any(|e| matches!(&e.kind, Kind::Pushed { to, .. } if to == "bob@here.test"))
    );
    assert!(!format!("{events:?}").contains("carol"));
    assert!(!events.iter().any(is_delivery_to_carol));
    let Ok(Response::Journey { events, steps, .. }) =
        alice.call(Request::FollowSent { journey }).await
    else {
        panic!()
    };
    let events = events.events().unwrap();
    let to_carol = DeliveryChange::Delivered("carol@here.test".to_owned());
    assert!(steps.iter().any(|step| step.change == to_carol));
    assert!(events.iter().any(is_delivery_to_carol));
    assert_eq!(
        events
            .iter()
            .filter(|e| matches!(e.kind, Kind::Fetched { .. }))
            .count(),
        1
    );
    let journey_of_nobody = Request::FollowSent {
        journey: JourneyId(9),
    };
    assert_eq!(
        host.tab(&host.bob).await.call(journey_of_nobody).await,
        Err(Problem::Gone)
    );
    // A second reading is not recorded. The next event reaches both.
    read(&mut bob, row.id).await;
    let delivered = events.iter().find(|e| e.role == Role::Mda).unwrap().clone();
    let seq = delivered.seq + 1000;
    event::Sink::emit(host.store.journeys(), event::Event { seq, ..delivered });
    let Notification::Journey { events, .. } = bob.hear().await else {
        panic!()
    };
    let events = events.events().unwrap();
    assert_eq!((events.len(), events[0].seq), (1, seq));
    assert_eq!(
        bob.call(Request::Unfollow { journey }).await,
        Ok(Response::Done)
    );
}

#[tokio::test(start_paused = true)]
async fn send_reports_the_rejected_address() {
    let host = TestHost::new().await;
    let mut tab = host.tab(&host.alice).await;
    let draft = |recipients: &[&str]| Draft {
        to: recipients
            .iter()
            .map(|a| Contact {
                name: String::new(),
                address: (*a).into(),
            })
            .collect(),
        ..Draft::default()
    };
    for (recipients, expected) in [
        (&[][..], Problem::NoRecipient),
        (&[" "], Problem::NoRecipient),
        (&["bob@"], Problem::Address("bob@".into())),
    ] {
        assert_eq!(
            tab.call(Request::Send {
                draft: draft(recipients)
            })
            .await,
            Err(expected)
        );
    }
    // Every rejected recipient is named, not just the first.
    let Err(Problem::Recipients(rejected)) = tab
        .call(Request::Send {
            draft: draft(&[
                "bob@here.test",
                "nobody@here.test",
                "x@[192.0.2.1]",
                "none@here.test",
            ]),
        })
        .await
    else {
        panic!()
    };
    let addresses: Vec<&str> = rejected.iter().map(|r| r.address.as_str()).collect();
    assert_eq!(
        addresses,
        ["nobody@here.test", "x@[192.0.2.1]", "none@here.test"]
    );
    let is_missing = |r: &RejectedRecipient| r.reason == RecipientProblem::NotFound;
    let missing: Vec<bool> = rejected.iter().map(is_missing).collect();
    assert_eq!(missing, [true, false, true]);
    let stolen = Draft {
        from: "bob@here.test".into(),
        ..draft(&["bob@here.test"])
    };
    assert_eq!(
        tab.call(Request::Send { draft: stolen }).await,
        Err(Problem::Address("bob@here.test".into()))
    );
    let large = Draft {
        text: "x".repeat(MESSAGE_BYTES_MAX as usize),
        ..draft(&["bob@here.test"])
    };
    assert_eq!(
        tab.call(Request::Send { draft: large }).await,
        Err(Problem::TooLarge(MESSAGE_BYTES_MAX))
    );
    let forged = Draft {
        subject: "a\r\nBcc: x@y.test".into(),
        ..draft(&["bob@here.test"])
    };
    assert!(tab.call(Request::Send { draft: forged }).await.is_ok());
    let inbox = host.folder(host.bob.id, "INBOX").await;
    let received = host.tab(&host.bob).await.list(inbox.id).await;
    let subjects: Vec<&str> = received.iter().map(|row| row.subject.as_str()).collect();
    assert_eq!(
        subjects,
        ["a Bcc: x@y.test"],
        "nothing of the rejected messages"
    );
}

#[tokio::test(start_paused = true)]
async fn saves_replaces_opens_and_sends_a_draft() {
    let host = TestHost::new().await;
    let drafts = host.special(host.alice.id, SpecialUse::Drafts).await;
    let original = host
        .put(&host.alice, &message("b@b.test", "question", "t"))
        .await;
    let mut tab = host.tab(&host.alice).await;
    let mut draft = Draft {
        to: vec![
            Contact {
                name: "半".into(),
                address: "bo".into(),
            },
            Contact {
                name: "Bob".into(),
                address: "bob@here.test".into(),
            },
        ],
        bcc: to("alice@here.test"),
        subject: "Re: question ".into(),
        text: "trailing space \n-- \nbegin 644 x\n\n\n".into(),
        answers: Some(original),
        references: vec!["8@x".into()],
        forwarded: vec![(original, "1".into())],
        ..Draft::default()
    };
    let first = save(&mut tab, &draft).await;
    draft.stored = Some(first);
    let second = save(&mut tab, &draft).await;
    assert!(second != first);
    assert_eq!(
        drafts.read(|s| (s.entries.len(), s.entries[0].flags)),
        (1, flags::DRAFT | flags::SEEN)
    );
    let Ok(Response::Opened(opened)) = tab.call(Request::Open { id: second }).await else {
        panic!()
    };
    assert_eq!(
        (opened.stored, &opened.to, &opened.bcc, &opened.answers),
        (Some(second), &draft.to, &draft.bcc, &draft.answers)
    );
    assert_eq!(
        (&opened.subject, &opened.text, &opened.references),
        (&draft.subject, &draft.text, &draft.references)
    );
    assert_eq!((opened.forwarded.len(), opened.attachments.len()), (0, 1));
    // The file is independent of the replaced version.
    let mut opened = *opened;
    let third = save(&mut tab, &opened).await;
    opened.stored = Some(third);
    opened.to.remove(0);
    let sent = send(&mut tab, opened).await;
    assert_eq!(drafts.read(|s| s.entries.len()), 0);
    let copy = read(&mut tab, sent.id.unwrap()).await;
    assert_eq!(copy.attachments.len(), 1);
    assert!(
        copy.headers
            .iter()
            .all(|(name, _)| name != "X-Glasspost-Draft")
    );
    assert!(
        copy.headers
            .iter()
            .any(|(name, value)| name == "In-Reply-To" && value == "<8@x>")
    );
    let answered = read(&mut tab, original).await;
    assert_eq!(answered.row.flags.system, flags::ANSWERED);
}

#[tokio::test(start_paused = true)]
async fn repeated_save_and_send_make_one_message() {
    let host = TestHost::new().await;
    let drafts = host.special(host.alice.id, SpecialUse::Drafts).await;
    let mut tab = host.tab(&host.alice).await;
    // After a lost response the tab repeats the request: there is one draft, and then one message.
    let mut again = Draft {
        key: "k0123456789abcdef".into(),
        to: to("bob@here.test"),
        subject: "once".into(),
        ..Draft::default()
    };
    save(&mut tab, &again).await;
    save(&mut tab, &again).await;
    assert_eq!(drafts.read(|s| s.entries.len()), 1);
    let one = send(&mut tab, again.clone()).await;
    let two = send(&mut tab, again.clone()).await;
    assert_eq!((one.clone(), drafts.read(|s| s.entries.len())), (two, 0));
    let copy = read(&mut tab, one.id.unwrap()).await;
    assert_eq!(copy.message_id, "k0123456789abcdef@here.test");
    // What was edited after it was sent is not sent silently as a second message.
    let changed = Draft {
        text: "and another thing".into(),
        ..again.clone()
    };
    assert_eq!(
        tab.call(Request::Send { draft: changed }).await,
        Err(Problem::AlreadySent(one.id.unwrap()))
    );
    // Different keys are different messages; an invalid key is ignored.
    again.key = "k0123456789abcdeg".into();
    let three = send(&mut tab, again.clone()).await;
    assert!(three.journey != one.journey);
    again.key = "<a@b>\r\nBcc: x".into();
    assert!(tab.call(Request::Send { draft: again }).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn saving_a_draft_never_removes_a_message_outside_drafts() {
    let host = TestHost::new().await;
    let original = host
        .put(&host.alice, &message("b@b.test", "question", "t"))
        .await;
    let mut tab = host.tab(&host.alice).await;
    let stranger = Draft {
        stored: Some(original),
        to: to("bob@here.test"),
        ..Draft::default()
    };
    save(&mut tab, &stranger).await;
    assert!(tab.call(Request::Message { id: original }).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn opens_draft_of_another_client() {
    let host = TestHost::new().await;
    let drafts = host.special(host.alice.id, SpecialUse::Drafts).await;
    let text = b"From: alice@here.test\r\nTo: Bob <bob@here.test>\r\nSubject: half\r\nIn-Reply-To: <1@x>\r\n\r\nwritten elsewhere\r\n";
    let id = host
        .put_into(&drafts, text, Flags::of(flags::DRAFT), host.world.now())
        .await;
    let Ok(Response::Opened(draft)) = host.tab(&host.alice).await.call(Request::Open { id }).await
    else {
        panic!()
    };
    assert_eq!(
        (
            draft.to[0].address.as_str(),
            draft.subject.as_str(),
            draft.text.trim()
        ),
        ("bob@here.test", "half", "written elsewhere")
    );
    assert_eq!(draft.references, ["1@x"]);
}
