//! Hosts with their users and settings.

use super::fields::{Draft, fields};
use crate::build::editor::EditorState;
use crate::build::edits::{self, Origin};
use crate::build::field_error::FieldError;
use crate::build::form::Field;
use crate::build::i18n::{self, Texts, texts};
use crate::build::kinds::{ALIAS, DKIM_KEY, HOST, PERSON, SETTINGS};
use crate::build::{field_error, generate};
use frontend::bind::{click, part, text};
use frontend::i18n::Locale;
use frontend::parts::icon::Icon;
use leptos::prelude::*;
use serde_json::{Value, json};
use sim::scenario::{HostSpec, Runs};

/// The list of hosts, with the editor of the open one.
#[component]
pub fn Hosts(editor: EditorState) -> impl IntoView {
    let t = editor.workspace.lab.t;
    let open = RwSignal::new(None::<String>);
    let rows = move || {
        let Some((file, edits)) = editor.now() else {
            return ().into_any();
        };
        let all = edits::hosts(&file, &edits);
        if all.is_empty() {
            return view! { <p class="hint">{texts(t).no_hosts}</p> }.into_any();
        }
        all.into_iter()
            .map(|(host, from)| row(editor, open, host, from))
            .collect_view()
            .into_any()
    };
    view! {
        <section class="note build-hosts">
            <h2>{i18n::of(t, |w| w.hosts)}</h2>
            <ul class="items">{part(rows)}</ul>
            {machine(editor)}
        </section>
    }
}

