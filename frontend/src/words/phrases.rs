//! The phrases that take numbers or names.
