//! The texts of the editor in both languages.

mod fields;

pub use fields::field;

use super::edits::Origin;
use super::field_error::FieldError;
use super::zone::{Fault, ZoneProblem};
use frontend::i18n::{Language, Locale};

frontend::texts! {
    /// The fixed texts of the editor.
    pub Texts {
        lead: "主机、用户、DNS 记录和事件都可以修改。每次修改后，场景会从头重新运行。", "Change hosts, users, DNS records and events. The whole scenario runs again after every change.";
        undo: "撤销", "Undo";
        redo: "重做", "Redo";
        start_over: "撤销全部修改", "Undo all changes";
        playing: "正在运行…", "Running…";
        plays: "修改已应用，播放器显示的是新的运行", "Applied: the player shows the new run";
        add: "添加", "Add";
        save: "确定", "Apply";
        cancel: "取消", "Cancel";
        remove: "删除", "Remove";
        edit: "编辑", "Edit";
        restore: "恢复", "Restore";
        changed: "已修改", "changed";
        mine: "新增", "new";
        off: "已停用", "disabled";
        empty_sheet: "从空白场景开始", "Start with an empty scenario";
        take_as_own: "另存为我的场景", "Save as my scenario";

        add_domain: "添加一个域", "Add a domain";
        add_domain_hint: "会一并添加收件服务器、电脑、用户和所需的 DNS 记录。", "Adds a mail server, a computer, a user and the DNS records they need.";
        domain: "域名", "Domain";
        user: "用户名", "User name";
        domain_taken: "这个域名已存在，或者没有空闲的地址了。", "The domain already exists, or no address is free.";
        add_machine: "添加一台电脑", "Add a computer";
        send_message: "写一封邮件", "Send a message";
        message_from: "发件人", "From";
        message_to: "收件人", "To";
        message_subject: "主题", "Subject";
        message_text: "正文", "Body";
        message_at: "时间", "Time";
        fetch_mail: "收取邮件", "Fetch mail";
        nobody: "还没有邮箱。请先添加一个域名。", "There are no mailboxes yet. Add a domain first.";

        hosts: "主机", "Hosts";
        no_hosts: "还没有主机。", "There are no hosts yet.";
        people: "邮箱", "Mailboxes";
        add_person: "添加用户", "Add a user";
        aliases: "别名", "Aliases";
        add_alias: "添加别名", "Add an alias";
        dkim_keys: "DKIM 密钥", "DKIM keys";
        add_dkim_key: "添加密钥", "Add a key";
        to_exercise: "回到练习", "Back to the exercise";
        settings: "设置", "Settings";
        settings_hint: "留空即使用默认值。", "Empty fields use the default.";
        settings_all: "全部设置（JSON）", "All settings (JSON)";
        as_it_comes: "默认", "default";
        unchanged: "不变", "unchanged";
        yes: "是", "yes";
        no: "否", "no";
        group_door: "收件策略", "Inbound policy";
        group_auth: "SPF、DKIM、DMARC", "SPF, DKIM, DMARC";
        group_queue: "队列", "Queue";
        group_outbound: "外发", "Outbound";
        group_limits: "配额与其他", "Limits and more";

        records: "DNS 记录", "DNS records";
        table: "表格", "Table";
        text: "文本", "Text";
        record_name: "名称", "Name";
        record_type: "类型", "Type";
        record_data: "内容", "Data";
        add_record: "添加一条记录", "Add a record";
        zone_text: "区域文件", "Zone file";
        zone_good: "没有问题", "No problems found";
        in_text_only: "有几行只能在文本中修改（$ORIGIN、括号内的多行记录）。", "Some lines can only be edited as text ($ORIGIN, entries over several lines).";

        steps: "事件", "Events";
        no_steps: "还没有事件。写一封邮件试试。", "There are no events yet. Send a message.";
        add_step: "添加事件", "Add an event";
        step_kind: "事件类型", "Event type";
        other_step: "（以 JSON 编辑）", "(edited as JSON)";

        world: "全局设置", "Global settings";
        lasts: "运行时长", "Duration";
        latency: "默认线路延迟", "Default link latency";
        seed: "随机种子", "Random seed";

        found_draft: "发现上次未完成的修改。", "There are unsaved changes from last time.";
        take_up: "继续修改", "Continue";
        forget: "放弃修改", "Discard";
    }
}

/// The texts in the current language; tracked.
pub fn texts(t: Locale) -> &'static Texts {
    Texts::of(t.language())
}

