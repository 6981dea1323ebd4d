//! Communication outside the page: the simulator in its worker, and the server (catalogue, scenario
//! files, progress).

pub mod engine;

pub mod server;
