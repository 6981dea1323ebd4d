//! Layout at every width: everything is within the diagram and nothing overlaps.

use crate::i18n::Language;
use crate::stage::i18n::{host_name, unreachable_note};
use crate::stage::layout::{Layout, NOTE_LINE, at};
use crate::stage::model::Timeline;
use crate::stage::samples;
use crate::stage::scene::Scene;
use crate::stage::text_width::columns;
use mail::Duration;

#[test]
fn everything_fits_at_every_width_and_nothing_overlaps() {
    for events in [
        samples::local_delivery(),
        samples::greylisted(),
        samples::composed_and_pushed(),
        samples::both_ends(),
    ] {
        let t = Timeline::from_events(events);
        for width in [320.0, 360.0, 390.0, 720.0, 1000.0, 1280.0, 1920.0] {
            let sheet = Layout::new(&t, width);
            for (i, (_, a)) in sheet.frames.iter().enumerate() {
                assert!(
                    a.x >= 0.0 && a.x + a.w <= width + 0.5,
                    "frame {i} at width {width}: {a:?}"
                );
                for (_, b) in &sheet.frames[i + 1..] {
                    assert!(
                        a.x + a.w <= b.x
                            || b.x + b.w <= a.x
                            || a.y + a.h <= b.y
                            || b.y + b.h <= a.y,
                        "width {width}: {a:?} {b:?}"
                    );
                }
            }
            for wire in &sheet.wires {
                let middle = at(&wire.curves, 0.5);
                assert!(
                    middle.x > 0.0 && middle.x < width && middle.y > 0.0 && middle.y < sheet.height
                );
            }
        }
    }
}

#[test]
fn the_note_on_an_unreachable_host_stays_within_its_frame() {
    /// Estimated widths of a character of a name and of a note, and the gap between the two.
    const NAME: f64 = 8.4;
    const NOTE: f64 = 7.0;
    const GAP: f64 = 10.0;
    let mut below = 0;
    for events in [samples::greylisted(), samples::both_ends()] {
        let t = Timeline::from_events(events);
        for width in [320.0, 390.0, 720.0, 1000.0, 1280.0, 1920.0] {
            let sheet = Layout::new(&t, width);
            for ((host, frame), name) in sheet.frames.iter().zip(&sheet.names) {
                below += usize::from(name.unreachable_below);
                for language in Language::ALL {
                    let note = columns(unreachable_note(language)) as f64 * NOTE;
                    let host = host_name(language, &t.topology.hosts[*host]);
                    let name_width = (columns(&host) as f64 * NAME).min(name.width);
                    let needed = if name.unreachable_below {
                        note
                    } else {
                        name_width + GAP + note
                    };
                    let place = format!("{host} at width {width}: {name:?} in {frame:?}");
                    let (left, right) = if name.to_the_left {
                        (name.at.x - needed, name.at.x)
                    } else {
                        (name.at.x, name.at.x + needed)
                    };
                    assert!(left >= frame.x && right <= frame.x + frame.w, "{place}");
                }
                let agents = sheet
                    .agents
                    .iter()
                    .filter(|a| a.w > 0.0 && frame.covers(**a, 0.0));
                for agent in agents {
                    let bottom = name.at.y + NOTE_LINE;
                    assert!(
                        !name.unreachable_below || bottom < agent.y,
                        "{name:?} {agent:?}"
                    );
                }
            }
        }
    }
    assert!(
        below > 0,
        "some names leave no space for the note beside them"
    );
}

#[test]
fn lays_out_and_shows_a_thousand_events() {
    let mut all = Vec::new();
    for round in 0..16_u64 {
        let shift = Duration::from_secs(round * 1000);
        all.extend(samples::greylisted().into_iter().map(|mut e| {
            e.at = e.at + shift;
            e.seq += round * 1000;
            e.span = mail::SpanId(e.span.0 + round * 100);
            e.parent = e.parent.map(|p| mail::SpanId(p.0 + round * 100));
            e
        }));
    }
    assert!(all.len() >= 900, "{}", all.len());
    let t = Timeline::from_events(all);
    let sheet = Layout::new(&t, 1280.0);
    let last = Scene::at(&t, t.last());
    assert!(!sheet.frames.is_empty() && last.position == t.last());
}

#[test]
fn fifty_messages_in_transit_are_all_shown_without_overlap() {
    let t = Timeline::from_run(samples::crowd(50));
    assert_eq!(t.messages.len(), 50);
    let scene = Scene::of(&t, t.last(), Some(7));
    assert_eq!(
        (
            scene.messages.len(),
            scene.responsibilities.len(),
            scene.clocks.len()
        ),
        (50, 50, 50)
    );
    assert_eq!(
        scene
            .messages
            .iter()
            .filter(|l| l.main)
            .map(|l| l.key.message)
            .collect::<Vec<_>>(),
        [7]
    );
    for width in [390.0, 1280.0] {
        let sheet = Layout::new(&t, width);
        let positions: Vec<_> = scene
            .messages
            .iter()
            .filter_map(|l| sheet.message(l))
            .collect();
        assert_eq!(positions.len(), 50);
        for (i, (a, scale)) in positions.iter().enumerate() {
            assert!(a.x > 0.0 && a.x < width && a.y < sheet.height, "{a:?}");
            let apart = |b: &crate::stage::layout::Point| {
                (a.x - b.x).abs() > 40.0 * scale || (a.y - b.y).abs() > 30.0 * scale
            };
            assert!(
                positions[i + 1..].iter().all(|(b, _)| apart(b)),
                "message {i} at width {width}"
            );
        }
    }
}
