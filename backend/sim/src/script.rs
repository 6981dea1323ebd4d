//! Scripted sides of a connection: misbehaving servers, and clients typed by hand. Returns the data
//! that they received.

use crate::executor::lock;
use mail::session::Speaker;
use mail::{Duration, Time};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use world::{BoxFuture, Connection, TlsCheck, World};

/// One action of a scripted side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Sends these bytes.
    Send(String),
    /// Waits until these bytes have arrived.
    WaitFor(String),
    /// Sends a line like a person: a second after the other side has answered, or after a timeout.
    Reply(String),
    /// Starts TLS as a client, after the other side has answered, like `openssl s_client` after
    /// STARTTLS. Accepts any certificate.
    StartTls,
    /// Waits for a duration.
    Wait(Duration),
    /// Closes the sending direction and continues to read.
    Finish,
    /// Reads until the other side closes.
    ReadAll,
    /// Does nothing more, but does not close the connection.
    Hang,
}

impl Act {
    /// Sends a line.
    pub fn line(text: &str) -> Act {
        Act::Send(format!("{text}\r\n"))
    }

    /// Reads one line.
    pub fn wait_for_line() -> Act {
        Act::WaitFor("\r\n".into())
    }
}

// Maximum number of bytes that one side reads; beyond them the script ends.
const RECEIVED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Runs a script on a connection and returns all received bytes. A network error, or the end of the
/// other side, ends it early.
pub async fn perform(world: &World, connection: Connection, script: &[Act]) -> Vec<u8> {
    perform_observed(world, connection, script, &mut |_, _, _| {}).await
}

/// Observes the data that the scripted side sends, and the data that it receives once the script
/// has read it.
pub(crate) type Observer<'a> = &'a mut (dyn FnMut(Time, Speaker, &[u8]) + Send);

/// Like [`perform`], with an observer of the dialogue.
pub(crate) async fn perform_observed(
    world: &World,
    mut connection: Connection,
    script: &[Act],
    observe: Observer<'_>,
) -> Vec<u8> {
    let mut received = Vec::new();
    let mut used = 0;
    let mut turn = Turn {
        serves: connection.local.port() < DYNAMIC_PORT_MIN,
        message: false,
    };
    for act in script {
        let mut before = used;
        let done = match act {
            Act::Send(text) => {
                observe(world.now(), Speaker::Server, text.as_bytes());
                connection.stream.write_all(text.as_bytes()).await.is_ok()
            }
            Act::WaitFor(text) => {
                wait_for(&mut connection, &mut received, &mut used, text.as_bytes()).await
            }
            Act::Reply(text) => {
                let alive = turn
                    .wait_for_turn(world, &mut connection, &mut received, &mut used)
                    .await;
                observe(world.now(), Speaker::Client, &received[before..used]);
                before = used;
                let line = format!("{text}\r\n");
                turn.record_line(text);
                observe(world.now(), Speaker::Server, line.as_bytes());
                alive && connection.stream.write_all(line.as_bytes()).await.is_ok()
            }
            Act::StartTls => {
                let alive = turn
                    .wait_for_turn(world, &mut connection, &mut received, &mut used)
                    .await;
                alive && seal(world, &mut connection).await
            }
            Act::Wait(length) => {
                world.sleep(*length).await;
                true
            }
            Act::Finish => connection.stream.shutdown().await.is_ok(),
            Act::ReadAll => {
                while read_more(&mut connection, &mut received).await {}
                used = received.len();
                true
            }
            Act::Hang => std::future::pending().await,
        };
        observe(world.now(), Speaker::Client, &received[before..used]);
        if !done {
            break;
        }
    }
    received
}

/// How long a person waits for an answer before continuing to type.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How long a person acting as a server waits for the client before replying.
pub const PATIENCE_SERVING: Duration = Duration::from_secs(5);
/// The pause between a line of the other side and the next line of a person.
pub const PAUSE: Duration = Duration::from_secs(1);
// RFC 6335 §6: the first dynamic port; these are used by the side that opens a connection.
const DYNAMIC_PORT_MIN: u16 = 49152;

// Determines whose turn it is in a typed dialogue.
struct Turn {
    serves: bool,
    // Whether a message is being sent: there is no reply before its final dot (RFC 5321 §4.1.1.4).
    message: bool,
}

impl Turn {
    fn record_line(&mut self, text: &str) {
        if self.serves {
            self.message = text.starts_with("354");
        } else if text == "." {
            self.message = false;
        }
    }

