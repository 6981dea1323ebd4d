//! The phrases that take numbers or names. Each is a function with both languages side by side.

use super::{Language, Locale};
use crate::state::delivery::Stand;
use crate::state::draft::Hindrance;
use crate::state::files;
use crate::state::folders::level;
use crate::state::keys::Action;
use crate::state::search::Token;
use event::Role;
use mail::SpecialUse;
use wire::FolderKind;

/// `formatted! { name(arg: Type): "中文 {arg}", "English {arg}"; … }`
macro_rules! formatted {
    ($($name:ident($($arg:ident: $kind:ty),*): $zh:literal, $en:literal;)*) => {
        impl Locale {
            $(
                #[doc = $en]
                pub fn $name(self, $($arg: $kind),*) -> String {
                    match self.language() {
                        Language::Chinese => format!($zh),
                        Language::English => format!($en),
                    }
                }
            )*
        }
    };
}

formatted! {
    rename_this(name: &str): "重命名“{name}”", "Rename {name}";
    remove_this(name: &str): "删除“{name}”", "Delete {name}";
    remove_folder_title(name: &str): "删除文件夹“{name}”？", "Delete the folder “{name}”?";
    take_away(name: &str): "移除 {name}", "Remove {name}";
    download_this(name: &str): "下载 {name}", "Download {name}";
    to_whom(names: &str): "发给 {names}", "To {names}";
    quoted_intro(who: &str, date: &str): "{who} 在 {date} 写道：", "{who} wrote on {date}:";
    forwarded_intro(from: &str, date: &str, subject: &str, to: &str):
        "----- 转发的邮件 -----\n发件人：{from}\n日期：{date}\n主题：{subject}\n收件人：{to}",
        "----- Forwarded message -----\nFrom: {from}\nDate: {date}\nSubject: {subject}\nTo: {to}";
    arrived(who: &str, subject: &str): "{who} 来信：{subject}", "New message from {who}: {subject}";
    sent_of(sent: &str, all: &str): "已上传 {sent}，共 {all}", "{sent} of {all}";
    size_of_limit(size: &str, max: &str): "整封信约 {size}，上限 {max}", "About {size} in all, of at most {max}";
    at_host(host: &str): "服务器 {host}", "Server {host}";
    demo_hint(addresses: &str): "这是演示。可以给这些地址写信：{addresses}", "This is a demonstration. You can write to: {addresses}";
    fate_waiting(time: &str, reply: &str): "对方暂时不收，{time} 再试（{reply}）", "Asked to wait; next try {time} ({reply})";
    fate_relayed(host: &str): "已交给 {host}", "Handed over to {host}";
    fate_failed(reply: &str): "被拒收（{reply}）", "Refused ({reply})";
    not_an_address(address: &str): "“{address}”不是邮箱地址。", "“{address}” is not an email address.";
    upload_failed(name: &str): "“{name}”没有上传成功，请移除后重试。", "“{name}” could not be uploaded. Remove it and try again.";
    problem_address(address: &str): "地址写得不对：{address}", "This address is not well formed: {address}";
    problem_recipient(address: &str, reply: &str): "无法投递给 {address}：{reply}", "{address} cannot be reached: {reply}";
    problem_too_large(size: &str): "太大了：上限是 {size}。", "Too large: at most {size}.";
    problem_name(why: &str): "不能用这个名称：{why}", "This name cannot be used: {why}";
    problem_server(number: &str): "服务器出错了（{number}），请稍后再试。", "The server has a problem ({number}). Try again in a moment.";
}

/// `1 message`, `2 messages` with the number as the language writes it.
fn counted(t: Locale, n: usize, one: &str, many: &str) -> String {
    format!("{} {}", t.number(n as f64), if n == 1 { one } else { many })
}

impl Locale {
    fn is_chinese(self) -> bool {
        self.language() == Language::Chinese
    }

