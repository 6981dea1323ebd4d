//! Communication outside the page: the simulator in its worker, the server (catalogue, scenario
//! files, progress), and the browser's storage.

pub mod engine;

pub mod server;

pub mod storage;
