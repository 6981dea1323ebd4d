//! The list as a virtualized grid: of 100,000 rows only those near the viewport are rendered. The
//! focus moves with the cursor.

use crate::app::{App, use_app};
use crate::bind::{effect, item, list, memo, text};
use crate::i18n::use_locale;
use crate::pages::row::{RowKey, RowView};
use crate::web::events::SizeObserver;
use crate::web::page;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use std::ops::Range;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Rows rendered above and below the viewport.
const BEYOND: usize = 6;

/// The grid.
#[component]
pub fn RowGrid() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let scroller = NodeRef::<html::Div>::new();
    let seen = RwSignal::new((0_i32, 800_i32));
    let look = move || {
        if let Some(element) = scroller.get_untracked() {
            let now = (element.scroll_top(), element.client_height());
            if seen.get_untracked() != now {
                seen.set(now);
            }
        }
    };
    watch_size(scroller, look);
    let height = memo(move || app.prefs.with(|prefs| prefs.density.row_px()) as usize);
    let total = memo(move || app.rows.with(|rows| rows.len()));
    let range = memo(move || {
        let (top, tall) = seen.get();
        let first = (top.max(0) as usize / height.get()).saturating_sub(BEYOND);
        let count = tall.max(0) as usize / height.get() + 2 + 2 * BEYOND;
        first.min(total.get())..(first + count).min(total.get())
    });
    effect(move || {
        app.rows.track();
        app.want(range.get());
    });
    let drawn = memo(move || {
        let keys = |rows: &crate::state::list::Rows, range: Range<usize>| {
            range
                .map(|at| {
                    (
                        rows.get(at)
                            .map_or(RowKey::Unknown(at), |row| RowKey::Message(row.id)),
                        at,
                    )
                })
                .collect::<Vec<_>>()
        };
        app.rows.with(|rows| keys(rows, range.get()))
    });
    let inside = StoredValue::new(false);
    effect(move || {
        let _ = drawn.get();
        // A row rendered at another position loses the focus and gets it back.
        if inside.get_value() {
            page::focus_if_lost(move || app.focus_list());
        }
    });
    to_the_top(app, scroller);
    keep_cursor_in_sight(app, scroller, height);
    let key = move |event: KeyboardEvent| {
        let page = (seen.get_untracked().1 / height.get_untracked() as i32 - 1).max(1) as isize;
        if grid_key(app, &event, page) {
            event.prevent_default();
            event.stop_propagation();
        }
    };
    let row = move |key: RowKey| {
        let at = Memo::new(move |before: Option<&usize>| {
            // A row being removed keeps its position.
            drawn
                .with(|d| d.iter().find(|(k, _)| *k == key).map(|(_, at)| *at))
                .or(before.copied())
                .unwrap_or_default()
        });
        view! { <RowView which=key at height/> }
    };
    let no_cursor = move || {
        app.rows.with(|rows| {
            app.selection
                .with(|s| s.cursor.is_none_or(|id| rows.index_of(id).is_none()))
        })
    };
    view! {
        <div node_ref=scroller class="rows" id="rows" role="grid" aria-multiselectable="true" aria-label=t.of(|w| w.message_list)
            aria-rowcount=move || total.get() tabindex=move || if no_cursor() { "0" } else { "-1" }
            on:scroll=move |_| look() on:keydown=key on:focus=move |_| first_cursor(app)
            on:focusin=move |_| inside.set_value(true)
            on:focusout=move |event: web_sys::FocusEvent| if event.related_target().is_some() { inside.set_value(false) }>
            <div role="rowgroup" class="rows-all" style:height=text(move || format!("{}px", total.get() * height.get()))>
                {list(move || drawn.get().into_iter().map(|(key, _)| item(key, move || row(key))).collect())}
            </div>
        </div>
    }
}

