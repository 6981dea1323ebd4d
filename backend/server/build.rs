//! The built webmail is embedded from `dist/`. Where it has not been built yet (a first `cargo
//! check`), an empty folder does; the program then says so on its pages.

fn main() {
    let dist = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist");
    if !dist.exists() {
        // If this fails, the embedding below it fails with a clear word.
        let _ = std::fs::create_dir_all(&dist);
    }
    println!("cargo:rerun-if-changed={}", dist.display());
}
