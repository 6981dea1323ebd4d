//! Commands of an administrator for a message in the queue, and their results. Says nothing about
//! how they are carried out.

use serde::{Deserialize, Serialize};

/// What an administrator wants done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QueueCommand {
    /// Keep it without attempts.
    Hold,
    /// End the hold: due now.
    Release,
    /// Due now.
    Retry,
    /// Remove it from the queue.
    Drop {
        /// Notify the sender that it was not delivered.
        notice: bool,
    },
}

impl QueueCommand {
    pub(crate) fn to_row(self) -> Vec<u8> {
        serde_json::to_vec(&self).unwrap_or_default()
    }

    pub(crate) fn from_row(row: &[u8]) -> Option<QueueCommand> {
        serde_json::from_slice(row).ok()
    }

    /// The name of its check in the journey.
    pub(crate) fn check_name(self) -> &'static str {
        match self {
            QueueCommand::Hold => "queue-hold",
            QueueCommand::Release => "queue-release",
            QueueCommand::Retry => "queue-retry",
            QueueCommand::Drop { .. } => "queue-drop",
        }
    }
}

/// The result of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandResult {
    /// Carried out.
    Done,
    /// The message is being attempted; the command takes effect when the attempt ends.
    AfterAttempt,
    /// The server carries it out when it next reads its queue, or when it is next started.
    Soon,
    /// It was so already, or the command does not apply: a message on hold is not retried, one that
    /// is not on hold is not released.
    NotApplicable,
    /// There is no such message.
    NotFound,
}

/// The present state of a message in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueStatus {
    /// Waiting for its next attempt.
    Waiting,
    /// On hold by an administrator.
    Held,
    /// Being attempted, or it was when the server ended.
    Active,
}
