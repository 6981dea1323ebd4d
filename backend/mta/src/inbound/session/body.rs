//! The content of a message in transfer.

use crate::inbound::verdict;
use event::Check;
use event::catalogue::inbound::PolicyReason;
use queue::intake::{RawHeader, Rejection, RejectionKind, Spooler};
use store::Writer;

/// The bytes of the message: spooled, and read for its authentication.
pub(super) struct Body {
    pub(super) spooler: Spooler,
    /// None where nothing is verified.
    pub(super) reader: Option<auth::MessageReader>,
    /// This host's name: forged results in its name are removed from the header.
    host: String,
    hops_max: usize,
}

impl Body {
    /// `verified`: the message is also read for its authentication.
    pub(super) fn new(writer: Writer, verified: bool, host: String, hops_max: usize) -> Body {
        Body {
            spooler: Spooler::new(writer),
            reader: verified.then(auth::MessageReader::default),
            host,
            hops_max,
        }
    }

    /// Takes the next piece of the message.
    pub(super) fn write(&mut self, piece: &[u8]) -> Result<(), Rejection> {
        if let Some(reader) = &mut self.reader {
            reader.write(piece);
        }
        let (host, hops_max) = (&self.host, self.hops_max);
        self.spooler
            .write(piece, |header| edit_header(header, host, hops_max))
    }

    /// Ends the message.
    pub(super) fn end(&mut self) -> Result<(), Rejection> {
        let (host, hops_max) = (&self.host, self.hops_max);
        self.spooler
            .end(|header| edit_header(header, host, hops_max))
    }
}

fn edit_header(
    header: &RawHeader<'_>,
    host: &str,
    hops_max: usize,
) -> Result<Option<Vec<u8>>, Rejection> {
    // RFC 5321 §6.3
    if mime::count_received(header.bytes) > hops_max {
        let limit = hops_max as u64;
        let reason = PolicyReason::ReceivedLimit { limit };
        return Err(Rejection::new(
            RejectionKind::TooManyHops,
            Check::Loop,
            reason,
        ));
    }
    Ok(verdict::without_forged_results(header.bytes, host))
}
