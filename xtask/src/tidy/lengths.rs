//! Module docs and lengths: a Rust file begins with `//!`, has at most 700 lines (aim: 400; view
//! files 150), and a function has at most 100 lines (aim: 70).

use super::Finding;
use super::rust_text::code_only;

const FILE_LINES_MAX: usize = 700;
const FILE_LINES_AIM: usize = 400;
const FUNCTION_LINES_MAX: usize = 100;
const FUNCTION_LINES_AIM: usize = 70;
const VIEW_LINES_AIM: usize = 150;

/// Checks one Rust file.
pub fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !text.starts_with("//!") {
        findings.push(Finding::Violation(format!(
            "{path}:1: the file does not begin with `//!` and its purpose"
        )));
    }
    let lines = text.lines().count();
    let view = ["frontend/src/pages/", "frontend/src/parts/"]
        .iter()
        .any(|dir| path.starts_with(dir));
    if lines > FILE_LINES_MAX {
        findings.push(Finding::Violation(format!(
            "{path}: {lines} lines (at most {FILE_LINES_MAX})"
        )));
    } else if view && lines > VIEW_LINES_AIM {
        findings.push(Finding::Advice(format!(
            "{path}: {lines} lines (a view file aims at {VIEW_LINES_AIM})"
        )));
    } else if lines > FILE_LINES_AIM {
        findings.push(Finding::Advice(format!(
            "{path}: {lines} lines (aim at {FILE_LINES_AIM})"
        )));
    }
    for function in functions(&code_only(text)) {
        let Function { name, line, lines } = function;
        if lines > FUNCTION_LINES_MAX {
            findings.push(Finding::Violation(format!(
                "{path}:{line}: fn {name} has {lines} lines (at most {FUNCTION_LINES_MAX})"
            )));
        } else if lines > FUNCTION_LINES_AIM {
            findings.push(Finding::Advice(format!(
                "{path}:{line}: fn {name} has {lines} lines (aim at {FUNCTION_LINES_AIM})"
            )));
        }
    }
    findings
}

struct Function<'a> {
    name: &'a str,
    line: usize,
    lines: usize,
}

/// All functions with a body; comments and strings of the text are blanked.
fn functions(code: &str) -> Vec<Function<'_>> {
    let mut found = Vec::new();
    let bytes = code.as_bytes();
    for (at, _) in code.match_indices("fn ") {
        let word_begins =
            at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
        let name = code[at + 3..]
            .trim_start()
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .next()
            .unwrap_or_default();
        if !word_begins || name.is_empty() {
            continue;
        }
        if let Some(end) = body_end(bytes, at) {
            let line = 1 + code[..at].matches('\n').count();
            found.push(Function {
                name,
                line,
                lines: 1 + code[at..end].matches('\n').count(),
            });
        }
    }
    found
}

/// Offset of the closing brace of the body; `None` for a declaration without a body.
fn body_end(bytes: &[u8], at: usize) -> Option<usize> {
    let (mut round, mut curly) = (0_i32, 0_i32);
    for (offset, byte) in bytes.iter().enumerate().skip(at) {
        match byte {
            b'(' | b'[' => round += 1,
            b')' | b']' => round -= 1,
            b'{' => curly += 1,
            b'}' => {
                curly -= 1;
                if curly == 0 && round == 0 {
                    return Some(offset);
                }
            }
            b';' if round == 0 && curly == 0 => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violations(path: &str, text: &str) -> usize {
        check(path, text)
            .iter()
            .filter(|finding| matches!(finding, Finding::Violation(_)))
            .count()
    }

    #[test]
    fn requires_module_docs_on_line_one() {
        assert_eq!(violations("a.rs", "use std::fs;\n"), 1);
        assert_eq!(violations("a.rs", "//! For this.\n"), 0);
    }

    #[test]
    fn allows_700_lines_and_not_one_more() {
        let file = |lines: usize| format!("//! x\n{}", "\n".repeat(lines - 1));
        assert_eq!(violations("a.rs", &file(700)), 0);
        assert_eq!(violations("a.rs", &file(701)), 1);
    }

    #[test]
    fn allows_a_function_of_100_lines_and_not_one_more() {
        let function = |lines: usize| {
            format!(
                "//! x\nfn f(a: [u8; 2]) {{\n{}}}\n",
                "    g(\"}\");\n".repeat(lines - 2)
            )
        };
        assert_eq!(violations("a.rs", &function(100)), 0);
        assert_eq!(violations("a.rs", &function(101)), 1);
    }

    #[test]
    fn ignores_declarations_and_function_pointers() {
        let text = format!(
            "trait T {{\n fn a(&self);\n}}\nstruct S {{ f: fn (u8) }}\n{}",
            "\n".repeat(200)
        );
        assert!(functions(&text).is_empty());
    }

    #[test]
    fn long_views_are_only_advice() {
        let text = format!("//! x\n{}", "\n".repeat(200));
        assert_eq!(check("frontend/src/pages/list.rs", &text).len(), 1);
        assert_eq!(violations("frontend/src/pages/list.rs", &text), 0);
        assert!(check("backend/queue/src/lib.rs", &text).is_empty());
    }
}
