//! Zone file syntax for the records that commands print.

use store::SigningKey;

/// Longest character-string of a TXT record (RFC 1035 §3.3).
const STRING_BYTES_MAX: usize = 255;

/// One record in zone file syntax.
pub(crate) fn zone_line(name: &str, kind: &str, data: &str) -> String {
    format!("{name}.\tIN\t{kind}\t{data}")
}

/// The data of a TXT record: quoted, and split into strings of at most 255 bytes. What is not
/// printable ASCII is written as `\DDD` (RFC 1035 §5.1).
pub(crate) fn quoted(text: &str) -> String {
    let escaped = |piece: &[u8]| {
        piece.iter().fold(String::new(), |mut out, byte| {
            match byte {
                b'"' | b'\\' => out.extend(['\\', char::from(*byte)]),
                b' '..=b'~' => out.push(char::from(*byte)),
                _ => out.push_str(&format!("\\{byte:03}")),
            }
            out
        })
    };
    let pieces: Vec<String> = text
        .as_bytes()
        .chunks(STRING_BYTES_MAX)
        .map(|p| format!("\"{}\"", escaped(p)))
        .collect();
    pieces.join(" ")
}

/// The name under which a key is published.
pub(crate) fn key_name(key: &SigningKey) -> String {
    format!("{}._domainkey.{}", key.selector, key.domain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use world::World;

    #[test]
    fn splits_a_text_longer_than_255_bytes() {
        assert_eq!(quoted(&"a".repeat(255)).matches(' ').count(), 0);
        assert_eq!(
            quoted(&"a".repeat(256)),
            format!("\"{}\" \"a\"", "a".repeat(255))
        );
        assert_eq!(quoted("a\"b"), "\"a\\\"b\"");
    }

    #[test]
    fn printed_records_can_be_parsed() {
        let long = "v=DKIM1; n=\"\\你好".to_owned() + &"界".repeat(200);
        let zones =
            world::zone::Zones::read(&zone_line("s._domainkey.a.test", "TXT", &quoted(&long)))
                .unwrap();
        let world = World {
            resolver: Arc::new(zones),
            ..world::still::world()
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let got = runtime.block_on(auth::DnsLookups::new(&world).texts("s._domainkey.a.test"));
        assert_eq!(got, Ok(vec![long]));
    }
}
