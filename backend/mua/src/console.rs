//! The Lab's console to one's own server: a person who is signed in types SMTP, IMAP or POP3 to
//! this very host, as oneself. Between the two lies a pipe in memory, so there is no way from here
//! to any other host. Knows no protocol and reads no line: the host's own roles answer, and record
//! what is said as they do for any client.
//!
//! Failures: what is no line, too much, or too late ends the console with the reason ([`Over`]);
//! when the browser goes, the host's side sees the end of the connection, as of any client that
//! goes.
//!
//! Architecture invariant: nothing here opens a connection; who may sign in is decided by the
//! host's own door for one account alone.

use crate::{Mua, lock};
pub use mail::Service;
use mail::{AccountId, Duration, Time};
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use store::Account;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
pub use wire::console::{Hear, Over, Say};
use world::{BoxFuture, Connection, HANDSHAKE_MAX, Stream, TlsCheck, World};

/// This host, as the console needs it.
pub trait OwnHost: Send + Sync {
    /// Serves one connection to its end as the listener of that service would, but lets in this
    /// account alone.
    fn serve(
        &self,
        service: Service,
        connection: Connection,
        account: Account,
    ) -> BoxFuture<'static, ()>;
}

/// The longest line, in octets, without its line end: that of AUTH (RFC 4954 §4).
pub const LINE_BYTES_MAX: usize = 12_288;
/// Lines of one console.
pub const LINES_MAX: u32 = 2_000;
/// Octets that may be typed in one console.
pub const TYPED_BYTES_MAX: usize = 256 * 1024;
/// Octets that a host may say in one console.
pub const HEARD_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long nothing may be typed.
pub const IDLE_MAX: Duration = Duration::from_secs(10 * 60);
/// Consoles of one account at once.
pub const CONSOLES_MAX: u32 = 3;
/// Frames of the browser that wait.
pub const SAYS_WAITING_MAX: usize = 16;
// What the pipe holds in each direction.
const PIPE_BYTES: usize = 32 * 1024;
// An unfinished line of the host is shown when it is longer than this.
const HELD_BYTES_MAX: usize = 8 * 1024;
// How long the browser may take to accept a frame.
const HEAR_MAX: Duration = Duration::from_secs(20);

/// How many consoles each account has open. Clones share it.
#[derive(Clone, Default)]
pub struct Consoles(Arc<Mutex<HashMap<AccountId, u32>>>);

/// The right to one console; given back when dropped.
pub struct Place {
    consoles: Consoles,
    account: AccountId,
}

impl Consoles {
    /// A place, unless the account has as many as it may.
    pub fn take(&self, account: AccountId) -> Option<Place> {
        let mut open = lock(&self.0);
        let count = open.entry(account).or_default();
        if *count >= CONSOLES_MAX {
            return None;
        }
        *count += 1;
        Some(Place {
            consoles: self.clone(),
            account,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = lock(&self.consoles.0);
        if let Some(count) = open.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.account);
            }
        }
    }
}

/// Whose console it is, and to what.
pub struct Opening {
    /// What is spoken.
    pub service: Service,
    /// As whom.
    pub account: Account,
    /// Whence the browser came: guesses and connections are counted there.
    pub from: IpAddr,
    /// The browser's own connection is sealed.
    pub browser_sealed: bool,
}

/// Runs a console to its end: when the browser goes (`says` ends), when the host closes, or when
/// `ending` says that it must.
pub async fn run(
    mua: &Mua,
    own: Arc<dyn OwnHost>,
    opening: Opening,
    says: mpsc::Receiver<Option<Say>>,
    hears: mpsc::Sender<Hear>,
    ending: impl Future<Output = Over> + Send,
) {
    let (person, host) = tokio::io::duplex(PIPE_BYTES);
    let local = SocketAddr::from((Ipv4Addr::LOCALHOST, opening.service.port()));
    let remote = SocketAddr::new(opening.from, 0);
    let connection = Connection {
        stream: Box::new(host),
        local,
        remote,
        tls: None,
    };
    let serving = own.serve(opening.service, connection, opening.account.clone());
    let mut talk = Talk {
        world: mua.world().clone(),
        name: mua.parts().host.clone(),
        says,
        hears,
        held: Vec::new(),
        typed: Typed {
            lines: 0,
            bytes: 0,
            last: mua.world().now(),
        },
        heard: 0,
    };
    let talking = async move {
        let over = talk.run(Box::new(person), &opening, ending).await;
        // What the host said last comes before the reason.
        talk.tell_rest().await;
        talk.hear(Hear::Over(over)).await;
        drop(talk);
    };
    tokio::join!(serving, talking);
}

