//! Frames between the browser and the backend: JSON text over one WebSocket, and the paths of what
//! goes over HTTP (bodies, files, uploads, sign-in). Pure data, for these two only.
//!
//! The browser sends [`Call`]s with numbers of its own; each gets exactly one [`Frame::Reply`].
//! [`Frame::News`] comes unasked. Unknown fields are ignored and missing ones defaulted, so that an
//! old tab and a new server understand each other; where they do not, `Hello` is answered with
//! another `version` and the tab reloads itself.

mod compose;
pub mod console;
mod folder;
mod message;
mod problem;
mod session;

pub use compose::{Draft, DraftSaved, Sent, UploadId, Uploaded};
pub use folder::{Folder, FolderKind};
pub use message::{Attachment, Contact, MessageView, Row, Window};
pub use problem::Problem;
pub use session::{Credentials, Welcome, Who};

use event::Event;
use mail::{JourneyId, MailboxId, StoredMessageId};
use serde::{Deserialize, Serialize};

/// Grows with every change that an older tab would misunderstand.
pub const VERSION: u32 = 2;

/// The paths of what goes over HTTP. All but sign-in need the session's cookie; unsafe methods need
/// the header `x-glasspost: 1`, which a foreign page cannot send without being asked by CORS.
pub mod path {
    /// `GET` who is signed in, `POST` [`super::Credentials`] to sign in, `DELETE` to sign out.
    pub const SESSION: &str = "/api/session";
    /// The WebSocket.
    pub const SOCKET: &str = "/api/socket";
    /// `POST` a file's bytes (`?name=…&type=…`); answers [`super::Uploaded`].
    pub const UPLOAD: &str = "/api/upload";
    /// The Lab's console to one's own server, a WebSocket: `/lab/console/{service}`; see
    /// [`super::console`].
    pub const CONSOLE: &str = "/lab/console";
    /// `GET` what the account has learned in the Lab, `PUT` it anew (`If-Match` says in the place
    /// of which): one JSON object.
    pub const PROGRESS: &str = "/lab/progress";
    /// `/api/message/{id}/html`: the sanitized body for the sandboxed frame; `?remote=1` lets remote
    /// images load through the server. `/api/message/{id}/part/{path}`: an attachment;
    /// `?inline=1` to preview. `/api/message/{id}/raw`: the source.
    pub const MESSAGE: &str = "/api/message";
}

/// A call of the browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The browser's number for it.
    pub id: u32,
    /// What it wants.
    pub request: Request,
}

/// What a browser may want.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Request {
    /// First on every socket. Answered by [`Response::Welcome`].
    Hello {
        /// [`VERSION`] of the tab.
        version: u32,
    },
    /// All folders. → [`Response::Folders`]
    Folders,
    /// A window of a folder's list, newest first, and news of that folder from now on (it becomes
    /// the open folder). → [`Response::Window`]
    List {
        /// Which folder.
        folder: MailboxId,
        /// Index of the first row wanted; 0 is the newest.
        offset: u32,
        /// At most 200.
        count: u32,
    },
    /// What changed in a folder since a state that the tab has: after a reconnection. →
    /// [`Response::Changes`]
    Since {
        /// Which folder.
        folder: MailboxId,
        /// [`Window::state`] of what the tab shows.
        state: u64,
    },
    /// Messages that match. Words and `from:` `to:` `subject:` `has:attachment` `is:unread`
    /// `is:flagged` `before:` `after:` (YYYY-MM-DD) `in:`. → [`Response::Window`]
    Search {
        /// As typed.
        query: String,
        /// Only in this folder; else in all but Trash and Junk.
        folder: Option<MailboxId>,
        /// First row wanted.
        offset: u32,
        /// At most 200.
        count: u32,
    },
    /// One message to read. Does not mark it seen. → [`Response::Message`]
    Message {
        /// Which.
        id: StoredMessageId,
    },
    /// Adds and removes flags (`\Seen`, `\Flagged`, keywords). → [`Response::Done`]
    Flag {
        /// Which messages.
        ids: Vec<StoredMessageId>,
        /// To set.
        #[serde(default)]
        add: Vec<String>,
        /// To clear.
        #[serde(default)]
        remove: Vec<String>,
    },
    /// Moves messages to another folder. → [`Response::Moved`]
    Move {
        /// Which messages.
        ids: Vec<StoredMessageId>,
        /// Whereto.
        to: MailboxId,
    },
    /// Deletes messages for good (the browser moves to Trash first). → [`Response::Done`]
    Delete {
        /// Which messages.
        ids: Vec<StoredMessageId>,
    },
    /// Sends a message. → [`Response::Sent`]
    Send {
        /// The message.
        draft: Draft,
    },
    /// Keeps a draft in the Drafts folder, in place of its former version. → [`Response::Draft`]
    Save {
        /// The message as far as it is.
        draft: Draft,
    },
    /// Opens a stored draft to go on writing. → [`Response::Opened`]
    Open {
        /// The message in Drafts.
        id: StoredMessageId,
    },
    /// A new folder. → [`Response::Folders`]
    CreateFolder {
        /// Its full name.
        name: String,
    },
    /// Another name for a folder. → [`Response::Folders`]
    RenameFolder {
        /// Which.
        folder: MailboxId,
        /// Its new full name.
        name: String,
    },
    /// Removes an empty or a full folder with all that lies in it (the browser asks first). →
    /// [`Response::Folders`]
    RemoveFolder {
        /// Which.
        folder: MailboxId,
    },
    /// Addresses that begin like this, from past mail. → [`Response::Contacts`]
    Complete {
        /// Typed so far.
        prefix: String,
    },
    /// The events of a message so far, and [`Notification::Journey`] from now on until `Unfollow`. →
    /// [`Response::Journey`]
    Follow {
        /// A message in one of my folders.
        id: StoredMessageId,
    },
    /// The same by journey, for a message just sent. → [`Response::Journey`]
    FollowSent {
        /// As [`Sent`] gave it.
        journey: JourneyId,
    },
    /// No more news of it. → [`Response::Done`]
    Unfollow {
        /// Which.
        journey: JourneyId,
    },
    /// Keeps the connection open through sleepy proxies. → [`Response::Done`]
    Ping,
}

