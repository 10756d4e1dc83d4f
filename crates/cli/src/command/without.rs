//! What this command was built without, and how to build it with that.

use raftsim_plan::TextError;

/// What can be left out, with the feature that it is.
const LEFT_OUT: [(&str, &str); 5] = [
    ("exec", "programs in other languages"),
    ("go", "Go"),
    ("specimens", "the planted bugs"),
    ("step", "`step`"),
    ("wasm", "WebAssembly"),
];

/// The sentence that names what is missing in a command without this feature.
pub(crate) fn sentence(feature: &str) -> String {
    let what = LEFT_OUT.into_iter().find(|(name, _)| *name == feature);
    let (_, what) = what.expect("a feature that can be left out");
    format!("this command was built without {what}: build it with `--features raftsim/{feature}`")
}

/// The error for a node that needs this feature.
#[cfg_attr(all(feature = "specimens", feature = "go"), expect(dead_code, reason = "all is here"))]
pub(crate) fn error(name: &str, feature: &str) -> TextError {
    TextError::new(format!("{name}: {}", sentence(feature)))
}
