//! Prints what Grantor is built from as a `CycloneDX` SBOM. `scripts/supply-chain` writes it to a file.

mod cyclonedx;

use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    match bom() {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("sbom: {message}");
            ExitCode::FAILURE
        }
    }
}

fn bom() -> Result<String, String> {
    let root = env!("CARGO_MANIFEST_DIR");
    let output = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", &host()?])
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let metadata = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let lock = std::fs::read_to_string(format!("{root}/Cargo.lock")).map_err(|error| error.to_string())?;
    let bom = cyclonedx::bom(&metadata, &lock)?;
    serde_json::to_string_pretty(&bom).map_err(|error| error.to_string())
}

/// The platform that this was built on; what others need is not downloaded.
fn host() -> Result<String, String> {
    let output = Command::new("rustc").arg("-vV").output().map_err(|error| format!("rustc: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = said.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned);
    host.ok_or_else(|| "rustc does not say for which platform it builds".to_owned())
}
