//! Fits a topology into a viewport: chooses the metrics, the number of rows and the scale such that
//! everything fits and the text is legible. If both are impossible, legibility wins and the diagram
//! scrolls.

use super::route::{NAME_COLUMN, NAME_INSET};
use super::{DNS_SIZE, ENVELOPE, Layout, MARGIN, MESSAGE_BELOW, Metrics, Rect, queue_slots};
use crate::i18n::Language;
use crate::stage::i18n::host_name;
use crate::stage::model::{AgentId, Timeline};
use crate::stage::text_width::columns;

/// The area of the screen for the diagram, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// Width, always used in full.
    pub width: f64,
    /// Maximum height.
    pub height: f64,
    /// Presentation mode: draws the diagram as large as possible, for a projector.
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
/// Agents without the label of their task.
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
/// Minimum diagram width for agents of medium size.
const MIDDLE_WIDTH_MIN: f64 = 720.0;
/// A wider diagram is scaled up as a whole, to use a large screen.
const SHEET_WIDTH_MAX: f64 = 1360.0;
/// Minimum diagram width.
const SHEET_WIDTH_MIN: f64 = 300.0;
/// Minimum scale: the smallest text of 12.5 units is then 11 pixels high.
const SCALE_MIN: f64 = 0.88;
/// Range of scales in presentation mode: the smallest text is 15 to 25 pixels high.
const LARGE_SCALE: (f64, f64) = (1.2, 2.0);
/// In a narrower diagram the name server has a row of its own.
const OWN_DNS_LINE_WIDTH: f64 = 640.0;
const DNS_LINE: f64 = 46.0;
/// Width of the longest caption beside the name server.
const CAPTION_WIDTH: f64 = 478.0;
/// Maximum width of a name; a longer one is cut.
const NAME_WIDTH_MAX: f64 = 200.0;
/// Queue area of people's frames: enough for one message.
const QUEUE_AREA_OF_PEOPLE: f64 = 32.0;
/// Metrics with their preference: larger agents show more.
const WEIGHTED_METRICS: [(Metrics, f64); 3] = [(WIDE, 1.0), (MIDDLE, 0.98), (COMPACT, 0.88)];
/// Preference of a diagram without the unused agents, which shows less.
const USED_ONLY_WEIGHT: f64 = 0.96;
/// Preference factor per additional row: the route is easier to follow in one row.
const NEXT_ROW_WEIGHT: f64 = 0.93;

/// A candidate layout.
struct Plan {
    metrics: Metrics,
    shown: Vec<Vec<AgentId>>,
    width: f64,
    scale: f64,
}

impl Layout {
    /// Lays out a diagram of a width with unlimited height.
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

    /// Lays out a diagram as large and as detailed as the viewport allows.
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

    /// Places one row of frames and returns its height including the caption band above it.
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

    /// Places the name server above the widest frame of the first row or, if the longest caption
    /// would not fit beside it there, at the right edge.
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

/// All candidates, each with its score.
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
                    .with_queue_area_for(timeline.room_for_messages)
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

/// The scales to try, from the largest to the smallest.
fn steps_between(most: f64, least: f64) -> impl Iterator<Item = f64> {
    const STEPS: usize = 8;
    (0..=STEPS).map(move |n| most + (least - most) * n as f64 / STEPS as f64)
}

/// Height of the diagram and its number of rows.
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

/// The space that a frame needs.
#[derive(Clone, Copy)]
struct FrameNeeds {
    agents: usize,
    /// Width of its name.
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

/// Number of frames in each row.
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

    /// Height of a row including the caption band above it. People have no queue and need less
    /// space.
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

    /// Enlarges the queue area so that the given number of messages fits into one place.
    fn with_queue_area_for(mut self, messages: usize) -> Metrics {
        if messages > 1 {
            let (scale, down) = queue_slots(messages - 1);
            let in_row = ((self.agent.0 / (ENVELOPE.0 * scale)) as usize).max(1);
            let rows = (messages - 1).div_ceil(in_row) as f64;
            self.queue_area = self
                .queue_area
                .max(MESSAGE_BELOW + down + rows * ENVELOPE.1 * scale + 2.0);
        }
        self
    }

    /// Narrows the agents so that the largest frame fits the width.
    fn shrunk(mut self, width: f64, agents: usize) -> Metrics {
        let free = width
            - 2.0 * MARGIN
            - 2.0 * self.pad
            - agents.saturating_sub(1) as f64 * self.inner_gap;
        self.agent.0 = self.agent.0.min(free / agents as f64).max(48.0);
        self
    }
}
