//! Responses as servers send them, and those that are refused.

use super::*;

// Also checks that no proper prefix of the answer gives another body.
fn check(answer: &str, expected: Result<&str, ResponseFault>) {
    let bytes = answer.as_bytes();
    for cut in 0..bytes.len() {
        if let Ok(Some(early)) = read_response(&bytes[..cut], false, "text/plain") {
            assert_eq!(
                Ok(String::from_utf8_lossy(&early).as_ref()),
                expected.as_deref(),
                "after {cut} bytes of {answer:?}"
            );
        }
    }
    let got = read_response(bytes, true, "text/plain")
        .map(|body| String::from_utf8(body.unwrap()).unwrap());
    assert_eq!(got.as_deref(), expected.as_deref(), "{answer:?}");
}

#[test]
fn reads_a_body_by_length_by_chunks_and_to_the_end() {
    check(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello and more",
        Ok("hello"),
    );
    check(
        "HTTP/1.1 200 OK\r\ncontent-type: Text/Plain; charset=utf-8\r\n\r\nhello",
        Ok("hello"),
    );
    let chunked = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
    check(chunked, Ok("hello"));
}

#[test]
fn refuses_other_answers() {
    check(
        "HTTP/1.1 301 Moved\r\nLocation: https://x.test/\r\n\r\n",
        Err(ResponseFault::Status("301".into())),
    );
    check(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
        Err(ResponseFault::ContentType {
            found: "text/html".into(),
            expected: "text/plain".into(),
        }),
    );
    check("SSH-2.0-x\r\n\r\n", Err(ResponseFault::NotHttp));
    check(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 65537\r\n\r\n",
        Err(ResponseFault::TooLarge),
    );
    let chunk = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n";
    check(chunk, Err(ResponseFault::TooLarge));
}

#[test]
fn holds_the_limits_to_the_byte() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n";
    let whole = |bytes: usize| {
        read_response(
            &[head.as_bytes(), &vec![b'x'; bytes]].concat(),
            true,
            "text/plain",
        )
    };
    assert_eq!(
        whole(BODY_BYTES_MAX).map(|b| b.map(|b| b.len())),
        Ok(Some(BODY_BYTES_MAX))
    );
    assert!(whole(BODY_BYTES_MAX + 1).is_err());
    assert!(read_response(&vec![b'x'; HEAD_BYTES_MAX], false, "text/plain").is_ok());
    assert!(read_response(&vec![b'x'; HEAD_BYTES_MAX + 1], false, "text/plain").is_err());
}
