//! The table at the end: each figure, the peer's, the ratio, the goal, and whether it is met.

use std::fmt;

/// The goal of a figure.
#[derive(Clone, Copy)]
pub enum Goal {
    /// Ours divided by the peer's is at least this.
    TimesPeerMin(f64),
    /// Ours divided by the peer's is at most this.
    TimesPeerMax(f64),
    /// Ours is at most this, in the row's unit.
    Max(f64),
}

struct Row {
    what: String,
    unit: &'static str,
    ours: Option<f64>,
    peer: Option<f64>,
    goal: Goal,
}

/// All figures so far.
#[derive(Default)]
pub struct Rows(Vec<Row>);

impl Rows {
    /// Adds a figure; `None` if it was not measured.
    pub fn add(
        &mut self,
        what: &str,
        unit: &'static str,
        ours: Option<f64>,
        peer: Option<f64>,
        goal: Goal,
    ) {
        self.0.push(Row {
            what: what.to_owned(),
            unit,
            ours,
            peer,
            goal,
        });
    }
}

impl Row {
    fn ratio(&self) -> Option<f64> {
        self.ours
            .zip(self.peer)
            .filter(|(_, peer)| *peer > 0.0)
            .map(|(ours, peer)| ours / peer)
    }

    fn met(&self) -> Option<bool> {
        match self.goal {
            Goal::TimesPeerMin(goal) => self.ratio().map(|ratio| ratio >= goal),
            Goal::TimesPeerMax(goal) => self.ratio().map(|ratio| ratio <= goal),
            Goal::Max(goal) => self.ours.map(|ours| ours <= goal),
        }
    }

    fn cells(&self) -> [String; 6] {
        let figure = |value: Option<f64>| {
            value.map_or_else(
                || "–".to_owned(),
                |value| format!("{} {}", short(value), self.unit),
            )
        };
        let goal = match self.goal {
            Goal::TimesPeerMin(goal) => format!("≥ {goal} ×"),
            Goal::TimesPeerMax(goal) => format!("≤ {goal} ×"),
            Goal::Max(goal) => format!("≤ {goal} {}", self.unit),
        };
        let met = self.met().map_or("–", |met| if met { "yes" } else { "NO" });
        let ratio = self
            .ratio()
            .map_or_else(|| "–".to_owned(), |ratio| format!("{} ×", short(ratio)));
        [
            self.what.clone(),
            figure(self.ours),
            figure(self.peer),
            ratio,
            goal,
            met.to_owned(),
        ]
    }
}

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = vec![["figure", "ours", "peer", "ratio", "goal", "met"].map(str::to_owned)];
        lines.extend(self.0.iter().map(Row::cells));
        let widths: [usize; 6] = std::array::from_fn(|column| {
            lines
                .iter()
                .map(|line| line[column].chars().count())
                .max()
                .unwrap_or(0)
        });
        for (number, line) in lines.iter().enumerate() {
            let cells: Vec<String> = line
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            writeln!(f, "| {} |", cells.join(" | "))?;
            if number == 0 {
                writeln!(
                    f,
                    "|{}|",
                    widths.map(|width| "-".repeat(width + 2)).join("|")
                )?;
            }
        }
        Ok(())
    }
}

fn short(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_whether_a_goal_is_met() {
        let mut rows = Rows::default();
        rows.add(
            "fast",
            "/s",
            Some(80.0),
            Some(10.0),
            Goal::TimesPeerMin(8.0),
        );
        rows.add("slow", "ms", Some(3.0), Some(2.0), Goal::TimesPeerMax(1.0));
        rows.add("unknown", "MB", None, None, Goal::Max(40.0));
        let met: Vec<Option<bool>> = rows.0.iter().map(Row::met).collect();
        assert_eq!(met, [Some(true), Some(false), None]);
        assert!(
            rows.to_string()
                .contains("| fast    | 80.0 /s | 10.0 /s | 8.00 ×")
        );
    }
}
