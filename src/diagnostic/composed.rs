//! `composed!`: an error made of those of several layers.

/// An error that is one of several: of what a layer raises itself, and of what it passes on from below.
///
/// After the enum come the composed errors that it takes over, with the names of their variants, which are its own too.
macro_rules! composed {
    (
        $(#[$attribute:meta])*
        pub enum $error:ident { $($(#[$doc:meta])* $variant:ident($of:ty),)+ }
        $(from $below:path { $($same:ident),+ })*
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $error { $($(#[$doc])* $variant($of),)+ }

        $(impl From<$of> for $error {
            fn from(error: $of) -> Self {
                Self::$variant(error)
            }
        })+

        $(impl From<$below> for $error {
            fn from(error: $below) -> Self {
                use $below as Below;
                match error {
                    $(Below::$same(error) => Self::$same(error),)+
                }
            }
        })*

        impl ::std::fmt::Display for $error {
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                match self {
                    $(Self::$variant(error) => error.fmt(formatter),)+
                }
            }
        }

        impl ::std::error::Error for $error {}

        impl $crate::diagnostic::Diagnostic for $error {
            fn message(&self) -> String {
                match self {
                    $(Self::$variant(error) => error.message(),)+
                }
            }

            fn location(&self) -> $crate::diagnostic::Location<'_> {
                match self {
                    $(Self::$variant(error) => error.location(),)+
                }
            }

            fn hint(&self) -> Option<String> {
                match self {
                    $(Self::$variant(error) => $crate::diagnostic::Diagnostic::hint(error),)+
                }
            }
        }
    };
}
pub(crate) use composed;
