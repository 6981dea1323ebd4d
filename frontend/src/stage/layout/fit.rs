//! Fits a topology into a viewport: which metrics, how many rows, how large, so that everything
//! fits and its text can still be read. Where both are impossible, legibility wins and the diagram
//! scrolls.

use super::route::{NAME_COLUMN, NAME_INSET};
use super::{COUNTER, DNS_SIZE, ENVELOPE, Layout, MARGIN, Metrics, Rect, queue_slots};
use crate::i18n::Language;
use crate::stage::i18n::host_name;
use crate::stage::model::{AgentId, Timeline};
use crate::stage::text_width::columns;

/// The place on the screen that a sheet must fit into, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// All of it is used.
    pub width: f64,
    /// At most.
    pub height: f64,
    /// For a projector: as large as it can be.
    pub large: bool,
}

const WIDE: Metrics = Metrics {
    agent: (112.0, 100.0),
    inner_gap: 32.0,
    outer_gap_min: 72.0,
    outer_gap_max: 168.0,
    pad: 20.0,
    frame_min: 152.0,
    title: 44.0,
    queue_area: 62.0,
    caption_band: 52.0,
};
const MIDDLE: Metrics = Metrics {
    agent: (102.0, 92.0),
    inner_gap: 16.0,
    outer_gap_min: 50.0,
    pad: 13.0,
    frame_min: 136.0,
    title: 40.0,
    queue_area: 62.0,
    ..WIDE
};
/// Rooms without the word for what is done in them.
const COMPACT: Metrics = Metrics {
    agent: (72.0, 72.0),
    inner_gap: 8.0,
    outer_gap_min: 34.0,
    outer_gap_max: 110.0,
    pad: 8.0,
    frame_min: 96.0,
    title: 38.0,
    queue_area: 60.0,
    caption_band: 44.0,
};
const NARROW: Metrics = Metrics {
    agent: (70.0, 76.0),
    inner_gap: 10.0,
    outer_gap_min: 40.0,
    outer_gap_max: 80.0,
    pad: 10.0,
    frame_min: 112.0,
    title: 40.0,
    queue_area: 60.0,
    caption_band: 44.0,
};
/// A sheet at least so wide has agents of middle size.
const MIDDLE_WIDTH_MIN: f64 = 720.0;
/// A sheet wider than this is enlarged as a whole, so that the picture grows with its wall.
const SHEET_WIDTH_MAX: f64 = 1360.0;
/// A sheet is no narrower.
const SHEET_WIDTH_MIN: f64 = 300.0;
/// The smallest messages on the sheet have 12.5 units: at this scale they have 11 pixels.
const SCALE_MIN: f64 = 0.88;
/// On a wall they have 15 pixels at least and 25 at most.
const LARGE_SCALE: (f64, f64) = (1.2, 2.0);
/// On a sheet narrower than this the name server has a line of its own.
const OWN_DNS_LINE_WIDTH: f64 = 640.0;
const DNS_LINE: f64 = 46.0;
/// Room for the longest caption beside the name server.
const CAPTION_WIDTH: f64 = 478.0;
/// A longer name is cut.
const NAME_WIDTH_MAX: f64 = 200.0;
/// Enough for a message on the counter.
const QUEUE_AREA_OF_PEOPLE: f64 = 32.0;
/// How gladly each measure is used: larger agents say more.
const WEIGHTED_METRICS: [(Metrics, f64); 3] = [(WIDE, 1.0), (MIDDLE, 0.98), (COMPACT, 0.88)];
/// A sheet without the agents in which nothing happens says less.
const USED_ONLY_WEIGHT: f64 = 0.96;
/// The way is read more easily on one row.
const NEXT_ROW_WEIGHT: f64 = 0.93;

/// One way to do it.
struct Plan {
    metrics: Metrics,
    shown: Vec<Vec<AgentId>>,
    width: f64,
    scale: f64,
}

impl Layout {
    /// On a sheet of a width that may be as high as it needs.
    pub fn new(timeline: &Timeline, width: f64) -> Layout {
        Layout::fit(
            timeline,
            Viewport {
                width,
                height: f64::INFINITY,
                large: false,
            },
        )
    }

    /// As large and as rich as its place allows.
    pub fn fit(timeline: &Timeline, viewport: Viewport) -> Layout {
        let viewport = Viewport {
            width: viewport.width.max(SHEET_WIDTH_MIN),
            ..viewport
        };
        let best = plans(timeline, viewport)
            .into_iter()
            .reduce(|best, next| if next.0 > best.0 + 1e-9 { next } else { best });
        best.map_or_else(Layout::default, |(_, plan)| Layout::made(timeline, &plan))
    }

