//! The signals that bind plain state to the page, and what the reader can do. Views read the
//! signals and call the methods; the methods change the state at once and tell the server.
//!
//! In reading order: the connection (`talk`), lists (`lists`), the open message (`reading`), flags
//! and moves (`acts`), writing (`compose`), journeys (`follow`), keys (`keyboard`), the page around
//! the view (`surroundings`).

mod acts;
mod compose;
mod follow;
mod keyboard;
mod lists;
mod reading;
mod surroundings;
mod talk;

pub use follow::{FollowState, Followed};
pub use reading::Reading;

use crate::i18n::{Language, Locale};
use crate::pages;
use crate::state::draft::{Failure, Writing};
use crate::state::folders::Folders;
use crate::state::list::{Rows, Source};
use crate::state::notices::Notices;
use crate::state::place::{Mail, Place};
use crate::state::prefs::Prefs;
use crate::state::selection::Selection;
use crate::web::http::Going;
use crate::web::socket::Socket;
use crate::web::{address_bar, storage};
use event::Event;
use leptos::prelude::*;
use mail::{JourneyId, MailboxId, StoredMessageId};
use std::sync::Arc;
use wire::{MessageView, Welcome, Who};

/// Who sits before the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Session {
    /// Not yet asked.
    Unknown,
    /// The server could not be asked.
    Unreachable,
    /// Nobody.
    Out,
    /// This account.
    In(Who),
}

/// How the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// For the first time it is being made.
    First,
    /// Good.
    Up,
    /// Broken; it comes back by itself.
    Down,
}

/// Something told at the foot of the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// Messages were moved; each group can go back where it came from.
    Moved {
        /// How many.
        count: usize,
        /// Whereto.
        to: MailboxId,
        /// Their new numbers and where they came from.
        back: Vec<(Vec<StoredMessageId>, MailboxId)>,
    },
    /// Messages were deleted for good.
    Erased(usize),
    /// Something was taken back.
    Undone,
    /// A message was sent: its journey is followed.
    Sent(JourneyId),
    /// A draft was kept.
    DraftKept,
    /// A message that was being written when the tab closed is back.
    Restored,
    /// Something went wrong.
    Failed(Failure),
}

/// A dialog over the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    /// The keys.
    Help,
    /// Choose a folder to move messages to.
    Move(Vec<StoredMessageId>),
    /// Deleting for good: sure?
    Delete(Vec<StoredMessageId>),
    /// A new folder.
    NewFolder,
    /// Another name for a folder.
    Rename(MailboxId),
    /// Removing a folder with its messages: sure?
    Remove(MailboxId),
    /// The text promises an attachment: send without?
    MissingAttachment,
    /// The source of a message.
    Source(StoredMessageId),
    /// An image or text of a message, large: where from, its name, its type.
    Preview(String, String, String),
}

/// Everything that views bind. Copied freely.
#[derive(Clone, Copy)]
pub struct App {
    /// The words.
    pub t: Locale,
    /// What the reader set.
    pub prefs: RwSignal<Prefs>,
    /// The address bar.
    pub place: RwSignal<Place>,
    /// Who is signed in.
    pub session: RwSignal<Session>,
    /// The connection.
    pub link: RwSignal<Link>,
    /// What the server said at the last greeting.
    pub welcome: RwSignal<Option<Welcome>>,
    /// Counts greetings: what must be asked again after a reconnection depends on it.
    pub epoch: RwSignal<u32>,
    /// Folders; none before they came.
    pub folders: RwSignal<Option<Folders>>,
    /// The open list.
    pub rows: RwSignal<Rows>,
    /// Why the list could not be fetched.
    pub rows_failed: RwSignal<Option<Failure>>,
    /// Chosen messages and the cursor.
    pub selection: RwSignal<Selection>,
    /// The open message.
    pub reading: RwSignal<Reading>,
    /// The message being written.
    pub writing: RwSignal<Option<Writing>>,
    /// Counts sheets begun: another message is another sheet.
    pub sheet: RwSignal<u32>,
    /// What is told.
    pub notices: RwSignal<Notices<Notice>>,
    /// The dialog.
    pub dialog: RwSignal<Option<Dialog>>,
    /// Journeys that are followed, with how many follow each.
    pub journeys: RwSignal<Vec<(JourneyId, Vec<Event>, u32)>>,
    /// What screen readers are told.
    pub spoken: RwSignal<String>,
    /// The folders are shown over the page (narrow screens).
    pub drawer: RwSignal<bool>,
    /// Moves under way, and whether the newest is to be taken back as soon as it is done.
    moving: StoredValue<(u32, bool)>,
    messages: StoredValue<Vec<Arc<MessageView>>>,
    going: StoredValue<Vec<(u32, Going)>, LocalStorage>,
    /// The page is being put away.
    leaving: StoredValue<bool>,
    socket: StoredValue<Option<Socket>, LocalStorage>,
}

/// The app that the page was given.
pub fn use_app() -> App {
    expect_context::<App>()
}

/// Mounts the webmail.
pub fn start() {
    mount_to_body(Root);
}

impl App {
    fn new() -> App {
        let prefs = storage::get("prefs")
            .map(|text| Prefs::read(&text))
            .unwrap_or_default();
        let browser = crate::web::page::languages();
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
            rows: RwSignal::new(Rows::new(Source::Folder(MailboxId(0)))),
            rows_failed: RwSignal::new(None),
            selection: RwSignal::new(Selection::default()),
            reading: RwSignal::new(Reading::Nothing),
            writing: RwSignal::new(None),
            sheet: RwSignal::new(0),
            notices: RwSignal::new(Notices::default()),
            dialog: RwSignal::new(None),
            journeys: RwSignal::new(Vec::new()),
            spoken: RwSignal::new(String::new()),
            drawer: RwSignal::new(false),
            moving: StoredValue::new((0, false)),
            messages: StoredValue::new(Vec::new()),
            going: StoredValue::new_local(Vec::new()),
            leaving: StoredValue::new(false),
            socket: StoredValue::new_local(None),
        }
    }

    /// Goes to a place among messages.
    pub fn go(self, mail: &Mail) {
        self.go_to(&mail.href());
    }

    /// Goes to an address of ours.
    pub fn go_to(self, href: &str) {
        address_bar::go(self.place, href, false);
    }

    /// The place among messages where the reader is.
    pub fn mail(self) -> Option<Mail> {
        self.place.with(mail_of)
    }

    /// The same, without following it.
    pub fn mail_now(self) -> Option<Mail> {
        self.place.with_untracked(mail_of)
    }

    /// Tells something at the foot of the page; answers the notice's number.
    pub fn tell(self, notice: Notice) -> Option<u32> {
        let lasting = matches!(notice, Notice::Sent(_));
        let number = self.notices.try_update(|notices| notices.tell(notice))?;
        if !lasting {
            let gone = move || drop(self.notices.try_update(|notices| notices.dismiss(number)));
            set_timeout(gone, std::time::Duration::from_secs(8));
        }
        Some(number)
    }

    /// Tells screen readers something.
    pub fn say(self, text: String) {
        self.spoken.set(text);
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

/// The whole page.
#[component]
pub fn Root() -> impl IntoView {
    let app = App::new();
    provide_context(app);
    provide_context(app.t);
    address_bar::follow(app.place);
    app.surroundings();
    app.begin();
    pages::page(app)
}
