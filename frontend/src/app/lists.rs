//! Lists: opening, loading windows, applying changes, catching up after a reconnection.

use super::{App, MessageState, Notice};
use crate::state::failure::Failure;
use crate::state::folders::Folders;
use crate::state::list::{Rows, Source};
use crate::state::place::{Mail, SEARCH};
use crate::state::selection::Selection;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail::{MailboxId, StoredMessageId};
use std::ops::Range;
use wire::{Changed, ListOrder, Problem, Request, Response, Row, Span};

/// Rows fetched before the visible number is known.
const FIRST_ROWS: usize = 20;

impl App {
    /// The list in the address bar, once the folders are loaded.
    pub fn source(self) -> Option<Source> {
        let mail = self.mail()?;
        self.folders.with(|folders| {
            let folders = folders.as_ref()?;
            let number = |slug: &str| folders.by_slug(slug).map(|folder| folder.id);
            Some(match mail.query {
                Some(query) => Source::Search {
                    query,
                    folder: mail.within.as_deref().and_then(number),
                },
                None => Source::Folder(number(&mail.folder)?),
            })
        })
    }

    /// Whether the address names a folder that does not exist; tracked.
    pub fn is_unknown_folder(self, mail: &Mail) -> bool {
        let is_missing = |folders: &Folders| folders.by_slug(&mail.folder).is_none();
        (mail.query.is_none() && mail.folder != SEARCH)
            && self
                .folders
                .with(|folders| folders.as_ref().is_some_and(is_missing))
    }

    /// Opens a list.
    pub fn open_list(self, source: Source) {
        if self
            .rows
            .with_untracked(|rows| rows.is_known() && *rows.source() == source)
        {
            return;
        }
        self.selection.set(Selection::default());
        self.rows_failed.set(None);
        let order = self.order_of(&source);
        self.rows.set(Rows::new(source, order));
        self.want(0..FIRST_ROWS);
    }

    // The order that the user selected for a folder.
    fn order_of(self, source: &Source) -> ListOrder {
        let Source::Folder(id) = source else {
            return ListOrder::Newest;
        };
        let slug = self
            .folders
            .with_untracked(|folders| folders.as_ref().map(|f| f.slug(*id)));
        self.prefs
            .with_untracked(|prefs| prefs.order(&slug.unwrap_or_default()))
    }

    /// Sorts the open folder and stores the order.
    pub fn set_order(self, order: ListOrder) {
        let Some(id) = self.rows.with_untracked(Rows::folder) else {
            return;
        };
        let slug = self
            .folders
            .with_untracked(|folders| folders.as_ref().map(|f| f.slug(id)));
        if let Some(slug) = slug {
            self.prefs.update(|prefs| prefs.set_order(&slug, order));
        }
        self.rows.set(Rows::new(Source::Folder(id), order));
        self.want(0..FIRST_ROWS);
    }

    /// Selects all messages of the list, including those not loaded.
    pub fn select_whole_list(self) {
        let source = self.rows.with_untracked(|rows| rows.source().clone());
        spawn_local(async move {
            loop {
                let request = self.rows.with_untracked(Rows::select_all);
                let answer = self.call(request).await;
                if self.rows.with_untracked(|rows| *rows.source() != source) {
                    return;
                }
                match answer {
                    // The search continues where it stopped.
                    Ok(Response::Selected {
                        complete: false, ..
                    }) => {}
                    Ok(Response::Selected { messages, .. }) => {
                        let ids: Vec<_> = messages.into_iter().flat_map(Span::ids).collect();
                        self.announce(self.t.selected(ids.len()));
                        self.selection.update(|s| s.set_all(ids));
                        return;
                    }
                    Ok(_) => return,
                    Err(failure) => {
                        self.notify(Notice::Failed(failure));
                        return;
                    }
                }
            }
        });
    }

