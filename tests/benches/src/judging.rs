//! The cost of verifying SPF, DKIM and DMARC of a message of 50 KB, with DNS in memory: processor
//! time of one thread.

use auth::{Action, MessageReader, Origin, Policies, evaluate};
use event::Verdict;
use std::fs;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use world::World;
use world::zone::Zones;

use crate::Plan;
use crate::rows::{Goal, Rows};
use crate::signer::{CLIENT, Signer};

const GOAL_MS: f64 = 1.0;
const MESSAGE_BYTES: usize = 50 * 1024;
const MESSAGES: u32 = 500;
/// As it comes from the network.
const PIECE_BYTES: usize = 16 * 1024;

/// Measures and adds a row; there is no peer.
pub fn run(_: &Plan, rows: &mut Rows) -> Result<(), String> {
    let signer = Signer::new()?;
    let mut message = crate::delivery::message("judging", 1, "alice@glasspost.test", MESSAGE_BYTES);
    message.truncate(message.len() - 3);
    let message = signer.sign(&message)?;
    let mut world = world::still::world();
    world.resolver = Arc::new(Zones::read(&signer.zone()).map_err(|e| format!("the zone: {e}"))?);
    once(&world, &message)?;
    let begun = processor_nanos()?;
    for _ in 0..MESSAGES {
        once(&world, &message)?;
    }
    let each = (processor_nanos()? - begun) as f64 / 1e6 / f64::from(MESSAGES);
    println!(
        "   {MESSAGES} messages of {} KB, all pass: {each:.3} ms of processor time each",
        message.len() / 1024
    );
    rows.add(
        "SPF + DKIM + DMARC of a message of 50 KB, processor time",
        "ms",
        Some(each),
        None,
        Goal::Max(GOAL_MS),
    );
    Ok(())
}

fn once(world: &World, message: &[u8]) -> Result<(), String> {
    let sender: mail::Address = "sender@client.example"
        .parse()
        .map_err(|_| "an address that is none")?;
    let mut reader = MessageReader::default();
    for piece in message.chunks(PIECE_BYTES) {
        reader.write(piece);
    }
    let origin = Origin {
        ip: CLIENT,
        helo: "client.example",
        sender: Some(&sender),
        host: "mx.glasspost.test",
    };
    let policies = Policies::default();
    let message = reader.finish();
    let evaluation = at_once(evaluate(world, &policies, origin, &message))?;
    let passed = |name: &str| {
        evaluation
            .checks
            .iter()
            .any(|c| c.check.name() == name && c.verdict == Verdict::Pass)
    };
    if evaluation.action != Action::Accept
        || !["spf", "dkim", "dmarc"].iter().all(|name| passed(name))
    {
        return Err(format!(
            "the message does not pass: {:?}",
            evaluation.checks
        ));
    }
    Ok(())
}

// In a still world nothing waits.
fn at_once<T>(future: impl Future<Output = T>) -> Result<T, String> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Ok(done),
        Poll::Pending => {
            Err("verification waits for something in a world where nothing waits".to_owned())
        }
    }
}

/// The processor time of this thread (Linux, proc(5)).
pub fn processor_nanos() -> Result<u64, String> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")
        .map_err(|e| format!("/proc/thread-self/schedstat: {e}"))?;
    text.split(' ')
        .next()
        .and_then(|word| word.parse().ok())
        .ok_or_else(|| "schedstat is not as expected".to_owned())
}