fn row(
    editor: EditorState,
    open: RwSignal<Option<String>>,
    host: HostSpec,
    from: Origin,
) -> impl IntoView {
    let t = editor.workspace.lab.t;
    let name = host.name.clone();
    let is_open = {
        let name = name.clone();
        Memo::new(move |_| open.with(|open| open.as_deref() == Some(name.as_str())))
    };
    let toggle = {
        let name = name.clone();
        move |_| {
            open.set(if is_open.get_untracked() {
                None
            } else {
                Some(name.clone())
            });
        }
    };
    let remove = {
        let name = name.clone();
        move |_| editor.change(|file, edits| edits::remove_host(file, edits, &name))
    };
    let people = host
        .people
        .iter()
        .map(|person| person.address.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let origin = move || i18n::from(texts(t), from);
    let label = name.clone();
    let stored_host = StoredValue::new(host.clone());
    let editor = move || {
        if is_open.get() {
            view! { <Editor editor host=stored_host.get_value() from open/> }.into_any()
        } else {
            ().into_any()
        }
    };
    view! {
        <li class="item">
            <div class="item-head">
                <span class="item-summary"><b>{name.clone()}</b>" "<code>{host.address.clone()}</code>{move || origin().map(|word| view! { <em>{word}</em> })}
                    <small>{people}</small></span>
                <button type="button" class="tool" aria-expanded=text(move || is_open.get().to_string()) aria-label=text({ let label = label.clone(); move || format!("{}: {label}", texts(t).edit) }) on:click=click(toggle)><Icon name="edit"/></button>
                <button type="button" class="tool" aria-label=text(move || format!("{}: {label}", texts(t).remove)) on:click=click(remove)><Icon name="trash"/></button>
            </div>
            {part(editor)}
        </li>
    }
}

/// A list in a host: its people, aliases or keys.
#[derive(Clone, Copy)]
struct DraftList {
    key: &'static str,
    fields: &'static [Field],
    rows: RwSignal<Vec<Draft>>,
}

impl DraftList {
    fn take(host: &mut Value, key: &'static str, fields: &'static [Field]) -> DraftList {
        let rows = host.get_mut(key).map(Value::take).unwrap_or_default();
        let rows = rows.as_array().into_iter().flatten();
        let rows = rows.map(|row| Draft::new(row.clone(), fields)).collect();
        DraftList {
            key,
            fields,
            rows: RwSignal::new(rows),
        }
    }

    fn is_valid(self) -> bool {
        self.rows.with(|rows| rows.iter().all(|row| row.is_valid()))
    }

    fn value(self) -> Value {
        let values = |rows: &Vec<Draft>| rows.iter().map(|row| row.value.get_untracked()).collect();
        Value::Array(self.rows.with_untracked(values))
    }

    fn add(self, fresh: Value) {
        self.rows
            .update(|rows| rows.push(Draft::new(fresh, self.fields)));
    }

    fn remove(self, place: usize) {
        self.rows.update(|rows| {
            if place < rows.len() {
                rows.remove(place);
            }
        });
    }
}

/// A host while it is edited: its own fields, its lists and its settings.
#[derive(Clone, Copy)]
struct HostDraft {
    host: Draft,
    people: DraftList,
    aliases: DraftList,
    dkim_keys: DraftList,
    settings: Draft,
}

impl HostDraft {
    fn new(host: &HostSpec, own: &[Field]) -> HostDraft {
        let mut value = serde_json::to_value(host).unwrap_or_default();
        let people = DraftList::take(&mut value, "person", &PERSON);
        let aliases = DraftList::take(&mut value, "alias", &ALIAS);
        let dkim_keys = DraftList::take(&mut value, "dkim", &DKIM_KEY);
        let settings = value.get("settings").cloned().unwrap_or_else(|| json!({}));
        HostDraft {
            host: Draft::new(value, own),
            people,
            aliases,
            dkim_keys,
            settings: Draft::new(settings, &[]),
        }
    }

    fn is_valid(self) -> bool {
        self.host.is_valid()
            && self.settings.is_valid()
            && self.lists().into_iter().all(DraftList::is_valid)
    }

    fn lists(self) -> [DraftList; 3] {
        [self.people, self.aliases, self.dkim_keys]
    }

    /// The edited host; `None` if the fields do not form a valid host.
    fn edited(self) -> Option<HostSpec> {
        let mut value = self.host.value.get_untracked();
        for list in self.lists() {
            value[list.key] = list.value();
        }
        value["settings"] = self.settings.value.get_untracked();
        if value["runs"] != json!("script") {
            // Only a scripted host has dialogues.
            if let Some(value) = value.as_object_mut() {
                value.remove("script");
            }
        }
        serde_json::from_value(value).ok()
    }

    /// The first domain that the host accepts mail for, or an empty string.
    fn domain(self) -> String {
        self.host
            .value
            .with_untracked(|value| value["domains"][0].as_str().unwrap_or("").to_owned())
    }

    /// A new row for one of the lists.
    fn fresh_row(self, list: DraftList) -> Value {
        let domain = self.domain();
        match list.key {
            "person" => {
                json!({ "address": format!("new@{domain}"), "password": generate::DEFAULT_PASSWORD })
            }
            "alias" => json!({ "name": format!("team@{domain}"), "to": [] }),
            _ => json!({ "domain": domain, "selector": "s1", "signs": true }),
        }
    }
}

#[component]
fn Editor(
    editor: EditorState,
    host: HostSpec,
    from: Origin,
    open: RwSignal<Option<String>>,
) -> impl IntoView {
    let t = editor.workspace.lab.t;
    // Steps refer to a host by its name, so only hosts that the learner added can be renamed.
    let own: Vec<_> = HOST
        .into_iter()
        .filter(|field| from == Origin::Own || field.path != "name")
        .collect();
    let draft = HostDraft::new(&host, &own);
    let hosts = Signal::derive(move || editor.host_names());
    let serves = host.runs != Runs::Nothing;
    let former = host.name;
    let apply = move |_| {
        let Some(fresh) = draft.edited() else {
            return;
        };
        let former = former.clone();
        editor.change(|file, edits| {
            if fresh.name != former {
                edits::remove_host(file, edits, &former);
            }
            edits::put_host(file, edits, fresh);
        });
        open.set(None);
    };
    view! {
        <div class="item-editor">
            {fields(t, draft.host, &own, hosts)}
            {serves.then(|| view! {
                <List draft list=draft.people t hosts heading=|w| w.people add=|w| w.add_person/>
                <List draft list=draft.aliases t hosts heading=|w| w.aliases add=|w| w.add_alias/>
                <List draft list=draft.dkim_keys t hosts heading=|w| w.dkim_keys add=|w| w.add_dkim_key/>
                <Settings editor set=draft.settings/>
            })}
            <p class="actions">
                <button type="button" class="primary" prop:disabled=move || !draft.is_valid() on:click=click(apply)>{i18n::of(t, |w| w.save)}</button>
                <button type="button" class="quiet" on:click=click(move |_| open.set(None))>{i18n::of(t, |w| w.cancel)}</button>
            </p>
        </div>
    }
}

#[component]
fn List(
    draft: HostDraft,
    list: DraftList,
    t: Locale,
    hosts: Signal<Vec<String>>,
    heading: fn(&'static Texts) -> &'static str,
    add: fn(&'static Texts) -> &'static str,
) -> impl IntoView {
    let rows = move || {
        let rows = list.rows.get().into_iter().enumerate().map(|(place, row)| {
            view! {
                <fieldset class=format!("person {}", list.key)>
                    {fields(t, row, list.fields, hosts)}
                    <button type="button" class="link" on:click=click(move |_| list.remove(place))>{i18n::of(t, |w| w.remove)}</button>
                </fieldset>
            }
        });
        rows.collect_view().into_any()
    };
    view! {
        <h3>{i18n::of(t, heading)}</h3>
        {part(rows)}
        <button type="button" class="quiet" on:click=click(move |_| list.add(draft.fresh_row(list)))><Icon name="plus"/><span>{i18n::of(t, add)}</span></button>
    }
}

#[component]
fn Settings(editor: EditorState, set: Draft) -> impl IntoView {
    let t = editor.workspace.lab.t;
    let anew = RwSignal::new(0_u32);
    view! {
        <h3>{i18n::of(t, |w| w.settings)}</h3>
        <p class="hint">{i18n::of(t, |w| w.settings_hint)}</p>
        {part(move || { anew.get(); groups(editor, set).into_any() })}
        {raw(editor, set, anew)}
    }
}

fn groups(editor: EditorState, set: Draft) -> impl IntoView {
    let t = editor.workspace.lab.t;
    let hosts = Signal::derive(move || editor.host_names());
    let name = |w: &'static Texts, key: &str| match key {
        "inbound" => w.group_door,
        "auth" => w.group_auth,
        "queue" => w.group_queue,
        "outbound" => w.group_outbound,
        _ => w.group_limits,
    };
    SETTINGS.into_iter().map(|(key, of)| view! { <details class="group"><summary>{move || name(texts(t), key)}</summary>{fields(t, set, of, hosts)}</details> }).collect_view()
}

// All settings as JSON, for those that have no field.
fn raw(editor: EditorState, set: Draft, anew: RwSignal<u32>) -> impl IntoView {
    let t = editor.workspace.lab.t;
    let shown = move || {
        set.value
            .with(|value| serde_json::to_string_pretty(value).unwrap_or_default())
    };
    let error = RwSignal::new(None::<FieldError>);
    let put = move |text: String| match serde_json::from_str::<Value>(&text) {
        Ok(value) if value.is_object() => {
            error.set(None);
            set.problem.update(|problem| {
                problem.remove("settings");
            });
            set.value.set(value);
            anew.update(|n| *n += 1);
        }
        other => {
            let field_error = other.err().map_or(FieldError::InvalidJson(1, 1), |e| {
                FieldError::InvalidJson(e.line(), e.column())
            });
            set.problem.update(|problem| {
                problem.insert("settings", field_error.clone());
            });
            error.set(Some(field_error));
        }
    };
    view! {
        <details class="group"><summary>{i18n::of(t, |w| w.settings_all)}</summary>
            <textarea rows="8" spellcheck="false" aria-label=i18n::of(t, |w| w.settings_all) prop:value=shown on:change=move |e| put(event_target_value(&e))></textarea>
            {move || error.get().map(|field_error| view! { <small class="field-error" role="alert">{i18n::field_error(t.language(), &field_error)}</small> })}
        </details>
    }
}

// The form that adds a computer on which no service runs.
fn machine(editor: EditorState) -> impl IntoView {
    let t = editor.workspace.lab.t;
    let name = RwSignal::new(String::new());
    let error = RwSignal::new(None::<FieldError>);
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let wanted = name.get_untracked().trim().to_lowercase();
        if let Err(field_error) = field_error::name(&wanted) {
            error.set(Some(field_error));
            return;
        }
        let mut there = false;
        editor.change(|file, edits| there = !generate::machine(file, edits, &wanted));
        error.set(there.then_some(FieldError::Taken));
        if !there {
            name.set(String::new());
        }
    };
    view! {
        <form class="row" on:submit=add>
            <input type="text" name="machine" placeholder="phone.a.test" aria-label=i18n::of(t, |w| w.add_machine) prop:value=name on:input=move |e| name.set(event_target_value(&e))/>
            <button type="submit" class="quiet">{i18n::of(t, |w| w.add_machine)}</button>
        </form>
        {move || error.get().map(|field_error| view! { <small class="field-error" role="alert">{i18n::field_error(t.language(), &field_error)}</small> })}
    }
}
