//! Bytes as text: the bytes of a command or a snapshot are one string, in which each character
//! stands for the byte of its number. So text in ASCII is itself, and nothing is lost.

use raftsim_node::Bytes;

/// Writes bytes as a JSON string, in ASCII alone.
pub(crate) fn write(bytes: &[u8], line: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    line.push(b'"');
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => line.extend([b'\\', byte]),
            b' '..=b'~' => line.push(byte),
            _ => {
                let [high, low] = [byte >> 4, byte & 15].map(|half| DIGITS[usize::from(half)]);
                line.extend([b'\\', b'u', b'0', b'0', high, low]);
            }
        }
    }
    line.push(b'"');
}

/// The bytes for which a string stands; or its first character that stands for none.
pub(crate) fn read(text: &str) -> Result<Bytes, char> {
    if text.is_ascii() {
        return Ok(text.into());
    }
    let bytes = text.chars().map(|char| u8::try_from(char).map_err(|_| char));
    Ok(bytes.collect::<Result<Vec<u8>, char>>()?.into())
}

/// The size in bytes of what a JSON text says: each character counts as one byte, since in a string
/// it stands for one, however JSON writes it.
///
/// The text is JSON, so four digits follow each `\u`, and a second half follows each first one.
pub(crate) fn size(text: &str) -> usize {
    let mut size = 0;
    let mut rest = text.as_bytes().iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'\\' if rest.next() == Some(&b'u') => {
                let (digits, after) = rest.as_slice().split_at(4);
                rest = after.iter();
                // The second half of a character above U+FFFF.
                if matches!(digits, [b'd' | b'D', b'c'..=b'f' | b'C'..=b'F', ..]) {
                    continue;
                }
            }
            // It goes on a character that has been counted.
            0x80..=0xBF => continue,
            _ => {}
        }
        size += 1;
    }
    size
}

#[cfg(test)]
mod tests {
    use super::{read, size, write};

    #[test]
    fn a_character_is_a_byte_however_it_is_written() {
        for (text, expected) in [
            ("{}", 2),
            (r#""\u0000\u00ff""#, 4),
            ("\"\u{ff}\u{100}\"", 4),
            (r#""\"\\""#, 4),
            (r#""\uD83D\uDe00""#, 3),
            ("\"\u{1f600}\"", 3),
        ] {
            assert_eq!(size(text), expected, "{text}");
        }
    }

    #[test]
    fn all_bytes_come_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        let mut line = vec![];
        write(&bytes, &mut line);
        assert!(line.is_ascii());
        let text: String = serde_json::from_slice(&line).unwrap();
        assert_eq!(&*read(&text).unwrap(), bytes);
        assert_eq!(read("a\u{100}"), Err('\u{100}'));
    }
}
