//! The connection: sign-in state, calls, notifications, and what is fetched again after a
//! reconnection.

use super::{App, Link, MessageState, Session};
use crate::state::address::visible;
use crate::state::compositions::Compositions;
use crate::state::failure::Failure;
use crate::state::folders::Folders;
use crate::state::place::Place;
use crate::web::socket::{Socket, SocketEvent};
use crate::web::{address_bar, http, page};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::{
    Credentials, FolderNameProblem, Notification, Problem, Request, Response, VERSION, Welcome,
};

impl App {
    /// Starts the connection.
    pub(super) fn begin(self) {
        let socket = Socket::new(move |event| self.heard(event));
        self.socket.set_value(Some(socket));
        self.ask_session();
    }

    /// Fetches the sign-in state.
    pub fn ask_session(self) {
        spawn_local(async move {
            match http::session().await {
                Ok(Some(who)) => self.signed_in(who),
                Ok(None) => self.session.set(Session::Out {
                    ended_elsewhere: false,
                }),
                Err(_) => self.session.set(Session::Unreachable),
            }
        });
    }

    fn signed_in(self, who: wire::Identity) {
        self.session.set(Session::In(who));
        self.link.set(Link::First);
        if self.place.get_untracked() == Place::SignIn {
            address_bar::go(self.place, "/mail/inbox", true);
        }
        if let Some(socket) = self.socket.get_value() {
            socket.start();
        }
    }

    /// Signs in.
    ///
    /// # Errors
    /// The failure to show.
    pub async fn sign_in(self, credentials: Credentials) -> Result<(), Failure> {
        let who = http::sign_in(&credentials).await?;
        self.signed_in(who);
        Ok(())
    }

    /// Signs out and clears the state.
    pub fn sign_out(self) {
        spawn_local(async move {
            self.save_before_sign_out().await;
            http::sign_out().await;
            self.signed_out(false);
            address_bar::go(self.place, "/", true);
        });
    }

    /// Clears the state. Unsaved messages stay on the device until the account signs in again.
    fn signed_out(self, ended_elsewhere: bool) {
        self.release_copies();
        if let Some(socket) = self.socket.get_value() {
            socket.stop();
        }
        self.session.set(Session::Out { ended_elsewhere });
        self.welcome.set(None);
        self.folders.set(None);
        self.reading.set(MessageState::Empty);
        self.messages.set_value(Vec::new());
        self.compositions.update(Compositions::clear);
        self.restored.set_value(false);
        self.dialog.set(None);
        self.journeys.update(|journeys| journeys.clear());
        self.notices.set(crate::state::notices::Notices::default());
    }

    /// Reconnects immediately.
    pub fn reconnect_now(self) {
        if let Some(socket) = self.socket.get_value() {
            socket.reconnect_now();
        }
    }

    /// Treats the connection as lost: the device has no network.
    pub fn connection_lost(self) {
        if let Some(socket) = self.socket.get_value() {
            socket.lost();
        }
    }

    /// Calls the server.
    ///
    /// # Errors
    /// The server's problem, or the loss of the connection.
    pub async fn call(self, ask: Request) -> Result<Response, Failure> {
        match self.socket.get_value() {
            Some(socket) => socket.call(ask).await,
            None => Err(Failure::ConnectionLost),
        }
    }

    /// Calls the server and shows a notification on failure.
    pub fn call_or_notify(self, ask: Request, done: impl FnOnce(Response) + 'static) {
        spawn_local(async move {
            match self.call(ask).await {
                Ok(answer) => done(answer),
                Err(failure) => {
                    self.notify(super::Notice::Failed(failure));
                }
            }
        });
    }

    fn heard(self, event: SocketEvent) {
        match event {
            SocketEvent::Up(welcome) => self.up(*welcome),
            SocketEvent::Down => self.link.set(Link::Down),
            SocketEvent::Notification(notification) => self.apply(*notification),
            SocketEvent::SignedOut => self.signed_out(true),
        }
    }

    fn up(self, welcome: Welcome) {
        if welcome.version != VERSION {
            page::reload();
            return;
        }
        let again = self.epoch.get_untracked() > 0;
        self.link.set(Link::Up);
        self.welcome.set(Some(welcome));
        self.call_or_notify(Request::Folders, move |answer| self.take_folders(answer));
        if again {
            self.catch_up();
        }
        if self.restored.get_value() {
            self.save_all();
        } else {
            self.restored.set_value(true);
            self.restore_compositions();
        }
        self.epoch.update(|epoch| *epoch += 1);
    }

    /// Applies a folder list.
    pub fn take_folders(self, answer: Response) {
        if let Response::Folders(folders) = answer {
            self.folders.set(Some(Folders(folders)));
        }
    }

    fn apply(self, notification: Notification) {
        match notification {
            Notification::Folder(changed) => {
                self.folders.update(|folders| {
                    if let Some(folders) = folders {
                        folders.apply(&changed);
                    }
                });
                self.changed(&changed);
                self.check_drafts(changed.folder);
            }
            Notification::Folders(folders) => self.folders.set(Some(Folders(folders))),
            Notification::Arrived { folder, row } => self.arrived(folder, &row),
            Notification::Journey {
                journey,
                events,
                steps,
            } => self.add_events(journey, events, steps),
            Notification::Bye { .. } => {}
        }
    }

    /// The text for a failure.
    pub fn failure_text(self, failure: &Failure) -> String {
        match failure {
            Failure::ConnectionLost => self.t.problem_connection.to_owned(),
            Failure::Problem(problem) => self.problem_text(problem),
        }
    }

    fn problem_text(self, problem: &Problem) -> String {
        let t = self.t;
        match problem {
            Problem::SignIn => t.problem_sign_in.to_owned(),
            Problem::Credentials => t.problem_credentials.to_owned(),
            Problem::TooManyAttempts(seconds) => t.problem_too_many_attempts(*seconds),
            Problem::Gone => t.problem_gone.to_owned(),
            Problem::OriginalGone => t.problem_original_gone.to_owned(),
            Problem::Address(address) => t.problem_address(&visible(address)),
            Problem::Sender(_) => t.problem_sender.to_owned(),
            Problem::Recipients(rejected) => t.problem_recipients(rejected),
            Problem::Rejected(reply) => t.problem_rejected(reply),
            Problem::NoRecipient => t.problem_no_recipient.to_owned(),
            Problem::TooLarge(0) => t.problem_too_large_plain.to_owned(),
            Problem::TooLarge(bytes) => t.problem_too_large(&t.size(*bytes)),
            Problem::FolderName(problem) => match problem {
                FolderNameProblem::Empty => t.name_empty,
                FolderNameProblem::TooLong => t.name_too_long,
                FolderNameProblem::Character => t.name_invalid,
                FolderNameProblem::InsideItself => t.name_inside_itself,
                FolderNameProblem::TooManyFolders => t.too_many_folders,
            }
            .to_owned(),
            Problem::Exists => t.problem_exists.to_owned(),
            Problem::Protected => t.problem_protected.to_owned(),
            Problem::Quota => t.problem_quota.to_owned(),
            Problem::DraftConflict(_) => t.draft_changed.to_owned(),
            Problem::AlreadySent(_) => t.draft_sent.to_owned(),
            Problem::Malformed => t.problem_malformed.to_owned(),
            Problem::Server(number) => t.problem_server(number),
        }
    }
}