/// One of the texts in the current language; tracked.
pub fn of(
    t: Locale,
    word: fn(&'static Texts) -> &'static str,
) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
    move || word(texts(t))
}

fn in_language(language: Language, zh: &str, en: &str) -> String {
    if language == Language::Chinese {
        zh.to_owned()
    } else {
        en.to_owned()
    }
}

/// Describes why a field is invalid, in a sentence.
pub fn field_error(language: Language, error: &FieldError) -> String {
    let say = |zh: &str, en: &str| in_language(language, zh, en);
    match error {
        FieldError::Empty => say("此项必填。", "This field is required."),
        FieldError::InvalidDomain => say("不是有效的域名。", "Not a valid domain name."),
        FieldError::NonTestDomain => say(
            "实验室里的域名必须以 .test 或 .example 结尾。",
            "Domain names in the Lab must end in .test or .example.",
        ),
        FieldError::InvalidIp => say("不是有效的 IP 地址。", "Not a valid IP address."),
        FieldError::NonDocumentationIp => say(
            "实验室只能使用文档专用地址：192.0.2.*、198.51.100.*、203.0.113.*、2001:db8::*。",
            "The Lab only uses documentation addresses: 192.0.2.*, 198.51.100.*, 203.0.113.*, 2001:db8::*.",
        ),
        FieldError::InvalidAddress => say(
            "不是有效的邮箱地址，例如 carol@c.test。",
            "Not a valid email address. Example: carol@c.test.",
        ),
        FieldError::InvalidDuration => say(
            "时长格式不正确，例如 250ms、90s、5m、4h、5d。",
            "Use a format such as 250ms, 90s, 5m, 4h or 5d.",
        ),
        FieldError::NumberOutOfRange(least, most) => say(
            &format!("请输入 {least} 到 {most} 之间的整数。"),
            &format!("Enter a whole number from {least} to {most}."),
        ),
        FieldError::Taken => say("这个名称已存在。", "This name is already in use."),
        FieldError::TooLong(max) => say(
            &format!("太长，最多 {max} 个字符。"),
            &format!("Too long: at most {max} characters."),
        ),
        FieldError::NoDialogue(line) => say(
            &format!("第 {line} 行：必须以 >（发送）、<（接收）、.（等待，例如 . 5s）或 / 开头。"),
            &format!(
                "Line {line}: must begin with > (send), < (receive), . (wait, e.g. . 5s) or /."
            ),
        ),
        FieldError::NoReply => say(
            "必须以三位数代码开头，例如 450 4.2.1 Try again later。",
            "Must begin with a three-digit code, e.g. 450 4.2.1 Try again later.",
        ),
        FieldError::InvalidJson(line, column) => say(
            &format!("第 {line} 行第 {column} 列：JSON 语法错误。"),
            &format!("Line {line}, column {column}: invalid JSON."),
        ),
    }
}

/// Describes a fault in a zone, with its line and column.
pub fn zone_fault(language: Language, fault: Fault) -> String {
    let Fault {
        line,
        column,
        problem,
    } = fault;
    let (zh, en) = match problem {
        ZoneProblem::NoName => ("第一条记录必须有名称", "the first record needs a name"),
        ZoneProblem::NoType => ("缺少记录类型", "the record type is missing"),
        ZoneProblem::UnknownType => ("不支持这种记录类型", "unsupported record type"),
        ZoneProblem::IncompleteData => ("内容不完整", "the data is incomplete"),
        ZoneProblem::NoIpv4 => ("不是有效的 IPv4 地址", "not a valid IPv4 address"),
        ZoneProblem::NoIpv6 => ("不是有效的 IPv6 地址", "not a valid IPv6 address"),
        ZoneProblem::NoNumber => ("这里应当是数字", "a number is expected here"),
        ZoneProblem::NoDomain => ("不是有效的域名", "not a valid domain name"),
        ZoneProblem::NoQuotes => (
            "包含空格的 TXT 需要加引号",
            "a TXT record with spaces needs quotes",
        ),
        ZoneProblem::OpenQuote => ("引号没有闭合", "the quotation mark is not closed"),
        ZoneProblem::AddressForName => (
            "这里应当是主机名，而不是地址",
            "a host name is expected here, not an address",
        ),
    };
    in_language(
        language,
        &format!("第 {line} 行第 {column} 列：{zh}。"),
        &format!("Line {line}, column {column}: {en}."),
    )
}

