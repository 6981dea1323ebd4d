//! Paths of the project: the checkout, its own tools, the output folders of builds. Writes nothing.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How thoroughly the program is optimized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// Compiled quickly, to try the program out.
    Quick,
    /// As users get it and as the tests run it.
    Release,
}

impl Build {
    /// The host's profile in Cargo.toml.
    pub fn profile(self) -> &'static str {
        match self {
            Build::Quick => "quick",
            Build::Release => "release",
        }
    }

    /// The browser's profile in Cargo.toml.
    pub fn wasm_profile(self) -> &'static str {
        match self {
            Build::Quick => "quick-wasm",
            Build::Release => "wasm",
        }
    }
}

/// The checkout and the folders inside it.
pub struct Project {
    /// The workspace's top folder.
    pub root: PathBuf,
}

impl Project {
    /// Finds the checkout from the folder where this crate was compiled, or from the current one.
    pub fn find() -> Result<Self, String> {
        let compiled = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .map(Path::to_path_buf);
        let here = env::current_dir().map_err(|e| format!("no current folder: {e}"))?;
        let candidates = compiled
            .into_iter()
            .chain(here.ancestors().map(Path::to_path_buf));
        candidates
            .into_iter()
            .find(|dir| dir.join("xtask/Cargo.toml").is_file() && dir.join("Cargo.lock").is_file())
            .map(|root| Self { root })
            .ok_or_else(|| "not inside a Glasspost checkout".to_owned())
    }

    /// The project's own tools; nothing is installed outside of the checkout for them.
    pub fn tools(&self) -> PathBuf {
        self.root.join(".tools")
    }

    /// The built frontend, which the server embeds.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The folder of the wasm build, kept apart from the host's; `GLASSPOST_WASM_TARGET` names
    /// another.
    pub fn wasm_target(&self) -> PathBuf {
        self.root
            .join(env::var_os("GLASSPOST_WASM_TARGET").unwrap_or_else(|| "target-wasm".into()))
    }

    /// The folder of the host's build; `CARGO_TARGET_DIR` is obeyed as cargo obeys it.
    pub fn target(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| self.root.join("target"), |dir| self.root.join(dir))
    }

    /// The server's program.
    pub fn glasspost(&self, build: Build) -> PathBuf {
        self.target().join(build.profile()).join("glasspost")
    }

    /// The browser tests' folder.
    pub fn browser_tests(&self) -> PathBuf {
        self.root.join("tests/browser")
    }

    /// PATH with the project's own tools first.
    pub fn path_with_tools(&self) -> OsString {
        let mut dirs = vec![
            self.tools().join("bin"),
            self.tools().join("node/node_modules/.bin"),
        ];
        dirs.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        env::join_paths(dirs).unwrap_or_else(|_| env::var_os("PATH").unwrap_or_default())
    }

    /// A command in the checkout, with the project's own tools first on PATH and without what cargo
    /// set for this program.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.root)
            .env("PATH", self.path_with_tools());
        for name in [
            "CARGO_MANIFEST_DIR",
            "CARGO_MANIFEST_PATH",
            "CARGO_PKG_NAME",
            "CARGO_PKG_VERSION",
        ] {
            command.env_remove(name);
        }
        command
    }

    /// Cargo, for the host.
    pub fn cargo(&self, args: &[&str]) -> Command {
        let mut command = self.command("cargo");
        command.args(args);
        command
    }
}

/// The first file of that name on PATH, if there is one.
pub fn on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|dir| dir.join(program))
        .find(|file| file.is_file())
}