struct Talk {
    world: World,
    name: String,
    says: mpsc::Receiver<Option<Say>>,
    hears: mpsc::Sender<Hear>,
    /// The beginning of a line that the host has not ended yet.
    held: Vec<u8>,
    typed: Typed,
    heard: usize,
}

/// What was typed so far.
struct Typed {
    lines: u32,
    bytes: usize,
    last: Time,
}

impl Typed {
    /// The line as it goes to the host.
    fn line(&mut self, line: &str, now: Time) -> Result<Vec<u8>, Over> {
        // A line end within would be a second command that nobody saw typed.
        if line.len() > LINE_BYTES_MAX || line.contains(['\r', '\n']) {
            return Err(Over::Malformed);
        }
        self.lines += 1;
        self.bytes += line.len() + 2;
        self.last = now;
        if self.lines > LINES_MAX || self.bytes > TYPED_BYTES_MAX {
            return Err(Over::Enough);
        }
        Ok([line.as_bytes(), b"\r\n"].concat())
    }
}

type Halves = (ReadHalf<Box<dyn Stream>>, WriteHalf<Box<dyn Stream>>);

enum Next {
    Over(Over),
    Read(io::Result<usize>),
    Written(io::Result<usize>),
    Said(Option<Option<Say>>),
}

impl Talk {
    async fn run(
        &mut self,
        stream: Box<dyn Stream>,
        opening: &Opening,
        ending: impl Future<Output = Over> + Send,
    ) -> Over {
        let (host, address) = (self.name.clone(), opening.account.address.to_string());
        if !self
            .hear(Hear::Open {
                host,
                address,
                browser_sealed: opening.browser_sealed,
            })
            .await
        {
            return Over::Closed;
        }
        let mut halves = tokio::io::split(stream);
        if opening.service.implicit_tls() {
            halves = match self.seal(halves).await {
                Ok(halves) => halves,
                Err(over) => return over,
            };
        }
        let mut pending: Vec<u8> = Vec::new();
        let mut bytes = vec![0; HELD_BYTES_MAX];
        tokio::pin!(ending);
        loop {
            let idle = self.world.clock.sleep_until(self.typed.last + IDLE_MAX);
            let next = tokio::select! {
                biased;
                over = &mut ending => Next::Over(over),
                read = halves.0.read(&mut bytes) => Next::Read(read),
                // Beside reading: a host that cannot get rid of its answer does not read.
                written = halves.1.write(&pending), if !pending.is_empty() => Next::Written(written),
                said = self.says.recv(), if pending.is_empty() => Next::Said(said),
                () = idle => Next::Over(Over::Idle),
            };
            match next {
                Next::Over(over) => return over,
                Next::Read(Ok(0) | Err(_)) | Next::Written(Ok(0) | Err(_)) | Next::Said(None) => {
                    return Over::Closed;
                }
                Next::Read(Ok(length)) => {
                    if let Err(over) = self.heard(&bytes[..length]).await {
                        return over;
                    }
                }
                Next::Written(Ok(length)) => {
                    pending.drain(..length);
                    if pending.is_empty() && halves.1.flush().await.is_err() {
                        return Over::Closed;
                    }
                }
                Next::Said(Some(None)) => return Over::Malformed,
                Next::Said(Some(Some(Say::Line(line)))) => {
                    match self.typed.line(&line, self.world.now()) {
                        Ok(line) => pending = line,
                        Err(over) => return over,
                    }
                }
                Next::Said(Some(Some(Say::Seal))) => {
                    halves = match self.seal(halves).await {
                        Ok(halves) => halves,
                        Err(over) => return over,
                    };
                }
            }
        }
    }

