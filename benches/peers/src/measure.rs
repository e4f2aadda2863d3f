//! How is one peer measured? Each measure runs until its time is over or its questions are, and every answer is compared with the right one.

use std::time::{Duration, Instant};

use crate::expected::Expected;
use crate::peer::{Failure, Peer};
use crate::row::{MEASURES, Measure, Row};
use crate::yardstick::questions::{About, Below, Question, Questions};
use crate::yardstick::random::SplitMix64;
use crate::yardstick::world::{PERMISSIONS, Subject, World};

/// How long one measure may take, apart from a single question that takes longer.
const BUDGET: Duration = Duration::from_secs(5);

/// How many single questions of a sort are asked at most.
const QUESTIONS: usize = 1 << 16;

/// How many questions are timed together where one of them is faster than [`SLOW`].
const TOGETHER: usize = 64;
const SLOW: Duration = Duration::from_micros(20);

/// How many lists are asked for at most, and how many memberships added.
const LISTS: usize = 2_000;
const REVERSE: usize = 200;
const JOINS: usize = 500;

/// How many candidates are asked about at most where the peer has no reverse question.
const CANDIDATES: usize = 20_000;

/// Measures a peer, and reports each row as soon as it is known. The rows before `from` are left out.
pub(crate) fn measure<P: Peer>(
    world: &World,
    from: usize,
    report: &mut dyn FnMut(Row),
) -> Result<(), Failure> {
    let mut built = None;
    let counted = allocation_counter::measure(|| {
        let started = Instant::now();
        let peer = P::build(world);
        built = Some((peer, started.elapsed()));
    });
    let (peer, took) = built.ok_or("not built")?;
    let below = Below::of(world);
    let questions = Questions::of(world, &below);
    let together = questions.together();
    let mut run = Run {
        peer: peer?,
        world,
        expected: Expected::of(world, &below),
        checked: 0,
    };
    for &measure in MEASURES.iter().skip(from) {
        let mut row = match measure {
            Measure::Build => Row::of(measure, took.as_secs_f64()),
            Measure::Memory => Row::of(measure, counted.bytes_current as f64),
            Measure::AskRandom => run.ask(measure, &questions.random)?,
            Measure::AskYes => run.ask(measure, &questions.yes)?,
            Measure::List => run.list(&together)?,
            Measure::Who => run.who(&questions.yes)?,
            Measure::Courses => run.courses(&questions.yes)?,
            Measure::Join => run.join(&below)?,
        };
        row.checked = std::mem::take(&mut run.checked);
        report(row);
    }
    Ok(())
}

struct Run<'a, P> {
    peer: P,
    world: &'a World,
    expected: Expected<'a>,
    checked: u64,
}

