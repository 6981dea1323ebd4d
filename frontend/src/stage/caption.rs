//! The short caption of a step and its position: above the active wire, or above the active agent.
//! Pure.

use super::i18n::{caption, duration_words};
use super::layout::{Layout, Rect};
use super::model::{AgentId, StepKind, Timeline};
use super::scene::Scene;
use super::text_width::{is_wide, shortened};
use crate::i18n::Language;
use event::{Kind, Role, Verdict};

/// Direction of the arrow on a caption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrow {
    /// To the right.
    Right,
    /// To the left.
    Left,
    /// No arrow: the step happens within an agent.
    Here,
}

/// The tone of a caption, which selects its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Neutral.
    Plain,
    /// A rejection or a failure.
    Bad,
    /// Success, such as an accepted or delivered message.
    Good,
    /// Time passes.
    Wait,
}

/// A caption on the diagram.
#[derive(Clone, Debug, PartialEq)]
pub struct Caption {
    /// At most one short line.
    pub text: String,
    /// The role whose colour it has.
    pub role: Role,
    /// Direction of its arrow.
    pub arrow: Arrow,
    /// Its tone.
    pub tone: Tone,
    /// The line is encrypted by TLS.
    pub sealed: bool,
    /// The text is a line of the dialogue, verbatim.
    pub verbatim: bool,
    /// Left edge.
    pub x: f64,
    /// Vertical centre.
    pub y: f64,
    /// Width of the caption's box.
    pub w: f64,
}

/// Height of a caption's box.
pub const HEIGHT: f64 = 30.0;
/// Width of a Latin letter at 15 px in the widest bold system font.
const COLUMN: f64 = 9.6;
/// Width of a Chinese character.
const WIDE: f64 = 15.5;
const SIDE: f64 = 14.0;
/// Width of the arrow or the lock icon.
const MARK: f64 = 22.0;

impl Caption {
    /// The caption of a scene; `None` if the step has none.
    pub fn of(
        timeline: &Timeline,
        scene: &Scene,
        layout: &Layout,
        language: Language,
    ) -> Option<Caption> {
        let step = timeline.steps.get(scene.position)?;
        let role = timeline.role(scene.position).unwrap_or(Role::Mta);
        let port = step.connection.and_then(|t| timeline.connections[t].port());
        let (text, tone) = match step.kind {
            StepKind::Wait(d) => {
                let d = duration_words(language, d);
                let passed = match language {
                    Language::Chinese => format!("{d}后"),
                    Language::English => format!("{d} later"),
                };
                (passed, Tone::Wait)
            }
            StepKind::Event(i) => (
                caption(language, &timeline.events[i], port),
                tone(&timeline.events[i].kind),
            ),
        };
        let kind = timeline.event(scene.position).map(|e| &e.kind);
        if matches!(kind, Some(Kind::Dns { .. })) {
            return None;
        }
        let tone = if scene.word.as_ref().is_some_and(|w| w.refuses) {
            Tone::Bad
        } else {
            tone
        };
        let sealed = scene.word.as_ref().is_some_and(|w| w.sealed);
        let (centre, y, arrow) = anchor(scene, layout)?;
        let marks = f64::from(u8::from(arrow != Arrow::Here)) * MARK
            + f64::from(u8::from(sealed || tone == Tone::Wait)) * MARK;
        let columns_max = ((layout.caption_width_max(y) - 2.0 * SIDE - marks) / COLUMN)
            .clamp(12.0, 44.0) as usize;
        let text = shortened(&text, columns_max);
        let w = width(&text) + 2.0 * SIDE + marks;
        let verbatim = scene.word.is_some();
        // Keep the selected message visible beside the caption.
        let hidden: Vec<Rect> = scene
            .messages
            .iter()
            .filter(|l| l.main)
            .filter_map(|l| layout.envelope(l))
            .collect();
        let x = layout.caption_left(centre, y, w, &hidden);
        Some(Caption {
            role,
            arrow,
            tone,
            sealed,
            verbatim,
            x,
            y,
            w,
            text,
        })
    }
}

fn anchor(scene: &Scene, layout: &Layout) -> Option<(f64, f64, Arrow)> {
    let over = |agent: AgentId| {
        let at = layout.above(agent);
        (at.x, at.y, Arrow::Here)
    };
    match scene.wire {
        Some((from, to)) => match layout.between(from, to) {
            Some(wire) => {
                let arrow = if layout.rect(from).x <= layout.rect(to).x {
                    Arrow::Right
                } else {
                    Arrow::Left
                };
                Some((wire.caption.x, wire.caption.y, arrow))
            }
            None => Some(over(from)),
        },
        None => scene.agent.map(over),
    }
}

fn tone(kind: &Kind) -> Tone {
    match kind {
        Kind::Unreachable { .. }
        | Kind::Bounced { .. }
        | Kind::Check {
            verdict: Verdict::Fail,
            ..
        } => Tone::Bad,
        Kind::Deferred { .. } => Tone::Wait,
        Kind::Accepted { .. }
        | Kind::Delivered { .. }
        | Kind::Relayed { .. }
        | Kind::Fetched { .. }
        | Kind::Pushed { .. } => Tone::Good,
        _ => Tone::Plain,
    }
}

fn width(text: &str) -> f64 {
    text.chars()
        .map(|c| if is_wide(c) { WIDE } else { COLUMN })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::samples;

    #[test]
    fn captions_stay_within_the_diagram_at_every_step_and_width() {
        for events in [
            samples::local_delivery(),
            samples::greylisted(),
            samples::composed_and_pushed(),
        ] {
            let t = Timeline::from_events(events);
            for width in [320.0, 390.0, 1000.0, 1280.0] {
                let layout = Layout::new(&t, width);
                for i in 0..t.len() {
                    for language in Language::ALL {
                        let Some(c) = Caption::of(&t, &Scene::at(&t, i), &layout, language) else {
                            continue;
                        };
                        assert!(
                            c.x >= 0.0 && c.x + c.w <= width && c.y > 0.0,
                            "step {i} at {width}: {c:?}"
                        );
                    }
                }
            }
        }
    }
}
