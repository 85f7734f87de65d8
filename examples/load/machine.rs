//! The disk's part and the process's start.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::http::{Client, Request};

const PAGE: usize = 4096;
/// The file is laid down before, as a write-ahead log is after its first checkpoint.
const PAGES: usize = 1024;

/// Pages of 4 KiB that this disk makes durable per second, one `fdatasync` for each.
pub fn fsync_rate(folder: &Path, time: Duration) -> Outcome<f64> {
    let path = folder.join("fsync-probe");
    let rate = probe(&path, time).map_err(|error| format!("{}: {error}", path.display()));
    std::fs::remove_file(&path).ok();
    rate
}

fn probe(path: &Path, time: Duration) -> std::io::Result<f64> {
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).open(path)?;
    let page = [0x5a_u8; PAGE];
    (0..PAGES).try_for_each(|_| file.write_all(&page))?;
    file.sync_all()?;
    let began = Instant::now();
    let mut written = 0_u32;
    while began.elapsed() < time {
        if usize::try_from(written).is_ok_and(|written| written.is_multiple_of(PAGES)) {
            file.seek(SeekFrom::Start(0))?;
        }
        file.write_all(&page)?;
        file.sync_data()?;
        written += 1;
    }
    Ok(f64::from(written) / began.elapsed().as_secs_f64())
}

/// Waits until `path` answers 200, as long as the server lives.
pub fn wait_for(port: u16, path: &str, most: Duration, mut lives: impl FnMut() -> bool) -> Outcome<()> {
    let began = Instant::now();
    let mut client = Client::new(port);
    loop {
        match client.send(&Request::get(path, &[])) {
            Ok(response) if response.status == 200 => return Ok(()),
            _ if !lives() => return Err("the server ended before it answered: see its log".to_owned()),
            _ if began.elapsed() > most => return Err(format!("{path} did not answer 200 within {most:?}")),
            _ => std::thread::sleep(Duration::from_micros(250)),
        }
    }
}

/// Starts a command, waits for its first 200 and stops it again by SIGTERM; the time from exec to the answer.
pub fn start_time(command: &[String], port: u16, path: &str, log: &Path) -> Outcome<Duration> {
    let (program, arguments) = command.split_first().ok_or("no command to start")?;
    let fail = |error: std::io::Error| format!("{program}: {error}");
    let output = File::options().create(true).append(true).open(log).map_err(fail)?;
    let began = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(output.try_clone().map_err(fail)?)
        .stderr(output)
        .spawn()
        .map_err(fail)?;
    let lives = || child.try_wait().is_ok_and(|ended| ended.is_none());
    let answered = wait_for(port, path, Duration::from_mins(1), lives).map(|()| began.elapsed());
    let stopped = stop(&mut child).map_err(fail);
    let time = answered?;
    stopped?;
    Ok(time)
}

/// By SIGTERM, as an operator stops it; a server that does not go within 30 s is killed and that is an error.
fn stop(child: &mut Child) -> std::io::Result<()> {
    if child.try_wait()?.is_some() {
        return Ok(());
    }
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status()?;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(30) {
        if child.try_wait()?.is_some() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill()?;
    child.wait()?;
    Err(std::io::Error::other("did not stop within 30 s of SIGTERM"))
}