/// What the server answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Response {
    /// To `Hello`.
    Welcome(Welcome),
    /// All folders, in the order in which they are shown.
    Folders(Vec<Folder>),
    /// Rows of a list.
    Window(Window),
    /// What happened meanwhile; none where too much happened and the tab should ask for its window
    /// again.
    Changes(Option<Changed>),
    /// A message.
    Message(Box<MessageView>),
    /// Done; nothing to tell.
    Done,
    /// The moved messages under their new numbers, in the order asked, so that it can be undone.
    /// Messages that were gone are left out.
    Moved(Vec<StoredMessageId>),
    /// The message is durable in the queue.
    Sent(Sent),
    /// The draft is kept.
    Draft(DraftSaved),
    /// A stored draft.
    Opened(Box<Draft>),
    /// Matching addresses, best first, at most 8.
    Contacts(Vec<Contact>),
    /// Events so far.
    Journey {
        /// Whose.
        journey: JourneyId,
        /// In their order.
        events: Vec<Event>,
    },
}

/// What the server sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Frame {
    /// The answer to a call.
    Reply {
        /// The call's number.
        id: u32,
        /// The answer, or what was wrong.
        result: Result<Response, Problem>,
    },
    /// Unasked.
    Notification(Notification),
}

/// Something happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Notification {
    /// In a folder: for the open folder with rows, for others only the counts.
    Folder(Changed),
    /// Folders were made, renamed or removed.
    Folders(Vec<Folder>),
    /// New messages came into a folder: for the notice and the title. Sent beside `Folder`.
    Arrived {
        /// Where.
        folder: MailboxId,
        /// The newest of them.
        row: Row,
    },
    /// More of a followed message's journey.
    Journey {
        /// Whose.
        journey: JourneyId,
        /// Only the new ones.
        events: Vec<Event>,
    },
    /// The session is over (signed out elsewhere, password changed, shutdown): the tab goes to
    /// sign-in or reconnects.
    Bye {
        /// True where the same cookie will work again: reconnect.
        again: bool,
    },
}

/// The difference between two states of a folder.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Changed {
    /// Which folder.
    pub folder: MailboxId,
    /// Messages in it now.
    pub total: u32,
    /// Unread ones.
    pub unread: u32,
    /// The state that the folder has now.
    pub state: u64,
    /// New or changed rows (a row with an unknown id belongs at its place by `uid`, highest
    /// first).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Row>,
    /// Messages that are no longer there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<StoredMessageId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_keep_their_form_on_the_wire() {
        let call = Call {
            id: 7,
            request: Request::List {
                folder: MailboxId(3),
                offset: 0,
                count: 50,
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
    fn a_newer_field_does_not_disturb_an_older_tab() {
        let text =
            r#"{"news":{"folder":{"folder":1,"total":2,"unread":1,"state":9,"colour":"blue"}}}"#;
        assert!(matches!(
            serde_json::from_str(text),
            Ok(Frame::Notification(Notification::Folder(Changed {
                total: 2,
                ..
            })))
        ));
    }
}
