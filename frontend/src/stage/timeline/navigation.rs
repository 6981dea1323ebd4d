//! Moving through a timeline: the next and previous step by unit, key events, positions on the
//! track.

use super::StepUnit;
use crate::stage::model::Timeline;
use event::{Kind, Role};

impl Timeline {
    /// The next position by one unit, at most the last. Stepping by exchange goes to its end, so
    /// that the reply is shown with the command.
    pub fn forward(&self, position: usize, unit: StepUnit) -> usize {
        let next = match unit {
            StepUnit::Event => position + 1,
            StepUnit::Exchange => {
                let here = self.end_of_exchange(position);
                if position < here {
                    here
                } else {
                    self.end_of_exchange(position + 1)
                }
            }
            StepUnit::Hop => self
                .hop_starts
                .iter()
                .copied()
                .find(|l| *l > position)
                .unwrap_or(self.last()),
        };
        next.min(self.last())
    }

    /// The previous position by one unit, at least the first.
    pub fn back(&self, position: usize, unit: StepUnit) -> usize {
        match unit {
            StepUnit::Event => position.saturating_sub(1),
            StepUnit::Exchange => {
                let exchange = self.steps.get(position).map_or(0, |s| s.exchange);
                self.steps
                    .iter()
                    .rposition(|s| s.exchange < exchange)
                    .unwrap_or(0)
            }
            StepUnit::Hop => self
                .hop_starts
                .iter()
                .copied()
                .rfind(|l| *l < position)
                .unwrap_or(0),
        }
    }

    /// The next or previous notable position.
    pub fn notable(&self, position: usize, forward: bool) -> Option<usize> {
        if forward {
            (position + 1..self.len()).find(|i| self.steps[*i].notable)
        } else {
            (0..position.min(self.len())).rfind(|i| self.steps[*i].notable)
        }
    }

    /// A position as a fraction of the track, 0 to 1; all steps have equal width.
    pub fn fraction(&self, position: usize) -> f64 {
        if self.last() == 0 {
            0.0
        } else {
            position.min(self.last()) as f64 / self.last() as f64
        }
    }

    /// The position nearest to a fraction of the track.
    pub fn position(&self, fraction: f64) -> usize {
        (fraction.clamp(0.0, 1.0) * self.last() as f64).round() as usize
    }

    /// The steps of a connection up to a position.
    pub fn connection_until(
        &self,
        connection: usize,
        position: usize,
    ) -> impl DoubleEndedIterator<Item = usize> {
        (0..self.len().min(position + 1))
            .filter(move |i| self.steps[*i].connection == Some(connection))
    }

    /// The role that determines the colour of a step.
    pub fn role(&self, position: usize) -> Option<Role> {
        let step = self.steps.get(position)?;
        match self.event(position).map(|e| &e.kind) {
            Some(Kind::Dns { .. }) => Some(Role::Dns),
            _ => step.agent.map(|r| self.topology.agents[r].role),
        }
    }

    fn end_of_exchange(&self, position: usize) -> usize {
        let Some(exchange) = self.steps.get(position).map(|s| s.exchange) else {
            return self.last();
        };
        self.steps
            .iter()
            .rposition(|s| s.exchange == exchange)
            .unwrap_or(position)
    }
}
