//! Routes wires: straight to a neighbour, below the agents they pass, and through the gaps between
//! frames from row to row, so that no wire crosses a name or the agents of another host.

use super::{HostLabel, Layout, MARGIN, Point, Rect, Wire};
use crate::i18n::Language;
use crate::stage::i18n::{host_name, host_note, unreachable_note};
use crate::stage::model::{AgentId, Timeline};
use std::fmt::Write as _;

/// Cubic Bézier curves, end to end: start, two control points, end.
pub type Curves = Vec<[Point; 4]>;

/// Depth of a wire that passes below agents.
const DIP: f64 = 28.0;
/// Distance from an agent's corner at which a wire to another row leaves or enters, beside the time
/// written below the agent.
const CORNER: f64 = 6.0;
/// Clearance between a wire and the frames of a row that it passes.
const CLEAR: f64 = 6.0;
/// Distance from a frame's edge to its name.
pub(super) const NAME_INSET: f64 = 14.0;
/// Width of one character of a name, and of a note, in the widest system font.
pub(super) const NAME_COLUMN: f64 = 8.6;
const NOTE_COLUMN: f64 = 7.4;
const NOTE_GAP: f64 = 10.0;

/// The point at `t` (0 to 1) along the curves, each of which counts for the same share.
pub fn at(curves: &[[Point; 4]], t: f64) -> Point {
    let along = t.clamp(0.0, 1.0) * curves.len() as f64;
    let number = (along as usize).min(curves.len().saturating_sub(1));
    let Some(curve) = curves.get(number) else {
        return Point::default();
    };
    let t = along - number as f64;
    let u = 1.0 - t;
    let weights = [u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t];
    let sum = |f: fn(&Point) -> f64| curve.iter().zip(weights).map(|(p, w)| f(p) * w).sum();
    Point {
        x: sum(|p| p.x),
        y: sum(|p| p.y),
    }
}

/// The curves as an SVG path: `M… C…`.
pub fn path(curves: &[[Point; 4]]) -> String {
    let mut out = String::new();
    for (i, [p, q, r, s]) in curves.iter().enumerate() {
        if i == 0 {
            let _ = write!(out, "M{:.1} {:.1}", p.x, p.y);
        }
        let _ = write!(
            out,
            "C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
            q.x, q.y, r.x, r.y, s.x, s.y
        );
    }
    out
}

fn straight(from: Point, to: Point) -> [Point; 4] {
    [
        from,
        from.towards(to, 1.0 / 3.0),
        from.towards(to, 2.0 / 3.0),
        to,
    ]
}

/// A curve that starts and ends vertically.
fn s_curve(from: Point, to: Point) -> [Point; 4] {
    let middle = (from.y + to.y) / 2.0;
    [
        from,
        Point {
            x: from.x,
            y: middle,
        },
        Point { x: to.x, y: middle },
        to,
    ]
}

/// The same path in the opposite direction.
pub(super) fn reversed(curves: &[[Point; 4]]) -> Curves {
    curves
        .iter()
        .rev()
        .map(|[p, q, r, s]| [*s, *r, *q, *p])
        .collect()
}

/// The top and bottom edges of a row of frames.
fn edges(frames: &[Rect]) -> (f64, f64) {
    let top = frames.iter().map(|f| f.y).fold(f64::INFINITY, f64::min);
    (top, frames.iter().map(|f| f.y + f.h).fold(0.0, f64::max))
}

