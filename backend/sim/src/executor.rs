//! A single-threaded executor on virtual time: tasks run in the order in which they were woken;
//! when none is ready, time jumps to the next timer. A run does not depend on the speed of the
//! machine.
//!
//! Failures: tasks that wake each other endlessly while time stands still are stopped at a limit
//! and listed in [`Overrun`].

use mail::Time;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, Wake, Waker};
use world::BoxFuture;
pub(crate) use world::lock;

/// Maximum number of task polls at one instant of virtual time.
pub const POLLS_PER_INSTANT_MAX: u64 = 1_000_000;
// Maximum number of tasks listed in an error.
const NAMED_MAX: usize = 5;

/// The owner of a task: a host, or the Lab itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group(usize);

/// Reports that no task is ready and no timer is due up to the requested time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idle {
    /// The virtual time.
    pub at: Time,
    /// The number of waiting tasks.
    pub waiting: usize,
}

/// Reports that tasks kept running while virtual time stood still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overrun {
    /// The virtual time.
    pub at: Time,
    /// The busiest tasks: owner, number, and number of polls at this instant.
    pub spinning: Vec<(String, u64, u64)>,
}

impl fmt::Display for Overrun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tasks spin at {}:", self.at)?;
        self.spinning.iter().try_for_each(|(group, number, polls)| {
            write!(f, " {group} #{number} ran {polls} times;")
        })
    }
}

impl std::error::Error for Overrun {}

/// Reports that a future did not complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// All tasks are idle.
    Idle(Idle),
    /// Tasks kept running while virtual time stood still.
    Overrun(Overrun),
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stuck::Idle(idle) => write!(
                f,
                "nothing happens any more at {}, and {} tasks wait",
                idle.at, idle.waiting
            ),
            Stuck::Overrun(overrun) => overrun.fmt(f),
        }
    }
}

impl std::error::Error for Stuck {}

impl From<Overrun> for Stuck {
    fn from(overrun: Overrun) -> Stuck {
        Stuck::Overrun(overrun)
    }
}

/// The executor. Clones share its state.
#[derive(Clone)]
pub struct Executor(Arc<Core>);

struct Core {
    now: AtomicI64,
    ready: Mutex<VecDeque<Arc<Task>>>,
    timers: Mutex<Timers>,
    tasks: Mutex<BTreeMap<u64, Arc<Task>>>,
    groups: Mutex<Vec<String>>,
    next_task: AtomicU64,
    polls_max: AtomicU64,
}

#[derive(Default)]
struct Timers {
    // Ordered by time, then by registration.
    waiting: BTreeMap<(Time, u64), Waker>,
    next: u64,
}

struct Task {
    number: u64,
    group: Group,
    queued: AtomicBool,
    cancelled: AtomicBool,
    core: Weak<Core>,
    future: Mutex<Option<BoxFuture<'static, ()>>>,
    // The last instant at which it was polled, and the number of polls then.
    instant: AtomicI64,
    polls: AtomicU64,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(core) = self.core.upgrade()
            && !self.queued.swap(true, Ordering::Relaxed)
        {
            lock(&core.ready).push_back(self.clone());
        }
    }
}

impl Executor {
    /// Creates an executor that starts at a virtual time.
    pub fn new(start: Time) -> Executor {
        Executor(Arc::new(Core {
            now: AtomicI64::new(start.0),
            ready: Mutex::default(),
            timers: Mutex::default(),
            tasks: Mutex::default(),
            groups: Mutex::default(),
            next_task: AtomicU64::new(0),
            polls_max: AtomicU64::new(POLLS_PER_INSTANT_MAX),
        }))
    }

    /// Replaces the limit [`POLLS_PER_INSTANT_MAX`].
    pub fn set_polls_max(&self, polls_max: u64) {
        self.0.polls_max.store(polls_max, Ordering::Relaxed);
    }

    /// Creates a group of tasks with the name used in errors.
    pub fn group(&self, name: impl Into<String>) -> Group {
        let mut groups = lock(&self.0.groups);
        groups.push(name.into());
        Group(groups.len() - 1)
    }

