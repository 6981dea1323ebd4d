//! Frames of the Lab's console to the user's own server: typed lines in one direction, server
//! output in the other, as JSON text over a WebSocket. The lines are opaque here; the server's
//! protocol roles interpret them.

use serde::{Deserialize, Serialize};

/// Input from the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConsoleInput {
    /// A typed line without its line end; the backend appends CRLF.
    Line(String),
    /// Starts the TLS handshake, as `openssl s_client` does after the server's go-ahead.
    StartTls,
}

/// Output to the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConsoleOutput {
    /// The console is open. Always the first frame, unless the console is refused.
    Open {
        /// The host name.
        host: String,
        /// The address of the account that may sign in.
        address: String,
        /// The browser's own connection uses TLS.
        browser_tls: bool,
    },
    /// Text from the server, line ends included.
    Text(String),
    /// The TLS handshake is complete.
    Tls {
        /// `TLS 1.3`
        version: String,
        /// The cipher suite.
        cipher: String,
    },
    /// The console has ended. Always the last frame.
    End(EndReason),
}

/// Why a console ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EndReason {
    /// The server closed the connection.
    Closed,
    /// The TLS handshake failed.
    Handshake,
    /// An input frame was not a valid line: too long, with a line end in it, or unreadable.
    Malformed,
    /// The traffic limit of one console was reached.
    LimitReached,
    /// No input for too long.
    Idle,
    /// The account has reached its limit of open consoles.
    TooMany,
    /// The browser is not signed in, or no longer.
    SignIn,
    /// The service is disabled on this host.
    Disabled,
    /// The host is shutting down.
    Stopping,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &ConsoleOutput, expected: &str) {
        assert_eq!(serde_json::to_string(value).unwrap(), expected);
        assert_eq!(
            &serde_json::from_str::<ConsoleOutput>(expected).unwrap(),
            value
        );
    }

    #[test]
    fn frames_keep_their_wire_form() {
        check(
            &ConsoleOutput::Text("220 hello\r\n".into()),
            r#"{"text":"220 hello\r\n"}"#,
        );
        check(
            &ConsoleOutput::End(EndReason::TooMany),
            r#"{"end":"toomany"}"#,
        );
        assert_eq!(
            serde_json::to_string(&ConsoleInput::StartTls).unwrap(),
            r#""starttls""#
        );
        assert_eq!(
            serde_json::to_string(&ConsoleInput::Line("QUIT".into())).unwrap(),
            r#"{"line":"QUIT"}"#
        );
    }
}
