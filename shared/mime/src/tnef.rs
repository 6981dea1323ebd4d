//! winmail.dat (TNEF, MS-OXTNEF): extracts the files, and an HTML or plain body as a file. Rich
//! text (RTF) is not extracted. Every length is checked; malformed data ends the list.

use crate::charset;
use crate::file_name::safe_file_name;

/// The most files read from one TNEF part.
pub const FILES_MAX: usize = 200;

const SIGNATURE: u32 = 0x223e_9f78;
// Attributes: the id with the type in its upper half (MS-OXTNEF §2.1.3.2).
const ATTACH_TITLE: u32 = 0x0001_8010;
const ATTACH_DATA: u32 = 0x0006_800f;
const ATTACH_REND_DATA: u32 = 0x0006_9002;
const ATTACHMENT: u32 = 0x0006_9005;
const MAPI_PROPS: u32 = 0x0006_9003;
// MAPI properties (MS-OXPROPS).
const PR_BODY: u16 = 0x1000;
const PR_HTML: u16 = 0x1013;
const PR_ATTACH_DATA: u16 = 0x3701;
const PR_ATTACH_FILENAME: u16 = 0x3704;
const PR_ATTACH_LONG_FILENAME: u16 = 0x3707;

/// A file packed in a TNEF part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// The files of a TNEF stream; none for other data.
pub(crate) fn files(stream: &[u8]) -> Vec<Packed> {
    let mut reader = Reader(stream);
    let mut found: Vec<Packed> = Vec::new();
    let mut bodies: Vec<Packed> = Vec::new();
    if reader.u32() != Some(SIGNATURE) || reader.u16().is_none() {
        return found;
    }
    // tnef-attribute = level (1 octet) id (4) length (4) data checksum (2)
    while let (Some(_), Some(id), Some(len)) = (reader.take(1), reader.u32(), reader.u32()) {
        let (Some(data), Some(_)) = (reader.take(len as usize), reader.u16()) else {
            break;
        };
        match id {
            ATTACH_REND_DATA if found.len() < FILES_MAX => found.push(Packed::default()),
            ATTACH_REND_DATA => break,
            ATTACH_TITLE => with_last(&mut found, |f| {
                if f.name.is_empty() {
                    f.name = text(data, false);
                }
            }),
            ATTACH_DATA => with_last(&mut found, |f| f.bytes = data.to_vec()),
            ATTACHMENT => with_last(&mut found, |f| attachment_properties(data, f)),
            MAPI_PROPS => bodies = message_bodies(data),
            _ => {}
        }
    }
    for (i, file) in found.iter_mut().enumerate() {
        file.name = safe_file_name(&file.name);
        if file.name.is_empty() {
            file.name = format!("file-{}.bin", i + 1);
        }
    }
    found.extend(bodies);
    found
}

fn with_last(found: &mut [Packed], change: impl FnOnce(&mut Packed)) {
    if let Some(file) = found.last_mut() {
        change(file);
    }
}

fn attachment_properties(data: &[u8], file: &mut Packed) {
    let mut long = false;
    properties(data, |id, kind, value| match id {
        PR_ATTACH_LONG_FILENAME => {
            file.name = text(value, kind == UNICODE);
            long = true;
        }
        PR_ATTACH_FILENAME if !long && file.name.is_empty() => {
            file.name = text(value, kind == UNICODE);
        }
        // The data of an object begin with the identifier of its interface.
        PR_ATTACH_DATA if file.bytes.is_empty() => {
            file.bytes = value
                .get(if kind == OBJECT { 16 } else { 0 }..)
                .unwrap_or_default()
                .to_vec();
        }
        _ => {}
    });
}

