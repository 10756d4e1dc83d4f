//! The picture: the verdict, a lane for each server, every server at the cursor beside what led
//! there, the steps around the cursor, and a line with keys.

use std::fmt::Display;

use raftsim_node::NodeId;
use raftsim_view::page::travel::{Item, RoleAt, ServerAt, log_runs};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::debugger::{Debugger, Mode};
use super::lanes::lane;

/// The colors of terms, in a cycle. Red is for the failure alone.
const TERMS: [Color; 6] =
    [Color::Blue, Color::Yellow, Color::Green, Color::Magenta, Color::Cyan, Color::LightBlue];

/// The least size of a terminal that shows enough.
const LEAST: (u16, u16) = (60, 14);

/// The width of what stands to the right of the lanes.
const ASIDE: u16 = 34;

const KEYS: &str = "<- -> step  n kind  r role  x fault  b cause  f failure  / search  : until  \
                    i state  h fold  w write page  ? keys  q";

pub(super) fn draw(frame: &mut Frame<'_>, debugger: &Debugger<'_>) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let text = format!("`step` needs a terminal of {} x {}; q leaves", LEAST.0, LEAST.1);
        frame.render_widget(Paragraph::new(text), area);
        return;
    }
    let nodes = shown(debugger, area.height);
    let servers = u16::try_from(nodes.len()).unwrap_or(u16::MAX);
    let lanes = servers.max(4);
    let parts = [
        Constraint::Length(1),
        Constraint::Length(lanes),
        Constraint::Length(servers.max(3) + 1),
        Constraint::Min(3),
        Constraint::Length(1),
    ];
    let [verdict, lanes, state, list, keys] = Layout::vertical(parts).areas(area);
    draw_verdict(frame, debugger, verdict);
    draw_lanes(frame, debugger, &nodes, lanes);
    draw_state(frame, debugger, &nodes, state);
    draw_list(frame, debugger, list);
    if let Mode::Reads { .. } = debugger.mode {
        let body = Rect { height: area.height - 2, y: area.y + 1, ..area };
        draw_text(frame, debugger, body);
    }
    let line = match &debugger.mode {
        Mode::Asks(question, line) => format!("{}{line}_", question.text()),
        Mode::Reads { .. } => "up down, page up, page down; any other key: back".to_owned(),
        Mode::Moves if debugger.message.is_empty() => KEYS.to_owned(),
        Mode::Moves => debugger.message.clone(),
    };
    frame.render_widget(Line::raw(format!(" {line}")), keys);
}

/// The servers that have a lane and a line each. Of more than nine, those that leave half of a screen
/// of this `height` to the steps: the server of the step at the cursor is always one of them.
fn shown(debugger: &Debugger<'_>, height: u16) -> Vec<NodeId> {
    let all: Vec<NodeId> = debugger.timeline.nodes().collect();
    if all.len() <= 9 {
        return all;
    }
    let room = usize::from(height / 4).max(4).min(all.len());
    let here = debugger.server().map_or(0, NodeId::slot);
    let first = here.saturating_sub(room / 2).min(all.len() - room);
    all[first..][..room].to_vec()
}

/// The width of the longest name of a server, at least three.
fn name_width(debugger: &Debugger<'_>) -> usize {
    let last = debugger.timeline.nodes().last();
    last.map_or(0, |node| node.to_string().len()).max(3)
}

impl Debugger<'_> {
    /// The color of a term.
    fn colored(&self, term: u64) -> Style {
        if !self.has_colors || term == 0 {
            return Style::new();
        }
        let place = usize::try_from((term - 1) % 6).expect("it is below 6");
        Style::new().fg(TERMS[place])
    }

    fn failing(&self) -> Style {
        let style = Style::new().add_modifier(Modifier::BOLD);
        if self.has_colors { style.fg(Color::Red) } else { style }
    }
}

fn draw_verdict(frame: &mut Frame<'_>, debugger: &Debugger<'_>, area: Rect) {
    let verdict = debugger.timeline.verdict();
    let fails = debugger.timeline.failure().is_some();
    let style = if fails { debugger.failing() } else { Style::new() };
    let line = format!(" {verdict}  ({})", debugger.timeline.name());
    frame.render_widget(Line::styled(line, style), area);
}

