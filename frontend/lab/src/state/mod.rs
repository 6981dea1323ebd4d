//! Plain state of the Lab's pages, tested natively: addresses, the catalogue, the own scenario,
//! shared works, progress, predictions, votes. Knows no signals and no browser.

pub mod route;

pub mod catalogue;

pub mod network;

pub mod own_scenario;

pub mod shared_work;

pub mod stage_ends;

pub mod progress;

pub mod predict;

pub mod vote;
