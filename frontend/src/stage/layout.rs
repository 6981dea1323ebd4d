//! Where things stand on the sheet: frames for hosts in rows, rooms in frames, wires between rooms. Plain geometry in pixels for a
//! given width; knows nothing of time.

use super::course::Spot;
use super::places::{HostId, RoomId};
use super::scene::Letter;
use super::timeline::Timeline;

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

/// A wire: a cubic curve from one room to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wire {
    /// The two rooms.
    pub rooms: (RoomId, RoomId),
    /// Start, two handles, end.
    pub curve: [Point; 4],
    /// Where a word that crosses it is written: above the middle, off the rooms.
    pub caption: Point,
}

/// The measures that fit a width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// Width and height of a room.
    pub room: (f64, f64),
    /// Between rooms of a frame.
    pub inner_gap: f64,
    /// The least gap between frames.
    pub outer_gap_min: f64,
    /// The widest gap between frames.
    pub outer_gap_max: f64,
    /// Around the rooms of a frame.
    pub pad: f64,
    /// No frame is narrower: its name must fit.
    pub frame_min: f64,
    /// For the host's name above its rooms.
    pub title: f64,
    /// For the queue's shelf below the rooms.
    pub shelf: f64,
    /// For the words above a row of frames.
    pub lane: f64,
}

/// The whole sheet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// As asked for.
    pub width: f64,
    /// As needed.
    pub height: f64,
    /// Frames, in the order of the way.
    pub frames: Vec<(HostId, Rect)>,
    /// Rooms by number.
    pub rooms: Vec<Rect>,
    /// The name server.
    pub dns: Option<Rect>,
    /// As [`Timeline::wires`].
    pub wires: Vec<Wire>,
    /// The measures it was made with.
    pub measure: Option<Measure>,
}

const WIDE: Measure = Measure {
    room: (112.0, 100.0),
    inner_gap: 32.0,
    outer_gap_min: 72.0,
    outer_gap_max: 168.0,
    pad: 20.0,
    frame_min: 152.0,
    title: 44.0,
    shelf: 62.0,
    lane: 52.0,
};
const MIDDLE: Measure =
    Measure { room: (92.0, 92.0), inner_gap: 20.0, outer_gap_min: 52.0, pad: 14.0, frame_min: 136.0, title: 40.0, shelf: 60.0, ..WIDE };
const NARROW: Measure = Measure {
    room: (70.0, 76.0),
    inner_gap: 10.0,
    outer_gap_min: 40.0,
    outer_gap_max: 80.0,
    pad: 10.0,
    frame_min: 150.0,
    title: 40.0,
    shelf: 58.0,
    lane: 44.0,
};
/// A sheet at least so wide has rooms of middle size.
const MIDDLE_WIDTH_MIN: f64 = 720.0;
/// Enlarged as a whole by the view.
const BOLD: Measure = Measure {
    room: (72.0, 72.0),
    inner_gap: 8.0,
    outer_gap_min: 34.0,
    outer_gap_max: 110.0,
    pad: 8.0,
    frame_min: 96.0,
    title: 36.0,
    shelf: 54.0,
    lane: 44.0,
};
const DNS_SIZE: (f64, f64) = (84.0, 40.0);
const MARGIN: f64 = 8.0;
/// Enough for a letter on the counter.
const SHELF_OF_PEOPLE: f64 = 32.0;
/// A room narrower than this is drawn with less in it.
pub const SMALL_ROOM: f64 = 90.0;
/// The small letters stand so far below the counter: between lie the time and the postmark's word.
const SHELF_BELOW_COUNTER: f64 = 62.0;
/// An envelope of full size with the space around it.
const ENVELOPE: (f64, f64) = (54.0, 40.0);
/// The middle of a letter in a room lies so far below the room's edge: its name stays legible.
const COUNTER: f64 = 7.0;

