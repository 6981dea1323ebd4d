//! The queue by command line. Works beside a running server: both use the same store; orders are
//! safe against whatever the server is doing with the message, and the server notices them within a
//! second. Without a server they hold as well, and are carried out when one is started.

use crate::accounts::{say, with_store, words};
use crate::{Where, host};
use clap::Subcommand;
use event::{Event, Kind};
use mail::session::Speaker;
use mail::{JourneyId, QueueId, Time};
use queue::{CommandResult, Queue, QueueCommand, QueueStatus, QueuedMessage, Retry};
use std::sync::Arc;
use store::Store;
use world::World;
use world::real::{SystemChance, SystemClock};

/// `glasspost queue …`
#[derive(Subcommand)]
pub(crate) enum QueueArgs {
    /// List the messages for which this host answers.
    List {
        #[command(flatten)]
        place: Where,
    },
    /// Show one message: its envelope, how each recipient stands, and what was said in every
    /// attempt.
    Show {
        /// Its number from `list`, or the identifier that was said with 250.
        message: String,
        #[command(flatten)]
        place: Where,
    },
    /// Keep messages in the queue and do not try them.
    Hold(MessageSelection),
    /// Let messages go that are on hold.
    Release(MessageSelection),
    /// Try messages now, whenever they would be due.
    Retry(MessageSelection),
    /// Take messages out of the queue. Their senders are not told, unless asked for.
    Drop {
        #[command(flatten)]
        messages: MessageSelection,
        /// Tell their senders that they were not delivered.
        #[arg(long)]
        notice: bool,
    },
}

/// Which messages.
#[derive(clap::Args)]
pub(crate) struct MessageSelection {
    /// Numbers from `list`, or `all`.
    #[arg(required = true)]
    messages: Vec<String>,
    #[command(flatten)]
    place: Where,
}

// Messages read at a time: a long queue never lies in memory as a whole.
const PIECE: usize = 100;

/// Carries out `glasspost queue …`.
///
/// # Errors
/// A sentence.
pub(crate) fn queue(command: &QueueArgs) -> Result<(), String> {
    match command {
        QueueArgs::List { place } => with_store(place, async |store| list(&of(store)).await),
        QueueArgs::Show { message, place } => {
            with_store(place, async |store| show(&of(store), message).await)
        }
        QueueArgs::Hold(messages) => give(messages, QueueCommand::Hold),
        QueueArgs::Release(messages) => give(messages, QueueCommand::Release),
        QueueArgs::Retry(messages) => give(messages, QueueCommand::Retry),
        QueueArgs::Drop { messages, notice } => {
            give(messages, QueueCommand::Drop { notice: *notice })
        }
    }
}

// A queue that only looks and orders: nothing leaves through it.
fn of(store: Store) -> Queue {
    let world = World {
        clock: Arc::new(SystemClock),
        rng: Arc::new(SystemChance::default()),
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
        let rows = queue
            .store()
            .spool_after(last, PIECE)
            .await
            .map_err(words)?;
        let Some(row) = rows.last() else { break };
        last = Some(row.id);
        for row in &rows {
            let entry = QueuedMessage::from_row(&row.row).map_err(words)?;
            (messages, bytes) = (messages + 1, bytes + entry.bytes);
            say(&line(queue, &entry).await?);
        }
    }
    say(&match messages {
        0 => "the queue is empty".to_owned(),
        1 => format!("1 message, {bytes} octets"),
        _ => format!("{messages} messages, {bytes} octets"),
    });
    Ok(())
}

async fn line(queue: &Queue, entry: &QueuedMessage) -> Result<String, String> {
    let standing = match queue.status(entry).await.map_err(words)? {
        QueueStatus::Held => "on hold".to_owned(),
        QueueStatus::Active => "being tried".to_owned(),
        QueueStatus::Waiting => format!("due {} UTC", minute(entry.due)),
    };
    let to: Vec<String> = entry
        .envelope
        .recipients
        .iter()
        .map(|r| r.address.to_string())
        .collect();
    let said = entry
        .last
        .values()
        .next()
        .map(|reply| format!("\n\tlast word: {reply}"))
        .unwrap_or_default();
    Ok(format!(
        "{}\t{standing}\t{} attempts\tsince {} UTC\t{} octets\t{} → {}{said}",
        number(entry.id),
        entry.attempts,
        minute(entry.arrived),
        entry.bytes,
        entry.envelope.reverse_path(),
        to.join(" ")
    ))
}

