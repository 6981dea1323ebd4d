//! Frames as they are on the wire.

use super::*;

#[test]
fn frames_keep_their_wire_form() {
    let call = Call {
        id: 7,
        request: Request::List {
            folder: MailboxId(3),
            offset: 0,
            count: 50,
            order: ListOrder::Newest,
        },
    };
    let text = serde_json::to_string(&call).unwrap();
    assert_eq!(
        text,
        r#"{"id":7,"request":{"list":{"folder":3,"offset":0,"count":50}}}"#
    );
    let frame = Frame::Reply {
        id: 7,
        result: Err(Problem::Gone),
    };
    assert_eq!(
        serde_json::to_string(&frame).unwrap(),
        r#"{"reply":{"id":7,"result":{"Err":"gone"}}}"#
    );
}

#[test]
fn ignores_fields_of_newer_versions() {
    let text = r#"{"notification":{"folder":{"folder":1,"total":2,"unread":1,"state":9,"colour":"blue"}}}"#;
    assert!(matches!(
        serde_json::from_str(text),
        Ok(Frame::Notification(Notification::Folder(Changed {
            total: 2,
            ..
        })))
    ));
}
