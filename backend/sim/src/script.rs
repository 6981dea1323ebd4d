//! Hosts that follow a script instead of a protocol: servers that misbehave, clients that type by hand. What they hear is kept.

use crate::executor::lock;
use mail::session::Speaker;
use mail::{Duration, Time};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use world::{BoxFuture, Connection, World};

/// One thing that a scripted side does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Says these octets, as they stand.
    Say(String),
    /// Listens until these octets have come.
    Hear(String),
    /// Does nothing for a while.
    Wait(Duration),
    /// Closes its direction and goes on listening.
    Finish,
    /// Listens until the other side closes.
    HearAll,
    /// Does nothing any more, and does not close.
    Hang,
}

impl Act {
    /// Says a line.
    pub fn line(text: &str) -> Act {
        Act::Say(format!("{text}\r\n"))
    }

    /// Hears one line.
    pub fn hear_line() -> Act {
        Act::Hear("\r\n".into())
    }
}

// What one side hears at most; beyond it the script ends.
const HEARD_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Plays a script on a connection and gives all that was heard. An error of the network, or the other side's end, ends it early.
pub async fn perform(world: &World, connection: Connection, script: &[Act]) -> Vec<u8> {
    perform_told(world, connection, script, &mut |_, _, _| {}).await
}

/// Is told what the server (the played part) says, and what the client says once the script has taken it.
pub(crate) type Tell<'a> = &'a mut (dyn FnMut(Time, Speaker, &[u8]) + Send);

/// As [`perform`], for a played server whose dialogue is told.
pub(crate) async fn perform_told(world: &World, mut connection: Connection, script: &[Act], tell: Tell<'_>) -> Vec<u8> {
    let mut heard = Vec::new();
    let mut used = 0;
    for act in script {
        let before = used;
        let done = match act {
            Act::Say(text) => {
                tell(world.now(), Speaker::Server, text.as_bytes());
                connection.stream.write_all(text.as_bytes()).await.is_ok()
            }
            Act::Hear(text) => hear(&mut connection, &mut heard, &mut used, text.as_bytes()).await,
            Act::Wait(length) => {
                world.sleep(*length).await;
                true
            }
            Act::Finish => connection.stream.shutdown().await.is_ok(),
            Act::HearAll => {
                while more(&mut connection, &mut heard).await {}
                used = heard.len();
                true
            }
            Act::Hang => std::future::pending().await,
        };
        tell(world.now(), Speaker::Client, &heard[before..used]);
        if !done {
            break;
        }
    }
    heard
}

// Listens until `text` has come behind what was used already.
async fn hear(connection: &mut Connection, heard: &mut Vec<u8>, used: &mut usize, text: &[u8]) -> bool {
    loop {
        if let Some(at) = heard[*used..].windows(text.len().max(1)).position(|w| w == text) {
            *used += at + text.len();
            return true;
        }
        if !more(connection, heard).await {
            return false;
        }
    }
}

async fn more(connection: &mut Connection, heard: &mut Vec<u8>) -> bool {
    let read = connection.stream.read_buf(heard).await;
    heard.len() <= HEARD_BYTES_MAX && read.is_ok_and(|n| n > 0)
}

/// What each connection to a scripted listener said, in the order in which they ended.
pub type Heard = Arc<Mutex<Vec<Vec<u8>>>>;

/// Listens and plays the first script to the first connection, the second to the second; then no one listens any more. With `repeat` the last
/// script is played to all that come.
///
/// # Errors
/// Where the host cannot listen there.
pub async fn listen(world: &World, at: SocketAddr, scripts: Vec<Vec<Act>>, repeat: bool) -> io::Result<Heard> {
    let beside = world.clone();
    listen_with(world, at, scripts, repeat, move |connection, script| {
        let world = beside.clone();
        Box::pin(async move { perform(&world, connection, &script).await })
    })
    .await
}

/// As [`listen`], with another way to play a script.
pub(crate) async fn listen_with(
    world: &World,
    at: SocketAddr,
    scripts: Vec<Vec<Act>>,
    repeat: bool,
    play: impl Fn(Connection, Vec<Act>) -> BoxFuture<'static, Vec<u8>> + Send + 'static,
) -> io::Result<Heard> {
    let mut listener = world.network.listen(at).await?;
    let heard = Heard::default();
    let (world, kept) = (world.clone(), heard.clone());
    let tasks = world.tasks.clone();
    tasks.spawn(Box::pin(async move {
        let mut scripts = scripts.into_iter().peekable();
        while let Some(script) = scripts.next() {
            loop {
                let Ok(connection) = listener.accept().await else { return };
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
    Ok(heard)
}
