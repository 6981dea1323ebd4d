//! Places hosts in rows, agents in hosts, and wires between agents. Pure geometry in diagram units,
//! with the scale at which the diagram fits the screen; independent of time. `fit` chooses rows and
//! sizes, `route` routes the wires.

mod fit;
mod route;

use super::model::{AgentId, HostId, Location};
use super::scene::SceneMessage;

pub use fit::Viewport;
pub use route::{Curves, at, path};

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// A point.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

/// A wire from one agent to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Wire {
    /// The two agents.
    pub agents: (AgentId, AgentId),
    /// Its curves, end to end.
    pub curves: Curves,
    /// Position of the caption of a line that crosses it: above the middle, clear of the agents.
    pub caption: Point,
}

/// Position of a frame's name.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HostLabel {
    /// Start of the text on its baseline, or its end if `to_the_left`.
    pub at: Point,
    /// The text ends at `at` instead of starting there.
    pub to_the_left: bool,
    /// Maximum width.
    pub width: f64,
    /// Whether a note fits beside it.
    pub note: bool,
    /// Whether the note that the host is unreachable stands below the name, for lack of space
    /// beside it.
    pub unreachable_below: bool,
    /// Width of an opaque plate behind the name; needed if a wire crosses it at every possible
    /// position.
    pub plate: Option<f64>,
}

/// The dimensions chosen for a width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metrics {
    /// Width and height of an agent.
    pub agent: (f64, f64),
    /// Gap between the agents of a frame.
    pub inner_gap: f64,
    /// Minimum gap between frames.
    pub outer_gap_min: f64,
    /// Maximum gap between frames.
    pub outer_gap_max: f64,
    /// Padding around the agents of a frame.
    pub pad: f64,
    /// Minimum width of a frame, for its name.
    pub frame_min: f64,
    /// Height for the host's name above its agents.
    pub title: f64,
    /// Height for queued messages below the agents.
    pub queue_area: f64,
    /// Height for the captions above a row of frames.
    pub caption_band: f64,
}

/// The layout of the whole diagram.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Width in diagram units.
    pub width: f64,
    /// Height in diagram units.
    pub height: f64,
    /// CSS pixels per diagram unit.
    pub scale: f64,
    /// Frames in the order of the message's route.
    pub frames: Vec<(HostId, Rect)>,
    /// Their names.
    pub names: Vec<HostLabel>,
    /// Number of frames in each row.
    pub rows: Vec<usize>,
    /// Agents by ID.
    pub agents: Vec<Rect>,
    /// The name server.
    pub dns: Option<Rect>,
    /// Wires in the order of `Timeline::wires`.
    pub wires: Vec<Wire>,
    /// The dimensions used.
    pub metrics: Option<Metrics>,
}

const DNS_SIZE: (f64, f64) = (84.0, 40.0);
const MARGIN: f64 = 8.0;
/// Agents narrower than this are drawn with less detail.
pub const SMALL_AGENT_WIDTH: f64 = 90.0;
/// Distance from a frame's name to the note below it.
pub const NOTE_LINE: f64 = 15.0;
/// Minimum width of an agent at which the label below it has the postmark's text beside its time.
pub const LABELLED_AGENT_WIDTH: f64 = 110.0;
/// Distance of queued messages below the agent's current message; the time and the postmark are
/// between them.
const QUEUE_BELOW_COUNTER: f64 = 66.0;
/// Distance below an agent of the time of its postmark or next attempt.
const LABEL_BELOW: f64 = 42.0;
/// Size of a full-size envelope including the space around it.
const ENVELOPE: (f64, f64) = (54.0, 40.0);
/// Distance from an agent's lower edge to the middle of its message, so that the agent's name stays
/// legible.
const MESSAGE_BELOW: f64 = 7.0;
/// Distance between a caption and what it must not hide.
const APART: f64 = 6.0;
/// Half the height of a caption.
const HALF_CAPTION: f64 = 15.0;

impl Layout {
    /// Height on the screen in CSS pixels.
    pub fn shown_height(&self) -> f64 {
        self.height * self.scale
    }

