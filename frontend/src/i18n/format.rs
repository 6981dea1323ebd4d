//! The texts with arguments: one method of [`Locale`] each, with both languages side by side.

use super::{Language, Locale};
use crate::state::address::{AddressFault, visible};
use crate::state::delivery::DeliveryStatus;
use crate::state::draft::SendBlocker;
use crate::state::files::{self, FileType};
use crate::state::folders::level;
use crate::state::keys::Action;
use crate::state::search::Token;
use event::Role;
use mail::SpecialUse;
use std::borrow::Borrow;
use wire::FolderKind;

/// Declares methods of [`Locale`]: `formatted! { name(arg: Type): "中文 {arg}", "English {arg}"; … }`
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
    reached_at(time: &str): "{time} 到达", "at {time}";
    reached_after_ms(number: &str): "{number} 毫秒后", "after {number} ms";
    reached_after_seconds(number: &str): "{number} 秒后", "after {number} s";
    reached_long(date: &str): "到达时间：{date}", "Reached {date}";
    rename_item(name: &str): "重命名“{name}”", "Rename {name}";
    delete_item(name: &str): "删除“{name}”", "Delete {name}";
    remove_folder_title(name: &str): "删除文件夹“{name}”？", "Delete the folder “{name}”?";
    file_with_ending(ending: &str): "{ending} 文件", "{ending} file";
    folder_inside(name: &str, parent: &str): "“/”分隔层级：文件夹“{name}”位于“{parent}”之下。", "The slash makes a subfolder: “{name}” inside “{parent}”.";
    remove_item(name: &str): "移除 {name}", "Remove {name}";
    download_item(name: &str): "下载 {name}", "Download {name}";
    names_and_more(names: &str, more: &str, total: &str): "{names} 等 {total} 人", "{names} and {more} more";
    show_all_people(count: &str): "显示全部 {count} 人", "Show all {count}";
    hidden_character(code: &str): "地址中有不可见字符（{code}）", "The address contains an invisible character ({code})";
    to_names(names: &str): "发给 {names}", "To {names}";
    cc_names(names: &str): "抄送 {names}", "Cc {names}";
    bcc_names(names: &str): "密送 {names}", "Bcc {names}";
    delivered_to_others(n: usize): "已送达其他 {n} 人", "delivered to others: {n}";
    other_address_in_name(shown: &str, real: &str):
        "发件人的名称里写着另一个地址（{shown}），实际地址是 {real}。",
        "The sender’s name shows another address ({shown}). The real address is {real}.";
    own_domain_unproven(domain: &str):
        "这封邮件自称来自本站的 {domain}，但未能证实。请先与发件人核实，再照做或打开链接。",
        "This message claims to come from {domain}, your own domain, but that could not be verified. Check with the sender before you act on it.";
    misleading_link(shown: &str, target: &str):
        "邮件中有一个链接写着 {shown}，实际通往 {target}。请不要在那里输入密码。",
        "A link in this message says {shown} but leads to {target}. Don’t enter a password there.";
    sent_for(sender: &str, author: &str): "由 {sender} 代 {author} 发送", "Sent by {sender} for {author}";
    junk_because(reasons: &str): "归入垃圾邮件的原因：{reasons}。", "In Junk because {reasons}.";
    quoted_intro(who: &str, date: &str): "{date}，{who} 写道：", "On {date}, {who} wrote:";
    forwarded_intro(from: &str, date: &str, subject: &str, to: &str):
        "----- 转发的邮件 -----\n发件人：{from}\n日期：{date}\n主题：{subject}\n收件人：{to}",
        "----- Forwarded message -----\nFrom: {from}\nDate: {date}\nSubject: {subject}\nTo: {to}";
    forwarded_copies(names: &str): "抄送：{names}", "Cc: {names}";
    excluded(filter: &str): "排除 {filter}", "Not {filter}";
    unknown_filter(name: &str): "没有“{name}:”这个筛选条件，已按普通文字搜索。", "There is no filter “{name}:”. It was searched for as text.";
    bad_filter_value(filter: &str, value: &str): "无法识别“{filter}:{value}”，已按普通文字搜索。", "“{filter}:{value}” isn’t understood. It was searched for as text.";
    no_such_folder(name: &str): "没有名为“{name}”的文件夹。", "There is no folder “{name}”.";
    too_many_terms(max: &str): "只搜索前 {max} 个条件。", "Only the first {max} terms were searched for.";
    arrived(who: &str, subject: &str): "来自 {who} 的新邮件：{subject}", "New message from {who}: {subject}";
    upload_progress(sent: &str, all: &str): "已上传 {sent} / {all}", "{sent} of {all}";
    size_of_limit(size: &str, max: &str): "{size} / {max}", "{size} of {max}";
    at_host(host: &str): "服务器：{host}", "Server: {host}";
    demo_hint(addresses: &str): "这是演示环境，可以给这些地址发邮件：{addresses}", "This is a demo. You can write to: {addresses}";
    recipient_waiting(time: &str, reply: &str): "对方服务器暂时拒收，系统将于 {time} 重试（{reply}）", "Delayed, retrying at {time} ({reply})";
    recipient_relayed(host: &str): "已发送到 {host}", "Sent to {host}";
    recipient_failed(reply: &str): "对方拒收（{reply}）", "Rejected ({reply})";
    not_an_address(address: &str): "“{address}”不是有效的邮箱地址。", "“{address}” isn’t a valid email address.";
    upload_failed(name: &str): "“{name}”上传失败，请移除后重试。", "“{name}” couldn’t be uploaded. Remove it and try again.";
    problem_address(address: &str): "邮箱地址无效：{address}", "Invalid email address: {address}";
    problem_recipient_not_found(address: &str):
        "收件人 {address} 不存在，邮件没有发给任何人。请更正或移除这个地址后重新发送。",
        "There is no mailbox {address}, so the message was not sent to anyone. Correct or remove this address, then send again.";
    problem_recipient_rejected(address: &str, reply: &str):
        "服务器拒绝了收件人 {address}，邮件没有发给任何人。请移除这个地址后重新发送。（{reply}）",
        "{address} was rejected, so the message was not sent to anyone. Remove this address, then send again. ({reply})";
    problem_recipients_not_found(addresses: &str):
        "收件人 {addresses} 不存在，邮件没有发给任何人。请更正或移除这些地址后重新发送。",
        "There are no mailboxes {addresses}, so the message was not sent to anyone. Correct or remove these addresses, then send again.";
    problem_recipients_rejected(addresses: &str, reply: &str):
        "服务器拒绝了收件人 {addresses}，邮件没有发给任何人。请移除这些地址后重新发送。（{reply}）",
        "{addresses} were rejected, so the message was not sent to anyone. Remove these addresses, then send again. ({reply})";
    problem_rejected(reply: &str): "服务器拒绝了这封邮件，邮件没有发给任何人：{reply}", "The message was rejected and not sent to anyone: {reply}";
    problem_too_large(size: &str): "超过大小上限（{size}）。", "Too large: the limit is {size}.";
    problem_server(number: &str): "系统繁忙，请稍后重试。（错误码：{number}）", "Something went wrong on the server ({number}). Try again in a moment.";
}

