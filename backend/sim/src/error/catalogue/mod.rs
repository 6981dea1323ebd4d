//! The sentences that describe errors, in both languages.

mod request;
mod scenario;
mod syntax;
mod zone;

use super::problem::{Counted, Document, HostProblem, Problem};
use super::{Context, ScenarioError};
use crate::lab::LabError;
use crate::text::Text;
use request::{request, run};
use scenario::{dialogue, host, setting, step};
use syntax::syntax;
use zone::{name, zone};

/// The sentence for an error, preceded by its context.
pub(super) fn error(error: &ScenarioError) -> Text {
    let mut text = problem(&error.problem);
    for part in error.context.iter().rev() {
        let part = context(part);
        text = both(
            format!("{}：{}", part.zh, text.zh),
            format!("{}: {}", part.en, text.en),
        );
    }
    text
}

fn both(zh: impl Into<String>, en: impl Into<String>) -> Text {
    Text {
        zh: zh.into(),
        en: en.into(),
    }
}

fn context(context: &Context) -> Text {
    match context {
        Context::Request => both("请求无法识别", "Invalid request"),
        Context::Run => both("运行中断", "The run was stopped"),
        Context::Host(name) | Context::Item(name) => both(name, name),
        Context::Step(number, at) => both(
            format!("第 {number} 步（{at}）"),
            format!("Step {number} (at {at})"),
        ),
        Context::Settings => both("设置", "Settings"),
        Context::ZoneLine(line) => both(
            format!("区域文件第 {line} 行"),
            format!("Zone file, line {line}"),
        ),
        Context::Card(title) => title.clone(),
        Context::Choice(label) => both(format!("“{}”", label.zh), format!("“{}”", label.en)),
    }
}

fn problem(problem: &Problem) -> Text {
    match problem {
        Problem::TooLarge {
            document,
            bytes,
            bytes_max,
        } => too_large(*document, *bytes, *bytes_max),
        Problem::Syntax(problem) => syntax(problem),
        Problem::Name(problem) => name(problem),
        Problem::Zone(problem) => zone(problem),
        Problem::Dialogue(problem) => dialogue(problem),
        Problem::Host(problem) => host(problem),
        Problem::Step(problem) => step(problem),
        Problem::Setting(problem) => setting(problem),
        Problem::TooMany { what, count, max } => too_many(*what, *count, *max),
        Problem::Run(problem) => run(problem),
        Problem::Lab(problem) => lab(problem),
        Problem::Request(problem) => request(problem),
    }
}

fn too_large(document: Document, bytes: usize, max: usize) -> Text {
    let what = match document {
        Document::Scenario => both("文件", "file"),
        Document::Edits => both("改动", "set of edits"),
        Document::Request => both("请求", "request"),
        Document::Line => both("这一行", "line"),
    };
    both(
        format!("{}有 {bytes} 字节，上限是 {max} 字节。", what.zh),
        format!(
            "The {} has {bytes} bytes; the limit is {max} bytes.",
            what.en
        ),
    )
}

fn too_many(what: Counted, count: usize, max: usize) -> Text {
    let (zh, en) = match what {
        Counted::Hosts => ("主机", "hosts"),
        Counted::Steps => ("步骤", "steps"),
        Counted::People => ("用户", "people"),
        Counted::Domains => ("域名", "domains"),
        Counted::Recipients => ("收件人", "recipients"),
        Counted::AliasTargets => ("别名的目标地址", "alias targets"),
        Counted::DialogueLines => ("对话行", "dialogue lines"),
        Counted::ZoneBytes => ("区域文件的字节", "bytes of zone files"),
        Counted::ConsoleTurns => ("控制台输入", "console inputs on one connection"),
        Counted::Connections => ("应答的连接", "answered connections"),
    };
    both(
        format!("{zh}太多：共 {count} 个，上限是 {max} 个。"),
        format!("Too many {en}: {count}; the limit is {max}."),
    )
}

fn lab(problem: &LabError) -> Text {
    match problem {
        LabError::Name(name) => both(
            format!("{name} 不能用作实验室的主机名：要以 .test 或 .example 结尾。"),
            format!("{name} cannot be a host of the Lab: the name must end in .test or .example."),
        ),
        LabError::Address(address) => both(
            format!(
                "{address} 不能用作实验室的地址：只能用文档保留的 192.0.2.*、198.51.100.*、203.0.113.*、2001:db8::* 和 3fff:*。"
            ),
            format!(
                "{address} cannot be an address of the Lab: use 192.0.2.*, 198.51.100.*, 203.0.113.*, 2001:db8::* or 3fff:*."
            ),
        ),
        LabError::NoAddress(text) => both(
            format!("“{text}”不是 IP 地址。"),
            format!("“{text}” is not an IP address."),
        ),
        LabError::Taken(what) => both(
            format!("{what} 已被另一台主机使用。"),
            format!("{what} is already in use by another host."),
        ),
        LabError::Unknown(name) => host(&HostProblem::Unknown(name.clone())),
        LabError::Store(reason) => both(
            format!("无法打开主机的邮件存储（{reason}）。"),
            format!("The host’s store could not be opened: {reason}."),
        ),
    }
}
