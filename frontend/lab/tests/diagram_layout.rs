//! The stage of every scenario, at every step and in all sizes: nothing hides text, no wire crosses
//! a name or an unrelated agent, and the diagram fits its viewport or is at its smallest scale.
//! Uses only font metrics, no rendering.

mod support;

use frontend::i18n::Language;
use frontend::stage::caption::{Caption, HEIGHT};
use frontend::stage::i18n::{host_name, role_task};
use frontend::stage::layout::{Layout, Point, Rect, Viewport, at};
use frontend::stage::model::Timeline;
use frontend::stage::scene::Scene;
use lab::state::network::timeline;
use support::runs;

/// Sizes of a scenario's page, a projector, a wide window, a column of a comparison and a phone.
const VIEWPORTS: [(f64, f64, bool); 7] = [
    (1012.0, 465.0, false),
    (1360.0, 420.0, false),
    (932.0, 360.0, false),
    (1280.0, 420.0, true),
    (466.0, 320.0, false),
    (640.0, 300.0, false),
    (390.0, 327.0, false),
];
/// Height of a name above and below its baseline, in pixels.
const NAME_UP: f64 = 11.0;
const NAME_DOWN: f64 = 4.0;

fn timelines() -> Vec<(String, Timeline)> {
    runs()
        .map(|(name, played)| (name, timeline(&played)))
        .collect()
}

fn check(faults: &mut Vec<String>, holds: bool, what: impl FnOnce() -> String) {
    if !holds && faults.len() < 60 {
        faults.push(what());
    }
}

/// The rectangles of the names in a language.
fn name_rects(t: &Timeline, layout: &Layout, language: Language) -> Vec<Rect> {
    let one = |((host, _), place): (&(usize, Rect), &frontend::stage::layout::HostLabel)| {
        let columns =
            frontend::stage::text_width::columns(&host_name(language, &t.topology.hosts[*host]))
                as f64;
        let w = (columns * 8.4).min(place.width);
        let x = if place.to_the_left {
            place.at.x - w
        } else {
            place.at.x
        };
        Rect {
            x,
            y: place.at.y - NAME_UP,
            w,
            h: NAME_UP + NAME_DOWN,
        }
    };
    layout.frames.iter().zip(&layout.names).map(one).collect()
}

fn inside(r: &Rect, p: Point, less: f64) -> bool {
    p.x > r.x + less && p.x < r.x + r.w - less && p.y > r.y + less && p.y < r.y + r.h - less
}

fn check_layout(
    faults: &mut Vec<String>,
    who: &str,
    t: &Timeline,
    viewport: Viewport,
    layout: &Layout,
) {
    for (i, (_, a)) in layout.frames.iter().enumerate() {
        let on_sheet = a.x >= 0.0 && a.x + a.w <= layout.width + 0.5 && a.y + a.h <= layout.height;
        check(faults, on_sheet, || {
            format!("{who}: frame {i} is not on the sheet: {a:?}")
        });
        check(
            faults,
            layout.frames[i + 1..]
                .iter()
                .all(|(_, b)| !a.covers(*b, 0.0)),
            || format!("{who}: frame {i} covers another"),
        );
    }
    let fits = layout.shown_height() <= viewport.height + 1.0
        && layout.width * layout.scale <= viewport.width + 1.0;
    let least = if viewport.large && viewport.width > 720.0 {
        1.2
    } else {
        0.88
    };
    check(faults, fits || layout.scale <= least + 0.001, || {
        format!(
            "{who}: {} of {} at {}",
            layout.shown_height(),
            viewport.height,
            layout.scale
        )
    });
    check(faults, layout.scale >= least - 0.001, || {
        format!("{who}: messages too small, scale {}", layout.scale)
    });
    for language in Language::ALL {
        let names = name_rects(t, layout, language);
        let written = |host: &usize| host_name(language, &t.topology.hosts[*host]);
        for (i, (host, _)) in layout.frames.iter().enumerate() {
            let person = |host: usize| t.topology.hosts[host].person;
            let mut earlier = layout.frames[..i].iter();
            let twice =
                earlier.any(|(h, _)| person(*h) == person(*host) && written(h) == written(host));
            check(faults, !twice, || {
                format!("{who}: two are called {}", written(host))
            });
        }
        for (i, name) in names.iter().enumerate() {
            let plates_are_rare = layout.names[i].plate.is_none() || layout.rows.len() > 1;
            check(faults, plates_are_rare, || {
                format!("{who}: the name {i} cannot be kept off the wires")
            });
            check(faults, name.x >= layout.frames[i].1.x, || {
                format!("{who}: name {i} is wider than its frame")
            });
            for wire in &layout.wires {
                let crosses =
                    (0..=200).any(|n| inside(name, at(&wire.curves, f64::from(n) / 200.0), 0.0));
                check(faults, !crosses || layout.names[i].plate.is_some(), || {
                    format!("{who}: a wire {:?} leads through the name {i}", wire.agents)
                });
            }
        }
        for (agent, rect) in layout
            .agents
            .iter()
            .enumerate()
            .filter(|(_, r)| r.w >= frontend::stage::layout::SMALL_AGENT_WIDTH)
        {
            let task = role_task(language, t.topology.agents[agent].role);
            let width: f64 = task
                .chars()
                .map(|c| if c.is_ascii() { 7.2 } else { 13.0 })
                .sum();
            check(faults, width + 8.0 <= rect.w, || {
                format!("{who}: {task} does not fit its agent of {}", rect.w)
            });
        }
    }
    for wire in &layout.wires {
        for (agent, rect) in layout.agents.iter().enumerate().filter(|(_, r)| r.w > 0.0) {
            let through =
                (0..=200).any(|n| inside(rect, at(&wire.curves, f64::from(n) / 200.0), 3.0));
            check(faults, !through, || {
                format!(
                    "{who}: the wire {:?} leads through agent {agent}",
                    wire.agents
                )
            });
        }
    }
}

