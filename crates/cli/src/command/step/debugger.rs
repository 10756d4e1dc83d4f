//! Where the cursor is, and what a key does.

use std::path::Path;

use raftsim_node::NodeId;
use raftsim_sim::text::foreign;
use raftsim_view::page::LAST_EVENTS;
use raftsim_view::page::travel::{Condition, Folding, Timeline, Way};
use ratatui::crossterm::event::{KeyCode, KeyEvent};

use super::keys::{Ask, HELP, asked};
use crate::command::moment::server_lines;
use crate::command::pages;
use crate::command::plans::{OneRun, write_beside};

/// Whether the debugger goes on after a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Stays,
    Leaves,
    Interrupts,
}

/// What keys are for at the moment.
pub(super) enum Mode {
    /// Moving the cursor.
    Moves,
    /// Writing a line.
    Asks(Question, String),
    /// Reading a text that covers the list, from this line on.
    Reads { title: String, lines: Vec<String>, from: usize },
}

/// What a line is for that the user writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    Search,
    Until,
    Page,
}

impl Question {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Search => "search for text, or a time: ",
            Self::Until => "run until: ",
            Self::Page => "write the page to: ",
        }
    }
}

/// The debugger of one run.
pub(super) struct Debugger<'a> {
    one: &'a OneRun<'a>,
    pub(super) timeline: Timeline,
    pub(super) cursor: usize,
    folds: bool,
    /// What is folded wherever the cursor is.
    folded: Folding,
    pub(super) folding: Folding,
    /// The steps that the lanes show: those that are shown wherever the cursor is.
    pub(super) lanes: Vec<usize>,
    pub(super) mode: Mode,
    /// What became of the last key, if that is worth a line.
    pub(super) message: String,
    /// What was sought last.
    sought: Option<String>,
    pub(super) has_colors: bool,
}

impl<'a> Debugger<'a> {
    /// A debugger that stands at the failure; if there is none, at the first election.
    pub(super) fn new(one: &'a OneRun<'a>, timeline: Timeline, has_colors: bool) -> Self {
        let folded = timeline.fold();
        let lanes = (0..timeline.steps()).filter(|&step| folded.shows(step)).collect();
        let cursor = timeline.failure().unwrap_or_else(|| timeline.first_election());
        let mut debugger = Self {
            one,
            cursor,
            folds: true,
            folding: folded.clone(),
            folded,
            lanes,
            mode: Mode::Moves,
            message: String::new(),
            sought: None,
            has_colors,
            timeline,
        };
        debugger.go(cursor);
        if debugger.timeline.page().is_cut() {
            debugger.message = format!("the run is long: these are its last {LAST_EVENTS} events");
        }
        debugger
    }

    /// Does what a key asks for.
    pub(super) fn press(&mut self, key: KeyEvent) -> Flow {
        let ask = asked(key);
        if ask == Some(Ask::Interrupt) {
            return Flow::Interrupts;
        }
        self.message.clear();
        match std::mem::replace(&mut self.mode, Mode::Moves) {
            Mode::Moves => return self.answer(ask),
            Mode::Asks(question, line) => self.write(question, line, key.code),
            Mode::Reads { title, lines, from } => self.read(title, lines, from, key.code),
        }
        Flow::Stays
    }

    /// The server of the cursor's step.
    pub(super) fn server(&self) -> Option<NodeId> {
        self.timeline.server(self.cursor)
    }

    /// How many steps are hidden; `None` if nothing is to be folded.
    pub(super) fn hidden(&self) -> Option<usize> {
        self.folds.then(|| self.folding.hidden())
    }

    fn answer(&mut self, ask: Option<Ask>) -> Flow {
        let (timeline, folding, at) = (&self.timeline, &self.folding, self.cursor);
        let last = timeline.steps() - 1;
        let (step, lacks) = match ask {
            None => return Flow::Stays,
            Some(Ask::Leave) => return Flow::Leaves,
            Some(Ask::Interrupt) => return Flow::Interrupts,
            Some(Ask::Step(way)) => (timeline.next_step(folding, at, way), "step"),
            Some(Ask::Own(way)) => (timeline.next_own(folding, at, way), "step of this server"),
            Some(Ask::Kind(way)) => (timeline.next_of_kind(folding, at, way), "step of this kind"),
            Some(Ask::Turn(way)) => (timeline.next_turn(at, way), "change of a role or term"),
            Some(Ask::Change(way)) => {
                let change = timeline.next_change(self.server(), at, way);
                (change, "change of this server's state")
            }
            Some(Ask::Fault(way)) => (timeline.next_fault(at, way), "fault"),
            Some(Ask::Server(way)) => (self.beside(way), "server"),
            Some(Ask::Cause) => {
                let cause = timeline.causes(at).first().and_then(|cause| cause.step);
                (cause, "message that led here")
            }
            Some(Ask::Effect) => (timeline.effect(at), "message that it sent and that arrived"),
            Some(Ask::Failure) => (timeline.failure(), "failure"),
            Some(Ask::Fact(letter)) => {
                let mut facts = timeline.marks().facts.iter();
                let fact = facts.find(|mark| mark.letter == letter);
                (fact.and_then(|mark| mark.step), "step that this fact names")
            }
            Some(Ask::LastChange(number)) => {
                let change = timeline.marks().changes.get(number);
                (change.map(|mark| mark.step), "last change of this number")
            }
            Some(Ask::Home) => ((0..=last).find(|&step| folding.shows(step)), "step"),
            Some(Ask::End) => ((0..=last).rev().find(|&step| folding.shows(step)), "step"),
            Some(Ask::SearchOn) => return self.search(None),
            Some(Ask::Search) => return self.ask(Question::Search, String::new()),
            Some(Ask::Until) => return self.ask(Question::Until, String::new()),
            Some(Ask::Write) => return self.ask(Question::Page, self.page_name()),
            Some(Ask::Memory) => return self.show_memory(),
            Some(Ask::Fold) => {
                self.folds = !self.folds;
                self.go(at);
                return Flow::Stays;
            }
            Some(Ask::Help) => {
                let line = |(keys, says): &(&str, &str)| format!("{keys:18} {says}");
                self.mode = Mode::Reads {
                    title: "keys".to_owned(),
                    lines: HELP.iter().map(line).collect(),
                    from: 0,
                };
                return Flow::Stays;
            }
        };
        self.go_or_say(step, lacks)
    }

