//! DNS records as a table and as text, validated while typing.

use crate::build::editor::EditorState;
use crate::build::edits;
use crate::build::i18n::{self, texts};
use crate::build::zone::{self, Row, TYPES};
use frontend::bind::{boolean, click, part, text};
use frontend::parts::icon::Icon;
use leptos::html::Textarea;
use leptos::prelude::*;

/// The records, as a table or as text.
#[component]
pub fn Records(editor: EditorState) -> impl IntoView {
    let t = editor.workspace.lab.t;
    let as_text = RwSignal::new(false);
    let tab = move |texts: bool, word: fn(&'static i18n::Texts) -> &'static str| {
        view! { <button type="button" class="tab" aria-pressed=text(move || (as_text.get() == texts).to_string()) on:click=click(move |_| as_text.set(texts))>{i18n::of(t, word)}</button> }
    };
    view! {
        <section class="note build-records">
            <h2>{i18n::of(t, |w| w.records)}</h2>
            <div class="tabs" role="group">{tab(false, |w| w.table)}{tab(true, |w| w.text)}</div>
            {part(move || if as_text.get() { view! { <Text editor/> }.into_any() } else { view! { <Table editor/> }.into_any() })}
        </section>
    }
}

#[component]
fn Table(editor: EditorState) -> impl IntoView {
    let t = editor.workspace.lab.t;
    // A row with a fault shows it, and is not applied.
    let error = RwSignal::new(None::<(usize, String)>);
    let put = move |row: Row| {
        editor.change(|file, edits| {
            let fresh = zone::put(edits::zone(file, edits), &row);
            match zone::faults(&fresh)
                .into_iter()
                .find(|fault| fault.line == row.line + 1)
            {
                Some(fault) => error.set(Some((
                    row.line,
                    i18n::zone_fault(untrack(|| t.language()), fault),
                ))),
                None => {
                    error.set(None);
                    edits::put_zone(file, edits, &fresh);
                }
            }
        });
    };
    let rows = move || {
        let Some((file, edits)) = editor.now() else {
            return ().into_any();
        };
        let text = edits::zone(&file, &edits).to_owned();
        let all = zone::rows(&text);
        let plain = text
            .lines()
            .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with(';'))
            .count();
        let more = plain > all.len();
        let lines = all
            .into_iter()
            .map(|row| line(editor, error, row, put))
            .collect_view();
        view! { {lines}{more.then(|| view! { <li class="hint">{texts(t).in_text_only}</li> })} }
            .into_any()
    };
    view! {
        <ul class="records">{part(rows)}</ul>
        <NewRecord editor/>
    }
}

fn line(
    editor: EditorState,
    error: RwSignal<Option<(usize, String)>>,
    row: Row,
    put: impl Fn(Row) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let t = editor.workspace.lab.t;
    let here = row.line;
    let stored_row = StoredValue::new(row.clone());
    let remove = move |_| {
        editor.change(|file, edits| {
            let fresh = stored_row.with_value(|row| zone::remove(edits::zone(file, edits), row));
            edits::put_zone(file, edits, &fresh);
        });
    };
    let with = move |change: &dyn Fn(&mut Row)| {
        let mut row = stored_row.get_value();
        change(&mut row);
        stored_row.set_value(row.clone());
        put(row);
    };
    let kinds = TYPES
        .iter()
        .map(|kind| view! { <option value=*kind selected=*kind == row.kind>{*kind}</option> })
        .collect_view();
    let why = move || {
        error.with(|error| {
            error
                .as_ref()
                .filter(|(line, _)| *line == here)
                .map(|(_, why)| why.clone())
        })
    };
    let label = format!("{} {}", row.name, row.kind);
    view! {
        <li class="record">
            <input type="text" class="record-name" aria-label=i18n::of(t, |w| w.record_name) prop:value=row.name.clone() on:change=move |e| with(&|row| row.name = event_target_value(&e))/>
            <select aria-label=i18n::of(t, |w| w.record_type) on:change=move |e| with(&|row| row.kind = event_target_value(&e))>{kinds}</select>
            <input type="text" class="record-data" aria-label=i18n::of(t, |w| w.record_data) aria-invalid=move || why().map(|_| "true") prop:value=row.data.clone() on:change=move |e| with(&|row| row.data = event_target_value(&e))/>
            <button type="button" class="tool" aria-label=text(move || format!("{}: {label}", texts(t).remove)) on:click=click(remove)><Icon name="trash"/></button>
            <small class="field-error" role="alert" hidden=boolean(move || why().is_none())>{move || why().unwrap_or_default()}</small>
        </li>
    }
}

