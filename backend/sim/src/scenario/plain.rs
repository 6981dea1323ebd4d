//! Why a file, an edit or a run is refused, in plain words of both languages. The readers of TOML,
//! JSON, zones and settings say it in English, each in its own jargon, as a text and nothing else;
//! here such a text is taken apart by its form and said anew. What has no form that is known
//! here still becomes a whole sentence, without the jargon.

use super::spec::Text;

/// A text with holes, and the same in plain words: `{0}`, `{1}` are what stood in the holes, `{*1}`
/// is said anew itself.
struct Phrase {
    heard: &'static str,
    zh: &'static str,
    en: &'static str,
}

const fn phrase(heard: &'static str, zh: &'static str, en: &'static str) -> Phrase {
    Phrase { heard, zh, en }
}

/// What readers of files and of settings say; the longer forms first.
const READERS: [Phrase; 23] = [
    phrase(
        "missing field `{}`",
        "缺少“{0}”这一项。",
        "The entry “{0}” is missing.",
    ),
    phrase(
        "unknown field `{}`, expected one of {}",
        "没有“{0}”这一项，这里可以写的是：{1}。",
        "There is no entry “{0}”; there are {1}.",
    ),
    phrase(
        "unknown field `{}`, expected {} or {}",
        "没有“{0}”这一项，这里可以写的是：{1}、{2}。",
        "There is no entry “{0}”; there are {1} and {2}.",
    ),
    phrase(
        "unknown field `{}`, expected {}",
        "没有“{0}”这一项，这里可以写的是：{1}。",
        "There is no entry “{0}”; there is {1}.",
    ),
    phrase(
        "unknown field `{}`, there are no fields",
        "没有“{0}”这一项。",
        "There is no entry “{0}”.",
    ),
    phrase(
        "unknown variant `{}`, expected one of {}",
        "“{0}”不能用在这里，可以用的是：{1}。",
        "“{0}” does not fit here; what fits is one of {1}.",
    ),
    phrase(
        "unknown variant `{}`, expected {} or {}",
        "“{0}”不能用在这里，可以用的是：{1}、{2}。",
        "“{0}” does not fit here; what fits is {1} or {2}.",
    ),
    phrase(
        "unknown variant `{}`, expected {}",
        "“{0}”不能用在这里，可以用的是：{1}。",
        "“{0}” does not fit here; what fits is {1}.",
    ),
    phrase(
        "duplicate field `{}`",
        "“{0}”写了两次。",
        "The entry “{0}” stands there twice.",
    ),
    phrase(
        "duplicate key `{}` in {}",
        "“{0}”写了两次。",
        "The entry “{0}” stands there twice.",
    ),
    phrase(
        "duplicate key{}",
        "同一项写了两次。",
        "One entry stands there twice.",
    ),
    phrase(
        "invalid type: {}, expected {}",
        "这里是{*0}，应当是{*1}。",
        "Here is {*0}; what is wanted is {*1}.",
    ),
    phrase(
        "invalid value: {}, expected {}",
        "这里是{*0}，应当是{*1}。",
        "Here is {*0}; what is wanted is {*1}.",
    ),
    phrase(
        "invalid length {}, expected {}",
        "这里有 {0} 个值，个数不对。",
        "Here are {0} values; that is not the right number.",
    ),
    phrase(
        "data did not match any variant of untagged enum {}",
        "这里的写法没有一种对得上。",
        "What stands here has none of the forms that are known.",
    ),
    phrase(
        "`{}` is no length of time; {}",
        "“{0}”不是时间长度；应当写成 250ms、90s、5m、4h、5d。",
        "“{0}” is no length of time; write 250ms, 90s, 5m, 4h or 5d.",
    ),
    phrase(
        "EOF while parsing {}",
        "文件没有写完就断了。",
        "The file ends in the middle.",
    ),
    phrase(
        "recursion limit exceeded",
        "一层套一层，套得太深了。",
        "Too much is nested here.",
    ),
    phrase(
        "trailing characters",
        "文件到这里已经写完，后面却还有字。",
        "The file is over by here, and more follows.",
    ),
    phrase(
        "trailing comma",
        "这个逗号后面什么也没有。",
        "Nothing follows this comma.",
    ),
    phrase(
        "unclosed {}",
        "这里有括号或引号没有合上。",
        "Something that was opened here is never closed.",
    ),
    phrase("{}, expected `]`", "这里少一个 ]。", "A ] is missing here."),
    phrase(
        "{} quoted, expected {}",
        "文字要放在引号里。",
        "A text stands in quotation marks.",
    ),
];

