//! The Lab's console to the user's own server: a signed-in user types SMTP, IMAP or POP3 commands
//! to this host. The connection is an in-memory pipe, so no other host can be reached. The lines
//! are opaque here: the host's own roles answer them and record events as for any client.
//!
//! Failures: invalid input, too much traffic and inactivity end the console with an [`EndReason`];
//! when the browser disconnects, the server side sees an ordinary end of connection.
//!
//! Architecture invariant: no network connection is opened here, and only the console's own account
//! may sign in over it.

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
pub use wire::console::{ConsoleInput, ConsoleOutput, EndReason};
use world::{BoxFuture, Connection, HANDSHAKE_MAX, Stream, TlsCheck, World};

/// The host that serves console connections.
pub trait OwnHost: Send + Sync {
    /// Serves a connection like the listener of that service, but allows only this account to sign
    /// in.
    fn serve(
        &self,
        service: Service,
        connection: Connection,
        account: Account,
    ) -> BoxFuture<'static, ()>;
}

/// Line length limit in bytes without the line end: that of AUTH (RFC 4954 §4).
pub const LINE_BYTES_MAX: usize = 12_288;
/// Input lines per console.
pub const LINES_MAX: u32 = 2_000;
/// Input bytes per console.
pub const TYPED_BYTES_MAX: usize = 256 * 1024;
/// Output bytes per console.
pub const OUTPUT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Time without input after which a console ends.
pub const IDLE_MAX: Duration = Duration::from_secs(10 * 60);
/// Open consoles per account.
pub const CONSOLES_MAX: u32 = 3;
/// Queued input frames.
pub const INPUTS_WAITING_MAX: usize = 16;
// Pipe capacity per direction.
const PIPE_BYTES: usize = 32 * 1024;
// A partial line of output is sent when it exceeds this length.
const PARTIAL_LINE_BYTES_MAX: usize = 8 * 1024;
// Time limit for the browser to accept a frame.
const OUTPUT_WAIT_MAX: Duration = Duration::from_secs(20);

/// Open consoles by account. Clones share it.
#[derive(Clone, Default)]
pub struct Consoles(Arc<Mutex<HashMap<AccountId, u32>>>);

/// Permission for one console; released when dropped.
pub struct ConsolePermit {
    consoles: Consoles,
    account: AccountId,
}

impl Consoles {
    /// Acquires a permit, or `None` at the account's limit.
    pub fn acquire(&self, account: AccountId) -> Option<ConsolePermit> {
        let mut open = lock(&self.0);
        let count = open.entry(account).or_default();
        if *count >= CONSOLES_MAX {
            return None;
        }
        *count += 1;
        Some(ConsolePermit {
            consoles: self.clone(),
            account,
        })
    }
}