impl Layout {
    /// Puts a timeline's places on a sheet of a width: on one row where they fit, with smaller measures if need be, else on several.
    pub fn new(timeline: &Timeline, width: f64) -> Layout {
        let layout = Layout::with(timeline, width, false);
        if width < MIDDLE_WIDTH_MIN || layout.is_one_row() {
            return layout;
        }
        // One row of small rooms is better than several: what is said below the sheet keeps its place.
        let small = Layout::with(timeline, width, true);
        if small.is_one_row() { small } else { layout }
    }

    fn is_one_row(&self) -> bool {
        self.frames.iter().all(|(_, frame)| self.frames.first().is_none_or(|(_, first)| (frame.y - first.y).abs() < 1.0))
    }

    /// The same for a projector: only rooms in which something happens, and small measures, so that the whole can be enlarged.
    pub fn bold(timeline: &Timeline, width: f64) -> Layout {
        Layout::with(timeline, width, true)
    }

    fn with(timeline: &Timeline, width: f64, bold: bool) -> Layout {
        let places = &timeline.places;
        let shown =
            |h: &HostId| -> Vec<RoomId> { places.hosts[*h].rooms.iter().copied().filter(|r| !bold || places.rooms[*r].used).collect() };
        let mut shown: Vec<Vec<RoomId>> = places.order.iter().map(shown).collect();
        let mut counts: Vec<usize> = shown.iter().map(|rooms| rooms.len().max(1)).collect();
        let fits = |m: &Measure, counts: &[usize]| {
            let frames: f64 = counts.iter().map(|n| m.frame_width(*n)).sum();
            frames + m.outer_gap_min * counts.len().saturating_sub(1) as f64 + 2.0 * MARGIN <= width
        };
        // Rooms in which nothing happens are left out before the way is broken into rows.
        if !bold && width >= MIDDLE_WIDTH_MIN && !fits(&MIDDLE, &counts) {
            let used: Vec<Vec<RoomId>> =
                shown.iter().map(|rooms| rooms.iter().copied().filter(|r| places.rooms[*r].used).collect()).collect();
            let fewer: Vec<usize> = used.iter().map(|rooms: &Vec<RoomId>| rooms.len().max(1)).collect();
            if fits(&MIDDLE, &fewer) {
                (shown, counts) = (used, fewer);
            }
        }
        let measure = if bold {
            BOLD.shrunk(width, counts.iter().copied().max().unwrap_or(1))
        } else if fits(&WIDE, &counts) {
            WIDE
        } else if fits(&MIDDLE, &counts) || width >= MIDDLE_WIDTH_MIN {
            MIDDLE
        } else {
            NARROW.shrunk(width, counts.iter().copied().max().unwrap_or(1))
        };
        let measure = measure.with_shelf_for(timeline.letters.len());
        let rows = rows(&counts, &measure, width);
        let mut layout = Layout { width, rooms: vec![Rect::default(); places.rooms.len()], measure: Some(measure), ..Layout::default() };
        let mut top = 0.0;
        let mut next = 0;
        for row in rows {
            top += layout.place_row(timeline, &shown[next..next + row], next, top);
            next += row;
        }
        layout.height = top + MARGIN;
        layout.place_dns(timeline);
        layout.wires = timeline.wires.iter().map(|(a, b)| layout.wire(*a, *b)).collect();
        layout
    }

    /// Places one row of frames and says how high it is with the lane above it.
    fn place_row(&mut self, timeline: &Timeline, shown: &[Vec<RoomId>], first: usize, top: f64) -> f64 {
        let Some(m) = self.measure else { return 0.0 };
        let counts: Vec<usize> = shown.iter().map(|rooms| rooms.len().max(1)).collect();
        // People have no queue and need no shelf.
        let hosts = &timeline.places.order[first..first + counts.len()];
        let people = hosts.iter().all(|h| timeline.places.hosts[*h].person.is_some());
        let height = m.title + m.room.1 + if people { m.shelf.min(SHELF_OF_PEOPLE) } else { m.shelf };
        let used: f64 = counts.iter().map(|n| m.frame_width(*n)).sum();
        let gaps = counts.len().saturating_sub(1) as f64;
        let gap = if gaps == 0.0 { 0.0 } else { ((self.width - 2.0 * MARGIN - used) / gaps).min(m.outer_gap_max) };
        let mut x = (self.width - used - gap * gaps) / 2.0;
        for (i, count) in counts.iter().enumerate() {
            let host = timeline.places.order[first + i];
            let frame = Rect { x, y: top + m.lane, w: m.frame_width(*count), h: height };
            for (n, room) in shown[i].iter().enumerate() {
                let left = frame.x + (frame.w - m.rooms_width(*count)) / 2.0 + n as f64 * (m.room.0 + m.inner_gap);
                self.rooms[*room] = Rect { x: left, y: frame.y + m.title, w: m.room.0, h: m.room.1 };
            }
            self.frames.push((host, frame));
            x += frame.w + gap;
        }
        m.lane + height
    }

