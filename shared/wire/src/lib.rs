//! Frames between the browser and the backend: JSON text over one WebSocket, and the HTTP paths of
//! bodies, files, uploads and sign-in. Plain data without behaviour.
//!
//! The browser sends [`Call`]s with ids of its own; each is answered by exactly one
//! [`Frame::Reply`]. [`Frame::Notification`]s arrive unsolicited. Unknown fields are ignored and
//! missing fields take their default, so that an old tab and a new server understand each other;
//! after an incompatible change the `version` in [`Welcome`] differs and the tab reloads.

mod compose;
pub mod console;
mod folder;
mod journey;
mod list;
mod message;
mod notes;
mod problem;
mod session;

pub use compose::{Draft, DraftSaved, DraftStatus, Original, Sent, UploadId, Uploaded};
pub use folder::{Folder, FolderKind};
pub use journey::{DeliveryChange, DeliveryStep, EventList, Sentence};
pub use list::{ListOrder, Midnight, RemovedFolder, SearchNote, Span};
pub use message::{Attachment, Contact, MessageView, Row, Window};
pub use notes::{
    Authentication, AuthenticationMethod, AuthenticationOutcome, DeliveryReport, EventTime,
    FailedCheck, Invitation, InvitationMethod, Warning,
};
pub use problem::{FolderNameProblem, Problem, RecipientProblem, RejectedRecipient};
pub use session::{Credentials, Identity, Welcome};

use mail::{JourneyId, MailboxId, StoredMessageId};
use serde::{Deserialize, Serialize};

/// Protocol version; incremented with every change that an older tab would misunderstand.
pub const VERSION: u32 = 6;

/// HTTP paths. All but sign-in need the session cookie; unsafe methods need the header
/// `x-glasspost: 1`, which a cross-origin page cannot send without a CORS preflight.
pub mod path {
    /// `GET` returns the signed-in [`super::Identity`] or `null`, `POST` with
    /// [`super::Credentials`] signs in, `DELETE` signs out.
    pub const SESSION: &str = "/api/session";
    /// The WebSocket.
    pub const SOCKET: &str = "/api/socket";
    /// `POST` with a file's bytes (`?name=…&type=…`); returns [`super::Uploaded`].
    pub const UPLOAD: &str = "/api/upload";
    /// The WebSocket of the Lab's console to the user's own server: `/lab/console/{service}`; see
    /// [`super::console`].
    pub const CONSOLE: &str = "/lab/console";
    /// The account's progress in the Lab, one JSON object: `GET`, and `PUT` with `If-Match`.
    pub const PROGRESS: &str = "/lab/progress";
    /// `/api/message/{id}/html`: the sanitized body for the sandboxed frame; with `?remote=1`
    /// remote images load through the server. `/api/message/{id}/part/{path}`: an attachment, with
    /// `?inline=1` for a preview. `/api/message/{id}/raw`: the source.
    pub const MESSAGE: &str = "/api/message";
}

/// A request with its id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Chosen by the browser; returned in the reply.
    pub id: u32,
    /// The request.
    pub request: Request,
}

/// A request of the browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Request {
    /// Opens the conversation on a new socket. → [`Response::Welcome`]
    Hello {
        /// [`VERSION`] of the tab.
        version: u32,
    },
    /// All folders. → [`Response::Folders`]
    Folders,
    /// A window of a folder's list. The folder becomes the open folder: its notifications include
    /// rows from now on. → [`Response::Window`]
    List {
        /// The folder.
        folder: MailboxId,
        /// Index of the first row.
        offset: u32,
        /// Number of rows, at most 200.
        count: u32,
        /// The order of the list.
        #[serde(default, skip_serializing_if = "ListOrder::is_newest")]
        order: ListOrder,
    },
    /// All messages of a folder, for an action on all of them. → [`Response::Selected`]
    SelectFolder {
        /// The folder.
        folder: MailboxId,
    },
    /// All messages that a search finds. → [`Response::Selected`]
    SelectFound {
        /// As in `Search`.
        query: String,
        /// As in `Search`.
        folder: Option<MailboxId>,
        /// As in `Search`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        days: Vec<Midnight>,
    },
    /// The changes in a folder since the state known to the tab; used after a reconnection. →
    /// [`Response::Changes`]
    Since {
        /// The folder.
        folder: MailboxId,
        /// The [`Window::state`] or [`Changed::state`] known to the tab.
        state: u64,
        /// The order of the list.
        #[serde(default, skip_serializing_if = "ListOrder::is_newest")]
        order: ListOrder,
    },
    /// Searches messages, newest first, by words, phrases and filters (`from:`, `before:`, …); the
    /// search module of the backend has the grammar. → [`Response::Window`]
    Search {
        /// The query as typed.
        query: String,
        /// Search this folder only; otherwise all folders except Trash and Junk.
        folder: Option<MailboxId>,
        /// Index of the first row.
        offset: u32,
        /// Number of rows, at most 200.
        count: u32,
        /// When the days begin that the query names; those that are missing begin at midnight UTC.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        days: Vec<Midnight>,
    },
    /// Fetches a message without marking it as seen. → [`Response::Message`]
    Message {
        /// Its id.
        id: StoredMessageId,
    },
    /// Changes flags (`\Seen`, `\Flagged`, keywords). → [`Response::Done`]
    Flag {
        /// The messages.
        ids: Vec<StoredMessageId>,
        /// Flags to set.
        #[serde(default)]
        add: Vec<String>,
        /// Flags to clear.
        #[serde(default)]
        remove: Vec<String>,
    },
    /// Moves messages to another folder. → [`Response::Moved`]
    Move {
        /// The messages.
        ids: Vec<StoredMessageId>,
        /// The target folder.
        to: MailboxId,
    },
    /// Deletes messages permanently; the browser moves them to Trash first. → [`Response::Done`]
    Delete {
        /// The messages.
        ids: Vec<StoredMessageId>,
    },
    /// Sends a message. → [`Response::Sent`]
    Send {
        /// The message.
        draft: Draft,
    },
    /// Saves a draft to the Drafts folder, replacing its previous version. → [`Response::Draft`]
    Save {
        /// The draft.
        draft: Draft,
    },
    /// Moves a draft to Trash, with the text as it is in the tab. A version of another window that
    /// the tab does not know stays in Drafts. → [`Response::Discarded`]
    Discard {
        /// The draft.
        draft: Draft,
    },
    /// Compares the stored version of a draft with the one that a compose window knows. →
    /// [`Response::Checked`]
    Check {
        /// [`Draft::key`].
        key: String,
        /// [`Draft::window`].
        window: String,
        /// [`Draft::stored`].
        stored: Option<StoredMessageId>,
    },
    /// Opens a stored draft for editing. → [`Response::Opened`]
    Open {
        /// The message in Drafts.
        id: StoredMessageId,
    },
    /// Creates a folder. → [`Response::Folders`]
    CreateFolder {
        /// Its full name.
        name: String,
    },
    /// Renames a folder. → [`Response::Folders`]
    RenameFolder {
        /// Its id.
        folder: MailboxId,
        /// Its new full name.
        name: String,
    },
    /// Deletes a folder and those below it. Their messages are moved to Trash. →
    /// [`Response::FolderRemoved`]
    RemoveFolder {
        /// Its id.
        folder: MailboxId,
    },
    /// Completes an address or name from past mail. → [`Response::Contacts`]
    Complete {
        /// The text typed so far.
        prefix: String,
    },
    /// The events of a message so far; later ones arrive as [`Notification::Journey`] until
    /// `Unfollow`. → [`Response::Journey`]
    Follow {
        /// A stored message of the account.
        id: StoredMessageId,
    },
    /// Like `Follow`, by journey, for a message just sent. → [`Response::Journey`]
    FollowSent {
        /// From [`Sent`].
        journey: JourneyId,
    },
    /// Stops following a journey. → [`Response::Done`]
    Unfollow {
        /// Its id.
        journey: JourneyId,
    },
    /// Keeps the connection open through proxies with an idle timeout. → [`Response::Done`]
    Ping,
}

