//! The role behind one outgoing session: gives it the letter and its bytes, and keeps what it tells.

use super::attempt::Told;
use event::{Kind, Recorder};
use mail::session::{Line, Session, Step, TlsInfo};
use mail::{Duration, Reply};
use queue::Job;
use smtp::client::{Answer, Ask, Client, Fate, Letter};
use store::Store;
use world::{Decide, World};

/// Octets read from the store at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// One connection's role.
pub(super) struct Sending<'a> {
    store: &'a Store,
    world: &'a World,
    job: &'a Job<'a>,
    letter: Option<Letter>,
    recorder: Recorder,
    /// How far the letter has been given: the prefix first, then the content.
    given: u64,
    told: Option<Told>,
}

impl<'a> Sending<'a> {
    pub(super) fn new(store: &'a Store, world: &'a World, job: &'a Job<'a>, letter: Letter, recorder: Recorder) -> Sending<'a> {
        Sending { store, world, job, letter: Some(letter), recorder, given: 0, told: None }
    }

    /// What became of the letter. The connection has ended.
    pub(super) fn told(mut self, after: Duration) -> Told {
        self.recorder.emit(self.world.now(), Kind::Closed { after });
        self.told.unwrap_or_else(|| {
            let reply = Reply::new(451, (4, 4, 2), "the connection was lost");
            Told::Failed(Fate { reply, theirs: false, at: "greeting", uncertain: false })
        })
    }

    /// After a connection was broken off by the network: lets the session say what that means for the letter.
    pub(super) async fn ask_what_became(&mut self, session: &mut Client) {
        session.closed(self.world.now());
        while let Some(step) = session.step() {
            match step {
                // Nothing more can be sent, so nothing more is read.
                Step::Ask(Ask::Body) => session.answer(Answer::BodyEnd, self.world.now()),
                Step::Ask(ask) => {
                    let answer = self.decide(ask).await;
                    session.answer(answer, self.world.now());
                }
                Step::Trace(line) => self.saw(line),
                Step::Send(_) | Step::StartTls => {}
                Step::Done => return,
            }
        }
    }

    async fn piece(&mut self) -> Answer {
        let prefix = self.job.prefix.len() as u64;
        if self.given < prefix {
            self.given = prefix;
            return Answer::Body(self.job.prefix.to_vec());
        }
        if self.given >= self.job.octets {
            return Answer::BodyEnd;
        }
        match self.job.body.read(self.store, self.given - prefix, PIECE_BYTES).await {
            // Shorter than it was when it came: something is wrong with it.
            Ok(bytes) if bytes.is_empty() => Answer::Abort,
            Ok(bytes) => {
                self.given += bytes.len() as u64;
                Answer::Body(bytes)
            }
            Err(error) => {
                tracing::error!(letter = %self.job.letter, %error, "a letter cannot be read");
                Answer::Abort
            }
        }
    }
}

impl Decide<Client> for Sending<'_> {
    async fn decide(&mut self, ask: Ask) -> Answer {
        match ask {
            // Opportunistic: any certificate will do.
            Ask::TlsStarted(_) => Answer::Go,
            Ask::Next(_) => self.letter.take().map_or(Answer::Quit, Answer::Letter),
            Ask::Body => self.piece().await,
            Ask::Outcome(fates) => {
                self.told = Some(Told::Fates(fates));
                Answer::Go
            }
            Ask::Failed(fate) => {
                self.told = Some(Told::Failed(fate));
                Answer::Go
            }
        }
    }

    fn saw(&mut self, line: Line) {
        self.recorder.line(self.world.now(), line);
    }

    fn sealed(&mut self, tls: &TlsInfo) {
        self.recorder.tls(self.world.now(), tls.clone());
    }
}