/// What is there and what is wanted, in the words of the reader of files.
const KINDS: [Phrase; 21] = [
    phrase("string \"{}\"", "文字“{0}”", "the text “{0}”"),
    phrase("integer `{}`", "整数 {0}", "the whole number {0}"),
    phrase("floating point `{}`", "小数 {0}", "the number {0}"),
    phrase("boolean `{}`", "{0}", "{0}"),
    phrase("null", "空值", "nothing"),
    phrase("unit value", "空值", "nothing"),
    phrase("datetime{}", "日期", "a date"),
    phrase("sequence", "一个列表", "a list"),
    phrase("map", "一个表", "a table"),
    phrase("table", "一个表", "a table"),
    phrase("a sequence{}", "一个列表", "a list"),
    phrase("a map{}", "一个表", "a table"),
    phrase("a boolean", "true 或 false", "true or false"),
    phrase("a borrowed string", "文字", "a text"),
    phrase("a string{}", "文字", "a text"),
    phrase("string or map", "文字或一个表", "a text or a table"),
    phrase("struct {}", "一个表", "a table"),
    phrase(
        "enum {}",
        "这里认得的一个词",
        "one of the words that are known here",
    ),
    phrase("u{}", "不小于零的整数", "a whole number from zero on"),
    phrase("i{}", "整数", "a whole number"),
    phrase("a positive {}", "正数", "a number above zero"),
];

