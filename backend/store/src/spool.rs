//! The queue's rows: letters for which this host answers, in order of when each is due. What stands in a row is the queue's business.

use crate::engine::{Fault, Space, after_prefix};
use crate::{Store, keys};
use mail::{LetterId, Time};

/// A letter in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpoolRow {
    /// Its number.
    pub id: LetterId,
    /// The queue's own form.
    pub row: Vec<u8>,
}

impl Store {
    /// A letter's number: never given twice.
    pub fn next_letter(&self) -> LetterId {
        LetterId(self.next_number())
    }

    /// Letters due up to `now`, the longest waiting first, and when the next one after them is due.
    ///
    /// # Errors
    /// As the engine.
    pub async fn due(&self, now: Time, limit: usize) -> Result<(Vec<(Time, LetterId)>, Option<Time>), Fault> {
        let rows = self.engine().scan(Space::Due, &[], &[u8::MAX; 17], limit + 1).await?;
        let parse = |key: &[u8]| {
            let at = i64::from_be_bytes(key.get(..8)?.try_into().ok()?);
            let id = u64::from_be_bytes(key.get(8..16)?.try_into().ok()?);
            Some((Time(at), LetterId(id)))
        };
        let all: Vec<_> = rows.iter().filter_map(|(key, _)| parse(key)).collect();
        let split = all.partition_point(|(at, _)| *at <= now).min(limit);
        let next = all.get(split).map(|(at, _)| *at);
        Ok((all[..split].to_vec(), next))
    }

    /// One letter of the queue.
    ///
    /// # Errors
    /// As the engine.
    pub async fn spooled(&self, id: LetterId) -> Result<Option<SpoolRow>, Fault> {
        let row = self.engine().get(Space::Spool, &keys::letter(id)).await?;
        Ok(row.map(|row| SpoolRow { id, row }))
    }

    /// All letters of the queue behind a number, at most `limit`.
    ///
    /// # Errors
    /// As the engine.
    pub async fn spool_after(&self, id: Option<LetterId>, limit: usize) -> Result<Vec<SpoolRow>, Fault> {
        let from = id.map_or_else(Vec::new, |id| after_prefix(&keys::letter(id)));
        let rows = self.engine().scan(Space::Spool, &from, &[u8::MAX; 9], limit).await?;
        let parse = |(key, row): (Vec<u8>, Vec<u8>)| key.try_into().ok().map(|k| SpoolRow { id: LetterId(u64::from_be_bytes(k)), row });
        Ok(rows.into_iter().filter_map(parse).collect())
    }
}
