//! What people do in a scenario: hand a message in with a mail program, or type a dialogue by hand.

use super::run::RunError;
use super::told;
use crate::script::{Act, perform};
use mail::session::Session;
use mail::{Address, BodyKind, Duration, Host, Path, Recipient, Secret, Service};
use smtp::client::{Answer, Ask, Client, Config, Login, OutgoingMessage, TlsPolicy};
use std::net::SocketAddr;
use std::sync::Arc;
use world::{Connection, Decide, End, Side, TlsCheck, World, drive};

/// What a mail program is told to send.
pub(super) struct Submission {
    pub server_name: String,
    pub server: SocketAddr,
    pub client_name: String,
    /// It can SCRAM; otherwise the password goes by the simplest way, for whoever reads along.
    pub scram: bool,
    pub login: Option<(String, String)>,
    pub sender: String,
    pub recipients: Vec<String>,
    pub message: String,
}

// RFC 8314 §3.3: TLS from the first octet.
// What SCRAM's nonce is made of.
const SCRAM_CHANCE_BYTES: usize = 24;

/// Hands a message in. What became of it is in the server's events; a mail program that is refused
/// shows its user the words and gives up.
pub(super) async fn submit(world: World, submission: Submission) {
    let Some(mut connection) = open(
        &world,
        &submission.client_name,
        &submission.server_name,
        submission.server,
    )
    .await
    else {
        return;
    };
    if submission.server.port() == Service::Submissions.port() {
        match seal(&world, connection, &submission.server_name).await {
            Some(sealed) => connection = sealed,
            None => return,
        }
    }
    let in_tls = connection.tls.is_some();
    let Ok(name) = submission.client_name.parse() else {
        return;
    };
    let login = submission.login.map(|(user, password)| Login {
        user,
        secret: Secret::new(password.into_bytes()),
    });
    let tls = match (in_tls, &login) {
        (true, _) => TlsPolicy::Never,
        // A password is not sent in the clear.
        (false, Some(_)) => TlsPolicy::Required,
        (false, None) => TlsPolicy::IfOffered,
    };
    let mut session = Client::new(
        Arc::new(Config {
            tls,
            login,
            ..Config::new(Host::Domain(name))
        }),
        in_tls,
    );
    if submission.scram {
        let mut rng = [0; SCRAM_CHANCE_BYTES];
        world.rng.fill(&mut rng);
        session = session.with_chance(rng);
    }
    let recipients = submission
        .recipients
        .iter()
        .filter_map(|r| r.parse::<Address>().ok())
        .map(Recipient::new)
        .collect();
    let body = if submission.message.is_ascii() {
        BodyKind::SevenBit
    } else {
        BodyKind::EightBit
    };
    let sender = submission
        .sender
        .parse::<Address>()
        .map_or(Path::Null, Path::Address);
    let message = OutgoingMessage {
        bytes: Some(submission.message.len() as u64),
        body,
        ..OutgoingMessage::new(sender, recipients)
    };
    let mut program = Program {
        message: Some(message),
        body: Some(submission.message.into_bytes()),
    };
    let side = Side::Client(submission.server_name, TlsCheck::Required);
    if let End::Lost(_) = drive(&world, connection, &mut session, &mut program, side).await {
        session.closed(world.now());
    }
}

struct Program {
    message: Option<OutgoingMessage>,
    body: Option<Vec<u8>>,
}

impl Decide<Client> for Program {
    async fn decide(&mut self, ask: Ask) -> Answer {
        match ask {
            Ask::Next(_) => self.message.take().map_or(Answer::Quit, Answer::Message),
            Ask::Body => self.body.take().map_or(Answer::BodyEnd, Answer::Body),
            _ => Answer::Go,
        }
    }
}

/// Types a dialogue.
pub(super) async fn type_lines(
    world: World,
    on: String,
    server_name: String,
    at: SocketAddr,
    tls: bool,
    acts: Vec<Act>,
) {
    let Some(connection) = open(&world, &on, &server_name, at).await else {
        return;
    };
    let connection = if tls {
        seal(&world, connection, &server_name).await
    } else {
        Some(connection)
    };
    if let Some(connection) = connection {
        perform(&world, connection, &acts).await;
    }
}

