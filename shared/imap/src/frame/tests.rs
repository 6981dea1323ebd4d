//! Commands, literals and their limits.

use super::*;

// Takes every literal and answers the commands that come out.
fn check(input: &[u8], expected: &[&str]) {
    for size in [1, 2, 3, 7, input.len().max(1)] {
        let (mut f, mut got) = (Framer::default(), Vec::new());
        for piece in input.chunks(size) {
            f.push(piece);
            loop {
                match f.cut() {
                    Cut::More => break,
                    Cut::Command => got.push(String::from_utf8_lossy(&f.take()).into_owned()),
                    Cut::Literal(l) if l.bytes < 100 && f.accept(l) => {}
                    Cut::Literal(l) => {
                        got.push("refused".into());
                        f.refuse(l);
                    }
                    Cut::TooLong => {
                        got.push("too long".into());
                        f.take();
                    }
                }
            }
        }
        assert_eq!(got, expected, "in pieces of {size}");
    }
}

#[test]
fn splits_lines_and_literals() {
    check(b"a NOOP\r\nb NOOP\n", &["a NOOP", "b NOOP"]);
    check(
        b"a LOGIN {5}\r\nali\r\n {3+}\r\nx}y\r\nb X\r\n",
        &["a LOGIN {5}\r\nali\r\n {3+}\r\nx}y", "b X"],
    );
    check(b"a X {0}\r\n\r\nb\r\n", &["a X {0}\r\n", "b"]);
    check(b"a X {x}\r\nb {}\r\n", &["a X {x}", "b {}"]);
}

#[test]
fn skips_a_refused_nonsynchronizing_literal_and_its_command() {
    let mut input = b"a X {200+}\r\n".to_vec();
    input.extend([b'\n'; 200]);
    input.extend(b" {3+}\r\nabc tail\r\nb Y\r\nc X {200}\r\nd Z\r\n");
    check(&input, &["refused", "b Y", "refused", "d Z"]);
}

#[test]
fn limits_the_line_length() {
    let max = limits::LINE_BYTES_MAX_BEFORE_LOGIN;
    let at = "x".repeat(max);
    check(format!("{at}\r\nb\r\n").as_bytes(), &[&at, "b"]);
    let over = "x".repeat(max + 1);
    check(format!("{over}\r\nb\r\n").as_bytes(), &["too long", "b"]);
    check(
        format!("{over}{over} {{3+}}\r\na\nb x\r\nb\r\n").as_bytes(),
        &["too long", "b"],
    );
}

#[test]
fn streams_a_literal_in_pieces() {
    let mut f = Framer::default();
    f.push(b"a APPEND x {10}\r\n");
    let Cut::Literal(l) = f.cut() else { panic!() };
    assert_eq!((l.bytes, l.synchronizing, l.at), (10, true, 11));
    f.stream(l);
    f.push(b"01234");
    assert_eq!(f.chunk().as_deref(), Some(&b"01234"[..]));
    assert!(f.is_streaming() && f.chunk().is_none());
    f.push(b"56789\r\nb NOOP\r\n");
    assert_eq!(f.chunk().as_deref(), Some(&b"56789"[..]));
    assert!(!f.is_streaming());
    assert_eq!(f.cut(), Cut::Command);
    assert_eq!(f.take(), b"");
    assert_eq!(f.cut(), Cut::Command);
    assert_eq!(f.take(), b"b NOOP");
}
