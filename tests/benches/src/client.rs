//! Two small clients: SMTP like another host, IMAP like a mail program. They wait for every reply
//! and do not pipeline unless told to, so that the server is measured and not the client.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(120);

fn connect(port: u16) -> Result<BufReader<TcpStream>, String> {
    let stream =
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(|e| format!("port {port}: {e}"))?;
    stream
        .set_nodelay(true)
        .and_then(|()| stream.set_read_timeout(Some(PATIENCE)))
        .map_err(|e| format!("port {port}: {e}"))?;
    Ok(BufReader::with_capacity(64 * 1024, stream))
}

/// Delivers one message over a connection of its own; returns when the final reply is there.
pub fn deliver(port: u16, from: &str, to: &str, message: &[u8]) -> Result<(), String> {
    let mut link = connect(port)?;
    expect(&mut link, "the greeting", 220)?;
    command(&mut link, "EHLO client.example", 250)?;
    command(&mut link, &format!("MAIL FROM:<{from}>"), 250)?;
    command(&mut link, &format!("RCPT TO:<{to}>"), 250)?;
    command(&mut link, "DATA", 354)?;
    link.get_mut()
        .write_all(message)
        .map_err(|e| format!("sending the message: {e}"))?;
    expect(&mut link, "the message", 250)?;
    command(&mut link, "QUIT", 221)
}

fn command(link: &mut BufReader<TcpStream>, line: &str, wanted: u16) -> Result<(), String> {
    link.get_mut()
        .write_all(format!("{line}\r\n").as_bytes())
        .map_err(|e| format!("{line}: {e}"))?;
    expect(link, line, wanted)
}

fn expect(link: &mut BufReader<TcpStream>, after: &str, wanted: u16) -> Result<(), String> {
    let mut line = String::new();
    loop {
        line.clear();
        let count = link
            .read_line(&mut line)
            .map_err(|e| format!("after {after}: {e}"))?;
        if count == 0 {
            return Err(format!("after {after}: the server closed the connection"));
        }
        if line.as_bytes().get(3) != Some(&b'-') {
            break;
        }
    }
    if line.starts_with(&wanted.to_string()) {
        Ok(())
    } else {
        Err(format!("after {after}: {}", line.trim_end()))
    }
}

/// An IMAP connection.
pub struct Imap {
    link: BufReader<TcpStream>,
    count: u32,
}

impl Imap {
    /// Connects and reads the greeting.
    pub fn connect(port: u16) -> Result<Self, String> {
        let mut link = connect(port)?;
        let mut greeting = String::new();
        link.read_line(&mut greeting)
            .map_err(|e| format!("IMAP greeting: {e}"))?;
        if greeting.starts_with("* OK") {
            Ok(Self { link, count: 0 })
        } else {
            Err(format!("IMAP greeting: {}", greeting.trim_end()))
        }
    }

    /// Connects and signs in.
    pub fn login(port: u16, user: &str, password: &str) -> Result<Self, String> {
        let mut imap = Self::connect(port)?;
        imap.ask(&format!("LOGIN \"{user}\" \"{password}\""))?;
        Ok(imap)
    }

    /// Sends a command and returns everything up to the tagged `OK`.
    pub fn ask(&mut self, command: &str) -> Result<Vec<u8>, String> {
        let tag = self.send(command.as_bytes())?;
        let what = command
            .split_whitespace()
            .take(2)
            .collect::<Vec<_>>()
            .join(" ");
        self.finish(&tag, &what)
    }

    /// Sends a command that ends with the server's `+`: IDLE.
    pub fn idle(&mut self) -> Result<(), String> {
        self.send(b"IDLE")?;
        let mut line = String::new();
        loop {
            line.clear();
            self.link
                .read_line(&mut line)
                .map_err(|e| format!("IDLE: {e}"))?;
            match line.as_bytes().first() {
                Some(b'+') => return Ok(()),
                Some(b'*') => {}
                _ => return Err(format!("IDLE: {}", line.trim_end())),
            }
        }
    }