    /// The name server stands where no words between frames are written: above the widest frame, or, where frames stand one
    /// below the other, in the free corner beside the first.
    fn place_dns(&mut self, timeline: &Timeline) {
        let (w, h) = DNS_SIZE;
        let widest = self.frames.iter().map(|(_, f)| *f).reduce(|a, b| if b.w > a.w { b } else { a });
        let (true, Some(widest), Some((_, first)), Some(m)) = (timeline.places.asks_dns, widest, self.frames.first(), self.measure) else {
            return;
        };
        let one_row = self.is_one_row();
        let beside = self.frames.iter().filter(|(_, f)| (f.y - first.y).abs() < 1.0).map(|(_, f)| f.x + f.w).fold(0.0, f64::max);
        let corner = self.width - MARGIN - w;
        self.dns = Some(if !one_row && corner > beside + MARGIN {
            Rect { x: corner, y: first.y + m.title, w, h }
        } else {
            Rect { x: widest.x + widest.w / 2.0 - w / 2.0, y: widest.y - m.lane + (m.lane - h) / 2.0 - 2.0, w, h }
        });
    }

    /// Where the name server's answer is written: from the left edge beside it, or up to the right edge in the lane below it; and how wide it may be.
    pub fn answer(&self) -> Option<(Point, bool, f64)> {
        let dns = self.dns?;
        let beside = self.width - dns.x - dns.w - 2.0 * MARGIN;
        Some(if beside > 200.0 {
            (Point { x: dns.x + dns.w + 12.0, y: dns.y + dns.h / 2.0 + 5.5 }, false, beside)
        } else {
            let below = self.frames.iter().map(|(_, f)| f.y).find(|y| *y > dns.y + dns.h).unwrap_or(self.height);
            let lane = self.measure.map_or(0.0, |m| m.lane);
            (Point { x: self.width - MARGIN, y: below - lane / 2.0 + 5.5 }, true, self.width - 4.0 * MARGIN)
        })
    }

    fn wire(&self, a: RoomId, b: RoomId) -> Wire {
        let (from, to) = (self.rect(a), self.rect(b));
        let same_row = (from.y - to.y).abs() < 1.0;
        let between = self.rooms.iter().any(|r| {
            let (left, right) = (from.x.min(to.x), from.x.max(to.x));
            (r.y - from.y).abs() < 1.0 && r.x > left + 1.0 && r.x < right - 1.0
        });
        let curve = if same_row && !between {
            let (start, end) = if from.x < to.x { (from.right(), to.left()) } else { (from.left(), to.right()) };
            [start, start.towards(end, 1.0 / 3.0), start.towards(end, 2.0 / 3.0), end]
        } else if same_row {
            // Under the rooms that it passes by.
            let (start, end) = (from.bottom(), to.bottom());
            let dip = 28.0;
            [start, Point { x: start.x, y: start.y + dip }, Point { x: end.x, y: end.y + dip }, end]
        } else {
            let (start, end) = if from.y < to.y { (from.bottom(), to.top()) } else { (from.top(), to.bottom()) };
            let middle = (start.y + end.y) / 2.0;
            [start, Point { x: start.x, y: middle }, Point { x: end.x, y: middle }, end]
        };
        let middle = at(&curve, 0.5);
        let y = if same_row { self.above(a).y } else { middle.y };
        Wire { rooms: (a, b), curve, caption: Point { x: middle.x, y } }
    }

