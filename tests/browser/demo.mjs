// What every journey with a browser needs: a running `glasspost demo` on free ports with a fresh data folder, and Chromium.
// GLASSPOST names the program (default: target/release/glasspost); CHROMIUM the browser (default: /usr/bin/chromium).
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/**
 * Starts a server of one's own: { web, ports, accounts, ca, account(name), halt(), resume(), stop() }.
 * With `keepPorts` the ports are chosen here, so that they are the same after halt() and resume().
 */
export async function startDemo({ keepPorts = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'glasspost-browser-'));
  const data = join(folder, 'data');
  const told = join(data, 'demo.json');
  const log = openSync(join(folder, 'log'), 'a');
  const program = process.env.GLASSPOST ?? join(root, 'target/release/glasspost');
  const from = keepPorts ? String(20_000 + Math.floor(Math.random() * 1_000) * 20) : '0';
  let child;
  let ended;
  let failed;
  const begin = () => {
    child = spawn(program, ['demo', '--data', data, '--ports-from', from], { stdio: ['ignore', log, log] });
    child.on('error', (error) => { failed = error; });
    ended = new Promise((resolve) => child.on('exit', resolve));
  };
  const halt = async () => {
    child.kill('SIGTERM');
    const forced = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(forced);
  };
  begin();
  const lastWords = () => readFileSync(join(folder, 'log'), 'utf8').split('\n').slice(-20).join('\n');

  const demo = await waitFor('demo.json', 30_000, () => {
    if (failed) throw failed;
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${lastWords()}`);
    try {
      return existsSync(told) && JSON.parse(readFileSync(told, 'utf8'));
    } catch {
      return false; // Half written.
    }
  });
  const answers = () => fetch(demo.web).then((answer) => answer.ok, () => false);
  await waitFor('the web address', 30_000, answers);
  return {
    ...demo,
    lastWords,
    account(name) {
      const found = demo.accounts.find((account) => account.address.startsWith(`${name}@`));
      if (!found) throw new Error(`there is no account ${name}`);
      return found;
    },
    halt,
    async resume() {
      begin();
      await waitFor('the web address', 30_000, answers);
    },
    async stop() {
      await halt();
      closeSync(log);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Chromium with an empty profile. A page of its own for each person: `(await browser.newContext()).newPage()`. */
export function startBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}

/** Asks again until the answer is true. */
export async function waitFor(what, patience, ask) {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`${what} did not come within ${patience / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
