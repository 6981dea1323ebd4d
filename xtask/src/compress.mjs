// Writes a .br and a .gz next to every file of the folder that gains by it. The server sends these as they are.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = process.argv[2];
const worthwhile = new Set(['.wasm', '.js', '.mjs', '.css', '.html', '.svg', '.json', '.txt', '.webmanifest', '.ico', '.ttf', '.toml']);

function files(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    return entry.isDirectory() ? files(path) : [path];
  });
}

const rows = [];
for (const path of files(dist)) {
  if (path.endsWith('.br') || path.endsWith('.gz')) {
    rmSync(path);
  }
}
for (const path of files(dist)) {
  if (!worthwhile.has(extname(path))) continue;
  const bytes = readFileSync(path);
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  const br = brotliCompressSync(bytes, { params });
  const gz = gzipSync(bytes, { level: 9 });
  if (br.length < bytes.length) writeFileSync(`${path}.br`, br);
  if (gz.length < bytes.length) writeFileSync(`${path}.gz`, gz);
  rows.push([relative(dist, path), statSync(path).size, br.length, gz.length]);
}
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
rows.sort((a, b) => b[1] - a[1]);
for (const [name, plain, br, gz] of rows.slice(0, 6)) {
  console.log(`   ${name}: ${kib(plain)} → brotli ${kib(br)}, gzip ${kib(gz)}`);
}
const sum = rows.reduce((total, row) => total + row[2], 0);
console.log(`   together ${rows.length} files, ${kib(sum)} as brotli`);
