//! Draws a range of steps as one self-contained SVG to print or share: each scene with its caption
//! and sentence. Has its own colours and uses system fonts; no script, no external resources.

mod draw;

use super::i18n::{clock, dated_clock, say};
use super::layout::Layout;
use super::model::{StepKind, Timeline};
use super::scene::Scene;
use super::sentences::sentence;
use crate::i18n::Language;
use std::fmt::Write as _;

/// The colours of the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light, for paper.
    #[default]
    Light,
    /// Light on dark.
    Dark,
}

/// Maximum number of scenes in one picture; a longer range is thinned.
pub const SCENES_MAX: usize = 24;
/// Width of a scene.
const SCENE_WIDTH: f64 = 640.0;
const GAP: f64 = 24.0;
/// Space above a scene, so that nothing touches the edge of its frame.
const SCENE_TOP: f64 = 10.0;
const COLUMNS: usize = 2;
const LINE: f64 = 22.0;
/// Width of the sentence below a scene, in columns.
const SENTENCE_COLUMNS: usize = 74;
const SENTENCE_LINES_MAX: usize = 4;

/// The steps of a range that are drawn: all if there are few, else the last step of each exchange,
/// else the notable steps, else an even selection of those.
pub fn scenes(timeline: &Timeline, from: usize, to: usize) -> Vec<usize> {
    let to = to.min(timeline.last());
    if timeline.is_empty() || from > to {
        return Vec::new();
    }
    let all: Vec<usize> = (from..=to).collect();
    if all.len() <= SCENES_MAX {
        return all;
    }
    let exchange_ends =
        |i: &usize| *i == to || timeline.steps[*i].exchange != timeline.steps[*i + 1].exchange;
    let ends: Vec<usize> = all.iter().copied().filter(exchange_ends).collect();
    if ends.len() <= SCENES_MAX {
        return ends;
    }
    let worth = |i: &usize| {
        *i == from
            || *i == to
            || timeline.steps[*i].notable
            || matches!(timeline.steps[*i].kind, StepKind::Wait(_))
    };
    let notable: Vec<usize> = all.iter().copied().filter(worth).collect();
    if notable.len() <= SCENES_MAX {
        return notable;
    }
    (0..SCENES_MAX)
        .map(|n| notable[n * (notable.len() - 1) / (SCENES_MAX - 1)])
        .collect()
}

/// Draws a range of positions; empty for an empty range.
pub fn svg(
    timeline: &Timeline,
    from: usize,
    to: usize,
    language: Language,
    theme: Theme,
) -> String {
    let steps = scenes(timeline, from, to);
    if steps.is_empty() {
        return String::new();
    }
    let layout = Layout::new(timeline, SCENE_WIDTH);
    let columns = COLUMNS.min(steps.len());
    let below = LINE * (SENTENCE_LINES_MAX as f64 + 1.5);
    let cell = (SCENE_WIDTH + GAP, SCENE_TOP + layout.height + below + GAP);
    let rows = steps.len().div_ceil(columns);
    let (width, height) = (columns as f64 * cell.0 + GAP, rows as f64 * cell.1 + GAP);
    let colours = draw::Colours::of(theme);
    let dated = timeline.passes_midnight(0);
    let time = |at| match dated {
        true => dated_clock(language, at, 0, true),
        false => clock(at, 0, true),
    };
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         font-family=\"system-ui, 'Noto Sans', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif\"><title>{}</title>\
         <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>",
        say(language, "分镜图", "Storyboard"),
        colours.ground
    );
    for (n, step) in steps.iter().enumerate() {
        let (x, y) = (
            GAP + (n % columns) as f64 * cell.0,
            GAP + (n / columns) as f64 * cell.1,
        );
        let _ = write!(out, "<g transform=\"translate({x:.0} {y:.0})\">");
        let _ = write!(
            out,
            "<rect width=\"{SCENE_WIDTH}\" height=\"{:.0}\" rx=\"14\" fill=\"{}\" stroke=\"{}\"/>",
            cell.1 - GAP,
            colours.sheet,
            colours.hair
        );
        let _ = write!(out, "<g transform=\"translate(0 {SCENE_TOP})\">");
        draw::scene(
            &mut out,
            timeline,
            &Scene::at(timeline, *step),
            &layout,
            language,
            &colours,
        );
        out.push_str("</g>");
        let top = SCENE_TOP + layout.height + LINE;
        let number = format!("{} · {}", n + 1, time(timeline.steps[*step].at));
        draw::text(&mut out, 16.0, top, 14.0, colours.ink_2, "", &number);
        for (line, words) in wrapped(&sentence(timeline, *step, language))
            .into_iter()
            .enumerate()
        {
            draw::text(
                &mut out,
                16.0,
                top + LINE * (line as f64 + 1.1),
                16.0,
                colours.ink,
                "",
                &words,
            );
        }
        out.push_str("</g>");
    }
    out.push_str("</svg>");
    out
}

