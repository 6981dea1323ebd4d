//! The application state of the webmail: signals over plain state, and the user's actions. Views
//! read the signals and call the methods; the methods change the state at once and then call the
//! server.
//!
//! In reading order: the `connection`, `lists`, the open message (`message_pane`), flags and
//! moves (`message_actions`), folders (`folder_actions`), composing (`compose`, `drafts`,
//! `uploads`), journeys (`follow`), keys (`keyboard`), effects on the page (`page_effects`), the
//! pages that are loaded later (`lazy_pages`).

mod compose;
mod connection;
mod drafts;
mod folder_actions;
mod follow;
mod keyboard;
mod lazy_pages;
mod lists;
mod message_actions;
mod message_pane;
mod page_effects;
mod uploads;

pub use compose::{Answered, ComposeWindow};
pub use follow::{FollowState, Followed, FollowedJourney, JourneyEntry};
pub use lazy_pages::{LoadPages, Pages};
pub use message_pane::MessageState;

use crate::i18n::{Language, Locale};
use crate::state::compositions::Compositions;
use crate::state::draft::Composition;
use crate::state::failure::Failure;
use crate::state::folders::Folders;
use crate::state::list::{Rows, Source};
use crate::state::notices::Notices;
use crate::state::place::{Mail, Place};
use crate::state::prefs::Prefs;
use crate::state::selection::Selection;
use crate::web::http::UploadHandle;
use crate::web::socket::Socket;
use crate::web::{address_bar, message_frame, page, storage};
use leptos::prelude::*;
use mail::{JourneyId, MailboxId, StoredMessageId};
use std::sync::Arc;
use std::time::Duration;
use wire::{Identity, ListOrder, MessageView, RemovedFolder, Welcome};

/// Time for which a notification is shown.
pub const NOTICE_SHOWN: Duration = Duration::from_secs(8);
/// Time for which a notification stays after the pointer or the focus has left it.
const NOTICE_LEFT: Duration = Duration::from_secs(3);

/// The sign-in state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Session {
    /// Not known yet.
    Unknown,
    /// The server cannot be reached.
    Unreachable,
    /// Signed out.
    Out {
        /// Whether the session ended other than by signing out in this tab.
        ended_elsewhere: bool,
    },
    /// Signed in to this account.
    In(Identity),
}

/// The state of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Connecting for the first time.
    First,
    /// Connected.
    Up,
    /// Lost; it reconnects automatically.
    Down,
}

/// A notification at the foot of the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// Messages were moved; the move can be undone.
    Moved {
        /// Number of messages.
        count: usize,
        /// The target folder.
        to: MailboxId,
        /// New ids, grouped by source folder.
        back: Vec<(Vec<StoredMessageId>, MailboxId)>,
        /// Where its only message was open; an undo opens it there again.
        opened: Option<Mail>,
    },
    /// A folder and its subfolders were deleted; that can be undone.
    FolderRemoved {
        /// Its name.
        name: String,
        /// Number of messages, now in Trash.
        count: usize,
        /// The deleted folders, parents first.
        removed: Vec<RemovedFolder>,
    },
    /// Messages were permanently deleted.
    Deleted(usize),
    /// A move was undone.
    Undone,
    /// A message was sent; its journey is followed.
    Sent(JourneyId),
    /// A draft was saved.
    DraftSaved,
    /// A closed draft could not be saved; its window is open again.
    DraftNotSaved,
    /// A draft was restored after the tab was closed.
    DraftRestored,
    /// A message was discarded; that can be undone.
    Discarded(Box<Composition>),
    /// The second WebAssembly file cannot be loaded yet.
    PagesMissing,
    /// An operation failed.
    Failed(Failure),
}

/// A modal dialog.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    /// Keyboard shortcuts.
    Help,
    /// Chooses the target folder of a move.
    Move(Vec<StoredMessageId>),
    /// Confirms a permanent deletion.
    Delete(Vec<StoredMessageId>),
    /// Creates a folder.
    NewFolder,
    /// Renames a folder.
    Rename(MailboxId),
    /// Confirms the deletion of a folder.
    Remove(MailboxId),
    /// Confirms sending without a subject, from this compose window.
    EmptySubject(u32),
    /// Confirms sending without the mentioned attachment, from this compose window.
    MissingAttachment(u32),
    /// Shows the source of a message.
    Source(StoredMessageId),
    /// Shows an attachment: URL, name, media type.
    Preview(String, String, String),
}

/// The state that views bind. Cheap to copy.
#[derive(Clone, Copy)]
pub struct App {
    /// The locale.
    pub t: Locale,
    /// The settings.
    pub prefs: RwSignal<Prefs>,
    /// The place shown in the address bar.
    pub place: RwSignal<Place>,
    /// The sign-in state.
    pub session: RwSignal<Session>,
    /// The connection.
    pub link: RwSignal<Link>,
    /// The server's last `Welcome`.
    pub welcome: RwSignal<Option<Welcome>>,
    /// Counts connections; effects that must run again after a reconnection depend on it.
    pub epoch: RwSignal<u32>,
    /// The folders, once loaded.
    pub folders: RwSignal<Option<Folders>>,
    /// The open list.
    pub rows: RwSignal<Rows>,
    /// Why loading the list failed.
    pub rows_failed: RwSignal<Option<Failure>>,
    /// The selected messages and the cursor.
    pub selection: RwSignal<Selection>,
    /// The open message.
    pub reading: RwSignal<MessageState>,
    /// The messages being written.
    pub compositions: RwSignal<Compositions>,
    /// The notifications.
    pub notices: RwSignal<Notices<Notice>>,
    /// The dialog.
    pub dialog: RwSignal<Option<Dialog>>,
    /// The followed journeys.
    pub journeys: RwSignal<Vec<JourneyEntry>>,
    /// The text of the live region for screen readers.
    pub spoken: RwSignal<String>,
    /// Whether the folder drawer is open (narrow screens).
    pub drawer: RwSignal<bool>,
    /// Whether the page is being printed or is about to be: parts that the screen omits are drawn.
    pub printing: RwSignal<bool>,
    /// The pages of the second WebAssembly file, once it is loaded.
    pub pages: RwSignal<Option<Pages>>,
    /// Loads them; taken when loading begins.
    load_pages: StoredValue<Option<LoadPages>>,
    /// How far an action on very many messages is: the number done, and of all.
    pub progress: RwSignal<Option<(usize, usize)>>,
    /// Number of moves in progress, and whether to undo the newest when it completes.
    moving: StoredValue<(u32, bool)>,
    messages: StoredValue<Vec<Arc<MessageView>>>,
    /// Running uploads: compose window, number in the window, handle.
    upload_handles: StoredValue<Vec<(u32, u32, UploadHandle)>, LocalStorage>,
    /// Whether the messages on the device were restored since signing in.
    restored: StoredValue<bool>,
    /// Whether the page is being hidden or closed.
    leaving: StoredValue<bool>,
    socket: StoredValue<Option<Socket>, LocalStorage>,
}