    fn made(timeline: &Timeline, plan: &Plan) -> Layout {
        let needs = needs(timeline, &plan.shown, plan.width);
        let rows = rows(&needs, &plan.metrics, plan.width);
        let agents = vec![Rect::default(); timeline.topology.agents.len()];
        let mut layout = Layout {
            width: plan.width,
            scale: plan.scale,
            agents,
            rows,
            metrics: Some(plan.metrics),
            ..Layout::default()
        };
        let mut top = if own_dns_line(timeline, plan.width) {
            DNS_LINE
        } else {
            0.0
        };
        let mut next = 0;
        for row in layout.rows.clone() {
            top += layout.place_row(
                timeline,
                &plan.shown[next..next + row],
                &needs[next..next + row],
                (next, top),
            );
            next += row;
        }
        layout.height = top + MARGIN;
        layout.place_dns(timeline);
        layout.wires = timeline
            .wires
            .iter()
            .map(|(a, b)| layout.wire(*a, *b))
            .collect();
        layout.place_names(timeline);
        layout
    }

    /// Places one row of frames and says how high it is with the lane above it.
    fn place_row(
        &mut self,
        timeline: &Timeline,
        shown: &[Vec<AgentId>],
        needs: &[FrameNeeds],
        (first, top): (usize, f64),
    ) -> f64 {
        let Some(m) = self.metrics else { return 0.0 };
        let height = m.row_height(timeline, first, needs.len()) - m.caption_band;
        let used: f64 = needs.iter().map(|need| m.frame_width(need)).sum();
        let gaps = needs.len().saturating_sub(1) as f64;
        let gap = if gaps == 0.0 {
            0.0
        } else {
            ((self.width - 2.0 * MARGIN - used) / gaps).min(m.outer_gap_max)
        };
        let mut x = (self.width - used - gap * gaps) / 2.0;
        for (i, need) in needs.iter().enumerate() {
            let host = timeline.topology.order[first + i];
            let frame = Rect {
                x,
                y: top + m.caption_band,
                w: m.frame_width(need),
                h: height,
            };
            for (n, agent) in shown[i].iter().enumerate() {
                let left = frame.x
                    + (frame.w - m.agents_width(need.agents)) / 2.0
                    + n as f64 * (m.agent.0 + m.inner_gap);
                self.agents[*agent] = Rect {
                    x: left,
                    y: frame.y + m.title,
                    w: m.agent.0,
                    h: m.agent.1,
                };
            }
            self.frames.push((host, frame));
            x += frame.w + gap;
        }
        m.caption_band + height
    }

    /// The name server stands above the widest frame of the first row; or, where the longest
    /// caption would find no room beside it there, at the sheet's edge.
    fn place_dns(&mut self, timeline: &Timeline) {
        let (w, h) = DNS_SIZE;
        let first_row: Vec<Rect> = self
            .frames
            .iter()
            .take(self.rows.first().copied().unwrap_or(0))
            .map(|(_, f)| *f)
            .collect();
        let widest = first_row
            .iter()
            .copied()
            .reduce(|a, b| if b.w > a.w { b } else { a });
        let (true, Some(widest), Some(m)) = (timeline.topology.asks_dns, widest, self.metrics)
        else {
            return;
        };
        let corner = self.width - MARGIN - w;
        let over = widest.x + widest.w / 2.0 - w / 2.0;
        let free = (over - MARGIN).max(self.width - MARGIN - over - w);
        let caption_band = widest.y - m.caption_band + (m.caption_band - h) / 2.0 - 2.0;
        self.dns = Some(if own_dns_line(timeline, self.width) {
            Rect {
                x: over.min(corner),
                y: 3.0,
                w,
                h,
            }
        } else {
            Rect {
                x: if free < CAPTION_WIDTH { corner } else { over },
                y: caption_band,
                w,
                h,
            }
        });
    }
}

fn own_dns_line(timeline: &Timeline, width: f64) -> bool {
    timeline.topology.asks_dns && width < OWN_DNS_LINE_WIDTH
}

/// All ways to do it, each with how good it is.
fn plans(timeline: &Timeline, viewport: Viewport) -> Vec<(f64, Plan)> {
    let topology = &timeline.topology;
    let all: Vec<Vec<AgentId>> = topology
        .order
        .iter()
        .map(|h| topology.hosts[*h].agents.clone())
        .collect();
    let used: Vec<Vec<AgentId>> = all
        .iter()
        .map(|agents| {
            agents
                .iter()
                .copied()
                .filter(|r| topology.agents[*r].used)
                .collect()
        })
        .collect();
    let narrow = viewport.width < MIDDLE_WIDTH_MIN;
    let candidates: &[(Metrics, f64)] = if narrow {
        &[(NARROW, 1.0), (COMPACT, 0.98)]
    } else {
        &WEIGHTED_METRICS
    };
    let (scale_min, scale_max) = if viewport.large && !narrow {
        LARGE_SCALE
    } else {
        (SCALE_MIN, (viewport.width / SHEET_WIDTH_MAX).max(1.0))
    };
    let mut plans = Vec::new();
    for (shown, agents_weight) in [(&all, 1.0), (&used, USED_ONLY_WEIGHT)] {
        for (metrics, metrics_weight) in candidates {
            let largest = shown
                .iter()
                .map(|agents| agents.len().max(1))
                .max()
                .unwrap_or(1);
            for scale in steps_between(scale_max, scale_min) {
                let width = viewport.width / scale;
                let metrics = metrics
                    .with_queue_area_for(timeline.messages.len())
                    .shrunk(width, largest);
                let (height, rows) = height(timeline, shown, &metrics, width);
                let fitting = scale.min(viewport.height / height);
                let weight = agents_weight * metrics_weight * NEXT_ROW_WEIGHT.powi(rows as i32 - 1);
                let plan = Plan {
                    metrics,
                    shown: shown.clone(),
                    width,
                    scale: fitting.max(scale_min),
                };
                plans.push((fitting * weight, plan));
            }
        }
    }
    plans
}

