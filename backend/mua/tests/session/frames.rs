//! Valid and arbitrary frames.

use super::*;

#[tokio::test(start_paused = true)]
async fn answers_malformed_frame_that_has_an_id() {
    let host = TestHost::new().await;
    let mut tab = host.tab(&host.alice).await;
    for (text, expected) in [
        (r#"{"id":7,"request":{"fly":{}}}"#, Some(7)),
        (r#"{"id":8}"#, Some(8)),
        ("[]", None),
        ("", None),
    ] {
        assert_eq!(mua::session::read_call(text), Err(expected), "{text}");
    }
    let frame = tab
        .say(mua::session::read_call(r#"{"id":7,"request":{"fly":{}}}"#))
        .await;
    assert_eq!(
        frame,
        Frame::Reply {
            id: 7,
            result: Err(Problem::Malformed)
        }
    );
}

proptest! {
    #[test]
    fn read_call_accepts_arbitrary_text(text in "\\PC{0,200}") {
        let _ = mua::session::read_call(&text);
        let _ = mua::session::read_call(&format!("{{\"id\":1,\"request\":{text}}}"));
    }

    #[test]
    fn every_call_gets_exactly_one_reply(asks in proptest::collection::vec(any_ask(), 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let host = TestHost::new().await;
            host.put(&host.alice, &message("b@b.test", "x", "y")).await;
            let mut tab = host.tab(&host.alice).await;
            for request in asks {
                let text = serde_json::to_string(&Call { id: 1, request }).unwrap();
                let Call { request, .. } = mua::session::read_call(&text).unwrap();
                let _ = tab.call(request).await;
            }
        });
    }
}

fn any_ask() -> impl Strategy<Value = Request> {
    let id = || {
        prop_oneof![
            any::<u64>(),
            (1u64..9, 0u64..4).prop_map(|(m, u)| m << 32 | u)
        ]
        .prop_map(StoredMessageId)
    };
    let folder = || prop_oneof![any::<u64>(), 0u64..9].prop_map(MailboxId);
    let text = || "\\PC{0,20}";
    let contact = (text(), text()).prop_map(|(name, address)| Contact { name, address });
    let draft = (
        proptest::option::of(id()),
        text(),
        proptest::collection::vec(contact, 0..3),
        text(),
        text(),
        proptest::option::of(id()),
    )
        .prop_map(|(stored, from, to, subject, text, answers)| Draft {
            key: "k0123456789abcdef".into(),
            window: subject.clone(),
            stored,
            from,
            to,
            subject,
            text,
            answers,
            ..Draft::default()
        });
    prop_oneof![
        Just(Request::Folders),
        (folder(), any::<u32>(), any::<u32>()).prop_map(|(folder, offset, count)| Request::List {
            folder,
            offset,
            count,
            order: ListOrder::Newest
        }),
        (folder(), any::<u64>()).prop_map(|(folder, state)| Request::Since {
            folder,
            state,
            order: ListOrder::Newest
        }),
        (
            text(),
            proptest::option::of(folder()),
            any::<u32>(),
            any::<u32>()
        )
            .prop_map(|(query, folder, offset, count)| Request::Search {
                query,
                folder,
                offset,
                count,
                days: Vec::new()
            }),
        (text(), proptest::option::of(folder())).prop_map(|(query, folder)| {
            Request::SelectFound {
                query,
                folder,
                days: Vec::new(),
            }
        }),
        folder().prop_map(|folder| Request::SelectFolder { folder }),
        id().prop_map(|id| Request::Message { id }),
        (proptest::collection::vec(id(), 0..4), text()).prop_map(|(ids, f)| Request::Flag {
            ids,
            add: vec![f],
            remove: vec![]
        }),
        (proptest::collection::vec(id(), 0..4), folder())
            .prop_map(|(ids, to)| Request::Move { ids, to }),
        proptest::collection::vec(id(), 0..4).prop_map(|ids| Request::Delete { ids }),
        draft.clone().prop_map(|draft| Request::Send { draft }),
        draft.clone().prop_map(|draft| Request::Save { draft }),
        draft.clone().prop_map(|draft| Request::Discard { draft }),
        draft.prop_map(|d| Request::Check {
            key: d.key,
            window: d.window,
            stored: d.stored
        }),
        id().prop_map(|id| Request::Open { id }),
        text().prop_map(|name| Request::CreateFolder {
            name: name.to_string()
        }),
        (folder(), text()).prop_map(|(folder, name)| Request::RenameFolder { folder, name }),
        folder().prop_map(|folder| Request::RemoveFolder { folder }),
        text().prop_map(|prefix| Request::Complete { prefix }),
        id().prop_map(|id| Request::Follow { id }),
        any::<u64>().prop_map(|j| Request::FollowSent {
            journey: JourneyId(j)
        }),
        any::<u64>().prop_map(|j| Request::Unfollow {
            journey: JourneyId(j)
        }),
    ]
}
