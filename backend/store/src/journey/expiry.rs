//! Removes expired journeys.

use super::{BUNDLE_NUMBER_BITS, Journeys, Retention};
use crate::engine::{self, Batch, Fault, Keyspace};
use crate::{keys, lock};
use mail::{Duration, JourneyId, Time};
use world::World;

// How often expired journeys are removed.
const EXPIRE_EVERY: Duration = Duration::from_secs(3600);
/// How many rows of each kind are removed in a transaction.
pub(super) const EXPIRED_AT_ONCE: [(Keyspace, usize); 3] = [
    (Keyspace::Journeys, 200),
    (Keyspace::Bundled, 5000),
    (Keyspace::Bundles, 20),
];

impl Journeys {
    /// Removes expired journeys, now and every hour. Ends at once where journeys do not expire.
    pub async fn run_expiry(&self, world: &World) {
        loop {
            let Retention::For(length) = lock(&self.0.settings).0 else {
                return;
            };
            if let Err(e) = self
                .expire_before(world.now().since(Time(0)).saturating_sub(length))
                .await
            {
                tracing::warn!(error = %e, "cannot remove expired journeys");
            }
            world.sleep(EXPIRE_EVERY).await;
        }
    }

    // The upper half of a journey's number is the second in which it began, that of a bundle's the
    // second in which the latest of its journeys began, counted from the epoch like `before`.
    pub(super) async fn expire_before(&self, before: Duration) -> Result<(), Fault> {
        let second = before.as_secs().min(u64::from(u32::MAX));
        for (space, at_once) in EXPIRED_AT_ONCE {
            let end = match space {
                Keyspace::Bundles => keys::bundle(second << BUNDLE_NUMBER_BITS),
                _ => keys::journey(JourneyId(second << 32)),
            };
            loop {
                let old = self.0.engine.scan(space, &[], &end, at_once).await?;
                let mut batch = Batch::default();
                old.iter()
                    .for_each(|(key, _)| batch.delete(space, key.clone()));
                engine::commit(self.0.engine.as_ref(), batch).await?;
                if old.len() < at_once {
                    break;
                }
            }
        }
        Ok(())
    }
}