/// The scales that are tried: the larger the better.
fn steps_between(most: f64, least: f64) -> impl Iterator<Item = f64> {
    const STEPS: usize = 8;
    (0..=STEPS).map(move |n| most + (least - most) * n as f64 / STEPS as f64)
}

/// How high the sheet would be, and in how many rows.
fn height(timeline: &Timeline, shown: &[Vec<AgentId>], m: &Metrics, width: f64) -> (f64, usize) {
    let rows = rows(&needs(timeline, shown, width), m, width);
    let mut first = 0;
    let mut sum = MARGIN
        + if own_dns_line(timeline, width) {
            DNS_LINE
        } else {
            0.0
        };
    for count in &rows {
        sum += m.row_height(timeline, first, *count);
        first += count;
    }
    (sum, rows.len().max(1))
}

/// What a frame must hold.
#[derive(Clone, Copy)]
struct FrameNeeds {
    agents: usize,
    /// Its name's width.
    name: f64,
}

fn needs(timeline: &Timeline, shown: &[Vec<AgentId>], width: f64) -> Vec<FrameNeeds> {
    let topology = &timeline.topology;
    let need = |(agents, host): (&Vec<AgentId>, &usize)| {
        let name = Language::ALL
            .map(|l| columns(&host_name(l, &topology.hosts[*host])) as f64 * NAME_COLUMN)
            .into_iter()
            .fold(0.0, f64::max);
        FrameNeeds {
            agents: agents.len().max(1),
            name: name
                .min(NAME_WIDTH_MAX)
                .min(width - 2.0 * MARGIN - 2.0 * NAME_INSET),
        }
    };
    shown.iter().zip(&topology.order).map(need).collect()
}

/// How many frames stand on each row.
fn rows(needs: &[FrameNeeds], m: &Metrics, width: f64) -> Vec<usize> {
    let mut rows = Vec::new();
    let (mut inside, mut used) = (0, 2.0 * MARGIN);
    for need in needs {
        let more = m.frame_width(need) + if inside > 0 { m.outer_gap_min } else { 0.0 };
        if inside > 0 && used + more > width {
            rows.push(inside);
            (inside, used) = (0, 2.0 * MARGIN);
        }
        used += m.frame_width(need) + if inside > 0 { m.outer_gap_min } else { 0.0 };
        inside += 1;
    }
    if inside > 0 {
        rows.push(inside);
    }
    rows
}

impl Metrics {
    fn frame_width(&self, need: &FrameNeeds) -> f64 {
        (2.0 * self.pad + self.agents_width(need.agents))
            .max(need.name + 2.0 * NAME_INSET)
            .max(self.frame_min)
    }

    fn agents_width(&self, agents: usize) -> f64 {
        agents as f64 * self.agent.0 + agents.saturating_sub(1) as f64 * self.inner_gap
    }

    /// With the lane above it. People have no queue and need no shelf.
    fn row_height(&self, timeline: &Timeline, first: usize, count: usize) -> f64 {
        let people = timeline.topology.order[first..first + count]
            .iter()
            .all(|h| timeline.topology.hosts[*h].person.is_some());
        self.caption_band
            + self.title
            + self.agent.1
            + if people {
                self.queue_area.min(QUEUE_AREA_OF_PEOPLE)
            } else {
                self.queue_area
            }
    }

    /// With a shelf on which so many messages find room, if they are all in one place.
    fn with_queue_area_for(mut self, messages: usize) -> Metrics {
        if messages > 1 {
            let (scale, down) = queue_slots(messages - 1);
            let in_row = ((self.agent.0 / (ENVELOPE.0 * scale)) as usize).max(1);
            let rows = (messages - 1).div_ceil(in_row) as f64;
            self.queue_area = self
                .queue_area
                .max(COUNTER + down + rows * ENVELOPE.1 * scale + 2.0);
        }
        self
    }

    /// With agents so narrow that the largest frame fits the width.
    fn shrunk(mut self, width: f64, agents: usize) -> Metrics {
        let free = width
            - 2.0 * MARGIN
            - 2.0 * self.pad
            - agents.saturating_sub(1) as f64 * self.inner_gap;
        self.agent.0 = self.agent.0.min(free / agents as f64).max(48.0);
        self
    }
}