    /// Fetches the windows needed to show these rows.
    pub fn want(self, range: Range<usize>) {
        let centre = range.start;
        // A pending request changes nothing visible.
        let asks = self
            .rows
            .try_update_untracked(|rows| rows.want(range))
            .unwrap_or_default();
        for ask in asks {
            let (source, order) = self
                .rows
                .with_untracked(|rows| (rows.source().clone(), rows.order()));
            spawn_local(async move {
                let offset = match ask {
                    Request::List { offset, .. } | Request::Search { offset, .. } => offset,
                    _ => 0,
                };
                let answer = self.call(ask).await;
                let shown = |rows: &Rows| *rows.source() == source && rows.order() == order;
                if !self.rows.with_untracked(shown) {
                    return;
                }
                match answer {
                    Ok(Response::Window(window)) => {
                        self.rows_failed.set(None);
                        self.rows.update(|rows| {
                            rows.put(window);
                            rows.forget_far(centre);
                        });
                    }
                    Ok(_) => self.rows_failed.set(Some(Problem::Malformed.into())),
                    Err(failure) => {
                        self.rows.update(|rows| rows.failed(offset));
                        if failure != Failure::ConnectionLost {
                            self.rows_failed.set(Some(failure));
                        }
                    }
                }
            });
        }
    }

    /// Reloads the list after a failure.
    pub fn retry_list(self) {
        self.rows_failed.set(None);
        self.rows.update(Rows::mark_stale);
        self.want(0..FIRST_ROWS);
    }

    /// Fetches the changes after a reconnection.
    pub(super) fn catch_up(self) {
        let since = self.rows.try_update(|rows| {
            rows.lost();
            rows.since()
        });
        let Some(Some(ask)) = since else {
            self.retry_list();
            return;
        };
        spawn_local(async move {
            match self.call(ask).await {
                Ok(Response::Changes(Some(changed))) => self.changed(&changed),
                _ => self.rows.update(Rows::mark_stale),
            }
            // Listing the folder makes it the open one on the new connection, so that notifications
            // contain its rows.
            let (folder, order) = self
                .rows
                .with_untracked(|rows| (rows.folder(), rows.order()));
            if let Some(folder) = folder
                && let Ok(Response::Window(window)) = self
                    .call(Request::List {
                        folder,
                        offset: 0,
                        count: crate::state::list::WINDOW_ROWS,
                        order,
                    })
                    .await
                && self
                    .rows
                    .with_untracked(|rows| rows.folder() == Some(folder) && rows.order() == order)
            {
                self.rows.update(|rows| rows.put(window));
            }
        });
    }

    /// Applies changes of a folder.
    pub(super) fn changed(self, changed: &Changed) {
        let gone_next = self.rows.with_untracked(|rows| {
            let first = changed
                .gone
                .iter()
                .filter_map(|id| rows.index_of(*id))
                .min()?;
            (first..rows.len())
                .filter_map(|at| rows.get(at))
                .map(|row| row.id)
                .find(|id| !changed.gone.contains(id))
        });
        self.rows.update(|rows| rows.apply(changed));
        if !changed.gone.is_empty() {
            self.selection
                .update(|selection| selection.left(&changed.gone, gone_next));
        }
        for row in &changed.rows {
            self.refresh_message(row);
        }
        if let MessageState::Open(message) = self.reading.get_untracked()
            && changed.gone.contains(&message.row.id)
        {
            self.close_message();
        }
    }

    /// Announces a new message.
    pub(super) fn arrived(self, folder: MailboxId, row: &Row) {
        let who = crate::state::address::shown(&row.who);
        let subject = if row.subject.is_empty() {
            self.t.no_subject.to_owned()
        } else {
            row.subject.clone()
        };
        let inbox = self.folders.with_untracked(|folders| {
            folders
                .as_ref()
                .is_none_or(|f| f.kind(folder) == wire::FolderKind::Inbox)
        });
        self.announce(self.t.arrived(&who, &subject));
        let wanted = self.prefs.with_untracked(|prefs| prefs.notify);
        if inbox
            && wanted
            && crate::web::page::hidden()
            && crate::web::page::may_notify() == Some(true)
        {
            crate::web::page::notify(&who, &subject);
        }
    }

    /// Extends the selection from its anchor to a message.
    pub fn extend_selection(self, to: StoredMessageId) {
        let ids: Vec<StoredMessageId> = self.rows.with_untracked(|rows| {
            let anchor = self
                .selection
                .with_untracked(Selection::anchor)
                .and_then(|id| rows.index_of(id));
            let Some(end) = rows.index_of(to) else {
                return Vec::new();
            };
            let begin = anchor.unwrap_or(end);
            rows.ids(begin.min(end)..begin.max(end) + 1).collect()
        });
        self.selection.update(|s| s.extend(ids, to));
    }
}
