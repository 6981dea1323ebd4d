//! The words that take no arguments.

words! {
    /// All fixed words of the webmail.
    pub Words {
        product: "玻璃邮局", "Glasspost";
    }
}
