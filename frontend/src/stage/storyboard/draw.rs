//! Draws one scene of the storyboard: the same layout as in the player, without animated parts.

use super::Theme;
use crate::i18n::Language;
use crate::stage::caption::{Arrow, Caption, HEIGHT, Tone};
use crate::stage::i18n::{host_name, role_name, say};
use crate::stage::layout::{Layout, path};
use crate::stage::model::Timeline;
use crate::stage::scene::Scene;
use crate::stage::text_width::shortened;
use event::Role;
use std::fmt::Write as _;

/// The colours of a theme.
pub(super) struct Colours {
    pub ground: &'static str,
    pub sheet: &'static str,
    pub ink: &'static str,
    pub ink_2: &'static str,
    pub hair: &'static str,
    pub bad: &'static str,
    roles: [&'static str; 6],
}

impl Colours {
    /// The colours of the player as literal values.
    pub(super) fn of(theme: Theme) -> Colours {
        match theme {
            Theme::Light => Colours {
                ground: "#f7f5f0",
                sheet: "#fffefb",
                ink: "#1d2126",
                ink_2: "#565d66",
                hair: "#cfcabf",
                bad: "#a4262c",
                roles: [
                    "#0b5fa5", "#08736a", "#a3470b", "#75399b", "#55650a", "#565d66",
                ],
            },
            Theme::Dark => Colours {
                ground: "#14171b",
                sheet: "#1b1f24",
                ink: "#e8e6e1",
                ink_2: "#a5acb5",
                hair: "#434b55",
                bad: "#f08a86",
                roles: [
                    "#74b8f4", "#4fc6b8", "#f2a367", "#caa0ea", "#b7c653", "#a5acb5",
                ],
            },
        }
    }

    fn role(&self, role: Role) -> &'static str {
        let number = Role::WAY.iter().position(|r| *r == role).unwrap_or(5);
        self.roles[number]
    }
}

/// Writes a text element with XML special characters escaped.
pub(super) fn text(
    out: &mut String,
    x: f64,
    y: f64,
    size: f64,
    fill: &str,
    more: &str,
    words: &str,
) {
    let words: String = words
        .chars()
        .map(|c| match c {
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '&' => "&amp;".to_owned(),
            c if c.is_control() => " ".to_owned(),
            c => c.to_string(),
        })
        .collect();
    let _ = write!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" fill=\"{fill}\" {more}>{words}</text>"
    );
}

/// Draws the diagram at one step.
pub(super) fn scene(
    out: &mut String,
    timeline: &Timeline,
    scene: &Scene,
    layout: &Layout,
    language: Language,
    colours: &Colours,
) {
    let is_down = |host: usize| scene.unreachable.get(host).copied().unwrap_or(false);
    for (host, frame) in &layout.frames {
        let (stroke, dashes) = if is_down(*host) {
            (colours.bad, " stroke-width=\"2\" stroke-dasharray=\"7 5\"")
        } else {
            (colours.hair, "")
        };
        let _ = write!(
            out,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"14\" fill=\"{}\" stroke=\"{stroke}\"{dashes}/>",
            frame.x, frame.y, frame.w, frame.h, colours.ground
        );
    }
    for wire in &layout.wires {
        let active = scene
            .wire
            .is_some_and(|w| w == wire.agents || (w.1, w.0) == wire.agents);
        let (stroke, width) = if active {
            (colours.ink, 3.0)
        } else {
            (colours.hair, 1.6)
        };
        let _ = write!(
            out,
            "<path d=\"{}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{width}\"/>",
            path(&wire.curves)
        );
    }
    for ((host, _), place) in layout.frames.iter().zip(&layout.names) {
        let name = shortened(
            &host_name(language, &timeline.topology.hosts[*host]),
            (place.width / 8.4) as usize,
        );
        let name = if is_down(*host) {
            format!("✗ {name}")
        } else {
            name
        };
        let face = if place.to_the_left {
            "font-weight=\"600\" text-anchor=\"end\""
        } else {
            "font-weight=\"600\""
        };
        text(out, place.at.x, place.at.y, 14.0, colours.ink, face, &name);
    }
    agents(out, timeline, scene, layout, colours);
    messages(out, scene, layout, language, colours);
    if let Some(caption) = Caption::of(timeline, scene, layout, language) {
        caption_view(out, &caption, colours);
    }
    if let (Some(asked), Some((at, to_the_left, width))) = (&scene.question, layout.answer()) {
        let words = shortened(
            &format!("{} → {}", asked.question, asked.answer),
            (width / 8.6) as usize,
        );
        text(
            out,
            at.x,
            at.y,
            15.0,
            colours.ink,
            if to_the_left {
                "text-anchor=\"end\""
            } else {
                ""
            },
            &words,
        );
    }
}

