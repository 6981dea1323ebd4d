//! Every word of the editor, Chinese and English side by side.

use super::edits::Origin;
use super::field_error::FieldError;
use super::zone::{Fault, ZoneProblem};
use frontend::i18n::{Language, Locale};

frontend::texts! {
    /// The editor's fixed words.
    pub Texts {
        lead: "主机、人、域名记录和要发生的事都可以改。每改一处，这一幕就从头真的再演一遍。", "Hosts, people, DNS records and what happens: change any of it. With each change the whole scene is really played anew.";
        undo: "撤销", "Undo";
        redo: "重做", "Redo";
        start_over: "全部还原", "Take all changes back";
        playing: "正在演…", "Playing it through…";
        plays: "可以演，已放上舞台", "It plays, and is on the stage";
        add: "添加", "Add";
        save: "确定", "Apply";
        cancel: "取消", "Cancel";
        remove: "删除", "Remove";
        edit: "编辑", "Edit";
        restore: "恢复", "Bring back";
        changed: "已改", "changed";
        mine: "新加", "new";
        off: "已停用", "left out";
        empty_sheet: "从白纸开始", "Begin with an empty sheet";
        take_as_own: "作为自己的场景另存", "Make it a scenario of your own";

        add_domain: "添加一个域", "Add a domain";
        add_domain_hint: "会带来一台收信的服务器、一台电脑、一个人和需要的域名记录。", "It comes with a server for its mail, a laptop, a person and the records that lead there.";
        domain: "域名", "Domain";
        user: "用户名", "User";
        domain_taken: "这个域已经有了，或者没有空闲的地址了。", "The domain is there already, or no address is free.";
        add_machine: "添加一台电脑", "Add a machine";
        send_message: "写一封信", "Send a message";
        message_from: "寄信人", "From";
        message_to: "收信人", "To";
        message_subject: "主题", "Subject";
        message_text: "正文", "Text";
        message_at: "什么时候", "When";
        fetch_mail: "让人来取信", "Let somebody fetch mail";
        nobody: "还没有人有信箱。先添加一个域。", "Nobody has a mailbox yet. Add a domain first.";

        hosts: "主机", "Hosts";
        no_hosts: "还没有主机。", "There are no hosts yet.";
        people: "信箱", "Mailboxes";
        add_person: "添加一个人", "Add a person";
        settings: "设置", "Settings";
        settings_hint: "空着就是服务器出厂的样子。", "What is left empty is as the server comes.";
        settings_all: "全部设置（JSON）", "All settings (JSON)";
        as_it_comes: "出厂值", "as it comes";
        unchanged: "不变", "unchanged";
        yes: "是", "yes";
        no: "否", "no";
        group_door: "门口", "The door";
        group_auth: "SPF、DKIM、DMARC", "SPF, DKIM, DMARC";
        group_queue: "队列", "The queue";
        group_outbound: "寄出", "Sending";
        group_limits: "限额与其他", "Limits and more";

        records: "域名记录", "DNS records";
        table: "表格", "Table";
        text: "文本", "Text";
        record_name: "名字", "Name";
        record_type: "类型", "Type";
        record_data: "内容", "Data";
        add_record: "添加一条记录", "Add a record";
        zone_text: "区域文件", "Zone file";
        zone_good: "没有问题", "Nothing is wrong";
        in_text_only: "有几行只能在文本里改（$ORIGIN、括号里的多行）。", "Some lines can only be changed in the text ($ORIGIN, entries over several lines).";

        steps: "要发生的事", "What happens";
        no_steps: "还没有要发生的事。写一封信试试。", "Nothing happens yet. Send a message.";
        add_step: "添加一件事", "Add something that happens";
        step_kind: "什么事", "What";
        other_step: "（用 JSON 编辑）", "(edited as JSON)";

        world: "整个世界", "The world";
        lasts: "演多久", "It lasts";
        latency: "一般的线路延迟", "Latency of links";
        seed: "随机种子", "Seed of chance";

        found_draft: "上次改到一半的还在。", "What you changed last time is still here.";
        take_up: "接着改", "Take it up";
        forget: "不要了", "Throw it away";
    }
}

/// The words in use, followed.
pub fn texts(t: Locale) -> &'static Texts {
    Texts::of(t.language())
}

/// A word, followed.
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

