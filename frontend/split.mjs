// Trunk calls this at the end of each build (Trunk.toml). It splits the webmail into two WebAssembly
// files: what the first inbox needs, and the rest, which frontend/src/app/lazy_pages.rs loads later.
// Trunk's own webmail-*.js and webmail-*_bg.wasm, made from the whole program, are replaced.
//
// Names carry a hash of what this wrote, since the server lets browsers keep such files for ever.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const tools = join(root, '.tools');
const staging = process.env.TRUNK_STAGING_DIR;
const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target-wasm');
// The profile of Cargo.toml with which Trunk called cargo.
const profile = process.env.GLASSPOST_WASM_PROFILE ?? 'wasm';
const program = join(target, 'wasm32-unknown-unknown', profile, 'webmail.wasm');

// Chosen by the size of the result after brotli.
const OPTIONS = [
  '-O1',
  '--dae-optimizing',
  '--duplicate-function-elimination',
  '--rse',
  '--vacuum',
  '--reorder-functions-by-name',
  '--strip-debug',
  '--strip-producers',
];

const built = readdirSync(staging).find((name) => /^webmail-[0-9a-f]+\.js$/.test(name));
// The Lab's pages are built by Trunk too.
if (built) {
  const scratch = mkdtempSync(join(tmpdir(), 'glasspost-split-'));
  try {
    split(built.slice('webmail-'.length, -'.js'.length), scratch);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function split(oldHash, scratch) {
  const tool = (name, args) => execFileSync(join(tools, 'bin', name), args, { stdio: 'inherit' });
  tool('wasm-split-cli', ['--target', 'web', '--out-name', 'webmail', program, scratch]);
  const first = join(scratch, 'webmail.wasm');
  const bound = join(scratch, 'bound');
  // The second file uses the function table, which wasm-bindgen would no longer export.
  const options = ['--target', 'web', '--no-typescript', '--keep-lld-exports'];
  tool('wasm-bindgen', [...options, '--out-name', 'webmail', '--out-dir', bound, first]);

  const contents = {
    'webmail-HASH_bg.wasm': optimized(join(bound, 'webmail_bg.wasm')),
    'webmail-pages-HASH.wasm': optimized(join(scratch, 'split_pages.wasm')),
    'webmail-HASH.js': script(join(bound, 'webmail.js')),
    'webmail-loader-HASH.js': script(join(scratch, '__wasm_split.js')),
  };
  const hash = createHash('sha256');
  for (const content of Object.values(contents)) hash.update(content);
  const newHash = hash.digest('hex').slice(0, 16);

  for (const name of [`webmail-${oldHash}.js`, `webmail-${oldHash}_bg.wasm`]) rmSync(join(staging, name));
  for (const [name, content] of Object.entries(contents)) {
    const named = typeof content === 'string' ? content.replaceAll('HASH', newHash) : content;
    writeFileSync(join(staging, name.replace('HASH', newHash)), named);
  }
  const file = join(staging, 'index.html');
  const page = readFileSync(file, 'utf8').replaceAll(`webmail-${oldHash}`, `webmail-${newHash}`);
  // The loader is fetched together with the script that imports it.
  const loader = `<link crossorigin href=/webmail-loader-${newHash}.js rel=modulepreload>`;
  writeFileSync(file, page.replace(/(?=<link [^>]*rel=modulepreload)/, loader));
}

function optimized(file) {
  const out = `${file}.optimized`;
  const wasmOpt = join(tools, 'node/node_modules/binaryen/bin/wasm-opt');
  execFileSync(process.execPath, [wasmOpt, file, '-o', out, ...OPTIONS], { stdio: ['ignore', 'inherit', 'pipe'] });
  return readFileSync(out);
}

// A script that names the other files with HASH, minified.
function script(file) {
  let text = readFileSync(file, 'utf8');
  for (const [from, to] of [
    ['webmail_bg.wasm', 'webmail-HASH_bg.wasm'],
    ['./webmail.js', './webmail-HASH.js'],
    // Elsewhere this is the module's name within the program, which stays.
    ['from "./__wasm_split.js"', 'from "./webmail-loader-HASH.js"'],
    ['./split_pages.wasm', './webmail-pages-HASH.wasm'],
  ]) {
    text = text.replaceAll(from, to);
  }
  const terser = join(tools, 'node/node_modules/terser/bin/terser');
  const args = [terser, '--module', '--compress', '--mangle'];
  return execFileSync(process.execPath, args, { input: text, encoding: 'utf8' });
}
