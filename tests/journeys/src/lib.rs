//! Two mail hosts in a virtual world, and the clients that use them: the fixture of the journey
//! tests. The hosts are real nodes; only clock, randomness, network, DNS, TLS and disk are virtual.
//! Also the scenarios of the Lab, for the tests of lessons.

mod collection;
mod mailbox_client;
mod policy_server;
mod submission_client;
mod two_hosts;
mod unauthenticated_client;

pub use collection::{scenario_folder, scenarios};
pub use mailbox_client::{fetch_by_imap, fetch_by_pop3};
pub use policy_server::serve_policy;
pub use submission_client::{Submitted, submit};
pub use two_hosts::{A, B, LAPTOP, PASSWORD, PHONE, RETRY, TwoHosts};
pub use unauthenticated_client::send_unauthenticated;