/// What is wrong with a field, in a sentence.
pub fn field_error(language: Language, error: &FieldError) -> String {
    let say = |zh: &str, en: &str| in_language(language, zh, en);
    match error {
        FieldError::Empty => say("这里要填。", "This must be filled in."),
        FieldError::NoName => say("这不是域名。", "This is no domain name."),
        FieldError::RealName => say(
            "实验室里的名字要以 .test 或 .example 结尾。",
            "Names of the Lab end in .test or .example.",
        ),
        FieldError::NoIp => say("这不是 IP 地址。", "This is no IP address."),
        FieldError::RealIp => say(
            "实验室只用留给文档的地址：192.0.2.*、198.51.100.*、203.0.113.*、2001:db8::*。",
            "The Lab has addresses of the documentation ranges only: 192.0.2.*, 198.51.100.*, 203.0.113.*, 2001:db8::*.",
        ),
        FieldError::NoMail => say(
            "这不是邮箱地址，应当像 carol@c.test。",
            "This is no mail address; one looks like carol@c.test.",
        ),
        FieldError::NoSpan => say(
            "写成 250ms、90s、5m、4h 或 5d。",
            "Write 250ms, 90s, 5m, 4h or 5d.",
        ),
        FieldError::NoNumber(least, most) => say(
            &format!("要一个从 {least} 到 {most} 的整数。"),
            &format!("It takes a whole number from {least} to {most}."),
        ),
        FieldError::Taken => say("这个名字已经有了。", "This name is taken."),
        FieldError::TimedOut(max) => say(
            &format!("太长了，最多 {max} 个字符。"),
            &format!("That is too long; {max} characters at most."),
        ),
        FieldError::NoDialogue(line) => say(
            &format!("第 {line} 行：要以 >（说）、<（听）、.（等，例如 . 5s）或 / 开头。"),
            &format!("Line {line}: it begins with > (say), < (listen), . (wait, as in . 5s) or /."),
        ),
        FieldError::NoReply => say(
            "要以三位数的代码开头，例如 450 4.2.1 Try again later。",
            "It begins with a code of three digits, as in 450 4.2.1 Try again later.",
        ),
        FieldError::NoJson(line, column) => say(
            &format!("第 {line} 行第 {column} 列：这不是 JSON。"),
            &format!("Line {line}, column {column}: this is no JSON."),
        ),
    }
}

/// What is wrong in a zone, with its place.
pub fn zone_fault(language: Language, fault: Fault) -> String {
    let Fault {
        line,
        column,
        problem,
    } = fault;
    let (zh, en) = match problem {
        ZoneProblem::NoName => ("第一条记录要有名字", "the first record needs a name"),
        ZoneProblem::NoType => ("少了记录类型", "a record type is missing"),
        ZoneProblem::UnknownType => ("不认识这种类型", "this type is not known here"),
        ZoneProblem::FetchError => ("后面还少东西", "something is missing behind it"),
        ZoneProblem::NoIpv4 => ("这不是 IPv4 地址", "this is no IPv4 address"),
        ZoneProblem::NoIpv6 => ("这不是 IPv6 地址", "this is no IPv6 address"),
        ZoneProblem::NoNumber => ("这里要一个数", "a number is wanted here"),
        ZoneProblem::NoDomain => ("这不是域名", "this is no domain name"),
        ZoneProblem::NoQuotes => (
            "几个词的 TXT 要加引号",
            "a TXT of several words needs quotes",
        ),
        ZoneProblem::OpenQuote => ("引号没有合上", "nothing closes this quotation mark"),
        ZoneProblem::AddressForName => (
            "这里要的是主机名，不是地址",
            "a host's name belongs here, not an address",
        ),
    };
    in_language(
        language,
        &format!("第 {line} 行第 {column} 列：{zh}。"),
        &format!("Line {line}, column {column}: {en}."),
    )
}

