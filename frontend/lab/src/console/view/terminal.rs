//! The terminal: dialogue, input line, suggestions, explanation, base64 tool. Independent of what
//! answers.

use crate::console::base64;
use crate::console::dialogue::{DialogueState, Line, LineSource, Protocol};
use crate::console::hints::{Hint, TypingUser, hints};
use crate::console::history::History;
use crate::console::i18n::{self, texts};
use crate::console::meaning;
use crate::share::browser;
use crate::workspace::Workspace;
use frontend::bind::{boolean, click, effect, part, text};
use frontend::parts::icon::Icon;
use leptos::html::{Div, Input};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Inputs and outputs of a terminal.
#[derive(Clone, Copy)]
pub struct TerminalIo {
    /// The protocol.
    pub protocol: Signal<Protocol>,
    /// The dialogue so far.
    pub lines: Signal<Vec<Line>>,
    /// Whether the connection is open.
    pub open: Signal<bool>,
    /// Whether an answer is pending.
    pub busy: Signal<bool>,
    /// The user for the suggestions.
    pub user: Signal<TypingUser>,
    /// Sends a line.
    pub say: Callback<String>,
    /// Starts the TLS handshake.
    pub seal: Callback<()>,
    /// The text of the input field, which suggestions can fill.
    pub typed: RwSignal<String>,
}

/// The terminal.
#[component]
pub fn Terminal(workspace: Workspace, io: TerminalIo) -> impl IntoView {
    let t = workspace.lab.t;
    let chosen = RwSignal::new(None::<usize>);
    let dialogue_lines = NodeRef::<Div>::new();
    effect(move || {
        io.lines.track();
        // Scrolls to the last line after the lines are rendered.
        request_animation_frame(move || {
            // The terminal may have been removed by then.
            if let Some(dialogue_lines) = dialogue_lines.try_get_untracked().flatten() {
                dialogue_lines.set_scroll_top(dialogue_lines.scroll_height());
            }
        });
    });
    let rows = move || {
        let all = io.lines.get();
        if all.is_empty() {
            return view! { <p class="hint">{texts(t).not_connected}</p> }.into_any();
        }
        all.into_iter()
            .enumerate()
            .map(|(place, line)| row(workspace, chosen, place, line))
            .collect_view()
            .into_any()
    };
    view! {
        <div node_ref=dialogue_lines class="dialogue-log" role="log" aria-live="polite" tabindex="0">{part(rows)}</div>
        {entry(workspace, io)}
        {offered(workspace, io)}
        {part(move || explained(workspace, io, chosen).into_any())}
        {tools(workspace, io)}
    }
}

fn row(
    workspace: Workspace,
    chosen: RwSignal<Option<usize>>,
    place: usize,
    line: Line,
) -> impl IntoView {
    let t = workspace.lab.t;
    let who = match line.source {
        LineSource::Local => "C",
        LineSource::Remote => "S",
        LineSource::Console => "",
    };
    let empty = line.text.is_empty();
    let shown = line.text.clone();
    let text_shown = move || {
        if empty {
            texts(t).empty_line.to_owned()
        } else {
            shown.clone()
        }
    };
    if line.source == LineSource::Console {
        let line = line.text;
        return view! { <p class="dialogue-note">{move || if line.is_empty() { texts(t).sealed.to_owned() } else { line.clone() }}</p> }
            .into_any();
    }
    view! {
        <button type="button" class="dialogue-line" class:local=line.source == LineSource::Local class:encrypted=line.sealed aria-pressed=text(move || (chosen.get() == Some(place)).to_string())
            on:click=click(move |_| chosen.set(Some(place)))><b>{who}</b><span>{text_shown}</span></button>
    }
    .into_any()
}

fn entry(workspace: Workspace, io: TerminalIo) -> impl IntoView {
    let t = workspace.lab.t;
    let field = NodeRef::<Input>::new();
    let history = StoredValue::new(History::default());
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !io.open.get_untracked() || io.busy.get_untracked() {
            return;
        }
        let line = io.typed.get_untracked();
        history.update_value(|history| history.typed(&line));
        io.typed.set(String::new());
        io.say.run(line);
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        let now = io.typed.get_untracked();
        let line = match event.key().as_str() {
            "ArrowUp" => history
                .try_update_value(|history| history.up(&now))
                .flatten(),
            "ArrowDown" => history.try_update_value(History::down).flatten(),
            _ => None,
        };
        if let Some(line) = line {
            event.prevent_default();
            io.typed.set(line);
        }
    };
    // Keeps the focus in the input field after any button is used.
    effect(move || {
        if io.open.get()
            && !io.busy.get()
            && let Some(field) = field.get()
        {
            let _ = field.focus();
        }
    });
    view! {
        <form class="dialogue-input" on:submit=send>
            <input node_ref=field type="text" name="line" autocomplete="off" autocapitalize="off" spellcheck="false" aria-label=i18n::of(t, |w| w.input) prop:value=io.typed
                prop:readOnly=move || !io.open.get() on:input=move |e| io.typed.set(event_target_value(&e)) on:keydown=key/>
            <button type="submit" class="primary" prop:disabled=move || !io.open.get() || io.busy.get()>{i18n::of(t, |w| w.say)}</button>
        </form>
    }
}

