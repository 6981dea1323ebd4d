//! The texts of saving and sharing in both languages.

use super::file::FileError;
use super::saved::SaveError;
use crate::state::shared_work::LinkError;
use frontend::i18n::{Language, Locale};

frontend::texts! {
    /// The fixed texts of saving and sharing.
    pub Texts {
        share: "保存与分享", "Save and share";
        close: "关闭", "Close";
        link: "链接", "Link";
        link_hint: "修改都包含在链接里，打开链接的人会看到完全相同的运行。修改不会发送到任何服务器。", "All changes are in the link: whoever opens it sees exactly the same run. Nothing is sent to a server.";
        copy_link: "复制链接", "Copy link";
        copied: "已复制", "Copied";
        too_long: "修改太多，无法放进链接。请导出为文件。", "There are too many changes for a link. Export a file instead.";
        save: "保存到此设备", "Save on this device";
        name: "名称", "Name";
        save_now: "保存", "Save";
        saved: "已保存", "Saved";
        nothing_saved: "还没有保存的内容。", "Nothing saved yet.";
        open: "打开", "Open";
        remove: "删除", "Remove";
        export: "导出", "Export";
        range: "范围", "Range";
        range_all: "全部", "Everything";
        range_before: "从开头到当前", "From the beginning to here";
        range_after: "从当前到结尾", "From here to the end";
        range_steps: "指定步骤", "Selected steps";
        step_from: "起始步骤", "From step";
        step_to: "结束步骤", "To step";
        pcapng_hint: "范围适用于文字记录、分镜图和抓包。抓包如果从连接中途开始，会包含该连接的开头，以便阅读。实验室的 TLS 是模拟的：抓包里有握手和每段密文的长度，但没有密钥，Wireshark 无法解密；要读加密内容，请用文字记录。", "The range applies to transcripts, storyboards and packet captures. A capture that begins in the middle of a connection includes its beginning so that it can be read. TLS in the Lab is modelled: a capture shows handshakes and the size of what is encrypted, but there are no keys, so Wireshark cannot decrypt it. Use a transcript to read encrypted content.";
        as_json: "场景文件（JSON）", "Scenario file (JSON)";
        as_transcript_zh: "文字记录（中文）", "Transcript in Chinese";
        as_transcript_en: "文字记录（英文）", "Transcript in English";
        as_svg: "分镜图（SVG）", "Storyboard (SVG)";
        as_png: "分镜图（PNG）", "Storyboard (PNG)";
        as_pcapng: "抓包文件（PCAPNG）", "Packet capture (PCAPNG)";
        not_made: "文件生成失败。如果图片太大，请使用 SVG 或缩小范围。", "The file could not be created. If the picture is too large, use SVG or a smaller range.";
        import: "导入", "Import";
        import_hint: "打开一个场景文件（JSON 或 TOML）。", "Open a scenario file (JSON or TOML).";
        choose_file: "选择文件…", "Choose a file…";
        refused: "无法使用此文件：", "This file cannot be used: ";
        useless: "无法使用此链接中的修改：", "The changes in this link cannot be used: ";
        dismiss: "知道了", "Dismiss";
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
            "链接不完整，可能复制时有遗漏。请对方重新发送。",
            "the link is incomplete, probably because part of it was lost when copying. Ask for it again.",
        ),
        LinkError::Newer(form) => say(
            language,
            &format!("链接来自更新的版本（格式 {form}）。请刷新页面，或联系管理员升级。"),
            &format!(
                "it was created by a newer version (format {form}). Reload the page, or ask your administrator to upgrade."
            ),
        ),
        LinkError::TooLarge => say(
            language,
            "内容太大。请对方导出为文件。",
            "it is too large. Ask for a file instead.",
        ),
        LinkError::WrongContent => say(
            language,
            "链接里不是场景的修改。",
            "it does not contain changes to a scenario.",
        ),
        LinkError::OlderVersion(theirs, ours) => say(
            language,
            &format!(
                "修改属于此场景的旧版本（{theirs}），当前是第 {ours} 版，可能已不适用。现在显示的是没有修改的场景。"
            ),
            &format!(
                "they belong to an older version of this scenario ({theirs}; this is {ours}) and may no longer apply. The scenario is shown without them."
            ),
        ),
        LinkError::NewerVersion(theirs, ours) => say(
            language,
            &format!(
                "修改属于此场景的更新版本（{theirs}），这里是第 {ours} 版。请联系管理员升级。现在显示的是没有修改的场景。"
            ),
            &format!(
                "they belong to a newer version of this scenario ({theirs}; this is {ours}). Ask your administrator to upgrade. The scenario is shown without them."
            ),
        ),
        LinkError::OtherScenario(theirs, ours) => say(
            language,
            &format!("修改属于场景 {theirs}，而这是场景 {ours}。"),
            &format!("they belong to scenario {theirs}, and this is scenario {ours}."),
        ),
    }
}

/// Why a work was not saved, in a sentence.
pub fn save_error(language: Language, why: SaveError) -> String {
    match why {
        SaveError::NoName => say(language, "请输入名称。", "Enter a name."),
        SaveError::LongName => say(
            language,
            "名称太长，最多 80 个字符。",
            "The name is too long: at most 80 characters.",
        ),
        SaveError::Full => say(
            language,
            "此设备的存储空间不足。请删除一些内容，或导出为文件。",
            "There is not enough storage on this device. Remove something or export a file.",
        ),
        SaveError::Unreadable => say(
            language,
            "以前保存的内容无法读取，因此没有覆盖。请先导出为文件。",
            "Previously saved work cannot be read and was not overwritten. Export a file instead.",
        ),
    }
}

/// Why a file is rejected, in a sentence.
pub fn file_error(language: Language, why: FileError) -> String {
    match why {
        FileError::Empty => say(language, "文件是空的。", "it is empty."),
        FileError::TooLarge(there, max) => say(
            language,
            &format!("文件有 {there} 字节，上限是 {max} 字节。"),
            &format!("it has {there} bytes; the limit is {max}."),
        ),
        FileError::NotText => say(language, "不是文本文件。", "it is not a text file."),
        FileError::NotScenario => say(
            language,
            "不是场景文件：缺少 [world] 部分。",
            "it is not a scenario: the [world] section is missing.",
        ),
    }
}