// By its number, or by the journey that the client was told.
async fn find(queue: &Queue, text: &str) -> Result<QueuedMessage, String> {
    let absent = || format!("there is no message {text} in the queue");
    if let Ok(id) = u64::from_str_radix(text, 16) {
        if let Some(row) = queue.store().spooled(QueueId(id)).await.map_err(words)? {
            return QueuedMessage::from_row(&row.row).map_err(words);
        }
        let mut last = None;
        loop {
            let rows = queue
                .store()
                .spool_after(last, PIECE)
                .await
                .map_err(words)?;
            let Some(row) = rows.last() else {
                return Err(absent());
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
    Err(absent())
}

async fn show(queue: &Queue, message: &str) -> Result<(), String> {
    let entry = find(queue, message).await?;
    say(&line(queue, &entry).await?);
    say(&format!("journey {}", entry.journey));
    if let Some(id) = &entry.envelope.envelope_id {
        say(&format!("envelope id {id}"));
    }
    for recipient in &entry.envelope.recipients {
        let said = entry
            .last
            .get(&recipient.address.to_string())
            .map_or("not tried yet".to_owned(), ToString::to_string);
        say(&format!("to {}: {said}", recipient.address));
    }
    for event in queue
        .store()
        .journeys()
        .read(entry.journey)
        .await
        .map_err(words)?
    {
        if let Some(text) = told(&event) {
            say(&format!("{}  {text}", event.at.rfc3339()));
        }
    }
    Ok(())
}

// One step of the journey in one line, or one for each line that was said.
fn told(event: &Event) -> Option<String> {
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
            format!("{peer} cannot be reached: {}", reason.english())
        }
        Kind::Tls(tls) => format!(
            "{} {}{}",
            tls.version,
            tls.cipher,
            if tls.verified { ", proven" } else { "" }
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
        } => format!("{recipient} waits until {} UTC: {reply}", minute(*next)),
        Kind::Relayed {
            recipient,
            host,
            reply,
        } => format!("{recipient} was handed to {host}: {reply}"),
        Kind::Delivered {
            recipient, mailbox, ..
        } => format!("{recipient}: delivered into {mailbox}"),
        Kind::Bounced {
            recipient, reply, ..
        } => format!("{recipient}: given up: {reply}"),
        Kind::Closed { .. } => "the connection ended".to_owned(),
        Kind::Fetched { .. } | Kind::Pushed { .. } | Kind::Unknown => return None,
    })
}

fn give(messages: &MessageSelection, order: QueueCommand) -> Result<(), String> {
    let runs = host::server_runs(&messages.place.data()?);
    with_store(&messages.place, async |store| {
        let queue = of(store);
        for message in &messages.messages {
            if message == "all" {
                order_all(&queue, order, runs).await?;
            } else {
                let entry = find(&queue, message).await?;
                say(&order_one(&queue, entry.id, order, runs).await?);
            }
        }
        Ok(())
    })
}

async fn order_all(queue: &Queue, order: QueueCommand, runs: bool) -> Result<(), String> {
    let mut last = None;
    loop {
        let rows = queue
            .store()
            .spool_after(last, PIECE)
            .await
            .map_err(words)?;
        let Some(row) = rows.last() else {
            return Ok(());
        };
        last = Some(row.id);
        for row in &rows {
            say(&order_one(queue, row.id, order, runs).await?);
        }
    }
}

async fn order_one(
    queue: &Queue,
    id: QueueId,
    order: QueueCommand,
    runs: bool,
) -> Result<String, String> {
    let done = queue.command(id, order).await.map_err(words)?;
    let (is, unfit) = match order {
        QueueCommand::Hold => ("is on hold", "is on hold already"),
        QueueCommand::Release => ("may go again", "is not on hold"),
        QueueCommand::Retry => ("is due now", "is on hold: release it"),
        QueueCommand::Drop { .. } => ("is taken out", "cannot be taken out"),
    };
    let later = if runs {
        ""
    } else {
        ", when the server is started: it does not run now"
    };
    let what = match done {
        CommandResult::Done => format!("{is}{later}"),
        CommandResult::AfterAttempt if runs => {
            format!("is being tried just now; when that ends, it {is}, if anybody still waits")
        }
        CommandResult::AfterAttempt => {
            format!("was being tried when the server ended; it {is}{later}")
        }
        CommandResult::Soon if runs => format!("{is} within a second"),
        CommandResult::Soon => format!("{is}{later}"),
        CommandResult::NotApplicable => unfit.to_owned(),
        CommandResult::NotFound => "has left the queue".to_owned(),
    };
    Ok(format!("{} {what}", number(id)))
}

