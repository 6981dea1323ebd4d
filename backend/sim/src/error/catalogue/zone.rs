//! The sentences for errors in names, addresses and zones.

use super::super::problem::{NameProblem, ZoneProblem};
use super::both;
use crate::text::Text;
use mail::DomainError;
use world::zone::EntryError;

pub(super) fn domain(problem: DomainError) -> Text {
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

pub(super) fn bad_domain(name: &str, problem: DomainError) -> Text {
    let why = domain(problem);
    both(
        format!("“{name}”不是域名：{}。", why.zh),
        format!("“{name}” is not a domain name: {}.", why.en),
    )
}

pub(super) fn name(problem: &NameProblem) -> Text {
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

pub(super) fn zone(problem: &ZoneProblem) -> Text {
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

pub(super) fn entry(problem: &EntryError) -> Text {
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
        EntryError::BadEscape(text) => both(
            format!("“{text}”不是转义写法：反斜杠后面要写一个字符，或 000 到 255 的三位数字。"),
            format!(
                "“{text}” is no escape: write a character, or 000 to 255, after the backslash."
            ),
        ),
        EntryError::NotUtf8(text) => both(
            format!("“{text}”不是 UTF-8 文本。"),
            format!("“{text}” is not UTF-8 text."),
        ),
    }
}