/// What the readers of zones, names, dialogues and faults say, and what breaks a run off.
const WORLD: [Phrase; 49] = [
    phrase(
        "the zone, line {}: {}",
        "区域文件第 {0} 行：{*1}",
        "Line {0} of the zone: {*1}",
    ),
    phrase(
        "the zone: line {}: {}",
        "区域文件第 {0} 行：{*1}",
        "Line {0} of the zone: {*1}",
    ),
    phrase(
        "{} is no number of seconds",
        "“{0}”不是秒数。",
        "“{0}” is no number of seconds.",
    ),
    phrase(
        "{} needs more data",
        "{0} 记录后面少了东西。",
        "Something is missing behind {0}.",
    ),
    phrase(
        "{} is no number up to {}",
        "“{0}”不是 0 到 {1} 的整数。",
        "“{0}” is no whole number from 0 to {1}.",
    ),
    phrase(
        "{} is no IPv4 address",
        "“{0}”不是 IPv4 地址。",
        "“{0}” is no IPv4 address.",
    ),
    phrase(
        "{} is no IPv6 address",
        "“{0}”不是 IPv6 地址。",
        "“{0}” is no IPv6 address.",
    ),
    phrase(
        "{} is no record type that is known here",
        "这里不认识“{0}”这种记录。",
        "No record of the type “{0}” is known here.",
    ),
    phrase(
        "{} are no octets in hexadecimal digits",
        "“{0}”不是十六进制数字。",
        "“{0}” are no hexadecimal digits.",
    ),
    phrase(
        "a domain name has an empty label",
        "域名里有一段是空的。",
        "A part of the domain name is empty.",
    ),
    phrase(
        "a domain name is at most {}",
        "域名太长：全长最多 255 个字节，每一段最多 63 个。",
        "The domain name is too long: 255 octets in all, 63 in each part.",
    ),
    phrase(
        "a domain name holds letters, digits and inner hyphens",
        "域名里只能有字母、数字和中间的连字符。",
        "A domain name holds letters, digits and inner hyphens.",
    ),
    phrase(
        "an address needs an @ with a domain behind it",
        "邮箱地址要有 @，后面是域名。",
        "An address needs an @ with a domain behind it.",
    ),
    phrase(
        "the part before the @ is not well formed",
        "@ 前面的部分写得不对。",
        "The part before the @ is not well formed.",
    ),
    phrase(
        "{} is no name for the Lab: {}",
        "{0} 不能用作实验室里的名字：要以 .test 或 .example 结尾。",
        "{0} is no name for the Lab: it must end in .test or .example.",
    ),
    phrase(
        "{} is no address for the Lab: {}",
        "{0} 不能用作实验室里的地址：只能用留给文档的 192.0.2.*、198.51.100.*、203.0.113.*、2001:db8::* 和 3fff:*。",
        "{0} is no address for the Lab: addresses are of 192.0.2.*, 198.51.100.*, 203.0.113.*, 2001:db8::* and 3fff:*.",
    ),
    phrase(
        "`{}`: a domain of the Lab ends in .test or .example",
        "“{0}”：实验室里的域名要以 .test 或 .example 结尾。",
        "“{0}”: a domain of the Lab ends in .test or .example.",
    ),
    phrase(
        "`{}` is no address",
        "“{0}”不是地址。",
        "“{0}” is no address.",
    ),
    phrase(
        "{} is taken",
        "{0} 已经有主机用了。",
        "Another host has {0} already.",
    ),
    phrase(
        "there is no host {}",
        "没有叫 {0} 的主机。",
        "There is no host {0}.",
    ),
    phrase(
        "the host's store could not be opened: {}",
        "主机的信箱打不开，这是引擎的错。",
        "The host's mailboxes could not be opened; the fault is the engine's.",
    ),
    phrase(
        "`{{}}`: write selector@domain",
        "“{{0}}”：要写成“选择器@域名”。",
        "“{{0}}”: write selector@domain.",
    ),
    phrase(
        "`{{}}` has no record",
        "“{{0}}”没有对应的记录。",
        "“{{0}}” stands for no record.",
    ),
    phrase(
        "`/ {}`: finish, listen, hang and tls are known",
        "对白里没有“/ {0}”，有的是 / finish、/ listen、/ hang 和 / tls。",
        "A dialogue knows no “/ {0}”, but / finish, / listen, / hang and / tls.",
    ),
    phrase(
        "a dialogue's line begins with {}, not so: `{}`",
        "对白的每一行要以 > < ~ ! ? . 或 / 开头，这一行不是：“{1}”。",
        "Each line of a dialogue begins with > < ~ ! ? . or /, but not this one: “{1}”.",
    ),
    phrase(
        "`{}`: \\{} is not known; {}",
        "“{0}”：不认识 \\{1}，可以写的是 \\r、\\n、\\t 和 \\\\。",
        "“{0}”: \\{1} is not known; \\r, \\n, \\t and \\\\ are.",
    ),
    phrase("`{}` is no port", "“{0}”不是端口。", "“{0}” is no port."),
    phrase(
        "`{}`: a name and a type are wanted",
        "“{0}”：要写一个名字和一种记录类型。",
        "“{0}”: a name and a type of record are wanted.",
    ),
    phrase(
        "`{}` names no type of record",
        "“{0}”里没有记录类型。",
        "“{0}” names no type of record.",
    ),
    phrase(
        "`{}` is no command whose answer can be changed; {} are",
        "“{0}”的答复不能换，可以换的是：{1}。",
        "The answer to “{0}” cannot be changed; it can be for {1}.",
    ),
    phrase(
        "`{}` is no refusal; {}",
        "“{0}”不是拒绝；拒绝以 452、550 这样的代码开头。",
        "“{0}” is no refusal; one begins with a code such as 452 or 550.",
    ),
    phrase(
        "there are no words to be replaced",
        "没有写要换掉哪些字。",
        "The words to be replaced are missing.",
    ),
    phrase(
        "`{}` is no failure of DNS; {}",
        "“{0}”不是 DNS 的故障；可以写 nxdomain、servfail、timeout 和 none。",
        "“{0}” is no failure of DNS; nxdomain, servfail, timeout and none are.",
    ),
    phrase(
        "`{}` is no kind of certificate; {}",
        "“{0}”不是证书的种类；可以写 good、expired、other-name、untrusted 和 none。",
        "“{0}” is no kind of certificate; good, expired, other-name, untrusted and none are.",
    ),
    phrase(
        "the scenario lasts longer than {} days",
        "场景最多持续 {0} 天。",
        "A scenario lasts at most {0} days.",
    ),
    phrase(
        "more than {} events: a loop, most likely; broken off at {}",
        "发生了 {0} 件以上的事，多半是转起了圈，已经在 {1} 停下。",
        "More than {0} things happened, most likely in a loop, so the run was broken off at {1}.",
    ),
    phrase(
        "the run is too much work; broken off after {} turns at {}",
        "这次演出太费工夫，走了 {0} 步之后在 {1} 停下。",
        "The run is too much work: it was broken off after {0} turns, at {1}.",
    ),
    phrase(
        "tasks spin at {}:{}",
        "在 {0}，几台主机原地打转，时间不再前进，所以停下了。",
        "At {0} hosts went round on the spot and time stood still, so the run was broken off.",
    ),
    phrase(
        "nobody has this address there",
        "那里没有人用这个地址。",
        "Nobody has this address there.",
    ),
    phrase("no address", "这不是邮箱地址。", "This is no mail address."),
    phrase(
        "the limits must be at least 1; {}",
        "各项限额至少是 1；不限就不要写 messages_per_minute_max。",
        "The limits must be at least 1; for none, leave messages_per_minute_max out.",
    ),
    phrase(
        "{} must be at least {} and not longer than {}",
        "{0} 至少是 {1}，也不能超过 {2}。",
        "{0} must be at least {1} and not longer than {2}.",
    ),
    phrase(
        "{} must be at least {}",
        "{0} 至少是 {1}。",
        "{0} must be at least {1}.",
    ),
    phrase(
        "{} must not be above {}",
        "{0} 不能大于 {1}。",
        "{0} must not be above {1}.",
    ),
    phrase(
        "{} must be from {} to {}",
        "{0} 要在 {1} 到 {2} 之间。",
        "{0} must be from {1} to {2}.",
    ),
    phrase(
        "{} must be shorter than {}",
        "{0} 要比 {1} 短。",
        "{0} must be shorter than {1}.",
    ),
    phrase("{} needs {}", "用了 {0}，还要有 {1}。", "{0} needs {1}."),
    phrase(
        "there are no files in the Lab; write password",
        "实验室里没有文件；请直接写 password。",
        "There are no files in the Lab; write password.",
    ),
    phrase(
        "step {} (at {}): {}",
        "第 {0} 步（{1}）：{*2}",
        "Step {0} (at {1}): {*2}",
    ),
];

