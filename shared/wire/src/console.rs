//! What goes over the socket of the Lab's console to one's own server: typed lines one way, what
//! the server says the other. JSON text in both directions. Knows no protocol: what a line means is
//! for the server that hears it.

use serde::{Deserialize, Serialize};

/// What the person does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Say {
    /// Types a line; CRLF is added. It has no line end in it.
    Line(String),
    /// Makes the handshake of TLS, as `openssl s_client` does once the server has said that it is
    /// ready.
    Seal,
}

/// What the person sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hear {
    /// The console is open.
    Open {
        /// The host's name.
        host: String,
        /// As whom one may sign in.
        address: String,
        /// The way from the browser to the server is sealed by the browser's own TLS.
        browser_sealed: bool,
    },
    /// The server said this, line ends and all.
    Said(String),
    /// The handshake is done.
    Sealed {
        /// `TLS 1.3`
        version: String,
        /// The cipher suite.
        cipher: String,
    },
    /// It is over.
    Over(Over),
}

/// Why it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Over {
    /// The server closed the connection.
    Closed,
    /// The handshake failed.
    Handshake,
    /// A frame was no line: too long, with a line end in it, or not understood.
    Malformed,
    /// So much was typed, or said, that it is enough for one console.
    Enough,
    /// Nothing was typed for too long.
    Idle,
    /// The account has as many consoles open as it may have.
    TooMany,
    /// Nobody is signed in, or no longer.
    SignIn,
    /// The service is switched off on this host.
    Off,
    /// The host stops.
    Stopping,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &Hear, expected: &str) {
        assert_eq!(serde_json::to_string(value).unwrap(), expected);
        assert_eq!(&serde_json::from_str::<Hear>(expected).unwrap(), value);
    }

    #[test]
    fn frames_keep_their_form() {
        check(
            &Hear::Said("220 hello\r\n".into()),
            r#"{"said":"220 hello\r\n"}"#,
        );
        check(&Hear::Over(Over::TooMany), r#"{"over":"toomany"}"#);
        assert_eq!(serde_json::to_string(&Say::Seal).unwrap(), r#""seal""#);
        assert_eq!(
            serde_json::to_string(&Say::Line("QUIT".into())).unwrap(),
            r#"{"line":"QUIT"}"#
        );
    }
}
