//! `glasspost queue`: lists, shows and manages queued messages. Safe beside a running server, which
//! notices a command within a second. Without a server a command is stored, and takes effect when
//! the server starts.

use crate::cli::{StoreArgs, print_line, text, with_store};
use crate::host;
use clap::Subcommand;
use event::{Event, Kind, Locale, Localize};
use mail::session::Speaker;
use mail::{JourneyId, QueueId, Time};
use queue::{CommandResult, Queue, QueueCommand, QueueStatus, QueuedMessage, Retry};
use std::sync::Arc;
use store::Store;
use world::World;
use world::real::{SystemClock, SystemRng};

/// `glasspost queue …`
#[derive(Subcommand)]
pub(crate) enum QueueArgs {
    /// List the queued messages
    List {
        #[command(flatten)]
        args: StoreArgs,
    },
    /// Show a message: envelope, status of each recipient, and the transcript of every attempt
    Show {
        /// Queue ID from `list`, or the identifier in the 250 reply
        message: String,
        #[command(flatten)]
        args: StoreArgs,
    },
    /// Put messages on hold
    Hold(MessageSelection),
    /// Release messages from hold
    Release(MessageSelection),
    /// Retry messages now
    Retry(MessageSelection),
    /// Remove messages from the queue without delivering them
    Drop {
        #[command(flatten)]
        messages: MessageSelection,
        /// Send a bounce to the senders
        #[arg(long)]
        notice: bool,
    },
}

/// The messages that a command applies to.
#[derive(clap::Args)]
pub(crate) struct MessageSelection {
    /// Queue IDs from `list`, or `all`
    #[arg(required = true)]
    messages: Vec<String>,
    #[command(flatten)]
    args: StoreArgs,
}

// Messages read at a time, so that a long queue is never in memory as a whole.
const BATCH: usize = 100;

/// Runs `glasspost queue …`.
///
/// # Errors
/// A message for the user.
pub(crate) fn queue(command: &QueueArgs) -> Result<(), String> {
    match command {
        QueueArgs::List { args } => with_store(args, async |store| list(&queue_of(store)).await),
        QueueArgs::Show { message, args } => {
            with_store(args, async |store| show(&queue_of(store), message).await)
        }
        QueueArgs::Hold(messages) => apply(messages, QueueCommand::Hold),
        QueueArgs::Release(messages) => apply(messages, QueueCommand::Release),
        QueueArgs::Retry(messages) => apply(messages, QueueCommand::Retry),
        QueueArgs::Drop { messages, notice } => {
            apply(messages, QueueCommand::Drop { notice: *notice })
        }
    }
}

// A queue for inspection and commands; it delivers nothing.
fn queue_of(store: Store) -> Queue {
    let world = World {
        clock: Arc::new(SystemClock),
        rng: Arc::new(SystemRng::default()),
        ..world::still::world()
    };
    Queue::new(world, store, "localhost", Retry::default(), Vec::new())
}

fn number(id: QueueId) -> String {
    format!("{:x}", id.0)
}

fn minute(at: Time) -> String {
    at.rfc3339().get(..16).unwrap_or_default().replace('T', " ")
}

async fn list(queue: &Queue) -> Result<(), String> {
    let (mut last, mut messages, mut bytes) = (None, 0u64, 0u64);
    loop {
        let rows = queue.store().spool_after(last, BATCH).await.map_err(text)?;
        let Some(row) = rows.last() else { break };
        last = Some(row.id);
        for row in &rows {
            let entry = QueuedMessage::from_row(&row.row).map_err(text)?;
            (messages, bytes) = (messages + 1, bytes + entry.bytes);
            print_line(&line(queue, &entry).await?);
        }
    }
    print_line(&match messages {
        0 => "queue is empty".to_owned(),
        1 => format!("1 message, {bytes} bytes"),
        _ => format!("{messages} messages, {bytes} bytes"),
    });
    Ok(())
}

