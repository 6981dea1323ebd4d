//! Plain state of the Lab's pages, tested natively: addresses, the catalogue, progress,
//! predictions, votes. Knows no signals and no browser.

pub mod route;

pub mod catalogue;

pub mod progress;

pub mod predict;

pub mod vote;