/// Wraps a sentence; text that is too long is cut with an ellipsis.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    // Chinese breaks between any two characters, other text at spaces.
    for word in text.split_inclusive(|c: char| c == ' ' || c as u32 >= 0x2e80) {
        let here = lines.last().map_or(0, |l| super::text_width::columns(l));
        if here > 0 && here + super::text_width::columns(word.trim_end()) > SENTENCE_COLUMNS {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(&super::text_width::shortened(word, SENTENCE_COLUMNS));
        }
    }
    if lines.len() > SENTENCE_LINES_MAX {
        lines.truncate(SENTENCE_LINES_MAX);
        if let Some(last) = lines.last_mut() {
            *last = super::text_width::shortened(&format!("{last} ……"), SENTENCE_COLUMNS);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::samples;

    #[test]
    fn draws_scenes_with_sentences_in_both_languages_and_themes() {
        let t = Timeline::from_events(samples::greylisted());
        for language in Language::ALL {
            for theme in [Theme::Light, Theme::Dark] {
                let svg = svg(&t, 3, 8, language, theme);
                assert_eq!(svg.matches("· 10:00:").count(), 6, "six scenes");
                assert_eq!(
                    svg.matches('<').count(),
                    svg.matches('>').count(),
                    "well formed"
                );
                assert!(svg.contains("EHLO") && !svg.contains("http://www.w3.org/1999"));
            }
        }
    }

    #[test]
    fn scene_has_a_margin_and_labels_responsibility() {
        let t = Timeline::from_events(samples::greylisted());
        let layout = Layout::new(&t, SCENE_WIDTH);
        let dns = layout.dns.expect("a name server");
        assert!(SCENE_TOP + dns.y >= 8.0 && dns.x + dns.w <= SCENE_WIDTH - 8.0);
        for (language, words) in [
            (Language::English, "holds it"),
            (Language::Chinese, "负责中"),
        ] {
            let svg = svg(&t, 0, t.last(), language, Theme::Light);
            assert!(svg.contains(words), "{words}");
            let scenes = svg.matches(&format!("translate(0 {SCENE_TOP})")).count();
            assert_eq!(scenes, super::scenes(&t, 0, t.last()).len());
        }
    }

    #[test]
    fn thins_a_long_range_and_draws_nothing_for_an_empty_one() {
        let t = Timeline::from_events(samples::greylisted());
        let all = scenes(&t, 0, t.last());
        assert!(
            all.len() <= SCENES_MAX && all.contains(&t.last()),
            "{all:?}"
        );
        assert_eq!(scenes(&t, 2, 2 + SCENES_MAX - 1).len(), SCENES_MAX);
        assert!(scenes(&t, 2, 2 + SCENES_MAX).len() <= SCENES_MAX);
        assert!(svg(&t, 5, 4, Language::English, Theme::Light).is_empty());
        assert!(svg(&Timeline::default(), 0, 0, Language::English, Theme::Light).is_empty());
    }

    #[test]
    fn escapes_markup_in_a_reply() {
        let mut events = samples::unknown_client_on_25();
        if let event::Kind::Line { text, .. } = &mut events[1].kind {
            *text = "220 <script>&\"'".into();
        }
        let t = Timeline::from_events(events);
        let svg = svg(&t, 0, 3, Language::English, Theme::Light);
        assert!(svg.contains("&lt;script&gt;&amp;") && !svg.contains("<script"));
    }
}
