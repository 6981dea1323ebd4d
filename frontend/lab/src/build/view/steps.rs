//! The events of a scenario: those of the file, which can be disabled, and the learner's own.

use super::fields::{Draft, fields};
use crate::build::editor::EditorState;
use crate::build::edits::{self, Origin, Row};
use crate::build::form::{Field, Kind, needed};
use crate::build::i18n::{self, texts};
use crate::build::kinds::{AT, STEPS, fresh, kind_of};
use crate::build::summary::summary;
use crate::state::catalogue::localized;
use frontend::bind::{click, part, text};
use frontend::parts::icon::Icon;
use leptos::prelude::*;
use serde_json::Value;
use sim::scenario::{Text, read_step};

/// The step that is open: one of the list, or a new one.
#[derive(Clone, Debug, PartialEq)]
enum Open {
    Of(Origin, usize),
    New(Value),
}

/// The list of steps, with the editor of the open one.
#[component]
pub fn Steps(editor: EditorState) -> impl IntoView {
    let t = editor.workspace.lab.t;
    let open = RwSignal::new(None::<Open>);
    let rows = move || {
        let Some((file, edits)) = editor.now() else {
            return ().into_any();
        };
        let all = edits::steps(&file, &edits);
        if all.is_empty() {
            return view! { <p class="hint">{texts(t).no_steps}</p> }.into_any();
        }
        all.into_iter()
            .map(|row| line(editor, open, row))
            .collect_view()
            .into_any()
    };
    let fresh_one = move || match open.get() {
        Some(Open::New(value)) => view! { <Editor editor value at=None open/> }.into_any(),
        _ => adder(editor, open).into_any(),
    };
    view! {
        <section class="note build-steps">
            <h2>{i18n::of(t, |w| w.steps)}</h2>
            <ol class="items">{part(rows)}</ol>
            {part(fresh_one)}
        </section>
    }
}

fn line(editor: EditorState, open: RwSignal<Option<Open>>, row: Row) -> impl IntoView {
    let t = editor.workspace.lab.t;
    let Row {
        step,
        from,
        place,
        off,
    } = row;
    let value = StoredValue::new(serde_json::to_value(&step).unwrap_or_default());
    let me = Open::Of(from, place);
    let is_open = Memo::new(move |_| open.with(|open| *open == Some(me.clone())));
    let toggle = move |_| {
        open.set(if is_open.get_untracked() {
            None
        } else {
            Some(Open::Of(from, place))
        });
    };
    let summary_text = move || {
        let known = value.with_value(|value| summary(t.language(), value));
        known.unwrap_or_else(|| texts(t).other_step.to_owned())
    };
    let tool = if from == Origin::Own {
        let remove = move |_| editor.change(|_, edits| edits::remove_step(edits, place));
        view! { <button type="button" class="tool" aria-label=text(move || format!("{}: {}", texts(t).remove, summary_text())) on:click=click(remove)><Icon name="trash"/></button> }.into_any()
    } else {
        let switch = move |_| editor.change(|_, edits| edits::switch_step(edits, place, off));
        let label = move || {
            if off {
                texts(t).restore
            } else {
                texts(t).remove
            }
        };
        view! {
            <button type="button" class="tool" aria-label=text(move || format!("{}: {}", label(), summary_text())) on:click=click(switch)>
                <Icon name=if off { "undo" } else { "trash" }/></button>
        }
        .into_any()
    };
    let editor = move || {
        if is_open.get() {
            view! { <Editor editor value=value.get_value() at=Some((from, place)) open/> }
                .into_any()
        } else {
            ().into_any()
        }
    };
    let mark = move || {
        if off {
            Some(texts(t).off)
        } else if from == Origin::Own {
            Some(texts(t).mine)
        } else {
            None
        }
    };
    view! {
        <li class="item" class:off=off>
            <div class="item-head">
                <span class="item-summary"><time>{step.at.to_string()}</time>" "{summary_text}{move || mark().map(|word| view! { <em>{word}</em> })}</span>
                <button type="button" class="tool" disabled=off aria-expanded=text(move || is_open.get().to_string()) aria-label=text(move || format!("{}: {}", texts(t).edit, summary_text())) on:click=click(toggle)><Icon name="edit"/></button>
                {tool}
            </div>
            {part(editor)}
        </li>
    }
}

fn adder(editor: EditorState, open: RwSignal<Option<Open>>) -> impl IntoView {
    let t = editor.workspace.lab.t;
    let chosen = move |event: web_sys::Event| {
        let key = event_target_value(&event);
        if let Some(kind) = STEPS.iter().find(|kind| kind.key == key) {
            let at = editor.now_untracked().and_then(|(file, edits)| {
                edits::steps(&file, &edits)
                    .last()
                    .map(|row| row.step.at.to_string())
            });
            open.set(Some(Open::New(fresh(
                kind,
                &at.unwrap_or_else(|| "1s".to_owned()),
            ))));
        }
    };
    let kinds =
        STEPS.iter().map(|kind| view! { <option value=kind.key>{move || i18n::step(t.language(), kind.key)}</option> }).collect_view();
    view! {
        <label class="field-row"><Icon name="plus"/>
            <select class="step-kind" aria-label=i18n::of(t, |w| w.add_step) on:change=chosen><option value="">{i18n::of(t, |w| w.add_step)}</option>{kinds}</select></label>
    }
}

const RAW: [Field; 1] = [needed("step", Kind::Json)];

#[component]
fn Editor(
    editor: EditorState,
    value: Value,
    at: Option<(Origin, usize)>,
    open: RwSignal<Option<Open>>,
) -> impl IntoView {
    let t = editor.workspace.lab.t;
    let kind = kind_of(&value);
    let all: Vec<Field> = match kind {
        Some(kind) => std::iter::once(AT)
            .chain(kind.fields.iter().copied())
            .collect(),
        None => RAW.to_vec(),
    };
    let whole = if kind.is_some() {
        value
    } else {
        serde_json::json!({ "step": value })
    };
    let draft = Draft::new(whole, &all);
    let hosts = Signal::derive(move || editor.host_names());
    let error_text = RwSignal::new(None::<Text>);
    let apply = move |_| {
        let value = draft.value.get_untracked();
        let value = if kind.is_some() {
            value
        } else {
            value["step"].clone()
        };
        match read_step(&value) {
            Ok(step) => {
                editor.change(|file, edits| {
                    edits::last_until(file, edits, step.at);
                    match at {
                        Some((from, place)) => edits::put_step(edits, from, place, step),
                        None => edits.steps.push(step),
                    }
                });
                open.set(None);
            }
            Err(error) => error_text.set(Some(error.text())),
        }
    };
    view! {
        <div class="item-editor">
            {kind.map(|kind| view! { <h3>{move || i18n::step(t.language(), kind.key)}</h3> })}
            {fields(t, draft, &all, hosts)}
            {move || error_text.get().map(|why| view! { <small class="field-error" role="alert">{localized(&why, t.language()).to_owned()}</small> })}
            <p class="actions">
                <button type="button" class="primary" prop:disabled=move || !draft.is_valid() on:click=click(apply)>{i18n::of(t, |w| w.save)}</button>
                <button type="button" class="quiet" on:click=click(move |_| open.set(None))>{i18n::of(t, |w| w.cancel)}</button>
            </p>
        </div>
    }
}
