//! Properties of parsers and sessions that must hold for any bytes: no panic, no endless loop,
//! output that agrees with its input. Each is one function; `cargo test` runs it on its seeds,
//! changed at random, and libFuzzer runs it in `tests/fuzz`. Knows nothing of how inputs are found.
//!
//! Failures: a property panics with the sentence that does not hold.

mod dialogue;
mod session;

mod imap_session;
mod pop3_session;
mod smtp_session;

mod sasl_exchange;

mod html;
mod message;
mod parsers;
mod wire_frame;

mod dkim;
mod dmarc;
mod dns;
mod spf;

/// A property with the inputs from which a search for violations starts.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    /// The name of its fuzz target.
    pub name: &'static str,
    /// Panics if the property does not hold for these bytes.
    pub check: fn(&[u8]),
    /// Inputs of valid form, made by code or read from the dialogues of the protocol tests.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All properties. Each has a fuzz target of its name.
pub const PROPERTIES: [Property; 11] = [
    Property {
        name: "smtp",
        check: smtp_session::check,
        seeds: smtp_session::seeds,
    },
    Property {
        name: "imap",
        check: imap_session::check,
        seeds: imap_session::seeds,
    },
    Property {
        name: "pop3",
        check: pop3_session::check,
        seeds: pop3_session::seeds,
    },
    Property {
        name: "sasl",
        check: sasl_exchange::check,
        seeds: sasl_exchange::seeds,
    },
    Property {
        name: "mime",
        check: message::check,
        seeds: message::seeds,
    },
    Property {
        name: "parsers",
        check: parsers::check,
        seeds: parsers::seeds,
    },
    Property {
        name: "html",
        check: html::check,
        seeds: html::seeds,
    },
    Property {
        name: "wire",
        check: wire_frame::check,
        seeds: wire_frame::seeds,
    },
    Property {
        name: "spf",
        check: spf::check,
        seeds: spf::seeds,
    },
    Property {
        name: "dkim",
        check: dkim::check,
        seeds: dkim::seeds,
    },
    Property {
        name: "dmarc",
        check: dmarc::check,
        seeds: dmarc::seeds,
    },
];

/// Checks the property of this name.
///
/// # Panics
/// The property does not hold for these bytes, or there is no such property.
pub fn check(name: &str, input: &[u8]) {
    let property = PROPERTIES.iter().find(|property| property.name == name);
    let property = property.unwrap_or_else(|| panic!("there is no property `{name}`"));
    (property.check)(input);
}
