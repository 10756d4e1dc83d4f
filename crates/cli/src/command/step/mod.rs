//! `step`: goes through a recorded run in a terminal, step by step.
//!
//! | module | owns |
//! |---|---|
//! | `screen` | the terminal: how it is taken, and given back whatever happens |
//! | `debugger` | where the cursor is, and what a key does |
//! | `keys` | the keys and what they are said to do |
//! | `draw`, `lanes` | the picture |
//!
//! Which step comes next, and what is said of it, is for `raftsim_view` to know.

mod debugger;
mod draw;
mod keys;
mod lanes;
mod screen;

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use raftsim_explore::{HarnessPanic, OnePlan, Runner as _, name_runs};
use raftsim_sim::Recording;
use raftsim_view::page::travel::Timeline;
use ratatui::crossterm::event::{Event, KeyEventKind};
use sim_scenarios::pages::page;

use self::debugger::{Debugger, Flow};
use self::screen::{Screen, event_within};
use crate::command::Exit;
use crate::command::args::{StepArgs, When};
use crate::command::bad::Bad;
use crate::command::nodes::NodeEntry;
use crate::command::out;
use crate::command::plans::OneRun;
use crate::command::stop::Stop;

/// How long to wait for a key before looking for a signal.
const LOOK: Duration = Duration::from_millis(200);

pub(crate) fn step(args: &StepArgs, program: &str, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    let one = OneRun::named(&args.run, nodes)?;
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        let others = "`replay` prints the run, and `replay --at TIME` its state at a time";
        return Err(Bad::Usage(format!("`step` needs a terminal; {others}")));
    }
    name_runs(&format!("{}, node {}", one.name(), one.node.name()));
    let panicked = |panic| Bad::panicked(one.name(), &one.node, panic);
    let runner = OnePlan { player: &*one.node.player(), plan: &one.plan };
    let run = HarnessPanic::caught(one.plan.seed, || runner.run(one.plan.seed, Recording::On));
    let run = run.map_err(panicked)?;
    let Some(story) = &run.story else {
        let why = run.verdict.err().map_or_else(String::new, |failure| format!(": {failure}"));
        return Err(Bad::Fails(format!("the run ended before it began{why}")));
    };
    let page = page(&run, &**story, one.subject(program, nodes, None, None));
    let timeline = Timeline::new(page);
    if timeline.steps() == 0 {
        return Err(Bad::Fails("nothing happened in the run".to_owned()));
    }
    let stop = Stop::on_signals();
    let debugger = Debugger::new(&one, timeline, out::has_colors(&io::stdout(), When::Auto));
    // A panic must give the terminal back before anything is said of it.
    let gone = HarnessPanic::caught(one.plan.seed, || go(debugger, &stop));
    Ok(gone.map_err(panicked)??)
}

/// Goes through the run until the user leaves.
fn go(mut debugger: Debugger<'_>, stop: &Stop) -> io::Result<Exit> {
    let mut screen = Screen::take()?;
    screen.draw(|frame| draw::draw(frame, &debugger))?;
    loop {
        let event = event_within(LOOK)?;
        if stop.is_asked() {
            return Ok(Exit::Interrupted);
        }
        match event {
            Some(Event::Key(key)) if key.kind != KeyEventKind::Release => {
                match debugger.press(key) {
                    Flow::Stays => {}
                    Flow::Leaves => return Ok(Exit::Passed),
                    Flow::Interrupts => return Ok(Exit::Interrupted),
                }
            }
            Some(Event::Resize(..)) => {}
            Some(_) | None => continue,
        }
        screen.draw(|frame| draw::draw(frame, &debugger))?;
    }
}