    // The handshake is a true one, with this host's certificate. Who the host is need not be
    // proven: it is this one.
    async fn seal(&mut self, halves: Halves) -> Result<Halves, Over> {
        self.tell_rest().await;
        let plain = halves.0.unsplit(halves.1);
        let handshake = self
            .world
            .tls
            .connect(plain, &self.name, TlsCheck::Opportunistic);
        match self.world.within(HANDSHAKE_MAX, handshake).await {
            Some(Ok((stream, tls))) => {
                self.typed.last = self.world.now();
                self.hear(Hear::Sealed {
                    version: tls.version,
                    cipher: tls.cipher,
                })
                .await;
                Ok(tokio::io::split(stream))
            }
            _ => Err(Over::Handshake),
        }
    }

    async fn heard(&mut self, bytes: &[u8]) -> Result<(), Over> {
        self.heard += bytes.len();
        if self.heard > HEARD_BYTES_MAX {
            return Err(Over::Enough);
        }
        self.held.extend_from_slice(bytes);
        // Whole lines: no character is cut in two, and nothing redraws twice.
        let whole = self
            .held
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let whole = if whole == 0 && self.held.len() > HELD_BYTES_MAX {
            self.held.len()
        } else {
            whole
        };
        if whole == 0 {
            return Ok(());
        }
        let text: Vec<u8> = self.held.drain(..whole).collect();
        let text = String::from_utf8_lossy(&text).into_owned();
        if self.hear(Hear::Said(text)).await {
            Ok(())
        } else {
            Err(Over::Closed)
        }
    }

    async fn tell_rest(&mut self) {
        if !self.held.is_empty() {
            let text = String::from_utf8_lossy(&std::mem::take(&mut self.held)).into_owned();
            self.hear(Hear::Said(text)).await;
        }
    }

    // False where nobody listens any more, or takes too long.
    async fn hear(&self, hear: Hear) -> bool {
        matches!(
            self.world.within(HEAR_MAX, self.hears.send(hear)).await,
            Some(Ok(()))
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[String], expected: Result<(), Over>) {
        let mut typed = Typed {
            lines: 0,
            bytes: 0,
            last: Time(0),
        };
        let told = lines
            .iter()
            .try_for_each(|line| typed.line(line, Time(1)).map(drop));
        assert_eq!(told, expected);
    }

    #[test]
    fn lines_and_bytes_are_bounded_at_the_limit_and_one_past() {
        check(&["x".repeat(LINE_BYTES_MAX)], Ok(()));
        check(&["x".repeat(LINE_BYTES_MAX + 1)], Err(Over::Malformed));
        check(&vec![String::new(); LINES_MAX as usize], Ok(()));
        check(
            &vec![String::new(); LINES_MAX as usize + 1],
            Err(Over::Enough),
        );
        let full = TYPED_BYTES_MAX / 8192;
        let mut lines = vec!["x".repeat(8190); full];
        check(&lines, Ok(()));
        lines.push(String::new());
        check(&lines, Err(Over::Enough));
    }

    #[test]
    fn a_line_with_a_line_end_in_it_is_no_line() {
        check(&["NOOP\r\nQUIT".into()], Err(Over::Malformed));
        check(&["NOOP\nQUIT".into()], Err(Over::Malformed));
        check(&["NOOP".into()], Ok(()));
    }

    #[test]
    fn an_account_has_only_so_many_consoles_and_gets_them_back() {
        let consoles = Consoles::default();
        let (alice, bob) = (AccountId(1), AccountId(2));
        let mut places: Vec<_> = (0..CONSOLES_MAX)
            .map(|_| consoles.take(alice).unwrap())
            .collect();
        assert!(consoles.take(alice).is_none(), "one past the limit");
        assert!(consoles.take(bob).is_some());
        places.pop();
        assert!(consoles.take(alice).is_some());
    }
}
