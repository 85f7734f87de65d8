//! Reads arguments and environment once, runs a command, turns an error into one sentence and an exit code.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Lossy, so that a value that is no Unicode is reported as a wrong value and not passed over.
    let environment = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()));
    grantor::cli::run(std::env::args_os(), environment.collect())
}