/// Whence a host comes; nothing for one that is as in the file.
pub fn from(words: &'static Texts, from: Origin) -> Option<&'static str> {
    match from {
        Origin::File => None,
        Origin::Changed => Some(words.changed),
        Origin::Own => Some(words.mine),
    }
}

/// What a field is called, by the end of its path.
pub fn field(language: Language, path: &str) -> String {
    let words = FIELDS
        .iter()
        .chain(&MORE_FIELDS)
        .find(|(end, ..)| path == *end || path.ends_with(&format!(".{end}")));
    match words {
        Some((_, zh, en)) => in_language(language, zh, en),
        None => path.rsplit('.').next().unwrap_or(path).to_owned(),
    }
}

// The longer ends first.
const FIELDS: [(&str, &str, &str); 70] = [
    ("greylist.enabled", "灰名单", "Greylisting"),
    (
        "greylist.delay",
        "灰名单：多久后可以再来",
        "Greylisting: come back after",
    ),
    (
        "inbound.greet_pause",
        "问候前先等",
        "Wait before the greeting",
    ),
    (
        "checks.ptr_missing",
        "地址没有名字（PTR）",
        "The address has no name (PTR)",
    ),
    (
        "checks.ptr_unconfirmed",
        "名字指不回地址",
        "The name does not lead back",
    ),
    (
        "checks.helo_syntax",
        "HELO 不是完整的名字",
        "HELO says no full name",
    ),
    (
        "checks.helo_unresolved",
        "HELO 的名字查不到",
        "HELO says an unknown name",
    ),
    (
        "checks.early_talker",
        "抢先开口",
        "Speaks before the greeting",
    ),
    (
        "inbound.hops_max",
        "最多经过几台主机",
        "Hosts that a message may have passed",
    ),
    ("auth.spf", "SPF", "SPF"),
    ("auth.dkim", "DKIM", "DKIM"),
    ("auth.dmarc", "DMARC", "DMARC"),
    ("auth.arc", "ARC", "ARC"),
    (
        "queue.first_retry",
        "第一次重试前等",
        "Before the first retry",
    ),
    (
        "queue.longest_retry",
        "两次重试最多隔",
        "Longest pause between retries",
    ),
    (
        "queue.warn_after",
        "多久后告诉寄信人还在等",
        "Tell the sender that it takes long after",
    ),
    ("queue.give_up_after", "多久后放弃", "Give up after"),
    (
        "outbound.mta_sts",
        "遵守别人的 MTA-STS",
        "Obey others' MTA-STS",
    ),
    ("outbound.mta_sts_mode", "自己的 MTA-STS", "Its own MTA-STS"),
    ("outbound.dane", "使用 DANE", "Use DANE"),
    (
        "outbound.srs",
        "转发时改写寄信人（SRS）",
        "Rewrite senders of forwarded mail (SRS)",
    ),
    (
        "limits.message_bytes_max",
        "最大的信（字节）",
        "Largest message (octets)",
    ),
    (
        "limits.plaintext_login",
        "不加密也可以登录 IMAP、POP3",
        "IMAP and POP3 take passwords without TLS",
    ),
    (
        "submission.directory",
        "登录后可用 VRFY",
        "VRFY for whoever has signed in",
    ),
    ("between.0", "一端", "One end"),
    ("between.1", "另一端", "The other end"),
    ("octets-per-second", "每秒字节数", "Octets per second"),
    ("lost-per-mille", "丢包（千分之几）", "Lost, of a thousand"),
    ("blocked-ports", "封掉的端口", "Blocked ports"),
    ("after-octets", "过了多少字节之后", "After so many octets"),
    (
        "to-client",
        "数服务器说的",
        "Counted in what the server says",
    ),
    ("key.domain", "替哪个域签名", "Signs for the domain"),
    ("key.selector", "选择器", "Selector"),
    ("key.signs", "签名", "It signs"),
    ("to-host", "连到主机", "To the host"),
    ("quota.octets", "限额（字节）", "Quota (octets)"),
    ("quota.person", "谁的信箱", "Whose mailbox"),
    ("fault.down", "哪台主机", "Host"),
    ("fault.up", "哪台主机", "Host"),
    ("fault.crash", "哪台主机", "Host"),
    ("fault.restart", "哪台主机", "Host"),
    (
        "submit.from",
        "信封寄信人（空着是 <>）",
        "Envelope sender (empty: <>)",
    ),
    ("submit.to", "信封收信人", "Envelope recipients"),
    ("alias.to", "转给", "Leads to"),
    ("alias.name", "别名", "Alias"),
    ("dns.name", "域名", "Name"),
    ("stale.name", "域名", "Name"),
    ("rewrite.put", "换成", "Becomes"),
    (
        "settings.set",
        "改哪些设置（JSON）",
        "Settings to change (JSON)",
    ),
    ("zone.set", "新的记录", "New records"),
    ("address", "地址", "Address"),
    ("name", "名字", "Name"),
    ("runs", "运行什么", "What runs there"),
    ("domains", "替哪些域收信", "Takes mail for"),
    ("password", "密码", "Password"),
    ("quota", "限额（字节）", "Quota (octets)"),
    ("at", "什么时候", "When"),
    ("on", "在哪台机器上", "On the machine"),
    ("port", "端口", "Port"),
    (
        "login",
        "登录名（空着就不登录）",
        "Signs in as (empty: not at all)",
    ),
    ("message", "信", "The message"),
    ("tls", "一开始就加密", "TLS from the beginning"),
    ("lines", "对话", "The dialogue"),
    ("latency", "单程延迟", "One way takes"),
    ("from", "从哪台主机", "From the host"),
    ("to", "到哪台主机", "To the host"),
    (
        "command",
        "哪条命令（. 是信的结尾）",
        "Which command (. is the message's end)",
    ),
    ("nth", "第几次", "The so-manieth"),
    ("times", "连续几次", "So many times"),
    ("host", "主机", "Host"),
];

const MORE_FIELDS: [(&str, &str, &str); 12] = [
    ("held", "扣住，不丢", "Held back, nothing is lost"),
    ("severed", "线断了", "Severed"),
    ("told", "两边都知道断了（RST）", "Both sides are told (RST)"),
    ("reply", "答复", "The reply"),
    ("find", "原来的话", "These words"),
    ("answer", "域名服务器答", "Name servers answer"),
    ("kept", "缓存着旧的", "The old answer is kept"),
    ("full", "满了", "It is full"),
    (
        "seconds",
        "快了几秒（负数是慢）",
        "Seconds ahead (below zero: behind)",
    ),
    ("kind", "哪种证书", "Which certificate"),
    ("selector", "选择器", "Selector"),
    ("signs", "签名", "It signs"),
];

/// What a kind of step is called.
pub fn step(language: Language, key: &str) -> String {
    let (zh, en) = match key {
        "submit" => ("有人寄信", "Somebody sends a message"),
        "type" => ("有人手打一段对话", "Somebody types a dialogue"),
        "zone" => ("域名记录变了", "DNS records change"),
        "fault.down" => ("主机断网", "A host goes off the network"),
        "fault.up" => ("主机恢复", "A host comes back"),
        "fault.crash" => ("主机崩溃", "A host crashes"),
        "fault.restart" => ("主机重启", "A host starts again"),
        "fault.link" => (
            "线路变慢、断开或封端口",
            "A link: slow, severed, blocked ports",
        ),
        "fault.cut" => ("连接在第几个字节断开", "A connection breaks at an octet"),
        "fault.lost" => ("命令的答复丢了", "The answer to a command is lost"),
        "fault.reply" => ("换一个答复代码", "A command is answered otherwise"),
        "fault.rewrite" => ("路上有人改字", "An attacker changes words"),
        "fault.dns" => ("域名查询失败", "DNS fails for a name"),
        "fault.stale" => ("缓存里还是旧的记录", "A cache keeps an old record"),
        "fault.disk" => ("磁盘满了", "A disk is full"),
        "fault.clock" => ("时钟不准", "A clock is wrong"),
        "fault.certificate" => ("证书坏了", "A certificate is bad"),
        "settings" => ("主机的设置变了", "A host's settings change"),
        "alias" => ("别名变了", "An alias changes"),
        "quota" => ("信箱限额变了", "A quota changes"),
        "dkim" => ("签名密钥变了", "A signing key changes"),
        _ => return key.to_owned(),
    };
    in_language(language, zh, en)
}

/// What a word of a choice means.
pub fn choice(language: Language, word: &str) -> String {
    let (zh, en) = match word {
        "true" => ("是", "yes"),
        "false" => ("否", "no"),
        "glasspost" => ("邮件服务器", "a mail server"),
        "nothing" => (
            "什么也不监听（个人电脑）",
            "nothing listens (a person's machine)",
        ),
        "script" => (
            "照剧本演（别人的服务器）",
            "a script (somebody else's server)",
        ),
        "off" => ("不管", "off"),
        "note" => ("记下来", "note it"),
        "score" => ("扣分", "score it"),
        "refuse" => ("拒收", "refuse"),
        "enforce" => ("照办", "enforce"),
        "testing" => ("只试不拒", "testing"),
        "good" => ("完好", "good"),
        "expired" => ("过期", "expired"),
        "other-name" => ("名字不对", "of another name"),
        "untrusted" => ("不受信任", "untrusted"),
        "none" => ("没有", "none"),
        "nxdomain" => ("没有这个名字（NXDOMAIN）", "no such name (NXDOMAIN)"),
        "servfail" => ("服务器出错（SERVFAIL）", "server failure (SERVFAIL)"),
        "timeout" => ("没有回音", "no answer"),
        _ => return word.to_owned(),
    };
    in_language(language, zh, en)
}

#[cfg(test)]
mod tests {
    use super::super::kinds::{HOST, PERSON, SETTINGS, STEPS};
    use super::*;

    #[test]
    fn every_field_step_and_choice_has_its_words_in_both_languages() {
        use super::super::form::Kind;
        let settings = SETTINGS.iter().flat_map(|(_, fields)| fields.iter());
        let steps = STEPS.iter().flat_map(|kind| kind.fields.iter());
        for field_of in HOST.iter().chain(&PERSON).chain(settings).chain(steps) {
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
