//! A session's view of its selected mailbox: message numbers ↔ UIDs, the `\Recent` messages, and
//! messages that are expunged but not yet reported. Message numbers change only when an EXPUNGE is
//! sent, and it is sent only when RFC 3501 §7.4.1 allows. Does not know flags, sizes or the store.

use crate::set::{SequenceSet, UidSet};

/// A message number that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchNumber(pub u32);

/// One message of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its number in this view.
    pub seq: u32,
    /// Its UID.
    pub uid: u32,
    /// It is `\Recent` in this session.
    pub recent: bool,
}

/// The view of one selected session. A mailbox without gaps needs a few bytes, whatever its size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    uids: UidSet,
    // The message number of the first UID of each range of `uids`.
    firsts: Vec<u32>,
    count: u32,
    recent: UidSet,
    gone: UidSet,
}

impl View {
    /// The view at SELECT: the existing UIDs, and those that are `\Recent` for this session.
    pub fn new(uids: UidSet, recent: UidSet) -> View {
        let mut view = View {
            recent: recent.intersect(&uids),
            ..View::default()
        };
        view.set_uids(uids);
        view
    }

    fn set_uids(&mut self, mut uids: UidSet) {
        uids.shrink();
        let mut next = 1;
        self.firsts = Vec::with_capacity(uids.ranges().len());
        for (a, b) in uids.ranges() {
            self.firsts.push(next);
            next += b - a + 1;
        }
        self.count = next - 1;
        self.uids = uids;
    }

    /// The number of messages reported to the client (EXISTS).
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The messages that are `\Recent` here.
    pub fn recent(&self) -> &UidSet {
        &self.recent
    }

    /// Every UID in the view.
    pub fn uids(&self) -> &UidSet {
        &self.uids
    }

    /// The UID of a message number.
    pub fn uid(&self, seq: u32) -> Option<u32> {
        if seq == 0 || seq > self.count {
            return None;
        }
        let i = self.firsts.partition_point(|&f| f <= seq) - 1;
        Some(self.uids.ranges()[i].0 + (seq - self.firsts[i]))
    }

    /// The message number of a UID.
    pub fn seq(&self, uid: u32) -> Option<u32> {
        self.uids.contains(uid).then(|| self.seq_at_or_after(uid))
    }

    // The number of the first message whose UID is not below `uid`; one past the last where there
    // is none.
    fn seq_at_or_after(&self, uid: u32) -> u32 {
        let i = self.uids.ranges().partition_point(|r| r.1 < uid);
        match self.uids.ranges().get(i) {
            Some(&(first, _)) => self.firsts[i] + uid.saturating_sub(first),
            None => self.count + 1,
        }
    }

    /// The messages of a set of message numbers, as ranges of numbers.
    ///
    /// # Errors
    /// [`NoSuchNumber`] where a number is past the end (RFC 3501 §9, seq-number); a range that ends
    /// in `*` is tolerated.
    pub fn by_number(&self, set: &SequenceSet) -> Result<UidSet, NoSuchNumber> {
        let mut ranges = Vec::with_capacity(set.0.len());
        for (a, b) in &set.0 {
            let starred = a.is_none() || b.is_none();
            let (a, b) = (
                a.map_or(self.count, u32::from),
                b.map_or(self.count, u32::from),
            );
            let (low, high) = (a.min(b), a.max(b));
            if !starred && high > self.count {
                return Err(NoSuchNumber(high));
            }
            if self.count > 0 {
                ranges.push((low.min(self.count), high.min(self.count)));
            }
        }
        Ok(UidSet::from_ranges(ranges))
    }

    /// The messages of a set of UIDs, as ranges of message numbers; UIDs without a message are
    /// skipped (RFC 3501 §6.4.8).
    pub fn by_uid(&self, set: &SequenceSet) -> UidSet {
        let last = self.uids.last().unwrap_or(0);
        let ranges = set.ranges(last).filter_map(|(a, b)| {
            let low = self.seq_at_or_after(a);
            let high = self.seq_at_or_after(b.saturating_add(1)) - 1;
            // Only the largest possible UID has no successor.
            let high = if b == u32::MAX { self.count } else { high };
            (low <= high).then_some((low, high))
        });
        UidSet::from_ranges(ranges.collect())
    }