fn check_caption(
    faults: &mut Vec<String>,
    who: &str,
    t: &Timeline,
    scene: &Scene,
    layout: &Layout,
) {
    for language in Language::ALL {
        let Some(c) = Caption::of(t, scene, layout, language) else {
            continue;
        };
        let caption_rect = Rect {
            x: c.x,
            y: c.y - HEIGHT / 2.0,
            w: c.w,
            h: HEIGHT,
        };
        let step = || format!("{who} step {}: “{}”", scene.position, c.text);
        check(
            faults,
            caption_rect.x >= 0.0
                && caption_rect.x + caption_rect.w <= layout.width
                && caption_rect.y >= 0.0,
            || format!("{} is not on the sheet", step()),
        );
        check(
            faults,
            !layout.dns.is_some_and(|d| d.covers(caption_rect, 0.5)),
            || format!("{} covers the name server", step()),
        );
        let names = name_rects(t, layout, language);
        check(
            faults,
            !names.iter().any(|n| n.covers(caption_rect, 0.5)),
            || format!("{} covers a name", step()),
        );
        check(
            faults,
            !layout.agents.iter().any(|r| r.covers(caption_rect, 0.5)),
            || format!("{} covers a agent", step()),
        );
        let labels = scene
            .postmarks
            .iter()
            .map(|p| layout.label(p.agent))
            .chain(scene.clocks.iter().map(|c| layout.label(c.agent)));
        let mut labels = labels.map(|p| Rect {
            x: p.x - 30.0,
            y: p.y - 11.0,
            w: 60.0,
            h: 14.0,
        });
        check(faults, !labels.any(|l| l.covers(caption_rect, 0.5)), || {
            format!("{} covers a time", step())
        });
    }
}

#[test]
fn nothing_hides_text_and_no_wire_crosses_it_in_any_scenario() {
    let mut faults = Vec::new();
    let runs = timelines();
    assert!(runs.len() >= 47, "{}", runs.len());
    for (name, t) in &runs {
        let layouts = VIEWPORTS.map(|(width, height, large)| {
            let viewport = Viewport {
                width,
                height,
                large,
            };
            (viewport, Layout::fit(t, viewport))
        });
        for (viewport, layout) in &layouts {
            check_layout(
                &mut faults,
                &format!("{name} at {}×{}", viewport.width, viewport.height),
                t,
                *viewport,
                layout,
            );
        }
        for step in 0..t.len() {
            let scene = Scene::at(t, step);
            for (viewport, layout) in &layouts {
                check_caption(
                    &mut faults,
                    &format!("{name} at {}×{}", viewport.width, viewport.height),
                    t,
                    &scene,
                    layout,
                );
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_whole_diagram_fits_beside_the_notes_and_in_a_wide_window() {
    for (name, t) in timelines() {
        for (width, height) in [(1012.0, 465.0), (1360.0, 420.0)] {
            let viewport = Viewport {
                width,
                height,
                large: false,
            };
            let layout = Layout::fit(&t, viewport);
            let (shown, rows) = (layout.shown_height(), layout.rows.len());
            assert!(
                shown <= height + 1.0,
                "{name}: {shown} of {height}, {rows} rows"
            );
        }
    }
}
