//! A class vote in two rounds: individually, then after discussion. The first round is hidden until
//! it closes. The teacher counts hands.

/// Maximum number of hands for a choice.
pub const HANDS_MAX: u32 = 9_999;

/// The stage of a vote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Round {
    /// The first count; not shown while it is open.
    #[default]
    First,
    /// The first count is shown, and the class discusses.
    Discussion,
    /// The second count.
    Second,
    /// Both counts and the correct answer are shown.
    Revealed,
}

/// A vote on one question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vote {
    /// The stage of the vote.
    pub round: Round,
    /// Raised hands of the first round, by choice.
    first: Vec<u32>,
    /// Raised hands of the second round, by choice.
    second: Vec<u32>,
}

impl Vote {
    /// A new vote on this number of choices.
    pub fn new(choices: usize) -> Vote {
        Vote {
            round: Round::First,
            first: vec![0; choices],
            second: vec![0; choices],
        }
    }

    /// Sets the hands of a choice in the open round, if any.
    pub fn set(&mut self, choice: usize, hands: u32) {
        let counts = match self.round {
            Round::First => &mut self.first,
            Round::Second => &mut self.second,
            Round::Discussion | Round::Revealed => return,
        };
        if let Some(count) = counts.get_mut(choice) {
            *count = hands.min(HANDS_MAX);
        }
    }

    /// The hands of a choice in the open round; `None` between rounds.
    pub fn open(&self, choice: usize) -> Option<u32> {
        match self.round {
            Round::First => self.first.get(choice).copied(),
            Round::Second => self.second.get(choice).copied(),
            Round::Discussion | Round::Revealed => None,
        }
    }

    /// Proceeds to the next round.
    pub fn close(&mut self) {
        self.round = match self.round {
            Round::First => Round::Discussion,
            Round::Discussion => Round::Second,
            Round::Second | Round::Revealed => Round::Revealed,
        };
    }

    /// The shares of a choice in the first and second round, from 0 to 1; `None` until the round is
    /// closed.
    pub fn shares(&self, choice: usize) -> (Option<f64>, Option<f64>) {
        let share = |counts: &[u32]| {
            let all: u32 = counts.iter().sum();
            let hands = counts.get(choice).copied().unwrap_or(0);
            if all == 0 {
                0.0
            } else {
                f64::from(hands) / f64::from(all)
            }
        };
        (
            (self.round != Round::First).then(|| share(&self.first)),
            (self.round == Round::Revealed).then(|| share(&self.second)),
        )
    }

    /// The hands of a choice in the first and second round; `None` until the round is closed.
    pub fn hands(&self, choice: usize) -> (Option<u32>, Option<u32>) {
        let of = |counts: &[u32]| counts.get(choice).copied();
        (
            of(&self.first).filter(|_| self.round != Round::First),
            of(&self.second).filter(|_| self.round == Round::Revealed),
        )
    }

    /// Whether the correct answer is shown.
    pub fn is_revealed(&self) -> bool {
        self.round == Round::Revealed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_hidden_until_the_first_round_closes() {
        let mut vote = Vote::new(2);
        vote.set(0, 6);
        vote.set(1, 18);
        assert_eq!(
            (vote.shares(1), vote.hands(1), vote.open(1)),
            ((None, None), (None, None), Some(18))
        );
        vote.close();
        assert_eq!(
            (vote.shares(1), vote.is_revealed()),
            ((Some(0.75), None), false)
        );
    }

    #[test]
    fn the_second_round_does_not_change_the_first() {
        let mut vote = Vote::new(2);
        vote.set(0, 3);
        vote.close();
        vote.set(0, 9);
        vote.close();
        vote.set(1, 4);
        assert_eq!(vote.hands(0), (Some(3), None));
        vote.close();
        assert_eq!(
            (vote.hands(0), vote.hands(1), vote.is_revealed()),
            ((Some(3), Some(0)), (Some(0), Some(4)), true)
        );
    }

    #[test]
    fn counts_are_limited() {
        let mut vote = Vote::new(1);
        vote.set(0, HANDS_MAX);
        assert_eq!(vote.open(0), Some(HANDS_MAX));
        vote.set(0, HANDS_MAX + 1);
        assert_eq!(vote.open(0), Some(HANDS_MAX));
        vote.set(7, 1);
        assert_eq!(vote.open(7), None);
    }

    #[test]
    fn an_empty_vote_has_no_shares() {
        let mut vote = Vote::new(3);
        vote.close();
        assert_eq!(vote.shares(0), (Some(0.0), None));
    }
}
