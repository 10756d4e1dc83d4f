//! The claim of the post of 2020: kept by the fixed version, close to broken in its worst cases, and
//! broken by the other one.

use std::collections::BTreeMap;

use raftsim_node::{
    Action, Boot, CallId, Claims, Duration, Event, Message as _, Node, NodeId, Time,
};
use raftsim_specimens::posts::y2020::{Message, STEPS_DOWN_WITHIN, Server};
use raftsim_specimens::{Persister, Post2020, Post2020NoStepDown};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::post_2020::{answer, vote};
use crate::support::{N1, N2, N3, N4, boot_n1, ms, timeout, us};

#[test]
fn post_2020_claims_what_its_constants_add_up_to() {
    assert_eq!(STEPS_DOWN_WITHIN, ms(700));
    let claims = Claims::default().stepping_down_within(ms(700));
    assert_eq!(Post2020::claims(&()), claims);
    assert_eq!(Post2020NoStepDown::claims(&()), claims);
}

#[test]
fn post_2020_worst_case_after_a_round_is_210_ms() {
    let mut server = Post2020::boot(&(), &boot_n1(3), &Persister::default(), Time::ZERO);
    timeout(&mut server);
    let (stood, _) = timeout(&mut server);
    step(&mut server, N2, vote(1, 1, true, N1), stood);
    let (began, _) = timeout(&mut server);
    step(&mut server, N2, answer(3, 1, true), began);
    timeout(&mut server);
    timeout(&mut server);
    assert!(server.status().is_leader());
    let (down, _) = timeout(&mut server);
    assert!(!server.status().is_leader());
    assert_eq!(down, began + ms(210));
}

#[test]
fn post_2020_worst_case_of_an_election_is_a_timeout_and_a_round() {
    let longest = (0..1_000)
        .map(|seed| {
            let mut boot = boot_n1(5);
            boot.seed = seed;
            let mut server = Post2020::boot(&(), &boot, &Persister::default(), Time::ZERO);
            timeout(&mut server);
            let (stood, _) = timeout(&mut server);
            step(&mut server, N2, vote(1, 1, true, N1), stood);
            let next_election = server.deadline().unwrap();
            step(&mut server, N3, vote(2, 1, true, N1), next_election);
            assert!(server.status().is_leader());
            timeout(&mut server);
            assert!(server.status().is_leader());
            let (down, _) = timeout(&mut server);
            assert!(!server.status().is_leader());
            down - stood
        })
        .max();
    assert_eq!(longest, Some(STEPS_DOWN_WITHIN));
}

fn step<const CURED: bool>(
    server: &mut Server<CURED>,
    from: NodeId,
    message: Message,
    now: Time,
) -> Vec<Action<Message, Persister>> {
    server.step(Event::Receive { from, message }, now)
}

#[test]
fn post_2020_keeps_its_claim_whatever_the_answers() {
    let (mut led, mut longest) = (0, Duration::ZERO);
    for seed in 0..400 {
        for servers in [3, 4, 5, 7] {
            let seen = lead_among_fickle_peers::<true>(servers, seed);
            led += seen.led;
            longest = longest.max(seen.longest);
        }
    }
    assert!(led > 2_000, "led {led} times");
    assert!(longest > ms(400), "{longest}");
    assert!(longest <= STEPS_DOWN_WITHIN, "{longest}");
}

#[test]
fn post_2020_no_step_down_breaks_its_claim() {
    let longest =
        (0..20).map(|seed| lead_among_fickle_peers::<false>(5, seed).longest).max().unwrap();
    assert!(longest > STEPS_DOWN_WITHIN, "{longest}");
}

/// What a run showed.
struct Seen {
    /// How often the server was elected.
    led: u32,
    /// The longest that it led without the messages of a majority.
    longest: Duration,
}

/// Twenty seconds of a server whose peers grant every vote, and answer, fail or stay silent at
/// random, each in its phases.
fn lead_among_fickle_peers<const CURED: bool>(servers: u8, seed: u64) -> Seen {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut boot: Boot = boot_n1(servers);
    boot.seed = seed;
    let mut server = Server::<CURED>::boot(&(), &boot, &Persister::default(), Time::ZERO);
    let mut queue: BTreeMap<(Time, u64), Event<Message>> = BTreeMap::new();
    let mut heard: BTreeMap<NodeId, Time> = BTreeMap::new();
    let mut shown = Seen { led: 0, longest: Duration::ZERO };
    let mut queued = 0;
    loop {
        let message = queue.keys().next().copied();
        let timer = server.deadline().unwrap_or(Time::MAX);
        let (now, event) = match message {
            Some(key) if key.0 <= timer => (key.0, queue.remove(&key).expect("it is the first")),
            _ => (timer, Event::Timeout),
        };
        if now > Time::ZERO + ms(20_000) {
            return shown;
        }
        let led = server.status().is_leader();
        if led {
            // Up to this moment it led, on the messages of before.
            shown.longest = shown.longest.max(now.since(last_of_majority(&boot, &heard)));
        }
        if let Event::Receive { from, .. } = event {
            heard.insert(from, now);
        }
        let actions = server.step(event, now);
        shown.led += u32::from(!led && server.status().is_leader());
        for action in actions {
            let Action::Send { to, message } = action else { continue };
            queued += 1;
            let call = message.call().expect("a request is a call");
            // A phase of half a second: well, slow, or dead.
            let phase = (now.as_nanos() / 500_000_000 + u64::from(to.number()) * 7 + seed) % 5;
            let draw = u64::from(rng.next_u32());
            let (after, event) = match phase {
                0 | 1 => (us(200 + draw % 2_000), reply(to, message)),
                2 => (ms(draw % 700), reply(to, message)),
                3 if draw.is_multiple_of(2) => (us(draw % 27_000), reply(to, message)),
                3 => (us(draw % 27_000), Event::CallFailed { to, call }),
                _ => (ms(draw % 7_000), Event::CallFailed { to, call }),
            };
            queue.insert((now + after, queued), event);
        }
    }
}

fn reply(from: NodeId, request: Message) -> Event<Message> {
    let message = match request {
        Message::RequestVote(CallId(call), args) => vote(call, args.term, true, args.candidate_id),
        Message::AppendEntries(CallId(call), args) => answer(call, args.term, true),
        Message::RequestVoteReply(..) | Message::AppendEntriesReply(..) => {
            panic!("{request:?} is no request")
        }
    };
    Event::Receive { from, message }
}

/// When messages of a majority, the server counted, had last been delivered.
fn last_of_majority(boot: &Boot, heard: &BTreeMap<NodeId, Time>) -> Time {
    let mut times: Vec<Time> =
        boot.peers().map(|peer| heard.get(&peer).copied().unwrap_or(Time::ZERO)).collect();
    times.sort_unstable();
    times[times.len() + 1 - boot.majority()]
}

#[test]
fn a_majority_is_as_old_as_its_oldest_member() {
    let heard = BTreeMap::from([(N2, Time::ZERO + ms(5)), (N4, Time::ZERO + ms(9))]);
    assert_eq!(last_of_majority(&boot_n1(5), &heard), Time::ZERO + ms(5));
}
