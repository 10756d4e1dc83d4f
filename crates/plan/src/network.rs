//! What a plan's networks are to the world's links.

use raftsim_sim::{Late, Leg, LinkSettings, Ratio, Spread};

use crate::{Network, Weather};

impl Network {
    /// labrpc's reliable network.
    pub const RELIABLE: Self = Self::Labrpc { unreliable: false, reordering: false };

    /// What it makes links do. Calls to the dead take as long to fail as labrpc's with long delays.
    pub fn settings(self) -> LinkSettings {
        match self {
            Self::Labrpc { unreliable, reordering } => {
                LinkSettings::labrpc(unreliable, reordering, true)
            }
            Self::Own(weather) => {
                let leg = weather.leg();
                LinkSettings {
                    request: leg,
                    reply: leg,
                    ..LinkSettings::labrpc(false, false, true)
                }
            }
        }
    }
}

impl Weather {
    fn leg(self) -> Leg {
        let Self { loss, twice, late, latency: (least, most) } = self;
        let latency =
            if least == most { Spread::fixed(least) } else { Spread::between(least, most) };
        let late = Late { chance: late, base_ms: 200, spread_ms: 2000 };
        let late = if late.chance == Ratio::ZERO { Late::NEVER } else { late };
        Leg { latency, loss, late, duplicate: twice }
    }
}
