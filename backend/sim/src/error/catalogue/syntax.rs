//! The sentences for syntax errors.

use super::super::problem::{Found, Syntax, ValueKind, Wanted};
use super::both;
use crate::text::Text;

pub(super) fn syntax(problem: &Syntax) -> Text {
    match problem {
        Syntax::Toml(near) if near.is_empty() => {
            both("这里不符合 TOML 语法。", "This is not valid TOML.")
        }
        Syntax::Toml(near) => both(
            format!("“{near}”附近不符合 TOML 语法；文本要加引号，括号要成对。"),
            format!(
                "This is not valid TOML near “{near}”. Strings need quotation marks, and brackets must be closed."
            ),
        ),
        Syntax::Json => both("这里不符合 JSON 语法。", "This is not valid JSON."),
        Syntax::Truncated => both("文件不完整。", "The file is incomplete."),
        Syntax::TooDeep => both("嵌套层数太多。", "Values are nested too deeply."),
        Syntax::DuplicateKey(key) => both(
            format!("“{key}”重复出现。"),
            format!("Duplicate key “{key}”."),
        ),
        Syntax::MissingKey(key) => both(format!("缺少“{key}”。"), format!("Missing key “{key}”.")),
        Syntax::UnknownKey { key, known } if known.is_empty() => both(
            format!("“{key}”不能写在这里。"),
            format!("Unknown key “{key}”."),
        ),
        Syntax::UnknownKey { key, known } => both(
            format!("“{key}”不能写在这里，可用的键有：{}。", known.join("、")),
            format!("Unknown key “{key}”. Known keys: {}.", known.join(", ")),
        ),
        Syntax::UnknownKeyword { keyword, known } => both(
            format!(
                "“{keyword}”不能用在这里，可用的值有：{}。",
                known.join("、")
            ),
            format!(
                "“{keyword}” is not allowed here. Allowed values: {}.",
                known.join(", ")
            ),
        ),
        Syntax::WrongType { found, wanted } => {
            let shown = shown(found);
            match wanted {
                Some(wanted) => {
                    let wanted = expected(*wanted);
                    both(
                        format!("这里是{}，应为{}。", shown.zh, wanted.zh),
                        format!("Found {}; expected {}.", shown.en, wanted.en),
                    )
                }
                None => both(
                    format!("这里不能写{}。", shown.zh),
                    format!("{} is not allowed here.", capitalized(&shown.en)),
                ),
            }
        }
        Syntax::InvalidValue(found) => {
            let shown = shown(found);
            both(
                format!("这里不能写{}。", shown.zh),
                format!("{} is not allowed here.", capitalized(&shown.en)),
            )
        }
        Syntax::WrongLength(count) => both(
            format!("列表里有 {count} 个值，个数不对。"),
            format!("The list has a wrong number of values: {count}."),
        ),
        Syntax::NotADuration(text) => both(
            format!("“{text}”不是时间长度；写法如 250ms、90s、5m、4h、5d。"),
            format!("“{text}” is not a duration. Write it as 250ms, 90s, 5m, 4h or 5d."),
        ),
    }
}

pub(super) fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

pub(super) fn shown(found: &Found) -> Text {
    let value = &found.value;
    match found.kind {
        ValueKind::Null => both("空值", "null"),
        ValueKind::Boolean | ValueKind::Integer | ValueKind::Float | ValueKind::Date => {
            both(format!(" {value}"), value)
        }
        ValueKind::Text => both(format!("文本“{value}”"), format!("the string “{value}”")),
        ValueKind::List => both("列表", "a list"),
        ValueKind::Table => both("表", "a table"),
    }
}

pub(super) fn expected(wanted: Wanted) -> Text {
    match wanted {
        Wanted::Boolean => both(" true 或 false", "true or false"),
        Wanted::Integer => both("整数", "a whole number"),
        Wanted::Unsigned => both("非负整数", "a non-negative whole number"),
        Wanted::Number => both("数字", "a number"),
        Wanted::Text => both("文本", "a string"),
        Wanted::List => both("列表", "a list"),
        Wanted::Table => both("表", "a table"),
        Wanted::Keyword => both("关键字", "a keyword"),
    }
}
