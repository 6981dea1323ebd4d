//! The macro that declares a table of texts, one entry per line: Chinese first, then English.

/// Declares a struct of `&'static str` fields with one instance per language.
///
/// `texts! { /// doc  pub Table { name: "中文", "English"; … } }`
#[macro_export]
macro_rules! texts {
    ($(#[$doc:meta])* pub $table:ident { $($name:ident: $zh:literal, $en:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $table {
            $(#[doc = $en] pub $name: &'static str,)*
        }

        impl $table {
            /// The table of a language.
            pub fn of(language: $crate::i18n::Language) -> &'static $table {
                static ZH: $table = $table { $($name: $zh,)* };
                static EN: $table = $table { $($name: $en,)* };
                match language {
                    $crate::i18n::Language::Chinese => &ZH,
                    $crate::i18n::Language::English => &EN,
                }
            }
        }
    };
}
