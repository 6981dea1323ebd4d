//! What a tab may ask and what it is told, over a store in memory.
#![allow(clippy::unwrap_used)] // a test that cannot go on stops

mod house;

use event::{Kind, Role};
use house::{House, LETTER_BYTES_MAX, letter};
use mail::{Flags, JourneyId, MailboxId, MessageId, SpecialUse, Time, flags};
use proptest::prelude::*;
use wire::{Answer, Ask, Call, Contact, Draft, FolderKind, Frame, News, Problem};

fn to(address: &str) -> Vec<Contact> {
    vec![Contact { name: String::new(), address: address.into() }]
}

#[tokio::test(start_paused = true)]
async fn hello_tells_who_is_signed_in_and_from_which_addresses() {
    let house = House::new().await;
    house.store.add_alias(house.alice.id, house::address("al@here.test")).await.unwrap();
    let mut tab = house.tab(&house.alice).await;
    let Ok(Answer::Welcome(welcome)) = tab.call(Ask::Hello { version: 0 }).await else { panic!() };
    assert_eq!((welcome.version, welcome.who.address.as_str(), welcome.who.name.as_str()), (wire::VERSION, "alice@here.test", "ALICE"));
    assert_eq!(welcome.identities, ["alice@here.test", "al@here.test"]);
    assert_eq!((welcome.letter_bytes_max, welcome.host.as_str()), (LETTER_BYTES_MAX, "mail.here.test"));
    assert_eq!(tab.call(Ask::Ping).await, Ok(Answer::Done));
}