// What does not open is all that one sees of it: no server ever heard of the attempt.
async fn open(world: &World, on: &str, server_name: &str, at: SocketAddr) -> Option<Connection> {
    match world.network.connect(at).await {
        Ok(connection) => Some(connection),
        Err(why) => {
            told::unreachable(
                world,
                on,
                format!("{server_name} [{}]:{}", at.ip(), at.port()),
                &why,
            );
            None
        }
    }
}

async fn seal(world: &World, connection: Connection, server_name: &str) -> Option<Connection> {
    let Connection {
        stream,
        local,
        remote,
        ..
    } = connection;
    let (stream, tls) = world
        .tls
        .connect(stream, server_name, TlsCheck::Required)
        .await
        .ok()?;
    Some(Connection {
        stream,
        local,
        remote,
        tls: Some(tls),
    })
}

/// A written dialogue as acts: `> words` says a line, `>` an empty one, `~ words` says it a second
/// after the other side has spoken, `< words` listens until these words stand at the beginning of a
/// line and that line has ended, `! octets` says exactly these and `? octets` listens for
/// exactly these (`\r`, `\n`, `\t`, `\\`), `. 5s` waits, `/ finish` closes this direction, `/
/// listen` listens to the end, `/ hang` does nothing any more.
///
/// # Errors
/// A line that is none of these.
pub(super) fn acts(dialogue: &str) -> Result<Vec<Act>, RunError> {
    let mut acts = Vec::new();
    for line in dialogue.lines() {
        let (mark, rest) =
            line.split_at(line.char_indices().nth(1).map_or(line.len(), |(at, _)| at));
        let words = rest.strip_prefix(' ').unwrap_or(rest);
        match mark {
            "" | "#" => {}
            ">" => acts.push(Act::line(words)),
            "<" => {
                acts.push(Act::Hear(words.to_owned()));
                acts.push(Act::hear_line());
            }
            "!" => acts.push(Act::Say(bytes(words)?)),
            "~" => acts.push(Act::Answer(words.to_owned())),
            "?" => acts.push(Act::Hear(bytes(words)?)),
            "." => acts.push(Act::Wait(wait(words)?)),
            "/" => acts.push(match words {
                "finish" => Act::Finish,
                "listen" => Act::HearAll,
                "hang" => Act::Hang,
                "tls" => Act::Seal,
                other => {
                    return Err(RunError(format!(
                        "`/ {other}`: finish, listen, hang and tls are known"
                    )));
                }
            }),
            _ => {
                return Err(RunError(format!(
                    "a dialogue's line begins with > < ~ ! ? . or /, not so: `{line}`"
                )));
            }
        }
    }
    Ok(acts)
}

fn bytes(words: &str) -> Result<String, RunError> {
    let mut said = String::new();
    let mut rest = words.chars();
    while let Some(c) = rest.next() {
        said.push(match c {
            '\\' => match rest.next() {
                Some('r') => '\r',
                Some('n') => '\n',
                Some('t') => '\t',
                Some('\\') => '\\',
                other => {
                    return Err(RunError(format!(
                        "`{words}`: \\{} is not known; \\r, \\n, \\t and \\\\ are",
                        other.unwrap_or(' ')
                    )));
                }
            },
            c => c,
        });
    }
    Ok(said)
}

fn wait(words: &str) -> Result<Duration, RunError> {
    let words = words.trim();
    mail::parse_duration(words).map_err(|_| {
        RunError(format!(
            "`{words}` is no length of time; written are 250ms, 90s, 5m, 4h, 5d"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialogue_is_read_line_by_line() {
        let read = acts("< 220\n> EHLO a.test\n. 5s\n\n/ listen").unwrap();
        let wanted = [
            Act::Hear("220".into()),
            Act::hear_line(),
            Act::line("EHLO a.test"),
            Act::Wait(Duration::from_secs(5)),
            Act::HearAll,
        ];
        assert_eq!(read, wanted);
        assert_eq!(acts(r"! a\n.\r\n").unwrap(), [Act::Say("a\n.\r\n".into())]);
        assert_eq!(acts(r"? \\n").unwrap(), [Act::Hear("\\n".into())]);
        assert!(acts(r"! \q").is_err() && acts(r"! \").is_err());
        assert!(
            acts("EHLO a.test").is_err() && acts("/ dance").is_err() && acts(". long").is_err()
        );
    }
}