impl Layout {
    pub(super) fn wire(&self, a: AgentId, b: AgentId) -> Wire {
        let (from, to) = (self.rect(a), self.rect(b));
        if let (Some(upper), Some(lower)) = (self.row_of(a), self.row_of(b))
            && upper != lower
        {
            return self.between_rows(a, b, upper, lower);
        }
        let passes = self.agents.iter().any(|r| {
            let (left, right) = (from.x.min(to.x), from.x.max(to.x));
            (r.y - from.y).abs() < 1.0 && r.x > left + 1.0 && r.x < right - 1.0
        });
        let curve = if passes {
            let (start, end) = (from.bottom(), to.bottom());
            [
                start,
                Point {
                    x: start.x,
                    y: start.y + DIP,
                },
                Point {
                    x: end.x,
                    y: end.y + DIP,
                },
                end,
            ]
        } else {
            let (start, end) = if from.x < to.x {
                (from.right(), to.left())
            } else {
                (from.left(), to.right())
            };
            straight(start, end)
        };
        let curves = vec![curve];
        Wire {
            agents: (a, b),
            caption: Point {
                x: at(&curves, 0.5).x,
                y: self.above(a).y,
            },
            curves,
        }
    }

    /// A wire between rows: straight out of one frame, through the caption bands and the gaps
    /// between frames, and straight into the other.
    fn between_rows(&self, a: AgentId, b: AgentId, row_a: usize, row_b: usize) -> Wire {
        let is_reversed = row_a > row_b;
        let (upper, lower, first, last) = if is_reversed {
            (b, a, row_b, row_a)
        } else {
            (a, b, row_a, row_b)
        };
        let (from, to) = (self.rect(upper), self.rect(lower));
        let (middle_from, middle_to) = (from.bottom().x, to.top().x);
        let beside = |middle: f64, other: f64, w: f64| {
            middle + (w / 2.0 - CORNER) * if other < middle - 1.0 { -1.0 } else { 1.0 }
        };
        let start = Point {
            x: beside(middle_from, middle_to, from.w),
            y: from.y + from.h,
        };
        let end = Point {
            x: beside(middle_to, middle_from, to.w),
            y: to.y,
        };
        let out = Point {
            x: start.x,
            y: self.frame_of(upper).map_or(start.y, |f| f.y + f.h),
        };
        let into = Point {
            x: end.x,
            y: self.frame_of(lower).map_or(end.y, |f| f.y),
        };
        let mut curves = vec![straight(start, out)];
        curves.extend(self.between_row_path(out, into, first, last));
        curves.push(straight(into, end));
        // The caption is in the band above the lower frame, where nothing else is written.
        let caption_band = self.metrics.map_or(0.0, |m| m.caption_band);
        let middle = at(&curves, 0.5);
        if is_reversed {
            curves = reversed(&curves);
        }
        Wire {
            agents: (a, b),
            curves,
            caption: Point {
                x: if last == first + 1 { middle.x } else { into.x },
                y: into.y - caption_band / 2.0,
            },
        }
    }

    /// The path from below one row to above another, past the rows between them.
    fn between_row_path(&self, from: Point, to: Point, first: usize, last: usize) -> Curves {
        let (mut curves, mut here) = (Vec::new(), from);
        for row in first + 1..last {
            let frames = self.frames_of(row);
            let (top, bottom) = (
                frames.iter().map(|f| f.y).fold(f64::INFINITY, f64::min),
                frames.iter().map(|f| f.y + f.h).fold(0.0, f64::max),
            );
            let x = self.gap(&frames, (here.x + to.x) / 2.0);
            let (above, below) = (
                Point { x, y: top - CLEAR },
                Point {
                    x,
                    y: bottom + CLEAR,
                },
            );
            curves.extend([s_curve(here, above), straight(above, below)]);
            here = below;
        }
        curves.push(s_curve(here, to));
        curves
    }

    /// The horizontal centre of the gap, between or beside the frames of a row, that is nearest to
    /// `near`.
    fn gap(&self, frames: &[Rect], near: f64) -> f64 {
        let between = frames
            .windows(2)
            .map(|two| (two[0].x + two[0].w + two[1].x) / 2.0);
        let outside = [
            frames
                .first()
                .map_or(MARGIN, |f| (f.x - 2.0 * MARGIN).max(MARGIN / 2.0)),
            frames.last().map_or(MARGIN, |f| {
                (f.x + f.w + 2.0 * MARGIN).min(self.width - MARGIN / 2.0)
            }),
        ];
        let all = between.chain(outside);
        all.min_by(|a, b| (a - near).abs().total_cmp(&(b - near).abs()))
            .unwrap_or(near)
    }