/// Looks at the queue once a second whether somebody has ordered something, for as long as the
/// server runs.
pub(crate) async fn follow_orders(queue: Queue, world: World) {
    let mut seen = queue.store().queue_mark().await.ok().flatten();
    loop {
        world.clock.sleep_until(world.now() + LOOK_EVERY).await;
        match queue.store().queue_mark().await {
            Ok(mark) if mark != seen => {
                seen = mark;
                queue.wake();
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the queue's mark cannot be read"),
        }
    }
}

// How soon an order from another process is noticed.
const LOOK_EVERY: mail::Duration = mail::Duration::from_millis(900);

#[cfg(test)]
mod tests {
    use super::*;
    use mail::{Envelope, SpanId};
    use std::collections::BTreeMap;
    use store::{BlobRef, PasswordCost};

    async fn with_message() -> Queue {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        let entry = QueuedMessage {
            id: QueueId(0x2a),
            journey: JourneyId(0xabc),
            span: SpanId(1),
            envelope: Envelope::new("alice@a.test".parse().ok(), ["bob@b.test".parse().unwrap()]),
            prefix: String::new(),
            blob: BlobRef::Row(1),
            bytes: 99,
            arrived: Time::from_secs(0),
            attempts: 2,
            due: Time::from_secs(60),
            account: None,
            last: BTreeMap::new(),
            warned: false,
            held: false,
        };
        let mut tx = store.begin();
        tx.spool(entry.id, None, Some(entry.due), entry.to_row());
        tx.commit().await.unwrap();
        of(store)
    }

    #[tokio::test]
    async fn a_message_is_held_released_retried_and_dropped_by_hand() {
        let queue = with_message().await;
        let id = find(&queue, "abc").await.unwrap().id;
        let order = async |order| order_one(&queue, id, order, true).await.unwrap();
        assert_eq!(order(QueueCommand::Release).await, "2a is not on hold");
        assert_eq!(order(QueueCommand::Hold).await, "2a is on hold");
        let line_of = async || {
            line(&queue, &find(&queue, "2a").await.unwrap())
                .await
                .unwrap()
        };
        assert!(line_of().await.starts_with("2a\ton hold\t2 attempts\tsince 1970-01-01 00:00 UTC\t99 octets\t<alice@a.test> → bob@b.test"));
        assert!(
            queue
                .store()
                .due(Time(i64::MAX), 10)
                .await
                .unwrap()
                .0
                .is_empty(),
            "held: it has no turn"
        );
        assert_eq!(
            order(QueueCommand::Retry).await,
            "2a is on hold: release it"
        );
        assert_eq!(order(QueueCommand::Release).await, "2a may go again");
        assert_eq!(
            queue.store().due(Time(i64::MAX), 10).await.unwrap().0.len(),
            1
        );
        // Somebody is trying it now.
        let (due, _) = queue.store().due(Time(i64::MAX), 10).await.unwrap();
        queue.store().lease(&due, Time(i64::MAX)).await.unwrap();
        assert!(line_of().await.contains("being tried"));
        assert!(
            order(QueueCommand::Hold)
                .await
                .starts_with("2a is being tried just now")
        );
        assert!(
            order_one(&queue, QueueId(7), QueueCommand::Hold, true)
                .await
                .unwrap()
                .ends_with("has left the queue")
        );
        assert!(find(&queue, "zz").await.is_err() && find(&queue, "77").await.is_err());
    }

    #[tokio::test]
    async fn without_a_server_it_says_so() {
        let queue = with_message().await;
        let said = order_one(
            &queue,
            QueueId(0x2a),
            QueueCommand::Drop { notice: true },
            false,
        )
        .await
        .unwrap();
        assert_eq!(
            said,
            "2a is taken out, when the server is started: it does not run now"
        );
    }
}
