//! Two runs side by side on one clock, with the first difference marked.

use super::diagram::Diagram;
use super::glyphs::{Icon, IconGlyph};
use super::handle::{PlayerHandle, PlayerInput};
use crate::bind::{effect, item, list, listen, static_text};
use crate::stage::MessageTexts;
use crate::stage::compare::JointTimeline;
use crate::stage::i18n::say;
use crate::stage::known_host::KnownHost;
use crate::stage::model::Timeline;
use crate::stage::outcome::ComparedOutcomes;
use crate::stage::player::{SPEEDS, STEP_MS, speed_text};
use crate::stage::sentences::sentence;
use crate::stage::text_width::shortened;
use event::Event;
use leptos::prelude::*;

/// Number of steps listed below each diagram.
const STEPS_LISTED: usize = 5;
/// Maximum width of a listed step, in columns.
const COLUMNS_MAX: usize = 150;
/// Maximum width of each current step, in columns; two of them must fit into two lines on a phone.
const NOW_COLUMNS_MAX: usize = 46;
/// Maximum time counted for one animation frame, so that playback does not jump after a delay.
const FRAME_MS_MAX: f64 = 100.0;

/// Both runs and their common clock.
#[derive(Clone, Copy)]
struct ComparedRuns {
    left: PlayerHandle,
    right: PlayerHandle,
    joint: Memo<JointTimeline>,
    at: RwSignal<usize>,
    playing: RwSignal<bool>,
    speed: RwSignal<f64>,
}

/// Plays two runs side by side, starting just before they diverge.
#[component]
pub fn Compare(
    /// The left run.
    #[prop(into)]
    left: Signal<Vec<Event>>,
    /// The right run.
    #[prop(into)]
    right: Signal<Vec<Event>>,
    /// The hosts of the left run's network.
    #[prop(optional, into)]
    left_network: Signal<Vec<KnownHost>>,
    /// The hosts of the right run's network.
    #[prop(optional, into)]
    right_network: Signal<Vec<KnownHost>>,
    /// The left run's name, in the reader's language.
    #[prop(into)]
    left_name: Signal<String>,
    /// The right run's name.
    #[prop(into)]
    right_name: Signal<String>,
) -> impl IntoView {
    let pair = Memo::new(move |_| {
        let (left, right) = (
            (left.get(), left_network.get()),
            (right.get(), right_network.get()),
        );
        Timeline::pair(left, right)
    });
    let handle = |events: Signal<Vec<Event>>, built: Signal<Timeline>| {
        PlayerHandle::new(PlayerInput {
            events,
            run: true,
            network: Signal::stored(Vec::new()),
            live: Signal::stored(false),
            messages: Signal::stored(MessageTexts::new()),
            gate: Signal::stored(None),
            on_gate: None,
            zoom_fixed: Signal::stored(None),
            marks: Signal::stored(Vec::new()),
            built: Some(built),
        })
    };
    let left_built = Signal::derive(move || pair.with(|(left, _)| left.clone()));
    let right_built = Signal::derive(move || pair.with(|(_, right)| right.clone()));
    let (left, right) = (handle(left, left_built), handle(right, right_built));
    let joint = Memo::new(move |_| {
        left.timeline
            .with(|l| right.timeline.with(|r| JointTimeline::new(l, r)))
    });
    let outcomes =
        Memo::new(move |_| pair.with(|(left, right)| ComparedOutcomes::new(left, right)));
    let runs = ComparedRuns {
        left,
        right,
        joint,
        at: RwSignal::new(0),
        playing: RwSignal::new(false),
        speed: RwSignal::new(1.0),
    };
    effect(move || {
        let joint = joint.get();
        runs.at.set(joint.divergence.unwrap_or(0).saturating_sub(1));
    });
    effect(move || {
        let (l, r) = joint.with(|j| j.at(runs.at.get()));
        left.go(l);
        right.go(r);
    });
    runs.run_clock();
    let focus = super::stage_view::FocusSource::new();
    listen("keydown", move |e: web_sys::KeyboardEvent| {
        if focus.is_player_key(&e) && runs.key(&e.key()) {
            e.prevent_default();
        }
    });
    view! {
        <div class="compare">
            <header class="compare-head">
                <p class="divergence" role="status">{move || runs.description()}</p>
                <p class="compared-outcome">{move || outcomes.with(|all| all.text(runs.left.language(), &left_name.get(), &right_name.get()))}</p>
            </header>
            <div class="compared-runs" role="group" tabindex="0" aria-label=static_text(move || say(runs.left.language(), "两次运行", "Both runs"))>
                {column(runs, left, left_name, true)}
                {column(runs, right, right_name, false)}
            </div>
            {bar(runs)}
        </div>
    }
}