/// Maximum number of names shown of a long list.
const NAMES_MAX: usize = 3;

/// A number with its noun: `1 message`, `2 messages`.
pub(super) fn counted(t: Locale, n: usize, one: &str, many: &str) -> String {
    format!("{} {}", t.number(n as f64), if n == 1 { one } else { many })
}

impl Locale {
    pub(super) fn is_chinese(self) -> bool {
        self.language() == Language::Chinese
    }

    /// A number of messages: `12 messages`.
    pub fn messages(self, n: usize) -> String {
        if self.is_chinese() {
            format!("{} 封邮件", self.number(n as f64))
        } else {
            counted(self, n, "message", "messages")
        }
    }

    /// A number of selected messages: `3 selected`.
    pub fn selected(self, n: usize) -> String {
        if self.is_chinese() {
            format!("已选 {} 封", self.number(n as f64))
        } else {
            format!("{} selected", self.number(n as f64))
        }
    }

    /// A number of attachments: `2 attachments`.
    pub fn attachments(self, n: usize) -> String {
        if self.is_chinese() {
            format!("{n} 个附件")
        } else {
            counted(self, n, "attachment", "attachments")
        }
    }

    /// Confirms a move.
    pub fn moved(self, n: usize, to: &str) -> String {
        if self.is_chinese() {
            format!("{n} 封邮件已移动到“{to}”")
        } else {
            format!("{} moved to {to}", self.messages(n))
        }
    }

    /// How far an action on many messages is.
    pub fn progress(self, done: usize, all: usize) -> String {
        let (done, all) = (self.number(done as f64), self.number(all as f64));
        if self.is_chinese() {
            format!("正在处理 {all} 封邮件，已完成 {done} 封…")
        } else {
            format!("{done} of {all} messages done…")
        }
    }

    /// Confirms a permanent deletion.
    pub fn deleted_permanently(self, n: usize) -> String {
        if self.is_chinese() {
            format!("已彻底删除 {n} 封邮件")
        } else {
            format!("{} permanently deleted", self.messages(n))
        }
    }

    /// Asks before a permanent deletion.
    pub fn delete_title(self, n: usize) -> String {
        if self.is_chinese() {
            format!("彻底删除 {n} 封邮件？")
        } else {
            format!("Permanently delete {}?", self.messages(n))
        }
    }

    /// The title of the dialog for moving messages.
    pub fn move_title(self, n: usize) -> String {
        if self.is_chinese() {
            format!("将 {n} 封邮件移动到")
        } else {
            format!("Move {} to", self.messages(n))
        }
    }

    /// Reports that sign-in is throttled.
    pub fn problem_too_many_attempts(self, seconds: u32) -> String {
        if self.is_chinese() {
            format!("尝试次数过多，请 {seconds} 秒后重试。")
        } else {
            format!(
                "Too many attempts. Try again in {}.",
                counted(self, seconds as usize, "second", "seconds")
            )
        }
    }