    fn go_or_say(&mut self, step: Option<usize>, lacks: &str) -> Flow {
        match step {
            Some(step) => self.go(step),
            None => self.message = format!("there is no {lacks} there"),
        }
        Flow::Stays
    }

    /// Moves the cursor, and unfolds what led to its step.
    fn go(&mut self, step: usize) {
        self.cursor = step;
        self.folding = if self.folds {
            let mut keeps = self.timeline.cause_steps(step);
            keeps.insert(step);
            self.timeline.fold_around(&self.folded, &keeps)
        } else {
            Folding::none(&self.timeline)
        };
    }

    /// The last step, by now, of the server above or below.
    fn beside(&self, way: Way) -> Option<usize> {
        let servers = self.timeline.servers();
        let number = match (self.server().map(NodeId::number), way) {
            (None, Way::Forward) => None,
            (None, Way::Back) => Some(servers),
            (Some(number), Way::Forward) => number.checked_add(1).filter(|&it| it <= servers),
            (Some(number), Way::Back) => number.checked_sub(1).filter(|&it| it > 0),
        };
        number.and_then(|number| self.timeline.step_of(NodeId::new(number), self.cursor))
    }

    fn ask(&mut self, question: Question, line: String) -> Flow {
        self.mode = Mode::Asks(question, line);
        Flow::Stays
    }

    /// A key while the user writes a line.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most keys do nothing here")]
    fn write(&mut self, question: Question, mut line: String, key: KeyCode) {
        match key {
            KeyCode::Enter => return self.done(question, line),
            KeyCode::Esc => return,
            KeyCode::Backspace => {
                line.pop();
            }
            KeyCode::Char(char) => line.push(char),
            _ => {}
        }
        self.mode = Mode::Asks(question, line);
    }

    fn done(&mut self, question: Question, line: String) {
        match question {
            Question::Search => {
                self.search(Some(line));
            }
            Question::Until => match Condition::read(&line, self.timeline.servers()) {
                Err(error) => self.message = error.to_string(),
                Ok(condition) => {
                    let step = self.timeline.until(&condition, self.cursor);
                    let line = foreign::quote(&line);
                    self.go_or_say(step, &format!("step at which `{line}` becomes true"));
                }
            },
            Question::Page => self.write_page(&line),
        }
    }

    /// Goes to what is sought; without it, to what was sought last.
    fn search(&mut self, sought: Option<String>) -> Flow {
        self.sought = sought.filter(|it| !it.trim().is_empty()).or(self.sought.take());
        let Some(sought) = self.sought.clone() else { return Flow::Stays };
        let step = self.timeline.search(&sought, self.cursor, Way::Forward);
        self.go_or_say(step, &format!("`{}`", foreign::quote(&sought)))
    }

    /// A key while a text covers the list.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most keys do nothing here")]
    fn read(&mut self, title: String, lines: Vec<String>, from: usize, key: KeyCode) {
        let last = lines.len().saturating_sub(1);
        let from = match key {
            KeyCode::Down | KeyCode::Char('j') => from + 1,
            KeyCode::Up | KeyCode::Char('k') => from.saturating_sub(1),
            KeyCode::PageDown | KeyCode::Char(' ') => from + 10,
            KeyCode::PageUp => from.saturating_sub(10),
            KeyCode::Home => 0,
            KeyCode::End => last,
            _ => return,
        };
        self.mode = Mode::Reads { title, lines, from: from.min(last) };
    }

    /// Shows the state of the cursor's server, or of all at a step of the world, after everything
    /// that happens at that instant: makes the run again up to there.
    fn show_memory(&mut self) -> Flow {
        let (time, server) = (self.timeline.time(self.cursor), self.server());
        let inspector = self.one.node.inspector();
        let states = inspector.inspect(&self.one.plan, &[time]).states;
        let servers = states.iter().flat_map(|state| &state.servers);
        let servers = servers.filter(|it| server.is_none_or(|server| it.node == server));
        let who = server.map_or_else(|| "all servers".to_owned(), |server| server.to_string());
        self.mode = Mode::Reads {
            title: format!("{who} at {time}, after everything that happens then"),
            lines: servers.flat_map(server_lines).collect(),
            from: 0,
        };
        Flow::Stays
    }

    /// The name of the page's file that is proposed: that of the plan or the scenario, and the seed.
    fn page_name(&self) -> String {
        let name = Path::new(self.one.name()).file_stem().unwrap_or_default().to_string_lossy();
        format!("{name}-{}.html", self.one.plan.seed)
    }

    fn write_page(&mut self, file: &str) {
        if file.is_empty() {
            return;
        }
        let html = pages::with_memory(&self.timeline, self.one).html();
        self.message = match write_beside(Path::new(file), &html) {
            Ok(()) => format!("wrote {}", foreign::quote(file)),
            Err(error) => format!("{}: {error}", foreign::quote(file)),
        };
    }
}
