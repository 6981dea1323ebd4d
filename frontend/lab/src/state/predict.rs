//! Predictions: the next question, the answers given, and which were correct in this run. After a
//! change, an answer is kept only if the same question still has the same correct answer.

use sim::api::QuestionStop;

/// An answer given by the learner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenAnswer {
    /// The question.
    pub asked: QuestionStop,
    /// The index of the choice.
    pub choice: usize,
}

impl GivenAnswer {
    /// Whether the answer is correct in this run.
    pub fn right(&self) -> bool {
        self.asked.right.contains(&self.choice)
    }
}

/// The questions of a run in order of occurrence, and the answers so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Predictions {
    asked: Vec<QuestionStop>,
    given: Vec<GivenAnswer>,
    /// The result of the last answer was read, and playback may continue.
    read: bool,
}

impl Predictions {
    /// Takes over the questions of another run, and keeps the answers that still hold.
    pub fn renew(&mut self, asked: &[QuestionStop]) {
        self.asked = asked.to_vec();
        let holds = |given: &GivenAnswer| {
            asked
                .iter()
                .position(|a| a.question == given.asked.question && a.right == given.asked.right)
        };
        let mut kept = Vec::new();
        // Questions are answered in order: the first answer that does not hold drops all later
        // ones.
        for (place, given) in self.given.iter().enumerate() {
            match holds(given) {
                Some(at) if at == place => kept.push(GivenAnswer {
                    asked: asked[at].clone(),
                    choice: given.choice,
                }),
                _ => break,
            }
        }
        self.read = self.read && kept.len() == self.given.len();
        self.given = kept;
        self.read |= self.given.is_empty();
    }

    /// All questions of the run.
    pub fn asked(&self) -> &[QuestionStop] {
        &self.asked
    }

    /// The answers, in order.
    pub fn given(&self) -> &[GivenAnswer] {
        &self.given
    }

    /// The next question to answer.
    pub fn next(&self) -> Option<&QuestionStop> {
        self.asked.get(self.given.len())
    }

    /// The answer whose result is shown; playback waits until it is read.
    pub fn reading(&self) -> Option<&GivenAnswer> {
        self.given.last().filter(|_| !self.read)
    }

    /// The event before which playback stops.
    pub fn gate(&self) -> Option<usize> {
        self.next().map(|asked| asked.before)
    }

    /// Answers the next question.
    pub fn answer(&mut self, choice: usize) {
        if let Some(asked) = self.next().cloned() {
            self.given.push(GivenAnswer { asked, choice });
            self.read = false;
        }
    }

    /// Continues playback after the result was read.
    pub fn resume(&mut self) {
        self.read = true;
    }

    /// Starts again from the first question.
    pub fn again(&mut self) {
        self.given.clear();
        self.read = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(question: usize, before: usize, right: usize) -> QuestionStop {
        QuestionStop {
            question,
            before,
            right: vec![right],
        }
    }

    fn run() -> Vec<QuestionStop> {
        vec![asked(1, 4, 0), asked(0, 9, 1)]
    }

    fn answered(choices: &[usize]) -> Predictions {
        let mut predictions = Predictions::default();
        predictions.renew(&run());
        for choice in choices {
            predictions.answer(*choice);
        }
        predictions
    }

    /// Checks the gate, and whether each answer was correct.
    fn check(predictions: &Predictions, gate: Option<usize>, right: &[bool]) {
        let given: Vec<bool> = predictions.given().iter().map(GivenAnswer::right).collect();
        assert_eq!((predictions.gate(), given.as_slice()), (gate, right));
    }

    #[test]
    fn playback_stops_before_the_first_unanswered_question() {
        check(&answered(&[]), Some(4), &[]);
        check(&answered(&[0]), Some(9), &[true]);
        check(&answered(&[1, 1]), None, &[false, true]);
        check(&answered(&[0, 1, 1]), None, &[true, true]);
    }

    #[test]
    fn a_changed_run_keeps_valid_answers_and_asks_the_others_again() {
        let mut predictions = answered(&[0, 1]);
        predictions.renew(&[asked(1, 6, 0), asked(0, 12, 0)]);
        check(&predictions, Some(12), &[true]);
        predictions.renew(&[asked(0, 3, 1)]);
        check(&predictions, Some(3), &[]);
    }

    #[test]
    fn playback_waits_until_the_result_is_read() {
        let mut predictions = answered(&[1]);
        assert_eq!(predictions.reading().map(|given| given.choice), Some(1));
        predictions.resume();
        assert_eq!(predictions.reading(), None);
        predictions.again();
        check(&predictions, Some(4), &[]);
        assert_eq!(predictions.reading(), None);
    }
}
