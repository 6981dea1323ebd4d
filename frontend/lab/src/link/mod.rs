//! The Lab's ways out of the page: the engine in its worker, and what the server keeps (the
//! catalogue, scenario files, progress).

pub mod engine;

pub mod server;
