//! The binary itself: started, killed, told to stop, starved of disk, and listened to.

mod child;

mod kill;

mod migrations;

mod signal;
mod start;

use child::{Process, grantor, set};
