//! The keys: one table, which the debugger obeys and the help shows.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use raftsim_view::page::travel::Way;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    Step(Way),
    Own(Way),
    Server(Way),
    Kind(Way),
    Turn(Way),
    Change(Way),
    Fault(Way),
    Cause,
    Effect,
    Failure,
    Fact(char),
    LastChange(usize),
    Home,
    End,
    Search,
    SearchOn,
    Fold,
    Write,
    Memory,
    Until,
    Help,
    Leave,
    Interrupt,
}

use Way::{Back, Forward};

/// The keys as the help shows them.
pub(super) const HELP: [(&str, &str); 20] = [
    ("<- ->", "step"),
    ("shift <- ->, H L", "step of the same server"),
    ("up down", "server above, below at this moment"),
    ("n N", "next, previous step of this kind"),
    ("r R", "next, previous change of role or term"),
    ("v V", "next, previous change of this server's state"),
    ("x X", "next, previous fault"),
    ("b", "back along the message that led here"),
    ("g", "forward along the first message that it sent"),
    ("f", "the failure"),
    ("A B", "the two facts"),
    ("1 - 9", "last change of each server"),
    ("Home End", "first, last step"),
    ("/", "search for text, or go to a time such as 1.5s; enter: on"),
    (": u", "run until `n2 is leader`, `term >= 4`, `commit of n3 >= 7`"),
    ("i", "the server's whole state, with its memory: the run is made again"),
    ("h", "fold what is routine"),
    ("w", "write the page"),
    ("?", "keys"),
    ("q", "leave"),
];

/// What a key asks for, if anything.
#[expect(clippy::wildcard_enum_match_arm, reason = "most keys ask for nothing")]
pub(super) fn asked(key: KeyEvent) -> Option<Ask> {
    let is_shifted = key.modifiers.contains(KeyModifiers::SHIFT);
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return (key.code == KeyCode::Char('c')).then_some(Ask::Interrupt);
    }
    Some(match key.code {
        KeyCode::Left if is_shifted => Ask::Own(Back),
        KeyCode::Right if is_shifted => Ask::Own(Forward),
        KeyCode::Left => Ask::Step(Back),
        KeyCode::Right => Ask::Step(Forward),
        KeyCode::Up => Ask::Server(Back),
        KeyCode::Down => Ask::Server(Forward),
        KeyCode::Home => Ask::Home,
        KeyCode::End => Ask::End,
        KeyCode::Enter => Ask::SearchOn,
        KeyCode::Char(char) => of_char(char)?,
        _ => return None,
    })
}

fn of_char(char: char) -> Option<Ask> {
    Some(match char {
        'H' => Ask::Own(Back),
        'L' => Ask::Own(Forward),
        'n' => Ask::Kind(Forward),
        'N' => Ask::Kind(Back),
        'r' => Ask::Turn(Forward),
        'R' => Ask::Turn(Back),
        'v' => Ask::Change(Forward),
        'V' => Ask::Change(Back),
        'x' => Ask::Fault(Forward),
        'X' => Ask::Fault(Back),
        'b' => Ask::Cause,
        'g' => Ask::Effect,
        'f' => Ask::Failure,
        'A' | 'B' => Ask::Fact(char),
        '1'..='9' => Ask::LastChange(char as usize - '1' as usize),
        '/' => Ask::Search,
        'h' => Ask::Fold,
        'w' => Ask::Write,
        'i' => Ask::Memory,
        ':' | 'u' => Ask::Until,
        '?' => Ask::Help,
        'q' => Ask::Leave,
        _ => return None,
    })
}