fn message_bodies(data: &[u8]) -> Vec<Packed> {
    let mut found = Vec::new();
    properties(data, |id, kind, value| {
        let (name, bytes) = match id {
            PR_BODY => ("message.txt", text(value, kind == UNICODE).into_bytes()),
            PR_HTML if kind == UNICODE => ("message.html", text(value, true).into_bytes()),
            PR_HTML => ("message.html", value.to_vec()),
            _ => return,
        };
        found.push(Packed {
            name: name.to_owned(),
            bytes,
        });
    });
    found
}

fn text(bytes: &[u8], unicode: bool) -> String {
    if unicode {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|c| u16::from_le_bytes([c[0], c[1]]))
            .take_while(|u| *u != 0)
            .collect();
        return String::from_utf16_lossy(&units);
    }
    let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
    charset::guess(&bytes[..end]).into_owned()
}

const OBJECT: u16 = 0x000d;
const UNICODE: u16 = 0x001f;
const MANY: u16 = 0x1000;

/// Walks a list of MAPI properties (MS-OXTNEF §2.1.3.4): `visit(id, type, first value)`.
fn properties(data: &[u8], mut visit: impl FnMut(u16, u16, &[u8])) {
    let mut reader = Reader(data);
    let Some(count) = reader.u32() else { return };
    for _ in 0..count {
        let (Some(kind), Some(id)) = (reader.u16(), reader.u16()) else {
            return;
        };
        if id >= 0x8000 && reader.skip_name().is_none() {
            return;
        }
        let base = kind & !MANY;
        let fixed = match base {
            0x0002 | 0x0003 | 0x0004 | 0x000a | 0x000b => Some(4),
            0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => Some(8),
            0x0048 => Some(16),
            OBJECT | 0x001e | UNICODE | 0x0102 => None,
            _ => return,
        };
        let values = if kind & MANY != 0 || fixed.is_none() {
            reader.u32()
        } else {
            Some(1)
        };
        let Some(values) = values else { return };
        for i in 0..values {
            let len = if let Some(len) = fixed {
                Some(len)
            } else {
                reader.u32()
            };
            let Some(value) = len.and_then(|l| reader.padded(l as usize)) else {
                return;
            };
            if i == 0 {
                visit(id, base, value);
            }
        }
    }
}

/// Little-endian reader that returns `None` at the end of input.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(len)?;
        self.0 = tail;
        Some(head)
    }

    fn padded(&mut self, len: usize) -> Option<&'a [u8]> {
        let value = self.take(len)?;
        self.take(((4 - len % 4) % 4).min(self.0.len()))?;
        Some(value)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2).map(|b| u16::from_le_bytes([b[0], b[1]]))
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)
            .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }

    // A named property: its set, and a number or a text.
    fn skip_name(&mut self) -> Option<()> {
        self.take(16)?;
        if self.u32()? == 0 {
            self.take(4)?;
        } else {
            let len = self.u32()? as usize;
            self.padded(len)?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(id: u32, data: &[u8]) -> Vec<u8> {
        [
            &[2][..],
            &id.to_le_bytes(),
            &(data.len() as u32).to_le_bytes(),
            data,
            &[0, 0],
        ]
        .concat()
    }

    #[test]
    fn lists_a_file_with_its_name() {
        let stream = [
            &SIGNATURE.to_le_bytes()[..],
            &[0, 0],
            &attribute(ATTACH_REND_DATA, b""),
            &attribute(ATTACH_TITLE, b"a.txt\0"),
            &attribute(ATTACH_DATA, b"hi"),
        ]
        .concat();
        assert_eq!(
            files(&stream),
            [Packed {
                name: "a.txt".into(),
                bytes: b"hi".to_vec()
            }]
        );
        for cut in 0..stream.len() {
            files(&stream[..cut]);
        }
    }

    #[test]
    fn other_data_has_no_files() {
        assert!(files(b"hello").is_empty());
        let endless = [
            &SIGNATURE.to_le_bytes()[..],
            &[0, 0],
            &attribute(MAPI_PROPS, &[0xff; 8]),
        ]
        .concat();
        assert!(files(&endless).is_empty());
    }
}
