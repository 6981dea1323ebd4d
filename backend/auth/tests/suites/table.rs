//! DNS of the cases: names with records, with records that never come, and aliases.

use mail::dns::{Answer, Failure, Question, Record, RecordType};
use std::collections::HashMap;
use std::sync::Arc;
use world::{BoxFuture, Resolver, World, type_of};

/// Names and what stands there, in order.
#[derive(Clone, Debug, Default)]
pub struct Table(HashMap<String, Vec<Line>>);

#[derive(Clone, Debug)]
enum Line {
    Record(Record),
    /// Whatever was not found before never comes.
    Timeout,
    Failure(Failure),
}

impl Table {
    pub fn add(&mut self, name: &str, record: Record) {
        self.line(name, Line::Record(record));
    }

    pub fn text(&mut self, name: &str, text: &str) {
        self.add(name, Record::Txt(text.to_owned()));
    }

    pub fn timeout(&mut self, name: &str) {
        self.line(name, Line::Timeout);
    }

    pub fn fail(&mut self, name: &str, failure: Failure) {
        self.line(name, Line::Failure(failure));
    }

    /// The name exists.
    pub fn touch(&mut self, name: &str) {
        self.0.entry(normal(name)).or_default();
    }

    /// The TXT records of a name.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        let lines = self.0.get(&normal(name)).into_iter().flatten();
        lines.filter_map(|line| match line {
            Line::Record(Record::Txt(text)) => Some(text.as_str()),
            _ => None,
        })
    }

    /// True if the name exists.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(&normal(name))
    }

    /// True if some name has AAAA records and no A records.
    pub fn has_aaaa_alone(&self) -> bool {
        let any = |lines: &[Line], of: RecordType| {
            let mut lines = lines.iter();
            lines.any(|line| matches!(line, Line::Record(record) if type_of(record) == of))
        };
        let mut names = self.0.values();
        names.any(|lines| any(lines, RecordType::Aaaa) && !any(lines, RecordType::A))
    }

    fn line(&mut self, name: &str, line: Line) {
        self.0.entry(normal(name)).or_default().push(line);
    }

    pub fn world(self) -> World {
        let mut world = world::still::world();
        world.resolver = Arc::new(self);
        world
    }

    fn look_up(&self, name: &str, record: RecordType, depth: u8) -> Result<Answer, Failure> {
        let Some(lines) = self.0.get(&normal(name)) else {
            return Err(Failure::NoSuchName);
        };
        let mut records = Vec::new();
        for line in lines {
            match line {
                Line::Record(found) if type_of(found) == record => records.push(found.clone()),
                Line::Record(Record::Cname(to)) if depth < 8 => {
                    return self.look_up(to.as_str(), record, depth + 1);
                }
                Line::Record(_) => {}
                Line::Timeout if records.is_empty() => return Err(Failure::Timeout),
                Line::Timeout => break,
                Line::Failure(failure) => return Err(*failure),
            }
        }
        Ok(Answer {
            records,
            ttl_secs: 60,
            secure: false,
        })
    }
}

fn normal(name: &str) -> String {
    name.trim_end_matches('.').to_lowercase()
}

impl Resolver for Table {
    fn ask(&self, question: Question) -> BoxFuture<'_, Result<Answer, Failure>> {
        Box::pin(std::future::ready(self.look_up(
            &question.name,
            question.record,
            0,
        )))
    }
}