fn offered(workspace: Workspace, io: TerminalIo) -> impl IntoView {
    let t = workspace.lab.t;
    let all = Memo::new(move |_| {
        if !io.open.get() {
            return Vec::new();
        }
        let protocol = io.protocol.get();
        let state = io.lines.with(|lines| DialogueState::of(protocol, lines));
        io.user.with(|who| hints(protocol, &state, who))
    });
    let chip = move |hint: Hint| {
        let line = hint.line.clone();
        let title = move || {
            explanation(workspace, hint.explain)
                .map(|(title, _, _)| title)
                .unwrap_or_default()
        };
        if hint.handshake {
            return view! { <button type="button" class="chip handshake" on:click=click(move |_| io.seal.run(()))>{i18n::of(t, |w| w.seal)}</button> }.into_any();
        }
        let shown = line.clone();
        let text_shown = move || {
            if shown.is_empty() {
                texts(t).empty_line.to_owned()
            } else {
                shown.clone()
            }
        };
        view! { <button type="button" class="chip" title=title on:click=click(move |_| io.typed.set(line.clone()))>{text_shown}</button> }
            .into_any()
    };
    view! {
        <div class="chips" role="group" aria-label=i18n::of(t, |w| w.hints) hidden=boolean(move || all.with(Vec::is_empty))>
            <small>{i18n::of(t, |w| w.hints)}</small>
            {part(move || all.get().into_iter().map(chip).collect_view().into_any())}
        </div>
    }
}

// Title, text and RFC of an explanation.
fn explanation(workspace: Workspace, key: &str) -> Option<(String, String, String)> {
    let player = workspace.player.get()?;
    player.explanations.with(|all| {
        all.find(key)
            .map(|found| (found.title.clone(), found.text.clone(), found.rfc.clone()))
    })
}

fn explained(
    workspace: Workspace,
    io: TerminalIo,
    chosen: RwSignal<Option<usize>>,
) -> impl IntoView {
    let t = workspace.lab.t;
    let lines = io.lines.get();
    let Some(place) = chosen.get().filter(|place| *place < lines.len()) else {
        return view! { <p class="hint">{texts(t).meaning_hint}</p> }.into_any();
    };
    let line = lines[place].text.clone();
    let keys = meaning::keys(io.protocol.get(), &lines, place);
    let unpacked = base64::decoded_in(&line)
        .map(|text| view! { <p class="unpacked">{texts(t).unpacked}" "<code>{text}</code></p> });
    let found: Vec<AnyView> = keys
        .iter()
        .filter_map(|key| explanation(workspace, key))
        .map(|(title, text, rfc)| {
            view! { <h3>{title}</h3><p>{text}</p><small>{rfc}</small> }.into_any()
        })
        .collect();
    let explained = if found.is_empty() {
        view! { <p>{texts(t).no_meaning}</p> }.into_any()
    } else {
        found.into_any()
    };
    view! { <section class="meaning" aria-live="polite" aria-label=texts(t).meaning><code class="line">{line}</code>{explained}{unpacked}</section> }.into_any()
}

fn tools(workspace: Workspace, io: TerminalIo) -> impl IntoView {
    let t = workspace.lab.t;
    let copied = RwSignal::new(false);
    let copy = move |_| {
        let text = io.lines.with_untracked(|lines| {
            let mark = |line: &Line| match line.source {
                LineSource::Local => "C: ",
                LineSource::Remote => "S: ",
                LineSource::Console => "-- ",
            };
            lines
                .iter()
                .map(|line| format!("{}{}\n", mark(line), line.text))
                .collect::<String>()
        });
        spawn_local(async move { copied.set(browser::copy(&text).await) });
    };
    view! {
        <p class="actions">
            <button type="button" class="quiet" on:click=click(copy)><Icon name="source"/><span>{move || if copied.get() { texts(t).copied } else { texts(t).copy }}</span></button>
        </p>
        <details class="group"><summary>{i18n::of(t, |w| w.base64)}</summary>{base64_tool(workspace, io)}</details>
    }
}

/// The base64 tool: encodes, decodes, and builds the AUTH PLAIN command.
fn base64_tool(workspace: Workspace, io: TerminalIo) -> impl IntoView {
    let t = workspace.lab.t;
    let (plain, packed) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (name, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let both = move || format!("AUTH PLAIN {}", base64::plain(&name.get(), &password.get()));
    view! {
        <p class="hint">{i18n::of(t, |w| w.base64_hint)}</p>
        <div class="quick-form">
            <label class="field"><span>{i18n::of(t, |w| w.plain_text)}</span><input type="text" name="plain" prop:value=plain
                on:input=move |e| { let text = event_target_value(&e); packed.set(base64::encode(&text)); plain.set(text); }/></label>
            <label class="field"><span>{i18n::of(t, |w| w.packed_text)}</span><input type="text" name="packed" spellcheck="false" prop:value=packed
                on:input=move |e| { let text = event_target_value(&e); if let Some(unpacked) = base64::decode(&text) { plain.set(unpacked); } packed.set(text); }/></label>
            <button type="button" class="quiet" on:click=click(move |_| io.typed.set(packed.get_untracked()))>{i18n::of(t, |w| w.insert)}</button>
        </div>
        <div class="quick-form">
            <label class="field"><span>{i18n::of(t, |w| w.name)}</span><input type="text" name="auth-name" spellcheck="false" prop:value=name on:input=move |e| name.set(event_target_value(&e))/></label>
            <label class="field"><span>{i18n::of(t, |w| w.password)}</span><input type="text" name="auth-password" autocomplete="off" spellcheck="false" prop:value=password on:input=move |e| password.set(event_target_value(&e))/></label>
            <button type="button" class="quiet" title=i18n::of(t, |w| w.auth_plain) on:click=click(move |_| io.typed.set(untrack(both)))>{i18n::of(t, |w| w.insert)}</button>
        </div>
    }
}
