//! Tests of order, time, cancellation and the poll limit.

use super::*;
use mail::Duration;

fn at(secs: u64) -> Time {
    Time::from_secs(1000) + Duration::from_secs(secs)
}

fn executor() -> (Executor, Group, Arc<Mutex<Vec<u64>>>) {
    let executor = Executor::new(at(0));
    let group = executor.group("a.test");
    (executor, group, Arc::default())
}

#[test]
fn tasks_run_in_wake_order_and_time_jumps() {
    let (executor, group, seen) = executor();
    for (name, wait) in [(1, 5), (2, 3), (3, 5), (4, 0), (5, 86_400)] {
        let (inner, seen) = (executor.clone(), seen.clone());
        executor.spawn(
            group,
            Box::pin(async move {
                inner.sleep_until(at(wait)).await;
                lock(&seen).push(name);
            }),
        );
    }
    assert_eq!(
        executor.run_until(at(5)),
        Ok(Idle {
            at: at(5),
            waiting: 1
        })
    );
    assert_eq!(*lock(&seen), [4, 2, 1, 3]);
    assert_eq!(
        executor.run_until_idle(),
        Ok(Idle {
            at: at(86_400),
            waiting: 0
        })
    );
    assert_eq!(*lock(&seen), [4, 2, 1, 3, 5]);
}

#[test]
fn a_dropped_sleep_does_not_move_time() {
    let (executor, group, _) = executor();
    let inner = executor.clone();
    let done = executor.complete(group, async move {
        tokio::select! {
            biased;
            () = inner.sleep_until(at(500)) => 500,
            () = inner.sleep_until(at(1)) => 1,
        }
    });
    assert_eq!(done, Ok(1));
    assert_eq!(
        executor.run_until_idle(),
        Ok(Idle {
            at: at(1),
            waiting: 0
        })
    );
}

#[test]
fn a_task_can_start_tasks() {
    let (executor, group, seen) = executor();
    let (inner, order) = (executor.clone(), seen.clone());
    executor.spawn(
        group,
        Box::pin(async move {
            for n in 0..3 {
                let order = order.clone();
                inner.spawn(group, Box::pin(async move { lock(&order).push(n) }));
            }
            lock(&order).push(9);
        }),
    );
    executor.run_until_idle().unwrap();
    assert_eq!(*lock(&seen), [9, 0, 1, 2]);
}

#[test]
fn spinning_tasks_are_stopped_and_listed() {
    let (executor, group, _) = executor();
    executor.set_polls_max(100);
    let quiet = executor.clone();
    executor.spawn(
        group,
        Box::pin(async move { quiet.sleep_until(at(9)).await }),
    );
    executor.spawn(
        group,
        Box::pin(std::future::poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        })),
    );
    let overrun = executor.run_until_idle().unwrap_err();
    assert_eq!(
        overrun,
        Overrun {
            at: at(0),
            spinning: vec![("a.test".into(), 1, 99), ("a.test".into(), 0, 1)]
        }
    );
}

#[test]
fn endless_waits_are_reported_and_a_crash_ends_tasks() {
    let (executor, group, _) = executor();
    let stuck = executor.complete(group, std::future::pending::<()>());
    assert_eq!(
        stuck,
        Err(Stuck::Idle(Idle {
            at: at(0),
            waiting: 1
        }))
    );
    let other = executor.group("b.test");
    executor.spawn(other, Box::pin(std::future::pending()));
    executor.cancel(group);
    assert_eq!(
        executor.run_until_idle(),
        Ok(Idle {
            at: at(0),
            waiting: 1
        })
    );
}

#[test]
fn clearing_frees_tasks_that_wait_for_themselves() {
    let (executor, group, _) = executor();
    let kept = Arc::new(());
    let (inside, notify) = (kept.clone(), Arc::new(tokio::sync::Notify::new()));
    executor.spawn(
        group,
        Box::pin(async move {
            notify.notified().await;
            drop(inside);
        }),
    );
    executor.run_until_idle().unwrap();
    executor.clear();
    assert_eq!(Arc::strong_count(&kept), 1);
}