    /// The current virtual time.
    pub fn now(&self) -> Time {
        Time(self.0.now.load(Ordering::Relaxed))
    }

    /// Starts a task, which runs after those that are ready now. Can be called from a task.
    pub fn spawn(&self, group: Group, future: BoxFuture<'static, ()>) {
        let number = self.0.next_task.fetch_add(1, Ordering::Relaxed);
        let task = Arc::new(Task {
            number,
            group,
            queued: AtomicBool::new(true),
            cancelled: AtomicBool::new(false),
            core: Arc::downgrade(&self.0),
            future: Mutex::new(Some(future)),
            instant: AtomicI64::new(i64::MIN),
            polls: AtomicU64::new(0),
        });
        lock(&self.0.tasks).insert(number, task.clone());
        lock(&self.0.ready).push_back(task);
    }

    /// Drops all tasks of a group, as in a crash. A task that cancels its own group continues until
    /// its next await.
    pub fn cancel(&self, group: Group) {
        self.drop_tasks(|task| task.group == group);
    }

    /// Drops all tasks; needed to free futures that reference each other through their wakers.
    pub fn clear(&self) {
        self.drop_tasks(|_| true);
    }

    fn drop_tasks(&self, which: impl Fn(&Task) -> bool) {
        let dropped: Vec<Arc<Task>> = lock(&self.0.tasks)
            .values()
            .filter(|t| which(t))
            .cloned()
            .collect();
        for task in dropped {
            lock(&self.0.tasks).remove(&task.number);
            task.cancelled.store(true, Ordering::Relaxed);
            // The future is taken out first, because dropping it may wake other tasks.
            let future = lock(&task.future).take();
            drop(future);
        }
    }

    /// Returns a future that completes at a time, or immediately if it is past.
    pub fn sleep_until(&self, at: Time) -> Sleep {
        Sleep {
            core: self.0.clone(),
            at,
            key: None,
        }
    }

    /// Runs until no task is ready and no timer is set.
    ///
    /// # Errors
    /// [`Overrun`].
    pub fn run_until_idle(&self) -> Result<Idle, Overrun> {
        self.run(None, || true)
    }

    /// Runs all tasks up to and including an instant, and advances the time to it.
    ///
    /// # Errors
    /// [`Overrun`].
    pub fn run_until(&self, until: Time) -> Result<Idle, Overrun> {
        self.run(Some(until), || true)
    }

    /// Runs the ready tasks, then jumps to the next timer and runs the tasks that it wakes. Returns
    /// `false` if there was no timer.
    ///
    /// # Errors
    /// [`Overrun`].
    pub fn step(&self) -> Result<bool, Overrun> {
        self.run_ready(&mut || true)?;
        let moved = self.jump(None);
        self.run_ready(&mut || true)?;
        Ok(moved)
    }

    /// Runs while `go_on`, called before every poll, returns true, but not beyond `until`.
    ///
    /// # Errors
    /// [`Overrun`].
    pub fn run(
        &self,
        until: Option<Time>,
        mut go_on: impl FnMut() -> bool,
    ) -> Result<Idle, Overrun> {
        loop {
            if !self.run_ready(&mut go_on)? {
                return Ok(self.idle());
            }
            if !self.jump(until) {
                break;
            }
        }
        if let Some(until) = until {
            self.0.now.fetch_max(until.0, Ordering::Relaxed);
        }
        Ok(self.idle())
    }

    /// Runs until a future completes, and returns its output.
    ///
    /// # Errors
    /// [`Stuck`].
    pub fn complete<T: Send + 'static>(
        &self,
        group: Group,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Stuck> {
        let result = Arc::new(Mutex::new(None));
        let place = result.clone();
        self.spawn(
            group,
            Box::pin(async move {
                let value = future.await;
                *lock(&place) = Some(value);
            }),
        );
        let idle = self.run(None, || lock(&result).is_none())?;
        lock(&result).take().ok_or(Stuck::Idle(idle))
    }