    /// `12 messages`
    pub fn messages(self, n: usize) -> String {
        if self.is_chinese() {
            format!("{} 封", self.number(n as f64))
        } else {
            counted(self, n, "message", "messages")
        }
    }

    /// `3 selected`
    pub fn chosen(self, n: usize) -> String {
        if self.is_chinese() {
            format!("已选 {n} 封")
        } else {
            format!("{n} selected")
        }
    }

    /// `2 attachments`
    pub fn attachments(self, n: usize) -> String {
        if self.is_chinese() {
            format!("{n} 个附件")
        } else {
            counted(self, n, "attachment", "attachments")
        }
    }

    /// What was moved whereto.
    pub fn moved(self, n: usize, to: &str) -> String {
        if self.is_chinese() {
            format!("{n} 封邮件已移到“{to}”")
        } else {
            format!("{} moved to {to}", self.messages(n))
        }
    }

    /// What was deleted.
    pub fn deleted_permanently(self, n: usize) -> String {
        if self.is_chinese() {
            format!("{n} 封邮件已彻底删除")
        } else {
            format!("{} deleted for good", self.messages(n))
        }
    }

    /// The question before.
    pub fn erase_title(self, n: usize) -> String {
        if self.is_chinese() {
            format!("彻底删除 {n} 封邮件？")
        } else {
            format!("Delete {} for good?", self.messages(n))
        }
    }

    /// What goes with a folder.
    pub fn remove_folder_warning(self, n: usize) -> String {
        match (self.is_chinese(), n) {
            (true, 0) => "文件夹是空的。".to_owned(),
            (true, n) => format!("其中的 {n} 封邮件会一起彻底删除，无法取回。"),
            (false, 0) => "The folder is empty.".to_owned(),
            (false, n) => format!(
                "{} in it will be deleted with it. This cannot be taken back.",
                self.messages(n)
            ),
        }
    }

    /// The title of the dialog that moves.
    pub fn move_title(self, n: usize) -> String {
        if self.is_chinese() {
            format!("把 {n} 封邮件移动到")
        } else {
            format!("Move {} to", self.messages(n))
        }
    }

    /// Too many attempts.
    pub fn problem_slow(self, seconds: u32) -> String {
        if self.is_chinese() {
            format!("尝试太多次了，请等 {seconds} 秒再试。")
        } else {
            format!(
                "Too many attempts. Wait {} and try again.",
                counted(self, seconds as usize, "second", "seconds")
            )
        }
    }

    /// What hinders sending.
    pub fn hindrance(self, hindrance: &Hindrance) -> String {
        match hindrance {
            Hindrance::NoReceiver => self.problem_no_recipient.to_owned(),
            Hindrance::NotAnAddress(address) => self.not_an_address(address),
            Hindrance::Uploading => self.still_uploading.to_owned(),
            Hindrance::UploadFailed(name) => self.upload_failed(name),
            Hindrance::TooLarge(max) => self.problem_too_large(&self.size(*max)),
        }
    }

    /// A folder's name: special ones by their kind, others by their last level.
    pub fn folder(self, kind: FolderKind, name: &str) -> String {
        match kind {
            FolderKind::Inbox => self.inbox.to_owned(),
            FolderKind::Special(SpecialUse::Drafts) => self.drafts.to_owned(),
            FolderKind::Special(SpecialUse::Sent) => self.sent.to_owned(),
            FolderKind::Special(SpecialUse::Archive) => self.archive_folder.to_owned(),
            FolderKind::Special(SpecialUse::Junk) => self.junk_folder.to_owned(),
            FolderKind::Special(SpecialUse::Trash) => self.trash.to_owned(),
            FolderKind::Own => level(name).1.to_owned(),
        }
    }

    /// A folder's name with the levels above it.
    pub fn folder_path(self, kind: FolderKind, name: &str) -> String {
        if kind == FolderKind::Own {
            name.replace('/', " / ")
        } else {
            self.folder(kind, name)
        }
    }

