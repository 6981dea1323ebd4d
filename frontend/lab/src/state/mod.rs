//! Plain state of the Lab's pages, tested natively: routes, the catalogue, the user's own scenario,
//! shared works, progress, predictions, votes. Contains no signals and no browser access.

pub mod route;

pub mod catalogue;

pub mod network;

pub mod own_scenario;

pub mod shared_work;

pub mod stage_ends;

pub mod progress;

pub mod predict;

pub mod vote;