    // The end of the received input that has to be answered.
    fn complete(&self, received: &[u8]) -> Option<usize> {
        match (self.serves, self.message) {
            (true, true) if received.starts_with(b".\r\n") => Some(3),
            (true, true) => received
                .windows(5)
                .position(|w| w == b"\r\n.\r\n")
                .map(|at| at + 5),
            // One command; pipelined commands are answered one after the other (RFC 2920).
            (true, false) => received.iter().position(|b| *b == b'\n').map(|at| at + 1),
            (false, _) => (!received.is_empty()).then_some(received.len()),
        }
    }

    // Waits until it is this side's turn; `false` if the other side has closed.
    async fn wait_for_turn(
        &mut self,
        world: &World,
        connection: &mut Connection,
        received: &mut Vec<u8>,
        used: &mut usize,
    ) -> bool {
        let patience = if self.serves {
            PATIENCE_SERVING
        } else {
            PATIENCE
        };
        let mut until = world.now() + patience;
        let mut answered = self.message && !self.serves;
        loop {
            if !answered && self.complete(&received[*used..]).is_some() {
                answered = true;
            }
            if answered {
                until = until.min(world.now() + PAUSE);
            }
            let left = until.since(world.now());
            match world.within(left, read_more(connection, received)).await {
                Some(true) => {}
                Some(false) => return false,
                None => break,
            }
        }
        *used = if self.serves {
            *used + self.complete(&received[*used..]).unwrap_or(0)
        } else {
            received.len()
        };
        if !self.serves && !self.message {
            self.message = received
                .rsplit(|b| *b == b'\n')
                .nth(1)
                .is_some_and(|line| line.starts_with(b"354"));
        }
        true
    }
}

async fn seal(world: &World, connection: &mut Connection) -> bool {
    let plain = std::mem::replace(
        &mut connection.stream,
        Box::new(tokio::io::join(tokio::io::empty(), tokio::io::sink())),
    );
    match world
        .tls
        .connect(
            plain,
            &connection.remote.ip().to_string(),
            TlsCheck::Opportunistic,
        )
        .await
    {
        Ok((stream, tls)) => {
            connection.stream = stream;
            connection.tls = Some(tls);
            true
        }
        Err(_) => false,
    }
}

// Reads until `text` has arrived after the input used so far.
async fn wait_for(
    connection: &mut Connection,
    received: &mut Vec<u8>,
    used: &mut usize,
    text: &[u8],
) -> bool {
    loop {
        if let Some(at) = received[*used..]
            .windows(text.len().max(1))
            .position(|w| w == text)
        {
            *used += at + text.len();
            return true;
        }
        if !read_more(connection, received).await {
            return false;
        }
    }
}

async fn read_more(connection: &mut Connection, received: &mut Vec<u8>) -> bool {
    let read = connection.stream.read_buf(received).await;
    received.len() <= RECEIVED_BYTES_MAX && read.is_ok_and(|n| n > 0)
}

/// The bytes received on each connection to a scripted listener, in the order in which they ended.
pub type ReceivedBytes = Arc<Mutex<Vec<Vec<u8>>>>;

/// Listens and runs the first script on the first connection, the second on the second, and then
/// stops. With `repeat`, the last script runs on all further connections.
///
/// # Errors
/// If the host cannot listen on the address.
pub async fn listen(
    world: &World,
    at: SocketAddr,
    scripts: Vec<Vec<Act>>,
    repeat: bool,
) -> io::Result<ReceivedBytes> {
    let beside = world.clone();
    listen_with(world, at, scripts, repeat, move |connection, script| {
        let world = beside.clone();
        Box::pin(async move { perform(&world, connection, &script).await })
    })
    .await
}

/// Like [`listen`], with a custom function that runs a script.
pub(crate) async fn listen_with(
    world: &World,
    at: SocketAddr,
    scripts: Vec<Vec<Act>>,
    repeat: bool,
    play: impl Fn(Connection, Vec<Act>) -> BoxFuture<'static, Vec<u8>> + Send + 'static,
) -> io::Result<ReceivedBytes> {
    let mut listener = world.network.listen(at).await?;
    let received = ReceivedBytes::default();
    let (world, kept) = (world.clone(), received.clone());
    let tasks = world.tasks.clone();
    tasks.spawn(Box::pin(async move {
        let mut scripts = scripts.into_iter().peekable();
        while let Some(script) = scripts.next() {
            loop {
                let Ok(connection) = listener.accept().await else {
                    return;
                };
                let (kept, played) = (kept.clone(), play(connection, script.clone()));
                world.tasks.spawn(Box::pin(async move {
                    let all = played.await;
                    lock(&kept).push(all);
                }));
                if !repeat || scripts.peek().is_some() {
                    break;
                }
            }
        }
    }));
    Ok(received)
}