#[component]
fn NewRecord(editor: EditorState) -> impl IntoView {
    let t = editor.workspace.lab.t;
    let fresh = RwSignal::new(Row {
        kind: "MX".into(),
        ..Row::default()
    });
    let fault =
        Memo::new(move |_| fresh.with(|row| zone::faults(&zone::add("", row)).into_iter().next()));
    let tried = RwSignal::new(false);
    let why = move || {
        fault
            .get()
            .filter(|_| tried.get() || fresh.with(|row| !row.data.is_empty()))
            .map(|fault| i18n::zone_fault(t.language(), fault))
    };
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        if fault.get_untracked().is_some() || fresh.with_untracked(|row| row.name.trim().is_empty())
        {
            return;
        }
        let row = fresh.get_untracked();
        editor.change(|file, edits| {
            let text = zone::add(edits::zone(file, edits), &row);
            edits::put_zone(file, edits, &text);
        });
        tried.set(false);
        fresh.set(Row {
            kind: row.kind,
            ..Row::default()
        });
    };
    let kinds = move || {
        TYPES.iter().map(|kind| view! { <option value=*kind selected=fresh.with(|row| row.kind == *kind)>{*kind}</option> }).collect_view()
    };
    view! {
        <form class="record" on:submit=add>
            <input type="text" name="new-name" class="record-name" placeholder="c.test." aria-label=i18n::of(t, |w| w.record_name) prop:value=move || fresh.with(|row| row.name.clone()) on:input=move |e| fresh.update(|row| row.name = event_target_value(&e))/>
            <select name="new-type" aria-label=i18n::of(t, |w| w.record_type) on:change=move |e| fresh.update(|row| row.kind = event_target_value(&e))>{kinds}</select>
            <input type="text" name="new-data" class="record-data" placeholder="10 mail.c.test." aria-label=i18n::of(t, |w| w.record_data) aria-invalid=move || why().map(|_| "true") prop:value=move || fresh.with(|row| row.data.clone()) on:input=move |e| fresh.update(|row| row.data = event_target_value(&e))/>
            <button type="submit" class="tool" aria-label=i18n::of(t, |w| w.add_record)><Icon name="plus"/></button>
            <small class="field-error" role="alert" hidden=boolean(move || why().is_none())>{move || why().unwrap_or_default()}</small>
        </form>
    }
}

#[component]
fn Text(editor: EditorState) -> impl IntoView {
    let t = editor.workspace.lab.t;
    let field = NodeRef::<Textarea>::new();
    let typed = RwSignal::new(
        editor
            .now_untracked()
            .map(|(file, edits)| edits::zone(&file, &edits).to_owned())
            .unwrap_or_default(),
    );
    let faults = Memo::new(move |_| typed.with(|text| zone::faults(text)));
    let apply = move || {
        if faults.with_untracked(Vec::is_empty) {
            let text = typed.get_untracked();
            editor.change(|file, edits| edits::put_zone(file, edits, &text));
        }
    };
    // Selects the line of a fault.
    let go = move |line: usize| {
        let Some(field) = field.get_untracked() else {
            return;
        };
        let text = typed.get_untracked();
        let from: usize = text
            .split('\n')
            .take(line - 1)
            .map(|line| line.encode_utf16().count() + 1)
            .sum();
        let to = from
            + text
                .split('\n')
                .nth(line - 1)
                .map_or(0, |line| line.encode_utf16().count());
        let _ = field.focus();
        let _ = field.set_selection_range(
            u32::try_from(from).unwrap_or(0),
            u32::try_from(to).unwrap_or(0),
        );
    };
    let list = move || {
        let all = faults.get();
        if all.is_empty() {
            return view! { <p class="ok-message">{texts(t).zone_good}</p> }.into_any();
        }
        let all = all.into_iter().map(|fault| {
            let error_text = i18n::zone_fault(t.language(), fault);
            view! { <li><button type="button" class="link field-error" on:click=click(move |_| go(fault.line))>{error_text}</button></li> }
        });
        view! { <ul class="faults">{all.collect_view()}</ul> }.into_any()
    };
    view! {
        <textarea node_ref=field name="zone" rows="14" spellcheck="false" wrap="off" aria-label=i18n::of(t, |w| w.zone_text) aria-invalid=move || faults.with(|all| (!all.is_empty()).then_some("true"))
            prop:value=typed on:input=move |e| typed.set(event_target_value(&e)) on:change=move |_| apply()></textarea>
        <div aria-live="polite">{part(list)}</div>
        <p class="actions"><button type="button" class="primary" prop:disabled=move || faults.with(|all| !all.is_empty()) on:click=click(move |_| apply())>{i18n::of(t, |w| w.save)}</button></p>
    }
}