/// The response to a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Response {
    /// To `Hello`.
    Welcome(Welcome),
    /// All folders, in display order.
    Folders(Vec<Folder>),
    /// All folders that are left, and what an undo needs: the deleted ones, parents first.
    FolderRemoved {
        /// The folders, in display order.
        folders: Vec<Folder>,
        /// The deleted ones with their messages.
        removed: Vec<RemovedFolder>,
    },
    /// A window of a list.
    Window(Window),
    /// All messages of a list.
    Selected {
        /// The messages.
        messages: Vec<Span>,
        /// Whether these are all; otherwise the search is not finished, and the tab repeats the
        /// request.
        complete: bool,
    },
    /// The changes since; none if there are too many and the tab should fetch its window again.
    Changes(Option<Changed>),
    /// A message.
    Message(Box<MessageView>),
    /// Success without data.
    Done,
    /// The new ids of the moved messages, in the order of the request, for undo. Messages that no
    /// longer existed are omitted.
    Moved(Vec<StoredMessageId>),
    /// The message is durable in the queue.
    Sent(Sent),
    /// The draft is saved.
    Draft(DraftSaved),
    /// A stored draft.
    Opened(Box<Draft>),
    /// The discarded draft's id in Trash; none if there was nothing to keep.
    Discarded(Option<StoredMessageId>),
    /// The result of `Check`.
    Checked(DraftStatus),
    /// Matching contacts, best first, at most 8.
    Contacts(Vec<Contact>),
    /// The events so far.
    Journey {
        /// The journey.
        journey: JourneyId,
        /// All events in order.
        events: EventList,
        /// What they mean for the recipients, in order.
        steps: Vec<DeliveryStep>,
    },
}

/// A frame from the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Frame {
    /// The reply to a call.
    Reply {
        /// The call's id.
        id: u32,
        /// The response, or why the call failed.
        result: Result<Response, Problem>,
    },
    /// An unsolicited notification.
    Notification(Notification),
}

/// A change that the server reports by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Notification {
    /// A folder changed. Rows are included for the open folder, only counts for others.
    Folder(Changed),
    /// Folders were created, renamed or deleted: all folders.
    Folders(Vec<Folder>),
    /// New messages arrived in a folder, for desktop notifications. Sent in addition to `Folder`.
    Arrived {
        /// The folder.
        folder: MailboxId,
        /// The newest message.
        row: Row,
    },
    /// New events of a followed journey.
    Journey {
        /// The journey.
        journey: JourneyId,
        /// The new events.
        events: EventList,
        /// What they mean for the recipients.
        steps: Vec<DeliveryStep>,
    },
    /// The session ends (signed out elsewhere, password changed, shutdown): the tab shows sign-in
    /// or reconnects.
    Bye {
        /// Whether the same cookie is still valid, so that the tab should reconnect.
        again: bool,
    },
}

/// The changes between two states of a folder.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Changed {
    /// The folder.
    pub folder: MailboxId,
    /// Current number of messages.
    pub total: u32,
    /// Current number of unread messages.
    pub unread: u32,
    /// Current state of the folder.
    pub state: u64,
    /// New and changed rows. A row with an unknown id is inserted where the list's order has it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Row>,
    /// More rows changed than a notification lists: the tab fetches its window again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub many: bool,
    /// Messages that no longer exist.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<StoredMessageId>,
}

#[cfg(test)]
mod tests;
