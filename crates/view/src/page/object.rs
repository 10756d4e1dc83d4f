//! Types as objects of JSON.

/// Lets types be written as objects: their fields by name, in this order. A field may have another
/// name there, and one that `is_empty` may be left out.
// As serde's derive macro does. But that is the only derive macro that the tests of a user's crate
// would build: it, and what it is made of, for seconds before anything else.
macro_rules! objects {
    ($($type:ident { $($field:ident $(as $name:literal)? $(unless $is_empty:ident)?),* })*) => {$(
        impl serde_core::Serialize for $type {
            fn serialize<S: serde_core::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                use serde_core::ser::SerializeMap as _;

                let Self { $($field),* } = self;
                let mut object = to.serialize_map(None)?;
                $($crate::page::object::entry! {
                    object, $field $(as $name)? $(unless $is_empty)?
                })*
                object.end()
            }
        }
    )*};
}

/// Writes one field.
macro_rules! entry {
    ($object:ident, $field:ident unless $is_empty:ident) => {
        if !$field.$is_empty() {
            $object.serialize_entry(stringify!($field), $field)?;
        }
    };
    ($object:ident, $field:ident as $name:literal) => {
        $object.serialize_entry($name, $field)?;
    };
    ($object:ident, $field:ident) => {
        $object.serialize_entry(stringify!($field), $field)?;
    };
}

pub(super) use {entry, objects};
