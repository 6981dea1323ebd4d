//! Attachments of a compose window: uploads and forwarded attachments.

use super::ComposeWindow;
use crate::state::draft::Composition;
use crate::web::http;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{File, FileList};
use wire::Problem;

impl ComposeWindow {
    /// Attaches files from the file dialog, a drop or the clipboard.
    pub fn attach_all(self, files: &FileList) {
        if untrack(|| self.is_sending()) {
            return;
        }
        for file in (0..files.length()).filter_map(|index| files.get(index)) {
            self.attach(file);
        }
    }

    fn attach(self, file: File) {
        let bytes = file.size() as u64;
        let name = self.with_untracked(|c| c.free_name(&file.name()));
        let max = untrack(|| self.bytes_max());
        let begun = self.update(|composition| {
            let key = composition.upload(&name, bytes);
            if max > 0 && composition.bytes() > max {
                composition.uploaded(key, Err(Problem::TooLarge(max).into()));
                return None;
            }
            Some(key)
        });
        let Some(key) = begun.flatten() else { return };
        let app = self.app;
        spawn_local(async move {
            let progress = move |sent| {
                self.update(|c| c.progress(key, sent));
            };
            let begun = move |handle| {
                app.upload_handles
                    .update_value(|all| all.push((self.number, key, handle)));
            };
            let result = http::upload(&file, &name, progress, begun).await;
            app.upload_handles
                .update_value(|all| all.retain(|(n, k, _)| (*n, *k) != (self.number, key)));
            let broken = result.is_err();
            if self.update(|c| c.uploaded(key, result)) != Some(true) {
                return;
            }
            if broken && self.with_untracked(|c| c.closed) {
                // The user must see that the file is missing.
                self.show();
            }
            self.keep_soon();
            if self.with_untracked(|c| c.closed) {
                self.save();
            }
        });
    }

    pub(super) fn cancel_uploads(self) {
        self.app.upload_handles.with_value(|all| {
            for (number, _, handle) in all {
                if *number == self.number {
                    handle.stop();
                }
            }
        });
    }

    /// Removes an upload that is in progress or failed.
    pub fn drop_upload(self, key: u32) {
        self.app.upload_handles.with_value(|all| {
            if let Some((.., handle)) = all
                .iter()
                .find(|(number, k, _)| (*number, *k) == (self.number, key))
            {
                handle.stop();
            }
        });
        self.update(|c| c.uploads.retain(|upload| upload.key != key));
    }

    /// Makes a forward plain text.
    pub fn make_plain(self) {
        self.update(Composition::make_plain);
        self.keep_soon();
    }

    /// Removes a forwarded attachment.
    pub fn drop_carried(self, index: usize) {
        self.update(|c| c.drop_carried(index));
        self.keep_soon();
    }
}