fn draw_lanes(frame: &mut Frame<'_>, debugger: &Debugger<'_>, nodes: &[NodeId], area: Rect) {
    let [left, right] =
        Layout::horizontal([Constraint::Min(10), Constraint::Length(ASIDE)]).areas(area);
    let Debugger { timeline, cursor, lanes, .. } = debugger;
    let wide = name_width(debugger);
    let width = usize::from(left.width.saturating_sub(6));
    let line = |node: NodeId| {
        let cells = lane(timeline, lanes, node, *cursor, width).into_iter().map(|cell| {
            let style =
                if cell.char == 'X' { debugger.failing() } else { debugger.colored(cell.term) };
            let reversed = style.add_modifier(Modifier::REVERSED);
            Span::styled(cell.char.to_string(), if cell.is_cursor { reversed } else { style })
        });
        std::iter::once(Span::raw(format!(" {:<wide$} ", node.to_string()))).chain(cells).collect()
    };
    let lines: Vec<Line<'_>> = nodes.iter().copied().map(line).collect();
    frame.render_widget(Paragraph::new(lines), left);
    let marks = timeline.marks();
    let facts = marks.facts.iter().filter(|mark| mark.step.is_some());
    let facts = names(facts.map(|mark| mark.letter));
    let changes = names(1..=marks.changes.len().min(9));
    let hidden = debugger.hidden();
    let aside = [
        format!("{}  step {} of {}", timeline.time(*cursor), cursor + 1, timeline.steps()),
        format!("links  {}", timeline.links_words(*cursor)),
        match (facts.is_empty(), changes.is_empty()) {
            (true, true) => String::new(),
            (false, true) => format!("{facts}facts"),
            (true, false) => format!("{changes}last changes"),
            (false, false) => format!("{facts}{changes}last changes"),
        },
        hidden
            .map_or("nothing is folded".to_owned(), |many| format!("{many} routine steps folded")),
    ];
    frame.render_widget(Paragraph::new(aside.map(Line::raw).to_vec()), right);
}

fn draw_state(frame: &mut Frame<'_>, debugger: &Debugger<'_>, nodes: &[NodeId], area: Rect) {
    let parts = [Constraint::Percentage(55), Constraint::Percentage(45)];
    let [left, right] = Layout::horizontal(parts).areas(area);
    let Debugger { timeline, cursor, .. } = debugger;
    let wide = name_width(debugger);
    let line = |node: NodeId| {
        let server = timeline.state(*cursor, node);
        let role = role_text(server.role, server.term, debugger.server() == Some(node));
        let has_changed = timeline.changes(*cursor, node);
        let style = if has_changed { Modifier::BOLD } else { Modifier::empty() };
        let spans = [
            Span::raw(format!(" {:<wide$} ", node.to_string())),
            Span::styled(format!("{role:<7}"), debugger.colored(server.term)),
            Span::raw(state_text(timeline.shows_disks(), node, &server)),
        ];
        Line::from_iter(spans).style(Style::new().add_modifier(style))
    };
    let lines: Vec<Line<'_>> = nodes.iter().copied().map(line).collect();
    frame.render_widget(Paragraph::new(lines), left);
    let causes = timeline.causes(*cursor);
    let mut lines = vec![];
    for cause in &causes {
        let time = cause.step.map_or("earlier".to_owned(), |step| timeline.time(step).to_string());
        let why = cause.step.map_or_else(Vec::new, |step| timeline.step_words(step).notes);
        let why = if why.is_empty() { String::new() } else { format!("  # {}", why.join("; ")) };
        lines.push(format!("| {time} {}{why}", timeline.cause_words(*cause)));
    }
    if causes.is_empty() {
        lines.push(format!("| {}", timeline.origin(*cursor)));
    }
    lines.insert(0, "| led here by".to_owned());
    frame
        .render_widget(Paragraph::new(lines.into_iter().map(Line::raw).collect::<Vec<_>>()), right);
}

/// The keys of marks: `[A] [B] `.
fn names(keys: impl Iterator<Item = impl Display>) -> String {
    let keys: Vec<String> = keys.map(|key| format!("[{key}] ")).collect();
    keys.concat()
}

