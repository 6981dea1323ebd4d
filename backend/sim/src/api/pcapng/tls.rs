//! TLS 1.3 (RFC 8446) as seen on the wire: a readable ClientHello and ServerHello, followed by
//! application data records with noise of the right length. The Lab's handshakes are a model
//! without keys, so nothing can be decrypted.

use crate::link::Direction;

const CHANGE_CIPHER_SPEC: [u8; 6] = [20, 3, 3, 0, 1, 1];
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;
// RFC 8446 §5.1: maximum bytes of plaintext in a record.
const RECORD_BYTES_MAX: usize = 1 << 14;
// RFC 8446 §5.2: the inner content type and the tag of AES-GCM.
const SEAL_BYTES: usize = 17;
// Typical sizes of a server's encrypted handshake messages with one small certificate, and of a
// client's Finished.
const CERTIFICATE_FLIGHT_BYTES: usize = 900;
const FINISHED_BYTES: usize = 52;
// RFC 8446 §6: handshake_failure, fatal.
const NO_CERTIFICATE: [u8; 7] = [ALERT, 3, 3, 0, 2, 2, 40];

/// Translates the data of one connection into TLS records.
pub(super) struct Sealing {
    noise: u64,
    // By direction, set from the first handshake record on.
    sealed: [bool; 2],
}

impl Sealing {
    pub(super) fn new(number: usize) -> Sealing {
        Sealing {
            noise: (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15),
            sealed: [false; 2],
        }
    }

    /// Translates one piece of data.
    pub(super) fn seal(&mut self, direction: Direction, bytes: &[u8]) -> Vec<u8> {
        let side = usize::from(direction == Direction::ToClient);
        match bytes {
            [kind @ (ALERT | HANDSHAKE), 3, 3, _, _, text @ ..] => {
                let shown = self.handshake(*kind, direction, text, self.sealed[side]);
                self.sealed[side] = true;
                shown
            }
            plain if !self.sealed[side] => plain.to_vec(),
            sealed => sealed
                .chunks(RECORD_BYTES_MAX)
                .flat_map(|piece| self.application_data(piece.len()))
                .collect(),
        }
    }

    fn handshake(&mut self, kind: u8, direction: Direction, text: &[u8], sealed: bool) -> Vec<u8> {
        let text = String::from_utf8_lossy(text);
        match (kind, direction) {
            (HANDSHAKE, Direction::ToServer) if !sealed => {
                let name = text.strip_prefix("ClientHello ").unwrap_or_default();
                self.client_hello(name)
            }
            (HANDSHAKE, Direction::ToClient) => [
                self.server_hello(),
                CHANGE_CIPHER_SPEC.to_vec(),
                self.application_data(CERTIFICATE_FLIGHT_BYTES),
            ]
            .concat(),
            (HANDSHAKE, Direction::ToServer) => [
                CHANGE_CIPHER_SPEC.to_vec(),
                self.application_data(FINISHED_BYTES),
            ]
            .concat(),
            // The server sends the alert before it has keys, the client afterwards.
            (_, Direction::ToClient) => NO_CERTIFICATE.to_vec(),
            (_, Direction::ToServer) => self.application_data(2),
        }
    }

    fn random(&mut self, bytes: usize) -> Vec<u8> {
        // splitmix64
        let mut next = || {
            self.noise = self.noise.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.noise;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        let mut noise: Vec<u8> = (0..bytes.div_ceil(8))
            .flat_map(|_| next().to_le_bytes())
            .collect();
        noise.truncate(bytes);
        noise
    }

    fn application_data(&mut self, bytes: usize) -> Vec<u8> {
        let sealed = self.random(bytes + SEAL_BYTES);
        record(APPLICATION_DATA, &sealed)
    }

    // RFC 8446 §4.1.2
    fn client_hello(&mut self, name: &str) -> Vec<u8> {
        let name = [&[0][..], &with_length(name.as_bytes())].concat();
        let share = [&[0, 29][..], &with_length(&self.random(32))].concat();
        let mut extensions = Vec::new();
        if name.len() > 3 {
            // RFC 6066 §3
            extensions.extend(extension(0, &with_length(&name)));
        }
        extensions.extend(extension(43, &[2, 3, 4]));
        extensions.extend(extension(10, &with_length(&[0, 29])));
        extensions.extend(extension(13, &with_length(&[4, 3, 8, 4, 8, 7])));
        extensions.extend(extension(51, &with_length(&share)));
        let suites = with_length(&[0x13, 0x02, 0x13, 0x01, 0x13, 0x03]);
        let body = [
            &[3, 3][..],
            &self.random(32),
            &[32],
            &self.random(32),
            &suites,
            &[1, 0],
            &with_length(&extensions),
        ]
        .concat();
        record(HANDSHAKE, &message(1, &body))
    }

    // RFC 8446 §4.1.3
    fn server_hello(&mut self) -> Vec<u8> {
        let share = [&[0, 29][..], &with_length(&self.random(32))].concat();
        let extensions = [extension(43, &[3, 4]), extension(51, &share)].concat();
        let body = [
            &[3, 3][..],
            &self.random(32),
            &[32],
            &self.random(32),
            &[0x13, 0x02, 0],
            &with_length(&extensions),
        ]
        .concat();
        record(HANDSHAKE, &message(2, &body))
    }
}

fn with_length(bytes: &[u8]) -> Vec<u8> {
    [
        &u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes()[..],
        bytes,
    ]
    .concat()
}

fn extension(kind: u16, bytes: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &with_length(bytes)].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or(0).to_be_bytes();
    [&[kind, length[1], length[2], length[3]][..], body].concat()
}

fn record(kind: u8, bytes: &[u8]) -> Vec<u8> {
    [
        &[
            kind,
            3,
            if bytes.first() == Some(&1) && kind == HANDSHAKE {
                1
            } else {
                3
            },
        ][..],
        &with_length(bytes),
    ]
    .concat()
}