    /// Position and maximum width of the name server's answer: from its left edge, or up to its
    /// right edge if the flag is set.
    pub fn answer(&self) -> Option<(Point, bool, f64)> {
        let dns = self.dns?;
        let y = dns.y + dns.h / 2.0 + 5.5;
        let (before, after) = (
            dns.x - 3.0 * MARGIN,
            self.width - dns.x - dns.w - 3.0 * MARGIN,
        );
        Some(if after >= before {
            (
                Point {
                    x: dns.x + dns.w + 12.0,
                    y,
                },
                false,
                after,
            )
        } else {
            (Point { x: dns.x - 12.0, y }, true, before)
        })
    }

    /// The wire between two agents in either direction, with its curves reversed if necessary so
    /// that they begin at `from`.
    pub fn between(&self, from: AgentId, to: AgentId) -> Option<Wire> {
        self.wires.iter().find_map(|w| match w.agents {
            (a, b) if (a, b) == (from, to) => Some(w.clone()),
            (a, b) if (b, a) == (from, to) => Some(Wire {
                agents: (from, to),
                curves: route::reversed(&w.curves),
                caption: w.caption,
            }),
            _ => None,
        })
    }

    /// Position of a message in an agent: at the agent's lower edge.
    pub fn counter(&self, agent: AgentId) -> Point {
        let edge = self.rect(agent).bottom();
        Point {
            x: edge.x,
            y: edge.y + MESSAGE_BELOW,
        }
    }

    /// Centre of the line below an agent that shows its time.
    pub fn label(&self, agent: AgentId) -> Point {
        let edge = self.rect(agent).bottom();
        Point {
            x: edge.x,
            y: edge.y + LABEL_BELOW,
        }
    }

    /// Whether labels state what their time means: there is room, and no wire leads down beside
    /// them.
    pub fn labels_have_words(&self) -> bool {
        self.rows.len() == 1
            && self
                .metrics
                .is_some_and(|m| m.agent.0 >= LABELLED_AGENT_WIDTH)
    }

    /// An agent's rectangle; empty for an agent added after this layout was computed.
    pub fn rect(&self, agent: AgentId) -> Rect {
        self.agents.get(agent).copied().unwrap_or_default()
    }

    /// Position of a message; `None` if its location is unknown.
    pub fn location(&self, location: Location) -> Option<Point> {
        match location {
            Location::Unknown => None,
            Location::In(agent) => Some(self.counter(agent)),
            Location::Between(from, to) => Some(
                self.between(from, to)
                    .map_or(self.counter(from), |w| at(&w.curves, 0.5)),
            ),
        }
    }

    /// Position and scale of an envelope: the selected message at its agent's lower edge or on the
    /// wire, the others smaller below it.
    pub fn message(&self, message: &SceneMessage) -> Option<(Point, f64)> {
        let at = self.location(message.location)?;
        if message.main {
            return Some((
                at,
                if self.metrics.is_some_and(|m| m.agent.0 < SMALL_AGENT_WIDTH) {
                    0.8
                } else {
                    1.0
                },
            ));
        }
        let (slot, count) = message.slot;
        let (scale, down) = match (message.location, count) {
            (Location::In(_), _) => queue_slots(count),
            (_, 0..=6) => (0.36, 24.0),
            _ => (0.22, 22.0),
        };
        let agent = self.metrics.map_or(LABELLED_AGENT_WIDTH, |m| m.agent.0);
        let in_row = ((agent / (ENVELOPE.0 * scale)) as usize).max(1);
        let (row, column) = (slot / in_row, slot % in_row);
        let in_this_row = in_row.min(count - row * in_row) as f64;
        let x = at.x + (column as f64 - (in_this_row - 1.0) / 2.0) * ENVELOPE.0 * scale;
        Some((
            Point {
                x,
                y: at.y + down + row as f64 * ENVELOPE.1 * scale,
            },
            scale,
        ))
    }

    /// An envelope's outline.
    pub fn envelope(&self, message: &SceneMessage) -> Option<Rect> {
        let (at, scale) = self.message(message)?;
        let (w, h) = (ENVELOPE.0 * scale, ENVELOPE.1 * scale);
        Some(Rect {
            x: at.x - w / 2.0,
            y: at.y - h / 2.0,
            w,
            h,
        })
    }

    /// Position of a caption about an agent: above the agent, outside its frame.
    pub fn above(&self, agent: AgentId) -> Point {
        let rect = self.rect(agent);
        let top = self.frame_of(agent).map_or(rect.y, |f| f.y);
        Point {
            x: rect.x + rect.w / 2.0,
            y: top - self.metrics.map_or(0.0, |m| m.caption_band) / 2.0,
        }
    }

