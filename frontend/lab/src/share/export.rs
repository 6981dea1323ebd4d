//! Exports: scenario file, transcript, storyboard, packet capture.

use super::i18n::{self, texts};
use super::range::{self, Range};
use super::{browser, file, transcript};
use crate::state::catalogue::localized;
use crate::state::network;
use crate::workspace::Workspace;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use frontend::bind::{click, part};
use frontend::i18n::Language;
use frontend::parts::icon::Icon;
use frontend::stage::model::Timeline;
use frontend::stage::sentences::sentence;
use frontend::stage::storyboard::{self, Theme};
use leptos::prelude::*;
use leptos::task::spawn_local;
use sim::api::{ApiRequest, ApiResponse, Plan};

/// An export format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ExportFormat {
    Json,
    Transcript(Language),
    Svg,
    Png,
    Pcapng,
}

// The formats that a range applies to.
const RANGED_FORMATS: [ExportFormat; 5] = [
    ExportFormat::Transcript(Language::Chinese),
    ExportFormat::Transcript(Language::English),
    ExportFormat::Svg,
    ExportFormat::Png,
    ExportFormat::Pcapng,
];

impl ExportFormat {
    fn word(self, w: &'static i18n::Texts) -> &'static str {
        match self {
            ExportFormat::Json => w.as_json,
            ExportFormat::Transcript(Language::Chinese) => w.as_transcript_zh,
            ExportFormat::Transcript(Language::English) => w.as_transcript_en,
            ExportFormat::Svg => w.as_svg,
            ExportFormat::Png => w.as_png,
            ExportFormat::Pcapng => w.as_pcapng,
        }
    }
}

/// The export buttons.
pub fn choices(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let range = RwSignal::new(Range::All);
    let failed = RwSignal::new(None::<&'static str>);
    let button = move |form: ExportFormat| {
        let go = move |_| {
            failed.set(None);
            spawn_local(async move {
                if !send(workspace, form, range.get_untracked()).await {
                    failed.set(Some("failed"));
                }
            });
        };
        view! { <button type="button" class="quiet" on:click=click(go)><Icon name="download"/><span>{move || form.word(texts(t))}</span></button> }
    };
    view! {
        <section>
            <h3>{i18n::of(t, |w| w.export)}</h3>
            <div class="exports">{button(ExportFormat::Json)}</div>
            {range_fields(workspace, range)}
            <div class="exports">{RANGED_FORMATS.map(button).collect_view()}</div>
            <p class="hint">{i18n::of(t, |w| w.pcapng_hint)}</p>
            {part(move || if failed.get().is_some() { view! { <p class="field-error" role="alert">{texts(t).not_made}</p> }.into_any() } else { ().into_any() })}
        </section>
    }
}

fn here(workspace: Workspace) -> usize {
    workspace
        .player
        .get_untracked()
        .map_or(0, |player| player.position.get_untracked())
}

/// The choice of the range; a range of steps shows the sentences of its first and last step.
fn range_fields(workspace: Workspace, range: RwSignal<Range>) -> impl IntoView {
    let t = workspace.lab.t;
    let timeline = Memo::new(move |_| {
        workspace.played.with(|played| {
            played
                .as_ref()
                .map(|p| network::timeline(p))
                .unwrap_or_default()
        })
    });
    let chosen = move |event: web_sys::Event| {
        range.set(match event_target_value(&event).as_str() {
            "before" => Range::Before,
            "after" => Range::After,
            "steps" => Range::Steps(here(workspace), timeline.with_untracked(Timeline::last)),
            _ => Range::All,
        });
    };
    let ends = move || {
        if let Range::Steps(from, to) = range.get() {
            Some((from, to))
        } else {
            None
        }
    };
    let step = move |first: bool| {
        let now = move || ends().map_or(0, |(from, to)| if first { from } else { to });
        let put = move |event: web_sys::Event| {
            let last = timeline.with_untracked(Timeline::last);
            let typed = event_target_value(&event)
                .trim()
                .parse()
                .map_or(0, |number: usize| number.saturating_sub(1).min(last));
            range.update(|range| {
                if let Range::Steps(from, to) = range {
                    *(if first { from } else { to }) = typed;
                }
            });
        };
        let step_text = move || {
            timeline.with(|timeline| {
                if timeline.is_empty() {
                    String::new()
                } else {
                    sentence(timeline, now(), t.language())
                }
            })
        };
        view! {
            <label class="field"><span>{i18n::of(t, if first { |w| w.step_from } else { |w| w.step_to })}</span>
                <input type="number" name=if first { "step-from" } else { "step-to" } min="1" max=move || timeline.with(Timeline::len)
                    prop:value=move || (now() + 1).to_string() on:change=put/>
                <small class="hint">{step_text}</small></label>
        }
    };
    let steps = Memo::new(move |_| ends().is_some());
    view! {
        <label class="field-row">{i18n::of(t, |w| w.range)}
            <select name="range" on:change=chosen>
                <option value="all">{i18n::of(t, |w| w.range_all)}</option>
                <option value="before">{i18n::of(t, |w| w.range_before)}</option>
                <option value="after">{i18n::of(t, |w| w.range_after)}</option>
                <option value="steps">{i18n::of(t, |w| w.range_steps)}</option>
            </select>
        </label>
        {part(move || if steps.get() { view! { <div class="quick-form steps">{step(true)}{step(false)}</div> }.into_any() } else { ().into_any() })}
    }
}

async fn send(workspace: Workspace, form: ExportFormat, range: Range) -> bool {
    let Some(played) = workspace.played.get_untracked() else {
        return false;
    };
    let language = workspace.lab.t.0.get_untracked();
    let number = workspace.entry.with_value(|entry| entry.number);
    let title = |language| localized(&played.scenario.title, language).to_owned();
    let name = |ending: &str| file::name(number, &title(language), ending);
    let timeline = network::timeline(&played);
    let (from, to) = range.steps(here(workspace), timeline.last());
    match form {
        ExportFormat::Json => {
            let text = serde_json::to_string_pretty(&played.scenario).unwrap_or_default();
            browser::download(&name("json"), "application/json", text.as_bytes());
            true
        }
        ExportFormat::Transcript(language) => {
            let head = format!("{number} {}", title(language));
            let text = transcript::text(&timeline, from, to, &head, played.began, language);
            browser::download(
                &file::name(number, &title(language), "txt"),
                "text/plain;charset=utf-8",
                text.as_bytes(),
            );
            true
        }
        ExportFormat::Svg => {
            let svg = storyboard::svg(&timeline, from, to, language, Theme::Light);
            browser::download(&name("svg"), "image/svg+xml", svg.as_bytes());
            true
        }
        ExportFormat::Png => {
            browser::download_png(
                &name("png"),
                &storyboard::svg(&timeline, from, to, language, Theme::Light),
            )
            .await
        }
        ExportFormat::Pcapng => {
            let plan = Plan {
                scenario: workspace.source.get_untracked(),
                edits: workspace.edits.get_untracked(),
            };
            let range = range::events((from, to), &timeline, played.events.len());
            let Ok(ApiResponse::Pcapng(packets)) =
                workspace.ask(&ApiRequest::Pcapng { plan, range }).await
            else {
                return false;
            };
            let Ok(bytes) = STANDARD.decode(&packets.base64) else {
                return false;
            };
            browser::download(&name("pcapng"), "application/vnd.tcpdump.pcap", &bytes);
            true
        }
    }
}
