//! The messages of the benchmark's mailbox: made by number, the same on every machine.

/// The number of messages in the mailbox of the benchmarks.
pub const MESSAGES: usize = 10_000;

/// Three kinds, as in a usual inbox: plain text; text and HTML; text with an attachment.
pub fn message(number: usize) -> Vec<u8> {
    let head = format!(
        "Return-Path: <list-{number}@client.example>\r\nReceived: from client.example (client.example [192.0.2.7])\r\n\tby mx.glasspost.test with ESMTP id {number:08x};\r\n\t\
         Mon, 02 Nov 2026 10:00:00 +0000\r\nDate: Mon, 02 Nov 2026 10:00:00 +0000\r\nFrom: \"Sender {number}\" <sender{number}@client.example>\r\n\
         To: Alice <alice@glasspost.test>, Bob <bob@glasspost.test>\r\nCc: list@client.example\r\nSubject: =?utf-8?B?5L2g5aW9?= number {number}\r\n\
         Message-ID: <{number}@client.example>\r\nIn-Reply-To: <{}@client.example>\r\nMIME-Version: 1.0\r\n",
        number / 2
    );
    let text =
        "A line of a message as people write them, of a usual length.\r\n".repeat(12 + number % 20);
    let plain = format!(
        "Content-Type: text/plain; charset=utf-8; format=flowed\r\nContent-Transfer-Encoding: 7bit\r\n\r\n{text}"
    );
    let html = format!(
        "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>{text}</p>\r\n"
    );
    let body = match number % 4 {
        0 | 1 => plain,
        2 => format!(
            "Content-Type: multipart/alternative; boundary=\"alt\"\r\n\r\n--alt\r\n{plain}\r\n--alt\r\n{html}\r\n--alt--\r\n"
        ),
        _ => {
            let file = format!("{}\r\n", "QUJD".repeat(19)).repeat(60);
            format!(
                "Content-Type: multipart/mixed; boundary=\"mix\"\r\n\r\n--mix\r\n{plain}\r\n--mix\r\nContent-Type: application/pdf; name=\"a.pdf\"\r\n\
                 Content-Disposition: attachment; filename=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{file}--mix--\r\n"
            )
        }
    };
    format!("{head}{body}").into_bytes()
}
