//! The connection: who is signed in, calls to the server, news from it, and what must be asked
//! again after it broke.

use super::{App, Link, Reading, Session};
use crate::state::draft::Failure;
use crate::state::folders::Folders;
use crate::state::place::Place;
use crate::web::socket::{Said, Socket};
use crate::web::{address_bar, http, page};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::{Credentials, Notification, Problem, Request, Response, VERSION, Welcome};

impl App {
    /// Asks who is signed in, and goes on from there.
    pub(super) fn begin(self) {
        let socket = Socket::new(move |said| self.heard(said));
        self.socket.set_value(Some(socket));
        self.ask_session();
    }

    /// Asks the server who is signed in.
    pub fn ask_session(self) {
        spawn_local(async move {
            match http::session().await {
                Ok(Some(who)) => self.signed_in(who),
                Ok(None) => self.session.set(Session::Out),
                Err(_) => self.session.set(Session::Unreachable),
            }
        });
    }

    fn signed_in(self, who: wire::Who) {
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
    /// With what was wrong.
    pub async fn sign_in(self, credentials: Credentials) -> Result<(), Failure> {
        let who = http::sign_in(&credentials).await?;
        self.signed_in(who);
        Ok(())
    }

    /// Signs out and forgets everything that was shown.
    pub fn sign_out(self) {
        self.save_now();
        spawn_local(async move {
            http::sign_out().await;
            self.signed_out();
            address_bar::go(self.place, "/", true);
        });
    }

    fn signed_out(self) {
        if let Some(socket) = self.socket.get_value() {
            socket.stop();
        }
        self.session.set(Session::Out);
        self.welcome.set(None);
        self.folders.set(None);
        self.reading.set(Reading::Nothing);
        self.messages.set_value(Vec::new());
        self.writing.set(None);
        self.dialog.set(None);
        self.journeys.update(|journeys| journeys.clear());
        self.notices.set(crate::state::notices::Notices::default());
    }

    /// Tries to connect at once.
    pub fn hurry(self) {
        if let Some(socket) = self.socket.get_value() {
            socket.hurry();
        }
    }

    /// Calls the server.
    ///
    /// # Errors
    /// With the server's problem, or as lost.
    pub async fn call(self, ask: Request) -> Result<Response, Failure> {
        match self.socket.get_value() {
            Some(socket) => socket.call(ask).await,
            None => Err(Failure::Lost),
        }
    }

    /// Calls the server and tells what went wrong, if something does.
    pub fn call_and_tell(self, ask: Request, done: impl FnOnce(Response) + 'static) {
        spawn_local(async move {
            match self.call(ask).await {
                Ok(answer) => done(answer),
                Err(failure) => {
                    self.tell(super::Notice::Failed(failure));
                }
            }
        });
    }

    fn heard(self, said: Said) {
        match said {
            Said::Up(welcome) => self.up(*welcome),
            Said::Down => self.link.set(Link::Down),
            Said::Notification(news) => self.news(*news),
            Said::SignedOut => self.signed_out(),
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
        self.call_and_tell(Request::Folders, move |answer| self.take_folders(answer));
        if again {
            self.catch_up();
        } else {
            self.restore_writing();
        }
        self.epoch.update(|epoch| *epoch += 1);
    }

    /// Takes the folders of an answer.
    pub fn take_folders(self, answer: Response) {
        if let Response::Folders(folders) = answer {
            self.folders.set(Some(Folders(folders)));
        }
    }

    fn news(self, news: Notification) {
        match news {
            Notification::Folder(changed) => {
                self.folders.update(|folders| {
                    if let Some(folders) = folders {
                        folders.news(&changed);
                    }
                });
                self.changed(&changed);
            }
            Notification::Folders(folders) => self.folders.set(Some(Folders(folders))),
            Notification::Arrived { folder, row } => self.arrived(folder, &row),
            Notification::Journey { journey, events } => self.more_of(journey, events),
            Notification::Bye { .. } => {}
        }
    }

    /// The words for what went wrong.
    pub fn failure_words(self, failure: &Failure) -> String {
        match failure {
            Failure::Lost => self.t.problem_lost.to_owned(),
            Failure::Problem(problem) => self.problem_words(problem),
        }
    }

    fn problem_words(self, problem: &Problem) -> String {
        let t = self.t;
        match problem {
            Problem::SignIn => t.problem_sign_in.to_owned(),
            Problem::Credentials => t.problem_credentials.to_owned(),
            Problem::Slow(seconds) => t.problem_slow(*seconds),
            Problem::Gone => t.problem_gone.to_owned(),
            Problem::Address(address) => t.problem_address(address),
            Problem::Recipient(address, reply) => t.problem_recipient(address, reply),
            Problem::NoRecipient => t.problem_no_recipient.to_owned(),
            Problem::TooLarge(0) => t.problem_too_large_plain.to_owned(),
            Problem::TooLarge(bytes) => t.problem_too_large(&t.size(*bytes)),
            Problem::Name(why) => t.problem_name(why),
            Problem::Exists => t.problem_exists.to_owned(),
            Problem::Protected => t.problem_protected.to_owned(),
            Problem::Quota => t.problem_quota.to_owned(),
            Problem::Malformed => t.problem_malformed.to_owned(),
            Problem::Server(number) => t.problem_server(number),
        }
    }
}
