//! The texts about lists and folders with arguments.

use super::Locale;
use super::format::counted;
use crate::state::address::visible;
use crate::state::folders::level;
use wire::{ListOrder, SearchNote};

impl Locale {
    /// Warns what happens to a folder's messages and subfolders when it is deleted.
    pub fn remove_folder_warning(self, n: usize, below: &[String]) -> String {
        let messages = match (self.is_chinese(), n) {
            (true, 0) => "其中没有邮件。".to_owned(),
            (true, _) => format!("其中的 {}会移到“已删除”。", self.messages(n)),
            (false, 0) => "It contains no messages.".to_owned(),
            (false, _) => format!("{} will be moved to Trash.", self.messages(n)),
        };
        if below.is_empty() {
            return messages;
        }
        let names = self.names(below);
        if self.is_chinese() {
            let number = self.number(below.len() as f64);
            format!("{number} 个子文件夹（{names}）会一并删除。{messages}")
        } else {
            let subfolders = counted(self, below.len(), "subfolder", "subfolders");
            format!("{subfolders} ({names}) will be deleted too. {messages}")
        }
    }

    /// Confirms the deletion of a folder.
    pub fn folder_removed(self, name: &str, n: usize) -> String {
        let name = level(name).1;
        match (self.is_chinese(), n) {
            (true, 0) => format!("文件夹“{name}”已删除"),
            (true, _) => format!("文件夹“{name}”已删除，{}已移到“已删除”", self.messages(n)),
            (false, 0) => format!("{name} deleted"),
            (false, _) => format!("{name} deleted, {} moved to Trash", self.messages(n)),
        }
    }

    /// Reports that all loaded messages are selected, but not the whole list.
    pub fn loaded_selected(self, n: usize) -> String {
        if self.is_chinese() {
            format!("已选择已加载的 {}。", self.messages(n))
        } else {
            format!(
                "{} selected, as far as the list is loaded.",
                self.messages(n)
            )
        }
    }

    /// Offers to select the whole folder: `Select all 5,000 messages in Inbox`.
    pub fn select_folder(self, n: usize, folder: &str) -> String {
        if self.is_chinese() {
            format!("选择“{folder}”中的全部 {}", self.messages(n))
        } else {
            format!("Select all {} in {folder}", self.messages(n))
        }
    }

    /// Reports that the whole list is selected.
    pub fn whole_selected(self, n: usize) -> String {
        if self.is_chinese() {
            format!("已选择全部 {}。", self.messages(n))
        } else {
            format!("All {} are selected.", self.messages(n))
        }
    }

    /// The name of a list order.
    pub fn order(self, order: ListOrder) -> &'static str {
        let w = self.texts();
        match order {
            ListOrder::Newest => w.order_newest,
            ListOrder::Oldest => w.order_oldest,
            ListOrder::Sender => w.order_sender,
            ListOrder::Subject => w.order_subject,
            ListOrder::Size => w.order_size,
        }
    }

    /// Describes a part of a query that the search did not understand.
    pub fn search_note(self, note: &SearchNote) -> String {
        match note {
            SearchNote::UnknownFilter(name) => self.unknown_filter(&visible(name)),
            SearchNote::BadValue { filter, value } => {
                self.bad_filter_value(filter, &visible(value))
            }
            SearchNote::NoSuchFolder(name) => self.no_such_folder(&visible(name)),
            SearchNote::TooManyTerms(max) => self.too_many_terms(&self.number(f64::from(*max))),
        }
    }
}
