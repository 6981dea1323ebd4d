//! Layout at every width: everything is within the diagram and nothing overlaps.

use crate::stage::layout::{Layout, at};
use crate::stage::model::Timeline;
use crate::stage::samples;
use crate::stage::scene::Scene;
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