    /// The frame that holds an agent.
    pub fn frame_of(&self, agent: AgentId) -> Option<Rect> {
        let rect = self.rect(agent);
        self.frames.iter().map(|(_, f)| *f).find(|f| f.holds(rect))
    }

    /// Maximum width of a caption at a height, given the name server's position.
    pub fn caption_width_max(&self, y: f64) -> f64 {
        let whole = self.width - 2.0 * MARGIN;
        match self
            .dns
            .filter(|d| y + HALF_CAPTION > d.y && y - HALF_CAPTION < d.y + d.h)
        {
            Some(d) => (d.x - APART - MARGIN)
                .max(self.width - MARGIN - d.x - d.w - APART)
                .min(whole),
            None => whole,
        }
    }

    /// A caption's left edge: as near to `centre` as possible within the diagram without covering
    /// the name server or the rectangles in `hidden`.
    pub fn caption_left(&self, centre: f64, y: f64, width: f64, hidden: &[Rect]) -> f64 {
        let on_sheet = |left: f64| left.min(self.width - MARGIN - width).max(MARGIN);
        let near = |r: &&Rect| y + HALF_CAPTION > r.y && y - HALF_CAPTION < r.y + r.h;
        let wanted = on_sheet(centre - width / 2.0);
        let free = |left: f64, all: &[&Rect]| {
            let apart =
                |r: &&Rect| left >= r.x + r.w + APART - 0.5 || left + width + APART - 0.5 <= r.x;
            (on_sheet(left) - left).abs() < 0.5 && all.iter().all(apart)
        };
        let nearest = |all: &[&Rect]| {
            let beside = all
                .iter()
                .flat_map(|r| [r.x - APART - width, r.x + r.w + APART]);
            let candidates = beside.chain([wanted]).filter(|left| free(*left, all));
            candidates.min_by(|a, b| (a - wanted).abs().total_cmp(&(b - wanted).abs()))
        };
        let server: Vec<&Rect> = self.dns.iter().filter(near).collect();
        let all: Vec<&Rect> = server
            .iter()
            .copied()
            .chain(hidden.iter().filter(near))
            .collect();
        nearest(&all).or_else(|| nearest(&server)).unwrap_or(wanted)
    }
}

/// Scale of queued messages by their number, and the distance of their first row below the agent's
/// current message.
fn queue_slots(count: usize) -> (f64, f64) {
    match count {
        0..=3 => (0.5, QUEUE_BELOW_COUNTER),
        4..=12 => (0.36, QUEUE_BELOW_COUNTER - 4.0),
        _ => (0.22, QUEUE_BELOW_COUNTER - 8.0),
    }
}

impl Rect {
    /// Middle of the upper edge.
    pub fn top(&self) -> Point {
        Point {
            x: self.x + self.w / 2.0,
            y: self.y,
        }
    }

    /// Middle of the lower edge.
    pub fn bottom(&self) -> Point {
        Point {
            x: self.x + self.w / 2.0,
            y: self.y + self.h,
        }
    }

    /// Middle of the left edge.
    pub fn left(&self) -> Point {
        Point {
            x: self.x,
            y: self.y + self.h / 2.0,
        }
    }

    /// Middle of the right edge.
    pub fn right(&self) -> Point {
        Point {
            x: self.x + self.w,
            y: self.y + self.h / 2.0,
        }
    }

    /// Whether the rectangles overlap by more than `least` in both directions.
    pub fn covers(&self, other: Rect, least: f64) -> bool {
        let across = (self.x + self.w).min(other.x + other.w) - self.x.max(other.x);
        let down = (self.y + self.h).min(other.y + other.h) - self.y.max(other.y);
        across > least && down > least
    }

    fn holds(&self, inner: Rect) -> bool {
        inner.x >= self.x
            && inner.y >= self.y
            && inner.x + inner.w <= self.x + self.w + 0.5
            && inner.y + inner.h <= self.y + self.h + 0.5
    }
}

impl Point {
    fn towards(self, other: Point, part: f64) -> Point {
        Point {
            x: self.x + (other.x - self.x) * part,
            y: self.y + (other.y - self.y) * part,
        }
    }
}
