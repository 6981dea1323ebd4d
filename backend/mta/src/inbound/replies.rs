//! The fixed replies on port 25, with their codes and texts. Those of rejections are made from
//! their reasons, in `queue::intake`, and those of failed authentication in `auth`.

use mail::{JourneyId, Reply};

/// The message is durable.
pub(super) fn accepted(journey: JourneyId) -> Reply {
    Reply::new(250, (2, 0, 0), format!("Accepted as {journey}"))
}

pub(super) fn no_authentication() -> Reply {
    let text = "authentication is not supported on this port";
    Reply::new(502, (5, 5, 1), text)
}

/// Unreachable: the session enforces the order of commands.
pub(super) fn no_transaction() -> Reply {
    Reply::new(451, (4, 3, 0), "no message is open")
}