async fn line(queue: &Queue, entry: &QueuedMessage) -> Result<String, String> {
    let status = match queue.status(entry).await.map_err(text)? {
        QueueStatus::Held => "on hold".to_owned(),
        QueueStatus::Active => "in delivery".to_owned(),
        QueueStatus::Waiting => format!("next attempt {} UTC", minute(entry.due)),
    };
    let to: Vec<String> = entry
        .envelope
        .recipients
        .iter()
        .map(|r| r.address.to_string())
        .collect();
    let last_reply = entry
        .last
        .values()
        .next()
        .map(|last| format!("\n\tlast reply: {}", last.sentence(Locale::English)))
        .unwrap_or_default();
    Ok(format!(
        "{}\t{status}\t{} attempts\tqueued {} UTC\t{} bytes\t{} -> {}{last_reply}",
        number(entry.id),
        entry.attempts,
        minute(entry.arrived),
        entry.bytes,
        entry.envelope.reverse_path(),
        to.join(" ")
    ))
}

// By queue ID, or by the journey ID in the 250 reply.
async fn find(queue: &Queue, id: &str) -> Result<QueuedMessage, String> {
    let not_found = || format!("no such message in the queue: {id}");
    if let Ok(id) = u64::from_str_radix(id, 16) {
        if let Some(row) = queue.store().spooled(QueueId(id)).await.map_err(text)? {
            return QueuedMessage::from_row(&row.row).map_err(text);
        }
        let mut last = None;
        loop {
            let rows = queue.store().spool_after(last, BATCH).await.map_err(text)?;
            let Some(row) = rows.last() else {
                return Err(not_found());
            };
            last = Some(row.id);
            let entries = rows
                .iter()
                .filter_map(|row| QueuedMessage::from_row(&row.row).ok());
            if let Some(entry) = entries.into_iter().find(|e| e.journey == JourneyId(id)) {
                return Ok(entry);
            }
        }
    }
    Err(not_found())
}

async fn show(queue: &Queue, message: &str) -> Result<(), String> {
    let entry = find(queue, message).await?;
    print_line(&line(queue, &entry).await?);
    print_line(&format!("journey {}", entry.journey));
    if let Some(id) = &entry.envelope.envelope_id {
        print_line(&format!("envelope id {id}"));
    }
    for recipient in &entry.envelope.recipients {
        let status = entry
            .last
            .get(&recipient.address.to_string())
            .map_or("no attempt yet".to_owned(), |last| {
                last.sentence(Locale::English)
            });
        print_line(&format!("to {}: {status}", recipient.address));
    }
    for event in queue
        .store()
        .journeys()
        .read(entry.journey)
        .await
        .map_err(text)?
    {
        if let Some(step) = describe(&event) {
            print_line(&format!("{}  {step}", event.at.rfc3339()));
        }
    }
    Ok(())
}

// One event in one line; a command or reply of several lines in as many.
fn describe(event: &Event) -> Option<String> {
    Some(match &event.kind {
        Kind::Connect { client, server, .. } => {
            format!(
                "connection from {} to {} {}",
                client.address,
                server.name.as_deref().unwrap_or_default(),
                server.address
            )
        }
        Kind::Unreachable { peer, reason } => {
            format!("cannot connect to {peer}: {}", reason.english())
        }
        Kind::Tls(tls) => format!(
            "{} {}{}",
            tls.version,
            tls.cipher,
            if tls.verified { ", verified" } else { "" }
        ),
        Kind::Line { speaker, text, .. } => {
            let who = if *speaker == Speaker::Client {
                "C:"
            } else {
                "S:"
            };
            text.lines()
                .map(|l| format!("{who} {l}"))
                .collect::<Vec<_>>()
                .join("\n                          ")
        }
        Kind::Dns {
            question, answer, ..
        } => match answer {
            Ok(records) => format!(
                "DNS {question}: {}",
                serde_json::to_string(records).unwrap_or_default()
            ),
            Err(failure) => format!("DNS {question}: {failure}"),
        },
        Kind::Check {
            check,
            verdict,
            reason,
            ..
        } => format!("check {check}: {verdict:?} {}", reason.english())
            .trim_end()
            .to_owned(),
        Kind::Accepted {
            sender, recipients, ..
        } => format!("accepted from <{sender}> for {}", recipients.join(" ")),
        Kind::Attempt {
            number,
            domain,
            recipients,
        } => format!("attempt {number} to {domain} for {}", recipients.join(" ")),
        Kind::Deferred {
            recipient,
            reply,
            next,
            ..
        } => format!("{recipient}: deferred until {} UTC: {reply}", minute(*next)),
        Kind::Relayed {
            recipient,
            host,
            reply,
        } => format!("{recipient}: relayed to {host}: {reply}"),
        Kind::Delivered {
            recipient, mailbox, ..
        } => format!("{recipient}: delivered to {mailbox}"),
        Kind::Bounced {
            recipient, reply, ..
        } => format!("{recipient}: bounced: {reply}"),
        Kind::Closed { .. } => "connection closed".to_owned(),
        Kind::Fetched { .. } | Kind::Pushed { .. } | Kind::Unknown => return None,
    })
}

