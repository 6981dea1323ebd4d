//! Waits for what gives no event: another process or a thread of its own. For tests; a role awaits
//! its clock, network and tasks.

use std::time::{Duration, Instant};

/// How long is waited. Far longer than it takes, even on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

const INTERVAL: Duration = Duration::from_millis(5);

/// Asks again until there is a value, and returns it.
///
/// # Panics
/// There is none within [`PATIENCE`]; `what` names it.
#[expect(
    clippy::disallowed_methods,
    reason = "the other process lives in real time"
)]
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = ask().await {
            return value;
        }
        assert!(Instant::now() < end, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(INTERVAL).await;
    }
}
