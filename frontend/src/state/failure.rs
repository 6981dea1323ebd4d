//! Why a call to the server failed.

use wire::Problem;

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server's problem.
    Problem(Problem),
    /// The connection was lost before the reply.
    ConnectionLost,
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Failure {
        Failure::Problem(problem)
    }
}
