//! Runs a session of any protocol on pieces of bytes, with a role that answers its queries.

use mail::Time;
use mail::session::{Session, Step, TlsInfo};

/// More steps than this for one input is an endless loop.
const STEPS_MAX: usize = 1_000_000;

/// The time of every step.
const NOW: Time = Time::from_secs(1);

/// Starts the session, feeds it the pieces, then closes the connection. Returns the number of bytes
/// that it sent.
///
/// # Panics
/// The session never comes to rest, does not end when its peer does, or traces a line end.
pub(crate) fn run<'a, S: Session>(
    mut session: S,
    pieces: impl Iterator<Item = &'a [u8]>,
    mut role: impl FnMut(S::Query) -> S::Decision,
) -> usize {
    let (mut sent_bytes, mut steps) = (0, 0);
    let mut pump = |session: &mut S| {
        while let Some(step) = session.step() {
            steps += 1;
            assert!(steps < STEPS_MAX, "the session never comes to rest");
            match step {
                Step::Send(bytes) => sent_bytes += bytes.len(),
                Step::Query(query) => session.answer(role(query), NOW),
                Step::StartTls => session.tls_started(tls(), NOW),
                // The line after the announcement of a literal may be empty (RFC 9051 §4.3).
                Step::Trace(line) => assert!(
                    !line.text.ends_with('\n') || line.text.ends_with("}\n"),
                    "{line:?}"
                ),
                Step::Done => return false,
            }
        }
        true
    };
    session.start(NOW);
    let mut is_open = pump(&mut session);
    for piece in pieces {
        if !is_open {
            break;
        }
        session.receive(piece, NOW);
        is_open = pump(&mut session);
    }
    if is_open {
        session.closed(NOW);
        assert!(
            !pump(&mut session),
            "the session does not end when its peer does"
        );
    }
    sent_bytes
}

fn tls() -> TlsInfo {
    TlsInfo {
        version: "TLS 1.3".to_owned(),
        cipher: "X".to_owned(),
        server_name: None,
        verified: true,
        exporter: None,
    }
}