    fn frames_of(&self, row: usize) -> Vec<Rect> {
        let before: usize = self.rows[..row].iter().sum();
        self.frames[before..before + self.rows[row]]
            .iter()
            .map(|(_, f)| *f)
            .collect()
    }

    /// The row of an agent; `None` if it is not shown.
    fn row_of(&self, agent: AgentId) -> Option<usize> {
        let rect = self.rect(agent);
        let number = self
            .frames
            .iter()
            .position(|(_, f)| rect.w > 0.0 && f.holds(rect))?;
        let mut before = 0;
        self.rows.iter().position(|count| {
            before += count;
            number < before
        })
    }

    /// The path of a DNS query: from the top of a frame up to the name server.
    pub fn dns_path(&self, agent: AgentId) -> Option<Curves> {
        let (dns, frame, row) = (self.dns?, self.frame_of(agent)?, self.row_of(agent)?);
        let start = Point {
            x: self.rect(agent).top().x,
            y: frame.y,
        };
        if row == 0 {
            return Some(vec![straight(start, dns.bottom())]);
        }
        // Past the first row, then down like any wire between rows.
        let frames = self.frames_of(0);
        let x = self.gap(&frames, dns.bottom().x);
        let (top, bottom) = edges(&frames);
        let (above, below) = (
            Point {
                x,
                y: top - CLEAR / 2.0,
            },
            Point {
                x,
                y: bottom + CLEAR,
            },
        );
        let mut curves = vec![s_curve(dns.bottom(), above), straight(above, below)];
        curves.extend(self.between_row_path(below, start, 0, row));
        Some(reversed(&curves))
    }

    /// Places the names where no wire enters: at the left if possible, else at the right.
    pub(super) fn place_names(&mut self, timeline: &Timeline) {
        let Some(m) = self.metrics else { return };
        let mut names = Vec::with_capacity(self.frames.len());
        for (host, frame) in &self.frames {
            let entry = &timeline.topology.hosts[*host];
            let widest = |f: fn(Language, &crate::stage::model::Host) -> String, column: f64| {
                Language::ALL
                    .map(|l| crate::stage::text_width::columns(&f(l, entry)) as f64 * column)
                    .into_iter()
                    .fold(0.0, f64::max)
            };
            let name_space = frame.w - 2.0 * NAME_INSET;
            let width = widest(host_name, NAME_COLUMN).min(name_space);
            let noted = width + NOTE_GAP + widest(host_note, NOTE_COLUMN);
            let enters = |left: f64, right: f64| {
                let comes_down = |p: Point| {
                    p.x > left - CLEAR
                        && p.x < right + CLEAR
                        && p.y > frame.y
                        && p.y < frame.y + frame.h
                };
                self.wires.iter().filter(|w| w.curves.len() > 1).any(|w| {
                    let ends = [
                        w.curves.first().map(|c| c[0]),
                        w.curves.last().map(|c| c[3]),
                    ];
                    // A wire that leaves downwards crosses no name.
                    ends.into_iter()
                        .flatten()
                        .any(|p| (p.y - frame.y - m.title).abs() < 1.0 && comes_down(p))
                })
            };
            let (left, right) = (frame.x + NAME_INSET, frame.x + frame.w - NAME_INSET);
            let y = frame.y + m.title * 0.48;
            let note = noted <= name_space && !enters(left, left + noted);
            let unreachable = widest(|l, _| unreachable_note(l).to_owned(), NOTE_COLUMN);
            let unreachable_below = width + NOTE_GAP + unreachable > name_space;
            let crossed = !note && enters(left, left + width);
            let to_the_left = crossed && !enters(right - width, right);
            let plate = (crossed && !to_the_left).then_some(width);
            names.push(HostLabel {
                at: Point {
                    x: if to_the_left { right } else { left },
                    y,
                },
                to_the_left,
                width: name_space,
                note,
                unreachable_below,
                plate,
            });
        }
        self.names = names;
    }
}
