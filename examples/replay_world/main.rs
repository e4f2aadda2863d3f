//! Are the recorded answers of whole organisations the ones that `rolecall` gives?
//!
//! `cargo run --release --example replay_world -- FILE…` reads world files, builds a policy from each with the public API alone,
//! asks every question that has a recorded answer, and prints every wrong answer. The last line is `N passed, M failed`; a file
//! that cannot be replayed is told on the standard error and counts as one failure. The exit code is 0 only if nothing failed.

mod file;
mod json;
mod report;
mod world;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use crate::file::BadFile;
use crate::report::Tally;
use crate::world::World;

fn main() -> ExitCode {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if paths.is_empty() {
        eprintln!("usage: replay_world FILE…");
        return ExitCode::FAILURE;
    }
    match replay_all(&paths, &mut io::stdout().lock()) {
        Ok(Tally { failed: 0, .. }) => ExitCode::SUCCESS,
        // The output may have been closed early, by a pager for one; there is nobody left to tell.
        Ok(_) | Err(_) => ExitCode::FAILURE,
    }
}

fn replay_all(paths: &[PathBuf], out: &mut impl Write) -> io::Result<Tally> {
    let mut total = Tally::default();
    for path in paths {
        writeln!(out, "{}", path.display())?;
        total.add(replay(path, out)?);
        writeln!(out)?;
    }
    writeln!(out, "{} passed, {} failed", total.passed, total.failed)?;
    Ok(total)
}

/// Replays one file. A bad one is told on the standard error and is one failure.
fn replay(path: &Path, out: &mut impl Write) -> io::Result<Tally> {
    match load(path, out)? {
        Ok((file, world)) => report::replay(out, &file, &world),
        Err(bad) => {
            writeln!(out, "  BAD FILE, nothing was asked")?;
            out.flush()?;
            writeln!(io::stderr(), "{}: {bad}", path.display())?;
            Ok(Tally {
                passed: 0,
                failed: 1,
            })
        }
    }
}

/// Reads a file and builds its policy.
fn load(
    path: &Path,
    out: &mut impl Write,
) -> io::Result<Result<(file::WorldFile, World), BadFile>> {
    let start = Instant::now();
    let file = match file::read(path) {
        Ok(file) => file,
        Err(bad) => return Ok(Err(bad)),
    };
    let read = start.elapsed();
    let start = Instant::now();
    let world = match World::build(&file) {
        Ok(world) => world,
        Err(bad) => return Ok(Err(bad)),
    };
    report::print_sizes(out, &file, read, start.elapsed())?;
    Ok(Ok((file, world)))
}