/// The label for the origin of a host; `None` for an unchanged host of the file.
pub fn from(words: &'static Texts, from: Origin) -> Option<&'static str> {
    match from {
        Origin::File => None,
        Origin::Changed => Some(words.changed),
        Origin::Own => Some(words.mine),
    }
}

/// The name of a kind of step.
pub fn step(language: Language, key: &str) -> String {
    let (zh, en) = match key {
        "submit" => ("发送邮件", "Send a message"),
        "type" => ("手动输入对话", "Type a dialogue"),
        "zone" => ("DNS 记录变更", "DNS records change"),
        "fault.down" => ("主机断网", "Host goes offline"),
        "fault.up" => ("主机恢复联网", "Host comes back online"),
        "fault.crash" => ("主机崩溃", "Host crashes"),
        "fault.restart" => ("主机重启", "Host restarts"),
        "fault.link" => (
            "链路变慢、断开或封锁端口",
            "Link slow, down or ports blocked",
        ),
        "fault.cut" => ("连接在指定字节断开", "Connection breaks after some bytes"),
        "fault.lost" => ("命令的应答丢失", "Reply to a command is lost"),
        "fault.reply" => ("替换命令的应答", "Replace the reply to a command"),
        "fault.rewrite" => ("攻击者篡改内容", "Attacker modifies the data"),
        "fault.dns" => ("DNS 查询失败", "DNS lookup fails"),
        "fault.stale" => ("缓存中保留旧记录", "Stale DNS cache"),
        "fault.disk" => ("磁盘已满", "Disk full"),
        "fault.clock" => ("时钟不准", "Wrong clock"),
        "fault.certificate" => ("证书异常", "Bad certificate"),
        "settings" => ("主机设置变更", "Host settings change"),
        "alias" => ("别名变更", "Alias changes"),
        "quota" => ("邮箱配额变更", "Quota changes"),
        "dkim" => ("签名密钥变更", "Signing key changes"),
        _ => return key.to_owned(),
    };
    in_language(language, zh, en)
}

/// The label of an option of a choice.
pub fn choice(language: Language, word: &str) -> String {
    let (zh, en) = match word {
        "true" => ("是", "yes"),
        "false" => ("否", "no"),
        "glasspost" => ("邮件服务器", "a mail server"),
        "nothing" => ("不监听端口（个人电脑）", "no services (personal computer)"),
        "script" => (
            "按脚本应答（外部服务器）",
            "scripted replies (external server)",
        ),
        "off" => ("关闭", "off"),
        "note" => ("仅记录", "log only"),
        "score" => ("计分", "score"),
        // "refuse" is the former name, which scenario files may contain.
        "reject" | "refuse" => ("拒收", "reject"),
        "enforce" => ("强制执行", "enforce"),
        "testing" => ("测试模式", "testing"),
        "good" => ("有效", "valid"),
        "expired" => ("过期", "expired"),
        "other-name" => ("名称不符", "name mismatch"),
        "untrusted" => ("不受信任", "untrusted"),
        "none" => ("没有", "none"),
        "nxdomain" => ("没有这个名字（NXDOMAIN）", "no such name (NXDOMAIN)"),
        "servfail" => ("服务器出错（SERVFAIL）", "server failure (SERVFAIL)"),
        "timeout" => ("无应答", "no answer"),
        _ => return word.to_owned(),
    };
    in_language(language, zh, en)
}

#[cfg(test)]
mod tests {
    use super::super::kinds::{ALIAS, DKIM_KEY, HOST, PERSON, SETTINGS, STEPS};
    use super::*;

    #[test]
    fn every_field_step_and_choice_is_named_in_both_languages() {
        use super::super::form::Kind;
        let settings = SETTINGS.iter().flat_map(|(_, fields)| fields.iter());
        let steps = STEPS.iter().flat_map(|kind| kind.fields.iter());
        let lists = PERSON.iter().chain(&ALIAS).chain(&DKIM_KEY);
        for field_of in HOST.iter().chain(lists).chain(settings).chain(steps) {
            let (zh, en) = (
                field(Language::Chinese, field_of.path),
                field(Language::English, field_of.path),
            );
            assert!(
                zh.chars().any(|c| c > '\u{2e80}')
                    || zh == en && zh.chars().all(|c| c.is_ascii_uppercase()),
                "{}: {zh}",
                field_of.path
            );
            if let Kind::Choice(words) = field_of.kind {
                for word in words {
                    assert_ne!(choice(Language::Chinese, word), *word, "{word}");
                }
            }
        }
        for kind in &STEPS {
            assert_ne!(step(Language::Chinese, kind.key), kind.key);
        }
    }
}
