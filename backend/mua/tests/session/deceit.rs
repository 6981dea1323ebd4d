//! What a message pretends to be, and what the reader is shown of it.

use super::*;
use wire::{InvitationMethod, Warning};

async fn open(host: &TestHost, message: &str) -> wire::MessageView {
    host.put(&host.alice, message.as_bytes()).await;
    let mut tab = host.tab(&host.alice).await;
    let inbox = host.store.inbox(host.alice.id).await.unwrap().id;
    let request = Request::List {
        folder: inbox,
        offset: 0,
        count: 1,
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
}