impl Drop for ConsolePermit {
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

/// The parameters of a console.
pub struct ConsoleParams {
    /// The service to connect to.
    pub service: Service,
    /// The signed-in account.
    pub account: Account,
    /// The browser's address, for login throttling and connection limits.
    pub from: IpAddr,
    /// Whether the browser's own connection uses TLS.
    pub browser_tls: bool,
}

/// Runs a console until the browser disconnects (`inputs` ends), the server closes, or `ending`
/// completes.
pub async fn run(
    mua: &Mua,
    host: Arc<dyn OwnHost>,
    params: ConsoleParams,
    inputs: mpsc::Receiver<Option<ConsoleInput>>,
    outputs: mpsc::Sender<ConsoleOutput>,
    ending: impl Future<Output = EndReason> + Send,
) {
    let (client_end, server_end) = tokio::io::duplex(PIPE_BYTES);
    let local = SocketAddr::from((Ipv4Addr::LOCALHOST, params.service.port()));
    let remote = SocketAddr::new(params.from, 0);
    let connection = Connection {
        stream: Box::new(server_end),
        local,
        remote,
        tls: None,
    };
    let serving = host.serve(params.service, connection, params.account.clone());
    let mut session = ConsoleSession {
        world: mua.world().clone(),
        name: mua.config().host.clone(),
        inputs,
        outputs,
        partial: Vec::new(),
        input: InputBudget {
            lines: 0,
            bytes: 0,
            last: mua.world().now(),
        },
        received: 0,
    };
    let session = async move {
        let reason = session.run(Box::new(client_end), &params, ending).await;
        // Remaining output precedes the reason.
        session.flush_partial().await;
        session.output(ConsoleOutput::End(reason)).await;
        drop(session);
    };
    tokio::join!(serving, session);
}

struct ConsoleSession {
    world: World,
    name: String,
    inputs: mpsc::Receiver<Option<ConsoleInput>>,
    outputs: mpsc::Sender<ConsoleOutput>,
    /// Output after the last line end.
    partial: Vec<u8>,
    input: InputBudget,
    received: usize,
}

/// Input so far, against its limits.
struct InputBudget {
    lines: u32,
    bytes: usize,
    last: Time,
}

impl InputBudget {
    /// Checks a line and appends CRLF.
    fn line(&mut self, line: &str, now: Time) -> Result<Vec<u8>, EndReason> {
        // An embedded line end would smuggle in a second command.
        if line.len() > LINE_BYTES_MAX || line.contains(['\r', '\n']) {
            return Err(EndReason::Malformed);
        }
        self.lines += 1;
        self.bytes += line.len() + 2;
        self.last = now;
        if self.lines > LINES_MAX || self.bytes > TYPED_BYTES_MAX {
            return Err(EndReason::LimitReached);
        }
        Ok([line.as_bytes(), b"\r\n"].concat())
    }
}

type StreamHalves = (ReadHalf<Box<dyn Stream>>, WriteHalf<Box<dyn Stream>>);

enum Step {
    End(EndReason),
    Read(io::Result<usize>),
    Written(io::Result<usize>),
    Input(Option<Option<ConsoleInput>>),
}

impl ConsoleSession {
    async fn run(
        &mut self,
        stream: Box<dyn Stream>,
        params: &ConsoleParams,
        ending: impl Future<Output = EndReason> + Send,
    ) -> EndReason {
        let (host, address) = (self.name.clone(), params.account.address.to_string());
        if !self
            .output(ConsoleOutput::Open {
                host,
                address,
                browser_tls: params.browser_tls,
            })
            .await
        {
            return EndReason::Closed;
        }
        let mut halves = tokio::io::split(stream);
        if params.service.implicit_tls() {
            halves = match self.start_tls(halves).await {
                Ok(halves) => halves,
                Err(reason) => return reason,
            };
        }
        let mut pending: Vec<u8> = Vec::new();
        let mut bytes = vec![0; PARTIAL_LINE_BYTES_MAX];
        tokio::pin!(ending);
        loop {
            let idle = self.world.clock.sleep_until(self.input.last + IDLE_MAX);
            let next = tokio::select! {
                biased;
                reason = &mut ending => Step::End(reason),
                read = halves.0.read(&mut bytes) => Step::Read(read),
                // Concurrently with reading: a server that cannot write does not read.
                written = halves.1.write(&pending), if !pending.is_empty() => Step::Written(written),
                input = self.inputs.recv(), if pending.is_empty() => Step::Input(input),
                () = idle => Step::End(EndReason::Idle),
            };
            match next {
                Step::End(reason) => return reason,
                Step::Read(Ok(0) | Err(_)) | Step::Written(Ok(0) | Err(_)) | Step::Input(None) => {
                    return EndReason::Closed;
                }
                Step::Read(Ok(length)) => {
                    if let Err(reason) = self.receive(&bytes[..length]).await {
                        return reason;
                    }
                }
                Step::Written(Ok(length)) => {
                    pending.drain(..length);
                    if pending.is_empty() && halves.1.flush().await.is_err() {
                        return EndReason::Closed;
                    }
                }
                Step::Input(Some(None)) => return EndReason::Malformed,
                Step::Input(Some(Some(ConsoleInput::Line(line)))) => {
                    match self.input.line(&line, self.world.now()) {
                        Ok(line) => pending = line,
                        Err(reason) => return reason,
                    }
                }
                Step::Input(Some(Some(ConsoleInput::StartTls))) => {
                    halves = match self.start_tls(halves).await {
                        Ok(halves) => halves,
                        Err(reason) => return reason,
                    };
                }
            }
        }
    }

