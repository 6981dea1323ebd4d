//! How large a scenario and its run may be.

use mail::Duration;

/// Bytes of a scenario's file.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of edits as JSON.
pub const EDITS_BYTES_MAX: usize = 512 * 1024;
/// Hosts of one scenario.
pub const HOSTS_MAX: usize = 40;
/// Steps of one scenario, tweaks and exercises included.
pub const STEPS_MAX: usize = 2_000;
/// People of all hosts together.
pub const PEOPLE_MAX: usize = 500;
/// Domains of all hosts together.
pub const DOMAINS_MAX: usize = 500;
/// Recipients of one submitted message, and targets of one alias.
pub const RECIPIENTS_MAX: usize = 1_000;
/// Lines of one dialogue.
pub const DIALOGUE_LINES_MAX: usize = 5_000;
/// Bytes of the zone's text and of all zone texts in the steps together.
pub const ZONE_BYTES_MAX: usize = 256 * 1024;
/// Latency of a link in one direction.
pub const LATENCY_MAX: Duration = Duration::from_secs(3_600);
/// Deviation of a clock in seconds: ten years.
pub const CLOCK_SECONDS_MAX: i64 = 315_360_000;
/// Virtual time that a run may last.
pub const LASTS_MAX: Duration = Duration::from_secs(400 * 86_400);
/// Events of one run; a run with more is stopped.
pub const EVENTS_MAX: usize = 200_000;
/// Turns that the tasks of one run take; a run with more is stopped.
pub const TURNS_MAX: u64 = 50_000_000;
/// Runs of one scenario that are counted together.
pub const MANY_RUNS_MAX: usize = 200;
/// Outcomes that are counted separately.
pub const MANY_COUNTS_MAX: usize = 8;