/// A place in front of what is wrong there.
const PLACES: [Phrase; 2] = [
    phrase(
        "{}: settings: {}",
        "{0} 的设置：{*1}",
        "Settings of {0}: {*1}",
    ),
    phrase("{}: {}", "{0}：{*1}", "{0}: {*1}"),
];

/// Said of what has no form that is known.
const NOT_KNOWN: (&str, &str) = ("这里的写法不对。", "What stands here cannot be read.");

/// A reader's words, in plain ones.
pub fn plain(heard: &str) -> Text {
    let heard = heard.trim().trim_end_matches('.');
    let readers = READERS.iter().chain(&KINDS).chain(&WORLD).chain(&PLACES);
    let found = readers
        .filter_map(|phrase| holes(phrase.heard, heard).map(|holes| (phrase, holes)))
        .next();
    let Some((phrase, holes)) = found else {
        return Text {
            zh: NOT_KNOWN.0.to_owned(),
            en: NOT_KNOWN.1.to_owned(),
        };
    };
    let (mut zh, mut en) = (phrase.zh.to_owned(), phrase.en.to_owned());
    for (number, hole) in holes.iter().enumerate() {
        let again = format!("{{*{number}}}");
        if zh.contains(&again) || en.contains(&again) {
            let inner = plain(hole);
            zh = zh.replace(&again, &inner.zh);
            en = en.replace(&again, &inner.en);
        }
        let hole = hole.replace('`', "");
        zh = zh.replace(&format!("{{{number}}}"), &hole.replace(", ", "、"));
        en = en.replace(&format!("{{{number}}}"), &hole);
    }
    Text { zh, en }
}

