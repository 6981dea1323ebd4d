//! Delivery reports and the messages that they are about.

use super::*;

const SENT: &str = "From: Alice <alice@here.test>\r\nTo: Nobody <nobody@there.test>\r\n\
    Subject: Lunch\r\nMessage-ID: <lunch.7@here.test>\r\n\r\nAt noon?\r\n";

/// A report with an action about the message with the header `returned`, as another host writes it.
fn report(action: &str, media: &str, returned: &str) -> String {
    format!(
        "From: MAILER-DAEMON@there.test\r\nTo: alice@here.test\r\nSubject: Returned mail\r\n\
         Message-ID: <dsn.1@there.test>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; there.test\r\n\r\n\
         Final-Recipient: rfc822; nobody@there.test\r\nAction: {action}\r\nStatus: 5.1.1\r\n\r\n\
         --b\r\nContent-Type: {media}\r\n\r\n{returned}\r\n--b--\r\n"
    )
}

async fn report_of(tab: &mut host::Tab, id: StoredMessageId) -> Option<wire::DeliveryReport> {
    match tab.call(Request::Message { id }).await {
        Ok(Response::Message(view)) => view.report,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_bounce_leads_to_the_message_that_failed() {
    let host = TestHost::new().await;
    let sent = host.special(host.alice.id, SpecialUse::Sent).await;
    // A reply to it names its Message-ID as well.
    let reply = "From: alice@here.test\r\nSubject: Re: Lunch\r\nIn-Reply-To: <lunch.7@here.test>\r\n\
        Message-ID: <lunch.8@here.test>\r\n\r\nx\r\n";
    let original = host
        .put_into(&sent, SENT.as_bytes(), Flags::default(), host.world.now())
        .await;
    host.put_into(&sent, reply.as_bytes(), Flags::default(), host.world.now())
        .await;
    let mut tab = host.tab(&host.alice).await;
    for (action, media, returned, failed) in [
        ("failed", "message/rfc822", SENT, true),
        (
            "Failed",
            "text/rfc822-headers",
            "Message-ID: <lunch.7@here.test>\r\n",
            true,
        ),
        ("delayed", "message/rfc822", SENT, false),
    ] {
        let notice = report(action, media, returned);
        let notice = host.put(&host.alice, notice.as_bytes()).await;
        let found = report_of(&mut tab, notice).await.expect("the message");
        assert_eq!(
            (found.message, found.folder),
            (original, sent.id),
            "{media}"
        );
        assert_eq!((found.failed, found.journey), (failed, true), "{media}");
    }
}

#[tokio::test(start_paused = true)]
async fn other_messages_lead_nowhere() {
    let host = TestHost::new().await;
    let sent = host.special(host.alice.id, SpecialUse::Sent).await;
    host.put_into(&sent, SENT.as_bytes(), Flags::default(), host.world.now())
        .await;
    let mut tab = host.tab(&host.alice).await;
    let unknown = report(
        "failed",
        "message/rfc822",
        &SENT.replace("lunch.7", "lunch.9"),
    );
    let forwarded = report("failed", "message/rfc822", SENT).replace(
        "multipart/report; report-type=delivery-status",
        "multipart/mixed",
    );
    for message in [unknown, forwarded, SENT.to_owned()] {
        let id = host.put(&host.alice, message.as_bytes()).await;
        assert_eq!(report_of(&mut tab, id).await, None, "{message}");
    }
    // The report in another account does not find Alice's message.
    let notice = report("failed", "message/rfc822", SENT);
    let id = host.put(&host.bob, notice.as_bytes()).await;
    let mut other = host.tab(&host.bob).await;
    assert_eq!(report_of(&mut other, id).await, None);
}