    /// The wire between two rooms, whichever way it was drawn, with its curve turned so that it begins at `from`.
    pub fn between(&self, from: RoomId, to: RoomId) -> Option<Wire> {
        self.wires.iter().find_map(|w| match w.rooms {
            (a, b) if (a, b) == (from, to) => Some(*w),
            (a, b) if (b, a) == (from, to) => {
                let [p, q, r, s] = w.curve;
                Some(Wire { rooms: (from, to), curve: [s, r, q, p], caption: w.caption })
            }
            _ => None,
        })
    }

    /// Where a letter lies that is in a room: at its lower edge, as on a counter.
    pub fn counter(&self, room: RoomId) -> Point {
        let edge = self.rect(room).bottom();
        Point { x: edge.x, y: edge.y + COUNTER }
    }

    /// A room's place. A room that came after this sheet was made has none yet.
    pub fn rect(&self, room: RoomId) -> Rect {
        self.rooms.get(room).copied().unwrap_or_default()
    }

    /// Where a letter is drawn; none where nobody knows.
    pub fn spot(&self, spot: Spot) -> Option<Point> {
        match spot {
            Spot::Unknown => None,
            Spot::In(room) => Some(self.counter(room)),
            Spot::Between(from, to) => Some(self.between(from, to).map_or(self.counter(from), |w| at(&w.curve, 0.5))),
        }
    }

    /// Where an envelope is drawn, and how large: the letter of interest on the counter or on the wire, the others small on the shelf below it.
    pub fn letter(&self, letter: &Letter) -> Option<(Point, f64)> {
        let at = self.spot(letter.spot)?;
        if letter.main {
            return Some((at, if self.measure.is_some_and(|m| m.room.0 < SMALL_ROOM) { 0.8 } else { 1.0 }));
        }
        let (slot, count) = letter.slot;
        let (scale, down) = match (letter.spot, count) {
            (Spot::In(_), _) => on_shelf(count),
            (_, 0..=6) => (0.36, 24.0),
            _ => (0.22, 22.0),
        };
        let room = self.measure.map_or(WIDE.room.0, |m| m.room.0);
        let in_row = ((room / (ENVELOPE.0 * scale)) as usize).max(1);
        let (row, column) = (slot / in_row, slot % in_row);
        let in_this_row = in_row.min(count - row * in_row) as f64;
        let x = at.x + (column as f64 - (in_this_row - 1.0) / 2.0) * ENVELOPE.0 * scale;
        Some((Point { x, y: at.y + down + row as f64 * ENVELOPE.1 * scale }, scale))
    }

    /// Above a room, off its frame: where what happens in it is written.
    pub fn above(&self, room: RoomId) -> Point {
        let rect = self.rect(room);
        let top = self.frames.iter().find(|(_, f)| f.holds(rect)).map_or(rect.y, |(_, f)| f.y);
        Point { x: rect.x + rect.w / 2.0, y: top - self.measure.map_or(0.0, |m| m.lane) / 2.0 }
    }

    /// A caption's left edge, so that the whole of it stays on the sheet and off the name server.
    pub fn caption_left(&self, centre: f64, y: f64, width: f64) -> f64 {
        let on_sheet = |left: f64| left.min(self.width - MARGIN - width).max(MARGIN);
        let left = on_sheet(centre - width / 2.0);
        let Some(dns) = self.dns.filter(|d| y + 15.0 > d.y && y - 15.0 < d.y + d.h) else { return left };
        if left > dns.x + dns.w + MARGIN || left + width + MARGIN < dns.x {
            return left;
        }
        let (before, after) = (dns.x - MARGIN - width, dns.x + dns.w + MARGIN);
        let fits = |l: f64| (on_sheet(l) - l).abs() < 0.5;
        match (fits(before), fits(after)) {
            (true, true) if centre > dns.x + dns.w / 2.0 => after,
            (true, _) => before,
            (false, true) => after,
            (false, false) => left,
        }
    }
}

