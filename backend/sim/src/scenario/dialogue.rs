//! Parses dialogues: what a user types to a server, or what a scripted server sends.

use crate::error::{DialogueProblem, Problem, Syntax};
use crate::script::Act;
use crate::text::Span;
use mail::Duration;

/// Parses a dialogue into acts:
///
/// | line | meaning |
/// |---|---|
/// | `> words` | sends a line (`>` alone: an empty one) |
/// | `~ words` | sends a line a second after the other side has answered |
/// | `< words` | waits until a line begins with these words and has ended |
/// | `! bytes` | sends exactly these bytes (`\r`, `\n`, `\t`, `\\`) |
/// | `? bytes` | waits for exactly these bytes |
/// | `. 5s` | waits |
/// | `/ finish` | closes this direction |
/// | `/ listen` | reads to the end |
/// | `/ hang` | does nothing more |
/// | `/ tls` | starts TLS as a client |
///
/// Empty lines and lines that begin with `#` are skipped.
///
/// # Errors
/// The first line that is invalid.
pub(super) fn acts(dialogue: &str) -> Result<Vec<Act>, Problem> {
    let mut acts = Vec::new();
    for line in dialogue.lines() {
        let (mark, rest) =
            line.split_at(line.char_indices().nth(1).map_or(line.len(), |(at, _)| at));
        let words = rest.strip_prefix(' ').unwrap_or(rest);
        match mark {
            "" | "#" => {}
            ">" => acts.push(Act::line(words)),
            "<" => {
                acts.push(Act::WaitFor(words.to_owned()));
                acts.push(Act::wait_for_line());
            }
            "!" => acts.push(Act::Send(unescape(words)?)),
            "~" => acts.push(Act::Reply(words.to_owned())),
            "?" => acts.push(Act::WaitFor(unescape(words)?)),
            "." => acts.push(Act::Wait(duration(words)?)),
            "/" => acts.push(command(words)?),
            _ => return Err(DialogueProblem::NoMark(line.to_owned()).into()),
        }
    }
    Ok(acts)
}

fn command(words: &str) -> Result<Act, DialogueProblem> {
    match words {
        "finish" => Ok(Act::Finish),
        "listen" => Ok(Act::ReadAll),
        "hang" => Ok(Act::Hang),
        "tls" => Ok(Act::StartTls),
        other => Err(DialogueProblem::UnknownCommand(other.to_owned())),
    }
}

fn unescape(words: &str) -> Result<String, DialogueProblem> {
    let mut text = String::new();
    let mut rest = words.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        text.push(match rest.next() {
            Some('r') => '\r',
            Some('n') => '\n',
            Some('t') => '\t',
            Some('\\') => '\\',
            escape => {
                return Err(DialogueProblem::UnknownEscape {
                    line: words.to_owned(),
                    escape,
                });
            }
        });
    }
    Ok(text)
}

fn duration(words: &str) -> Result<Duration, Syntax> {
    let words = words.trim();
    let span = Span::parse(words).ok_or_else(|| Syntax::NotADuration(words.to_owned()))?;
    Ok(span.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_a_dialogue_line_by_line() {
        let read = acts("< 220\n> EHLO a.test\n. 5s\n\n/ listen").unwrap();
        let wanted = [
            Act::WaitFor("220".into()),
            Act::wait_for_line(),
            Act::line("EHLO a.test"),
            Act::Wait(Duration::from_secs(5)),
            Act::ReadAll,
        ];
        assert_eq!(read, wanted);
        assert_eq!(acts(r"! a\n.\r\n").unwrap(), [Act::Send("a\n.\r\n".into())]);
        assert_eq!(acts(r"? \\n").unwrap(), [Act::WaitFor("\\n".into())]);
    }

    fn check_error(dialogue: &str, expected: impl Into<Problem>) {
        assert_eq!(acts(dialogue), Err(expected.into()), "{dialogue}");
    }

    #[test]
    fn reports_invalid_lines() {
        let escape = |line: &str, escape| DialogueProblem::UnknownEscape {
            line: line.to_owned(),
            escape,
        };
        check_error(r"! \q", escape(r"\q", Some('q')));
        check_error(r"! \", escape(r"\", None));
        check_error("EHLO a.test", DialogueProblem::NoMark("EHLO a.test".into()));
        check_error("/ dance", DialogueProblem::UnknownCommand("dance".into()));
        check_error(". long", Syntax::NotADuration("long".into()));
    }
}
