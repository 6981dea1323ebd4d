//! Keeps the relocations in the webmail's WebAssembly, by which it is split into two files.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").as_deref() == Ok("wasm") {
        println!("cargo::rustc-link-arg-bin=webmail=--emit-relocs");
    }
}
