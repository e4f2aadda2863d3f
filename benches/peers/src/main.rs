//! The worlds of rolecall's benches and their questions, put to other libraries, each as its documentation recommends.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml -- S|M|L
//! ```

#![forbid(unsafe_code)]

mod casbin;
mod cedar;
mod expected;
mod measure;
mod ours;
mod peer;
mod rego;
mod row;
mod run;
mod table;
#[path = "../../yardstick/mod.rs"]
mod yardstick;

use std::io::Write;

use measure::measure;
use peer::Failure;
use row::Row;
use table::{Column, table};
use yardstick::world::{SIZES, World};

/// The peers by the names that their columns have. The first is what the others are compared with.
const PEERS: [&str; 6] = [
    "rolecall",
    "cedar-policy, a set an action",
    "cedar-policy, a set an action and principal",
    "casbin, one section",
    "casbin, a section an action",
    "regorus",
];

const USAGE: &str = "usage: peers S|M|L";

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.as_slice() {
        [size] => all(size),
        [size, peer] => one(size, peer, 0),
        [size, peer, from] => one(size, peer, from.parse()?),
        _ => Err(USAGE.into()),
    }
}

/// Measures all peers, one after the other, and prints the table.
fn all(size: &str) -> Result<(), Failure> {
    SIZES.iter().find(|one| one.name == size).ok_or(USAGE)?;
    let mut columns = Vec::new();
    for name in PEERS {
        eprintln!("{name} …");
        let found = run::apart(name, size)?;
        columns.push(Column { name, found });
    }
    println!("{}", table(&columns));
    Ok(())
}

/// Measures one peer, from that measure on, and says what it finds in lines.
fn one(size: &str, peer: &str, from: usize) -> Result<(), Failure> {
    let size = SIZES.iter().find(|one| one.name == size).ok_or(USAGE)?;
    let world = World::of(*size);
    let mut report = |row: Row| {
        println!("{}", row.line());
        // Whoever reads may have gone; there is nobody left to tell.
        drop(std::io::stdout().flush());
    };
    let at = PEERS.iter().position(|name| *name == peer);
    match at {
        Some(0) => measure::<ours::Ours>(&world, from, &mut report),
        Some(1) => measure::<cedar::by_action::ByAction>(&world, from, &mut report),
        Some(2) => measure::<cedar::sliced::Sliced>(&world, from, &mut report),
        Some(3) => measure::<casbin::Casbin<false>>(&world, from, &mut report),
        Some(4) => measure::<casbin::Casbin<true>>(&world, from, &mut report),
        Some(5) => measure::<rego::Rego>(&world, from, &mut report),
        _ => Err("no such peer".into()),
    }
}