    // A real handshake with this host's certificate. The peer is this host, so its identity needs
    // no verification.
    async fn start_tls(&mut self, halves: StreamHalves) -> Result<StreamHalves, EndReason> {
        self.flush_partial().await;
        let plain = halves.0.unsplit(halves.1);
        let handshake = self
            .world
            .tls
            .connect(plain, &self.name, TlsCheck::Opportunistic);
        match self.world.within(HANDSHAKE_MAX, handshake).await {
            Some(Ok((stream, tls))) => {
                self.input.last = self.world.now();
                self.output(ConsoleOutput::Tls {
                    version: tls.version,
                    cipher: tls.cipher,
                })
                .await;
                Ok(tokio::io::split(stream))
            }
            _ => Err(EndReason::Handshake),
        }
    }

    async fn receive(&mut self, bytes: &[u8]) -> Result<(), EndReason> {
        self.received += bytes.len();
        if self.received > OUTPUT_BYTES_MAX {
            return Err(EndReason::LimitReached);
        }
        self.partial.extend_from_slice(bytes);
        // Only complete lines are sent, so that no character is split.
        let whole = self
            .partial
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let whole = if whole == 0 && self.partial.len() > PARTIAL_LINE_BYTES_MAX {
            self.partial.len()
        } else {
            whole
        };
        if whole == 0 {
            return Ok(());
        }
        let text: Vec<u8> = self.partial.drain(..whole).collect();
        let text = String::from_utf8_lossy(&text).into_owned();
        if self.output(ConsoleOutput::Text(text)).await {
            Ok(())
        } else {
            Err(EndReason::Closed)
        }
    }

    async fn flush_partial(&mut self) {
        if !self.partial.is_empty() {
            let text = String::from_utf8_lossy(&std::mem::take(&mut self.partial)).into_owned();
            self.output(ConsoleOutput::Text(text)).await;
        }
    }

    // Returns false if the browser is gone or too slow.
    async fn output(&self, output: ConsoleOutput) -> bool {
        matches!(
            self.world
                .within(OUTPUT_WAIT_MAX, self.outputs.send(output))
                .await,
            Some(Ok(()))
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[String], expected: Result<(), EndReason>) {
        let mut typed = InputBudget {
            lines: 0,
            bytes: 0,
            last: Time(0),
        };
        let result = lines
            .iter()
            .try_for_each(|line| typed.line(line, Time(1)).map(drop));
        assert_eq!(result, expected);
    }

    #[test]
    fn limits_lines_and_bytes_of_input() {
        check(&["x".repeat(LINE_BYTES_MAX)], Ok(()));
        check(&["x".repeat(LINE_BYTES_MAX + 1)], Err(EndReason::Malformed));
        check(&vec![String::new(); LINES_MAX as usize], Ok(()));
        check(
            &vec![String::new(); LINES_MAX as usize + 1],
            Err(EndReason::LimitReached),
        );
        let full = TYPED_BYTES_MAX / 8192;
        let mut lines = vec!["x".repeat(8190); full];
        check(&lines, Ok(()));
        lines.push(String::new());
        check(&lines, Err(EndReason::LimitReached));
    }

    #[test]
    fn rejects_line_with_embedded_line_end() {
        check(&["NOOP\r\nQUIT".into()], Err(EndReason::Malformed));
        check(&["NOOP\nQUIT".into()], Err(EndReason::Malformed));
        check(&["NOOP".into()], Ok(()));
    }

    #[test]
    fn limits_consoles_per_account_and_releases_permits() {
        let consoles = Consoles::default();
        let (alice, bob) = (AccountId(1), AccountId(2));
        let mut places: Vec<_> = (0..CONSOLES_MAX)
            .map(|_| consoles.acquire(alice).unwrap())
            .collect();
        assert!(consoles.acquire(alice).is_none(), "one past the limit");
        assert!(consoles.acquire(bob).is_some());
        places.pop();
        assert!(consoles.acquire(alice).is_some());
    }
}