/// A role with its term, such as `L3`, in brackets if the step is its server's.
fn role_text(role: RoleAt, term: u64, is_here: bool) -> String {
    let text = match role {
        RoleAt::Down => "--".to_owned(),
        RoleAt::Follower
        | RoleAt::PreCandidate
        | RoleAt::Candidate
        | RoleAt::Leader
        | RoleAt::Other => format!("{}{term}", role.letter()),
    };
    if is_here { format!("[{text}]") } else { format!(" {text} ") }
}

fn state_text(shows_disks: bool, node: NodeId, server: &ServerAt) -> String {
    let disk = &server.disk;
    let vote = match (shows_disks, disk.vote) {
        (false, _) => String::new(),
        (true, None) => "no vote".to_owned(),
        (true, Some(vote)) => format!("voted {vote}"),
    };
    let timer = match (server.role, server.timer) {
        (RoleAt::Down, _) => "down".to_owned(),
        (_, None) => "no timer".to_owned(),
        (_, Some(due)) => format!("timer {due}"),
    };
    let commit = server.commit.map_or_else(String::new, |commit| format!("commit {commit:<5}"));
    let log = || format!("log {}", log_text(disk.first, &disk.terms));
    let log = if shows_disks { log() } else { String::new() };
    let leader = server.leader.filter(|&leader| leader != node);
    let leader = leader.map_or_else(String::new, |leader| format!("  hears {leader}"));
    let paused = if server.is_paused { "  paused" } else { "" };
    format!("{vote:<10}{timer:<17}{commit}{log}{leader}{paused}")
}

/// A log as runs of one term: `1..3@1 4@2`; of a long one the end.
fn log_text(first: u64, terms: &[Option<u64>]) -> String {
    let runs = log_runs(first, terms.iter().copied());
    let text = &runs[runs.len().saturating_sub(4)..];
    let is_cut = if runs.len() > 4 { ".. " } else { "" };
    match (text.is_empty(), first) {
        (true, ..=1) => "-".to_owned(),
        (true, _) => format!("..{}", first - 1),
        (false, _) => format!("{is_cut}{}", text.join(" ")),
    }
}

fn draw_list(frame: &mut Frame<'_>, debugger: &Debugger<'_>, area: Rect) {
    let Debugger { timeline, cursor, folding, .. } = debugger;
    let (height, wide) = (usize::from(area.height), name_width(debugger));
    let has_roles = area.width >= 60 + 6 * u16::from(timeline.servers());
    let items = folding.items(*cursor, height / 2, height);
    let line = |item: Item| match item {
        Item::Folded(fold) => {
            let style = Style::new().add_modifier(Modifier::DIM);
            Line::styled(format!("   {}", timeline.fold_words(fold)), style)
        }
        Item::Step(step) => {
            let is_here = step == *cursor;
            let mark = if is_here { '>' } else { ' ' };
            let mut spans = vec![Span::raw(format!(" {mark} {}  ", timeline.time(step)))];
            let server = timeline.server(step);
            if has_roles {
                for node in timeline.nodes() {
                    let (role, term) = timeline.role(step, node);
                    let text = role_text(role, term, server == Some(node));
                    spans.push(Span::styled(format!("{text:<6}"), debugger.colored(term)));
                }
            } else {
                let name = server.map_or_else(String::new, |node| node.to_string());
                spans.push(Span::raw(format!("{name:<wide$} ")));
            }
            let words = timeline.step_words(step).line();
            let fails = timeline.failure() == Some(step);
            spans.push(Span::styled(words, if fails { debugger.failing() } else { Style::new() }));
            let style = if is_here { Modifier::BOLD } else { Modifier::empty() };
            Line::from(spans).style(Style::new().add_modifier(style))
        }
    };
    frame.render_widget(Paragraph::new(items.into_iter().map(line).collect::<Vec<_>>()), area);
}

fn draw_text(frame: &mut Frame<'_>, debugger: &Debugger<'_>, area: Rect) {
    let Mode::Reads { title, lines, from } = &debugger.mode else { return };
    let title = Line::styled(format!(" {title}"), Style::new().add_modifier(Modifier::BOLD));
    let body = lines.iter().skip(*from).map(|line| Line::raw(format!(" {line}")));
    let shown: Vec<Line<'_>> = std::iter::once(title).chain(body).collect();
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(shown), area);
}