impl ComparedRuns {
    fn has_diverged(self) -> bool {
        self.joint
            .with(|j| j.divergence)
            .is_some_and(|p| self.at.get() >= p)
    }

    fn go(self, to: usize) {
        self.playing.set(false);
        self.at
            .set(to.min(self.joint.with_untracked(JointTimeline::last)));
    }

    fn step(self, forward: bool) {
        let at = self.at.get_untracked();
        self.go(if forward {
            at + 1
        } else {
            at.saturating_sub(1)
        });
    }

    fn toggle(self) {
        let last = self.joint.with_untracked(JointTimeline::last);
        if !self.playing.get_untracked() && self.at.get_untracked() >= last {
            self.at.set(0);
        }
        self.playing.update(|p| *p = !*p);
    }

    fn go_to_divergence(self) {
        self.go(self.joint.with_untracked(|j| j.divergence).unwrap_or(0));
    }

    fn key(self, key: &str) -> bool {
        match key {
            " " => self.toggle(),
            "ArrowRight" | "PageDown" => self.step(true),
            "ArrowLeft" | "PageUp" => self.step(false),
            "Home" => self.go(0),
            "End" => self.go(usize::MAX),
            "]" | "[" => self.go_to_divergence(),
            _ => return false,
        }
        true
    }

    fn description(self) -> String {
        let language = self.left.language();
        match self.joint.with(|j| j.divergence) {
            None => say(language, "两次运行完全相同。", "Both runs are identical.").to_owned(),
            Some(_) if self.has_diverged() => say(
                language,
                "从这里起，两次运行不同。",
                "From here on the runs differ.",
            )
            .to_owned(),
            Some(p) => {
                let left = p - self.at.get().min(p);
                match language {
                    crate::i18n::Language::Chinese => {
                        format!("到此为止相同；{left} 步之后出现第一处不同。")
                    }
                    crate::i18n::Language::English if left == 1 => {
                        "Identical so far; the next step is the first difference.".to_owned()
                    }
                    crate::i18n::Language::English => {
                        format!("Identical so far; first difference in {left} steps.")
                    }
                }
            }
        }
    }

    fn run_clock(self) {
        let last = StoredValue::new(None::<f64>);
        let gone = StoredValue::new(false);
        on_cleanup(move || gone.set_value(true));
        effect(move || {
            if self.playing.get() {
                last.set_value(None);
                next_frame(self, last, StoredValue::new(0.0), gone);
            }
        });
    }
}

fn next_frame(
    runs: ComparedRuns,
    last: StoredValue<Option<f64>>,
    shown: StoredValue<f64>,
    gone: StoredValue<bool>,
) {
    request_animation_frame(move || {
        if gone.try_get_value().unwrap_or(true) || !runs.playing.get_untracked() {
            return;
        }
        let now = js_sys::Date::now();
        let passed = last
            .get_value()
            .map_or(0.0, |l| (now - l).clamp(0.0, FRAME_MS_MAX));
        last.set_value(Some(now));
        let mut waited = shown.get_value() + passed * runs.speed.get_untracked();
        let (at, end) = (
            runs.at.get_untracked(),
            runs.joint.with_untracked(JointTimeline::last),
        );
        let steps = (waited / STEP_MS) as usize;
        waited -= steps as f64 * STEP_MS;
        shown.set_value(waited);
        if steps > 0 {
            runs.at.set((at + steps).min(end));
        }
        if at + steps >= end {
            runs.playing.set(false);
        }
        next_frame(runs, last, shown, gone);
    });
}

