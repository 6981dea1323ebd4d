//! What hostile messages cost: each is read by each parser in a process of its own, on a thread
//! with the stack of a server's worker, so that a parser that overflows it or does not end is seen.

use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use mail_parser::MessageParser;
use peak_alloc::PeakAlloc;

/// The first argument of the process that reads one message.
pub const CHILD: &str = "--bound";

/// The stack of tokio's threads.
const STACK_BYTES: usize = 2 * 1024 * 1024;
const TIME_MAX: Duration = Duration::from_secs(20);

/// A message by its name.
type Case = (&'static str, fn() -> Vec<u8>);

const CASES: [Case; 14] = [
    ("10,000 nested multiparts", || {
        let one =
            |i: usize| format!("Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n");
        (0..10_000).map(one).collect::<String>().into_bytes()
    }),
    ("10,000 nested messages", || {
        "Content-Type: message/rfc822\r\n\r\n"
            .repeat(10_000)
            .into_bytes()
    }),
    ("100,000 nested messages", || {
        "Content-Type: message/rfc822\r\n\r\n"
            .repeat(100_000)
            .into_bytes()
    }),
    ("100,000 parts", || {
        mixed(&"--a\r\n\r\nx\r\n".repeat(100_000))
    }),
    ("10,000 multiparts without their boundary", || {
        mixed(&"--a\r\nContent-Type: multipart/mixed; boundary=never\r\n\r\nx\r\n".repeat(10_000))
    }),
    ("10,000 base64 parts that break off", || {
        mixed(&"--a\r\nContent-Transfer-Encoding: base64\r\n\r\n*\r\n".repeat(10_000))
    }),
    ("a header line of 1 MB", || {
        format!("Subject: {}\r\n\r\nx\r\n", "word ".repeat(200_000)).into_bytes()
    }),
    ("100,000 header fields", || {
        format!("{}\r\nx\r\n", "X-Field: value\r\n".repeat(100_000)).into_bytes()
    }),
    ("100,000 addresses", || {
        format!("To: {}\r\n\r\n", "\"A B\" <a@here.test>, ".repeat(100_000)).into_bytes()
    }),
    ("500,000 open comments", || {
        format!("To: {}\r\n\r\n", "(".repeat(500_000)).into_bytes()
    }),
    ("50,000 parameters", || {
        format!(
            "Content-Type: text/plain{}\r\n\r\n",
            "; a*1=b".repeat(50_000)
        )
        .into_bytes()
    }),
    ("50,000 encoded words", || {
        format!("Subject: {}\r\n\r\n", "=?utf-8?q?a?= ".repeat(50_000)).into_bytes()
    }),
    ("50,000 openings of encoded words", || {
        format!("Subject: {}\r\n\r\n", "=?utf-8?q?".repeat(50_000)).into_bytes()
    }),
    ("a message of 50 MB", || {
        let file = format!("{}\r\n", "QUJD".repeat(19)).repeat(650_000);
        mixed(&format!(
            "--a\r\n\r\nhello\r\n--a\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n{file}--a--\r\n"
        ))
    }),
];

/// The parsers, by the second argument of the process.
const PARSERS: [&str; 3] = ["outline", "read", "mail-parser"];

fn mixed(parts: &str) -> Vec<u8> {
    format!("Content-Type: multipart/mixed; boundary=a\r\n\r\n{parts}").into_bytes()
}

/// Prints the table.
pub fn print() {
    println!("| message | bytes | mime: outline | mime: read | mail-parser: parse |");
    println!("|---|---:|---:|---:|---:|");
    for (name, message) in CASES {
        let cells: Vec<String> = PARSERS.iter().map(|parser| outcome(name, parser)).collect();
        println!("| {name} | {} | {} |", message().len(), cells.join(" | "));
    }
    println!();
}

/// What one process reports: time and memory, or how it ended.
fn outcome(name: &str, parser: &str) -> String {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(e) => return e.to_string(),
    };
    let child = Command::new(program)
        .args([CHILD, name, parser])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    match child {
        Ok(child) => ended(child),
        Err(e) => e.to_string(),
    }
}

fn ended(mut child: Child) -> String {
    let started = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => break,
            Ok(Some(_)) => return "**aborts: stack overflow**".to_owned(),
            Ok(None) if started.elapsed() > TIME_MAX => {
                let _ = child.kill();
                let _ = child.wait();
                return format!("**more than {} s**", TIME_MAX.as_secs());
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            Err(e) => return e.to_string(),
        }
    }
    match child.wait_with_output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        Err(e) => e.to_string(),
    }
}

/// Reads one message with one parser and prints what it took; the process's whole work.
pub fn child(name: &str, parser: &str, allocator: &'static PeakAlloc) -> ExitCode {
    let Some((_, message)) = CASES.iter().find(|(n, _)| *n == name) else {
        return ExitCode::FAILURE;
    };
    let message = message();
    let parser = parser.to_owned();
    let read = move || {
        let before = allocator.current_usage();
        allocator.reset_peak_usage();
        let started = Instant::now();
        match parser.as_str() {
            "outline" => drop(mime::outline(&message)),
            "read" => drop(mime::read(&message)),
            _ => drop(MessageParser::default().parse(&message)),
        }
        let millis = started.elapsed().as_secs_f64() * 1e3;
        let peak = allocator.peak_usage().saturating_sub(before);
        println!("{millis:.1} ms, {:.1} MiB", peak as f64 / 1_048_576.0);
    };
    let thread = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(read);
    match thread.map(|thread| thread.join()) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