    fn idle(&self) -> Idle {
        Idle {
            at: self.now(),
            waiting: lock(&self.0.tasks).len(),
        }
    }

    // Runs the ready tasks; `false` if `go_on` stopped it.
    fn run_ready(&self, go_on: &mut dyn FnMut() -> bool) -> Result<bool, Overrun> {
        let polls_max = self.0.polls_max.load(Ordering::Relaxed);
        let mut polls = 0;
        loop {
            if !go_on() {
                return Ok(false);
            }
            let Some(task) = lock(&self.0.ready).pop_front() else {
                return Ok(true);
            };
            if polls >= polls_max {
                lock(&self.0.ready).push_front(task);
                return Err(self.overrun());
            }
            polls += 1;
            self.poll(&task);
        }
    }

    fn poll(&self, task: &Arc<Task>) {
        let now = self.now().0;
        if task.instant.swap(now, Ordering::Relaxed) != now {
            task.polls.store(0, Ordering::Relaxed);
        }
        task.polls.fetch_add(1, Ordering::Relaxed);
        task.queued.store(false, Ordering::Relaxed);
        // The future is taken out while it runs, because it may use the executor and cancel tasks.
        let Some(mut future) = lock(&task.future).take() else {
            return;
        };
        let waker = Waker::from(task.clone());
        if future
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_ready()
        {
            lock(&self.0.tasks).remove(&task.number);
        } else if !task.cancelled.load(Ordering::Relaxed) {
            *lock(&task.future) = Some(future);
        }
    }

    // Jumps to the next timer, not beyond `until`, and wakes all waiters of that instant. Returns
    // `false` if there is none.
    fn jump(&self, until: Option<Time>) -> bool {
        let mut timers = lock(&self.0.timers);
        let Some((&(at, _), _)) = timers.waiting.first_key_value() else {
            return false;
        };
        if until.is_some_and(|until| at > until) {
            return false;
        }
        let now = at.max(self.now());
        self.0.now.store(now.0, Ordering::Relaxed);
        while let Some(first) = timers.waiting.first_entry() {
            if first.key().0 > now {
                break;
            }
            first.remove().wake();
        }
        true
    }

    fn overrun(&self) -> Overrun {
        let now = self.now();
        let groups = lock(&self.0.groups);
        let at_this_instant = |t: &&Arc<Task>| t.instant.load(Ordering::Relaxed) == now.0;
        let mut spinning: Vec<(String, u64, u64)> = lock(&self.0.tasks)
            .values()
            .filter(at_this_instant)
            .map(|t| {
                (
                    groups.get(t.group.0).cloned().unwrap_or_default(),
                    t.number,
                    t.polls.load(Ordering::Relaxed),
                )
            })
            .collect();
        spinning.sort_by_key(|(_, number, polls)| (std::cmp::Reverse(*polls), *number));
        spinning.truncate(NAMED_MAX);
        Overrun { at: now, spinning }
    }
}

/// A future that completes at an instant of virtual time. Dropping it cancels its timer.
pub struct Sleep {
    core: Arc<Core>,
    at: Time,
    key: Option<(Time, u64)>,
}

impl Sleep {
    /// The instant at which it completes.
    pub fn at(&self) -> Time {
        self.at
    }

    fn cancel_timer(&mut self) {
        if let Some(key) = self.key.take() {
            lock(&self.core.timers).waiting.remove(&key);
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.core.now.load(Ordering::Relaxed) >= self.at.0 {
            self.cancel_timer();
            return Poll::Ready(());
        }
        let core = self.core.clone();
        let mut timers = lock(&core.timers);
        match self.key.and_then(|key| timers.waiting.get_mut(&key)) {
            Some(waker) => waker.clone_from(cx.waker()),
            None => {
                let key = (self.at, timers.next);
                timers.next += 1;
                timers.waiting.insert(key, cx.waker().clone());
                self.key = Some(key);
            }
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.cancel_timer();
    }
}

#[cfg(test)]
mod tests;
