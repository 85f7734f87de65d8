//! What the server must survive, and what it must refuse without harm: the statements R01–R36 and X01–X10.

mod broken_statements;
mod lost_answers;
mod oversized;
mod panics;
mod pool;
mod sweep;
mod two_servers;
