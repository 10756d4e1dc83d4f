//! The terminal while the debugger has it. However the debugger ends, the terminal is given back as
//! it was, when [`Screen`] is dropped.

use std::io::{self, Stdout};
use std::mem::ManuallyDrop;
use std::time::Duration;

use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::event::{self, Event};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::{Frame, Terminal};

/// A terminal that shows nothing but the debugger.
pub(super) struct Screen {
    /// It is never dropped: it would print that it cannot show the cursor, and panic where nothing
    /// can be printed, because the terminal is gone.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<Stdout>>>,
    _gives_back: GivesBack,
}

impl Screen {
    /// Takes the terminal: keys come one by one, and what it showed comes back in the end.
    pub(super) fn take() -> io::Result<Self> {
        // From here on an error gives back what was taken so far, too.
        let gives_back = GivesBack;
        enable_raw_mode()?;
        execute!(io::stdout(), EnterAlternateScreen)?;
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        Ok(Self { terminal: ManuallyDrop::new(terminal), _gives_back: gives_back })
    }

    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(draw).map(|_| ())
    }
}

/// The next key, or another size of the terminal, if it comes within `span`.
///
/// # Errors
/// If the terminal is gone.
pub(super) fn event_within(span: Duration) -> io::Result<Option<Event>> {
    // What came with the event before is read already, so that first there is no wait.
    for span in [Duration::ZERO, span] {
        wait_for_input(span)?;
        if event::poll(Duration::ZERO)? {
            return event::read().map(Some);
        }
    }
    Ok(None)
}

/// Waits for input. crossterm would never return once the terminal is gone.
#[cfg(unix)]
fn wait_for_input(span: Duration) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;

    let stdin = io::stdin();
    let mut inputs = [PollFd::new(&stdin, PollFlags::IN)];
    let span = Timespec::try_from(span).map_err(io::Error::other)?;
    match poll(&mut inputs, Some(&span)) {
        // The terminal may have another size now.
        Ok(_) | Err(Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    if inputs[0].revents().intersects(PollFlags::HUP | PollFlags::ERR) {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the terminal is gone"));
    }
    Ok(())
}

#[cfg(not(unix))]
fn wait_for_input(span: Duration) -> io::Result<()> {
    event::poll(span).map(drop)
}

/// Gives the terminal back when it is dropped.
struct GivesBack;

impl Drop for GivesBack {
    fn drop(&mut self) {
        let _ = execute!(io::stdout(), LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
    }
}
