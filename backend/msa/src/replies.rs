//! The fixed replies of submission, with their codes and texts. Those of rejections are made from
//! their reasons, in `queue::intake`.

use ::login::LoginError;
use mail::{Address, JourneyId, Reply};

/// The message is durable.
pub(crate) fn accepted(journey: JourneyId) -> Reply {
    Reply::new(250, (2, 0, 0), format!("Accepted as {journey}"))
}

pub(crate) fn not_authenticated() -> Reply {
    Reply::new(530, (5, 7, 0), "Authentication required")
}

pub(crate) fn wrong_credentials() -> Reply {
    let text = "authentication failed: wrong user name or password";
    Reply::new(535, (5, 7, 8), text)
}

pub(crate) fn login_failed(error: &LoginError) -> Reply {
    match error {
        LoginError::InvalidCredentials => wrong_credentials(),
        LoginError::Throttled(wait) => {
            let seconds = wait.as_secs().max(1);
            let text = format!("too many failed logins; try again in {seconds} seconds");
            Reply::new(454, (4, 7, 0), text)
        }
        // RFC 4954 §6
        LoginError::Unavailable(_) => {
            Reply::new(454, (4, 7, 0), "temporary authentication failure")
        }
    }
}

/// VRFY: the user's name and address.
pub(crate) fn verified(name: &str, address: &Address) -> Reply {
    let text = format!("{name} <{address}>");
    Reply::new(250, (2, 1, 5), text.trim())
}

/// EXPN: an address in each line.
pub(crate) fn expanded(lines: Vec<String>) -> Reply {
    Reply {
        lines,
        ..Reply::new(250, (2, 1, 5), "")
    }
}

/// VRFY and EXPN: there is no such name.
pub(crate) fn unknown_name(name: &str) -> Reply {
    Reply::new(550, (5, 1, 1), format!("{name}: no such user or list here"))
}

/// Unreachable: the session enforces the order of commands.
pub(crate) fn no_transaction() -> Reply {
    Reply::new(451, (4, 3, 0), "no message is open")
}