    /// Message numbers → UIDs.
    pub fn uids_of(&self, seqs: &UidSet) -> UidSet {
        let mut out = Vec::new();
        for &(a, b) in seqs.ranges() {
            let mut i = self.firsts.partition_point(|&f| f <= a).saturating_sub(1);
            let mut from = a;
            while from <= b.min(self.count) {
                let (first, last) = self.uids.ranges()[i];
                let end = self.firsts[i] + (last - first);
                let to = end.min(b);
                out.push((
                    first + (from - self.firsts[i]),
                    first + (to - self.firsts[i]),
                ));
                from = to + 1;
                i += 1;
            }
        }
        UidSet::from_ranges(out)
    }

    /// UIDs → message numbers; those not in the view are skipped.
    pub fn seqs_of(&self, uids: &UidSet) -> UidSet {
        let known = self.uids.intersect(uids);
        UidSet::from_ranges(
            known
                .ranges()
                .iter()
                .map(|&(a, b)| (self.seq_at_or_after(a), self.seq_at_or_after(a) + (b - a)))
                .collect(),
        )
    }

    /// The messages from number `first` to `last` with their UIDs, appended to `out`.
    pub fn targets(&self, first: u32, last: u32, out: &mut Vec<Target>) {
        let (mut seq, last) = (first.max(1), last.min(self.count));
        if seq > last {
            return;
        }
        let mut i = self.firsts.partition_point(|&f| f <= seq) - 1;
        while seq <= last {
            let (a, b) = self.uids.ranges()[i];
            let end = (self.firsts[i] + (b - a)).min(last);
            let base = a - self.firsts[i];
            out.extend((seq..=end).map(|seq| {
                let uid = base.wrapping_add(seq);
                Target {
                    seq,
                    uid,
                    recent: !self.recent.is_empty() && self.recent.contains(uid),
                }
            }));
            seq = end + 1;
            i += 1;
        }
    }

    /// Adds new messages, those of `recent` as `\Recent`; returns whether there were any. A UID
    /// that is not above all known ones is skipped, since UIDs ascend.
    pub fn arrive(&mut self, arrived: &UidSet, recent: &UidSet) -> bool {
        let last = self.uids.last().unwrap_or(0);
        let fresh = match last.checked_add(1) {
            Some(next) => arrived.intersect(&UidSet::range(next, u32::MAX)),
            None => UidSet::new(),
        };
        if fresh.is_empty() {
            return false;
        }
        if !recent.is_empty() {
            self.recent = self.recent.union(&fresh.intersect(recent));
        }
        let all = std::mem::take(&mut self.uids).union(&fresh);
        self.set_uids(all);
        true
    }

    /// Marks messages as expunged; their numbers stay until [`View::report_expunged`].
    pub fn expunge(&mut self, uids: &UidSet) {
        self.gone = self.gone.union(&self.uids.intersect(uids));
    }

    /// True where an expunged message was not reported yet.
    pub fn has_unreported(&self) -> bool {
        !self.gone.is_empty()
    }

    /// True where the message is expunged, reported or not: no update about it is sent.
    pub fn is_gone(&self, uid: u32) -> bool {
        self.gone.contains(uid) || !self.uids.contains(uid)
    }

