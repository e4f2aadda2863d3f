//! How fast is it, beside what an engineer writes in an afternoon and beside flat arrays laid by hand?
//!
//! `cargo run --release --example speed -- S|M|L|XL|skewed|full` builds a world of that size, asserts that all agree on every answer, and
//! prints a row for each measure. Without a size it is S.

#[path = "../../benches/yardstick/mod.rs"]
mod yardstick;

mod asks;
mod beside;
mod building;
mod clock;
mod commits;
mod full;
mod lists;
mod plain;
mod report;
mod reverse;
mod skewed;

use std::process::ExitCode;

use yardstick::world::SIZES;

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let wanted = match &arguments[..] {
        [] => "S",
        [one] => one.as_str(),
        _ => return usage(),
    };
    let done = match wanted {
        "full" => full::run(),
        "skewed" => skewed::run(),
        _ => match SIZES.iter().find(|size| size.name == wanted) {
            Some(size) => plain::run(size),
            None => return usage(),
        },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: speed [S|M|L|XL|skewed|full]");
    ExitCode::FAILURE
}
