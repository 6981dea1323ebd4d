//! Ethernet, IPv4 and IPv6 around a segment or a datagram, with valid lengths and checksums (RFC
//! 791, RFC 8200, RFC 1071).

use std::net::IpAddr;

pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
const ETHERTYPE_4: [u8; 2] = [0x08, 0x00];
const ETHERTYPE_6: [u8; 2] = [0x86, 0xdd];
const HOPS: u8 = 64;

/// Builds a frame. `payload` is the segment with a checksum of zero; the checksum is written at
/// `checksum_at`.
pub(super) fn frame(
    from: IpAddr,
    to: IpAddr,
    protocol: u8,
    mut payload: Vec<u8>,
    checksum_at: usize,
    number: u16,
) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    // RFC 9293 §3.1, RFC 8200 §8.1: the pseudo-header is part of the checksum.
    let pseudo = [
        &bytes(from)[..],
        &bytes(to),
        &length.to_be_bytes(),
        &[0, 0, 0, protocol],
    ]
    .concat();
    let mut sum = checksum(&[&pseudo, &payload]);
    if sum == 0 && protocol == UDP {
        // RFC 768: zero would mean that there is no checksum.
        sum = 0xffff;
    }
    payload[checksum_at..checksum_at + 2].copy_from_slice(&sum.to_be_bytes());
    let ether = [mac(to), mac(from)].concat();
    let header = match (from, to) {
        (IpAddr::V4(_), IpAddr::V4(_)) => four(from, to, protocol, payload.len(), number),
        _ => six(from, to, protocol, payload.len()),
    };
    [
        ether,
        if from.is_ipv4() {
            ETHERTYPE_4
        } else {
            ETHERTYPE_6
        }
        .to_vec(),
        header,
        payload,
    ]
    .concat()
}

fn bytes(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(four) => four.octets().to_vec(),
        IpAddr::V6(six) => six.octets().to_vec(),
    }
}

// A locally administered address derived from the IP address.
fn mac(ip: IpAddr) -> Vec<u8> {
    let bytes = bytes(ip);
    [&[0x02, 0x00], &bytes[bytes.len() - 4..]].concat()
}

fn four(from: IpAddr, to: IpAddr, protocol: u8, payload: usize, number: u16) -> Vec<u8> {
    let length = u16::try_from(payload + 20)
        .unwrap_or(u16::MAX)
        .to_be_bytes();
    let number = number.to_be_bytes();
    // Version and header length, DSCP 0, identification, Don't Fragment.
    let mut header = vec![
        0x45, 0, length[0], length[1], number[0], number[1], 0x40, 0, HOPS, protocol, 0, 0,
    ];
    header.extend(bytes(from));
    header.extend(bytes(to));
    let sum = checksum(&[&header]).to_be_bytes();
    header[10..12].copy_from_slice(&sum);
    header
}

fn six(from: IpAddr, to: IpAddr, protocol: u8, payload: usize) -> Vec<u8> {
    let length = u16::try_from(payload).unwrap_or(u16::MAX).to_be_bytes();
    let mut header = vec![0x60, 0, 0, 0, length[0], length[1], protocol, HOPS];
    header.extend(bytes(from));
    header.extend(bytes(to));
    header
}

/// RFC 1071 §1: the ones' complement of the ones' complement sum of all 16-bit words. Every part
/// except the last has an even length.
fn checksum(parts: &[&[u8]]) -> u16 {
    let word = |pair: &[u8]| {
        u64::from(u16::from_be_bytes([
            pair[0],
            pair.get(1).copied().unwrap_or(0),
        ]))
    };
    let mut sum: u64 = parts.iter().flat_map(|part| part.chunks(2)).map(word).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_matches_the_example_of_the_rfc() {
        // RFC 1071 §3: the sum of these is ddf2.
        assert_eq!(
            checksum(&[&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]]),
            !0xddf2
        );
    }
}