/// How large so many letters are drawn that lie on one shelf, and how far below the counter the first row stands.
fn on_shelf(count: usize) -> (f64, f64) {
    match count {
        0..=3 => (0.5, SHELF_BELOW_COUNTER),
        4..=12 => (0.36, SHELF_BELOW_COUNTER - 4.0),
        _ => (0.22, SHELF_BELOW_COUNTER - 8.0),
    }
}

/// How many frames stand on each row.
fn rows(counts: &[usize], m: &Measure, width: f64) -> Vec<usize> {
    let mut rows = Vec::new();
    let (mut inside, mut used) = (0, 2.0 * MARGIN);
    for count in counts {
        let more = m.frame_width(*count) + if inside > 0 { m.outer_gap_min } else { 0.0 };
        if inside > 0 && used + more > width {
            rows.push(inside);
            (inside, used) = (0, 2.0 * MARGIN);
        }
        used += m.frame_width(*count) + if inside > 0 { m.outer_gap_min } else { 0.0 };
        inside += 1;
    }
    if inside > 0 {
        rows.push(inside);
    }
    rows
}

/// A point of a cubic curve.
pub fn at(curve: &[Point; 4], t: f64) -> Point {
    let u = 1.0 - t;
    let weights = [u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t];
    let sum = |f: fn(&Point) -> f64| curve.iter().zip(weights).map(|(p, w)| f(p) * w).sum();
    Point { x: sum(|p| p.x), y: sum(|p| p.y) }
}

/// `M… C…` of SVG.
pub fn path(curve: &[Point; 4]) -> String {
    let [p, q, r, s] = curve;
    format!("M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}", p.x, p.y, q.x, q.y, r.x, r.y, s.x, s.y)
}

impl Measure {
    fn frame_width(&self, rooms: usize) -> f64 {
        (2.0 * self.pad + self.rooms_width(rooms)).max(self.frame_min)
    }

    fn rooms_width(&self, rooms: usize) -> f64 {
        rooms as f64 * self.room.0 + rooms.saturating_sub(1) as f64 * self.inner_gap
    }

    /// With a shelf on which so many letters find room, if they are all in one place.
    fn with_shelf_for(mut self, letters: usize) -> Measure {
        if letters > 1 {
            let (scale, down) = on_shelf(letters - 1);
            let in_row = ((self.room.0 / (ENVELOPE.0 * scale)) as usize).max(1);
            let rows = (letters - 1).div_ceil(in_row) as f64;
            self.shelf = self.shelf.max(COUNTER + down + rows * ENVELOPE.1 * scale + 2.0);
        }
        self
    }

    /// With rooms so narrow that the largest frame fits the width.
    fn shrunk(mut self, width: f64, rooms: usize) -> Measure {
        let free = width - 2.0 * MARGIN - 2.0 * self.pad - rooms.saturating_sub(1) as f64 * self.inner_gap;
        self.room.0 = self.room.0.min(free / rooms as f64).max(48.0);
        self
    }
}

impl Rect {
    /// Middle of the upper edge.
    pub fn top(&self) -> Point {
        Point { x: self.x + self.w / 2.0, y: self.y }
    }

    /// Middle of the lower edge.
    pub fn bottom(&self) -> Point {
        Point { x: self.x + self.w / 2.0, y: self.y + self.h }
    }

    /// Middle of the left edge.
    pub fn left(&self) -> Point {
        Point { x: self.x, y: self.y + self.h / 2.0 }
    }

    /// Middle of the right edge.
    pub fn right(&self) -> Point {
        Point { x: self.x + self.w, y: self.y + self.h / 2.0 }
    }

    fn holds(&self, inner: Rect) -> bool {
        inner.x >= self.x && inner.y >= self.y && inner.x + inner.w <= self.x + self.w + 0.5 && inner.y + inner.h <= self.y + self.h + 0.5
    }
}

impl Point {
    fn towards(self, other: Point, part: f64) -> Point {
        Point { x: self.x + (other.x - self.x) * part, y: self.y + (other.y - self.y) * part }
    }
}
