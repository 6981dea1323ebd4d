//! Places hosts in rows, agents in hosts, and wires between agents. Plain geometry in units of the
//! diagram, with the scale at which it fits the screen; knows nothing of time. `fit` chooses rows
//! and sizes, `route` leads the wires.

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
    /// Where a word that crosses it is written: above the middle, off the agents.
    pub caption: Point,
}

/// Where a frame's name stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HostLabel {
    /// Its beginning on the line it is written on, or its end.
    pub at: Point,
    /// It ends there.
    pub to_the_left: bool,
    /// It may be so wide.
    pub width: f64,
    /// There is room for a note beside it.
    pub note: bool,
    /// A wire comes down on it wherever it stands: it is written on a plate, so wide, that hides
    /// the wire.
    pub plate: Option<f64>,
}

/// The measures that fit a width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metrics {
    /// Width and height of an agent.
    pub agent: (f64, f64),
    /// Between agents of a frame.
    pub inner_gap: f64,
    /// The least gap between frames.
    pub outer_gap_min: f64,
    /// The widest gap between frames.
    pub outer_gap_max: f64,
    /// Around the agents of a frame.
    pub pad: f64,
    /// No frame is narrower: its name must fit.
    pub frame_min: f64,
    /// For the host's name above its agents.
    pub title: f64,
    /// For the queue's shelf below the agents.
    pub queue_area: f64,
    /// For the words above a row of frames.
    pub caption_band: f64,
}

/// The whole sheet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// In units of the sheet.
    pub width: f64,
    /// In units of the sheet.
    pub height: f64,
    /// So many CSS pixels are one unit of the sheet.
    pub scale: f64,
    /// Frames, in the order of the way.
    pub frames: Vec<(HostId, Rect)>,
    /// Their names.
    pub names: Vec<HostLabel>,
    /// How many frames stand on each row.
    pub rows: Vec<usize>,
    /// Rooms by number.
    pub agents: Vec<Rect>,
    /// The name server.
    pub dns: Option<Rect>,
    /// As `Timeline::wires`.
    pub wires: Vec<Wire>,
    /// The measures it was made with.
    pub metrics: Option<Metrics>,
}

const DNS_SIZE: (f64, f64) = (84.0, 40.0);
const MARGIN: f64 = 8.0;
/// An agent narrower than this is drawn with less in it.
pub const SMALL_AGENT_WIDTH: f64 = 90.0;
/// A label below an agent has the postmark's word beside its time where the agent is at least so
/// wide.
pub const LABELLED_AGENT_WIDTH: f64 = 110.0;
/// Distance of the small messages below the counter; the time and the postmark are between them.
const QUEUE_BELOW_COUNTER: f64 = 66.0;
/// The time of a postmark, or of the next try, is written so far below its agent.
const LABEL_BELOW: f64 = 42.0;
/// An envelope of full size with the space around it.
const ENVELOPE: (f64, f64) = (54.0, 40.0);
/// The middle of a message in an agent lies so far below the agent's edge: its name stays legible.
const COUNTER: f64 = 7.0;
/// Slips of paper keep so far from what they would hide.
const APART: f64 = 6.0;
/// Half the height of a slip.
const HALF_CAPTION: f64 = 15.0;

impl Layout {
    /// How high it is on the screen, in CSS pixels.
    pub fn shown_height(&self) -> f64 {
        self.height * self.scale
    }

    /// Where the name server's answer is written: from its left edge, or up to its right edge; and
    /// how wide it may be.
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

    /// The wire between two agents, whichever way it was drawn, with its curves turned so that they
    /// begin at `from`.
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

    /// Where a message lies that is in an agent: at its lower edge, as on a counter.
    pub fn counter(&self, agent: AgentId) -> Point {
        let edge = self.rect(agent).bottom();
        Point {
            x: edge.x,
            y: edge.y + COUNTER,
        }
    }

    /// The middle of the line on which an agent's time is written, below it.
    pub fn label(&self, agent: AgentId) -> Point {
        let edge = self.rect(agent).bottom();
        Point {
            x: edge.x,
            y: edge.y + LABEL_BELOW,
        }
    }

    /// A label says in a word what its time means: there is room, and no wire leads down beside it.
    pub fn labels_have_words(&self) -> bool {
        self.rows.len() == 1
            && self
                .metrics
                .is_some_and(|m| m.agent.0 >= LABELLED_AGENT_WIDTH)
    }

    /// An agent's place. An agent that came after this sheet was made has none yet.
    pub fn rect(&self, agent: AgentId) -> Rect {
        self.agents.get(agent).copied().unwrap_or_default()
    }

    /// Where a message is drawn; none where nobody knows.
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

    /// Where an envelope is drawn, and how large: the message of interest on the counter or on the
    /// wire, the others small on the shelf below it.
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

    /// Above an agent, off its frame: where what happens in it is written.
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

    /// How wide a caption at a height may be: what the name server leaves of the line.
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

    /// A caption's left edge: as near to where it belongs as it can be on the sheet without hiding
    /// the name server or what else is named.
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
            let topology = beside.chain([wanted]).filter(|left| free(*left, all));
            topology.min_by(|a, b| (a - wanted).abs().total_cmp(&(b - wanted).abs()))
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

/// How large so many messages are drawn that lie on one shelf, and how far below the counter the
/// first row stands.
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

    /// They have at least so much in common, both ways.
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