    /// Appends messages with non-synchronizing literals (LITERAL+), and reads the responses
    /// afterwards.
    pub fn append(&mut self, mailbox: &str, messages: &[Vec<u8>]) -> Result<(), String> {
        let mut tags = Vec::new();
        for message in messages {
            let mut bytes = format!("APPEND {mailbox} {{{}+}}\r\n", message.len()).into_bytes();
            bytes.extend_from_slice(message);
            tags.push(self.send(&bytes)?);
        }
        tags.iter()
            .try_for_each(|tag| self.finish(tag, "APPEND").map(|_| ()))
    }

    /// Appends one message as Python's imaplib does: a literal that waits for the server's `+`,
    /// the message and the line end in two writes, and Nagle's algorithm left on.
    pub fn append_waiting(&mut self, mailbox: &str, message: &[u8]) -> Result<(), String> {
        self.link
            .get_ref()
            .set_nodelay(false)
            .map_err(|e| format!("APPEND: {e}"))?;
        let tag = self.send(format!("APPEND {mailbox} {{{}}}", message.len()).as_bytes())?;
        let mut line = String::new();
        self.link
            .read_line(&mut line)
            .map_err(|e| format!("APPEND: {e}"))?;
        if !line.starts_with('+') {
            return Err(format!("APPEND: {}", line.trim_end()));
        }
        for bytes in [message, b"\r\n"] {
            self.link
                .get_mut()
                .write_all(bytes)
                .map_err(|e| format!("APPEND: {e}"))?;
        }
        self.finish(&tag, "APPEND").map(|_| ())
    }

    fn send(&mut self, command: &[u8]) -> Result<String, String> {
        self.count += 1;
        let tag = format!("a{}", self.count);
        let mut bytes = format!("{tag} ").into_bytes();
        bytes.extend_from_slice(command);
        bytes.extend_from_slice(b"\r\n");
        self.link
            .get_mut()
            .write_all(&bytes)
            .map_err(|e| format!("IMAP: {e}"))?;
        Ok(tag)
    }

    fn finish(&mut self, tag: &str, what: &str) -> Result<Vec<u8>, String> {
        let mut all = Vec::new();
        loop {
            let begin = all.len();
            if self
                .link
                .read_until(b'\n', &mut all)
                .map_err(|e| format!("{what}: {e}"))?
                == 0
            {
                return Err(format!("{what}: the server closed the connection"));
            }
            let line = all.get(begin..).unwrap_or_default();
            if let Some(size) = literal_size(line) {
                let read = (&mut self.link)
                    .take(size)
                    .read_to_end(&mut all)
                    .map_err(|e| format!("{what}: {e}"))?;
                if read as u64 != size {
                    return Err(format!("{what}: a literal was cut short"));
                }
                continue;
            }
            if let Some(rest) = line
                .strip_prefix(tag.as_bytes())
                .and_then(|rest| rest.strip_prefix(b" "))
            {
                if rest.starts_with(b"OK") {
                    return Ok(all);
                }
                return Err(format!(
                    "{what}: {}",
                    String::from_utf8_lossy(rest).trim_end()
                ));
            }
        }
    }
}

fn literal_size(line: &[u8]) -> Option<u64> {
    let text = line.strip_suffix(b"}\r\n")?;
    let open = text.iter().rposition(|byte| *byte == b'{')?;
    std::str::from_utf8(text.get(open + 1..)?)
        .ok()?
        .parse()
        .ok()
}

/// The number of messages in a SELECT or NOOP response.
pub fn exists(answer: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(answer);
    text.lines().rev().find_map(|line| {
        line.strip_prefix("* ")?
            .strip_suffix(" EXISTS")?
            .parse()
            .ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_literal_at_the_end_of_a_line() {
        assert_eq!(literal_size(b"* 1 FETCH (BODY[] {342}\r\n"), Some(342));
        assert_eq!(literal_size(b"* 1 FETCH (FLAGS ())\r\n"), None);
    }

    #[test]
    fn takes_the_last_reported_count() {
        assert_eq!(
            exists(b"* 3 EXISTS\r\n* 0 RECENT\r\n* 5 EXISTS\r\na1 OK\r\n"),
            Some(5)
        );
        assert_eq!(exists(b"a1 OK\r\n"), None);
    }
}