    /// Removes the expunged messages from the view and returns the numbers for `* n EXPUNGE`, each
    /// counted after the previous ones (RFC 3501 §7.4.1: the numbers of higher messages decrease at
    /// once).
    pub fn report_expunged(&mut self) -> Vec<u32> {
        let gone = std::mem::take(&mut self.gone);
        let numbers = gone
            .iter()
            .zip(0u32..)
            .filter_map(|(uid, before)| self.seq(uid).map(|seq| seq - before))
            .collect();
        self.recent = self.recent.subtract(&gone);
        let left = self.uids.subtract(&gone);
        self.set_uids(left);
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::num::NonZeroU32;

    fn set(ranges: &[(u32, u32)]) -> SequenceSet {
        SequenceSet(
            ranges
                .iter()
                .map(|&(a, b)| (NonZeroU32::new(a), NonZeroU32::new(b)))
                .collect(),
        )
    }

    fn view(uids: &[u32]) -> View {
        View::new(uids.iter().copied().collect(), UidSet::new())
    }

    #[test]
    fn expunged_numbers_are_relative_to_previous_ones() {
        let mut v = view(&[10, 11, 12, 20, 21]);
        v.expunge(&[10, 12, 21].into_iter().collect());
        assert_eq!(v.uid(1), Some(10), "numbers stay until they are told");
        assert_eq!(v.report_expunged(), [1, 2, 3]);
        assert_eq!(
            (v.count(), v.uid(1), v.uid(2), v.uid(3)),
            (2, Some(11), Some(20), None)
        );
        assert!(v.report_expunged().is_empty());
    }

    #[test]
    fn refuses_a_number_past_the_end_but_not_a_star() {
        let v = view(&[10, 11, 12]);
        assert_eq!(v.by_number(&set(&[(4, 4)])), Err(NoSuchNumber(4)));
        assert_eq!(v.by_number(&set(&[(2, 0)])).unwrap().to_string(), "2:3");
        assert_eq!(v.by_number(&set(&[(7, 0)])).unwrap().to_string(), "3");
        assert!(view(&[]).by_number(&set(&[(1, 0)])).unwrap().is_empty());
    }

    #[test]
    fn uid_star_is_the_last_message_even_past_the_end() {
        let v = view(&[10, 11, 20]);
        assert_eq!(v.by_uid(&set(&[(99, 0)])).to_string(), "3");
        assert_eq!(v.by_uid(&set(&[(1, 10), (12, 19)])).to_string(), "1");
        assert_eq!(v.by_uid(&set(&[(1, u32::MAX)])).to_string(), "1:3");
        assert!(v.by_uid(&set(&[(21, u32::MAX)])).is_empty());
    }

    #[test]
    fn skips_arrivals_below_the_last_uid() {
        let mut v = view(&[5]);
        assert!(v.arrive(&[6, 7].into_iter().collect(), &UidSet::range(6, 7)));
        assert!(v.arrive(&[8].into_iter().collect(), &UidSet::new()));
        assert!(!v.arrive(&[3].into_iter().collect(), &UidSet::range(3, 3)));
        let mut targets = Vec::new();
        v.targets(1, 9, &mut targets);
        assert_eq!(
            targets
                .iter()
                .map(|t| (t.seq, t.uid, t.recent))
                .collect::<Vec<_>>(),
            [(1, 5, false), (2, 6, true), (3, 7, true), (4, 8, false)]
        );
    }

    #[test]
    fn contiguous_uids_need_little_memory() {
        let v = View::new(UidSet::range(1, 10_000), UidSet::new());
        assert_eq!((v.uids.ranges().len(), v.firsts.len()), (1, 1));
    }

    proptest! {
        #[test]
        fn agrees_with_a_plain_list(
            start in proptest::collection::btree_set(1u32..80, 0..40),
            steps in proptest::collection::vec((proptest::collection::vec(1u32..120, 0..8), any::<bool>()), 0..6),
            a in 1u32..50, b in 1u32..50,
        ) {
            let mut list: Vec<u32> = start.iter().copied().collect();
            let mut v = view(&list);
            for (uids, arriving) in steps {
                if arriving {
                    let top = list.last().copied().unwrap_or(0);
                    let set: UidSet = uids.iter().map(|u| top + u).collect();
                    v.arrive(&set, &UidSet::new());
                    list.extend(set.iter());
                } else {
                    v.expunge(&uids.into_iter().collect());
                    prop_assert_eq!(v.count() as usize, list.len());
                    for n in v.report_expunged() {
                        list.remove(n as usize - 1);
                    }
                }
                prop_assert_eq!(v.uids().iter().collect::<Vec<_>>(), list.clone());
                prop_assert_eq!(v.count() as usize, list.len());
            }
            for (i, uid) in list.iter().enumerate() {
                prop_assert_eq!(v.uid(i as u32 + 1), Some(*uid));
                prop_assert_eq!(v.seq(*uid), Some(i as u32 + 1));
            }
            let (low, high) = (a.min(b), a.max(b));
            let by_uid: UidSet = list.iter().zip(1u32..).filter(|(u, _)| (low..=high).contains(*u)).map(|(_, i)| i).collect();
            prop_assert_eq!(&v.by_uid(&set(&[(a, b)])), &by_uid);
            let uids = v.uids_of(&by_uid);
            prop_assert_eq!(uids.iter().collect::<Vec<_>>(), list.iter().copied().filter(|u| (low..=high).contains(u)).collect::<Vec<_>>());
            prop_assert_eq!(v.seqs_of(&uids), by_uid);
            let mut targets = Vec::new();
            v.targets(a, b, &mut targets);
            let expected: Vec<_> = list.iter().zip(1u32..).filter(|(_, i)| (a..=b).contains(i)).map(|(u, i)| (i, *u)).collect();
            prop_assert_eq!(targets.iter().map(|t| (t.seq, t.uid)).collect::<Vec<_>>(), expected);
        }
    }
}