impl<P: Peer> Run<'_, P> {
    fn ask(&mut self, measure: Measure, questions: &[Question]) -> Result<Row, Failure> {
        let questions = &questions[..questions.len().min(QUESTIONS)];
        let asked: Vec<_> = questions.iter().map(|one| self.peer.asked(*one)).collect();
        let started = Instant::now();
        let mut answers = vec![self.peer.can(&asked[0])?];
        answers.clear();
        let size = if started.elapsed() < SLOW {
            TOGETHER
        } else {
            1
        };
        let mut times = Vec::new();
        let began = Instant::now();
        for part in asked.chunks(size) {
            let started = Instant::now();
            for one in part {
                answers.push(self.peer.can(one)?);
            }
            times.push(nanos(started) / part.len() as f64);
            if began.elapsed() > BUDGET {
                break;
            }
        }
        for (&question, answer) in questions.iter().zip(answers) {
            self.check(question, &answer, &self.expected.can(question))?;
        }
        Ok(Row::of(measure, median(times)?))
    }

    fn list(&mut self, questions: &[Question]) -> Result<Row, Failure> {
        let (mut times, mut loops) = (Vec::new(), false);
        let began = Instant::now();
        for &question in questions.iter().take(LISTS) {
            let asked = self.peer.asked(question);
            let each = self.each_permission(question);
            let started = Instant::now();
            let found = self.peer.list(&asked);
            let found = match found {
                Some(found) => {
                    times.push(nanos(started));
                    self.peer.numbers(&found)
                }
                None => {
                    loops = true;
                    let started = Instant::now();
                    let found = self.pick(&each)?;
                    times.push(nanos(started));
                    found
                }
            };
            self.check(question, &found, &self.expected.list(question))?;
            if began.elapsed() > BUDGET {
                break;
            }
        }
        let row = Row::of(Measure::List, median(times)?);
        Ok(if loops { row.looped() } else { row })
    }

    fn each_permission(&self, question: Question) -> Vec<(u32, P::Asked)> {
        let of = |permission| {
            let question = Question {
                permission,
                ..question
            };
            (permission, self.peer.asked(question))
        };
        (0..PERMISSIONS).map(of).collect()
    }

    fn who(&mut self, questions: &[Question]) -> Result<Row, Failure> {
        let users = self.world.size.users;
        let asked = |user, question| Question { user, ..question };
        self.reverse(Measure::Who, questions, users, asked)
    }

    fn courses(&mut self, questions: &[Question]) -> Result<Row, Failure> {
        let courses = self.world.size.users / 5;
        let asked = |course, question| Question {
            about: About::Course(course),
            ..question
        };
        self.reverse(Measure::Courses, questions, courses, asked)
    }

    /// All of the candidates about whom the answer is yes. Where the peer has no such question each candidate is asked about, or a sample
    /// of them, and the time is that of all candidates.
    fn reverse(
        &mut self,
        measure: Measure,
        questions: &[Question],
        candidates: u32,
        with: impl Fn(u32, Question) -> Question,
    ) -> Result<Row, Failure> {
        let (mut times, mut loops, mut sampled) = (Vec::new(), false, false);
        let mut random = SplitMix64(0x5A17);
        let began = Instant::now();
        for &question in questions.iter().take(REVERSE) {
            let asked = self.peer.asked(question);
            let expected = match measure {
                Measure::Who => self.expected.who(question),
                _ => self.expected.courses(question),
            };
            let started = Instant::now();
            let found = match measure {
                Measure::Who => self.peer.who(&asked),
                _ => self.peer.courses(&asked),
            };
            if let Some(found) = found {
                times.push(nanos(started));
                let found = self.peer.numbers(&found);
                self.check(question, &found, &expected)?;
            } else {
                loops = true;
                let some = random.distinct(CANDIDATES as u32, candidates);
                let all = some.iter().map(|&one| (one, with(one, question)));
                let all: Vec<_> = all
                    .map(|(one, question)| (one, self.peer.asked(question)))
                    .collect();
                let (found, count, took) = self.pick_for(&all, BUDGET / 2)?;
                sampled |= count < candidates as usize;
                times.push(took / count as f64 * f64::from(candidates));
                let in_sample = |one: &u32| some[..count].binary_search(one).is_ok();
                let expected: Vec<u32> = expected.into_iter().filter(in_sample).collect();
                self.check(question, &found, &expected)?;
            }
            if began.elapsed() > BUDGET {
                break;
            }
        }
        let mut row = Row::of(measure, median(times)?);
        if loops {
            row = row.looped();
        }
        Ok(if sampled { row.sampled() } else { row })
    }

    /// Those whose question is answered with yes.
    fn pick(&mut self, candidates: &[(u32, P::Asked)]) -> Result<Vec<u32>, Failure> {
        let mut found = Vec::new();
        for (one, asked) in candidates {
            if self.peer.can(asked)? {
                found.push(*one);
            }
        }
        Ok(found)
    }

    /// Those whose question is answered with yes, of as many as there was time for: them, how many were asked about, and the time.
    fn pick_for(
        &mut self,
        candidates: &[(u32, P::Asked)],
        budget: Duration,
    ) -> Result<(Vec<u32>, usize, f64), Failure> {
        let (mut found, mut count) = (Vec::new(), 0);
        let started = Instant::now();
        for part in candidates.chunks(16) {
            found.extend(self.pick(part)?);
            count += part.len();
            if started.elapsed() > budget {
                break;
            }
        }
        Ok((found, count, nanos(started)))
    }

    /// Memberships added one after the other, each of which gives its user something.
    fn join(&mut self, below: &Below) -> Result<Row, Failure> {
        let mut random = SplitMix64(0x101E);
        let mut times = Vec::new();
        let mut joined = std::collections::HashSet::new();
        let began = Instant::now();
        for _ in 0..100 * JOINS {
            let grant = self.world.grants[random.below(self.world.size.grants) as usize];
            let user = random.below(self.world.size.users);
            let about = below.covered(grant.scope, &mut random);
            let (Subject::Group(group), Some(about)) = (grant.subject, about) else {
                continue;
            };
            let question = Question {
                user,
                permission: grant.permission,
                about,
            };
            // A target that is a user moves with its memberships, so one that was changed is not asked about again.
            let fresh = !joined.contains(&user) && about != About::User(user);
            if !fresh || self.expected.can(question) {
                continue;
            }
            joined.insert(user);
            let started = Instant::now();
            self.peer.join(user, group)?;
            times.push(nanos(started));
            let asked = self.peer.asked(question);
            let seen = self.peer.can(&asked)?;
            self.check(question, &seen, &true)?;
            if times.len() == JOINS || began.elapsed() > BUDGET {
                break;
            }
        }
        Ok(Row::of(Measure::Join, median(times)?))
    }

    fn check<T: PartialEq + std::fmt::Debug>(
        &mut self,
        question: Question,
        given: &T,
        right: &T,
    ) -> Result<(), Failure> {
        self.checked += 1;
        if given == right {
            return Ok(());
        }
        Err(format!("{question:?}: answered {given:?}, but it is {right:?}").into())
    }
}

fn nanos(started: Instant) -> f64 {
    started.elapsed().as_nanos() as f64
}

/// In seconds.
fn median(mut times: Vec<f64>) -> Result<f64, Failure> {
    times.sort_unstable_by(f64::total_cmp);
    let middle = times.get(times.len() / 2).ok_or("nothing was timed")?;
    Ok(middle / 1e9)
}