/// The application state from the Leptos context.
pub fn use_app() -> App {
    expect_context::<App>()
}

impl App {
    /// Creates the state from the stored settings and the address bar, and starts the effects and
    /// the connection.
    pub fn start(load: LoadPages) -> App {
        let app = App::new(load);
        address_bar::follow(app.place);
        app.page_effects();
        app.begin();
        app
    }

    fn new(load: LoadPages) -> App {
        let prefs = storage::get("prefs")
            .map(|text| Prefs::read(&text))
            .unwrap_or_default();
        let browser = page::languages();
        let language = prefs
            .language
            .unwrap_or_else(|| Language::of_browser(browser.iter().map(String::as_str)));
        App {
            t: Locale(RwSignal::new(language)),
            prefs: RwSignal::new(prefs),
            place: RwSignal::new(address_bar::here()),
            session: RwSignal::new(Session::Unknown),
            link: RwSignal::new(Link::First),
            welcome: RwSignal::new(None),
            epoch: RwSignal::new(0),
            folders: RwSignal::new(None),
            rows: RwSignal::new(Rows::new(Source::Folder(MailboxId(0)), ListOrder::Newest)),
            rows_failed: RwSignal::new(None),
            selection: RwSignal::new(Selection::default()),
            reading: RwSignal::new(MessageState::Empty),
            compositions: RwSignal::new(Compositions::default()),
            notices: RwSignal::new(Notices::default()),
            dialog: RwSignal::new(None),
            journeys: RwSignal::new(Vec::new()),
            spoken: RwSignal::new(String::new()),
            drawer: RwSignal::new(false),
            printing: RwSignal::new(false),
            pages: RwSignal::new(None),
            load_pages: StoredValue::new(Some(load)),
            progress: RwSignal::new(None),
            moving: StoredValue::new((0, false)),
            messages: StoredValue::new(Vec::new()),
            upload_handles: StoredValue::new_local(Vec::new()),
            restored: StoredValue::new(false),
            leaving: StoredValue::new(false),
            socket: StoredValue::new_local(None),
        }
    }

    /// Navigates to a list or message.
    pub fn go(self, mail: &Mail) {
        self.go_to(&mail.href());
    }

    /// Navigates to a path of the webmail.
    pub fn go_to(self, href: &str) {
        address_bar::go(self.place, href, false);
    }

    /// Navigates to a path of the webmail without a new entry in the history.
    pub fn replace_place(self, href: &str) {
        address_bar::go(self.place, href, true);
    }

    /// The current list and message; tracked.
    pub fn mail(self) -> Option<Mail> {
        self.place.with(mail_of)
    }

    /// The current list and message; untracked.
    pub fn mail_now(self) -> Option<Mail> {
        self.place.with_untracked(mail_of)
    }

    /// Shows a notification and returns its ID. The notification of a sent message stays until some
    /// time after its status last changed.
    pub fn notify(self, notice: Notice) -> Option<u32> {
        let follows = matches!(notice, Notice::Sent(_));
        let number = self.notices.try_update(|notices| notices.add(notice))?;
        if !follows {
            self.dismiss_later(number, NOTICE_SHOWN);
        }
        Some(number)
    }

    /// Removes a notification after some time; delayed while the pointer or the focus is on it.
    pub fn dismiss_later(self, number: u32, after: Duration) {
        let dismiss = move || {
            let attended = format!(".notice[data-number=\"{number}\"]:is(:hover, :focus-within)");
            if page::exists(&attended) {
                self.dismiss_later(number, NOTICE_LEFT);
            } else {
                drop(self.notices.try_update(|notices| notices.dismiss(number)));
            }
        };
        set_timeout(dismiss, after);
    }

    /// Announces a text to screen readers.
    pub fn announce(self, text: String) {
        self.spoken.set(text);
    }

    /// Prints the open message, once the parts that only paper shows are drawn.
    pub fn print(self) {
        self.printing.set(true);
        let print = move || {
            let head = page::document().and_then(|d| d.query_selector(".print-head").ok()?);
            message_frame::print(head.as_ref());
            self.printing.set(false);
        };
        set_timeout(print, Duration::ZERO);
    }

    /// Opens a dialog.
    pub fn show(self, dialog: Dialog) {
        self.dialog.set(Some(dialog));
    }
}

fn mail_of(place: &Place) -> Option<Mail> {
    if let Place::Mail(mail) = place {
        Some(mail.clone())
    } else {
        None
    }
}