fn column(
    runs: ComparedRuns,
    handle: PlayerHandle,
    name: Signal<String>,
    is_left: bool,
) -> impl IntoView {
    // The last steps of this run; those after the divergence are highlighted.
    let description = move || {
        let (position, language) = (handle.position.get(), handle.language());
        let divergence = runs.joint.with(|j| j.divergence);
        handle.timeline.with(|t| {
            let first = position.saturating_sub(STEPS_LISTED - 1);
            let one = |i: usize| {
                (
                    i,
                    shortened(&sentence(t, i, language), COLUMNS_MAX),
                    divergence.is_some_and(|p| i >= p),
                    i == position,
                )
            };
            if t.is_empty() {
                vec![]
            } else {
                (first..=position).map(one).collect::<Vec<_>>()
            }
        })
    };
    let time = move || {
        handle.timeline.with(|t| {
            t.steps
                .get(handle.position.get())
                .map(|s| handle.clock(s.at, true))
        })
    };
    view! {
        <section class="compared-run" class:has-diverged=move || runs.has_diverged() class:other=!is_left>
            <h2>{name}<time>{time}</time></h2>
            <Diagram handle/>
            <ol class="recent-steps">
                {list(move || description().into_iter().map(|(i, words, differs, now)| item((i, differs, now, words.clone()), move || {
                    view! { <li class:differs=differs class:now=now>{words}</li> }
                })).collect())}
            </ol>
        </section>
    }
}

fn bar(runs: ComparedRuns) -> impl IntoView {
    let language = move || runs.left.language();
    let play = Signal::derive(move || {
        if runs.playing.get() {
            Icon::Pause
        } else {
            Icon::Play
        }
    });
    let press = move |icon: Icon, zh: &'static str, en: &'static str, act: fn(ComparedRuns)| {
        view! {
            <button type="button" aria-label=static_text(move || say(language(), zh, en)) title=static_text(move || say(language(), zh, en)) on:click=move |_| act(runs)>
                <IconGlyph icon=icon/>
            </button>
        }
    };
    let slide = move |e: leptos::ev::Event| {
        if let Ok(to) = event_target_value(&e).parse() {
            runs.go(to);
        }
    };
    let mark = move || {
        runs.joint.with(|j| {
            j.divergence
                .map(|p| format!("left:{:.2}%", p as f64 * 100.0 / j.last().max(1) as f64))
        })
    };
    // On a phone, the diagrams may be scrolled out of view, so the current step of both is shown
    // beside the buttons.
    let now = move || {
        let description = |handle: PlayerHandle| {
            handle.timeline.with(|t| {
                shortened(
                    &sentence(t, handle.position.get(), language()),
                    NOW_COLUMNS_MAX,
                )
            })
        };
        let (left, right) = (description(runs.left), description(runs.right));
        if runs.has_diverged() && left != right {
            format!("{left} ≠ {right}")
        } else {
            left
        }
    };
    let value_text = move || {
        runs.left
            .timeline
            .with(|t| sentence(t, runs.left.position.get(), language()))
    };
    view! {
        <div class="transport" role="group" aria-label=static_text(move || say(language(), "播放控制", "Playback"))>
            <p class="current-step" aria-hidden="true">{now}</p>
            <div class="step-buttons">
                {press(Icon::Start, "回到开头", "To the start", |p| p.go(0))}
                {press(Icon::Back, "后退一步", "Step back", |p| p.step(false))}
                <button type="button" class="play" aria-label=static_text(move || say(language(), "播放或暂停", "Play or pause")) on:click=move |_| runs.toggle()>
                    <IconGlyph icon=play size=24/>
                </button>
                {press(Icon::Forward, "前进一步", "Step forward", |p| p.step(true))}
                {press(Icon::End, "到结尾", "To the end", |p| p.go(usize::MAX))}
            </div>
            <button type="button" class="to-divergence" on:click=move |_| runs.go_to_divergence()>{move || say(language(), "第一处不同", "First difference")}</button>
            <div class="joint">
                <input type="range" min="0" max=move || runs.joint.with(JointTimeline::last) prop:value=move || runs.at.get()
                    aria-label=static_text(move || say(language(), "时间轴", "Timeline")) aria-valuetext=value_text on:input=slide/>
                {move || mark().map(|place| view! { <span class="mark-difference" style=place aria-hidden="true"></span> })}
            </div>
            <select class="speed" aria-label=move || say(language(), "速度", "Speed") prop:value=move || runs.speed.get().to_string()
                on:change=move |e| { if let Ok(s) = event_target_value(&e).parse() { runs.speed.set(s) } }>
                {SPEEDS.map(|s| view! { <option value=s.to_string()>{speed_text(s)}</option> }).collect_view()}
            </select>
        </div>
    }
}