/// What stands in the holes of a form; none where the text has another.
fn holes<'a>(form: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut pieces = form.split("{}");
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut holes = Vec::new();
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let end = match (piece.is_empty(), pieces.peek()) {
            (true, None) => rest.len(),
            (false, None) => rest.strip_suffix(piece)?.len(),
            _ => rest.find(piece)?,
        };
        holes.push(&rest[..end]);
        rest = &rest[end + piece.len()..];
    }
    rest.is_empty().then_some(holes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Scenario, read_any};

    fn check(heard: &str, zh: &str, en: &str) {
        let told = plain(heard);
        assert_eq!((told.zh.as_str(), told.en.as_str()), (zh, en), "{heard}");
    }

    #[test]
    fn jargon_becomes_a_sentence_of_either_language() {
        check(
            "missing field `zone`",
            "缺少“zone”这一项。",
            "The entry “zone” is missing.",
        );
        check(
            "unknown field `a`, expected one of `b`, `c`, `d`",
            "没有“a”这一项，这里可以写的是：b、c、d。",
            "There is no entry “a”; there are b, c, d.",
        );
        check(
            "invalid type: string \"one\", expected u32",
            "这里是文字“one”，应当是不小于零的整数。",
            "Here is the text “one”; what is wanted is a whole number from zero on.",
        );
        check(
            "the zone, line 3: x is no IPv4 address",
            "区域文件第 3 行：“x”不是 IPv4 地址。",
            "Line 3 of the zone: “x” is no IPv4 address.",
        );
        check(
            "mail.a.test: settings: unknown field `dor`, expected `door` or `auth`",
            "mail.a.test 的设置：没有“dor”这一项，这里可以写的是：door、auth。",
            "Settings of mail.a.test: There is no entry “dor”; there are door and auth.",
        );
        check(
            "bob@b.test: nobody has this address there",
            "bob@b.test：那里没有人用这个地址。",
            "bob@b.test: Nobody has this address there.",
        );
        check(
            "expected value",
            "这里的写法不对。",
            "What stands here cannot be read.",
        );
    }

    /// A scenario that is broken in one way, and a word of the sentence.
    fn refused(text: &str) -> (String, String, bool) {
        let error = read_any(text)
            .err()
            .unwrap_or_else(|| panic!("it is played:\n{text}"));
        (error.zh, error.why, error.place.is_some())
    }

    #[test]
    fn whatever_is_wrong_in_a_file_is_a_sentence_in_the_readers_language() {
        let good = include_str!("../../../../static/scenarios/01-first-message.toml");
        let json = crate::scenario::to_json(&crate::scenario::read(good).unwrap());
        let in_zone =
            |line: &str| json.replacen("\"zone\": \"", &format!("\"zone\": \"{line}\\n"), 1);
        let cases = [
            good.replace("version = 1\n", "version = one\n"),
            good.replace("version = 1\n", "version = \"one\"\n"),
            good.replace("version = 1\n", "version = -1\n"),
            good.replace("version = 1\n", "version = 1\nversion = 2\n"),
            good.replace("version = 1\n", "version = 1\nhello = 2\n"),
            good.replace("runs = \"glasspost\"", "runs = \"sendmail\""),
            good.replace("[[host]]", "[[host]"),
            good.replace("a.test", "gmail.com"),
            good[..good.len() / 2].to_owned(),
            json[..json.len() / 2].to_owned(),
            json.replace("\"version\": 1", "\"version\": true"),
            json.replace("\"version\": 1", "\"version\": ,"),
            json.replace("192.0.2.25", "8.8.8.8"),
            json.replace("192.0.2.25", "here"),
            in_zone("x.test. A here"),
            in_zone("x.test. SPF x"),
            in_zone("x.test. MX"),
            in_zone("x.test. MX 10 ..test."),
            json.replacen(
                "\"runs\": \"glasspost\"",
                "\"runs\": \"glasspost\", \"settings\": {\"dor\": {}}",
                1,
            ),
            String::new(),
        ];
        for (number, text) in cases.iter().enumerate() {
            let error = read_any(text).err();
            assert!(error.is_some(), "the case {number} is played");
            let (zh, en, _) = refused(text);
            let ends = zh.ends_with('。') && en.ends_with('.');
            let jargon = [
                "expected",
                "invalid",
                "struct",
                "missing field",
                "variant",
                "line ",
            ]
            .iter()
            .any(|word| zh.contains(word));
            let said = zh.chars().filter(|c| *c > '\u{2e80}').count() >= 4;
            assert!(ends && !jargon && said, "{number}: {zh} | {en}");
        }
    }

    #[test]
    fn the_place_of_a_fault_in_a_file_is_known() {
        let good = include_str!("../../../../static/scenarios/01-first-message.toml");
        assert!(refused(&good.replace("version = 1\n", "version = one\n")).2);
        assert!(refused(&good.replace("runs = \"glasspost\"", "runs = \"sendmail\"")).2);
        let _: fn(&str) -> Result<Scenario, crate::scenario::ScenarioError> = read_any;
    }
}