#[tokio::test(start_paused = true)]
async fn folders_stand_in_their_order_and_are_made_renamed_and_removed() {
    let house = House::new().await;
    let mut tab = house.tab(&house.alice).await;
    let names = |answer: Result<Answer, Problem>| match answer {
        Ok(Answer::Folders(all)) => all.into_iter().map(|f| f.name).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let usual = ["INBOX", "Drafts", "Sent", "Archive", "Junk", "Trash"];
    assert_eq!(names(tab.call(Ask::Folders).await), usual);
    let made = names(tab.call(Ask::CreateFolder { name: "课程/作业".into() }).await);
    assert_eq!(made, [&usual[..], &["课程", "课程/作业"]].concat());
    assert_eq!(tab.call(Ask::CreateFolder { name: "课程".into() }).await, Err(Problem::Exists));
    assert!(matches!(tab.call(Ask::CreateFolder { name: "a//b".into() }).await, Err(Problem::Name(_))));
    let Ok(Answer::Folders(all)) = tab.call(Ask::Folders).await else { panic!() };
    let id = |name: &str| all.iter().find(|f| f.name == name).unwrap().id;
    for folder in [id("INBOX"), id("Trash")] {
        assert_eq!(tab.call(Ask::RemoveFolder { folder }).await, Err(Problem::Protected));
        assert_eq!(tab.call(Ask::RenameFolder { folder, name: "x".into() }).await, Err(Problem::Protected));
    }
    let renamed = names(tab.call(Ask::RenameFolder { folder: id("课程"), name: "Kurs".into() }).await);
    assert_eq!(renamed[6..], ["Kurs", "Kurs/作业"]);
    assert_eq!(names(tab.call(Ask::RemoveFolder { folder: id("课程/作业") }).await)[6..], ["Kurs"]);
    assert_eq!(tab.call(Ask::RemoveFolder { folder: MailboxId(99) }).await, Err(Problem::Gone));
    assert!(all.iter().all(|f| (f.kind == FolderKind::Inbox) == (f.name == "INBOX")));
}

#[tokio::test(start_paused = true)]
async fn a_window_shows_the_newest_first_and_the_open_folder_tells_what_changes() {
    let house = House::new().await;
    for i in 0..10 {
        house.put(&house.alice, &letter("b@b.test", &format!("letter {i}"), "hello")).await;
    }
    let inbox = house.folder(house.alice.id, "INBOX").await;
    let mut tab = house.tab(&house.alice).await;
    let window = tab.window(Ask::List { folder: inbox.id, offset: 2, count: 3 }).await;
    assert_eq!((window.total, window.offset), (10, 2));
    assert_eq!(
        window.rows.iter().map(|r| (r.uid, r.subject.as_str())).collect::<Vec<_>>(),
        [(8, "letter 7"), (7, "letter 6"), (6, "letter 5")]
    );
    assert!(tab.list(inbox.id).await.len() == 10 && tab.news.is_empty());
    // Another program sets a flag; a new letter comes.
    house.store.change_flags(&inbox, &[3], &store::FlagChange::Add(Flags::of(flags::SEEN))).await.unwrap();
    let News::Folder(changed) = tab.hear().await else { panic!() };
    assert_eq!((changed.folder, changed.total, changed.unread, changed.rows.len()), (inbox.id, 10, 9, 1));
    assert_eq!((changed.rows[0].uid, changed.rows[0].flags.system), (3, flags::SEEN));
    let id = house.put(&house.alice, &letter("Carol <c@c.test>", "fresh", "new words")).await;
    let News::Folder(changed) = tab.hear().await else { panic!() };
    assert_eq!((changed.rows[0].id, changed.rows[0].preview.as_str()), (id, "new words"));
    let News::Arrived { folder, row } = tab.hear().await else { panic!() };
    assert_eq!((folder, row.who.name.as_str(), row.id), (inbox.id, "Carol", id));
    house.store.erase(&inbox, &[1, 2]).await.unwrap();
    let News::Folder(gone) = tab.hear().await else { panic!() };
    assert_eq!((gone.gone, gone.total), (vec![inbox.message_id(1), inbox.message_id(2)], 9));
    // What was missed is told by difference.
    let Ok(Answer::Changes(Some(since))) = tab.call(Ask::Since { folder: inbox.id, state: window.state }).await else { panic!() };
    assert_eq!((since.rows.len(), since.gone.len(), since.state), (2, 2, gone.state));
    assert_eq!(tab.call(Ask::Since { folder: inbox.id, state: u64::MAX }).await, Ok(Answer::Changes(None)));
    assert_eq!(tab.call(Ask::Since { folder: inbox.id, state: 0 }).await, Ok(Answer::Changes(None)));
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_is_not_open_tells_its_counts_only() {
    let house = House::new().await;
    let (inbox, trash) = (house.folder(house.alice.id, "INBOX").await, house.folder(house.alice.id, "Trash").await);
    let mut tab = house.tab(&house.alice).await;
    tab.list(trash.id).await;
    house.put(&house.alice, &letter("b@b.test", "x", "y")).await;
    let News::Folder(changed) = tab.hear().await else { panic!() };
    assert_eq!((changed.folder, changed.total, changed.unread, changed.rows.len()), (inbox.id, 1, 1, 0));
    assert!(matches!(tab.hear().await, News::Arrived { .. }));
    let mut other = house.tab(&house.alice).await;
    other.call(Ask::CreateFolder { name: "new".into() }).await.unwrap();
    let News::Folders(all) = tab.hear().await else { panic!() };
    assert_eq!(all.len(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_changes_are_not_told_one_by_one_after_an_absence() {
    let house = House::new().await;
    let inbox = house.folder(house.alice.id, "INBOX").await;
    let state = inbox.read(|s| s.modseq);
    for _ in 0..501 {
        house.put(&house.alice, &letter("b@b.test", "x", "y")).await;
    }
    let mut tab = house.tab(&house.alice).await;
    assert_eq!(tab.call(Ask::Since { folder: inbox.id, state }).await, Ok(Answer::Changes(None)));
    let Ok(Answer::Changes(Some(changed))) = tab.call(Ask::Since { folder: inbox.id, state: state + 1 }).await else { panic!() };
    assert_eq!(changed.rows.len(), 500);
}

#[tokio::test(start_paused = true)]
async fn letters_are_flagged_moved_and_back_and_erased() {
    let house = House::new().await;
    let mut ids = Vec::new();
    for i in 0..3 {
        ids.push(house.put(&house.alice, &letter("b@b.test", &format!("l{i}"), "t")).await);
    }
    let inbox = house.folder(house.alice.id, "INBOX").await;
    let trash = house.folder(house.alice.id, "Trash").await;
    let mut tab = house.tab(&house.alice).await;
    let flag = |add: &[&str], remove: &[&str]| Ask::Flag {
        ids: ids.clone(),
        add: add.iter().map(|f| (*f).to_owned()).collect(),
        remove: remove.iter().map(|f| (*f).to_owned()).collect(),
    };
    assert_eq!(tab.call(flag(&["\\Seen", "todo"], &[])).await, Ok(Answer::Done));
    assert_eq!(tab.call(flag(&["\\Flagged"], &["\\Seen"])).await, Ok(Answer::Done));
    assert_eq!(tab.call(flag(&["\\Nonsense"], &[])).await, Err(Problem::Malformed));
    let all = inbox.read(|s| s.entries[0].all_flags());
    assert_eq!((all.system, all.keywords), (flags::FLAGGED, vec!["todo".to_owned()]));
    // In the order asked, without those that are gone, each once.
    let asked = vec![ids[2], MessageId(77), ids[0], ids[2]];
    let Ok(Answer::Moved(moved)) = tab.call(Ask::Move { ids: asked, to: trash.id }).await else { panic!() };
    assert_eq!(moved.len(), 2);
    let subject = async |id| match house.tab(&house.alice).await.call(Ask::Letter { id }).await {
        Ok(Answer::Letter(letter)) => letter.row.subject,
        other => panic!("{other:?}"),
    };
    assert_eq!((subject(moved[0]).await.as_str(), subject(moved[1]).await.as_str()), ("l2", "l0"));
    let Ok(Answer::Moved(back)) = tab.call(Ask::Move { ids: moved.clone(), to: inbox.id }).await else { panic!() };
    assert_eq!((back.len(), inbox.read(|s| s.entries.len()), trash.read(|s| s.entries.len())), (2, 3, 0));
    assert_eq!(tab.call(Ask::Move { ids: back.clone(), to: inbox.id }).await, Ok(Answer::Moved(back.clone())));
    assert_eq!(tab.call(Ask::Erase { ids: back }).await, Ok(Answer::Done));
    assert_eq!(inbox.read(|s| s.entries.len()), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_of_another_account_can_be_reached() {
    let house = House::new().await;
    let id = house.put(&house.alice, &letter("b@b.test", "secret", "t")).await;
    let alices = house.folder(house.alice.id, "INBOX").await;
    let mut tab = house.tab(&house.bob).await;
    let draft = Draft { to: to("bob@here.test"), forwarded: vec![(id, "1".into())], ..Draft::default() };
    for ask in [
        Ask::Letter { id },
        Ask::Open { id },
        Ask::Follow { id },
        Ask::FollowSent { journey: JourneyId(0xabc) },
        Ask::List { folder: alices.id, offset: 0, count: 9 },
        Ask::Since { folder: alices.id, state: 1 },
        Ask::Search { query: "secret".into(), folder: Some(alices.id), offset: 0, count: 9 },
        Ask::Move { ids: vec![], to: alices.id },
        Ask::RenameFolder { folder: alices.id, name: "x".into() },
        Ask::RemoveFolder { folder: alices.id },
        Ask::Send { draft: draft.clone() },
        Ask::Save { draft },
    ] {
        assert_eq!(tab.call(ask.clone()).await, Err(Problem::Gone), "{ask:?}");
    }
    let bobs = house.folder(house.bob.id, "INBOX").await;
    assert_eq!(tab.call(Ask::Move { ids: vec![id], to: bobs.id }).await, Ok(Answer::Moved(vec![])));
    assert_eq!(tab.call(Ask::Erase { ids: vec![id] }).await, Ok(Answer::Done));
    assert_eq!(tab.call(Ask::Flag { ids: vec![id], add: vec!["\\Seen".into()], remove: vec![] }).await, Ok(Answer::Done));
    assert_eq!(alices.read(|s| (s.entries.len(), s.unseen)), (1, 1));
    assert!(tab.search("secret").await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_letter_is_sent_told_at_once_and_its_way_can_be_followed() {
    let house = House::new().await;
    let (mut alice, mut bob) = (house.tab(&house.alice).await, house.tab(&house.bob).await);
    let inbox = house.folder(house.bob.id, "INBOX").await;
    bob.list(inbox.id).await;
    let draft = Draft {
        to: vec![Contact { name: "Bob".into(), address: "bob@here.test".into() }],
        bcc: to("carol@here.test"),
        subject: "你好".into(),
        text: "First line\n.dot\nFrom here\n".into(),
        ..Draft::default()
    };
    let Ok(Answer::Sent(sent)) = alice.call(Ask::Send { draft }).await else { panic!() };
    let News::Folder(changed) = bob.hear().await else { panic!() };
    let News::Arrived { row, .. } = bob.hear().await else { panic!() };
    assert_eq!((changed.rows[0].id, row.subject.as_str(), row.who.address.as_str()), (row.id, "你好", "alice@here.test"));
    // The sender's copy: read, with the hidden receiver; what bob got has none.
    let Ok(Answer::Letter(copy)) = alice.call(Ask::Letter { id: sent.id.unwrap() }).await else { panic!() };
    assert_eq!((copy.row.flags.system, copy.row.who.name.as_str(), copy.journey), (flags::SEEN, "Bob", Some(sent.journey)));
    assert!(copy.headers.iter().any(|(name, value)| name == "Bcc" && value.contains("carol@here.test")));
    let Ok(Answer::Letter(got)) = bob.call(Ask::Letter { id: row.id }).await else { panic!() };
    assert!(got.headers.iter().all(|(name, _)| name != "Bcc"));
    assert_eq!((got.text.trim_end(), got.message_id == copy.message_id), ("First line\n.dot\nFrom here", true));
    let roles: Vec<Role> = got.stations.iter().map(|(role, _)| *role).collect();
    assert_eq!(roles.iter().filter(|r| **r == Role::Mua).count(), 1, "{roles:?}");
    assert!(roles.contains(&Role::Msa) && roles.contains(&Role::Mda) && roles[0] == Role::Mua, "{roles:?}");
    // Both follow it; bob does not learn of the hidden receiver.
    let Ok(Answer::Journey { journey, events }) = bob.call(Ask::Follow { id: row.id }).await else { panic!() };
    assert_eq!(journey, sent.journey);
    assert!(events.iter().any(|e| matches!(&e.kind, Kind::Fetched { by, .. } if by == "bob@here.test")));
    assert!(events.iter().any(|e| matches!(&e.kind, Kind::Pushed { to, .. } if to == "bob@here.test")));
    assert!(!format!("{events:?}").contains("carol"));
    assert!(!events.iter().any(|e| matches!(&e.kind, Kind::Delivered { recipient, .. } if recipient == "carol@here.test")));
    let Ok(Answer::Journey { events, .. }) = alice.call(Ask::FollowSent { journey }).await else { panic!() };
    assert!(events.iter().any(|e| matches!(&e.kind, Kind::Delivered { recipient, .. } if recipient == "carol@here.test")));
    assert_eq!(events.iter().filter(|e| matches!(e.kind, Kind::Fetched { .. })).count(), 1);
    assert_eq!(house.tab(&house.bob).await.call(Ask::FollowSent { journey: JourneyId(9) }).await, Err(Problem::Gone));
    // Opened again: told once only. Live: the next event reaches both.
    bob.call(Ask::Letter { id: row.id }).await.unwrap();
    let told = events.iter().find(|e| e.role == Role::Mda).unwrap().clone();
    let seq = told.seq + 1000;
    event::Sink::emit(house.store.journeys(), event::Event { seq, ..told });
    let News::Journey { events, .. } = bob.hear().await else { panic!() };
    assert_eq!((events.len(), events[0].seq), (1, seq));
    assert_eq!(bob.call(Ask::Unfollow { journey }).await, Ok(Answer::Done));
}

#[tokio::test(start_paused = true)]
async fn sending_says_what_is_wrong_and_with_which_address() {
    let house = House::new().await;
    let mut tab = house.tab(&house.alice).await;
    let draft = |receivers: &[&str]| Draft {
        to: receivers.iter().map(|a| Contact { name: String::new(), address: (*a).into() }).collect(),
        ..Draft::default()
    };
    for (receivers, expected) in
        [(&[][..], Problem::NoRecipient), (&[" "], Problem::NoRecipient), (&["bob@"], Problem::Address("bob@".into()))]
    {
        assert_eq!(tab.call(Ask::Send { draft: draft(receivers) }).await, Err(expected));
    }
    let Err(Problem::Recipient(who, why)) = tab.call(Ask::Send { draft: draft(&["bob@here.test", "nobody@here.test"]) }).await else {
        panic!()
    };
    assert!(who == "nobody@here.test" && why.starts_with("550 5.1.1"), "{who} {why}");
    let Err(Problem::Recipient(who, _)) = tab.call(Ask::Send { draft: draft(&["bob@here.test", "x@[192.0.2.1]"]) }).await else { panic!() };
    assert_eq!(who, "x@[192.0.2.1]");
    let stolen = Draft { from: "bob@here.test".into(), ..draft(&["bob@here.test"]) };
    assert_eq!(tab.call(Ask::Send { draft: stolen }).await, Err(Problem::Address("bob@here.test".into())));
    let large = Draft { text: "x".repeat(LETTER_BYTES_MAX as usize), ..draft(&["bob@here.test"]) };
    assert_eq!(tab.call(Ask::Send { draft: large }).await, Err(Problem::TooLarge(LETTER_BYTES_MAX)));
    let forged = Draft { subject: "a\r\nBcc: x@y.test".into(), ..draft(&["bob@here.test"]) };
    assert!(tab.call(Ask::Send { draft: forged }).await.is_ok());
    let inbox = house.folder(house.bob.id, "INBOX").await;
    assert_eq!(house.tab(&house.bob).await.list(inbox.id).await[0].subject, "a  Bcc: x@y.test");
}

#[tokio::test(start_paused = true)]
async fn a_draft_is_kept_replaced_opened_and_gone_once_sent() {
    let house = House::new().await;
    let drafts = house.special(house.alice.id, SpecialUse::Drafts).await;
    let original = house.put(&house.alice, &letter("b@b.test", "question", "t")).await;
    let mut tab = house.tab(&house.alice).await;
    let mut draft = Draft {
        to: vec![Contact { name: "半".into(), address: "bo".into() }, Contact { name: "Bob".into(), address: "bob@here.test".into() }],
        bcc: to("alice@here.test"),
        subject: "Re: question ".into(),
        text: "trailing space \n-- \nbegin 644 x\n\n\n".into(),
        answers: Some(original),
        references: vec!["8@x".into()],
        forwarded: vec![(original, "1".into())],
        ..Draft::default()
    };
    let save = async |tab: &mut house::Tab, draft: &Draft| match tab.call(Ask::Save { draft: draft.clone() }).await {
        Ok(Answer::Draft(saved)) => saved.id,
        other => panic!("{other:?}"),
    };
    let first = save(&mut tab, &draft).await;
    draft.stored = Some(first);
    let second = save(&mut tab, &draft).await;
    assert!(second != first);
    assert_eq!(drafts.read(|s| (s.entries.len(), s.entries[0].flags)), (1, flags::DRAFT | flags::SEEN));
    let Ok(Answer::Opened(opened)) = tab.call(Ask::Open { id: second }).await else { panic!() };
    assert_eq!((opened.stored, &opened.to, &opened.bcc, &opened.answers), (Some(second), &draft.to, &draft.bcc, &draft.answers));
    assert_eq!((&opened.subject, &opened.text, &opened.references), (&draft.subject, &draft.text, &draft.references));
    assert_eq!((opened.forwarded.len(), opened.attachments.len()), (0, 1));
    // Its file outlives the version that it came from.
    let mut opened = *opened;
    let third = save(&mut tab, &opened).await;
    opened.stored = Some(third);
    opened.to.remove(0);
    let Ok(Answer::Sent(sent)) = tab.call(Ask::Send { draft: opened }).await else { panic!() };
    assert_eq!(drafts.read(|s| s.entries.len()), 0);
    let Ok(Answer::Letter(copy)) = tab.call(Ask::Letter { id: sent.id.unwrap() }).await else { panic!() };
    assert_eq!(copy.attachments.len(), 1);
    assert!(copy.headers.iter().all(|(name, _)| name != "X-Glasspost-Draft"));
    assert!(copy.headers.iter().any(|(name, value)| name == "In-Reply-To" && value == "<8@x>"));
    let Ok(Answer::Letter(answered)) = tab.call(Ask::Letter { id: original }).await else { panic!() };
    assert_eq!(answered.row.flags.system, flags::ANSWERED);
    // An answer that was lost on the way: the tab asks again, and there is one draft, and then one letter.
    let mut again = Draft { key: "k0123456789abcdef".into(), to: to("bob@here.test"), subject: "once".into(), ..Draft::default() };
    save(&mut tab, &again).await;
    save(&mut tab, &again).await;
    assert_eq!(drafts.read(|s| s.entries.len()), 1);
    let Ok(Answer::Sent(one)) = tab.call(Ask::Send { draft: again.clone() }).await else { panic!() };
    let Ok(Answer::Sent(two)) = tab.call(Ask::Send { draft: again.clone() }).await else { panic!() };
    assert_eq!((one.clone(), drafts.read(|s| s.entries.len())), (two, 0));
    let Ok(Answer::Letter(copy)) = tab.call(Ask::Letter { id: one.id.unwrap() }).await else { panic!() };
    assert_eq!(copy.message_id, "k0123456789abcdef@here.test");
    // Written on from a copy of the draft: not lost, and under another name.
    let changed = Draft { text: "and another thing".into(), ..again.clone() };
    let Ok(Answer::Sent(other)) = tab.call(Ask::Send { draft: changed }).await else { panic!() };
    let Ok(Answer::Letter(copy)) = tab.call(Ask::Letter { id: other.id.unwrap() }).await else { panic!() };
    assert!(other.journey != one.journey && copy.message_id != "k0123456789abcdef@here.test");
    // Another letter is another letter; a key that may not stand in a header is none.
    again.key = "k0123456789abcdeg".into();
    let Ok(Answer::Sent(three)) = tab.call(Ask::Send { draft: again.clone() }).await else { panic!() };
    assert!(three.journey != one.journey);
    again.key = "<a@b>\r\nBcc: x".into();
    assert!(tab.call(Ask::Send { draft: again }).await.is_ok());
    // A draft that is not in Drafts is never removed.
    let stranger = Draft { stored: Some(original), to: to("bob@here.test"), ..Draft::default() };
    save(&mut tab, &stranger).await;
    assert!(tab.call(Ask::Letter { id: original }).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_draft_of_another_program_can_be_opened() {
    let house = House::new().await;
    let drafts = house.special(house.alice.id, SpecialUse::Drafts).await;
    let text = b"From: alice@here.test\r\nTo: Bob <bob@here.test>\r\nSubject: half\r\nIn-Reply-To: <1@x>\r\n\r\nwritten elsewhere\r\n";
    let id = house.put_into(&drafts, text, Flags::of(flags::DRAFT), house.world.now()).await;
    let Ok(Answer::Opened(draft)) = house.tab(&house.alice).await.call(Ask::Open { id }).await else { panic!() };
    assert_eq!((draft.to[0].address.as_str(), draft.subject.as_str(), draft.text.trim()), ("bob@here.test", "half", "written elsewhere"));
    assert_eq!(draft.references, ["1@x"]);
}

#[tokio::test(start_paused = true)]
async fn search_finds_words_in_every_place_newest_first() {
    let house = House::new().await;
    let archive = house.special(house.alice.id, SpecialUse::Archive).await;
    let trash = house.special(house.alice.id, SpecialUse::Trash).await;
    let day = |d| Time::from_civil(2026, 11, d, 12, 0, 0);
    let long = format!("{}今天我们学习邮件协议 END", "filler words ".repeat(100));
    house.put_into(&archive, &letter("李雷 <lilei@a.test>", "Old plan", &long), Flags::default(), day(1)).await;
    let inbox = house.folder(house.alice.id, "INBOX").await;
    house.put_into(&inbox, &letter("carol@c.test", "Meeting", "about the PLAN"), Flags::of(flags::SEEN), day(3)).await;
    house.put_into(&trash, &letter("carol@c.test", "Trashed plan", "x"), Flags::default(), day(4)).await;
    house.put_into(&archive, &letter("dave@d.test", "Other", "nothing"), Flags::of(flags::FLAGGED), day(2)).await;
    let mut tab = house.tab(&house.alice).await;
    for (query, expected) in [
        ("plan", &["Meeting", "Old plan"][..]),
        ("学习", &["Old plan"]),
        ("协议 end", &["Old plan"]),
        ("\"邮件协议\" old", &["Old plan"]),
        ("协议 meeting", &[]),
        ("from:carol", &["Meeting"]),
        ("from:carol in:trash", &["Trashed plan"]),
        ("plan in:all", &["Trashed plan", "Meeting", "Old plan"]),
        ("in:nowhere", &[]),
        ("is:unread", &["Other", "Old plan"]),
        ("is:flagged", &["Other"]),
        ("after:2026-11-02 before:2026-11-03", &["Other"]),
        ("to:alice", &["Meeting", "Other", "Old plan"]),
        ("", &["Meeting", "Other", "Old plan"]),
        ("has:attachment", &[]),
    ] {
        assert_eq!(tab.search(query).await, expected, "{query}");
    }
    let only = Ask::Search { query: "plan".into(), folder: Some(trash.id), offset: 0, count: 9 };
    assert_eq!(tab.window(only).await.rows[0].subject, "Trashed plan");
    let page = Ask::Search { query: "plan".into(), folder: None, offset: 1, count: 9 };
    assert_eq!(tab.window(page).await.rows[0].subject, "Old plan");
    let long = Ask::Search { query: "x".repeat(2001), folder: None, offset: 0, count: 9 };
    assert_eq!(tab.call(long).await, Err(Problem::TooLarge(2000)));
}

#[tokio::test(start_paused = true)]
async fn a_found_letter_that_is_removed_is_not_shown_on_the_next_page() {
    let house = House::new().await;
    for i in 0..200 {
        house.put(&house.alice, &letter("b@b.test", &format!("n{i:03}"), "needle")).await;
    }
    let inbox = house.folder(house.alice.id, "INBOX").await;
    let mut tab = house.tab(&house.alice).await;
    let ask = |offset| Ask::Search { query: "needle".into(), folder: None, offset, count: 50 };
    assert_eq!(tab.window(ask(0)).await.total, 200);
    house.store.erase(&inbox, &[100]).await.unwrap();
    let window = tab.window(ask(50)).await;
    assert_eq!((window.total, window.rows.len(), window.rows[0].subject.as_str()), (199, 50, "n149"));
}

#[tokio::test(start_paused = true)]
async fn addresses_are_completed_from_past_mail_best_first() {
    let house = House::new().await;
    let sent = house.special(house.alice.id, SpecialUse::Sent).await;
    house.put(&house.alice, &letter("Barbara Smith <barb@b.test>", "x", "t")).await;
    house.put(&house.alice, &letter("李雷 <lilei@a.test>", "x", "t")).await;
    house.put(&house.alice, &letter("alice@here.test", "x", "t")).await;
    let own = b"From: alice@here.test\r\nTo: Bart <bart@b.test>, broken\r\nSubject: x\r\n\r\n";
    house.put_into(&sent, own, Flags::default(), house.world.now()).await;
    let mut tab = house.tab(&house.alice).await;
    for (prefix, expected) in [
        ("bar", &["bart@b.test", "barb@b.test"][..]),
        ("SMI", &["barb@b.test"]),
        ("李", &["lilei@a.test"]),
        ("雷", &["lilei@a.test"]),
        ("arb", &[]),
        ("alice", &[]),
        (" ", &[]),
    ] {
        let Ok(Answer::Contacts(found)) = tab.call(Ask::Complete { prefix: prefix.into() }).await else { panic!() };
        assert_eq!(found.iter().map(|c| c.address.as_str()).collect::<Vec<_>>(), expected, "{prefix}");
    }
    house.put(&house.alice, &letter("New <new@n.test>", "x", "t")).await;
    let Ok(Answer::Contacts(found)) = tab.call(Ask::Complete { prefix: "new".into() }).await else { panic!() };
    assert_eq!(found[0].name, "New");
}

#[tokio::test(start_paused = true)]
async fn html_is_announced_with_what_it_wants_and_shows() {
    let house = House::new().await;
    let message = b"From: b@b.test\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Hi</p><img src=\"cid:a@x\"><img src=\"https://t.test/p.gif\">\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <a@x>\r\n\r\nAAAA\r\n--b\r\nContent-Type: image/png; name=stray.png\r\nContent-ID: <b@x>\r\n\r\nAAAA\r\n--b--\r\n";
    let id = house.put(&house.alice, message).await;
    let Ok(Answer::Letter(view)) = house.tab(&house.alice).await.call(Ask::Letter { id }).await else { panic!() };
    assert!(view.has_html && view.has_remote);
    assert_eq!(view.attachments.iter().map(|a| a.path.as_str()).collect::<Vec<_>>(), ["3"]);
    assert_eq!(view.text.trim(), "Hi");
}

#[tokio::test(start_paused = true)]
async fn a_tab_is_told_when_its_time_is_over() {
    let house = House::new().await;
    let mut tab = house.tab(&house.alice).await;
    tab.call(Ask::Ping).await.unwrap();
    tab.end.take().unwrap().send(true).unwrap();
    assert_eq!(tab.hear().await, News::Bye { again: true });
    assert!(tab.closed().await);
}

#[tokio::test(start_paused = true)]
async fn a_frame_that_is_not_understood_is_answered_where_it_has_a_number() {
    let house = House::new().await;
    let mut tab = house.tab(&house.alice).await;
    for (text, expected) in [(r#"{"id":7,"ask":{"fly":{}}}"#, Some(7)), (r#"{"id":8}"#, Some(8)), ("[]", None), ("", None)] {
        assert_eq!(mua::session::read_call(text), Err(expected), "{text}");
    }
    let frame = tab.say(mua::session::read_call(r#"{"id":7,"ask":{"fly":{}}}"#)).await;
    assert_eq!(frame, Frame::Reply { id: 7, result: Err(Problem::Malformed) });
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_of_calls_panic(text in "\\PC{0,200}") {
        let _ = mua::session::read_call(&text);
        let _ = mua::session::read_call(&format!("{{\"id\":1,\"ask\":{text}}}"));
    }

    #[test]
    fn any_call_gets_exactly_one_answer(asks in proptest::collection::vec(any_ask(), 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let house = House::new().await;
            house.put(&house.alice, &letter("b@b.test", "x", "y")).await;
            let mut tab = house.tab(&house.alice).await;
            for ask in asks {
                let text = serde_json::to_string(&Call { id: 1, ask }).unwrap();
                let Call { ask, .. } = mua::session::read_call(&text).unwrap();
                let _ = tab.call(ask).await;
            }
        });
    }
}

fn any_ask() -> impl Strategy<Value = Ask> {
    let id = || prop_oneof![any::<u64>(), (1u64..9, 0u64..4).prop_map(|(m, u)| m << 32 | u)].prop_map(MessageId);
    let folder = || prop_oneof![any::<u64>(), 0u64..9].prop_map(MailboxId);
    let text = || "\\PC{0,20}";
    let contact = (text(), text()).prop_map(|(name, address)| Contact { name, address });
    let draft = (proptest::option::of(id()), text(), proptest::collection::vec(contact, 0..3), text(), text(), proptest::option::of(id()))
        .prop_map(|(stored, from, to, subject, text, answers)| Draft { stored, from, to, subject, text, answers, ..Draft::default() });
    prop_oneof![
        Just(Ask::Folders),
        (folder(), any::<u32>(), any::<u32>()).prop_map(|(folder, offset, count)| Ask::List { folder, offset, count }),
        (folder(), any::<u64>()).prop_map(|(folder, state)| Ask::Since { folder, state }),
        (text(), proptest::option::of(folder()), any::<u32>(), any::<u32>()).prop_map(|(query, folder, offset, count)| Ask::Search {
            query,
            folder,
            offset,
            count
        }),
        id().prop_map(|id| Ask::Letter { id }),
        (proptest::collection::vec(id(), 0..4), text()).prop_map(|(ids, f)| Ask::Flag { ids, add: vec![f], remove: vec![] }),
        (proptest::collection::vec(id(), 0..4), folder()).prop_map(|(ids, to)| Ask::Move { ids, to }),
        proptest::collection::vec(id(), 0..4).prop_map(|ids| Ask::Erase { ids }),
        draft.clone().prop_map(|draft| Ask::Send { draft }),
        draft.prop_map(|draft| Ask::Save { draft }),
        id().prop_map(|id| Ask::Open { id }),
        text().prop_map(|name| Ask::CreateFolder { name: name.to_string() }),
        (folder(), text()).prop_map(|(folder, name)| Ask::RenameFolder { folder, name }),
        folder().prop_map(|folder| Ask::RemoveFolder { folder }),
        text().prop_map(|prefix| Ask::Complete { prefix }),
        id().prop_map(|id| Ask::Follow { id }),
        any::<u64>().prop_map(|j| Ask::FollowSent { journey: JourneyId(j) }),
        any::<u64>().prop_map(|j| Ask::Unfollow { journey: JourneyId(j) }),
    ]
}
