//! `try`: the whole system in memory, in a terminal. One types what a resident writes, lets time pass, lets
//! staff work, and sees what follows. The machines are those of `run`; Kafka, PostgreSQL and Twilio are
//! replaced by the in-memory driver and a Twilio that takes everything.

mod commands;
mod json;
mod phone;
mod reference;
mod rows;
mod session;
mod show;
#[cfg(test)]
mod tests;

use std::io::{BufRead, ErrorKind, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use topics::values::time::Time;

use self::commands::{HELP, Input};
use self::session::{Pauses, Session, health};
use self::show::{Colour, Screen, local};

/// The longest line of the input, in bytes.
const LONGEST_LINE: u64 = 64 * 1024;

#[derive(Args)]
pub struct TryArguments {
    /// A folder with reference data instead of the demo's: boundaries.geojson (or .shp, .csv) and, as far as
    /// there are any, wards, teams.csv, policies.csv, staff.csv, places.csv, rules.csv and
    /// emergency_numbers.csv.
    #[arg(long, value_name = "DIR")]
    reference: Option<PathBuf>,
    /// The time at which the session starts, such as 2026-03-02T08:00:00+02:00; the present by default.
    #[arg(long, value_name = "TIME", value_parser = time)]
    start: Option<Time>,
    /// Prints a line of JSON for each line of the input.
    #[arg(long)]
    json: bool,
}

/// The years in which a session may start: within them no deadline leaves the calendar.
const YEARS: std::ops::Range<Time> = Time::from_millis(946_684_800_000)..Time::from_millis(7_258_118_400_000);

fn time(text: &str) -> Result<Time, String> {
    let time = text.parse().ok().filter(|time| YEARS.contains(time));
    time.ok_or_else(|| "it must be a time from 2000 to 2199, such as 2026-03-02T08:00:00+02:00".to_owned())
}

/// Where the input comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// A person types: there is a prompt, and time passes as on the clock.
    Terminal,
    /// A pipe or file: each line is repeated in the output, and time stands still but for `/wait`.
    Script,
}

/// What is printed of each turn.
enum Output {
    /// Prints text for people.
    People(Box<Screen>),
    /// A line of JSON.
    Json,
}

/// Runs `try`. `no_color` is the environment's NO_COLOR.
pub fn run(arguments: &TryArguments, no_color: Option<&str>) -> anyhow::Result<ExitCode> {
    let (edition, remarks) = reference::edition(arguments.reference.as_deref())?;
    for remark in remarks {
        eprintln!("trust-engine: {remark}");
    }
    let start = arguments.start.unwrap_or_else(connectors::clock::present);
    let stdin = std::io::stdin();
    let (origin, pauses) = match stdin.is_terminal() {
        true => (Origin::Terminal, Pauses::Skipped),
        false => (Origin::Script, Pauses::Last),
    };
    let session = Session::new(edition.clone(), start, pauses)?;
    let output = match arguments.json {
        true => Output::Json,
        false => Output::People(Box::new(Screen::new(Colour::of_stdout(no_color), edition, start))),
    };
    let mut terminal = Terminal { session, output, out: std::io::stdout().lock() };
    match terminal.converse(origin, stdin.lock()) {
        // A reader that has gone away has seen enough.
        Err(error) if is_broken_pipe(&error) => Ok(ExitCode::SUCCESS),
        done => done.map(|()| ExitCode::SUCCESS),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// A session with its output.
struct Terminal<W> {
    session: Session,
    output: Output,
    out: W,
}

impl<W: Write> Terminal<W> {
    /// Reads lines and plays them until the input ends or `/quit`.
    fn converse(&mut self, origin: Origin, mut input: impl BufRead) -> anyhow::Result<()> {
        let mut since = Instant::now();
        self.greet()?;
        loop {
            self.prompt(origin)?;
            let Some(line) = next_line(&mut input)? else { break };
            if origin == Origin::Terminal {
                self.session.pass(since.elapsed())?;
                since = Instant::now();
            }
            match line {
                Ok(line) if line.trim().is_empty() => {}
                Ok(line) => {
                    self.repeat(origin, line.trim())?;
                    let input = commands::read(&line);
                    let is_last = input == Ok(Input::Quit);
                    self.play(line.trim(), input)?;
                    if is_last {
                        return Ok(());
                    }
                }
                Err(error) => self.play("", Err(error))?,
            }
        }
        if origin == Origin::Terminal && matches!(self.output, Output::People(_)) {
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn greet(&mut self) -> anyhow::Result<()> {
        if let Output::People(_) = self.output {
            writeln!(
                self.out,
                "The whole system in memory. Write as a resident would; /help lists the commands.\n\
                 It is {} in South Africa. The police lane is {}; nothing else is shown of it.",
                local(self.session.now()),
                health(self.session.protected_ready())
            )?;
        }
        Ok(())
    }

    fn prompt(&mut self, origin: Origin) -> anyhow::Result<()> {
        if let (Origin::Terminal, Output::People(screen)) = (origin, &self.output) {
            write!(self.out, "{}", screen.prompt(self.session.name()))?;
            self.out.flush()?;
        }
        Ok(())
    }

    /// Repeats a line of a script, so that its output can be read without it.
    fn repeat(&mut self, origin: Origin, line: &str) -> anyhow::Result<()> {
        if let (Origin::Script, Output::People(screen)) = (origin, &self.output) {
            writeln!(self.out, "{}{line}", screen.prompt(self.session.name()))?;
        }
        Ok(())
    }

    fn play(&mut self, line: &str, input: Result<Input, String>) -> anyhow::Result<()> {
        let is_help = input == Ok(Input::Help);
        let turn = self.session.play(input)?;
        match &mut self.output {
            Output::Json => writeln!(self.out, "{}", json::line(line, &turn)?)?,
            Output::People(_) if is_help => writeln!(self.out, "{HELP}")?,
            Output::People(screen) => self.out.write_all(screen.show(&turn).as_bytes())?,
        }
        self.out.flush()?;
        Ok(())
    }
}

/// The next line without its line break, `None` at the end of the input, or what is wrong with the line.
fn next_line(input: &mut impl BufRead) -> std::io::Result<Option<Result<String, String>>> {
    let mut bytes = Vec::new();
    if input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    if bytes.last() != Some(&b'\n') && bytes.len() as u64 == LONGEST_LINE {
        input.skip_until(b'\n')?;
        return Ok(Some(Err(format!("the line has more than {LONGEST_LINE} bytes: break it up"))));
    }
    let line = String::from_utf8(bytes).map(|line| line.trim_matches(['\u{feff}', '\r', '\n']).to_owned());
    Ok(Some(line.map_err(|_| "the line is not UTF-8: save the script in UTF-8".to_owned())))
}