    /// Why a message cannot be sent yet.
    pub fn send_blocker(self, blocker: &SendBlocker) -> String {
        match blocker {
            SendBlocker::NoRecipient => self.problem_no_recipient.to_owned(),
            SendBlocker::InvalidAddress(address) => self.not_an_address(&visible(address)),
            SendBlocker::Uploading => self.still_uploading.to_owned(),
            SendBlocker::UploadFailed(name) => self.upload_failed(name),
            SendBlocker::TooLarge(max) => self.problem_too_large(&self.size(*max)),
        }
    }

    /// The first few of many names: `Ann, Ben and 198 more`.
    pub fn names<S: Borrow<str>>(self, names: &[S]) -> String {
        let between = if self.is_chinese() { "、" } else { ", " };
        if names.len() <= NAMES_MAX + 1 {
            return names.join(between);
        }
        let first = names[..NAMES_MAX].join(between);
        let number = |n: usize| self.number(n as f64);
        self.names_and_more(
            &first,
            &number(names.len() - NAMES_MAX),
            &number(names.len()),
        )
    }

    /// A number of recipients: `200 recipients`.
    pub fn recipients(self, n: usize) -> String {
        if self.is_chinese() {
            format!("{} 位收件人", self.number(n as f64))
        } else {
            counted(self, n, "recipient", "recipients")
        }
    }

    /// Describes an error in an address.
    pub fn address_fault(self, fault: AddressFault) -> String {
        match fault {
            AddressFault::NoAt => self.address_without_at.to_owned(),
            AddressFault::LocalPart => self.address_local_part.to_owned(),
            AddressFault::Domain => self.address_domain.to_owned(),
            AddressFault::Refused => self.address_refused.to_owned(),
            AddressFault::Dotless => self.address_dotless.to_owned(),
            AddressFault::Invisible(c) => self.hidden_character(&format!("U+{:04X}", u32::from(c))),
        }
    }

    /// A folder's name: translated for special folders, the last level for others.
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

    /// A folder's full name.
    pub fn folder_path(self, kind: FolderKind, name: &str) -> String {
        if kind == FolderKind::Own {
            name.replace('/', " / ")
        } else {
            self.folder(kind, name)
        }
    }

    /// A folder's count, for screen readers.
    pub fn count_spoken(self, kind: FolderKind, n: u32) -> String {
        match (kind, self.is_chinese()) {
            (FolderKind::Special(SpecialUse::Drafts), _) => self.messages(n as usize),
            (_, true) => format!("{n} 封未读"),
            (_, false) => format!("{n} unread"),
        }
    }

    /// The status of a sent message.
    pub fn delivery_status(self, status: DeliveryStatus) -> &'static str {
        match status {
            DeliveryStatus::Sending => self.texts().sending,
            DeliveryStatus::Accepted => self.texts().status_accepted,
            DeliveryStatus::Waiting => self.texts().status_waiting,
            DeliveryStatus::Delivered => self.texts().status_delivered,
            DeliveryStatus::Failed => self.texts().status_failed,
        }
    }

    /// The name of a role.
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

    /// A search filter, on its chip.
    pub fn filter(self, token: &Token) -> String {
        match token {
            Token::Word { .. } => token.typed(),
            Token::Filter {
                negated: false,
                key,
                value,
            } => self.filter_text(key, value),
            Token::Filter { key, value, .. } => self.excluded(&self.filter_text(key, value)),
        }
    }

    /// A suggested filter; without a value it is completed by typing.
    pub fn filter_offer(self, key: &str, value: &str) -> String {
        self.filter_text(key, value)
            .trim_end_matches([' ', '：', ':'])
            .to_owned()
    }

    fn filter_text(self, key: &str, value: &str) -> String {
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
            "cc" => Some(self.texts().cc),
            "bcc" => Some(self.texts().bcc),
            "subject" => Some(self.texts().subject),
            "filename" => Some(self.texts().filter_filename),
            "larger" => Some(self.texts().filter_larger),
            "smaller" => Some(self.texts().filter_smaller),
            "newer_than" => Some(self.texts().filter_newer_than),
            "older_than" => Some(self.texts().filter_older_than),
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

    /// What people call a file; `ending` is that of its name.
    pub fn file_type(self, of: FileType, ending: &str) -> String {
        let w = self.texts();
        match of {
            FileType::Text => w.file_text,
            FileType::Pdf => "PDF",
            FileType::Picture => w.file_picture,
            FileType::Archive => w.file_archive,
            FileType::Document => w.file_document,
            FileType::Spreadsheet => w.file_spreadsheet,
            FileType::Presentation => w.file_presentation,
            FileType::Audio => w.file_audio,
            FileType::Video => w.file_video,
            FileType::Event => w.event_published,
            FileType::Contact => w.file_contact,
            FileType::Message => w.message,
            FileType::WebPage => w.file_web_page,
            FileType::Other if ending.is_empty() => w.file,
            FileType::Other => return self.file_with_ending(&ending.to_uppercase()),
        }
        .to_owned()
    }

    /// The description of a keyboard action.
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

    /// A size: `182 KB`.
    pub fn size(self, bytes: u64) -> String {
        let (size, unit) = files::size(bytes);
        format!("{} {unit}", self.number(size))
    }
}
