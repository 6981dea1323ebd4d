//! Every word of sharing, Chinese and English side by side.

use super::file::FileError;
use super::link::LinkError;
use super::saved::SaveError;
use frontend::i18n::{Language, Locale};

frontend::texts! {
    /// The fixed words of sharing.
    pub Texts {
        share: "保存与分享", "Save and share";
        close: "关闭", "Close";
        link: "链接", "Link";
        link_hint: "您的改动都写在链接里，打开的人看到一模一样的演出。改动不会发给任何服务器。", "All your changes are in the link: whoever opens it sees exactly the same run. They are not sent to any server.";
        copy_link: "复制链接", "Copy the link";
        copied: "已复制", "Copied";
        too_long: "改动太多，写不进链接了。请导出为文件。", "There are too many changes for a link. Export a file instead.";
        save: "存在这台设备上", "Save on this device";
        name: "名字", "Name";
        save_now: "保存", "Save";
        saved: "已保存", "Saved";
        nothing_saved: "还没有保存过。", "Nothing is saved yet.";
        open: "打开", "Open";
        remove: "删除", "Remove";
        export: "导出", "Export";
        range: "范围", "Range";
        range_all: "从头到尾", "From beginning to end";
        range_before: "从头到现在", "From the beginning to here";
        range_after: "从现在到结尾", "From here to the end";
        range_steps: "从某一步到某一步", "From one step to another";
        step_from: "从第几步", "From step";
        step_to: "到第几步", "To step";
        pcapng_hint: "范围管的是文字记录、分镜图和抓包。抓包从一条连接的中途开始时，会带上它的开头，否则后面读不懂。", "The range is for transcripts, storyboards and packets. Packets that begin in the middle of a connection have its beginning with them: without it nobody could read the rest.";
        as_json: "场景文件（JSON）", "Scenario file (JSON)";
        as_transcript_zh: "文字记录（中文）", "Transcript in Chinese";
        as_transcript_en: "文字记录（英文）", "Transcript in English";
        as_svg: "分镜图（SVG）", "Storyboard (SVG)";
        as_png: "分镜图（PNG）", "Storyboard (PNG)";
        as_pcapng: "抓包文件（PCAPNG）", "Packets for Wireshark (PCAPNG)";
        not_made: "这个文件没有做出来。图太大时请用 SVG，或缩小范围。", "This file could not be made. Where a picture is too large, use the SVG or a smaller range.";
        import: "导入", "Import";
        import_hint: "打开一个场景文件（JSON 或 TOML）。", "Open a scenario file (JSON or TOML).";
        choose_file: "选择文件…", "Choose a file…";
        refused: "这个文件用不了：", "This file cannot be used: ";
        useless: "这个链接里的改动用不了：", "The changes in this link cannot be used: ";
        dismiss: "知道了", "All right";
    }
}

/// The texts in the current language; tracked.
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

fn say(language: Language, zh: &str, en: &str) -> String {
    if language == Language::Chinese {
        zh.to_owned()
    } else {
        en.to_owned()
    }
}

/// Why a link cannot be used, in a sentence.
pub fn link_error(language: Language, why: LinkError) -> String {
    match why {
        LinkError::Damaged => say(
            language,
            "它不完整，多半是复制时少了一段。请对方再发一次。",
            "it is damaged; most likely a piece was lost when it was copied. Ask for it again.",
        ),
        LinkError::Newer(form) => say(
            language,
            &format!("它来自更新的版本（格式 {form}）。请重新载入页面，或请管理员升级。"),
            &format!(
                "it was made by a newer version (form {form}). Load the page anew, or ask the administrator for an upgrade."
            ),
        ),
        LinkError::TooLarge => say(
            language,
            "它太大了。请对方导出为文件。",
            "it is too large. Ask for a file instead.",
        ),
        LinkError::WrongContent => say(
            language,
            "它里面不是场景的改动。",
            "what is in it are no changes of a scenario.",
        ),
        LinkError::OlderVersion(theirs, ours) => say(
            language,
            &format!(
                "它属于这一幕的旧版本（{theirs}），现在是第 {ours} 版，里面说的可能已经对不上了。舞台上是没有改动的样子。"
            ),
            &format!(
                "they belong to an older version of this scenario ({theirs}; this is {ours}), and what they say might not hold any more. The stage shows the scenario without them."
            ),
        ),
        LinkError::NewerVersion(theirs, ours) => say(
            language,
            &format!(
                "它属于这一幕更新的版本（{theirs}），这里还是第 {ours} 版。请管理员升级。舞台上是没有改动的样子。"
            ),
            &format!(
                "they belong to a newer version of this scenario ({theirs}; this is {ours}). Ask the administrator for an upgrade. The stage shows the scenario without them."
            ),
        ),
        LinkError::OtherScenario(theirs, ours) => say(
            language,
            &format!("它属于第 {theirs} 幕，而这是第 {ours} 幕。"),
            &format!("they belong to scenario {theirs}, and this is scenario {ours}."),
        ),
    }
}

/// Why something was not saved, in a sentence.
pub fn save_error(language: Language, why: SaveError) -> String {
    match why {
        SaveError::NoName => say(language, "请起个名字。", "It wants a name."),
        SaveError::LongName => say(
            language,
            "名字太长了，最多 80 个字。",
            "The name is too long; 80 characters at most.",
        ),
        SaveError::Full => say(
            language,
            "这台设备上存不下了。删掉一些，或导出为文件。",
            "There is no more room on this device. Remove something, or export a file.",
        ),
        SaveError::Unreadable => say(
            language,
            "以前保存的内容读不出来，所以不去动它。请先导出为文件。",
            "What was saved before cannot be read, so nothing is put over it. Export a file for now.",
        ),
    }
}

/// Why a file is not looked into, in a sentence.
pub fn file_error(language: Language, why: FileError) -> String {
    match why {
        FileError::Empty => say(language, "它是空的。", "it is empty."),
        FileError::TooLarge(there, max) => say(
            language,
            &format!("它有 {there} 个字节，最多读 {max} 个。"),
            &format!("it has {there} octets; at most {max} are read."),
        ),
        FileError::NotText => say(language, "它不是文本文件。", "it is no text."),
        FileError::NotScenario => say(
            language,
            "它不是场景文件：里面没有 [world] 这一节。",
            "it is no scenario: it has no section [world].",
        ),
    }
}
