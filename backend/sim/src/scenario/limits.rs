//! Limits of a scenario and its run.

use mail::Duration;

/// Maximum size of a scenario file in bytes.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;
/// Maximum size of edits as JSON in bytes.
pub const EDITS_BYTES_MAX: usize = 512 * 1024;
/// Maximum number of hosts.
pub const HOSTS_MAX: usize = 40;
/// Maximum number of steps, including tweaks and exercises.
pub const STEPS_MAX: usize = 2_000;
/// Maximum number of users of all hosts together.
pub const PEOPLE_MAX: usize = 500;
/// Maximum number of domains of all hosts together.
pub const DOMAINS_MAX: usize = 500;
/// Maximum number of recipients of one submitted message, and of targets of one alias.
pub const RECIPIENTS_MAX: usize = 1_000;
/// Maximum number of lines of one dialogue.
pub const DIALOGUE_LINES_MAX: usize = 5_000;
/// Maximum size of the zone and of all zone texts in the steps together, in bytes.
pub const ZONE_BYTES_MAX: usize = 256 * 1024;
/// Maximum one-way latency of a link.
pub const LATENCY_MAX: Duration = Duration::from_secs(3_600);
/// Maximum error of a clock in seconds: ten years.
pub const CLOCK_SECONDS_MAX: i64 = 315_360_000;
/// Maximum virtual duration of a run.
pub const LASTS_MAX: Duration = Duration::from_secs(400 * 86_400);
/// Maximum number of events of a run; a run with more is stopped.
pub const EVENTS_MAX: usize = 200_000;
/// Maximum number of task turns of a run; a run with more is stopped.
pub const TURNS_MAX: u64 = 50_000_000;
/// Maximum number of runs of one scenario that are counted together.
pub const MANY_RUNS_MAX: usize = 200;
/// Maximum number of outcomes that are counted separately.
pub const MANY_COUNTS_MAX: usize = 8;
