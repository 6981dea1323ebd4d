//! Two mail hosts in a virtual world, and what people do with them: the ground on which the journey
//! tests stand. The hosts are real nodes; only clock, chance, network, DNS, TLS and disk are
//! virtual. Asserts nothing itself.

mod country;
mod policy;
mod reader;
mod stranger;
mod submit;

pub use country::{A, B, Country, LAPTOP, PASSWORD, PHONE, RETRY};
pub use policy::serve_policy;
pub use reader::{fetch_by_imap, fetch_by_pop3};
pub use stranger::hand_over;
pub use submit::{Submitted, submit};