/// Observes the size of the pane.
fn watch_size(scroller: NodeRef<html::Div>, look: impl Fn() + Copy + 'static) {
    effect(move || {
        let Some(element) = scroller.get() else {
            return;
        };
        look();
        // Dropped when the effect runs again or the view is removed.
        StoredValue::new_local(SizeObserver::new(&[&element], look));
    });
}

/// Scrolls to the top when another list opens.
fn to_the_top(app: App, scroller: NodeRef<html::Div>) {
    let source = memo(move || app.rows.with(|rows| rows.source().clone()));
    effect(move || {
        let _ = source.get();
        if let Some(element) = scroller.get_untracked() {
            element.set_scroll_top(0);
        }
    });
}

/// Scrolls the row under the cursor into view.
fn keep_cursor_in_sight(app: App, scroller: NodeRef<html::Div>, height: Memo<usize>) {
    let cursor = memo(move || app.selection.with(|s| s.cursor));
    effect(move || {
        let Some(at) = cursor
            .get()
            .and_then(|id| app.rows.with_untracked(|rows| rows.index_of(id)))
        else {
            return;
        };
        let Some(element) = scroller.get_untracked() else {
            return;
        };
        let (row, top) = (height.get_untracked() as i32, element.scroll_top());
        let (begin, tall) = (at as i32 * row, element.client_height());
        if begin < top {
            element.set_scroll_top(begin);
        } else if begin + row > top + tall {
            element.set_scroll_top(begin + row - tall);
        }
    });
}

/// Makes the first row the cursor if the grid is focused without one.
fn first_cursor(app: App) {
    let first = app
        .rows
        .with_untracked(|rows| rows.get(0).map(|row| row.id));
    app.selection.update(|s| {
        s.cursor = s
            .cursor
            .filter(|id| app.rows.with_untracked(|rows| rows.index_of(*id).is_some()))
            .or(first);
    });
    app.focus_list();
}

/// Keys of an ARIA grid: arrows, Home, End, Page Up, Page Down, Space.
fn grid_key(app: App, event: &KeyboardEvent, page: isize) -> bool {
    let on_row = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlElement>().ok())
        .is_some_and(|e| e.class_list().contains("row"));
    if event.ctrl_key() && event.key() == "a" {
        app.selection.update(|s| {
            app.rows
                .with_untracked(|rows| {
                    rows.get(0)
                        .map(|first| s.extend(rows.ids(0..rows.len()), first.id))
                })
                .unwrap_or_default();
        });
        return true;
    }
    if event.alt_key() || event.meta_key() || event.ctrl_key() || !on_row {
        return false;
    }
    let far = app.rows.with_untracked(|rows| rows.len()) as isize;
    let by = match event.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        "PageDown" => page,
        "PageUp" => -page,
        "Home" => -far,
        "End" => far,
        "Enter" => {
            if let Some(id) = app.selection.with_untracked(|s| s.cursor) {
                app.open(id);
            }
            return true;
        }
        " " => {
            if let Some(id) = app.selection.with_untracked(|s| s.cursor) {
                app.selection.update(|s| s.toggle(id));
            }
            return true;
        }
        _ => return false,
    };
    move_cursor(app, by, event.shift_key());
    true
}

/// Moves the cursor among loaded rows; with shift extends the selection.
fn move_cursor(app: App, by: isize, extend: bool) {
    let to = app.rows.with_untracked(|rows| {
        let last = rows.len().checked_sub(1)?;
        let now = app
            .selection
            .with_untracked(|s| s.cursor)
            .and_then(|id| rows.index_of(id))
            .unwrap_or_default();
        let wanted = now.saturating_add_signed(by).min(last);
        // The cursor stops before rows that are not loaded.
        let mut way: Box<dyn Iterator<Item = usize>> = if by > 0 {
            Box::new((now..=wanted).rev())
        } else {
            Box::new(wanted..=now)
        };
        way.find_map(|at| rows.get(at).map(|row| row.id))
    });
    let Some(to) = to else { return };
    if extend {
        app.extend_selection(to);
    } else {
        app.selection.update(|s| s.cursor = Some(to));
    }
    app.focus_list();
}
