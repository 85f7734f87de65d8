//! The binary itself: started, killed, told to stop, starved of disk, and listened to.

mod child;

mod disk;
mod kill;
mod logs;

mod migrations;

mod signal;
mod start;
mod tls;

use child::{Process, grantor, set};
