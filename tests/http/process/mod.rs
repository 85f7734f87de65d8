//! The binary itself: started, killed, told to stop, starved of disk, and listened to.

mod child;

mod disk;
mod kill;
mod logs;
mod mail;

mod migrations;
mod outbound;

#[cfg(feature = "postgres")]
mod postgres;
mod signal;
mod start;
mod tls;

use child::{Process, grantor, set};
