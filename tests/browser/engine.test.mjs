// The Lab's engine as shipped for the browser, run in Node, compared with the native program
// (`LAB_API`): every scenario, with tweaks, cards and typed lines, must give identical bytes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const labApi = process.env.LAB_API ?? join(root, 'target/debug/lab-api');
const bundle = process.env.LAB_BUNDLE ?? join(root, 'dist/lab');
const folder = join(root, 'static/scenarios');
const scenarios = readdirSync(folder).filter((name) => /^\d.*\.toml$/.test(name)).sort();

// The engine's listener, which a second load of the same module does not set again.
let listener;

// Loads the engine into this process with the interface of a worker: requests go to its listener
// for messages, responses come by `postMessage`.
async function engine() {
  const program = readdirSync(bundle).find((name) => /^engine-[0-9a-f]+\.js$/.test(name));
  assert.ok(program, `${bundle} contains no engine`);
  const posted = [];
  globalThis.postMessage = (message) => posted.push(message);
  globalThis.addEventListener = (name, called) => {
    assert.equal(name, 'message');
    listener = called;
  };
  const wasm = readFileSync(join(bundle, program.replace('.js', '_bg.wasm')));
  const { default: init } = await import(pathToFileURL(join(bundle, program)));
  await init({ module_or_path: wasm });
  return (request) => {
    posted.length = 0;
    listener({ data: [1, request] });
    return posted[0][1];
  };
}

function requests() {
  const all = [];
  for (const name of scenarios) {
    const scenario = readFileSync(join(folder, name), 'utf8');
    const number = Number(/^number = (\d+)/m.exec(scenario)[1]);
    const version = Number(/^version = (\d+)/m.exec(scenario)[1]);
    const edits = { form: 1, scenario: number, version };
    all.push([name, { play: { scenario } }]);
    all.push([`${name} with its first tweak`, { play: { scenario, edits: { ...edits, tweaks: [0] } } }]);
    all.push([`${name} with another seed`, { play: { scenario, edits: { ...edits, seed: 4711 } } }]);
    all.push([`${name} as a transcript`, { transcript: { plan: { scenario }, language: 'zh-CN' } }]);
    all.push([`${name} as packets`, { pcapng: { plan: { scenario } } }]);
    all.push([`${name}, a part of it as packets`, { pcapng: { plan: { scenario }, range: { first: 20, last: 40 } } }]);
  }
  const first = readFileSync(join(folder, scenarios[0]), 'utf8');
  const turns = ['EHLO laptop.a.test', 'NOOP', 'QUIT'].map((line) => ({ say: line }));
  all.push(['typed lines', { console: { plan: { scenario: first }, from: 'laptop.a.test', host: 'mail.b.test', port: 25, at: '20s', turns } }]);
  const chance = readFileSync(join(folder, scenarios.find((name) => name.startsWith('23-'))), 'utf8');
  all.push(['many runs', { many: { plan: { scenario: chance }, runs: 10 } }]);
  all.push(['the cards', { cards: {} }]);
  all.push(['nonsense', { play: { scenario: 'number = nonsense' } }]);
  return all;
}

test('every scenario gives byte-identical runs in wasm and natively', { skip: !existsSync(labApi) && `${labApi} is not built` }, async () => {
  const ask = await engine();
  const all = requests();
  const lines = all.map(([, request]) => JSON.stringify(request));
  const native = spawnSync(labApi, { input: `${lines.join('\n')}\n`, encoding: 'utf8', maxBuffer: 2 ** 31 - 1 });
  const answers = native.stdout.split('\n').slice(0, -1);
  assert.equal(answers.length, all.length);
  all.forEach(([name], at) => {
    const here = ask(lines[at]);
    if (here === answers[at]) return;
    let from = 0;
    while (here[from] === answers[at][from]) from += 1;
    assert.fail(`${name}: differs at ${from}:\n  wasm   ${here.slice(Math.max(0, from - 80), from + 80)}\n  native ${answers[at].slice(Math.max(0, from - 80), from + 80)}`);
  });
});

test('the engine runs ten hosts with a thousand events', async (t) => {
  const ask = await engine();
  const request = JSON.stringify({ play: { scenario: readFileSync(join(root, 'tests/benches/ten-hosts.toml'), 'utf8') } });
  const events = JSON.parse(ask(request)).played.events.length;
  const begun = performance.now();
  for (let n = 0; n < 10; n += 1) ask(request);
  const each = (performance.now() - begun) / 10;
  t.diagnostic(`${events} events: ${each.toFixed(1)} ms a run`);
  // The goal is 200 ms; not asserted, since a busy machine takes longer.
  assert.ok(events > 1000, `${events} events`);
});
