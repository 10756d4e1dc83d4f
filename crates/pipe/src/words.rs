//! The words of a command, as a shell would split them: at spaces, with quotes and backslashes.
//! Nothing else of a shell is known here: no variables, no patterns, no pipes.

/// Splits a command into words.
///
/// # Errors
/// If a quote is not closed, or a backslash is the last character.
pub(crate) fn words(text: &str) -> Result<Vec<String>, &'static str> {
    let mut words = vec![];
    let mut word: Option<String> = None;
    let mut rest = text.chars();
    while let Some(char) = rest.next() {
        match char {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match rest.next().ok_or("a quote is not closed")? {
                        '\'' => break,
                        char => word.push(char),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match rest.next().ok_or("a quote is not closed")? {
                        '"' => break,
                        '\\' => match rest.next().ok_or("a quote is not closed")? {
                            char @ ('"' | '\\' | '$' | '`') => word.push(char),
                            char => word.extend(['\\', char]),
                        },
                        char => word.push(char),
                    }
                }
            }
            '\\' => {
                let char = rest.next().ok_or("it ends with a backslash")?;
                word.get_or_insert_default().push(char);
            }
            char => word.get_or_insert_default().push(char),
        }
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_those_of_a_shell() {
        for (text, expected) in [
            ("python3 raft.py", &["python3", "raft.py"][..]),
            ("  a\t b\n", &["a", "b"]),
            ("'a b' \"c d\" e\\ f", &["a b", "c d", "e f"]),
            ("a'b'\"c\"d", &["abcd"]),
            (r#""a\"b\\c\d" '\'"#, &[r#"a"b\c\d"#, "\\"]),
            ("'' \"\"", &["", ""]),
            ("$HOME *.py | cat", &["$HOME", "*.py", "|", "cat"]),
            (" ", &[]),
        ] {
            assert_eq!(words(text).unwrap(), expected, "{text}");
        }
        for text in ["'a", "\"a", "\"a\\", "a\\"] {
            assert!(words(text).is_err(), "{text}");
        }
    }
}
