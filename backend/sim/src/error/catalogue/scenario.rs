//! The sentences for errors in dialogues, hosts, steps and settings.

use super::super::problem::{
    DialogueProblem, HostProblem, RelayFault, SettingProblem, SettingRule, StepProblem, UrlFault,
};
use super::both;
use crate::text::Text;

pub(super) fn dialogue(problem: &DialogueProblem) -> Text {
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

pub(super) fn host(problem: &HostProblem) -> Text {
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

pub(super) fn step(problem: &StepProblem) -> Text {
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

pub(super) fn setting(problem: &SettingProblem) -> Text {
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
        SettingRule::KnownMechanism(name) => both(
            format!("{key}：不支持认证机制 {name}。"),
            format!("{key}: the mechanism {name} is not supported."),
        ),
        SettingRule::MechanismOf {
            mechanism,
            key: other,
        } => both(
            format!("{key} 里不能写 {mechanism}；设置了 {other} 才会提供它。"),
            format!("{key} cannot list {mechanism}; {other} offers it."),
        ),
        SettingRule::Url(fault) => of_key(key, url(*fault)),
        SettingRule::Relay { host, fault } => of_key(key, relay(host, *fault)),
        SettingRule::NoFiles => both(
            format!("{key}：实验室里没有文件，请用 password。"),
            format!("{key}: there are no files in the Lab; use password."),
        ),
    }
}

fn of_key(key: &str, what: Text) -> Text {
    both(
        format!("{key}：{}。", what.zh),
        format!("{key}: {}.", what.en),
    )
}

fn url(fault: UrlFault) -> Text {
    match fault {
        UrlFault::NotHttps => both("网址要以 https:// 开头", "the URL must begin with https://"),
        UrlFault::Port => both("网址的端口不是数字", "the port of the URL is not a number"),
        UrlFault::Host => both(
            "网址里的主机不是域名",
            "the host of the URL is not a domain name",
        ),
        UrlFault::Path => both(
            "网址的路径里有不允许的字符",
            "the path has a character that is not allowed in a URL",
        ),
    }
}

fn relay(host: &str, fault: RelayFault) -> Text {
    match fault {
        RelayFault::Host => both(
            format!("“{host}”不是域名，也不是 IP 地址"),
            format!("“{host}” is neither a domain name nor an IP address"),
        ),
        RelayFault::PasswordWithoutTls => both(
            format!("{host} 设有密码，tls 必须是 required 或 implicit"),
            format!("a password for {host} requires tls = “required” or “implicit”"),
        ),
        RelayFault::PasswordWithoutUser => both(
            format!("{host} 设有密码，还要设置 user"),
            format!("the password for {host} requires a user"),
        ),
        RelayFault::PasswordMissing => both(
            format!("{host} 要设置 password"),
            format!("set password for {host}"),
        ),
    }
}
