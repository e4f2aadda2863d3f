//! How does a peer that never ends not hang the table? Each peer is measured in a process of its own, which is ended when it says nothing for
//! five minutes.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::peer::Failure;
use crate::row::{MEASURES, Row};

/// How long a peer may take over one measure.
const PATIENCE: Duration = Duration::from_mins(5);

/// How the measuring of a peer went on after a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Done,
    /// It said nothing for five minutes.
    TooSlow,
    /// It stopped by itself before the end, as on a wrong answer or for lack of memory.
    Broken(String),
}

/// What was found out about a measure.
pub(crate) type Found = Result<Row, End>;

/// Measures the peer of that name in processes of its own: after a measure that was too slow another one goes on with the next.
pub(crate) fn apart(peer: &str, size: &str) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    while found.len() < MEASURES.len() {
        let (rows, end) = one_process(peer, size, found.len())?;
        let nothing_built = found.is_empty() && rows.is_empty();
        found.extend(rows.into_iter().map(Ok));
        if found.len() < MEASURES.len() {
            let stop = nothing_built || end != End::TooSlow;
            found.push(Err(end));
            if stop {
                break;
            }
        }
    }
    Ok(found)
}

/// The rows from that one on, as far as one process gets.
fn one_process(peer: &str, size: &str, from: usize) -> Result<(Vec<Row>, End), Failure> {
    let mut child = Command::new(std::env::current_exe()?)
        .args([size, peer, &from.to_string()])
        .stdout(Stdio::piped())
        .spawn()?;
    let output = child.stdout.take().ok_or("no output to read")?;
    let (sender, receiver) = channel();
    let reader = thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    let mut rows = Vec::new();
    let end = loop {
        match receiver.recv_timeout(PATIENCE) {
            Ok(line) => rows.extend(Row::read(&line)),
            Err(RecvTimeoutError::Timeout) => {
                child.kill()?;
                child.wait()?;
                break End::TooSlow;
            }
            Err(RecvTimeoutError::Disconnected) => break ended(&mut child)?,
        }
    };
    drop(receiver);
    reader.join().map_err(|_| "the reader failed")?;
    Ok((rows, end))
}

fn ended(child: &mut Child) -> Result<End, Failure> {
    let status = child.wait()?;
    Ok(match status.success() {
        true => End::Done,
        false => End::Broken(status.to_string()),
    })
}