fn agents(
    out: &mut String,
    timeline: &Timeline,
    scene: &Scene,
    layout: &Layout,
    colours: &Colours,
) {
    let dns = layout
        .dns
        .map(|rect| (rect, Role::Dns, scene.question.is_some()));
    let all = layout.agents.iter().enumerate().map(|(agent, rect)| {
        (
            *rect,
            timeline.topology.agents[agent].role,
            scene.agent == Some(agent),
        )
    });
    for (rect, role, active) in all.chain(dns).filter(|(rect, ..)| rect.w > 0.0) {
        let colour = colours.role(role);
        let _ = write!(
            out,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"12\" fill=\"{}\" stroke=\"{colour}\" stroke-width=\"{}\"/>",
            rect.x,
            rect.y,
            rect.w,
            rect.h,
            colours.sheet,
            if active { 4.0 } else { 1.2 }
        );
        text(
            out,
            rect.x + rect.w / 2.0,
            rect.y + rect.h / 2.0 + 6.0,
            17.0,
            colour,
            "font-weight=\"700\" text-anchor=\"middle\"",
            role_name(role),
        );
    }
}

fn messages(
    out: &mut String,
    scene: &Scene,
    layout: &Layout,
    language: Language,
    colours: &Colours,
) {
    for responsible in scene.responsibilities.iter().filter(|b| b.main) {
        let at = layout.rect(responsible.agent).top();
        let _ = write!(
            out,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"76\" height=\"20\" rx=\"10\" fill=\"{}\"/>",
            at.x - 38.0,
            at.y - 10.0,
            colours.ink
        );
        text(
            out,
            at.x,
            at.y + 4.5,
            13.0,
            colours.sheet,
            "font-weight=\"600\" text-anchor=\"middle\"",
            say(language, "负责中", "holds it"),
        );
    }
    for message in &scene.messages {
        let Some((at, scale)) = layout.message(message) else {
            continue;
        };
        let _ = write!(
            out,
            "<g transform=\"translate({:.1},{:.1}) scale({scale})\"><path d=\"M-25 -17h50v34h-50z\" fill=\"{}\" stroke=\"{}\" stroke-width=\"1.8\"/>\
             <path d=\"M-24 -15L0 4L24 -15\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\"/></g>",
            at.x, at.y, colours.sheet, colours.ink, colours.ink
        );
    }
}

fn caption_view(out: &mut String, caption: &Caption, colours: &Colours) {
    let colour = if caption.tone == Tone::Bad {
        colours.bad
    } else {
        colours.role(caption.role)
    };
    let _ = write!(
        out,
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{HEIGHT}\" rx=\"15\" fill=\"{}\" stroke=\"{colour}\" stroke-width=\"1.6\"/>",
        caption.x,
        caption.y - HEIGHT / 2.0,
        caption.w,
        colours.sheet
    );
    let words = match caption.arrow {
        Arrow::Right => format!("{} →", caption.text),
        Arrow::Left => format!("← {}", caption.text),
        Arrow::Here => caption.text.clone(),
    };
    let face = if caption.verbatim {
        "text-anchor=\"middle\" font-family=\"ui-monospace, monospace\""
    } else {
        "text-anchor=\"middle\""
    };
    text(
        out,
        caption.x + caption.w / 2.0,
        caption.y + 5.0,
        14.0,
        colours.ink,
        face,
        &words,
    );
}
