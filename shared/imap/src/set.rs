//! Sets of numbers: as written by a client (`1:3,7,*`) and as numbers (message numbers or UIDs,
//! each once, ascending). Does not know which messages exist: that is [`crate::view`].

use std::fmt;
use std::num::NonZeroU32;

/// `seq-number = nz-number / "*"`; `None` is `*`, the largest number in use (RFC 3501 §9).
pub type SeqNumber = Option<NonZeroU32>;

/// `sequence-set` as written: ranges in the client's order, either end first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SequenceSet(pub Vec<(SeqNumber, SeqNumber)>);

impl SequenceSet {
    /// True where `*` occurs.
    pub fn has_star(&self) -> bool {
        self.0.iter().any(|(a, b)| a.is_none() || b.is_none())
    }

    /// The ranges with `*` replaced by `last`, the lower end first. In an empty mailbox (`last` 0)
    /// a range with `*` is empty.
    pub fn ranges(&self, last: u32) -> impl Iterator<Item = (u32, u32)> {
        self.0
            .iter()
            .filter(move |(a, b)| last > 0 || (a.is_some() && b.is_some()))
            .map(move |(a, b)| {
                let (a, b) = (
                    a.map_or(last, NonZeroU32::get),
                    b.map_or(last, NonZeroU32::get),
                );
                (a.min(b), a.max(b))
            })
    }
}

/// A set of numbers above zero, stored as ascending inclusive ranges that do not touch. The UIDs of
/// a mailbox are mostly consecutive, so 100,000 messages are a few ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UidSet(Vec<(u32, u32)>);

impl UidSet {
    /// The empty set.
    pub const fn new() -> UidSet {
        UidSet(Vec::new())
    }

    /// All from `first` to `last`; empty where `last` is below.
    pub fn range(first: u32, last: u32) -> UidSet {
        if first <= last {
            UidSet(vec![(first, last)])
        } else {
            UidSet::new()
        }
    }

    /// From ranges in any order, overlapping or not.
    pub fn from_ranges(mut ranges: Vec<(u32, u32)>) -> UidSet {
        ranges.retain(|(a, b)| a <= b);
        ranges.sort_unstable();
        let mut kept: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
        for (a, b) in ranges {
            match kept.last_mut() {
                Some(last) if a <= last.1.saturating_add(1) => last.1 = last.1.max(b),
                _ => kept.push((a, b)),
            }
        }
        UidSet(kept)
    }

    /// Adds one number; cheap when it is larger than all before.
    pub fn push(&mut self, uid: u32) {
        match self.0.last_mut() {
            Some(last) if uid > last.1 && uid == last.1 + 1 => last.1 = uid,
            Some(last) if uid <= last.1 => {
                if !self.contains(uid) {
                    let mut ranges = std::mem::take(&mut self.0);
                    ranges.push((uid, uid));
                    *self = UidSet::from_ranges(ranges);
                }
            }
            _ => self.0.push((uid, uid)),
        }
    }

    /// The ranges, ascending, inclusive.
    pub fn ranges(&self) -> &[(u32, u32)] {
        &self.0
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.0.iter().map(|(a, b)| (b - a) as usize + 1).sum()
    }

    /// True for the empty set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The largest number.
    pub fn last(&self) -> Option<u32> {
        self.0.last().map(|r| r.1)
    }

    /// True where the set contains the number.
    pub fn contains(&self, uid: u32) -> bool {
        let i = self.0.partition_point(|r| r.1 < uid);
        self.0.get(i).is_some_and(|r| r.0 <= uid)
    }

    /// Every number, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().flat_map(|&(a, b)| a..=b)
    }

    /// The intersection.
    pub fn intersect(&self, other: &UidSet) -> UidSet {
        let (mut i, mut j, mut out) = (0, 0, Vec::new());
        while let (Some(&(a, b)), Some(&(c, d))) = (self.0.get(i), other.0.get(j)) {
            let (low, high) = (a.max(c), b.min(d));
            if low <= high {
                out.push((low, high));
            }
            if b < d {
                i += 1;
            } else {
                j += 1;
            }
        }
        UidSet(out)
    }

    /// The difference: elements of this set that are not in the other.
    pub fn subtract(&self, other: &UidSet) -> UidSet {
        let (mut out, mut j) = (Vec::with_capacity(self.0.len()), 0);
        for &(a, b) in &self.0 {
            let mut from = a;
            let mut whole = true;
            while let Some(&(c, d)) = other.0.get(j) {
                if d < from {
                    j += 1;
                } else if c > b {
                    break;
                } else {
                    if c > from {
                        out.push((from, c - 1));
                    }
                    if d >= b {
                        whole = false;
                        break;
                    }
                    from = d + 1;
                    j += 1;
                }
            }
            if whole {
                out.push((from, b));
            }
        }
        UidSet(out)
    }

    /// The union.
    pub fn union(&self, other: &UidSet) -> UidSet {
        UidSet::from_ranges(self.0.iter().chain(&other.0).copied().collect())
    }

    /// Releases unused memory.
    pub fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }
}

impl FromIterator<u32> for UidSet {
    fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> UidSet {
        let mut set = UidSet::new();
        let mut late = Vec::new();
        for n in numbers {
            if set.last().is_none_or(|last| n > last) {
                set.push(n);
            } else {
                late.push((n, n));
            }
        }
        if late.is_empty() {
            return set;
        }
        late.extend_from_slice(&set.0);
        UidSet::from_ranges(late)
    }
}

/// `uid-set` as UIDPLUS writes it: `1:3,7` (RFC 4315 §4).
impl fmt::Display for UidSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (a, b)) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            if a == b {
                write!(f, "{a}")?;
            } else {
                write!(f, "{a}:{b}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn joins_neighbours_and_writes_ranges() {
        let set: UidSet = [5, 1, 2, 3, 9, 2, 8].into_iter().collect();
        assert_eq!(set.to_string(), "1:3,5,8:9");
        assert_eq!(set.len(), 6);
        assert!(UidSet::range(3, 2).is_empty());
        assert_eq!(
            UidSet::range(u32::MAX, u32::MAX)
                .union(&UidSet::range(1, 1))
                .to_string(),
            "1,4294967295"
        );
    }

    proptest! {
        #[test]
        fn agrees_with_plain_sets(a in proptest::collection::vec(1u32..60, 0..40), b in proptest::collection::vec(1u32..60, 0..40)) {
            let (x, y): (UidSet, UidSet) = (a.iter().copied().collect(), b.iter().copied().collect());
            let (p, q): (BTreeSet<u32>, BTreeSet<u32>) = (a.into_iter().collect(), b.into_iter().collect());
            prop_assert_eq!(x.iter().collect::<Vec<_>>(), p.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(x.len(), p.len());
            prop_assert_eq!(x.intersect(&y), p.intersection(&q).copied().collect());
            prop_assert_eq!(x.subtract(&y), p.difference(&q).copied().collect());
            prop_assert_eq!(x.union(&y), p.union(&q).copied().collect());
            prop_assert!((1..60).all(|n| x.contains(n) == p.contains(&n)));
        }
    }
}
