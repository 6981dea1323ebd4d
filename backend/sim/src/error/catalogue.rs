//! The sentences for errors, in both languages.

use super::problem::{
    Counted, DialogueProblem, Document, Found, HostProblem, NameProblem, Problem, RequestProblem,
    RunProblem, SettingProblem, SettingRule, StepProblem, Syntax, ValueKind, Wanted, ZoneProblem,
};
use super::{Context, ScenarioError};
use crate::lab::LabError;
use crate::text::Text;
use mail::DomainError;
use world::zone::EntryError;

/// The sentence for an error, with the parts that contain it in front.
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

fn syntax(problem: &Syntax) -> Text {
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
        Syntax::Rejected(reason) => both(
            format!("这里的值无法使用（{reason}）。"),
            format!("Invalid value: {reason}."),
        ),
    }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

fn shown(found: &Found) -> Text {
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

fn expected(wanted: Wanted) -> Text {
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

fn domain(problem: DomainError) -> Text {
    match problem {
        DomainError::Empty => both("有一段是空的", "it has an empty label"),
        DomainError::TooLong => both(
            "全长不能超过 255 字节，每段不能超过 63 字节",
            "a name has at most 255 bytes, and each label at most 63",
        ),
        DomainError::BadCharacter => both(
            "只能使用字母、数字和中间的连字符",
            "use letters, digits and inner hyphens only",
        ),
    }
}

fn bad_domain(name: &str, problem: DomainError) -> Text {
    let why = domain(problem);
    both(
        format!("“{name}”不是域名：{}。", why.zh),
        format!("“{name}” is not a domain name: {}.", why.en),
    )
}

fn name(problem: &NameProblem) -> Text {
    match problem {
        NameProblem::EmptyLabel(name) => bad_domain(name, DomainError::Empty),
        NameProblem::TooLong(name) => bad_domain(name, DomainError::TooLong),
        NameProblem::BadCharacter(name) => bad_domain(name, DomainError::BadCharacter),
        NameProblem::NotALabDomain(name) => both(
            format!("“{name}”：实验室里的域名要以 .test 或 .example 结尾。"),
            format!("“{name}”: domains in the Lab must end in .test or .example."),
        ),
        NameProblem::NotAnAddress(text) => both(
            format!("“{text}”不是邮件地址。"),
            format!("“{text}” is not an email address."),
        ),
        NameProblem::NotAPort(text) => both(
            format!("“{text}”不是端口号。"),
            format!("“{text}” is not a port number."),
        ),
        NameProblem::NoSuchMailbox(address) => both(
            format!("这台主机上没有 {address} 的邮箱。"),
            format!("The host has no mailbox {address}."),
        ),
        NameProblem::NotAnAlias(text) => both(
            format!("“{text}”不是别名；写法如 team@b.test 或 @b.test。"),
            format!("“{text}” is not an alias. Write it as team@b.test or @b.test."),
        ),
    }
}

fn zone(problem: &ZoneProblem) -> Text {
    match problem {
        ZoneProblem::Entry { line, problem } => {
            let what = entry(problem);
            both(
                format!("区域文件第 {line} 行：{}", what.zh),
                format!("Zone file, line {line}: {}", what.en),
            )
        }
        ZoneProblem::NoSelector(text) => both(
            format!("“{{{text}}}”要写成“选择器@域名”。"),
            format!("“{{{text}}}” must name selector@domain."),
        ),
        ZoneProblem::NoRecord(text) => both(
            format!("“{{{text}}}”没有对应的记录。"),
            format!("“{{{text}}}” stands for no record."),
        ),
        ZoneProblem::NoNameAndType(text) => both(
            format!("“{text}”要写一个名字和一种记录类型。"),
            format!("“{text}” must be a name and a record type."),
        ),
        ZoneProblem::UnknownType(text) => both(
            format!("“{text}”里没有可用的记录类型。"),
            format!("“{text}” names no supported record type."),
        ),
    }
}

fn entry(problem: &EntryError) -> Text {
    match problem {
        EntryError::NameMissing => both("缺少域名。", "A domain name is missing."),
        EntryError::OriginMissing => both("$ORIGIN 后面缺少域名。", "$ORIGIN needs a name."),
        EntryError::TtlMissing => both("$TTL 后面缺少秒数。", "$TTL needs a number of seconds."),
        EntryError::OwnerMissing => both("第一条记录缺少名字。", "The first entry has no name."),
        EntryError::TypeMissing => both("缺少记录类型。", "The record type is missing."),
        EntryError::DataMissing(kind) => both(
            format!("{kind} 记录的数据不完整。"),
            format!("The data of the {kind} record is incomplete."),
        ),
        EntryError::Unquoted => both(
            "TXT 记录含有空格时要加引号。",
            "A TXT record of several words needs quotation marks.",
        ),
        EntryError::NotSeconds(text) => both(
            format!("“{text}”不是秒数。"),
            format!("“{text}” is not a number of seconds."),
        ),
        EntryError::NotANumber { text, max } => both(
            format!("“{text}”不是 0 到 {max} 的整数。"),
            format!("“{text}” is not a whole number from 0 to {max}."),
        ),
        EntryError::NotIpv4(text) => both(
            format!("“{text}”不是 IPv4 地址。"),
            format!("“{text}” is not an IPv4 address."),
        ),
        EntryError::NotIpv6(text) => both(
            format!("“{text}”不是 IPv6 地址。"),
            format!("“{text}” is not an IPv6 address."),
        ),
        EntryError::NotADomain { text, problem } => bad_domain(text, *problem),
        EntryError::NotHex(text) => both(
            format!("“{text}”不是十六进制数据。"),
            format!("“{text}” is not hexadecimal data."),
        ),
        EntryError::UnknownType(kind) => both(
            format!("不支持“{kind}”记录。"),
            format!("Record type “{kind}” is not supported."),
        ),
    }
}

fn dialogue(problem: &DialogueProblem) -> Text {
    match problem {
        DialogueProblem::UnknownCommand(command) => both(
            format!("对话里不能写“/ {command}”，可用的有 / finish、/ listen、/ hang 和 / tls。"),
            format!(
                "Unknown dialogue command “/ {command}”. Known commands: / finish, / listen, / hang, / tls."
            ),
        ),
        DialogueProblem::NoMark(line) => both(
            format!("对话的每一行要以 > < ~ ! ? . 或 / 开头，这一行不是：“{line}”。"),
            format!(
                "A dialogue line must begin with > < ~ ! ? . or /; this one does not: “{line}”."
            ),
        ),
        DialogueProblem::UnknownEscape {
            line,
            escape: Some(escape),
        } => both(
            format!("“{line}”：\\{escape} 无法识别，可用的有 \\r、\\n、\\t 和 \\\\。"),
            format!("“{line}”: unknown escape \\{escape}. Known escapes: \\r, \\n, \\t, \\\\."),
        ),
        DialogueProblem::UnknownEscape { line, escape: None } => both(
            format!("“{line}”：末尾的 \\ 后面缺少字符。"),
            format!("“{line}”: nothing follows the last \\."),
        ),
    }
}

fn host(problem: &HostProblem) -> Text {
    match problem {
        HostProblem::DuplicateName(name) => both(
            format!("有两台主机都叫 {name}。"),
            format!("Two hosts are named {name}."),
        ),
        HostProblem::DuplicateAddress(address) => both(
            format!("地址 {address} 已被另一台主机使用。"),
            format!("Another host already has the address {address}."),
        ),
        HostProblem::Unknown(name) => both(
            format!("主机 {name} 不存在。"),
            format!("There is no host {name}."),
        ),
        HostProblem::RemovedUnknown(name) => both(
            format!("要移除的主机 {name} 不存在。"),
            format!("The host to be removed, {name}, does not exist."),
        ),
        HostProblem::EditedTwice => both(
            "同一台主机改了两次。",
            "The edits change the same host twice.",
        ),
        HostProblem::UnusedScript => both(
            "这台主机有对话脚本，却设为不运行任何程序。",
            "The host has a script but runs nothing.",
        ),
        HostProblem::NoScript => both(
            "这台主机设为按脚本对话，却没有脚本。",
            "The host runs a script but has none.",
        ),
    }
}

fn step(problem: &StepProblem) -> Text {
    match problem {
        StepProblem::TooLong { days_max } => both(
            format!("场景最长 {days_max} 天。"),
            format!("A scenario can be no longer than {days_max} days."),
        ),
        StepProblem::AfterEnd { lasts } => both(
            format!("那时场景已经结束，它只持续 {lasts}。"),
            format!("The run has ended by then; it lasts {lasts}."),
        ),
        StepProblem::Latency { seconds_max } => both(
            format!("单程延迟不能超过 {seconds_max} 秒。"),
            format!("The latency can be no more than {seconds_max} seconds."),
        ),
        StepProblem::Clock { seconds_max } => both(
            format!("时钟最多偏差 {seconds_max} 秒。"),
            format!("A clock can be off by no more than {seconds_max} seconds."),
        ),
        StepProblem::UnknownCommand { command, known } => both(
            format!(
                "不能替换“{command}”的应答，可以替换的命令有：{}。",
                known.join("、")
            ),
            format!(
                "The reply to “{command}” cannot be replaced. Commands: {}.",
                known.join(", ")
            ),
        ),
        StepProblem::NotARejection(reply) => both(
            format!("“{reply}”不是拒绝应答；拒绝应答以 452、550 这样的代码开头。"),
            format!("“{reply}” is not a rejection. Begin it with a code such as 452 or 550."),
        ),
        StepProblem::NothingToReplace => both(
            "没有写要替换的文字。",
            "The text to be replaced is missing.",
        ),
        StepProblem::UnknownDnsFailure(word) => both(
            format!("“{word}”不是 DNS 故障；可以写 nxdomain、servfail、timeout 或 none。"),
            format!("“{word}” is not a DNS failure. Write nxdomain, servfail, timeout or none."),
        ),
        StepProblem::UnknownCertificate(word) => both(
            format!("“{word}”不是证书种类；可以写 good、expired、other-name、untrusted 或 none。"),
            format!(
                "“{word}” is not a kind of certificate. Write good, expired, other-name, untrusted or none."
            ),
        ),
        StepProblem::RemovedUnknown { number, count } => both(
            format!("要移除的第 {number} 步不存在，一共只有 {count} 步。"),
            format!("Step {number}, which is to be removed, does not exist; there are {count}."),
        ),
    }
}

fn setting(problem: &SettingProblem) -> Text {
    let key = &problem.key;
    match &problem.rule {
        SettingRule::AtLeast(min) => both(
            format!("{key} 至少为 {min}。"),
            format!("{key} must be at least {min}."),
        ),
        SettingRule::Between(min, max) => both(
            format!("{key} 要在 {min} 到 {max} 之间。"),
            format!("{key} must be between {min} and {max}."),
        ),
        SettingRule::AtLeastDuration(min) => both(
            format!("{key} 至少为 {min}。"),
            format!("{key} must be at least {min}."),
        ),
        SettingRule::NotGreaterThan(other) => both(
            format!("{key} 不能大于 {other}。"),
            format!("{key} must not be greater than {other}."),
        ),
        SettingRule::ShorterThan(other) => both(
            format!("{key} 要比 {other} 短。"),
            format!("{key} must be shorter than {other}."),
        ),
        SettingRule::Requires(other) => both(
            format!("设置 {key} 时还要设置 {other}。"),
            format!("{key} requires {other}."),
        ),
        SettingRule::Other(reason) => both(
            format!("这个值无法使用（{reason}）。"),
            format!("Invalid value: {reason}."),
        ),
    }
}

fn run(problem: &RunProblem) -> Text {
    match problem {
        RunProblem::TooManyEvents { max, at } => both(
            format!("事件超过 {max} 个，很可能出现了循环，已在 {at} 停止。"),
            format!("More than {max} events, most likely a loop; stopped at {at}."),
        ),
        RunProblem::TooManyTurns { max, at } => both(
            format!("计算量超过上限（{max} 步），已在 {at} 停止。"),
            format!("Too much work: more than {max} turns; stopped at {at}."),
        ),
        RunProblem::Spinning { at } => both(
            format!("到 {at} 时主机不停运行而时间不再前进，已停止。"),
            format!("At {at} hosts kept running while time stood still; stopped."),
        ),
        RunProblem::Idle { at } => both(
            format!("到 {at} 时有一项操作没有完成，已停止。"),
            format!("An operation did not complete; stopped at {at}."),
        ),
        RunProblem::Failed(reason) => both(
            format!("模拟引擎出错（{reason}）。"),
            format!("Simulation error: {reason}."),
        ),
    }
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

fn request(problem: &RequestProblem) -> Text {
    match problem {
        RequestProblem::EditsForm { form, known } => both(
            format!("这些改动的格式是第 {form} 版，这里只支持第 {known} 版。"),
            format!("The edits have form {form}; this version reads form {known}."),
        ),
        RequestProblem::OtherScenario { edits, scenario } => both(
            format!("这些改动属于第 {edits} 号场景，而这里是第 {scenario} 号。"),
            format!("The edits belong to scenario {edits}; this is scenario {scenario}."),
        ),
        RequestProblem::OtherVersion {
            scenario,
            edits,
            version,
        } => {
            let (zh, en) = if edits < version {
                ("旧", "an older")
            } else {
                ("新", "a newer")
            };
            both(
                format!(
                    "这些改动属于第 {scenario} 号场景的{zh}版本 {edits}，而这里是版本 {version}，可能已不适用。"
                ),
                format!(
                    "The edits belong to {en} version of scenario {scenario} ({edits}; this is {version}) and may no longer apply."
                ),
            )
        }
        RequestProblem::NoExercise { number, count } => both(
            format!("没有第 {number} 个练习，一共只有 {count} 个。"),
            format!("There is no exercise {number}; there are {count}."),
        ),
        RequestProblem::NoTweak { number, count } => both(
            format!("没有第 {number} 个小改动，一共只有 {count} 个。"),
            format!("There is no tweak {number}; there are {count}."),
        ),
        RequestProblem::TweakTwice(title) => both(
            format!("小改动“{}”选了两次。", title.zh),
            format!("The tweak “{}” is chosen twice.", title.en),
        ),
        RequestProblem::ExerciseIncomplete(title) => both(
            format!("练习“{}”缺少提示或解法。", title.zh),
            format!("The exercise “{}” needs a hint and a solution.", title.en),
        ),
        RequestProblem::NoChoice(ask) => both(
            format!("问题“{}”至少要有两个选项。", ask.zh),
            format!("The question “{}” needs at least two choices.", ask.en),
        ),
        RequestProblem::ManyRuns { runs, max } => both(
            format!("[many] 的 runs 应在 1 到 {max} 之间，这里是 {runs}。"),
            format!("[many]: runs must be between 1 and {max}; it is {runs}."),
        ),
        RequestProblem::ManyCounts { counts, max } => both(
            format!("[many] 的 count 应有 1 到 {max} 项，这里有 {counts} 项。"),
            format!("[many]: there must be 1 to {max} counts; there are {counts}."),
        ),
        RequestProblem::NothingToCount => both(
            "这个场景没有可统计的结果。",
            "This scenario has nothing to count.",
        ),
        RequestProblem::CountedRuns { first, runs, max } => both(
            format!("不能从第 {first} 次起运行 {runs} 次；一共最多 {max} 次。"),
            format!("{runs} runs from number {first} are out of range; the limit is {max}."),
        ),
        RequestProblem::NoCard(id) => both(
            format!("没有故障卡“{id}”。"),
            format!("There is no fault card “{id}”."),
        ),
        RequestProblem::NotChosen => both("还没有选择。", "Nothing is chosen."),
        RequestProblem::NotAPort(value) => name(&NameProblem::NotAPort(value.clone())),
        RequestProblem::NotANumber(value) => both(
            format!("“{value}”不是整数。"),
            format!("“{value}” is not a whole number."),
        ),
        RequestProblem::OutOfRange(value) => both(
            format!("{value} 超出范围。"),
            format!("{value} is out of range."),
        ),
        RequestProblem::NotOffered(value) => both(
            format!("“{value}”不在选项中。"),
            format!("“{value}” is not one of the options."),
        ),
        RequestProblem::DuplicateTrack(id) => both(
            format!("有两条学习路线都叫 {id}。"),
            format!("Two tracks have the id {id}."),
        ),
        RequestProblem::EmptyTrack(id) => both(
            format!("学习路线 {id} 里没有场景。"),
            format!("The track {id} has no scenarios."),
        ),
    }
}