fn apply(messages: &MessageSelection, command: QueueCommand) -> Result<(), String> {
    let server_runs = host::server_runs(&messages.args.data()?);
    with_store(&messages.args, async |store| {
        let queue = queue_of(store);
        for message in &messages.messages {
            if message == "all" {
                command_all(&queue, command, server_runs).await?;
            } else {
                let entry = find(&queue, message).await?;
                print_line(&command_one(&queue, entry.id, command, server_runs).await?);
            }
        }
        Ok(())
    })
}

async fn command_all(
    queue: &Queue,
    command: QueueCommand,
    server_runs: bool,
) -> Result<(), String> {
    let mut last = None;
    loop {
        let rows = queue.store().spool_after(last, BATCH).await.map_err(text)?;
        let Some(row) = rows.last() else {
            return Ok(());
        };
        last = Some(row.id);
        for row in &rows {
            print_line(&command_one(queue, row.id, command, server_runs).await?);
        }
    }
}

async fn command_one(
    queue: &Queue,
    id: QueueId,
    command: QueueCommand,
    server_runs: bool,
) -> Result<String, String> {
    let done = queue.command(id, command).await.map_err(text)?;
    let (effect, not_applicable) = match command {
        QueueCommand::Hold => ("on hold", "already on hold"),
        QueueCommand::Release => ("released", "not on hold"),
        QueueCommand::Retry => ("due now", "on hold; release it first"),
        QueueCommand::Drop { .. } => ("removed", "cannot be removed"),
    };
    let later = if server_runs {
        ""
    } else {
        " when the server starts (it is not running)"
    };
    let result = match done {
        CommandResult::Done => format!("{effect}{later}"),
        CommandResult::AfterAttempt if server_runs => {
            format!("in delivery; {effect} after this attempt")
        }
        CommandResult::AfterAttempt => format!("{effect}{later}; its last attempt was interrupted"),
        CommandResult::Soon if server_runs => format!("{effect} within a second"),
        CommandResult::Soon => format!("{effect}{later}"),
        CommandResult::NotApplicable => not_applicable.to_owned(),
        CommandResult::NotFound => "no longer in the queue".to_owned(),
    };
    Ok(format!("{}: {result}", number(id)))
}

/// Polls the store for commands from other processes and wakes the queue; never returns.
pub(crate) async fn watch_commands(queue: Queue, world: World) {
    let mut seen = queue.store().queue_mark().await.ok().flatten();
    loop {
        world.clock.sleep_until(world.now() + POLL_INTERVAL).await;
        match queue.store().queue_mark().await {
            Ok(mark) if mark != seen => {
                seen = mark;
                queue.wake();
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "cannot poll for queue commands"),
        }
    }
}

// How soon a command from another process is noticed.
const POLL_INTERVAL: mail::Duration = mail::Duration::from_millis(900);

#[cfg(test)]
mod tests;