    /// A folder's count, as it is spoken.
    pub fn count_spoken(self, kind: FolderKind, n: u32) -> String {
        match (kind, self.is_chinese()) {
            (FolderKind::Special(SpecialUse::Drafts), _) => self.messages(n as usize),
            (_, true) => format!("{n} 封未读"),
            (_, false) => format!("{n} unread"),
        }
    }

    /// How a message stands.
    pub fn stand(self, stand: Stand) -> &'static str {
        match stand {
            Stand::Sending => self.texts().sending,
            Stand::Accepted => self.texts().stand_accepted,
            Stand::Waiting => self.texts().stand_waiting,
            Stand::Delivered => self.texts().stand_delivered,
            Stand::Failed => self.texts().stand_failed,
        }
    }

    /// What a role does.
    pub fn role(self, role: Role) -> &'static str {
        let w = self.texts();
        match role {
            Role::Mua => w.role_mua,
            Role::Msa => w.role_msa,
            Role::Mta => w.role_mta,
            Role::Mda => w.role_mda,
            Role::Mra => w.role_mra,
            Role::Dns => w.role_dns,
        }
    }

    /// A filter of a search, on its chip.
    pub fn filter(self, token: &Token) -> String {
        match token {
            Token::Word(word) => word.clone(),
            Token::Filter { key, value } => self.filter_words(key, value),
        }
    }

    /// A filter that is offered; without a value it waits for one.
    pub fn filter_offer(self, key: &str, value: &str) -> String {
        self.filter_words(key, value)
            .trim_end_matches([' ', '：', ':'])
            .to_owned()
    }

    fn filter_words(self, key: &str, value: &str) -> String {
        let zh = self.is_chinese();
        let known = match (key, value) {
            ("is", "unread") => Some(if zh { "未读" } else { "Unread" }),
            ("is", "flagged" | "starred") => Some(self.texts().starred),
            ("has", "attachment") => Some(if zh { "有附件" } else { "Has attachment" }),
            _ => None,
        };
        let named = match key {
            "from" => Some(self.texts().from),
            "to" => Some(self.texts().to),
            "subject" => Some(self.texts().subject),
            "before" => Some(if zh { "早于" } else { "Before" }),
            "after" => Some(if zh { "晚于" } else { "After" }),
            "in" => Some(if zh { "位于" } else { "In" }),
            _ => None,
        };
        match (known, named) {
            (Some(known), _) => known.to_owned(),
            (_, Some(named)) if zh => format!("{named}：{value}"),
            (_, Some(named)) => format!("{named}: {value}"),
            _ => format!("{key}:{value}"),
        }
    }

    /// What a key does, for the help.
    pub fn action(self, action: Action) -> &'static str {
        let w = self.texts();
        match action {
            Action::Next => w.key_next,
            Action::Previous => w.key_previous,
            Action::Open => w.key_open,
            Action::Back => w.back,
            Action::Select => w.key_select,
            Action::Compose => w.compose,
            Action::Reply => w.reply,
            Action::ReplyAll => w.reply_all,
            Action::Forward => w.forward,
            Action::Archive => w.archive,
            Action::Trash => w.delete,
            Action::Junk => w.junk,
            Action::Move => w.move_to,
            Action::Star => w.star,
            Action::Read => w.mark_read,
            Action::Unread => w.mark_unread,
            Action::Undo => w.key_undo,
            Action::Search => w.search,
            Action::Journey => w.watch_journey,
            Action::Help => w.key_help,
            Action::GoInbox => w.go_inbox,
            Action::GoStarred => w.go_starred,
            Action::GoSent => w.go_sent,
            Action::GoDrafts => w.go_drafts,
            Action::GoArchive => w.go_archive,
        }
    }

    /// `182 KB`
    pub fn size(self, bytes: u64) -> String {
        let (size, unit) = files::size(bytes);
        format!("{} {unit}", self.number(size))
    }
}
