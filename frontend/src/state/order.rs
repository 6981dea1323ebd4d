//! The order of a list's rows.

use std::cmp::Reverse;
use wire::{ListOrder, Row};

/// The sort key of a row in an order, the same as the server's.
pub fn place(row: &Row, order: ListOrder) -> impl Ord + use<> {
    let newest = (Reverse(row.date), Reverse(row.uid));
    let (bytes, oldest) = match order {
        ListOrder::Size => (Reverse(row.bytes), None),
        ListOrder::Oldest => (Reverse(0), Some((row.date, row.uid))),
        _ => (Reverse(0), None),
    };
    (row.sort.clone(), bytes, oldest, newest)
}
